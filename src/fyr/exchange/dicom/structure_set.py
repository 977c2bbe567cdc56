"""RT structure sets (DICOM PS3.3 A.19): what was drawn, in which frame of reference, on which series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.exchange.dicom.layout import file_layout
from fyr.exchange.dicom.opening import check_kind, file_bytes, parse, parse_without, reading
from fyr.exchange.dicom.plain_contours import GEOMETRIC_TYPES, Drawn, plain_contours
from fyr.exchange.dicom.values import integer, items, numbers, optional_integer, text
from fyr.imaging.structure_set import Contour, Structure, StructureSet

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["STRUCTURE_SETS", "read_structure_set"]

STRUCTURE_SETS: Final = {"1.2.840.10008.5.1.4.1.1.481.3": "an RT Structure Set"}

_MISSPELT: Final = {"CLOSED_PLANAR_XOR": "CLOSEDPLANAR_XOR"}
_ROI_CONTOURS: Final = 0x30060039


def read_structure_set(path: str | Path) -> StructureSet:
    """Read an RT structure set.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    StructureSet
        Structures in the order of the file, those without a contour too; `notes` says what a reader must know. One of
        which a contour cannot be read has no contours, and says why (`Structure.unreadable`).

    Raises
    ------
    BadInput
        If the file is damaged or of another kind, a structure is described twice or not at all, or contours stand in
        more than one frame of reference.
    """
    with reading(path):
        dataset, drawn = _opened(Path(path))
        check_kind(dataset, STRUCTURE_SETS)
        notes: list[str] = []
        structures, frames = _structures(dataset, drawn, notes)
        return StructureSet(
            structures,
            frame_of_reference=_frame(dataset, frames, notes),
            label=text(dataset, "StructureSetLabel", ""),
            uid=text(dataset, "SOPInstanceUID"),
            image_series_uid=_series(dataset, notes),
            notes=tuple(notes),
        )


def _opened(path: Path) -> tuple[Dataset, Mapping[int, Drawn | Dataset] | None]:
    """Return the set without its contours, and those by the structure's number; or with them, and nothing."""
    data = file_bytes(path)
    layout = file_layout(data)
    layout.check()
    for element in layout.elements():
        if element.tag == _ROI_CONTOURS and element.vr == b"SQ":
            drawn = plain_contours(layout, element)
            if drawn is not None:
                return parse_without(layout, element), drawn
    return parse(data), None


def _structures(
    dataset: Dataset, drawn: Mapping[int, Drawn | Dataset] | None, notes: list[str]
) -> tuple[tuple[Structure, ...], dict[str, list[str]]]:
    """Return the structures, and by frame of reference the names of those with contours."""
    for keyword in ("StructureSetROISequence", "ROIContourSequence"):
        if keyword not in dataset and not (keyword == "ROIContourSequence" and drawn is not None):
            # a file that was cut between two elements looks like this
            raise BadInput("the set lacks a part that every set has", where=keyword, mend="take the file again")
    kinds = _kinds(dataset)
    if drawn is None:
        drawn = _by_number(dataset)
    structures: dict[int, Structure] = {}
    frames: dict[str, list[str]] = {}
    for item in items(dataset, "StructureSetROISequence"):
        number = integer(item, "ROINumber")
        if number in structures:
            raise BadInput(f"structure {number} is there twice", where="Structure Set ROI Sequence")
        structure = _structure(number, item, drawn.get(number), kinds.get(number, ""))
        structures[number] = structure
        if structure.contours:
            frames.setdefault(text(item, "ReferencedFrameOfReferenceUID", ""), []).append(structure.name)
    unnamed = sorted(drawn.keys() - structures.keys())
    if unnamed:
        raise BadInput(
            f"contours are drawn for structure {', '.join(map(str, unnamed))}, of which the set says nothing",
            where="ROI Contour Sequence (3006,0039)",
        )
    _remark(tuple(structures.values()), notes)
    return tuple(structures.values()), frames


def _by_number(dataset: Dataset) -> dict[int, Dataset]:
    drawn: dict[int, Dataset] = {}
    for item in items(dataset, "ROIContourSequence"):
        number = integer(item, "ReferencedROINumber")
        if number in drawn:
            raise BadInput(f"the contours of structure {number} are there twice", where="ROI Contour Sequence")
        drawn[number] = item
    return drawn


def _structure(number: int, item: Dataset, drawn: Drawn | Dataset | None, kind: str) -> Structure:
    name = _without_controls(text(item, "ROIName", "")) or f"unnamed {number}"
    if drawn is None:
        return Structure(number, name, kind=kind)
    if isinstance(drawn, Drawn):
        return Structure(number, name, drawn.contours, kind, drawn.colour)
    contours = []
    for place, one in enumerate(items(drawn, "ContourSequence"), start=1):
        try:
            contours.append(_contour(one))
        except BadInput as problem:
            # A structure without one of its contours would be a smaller one; the others of the set are as they are.
            return Structure(
                number, name, (), kind, _colour(drawn), unreadable=f"contour {place} cannot be read: {problem.what}"
            )
    return Structure(number, name, tuple(contours), kind, _colour(drawn))


def _without_controls(name: str) -> str:
    """Return a name with a space for each character that moves cursors and breaks lines; DICOM allows none in names."""
    return "".join(one if one >= " " and one != "\x7f" else " " for one in name).strip()


def _contour(item: Dataset) -> Contour:
    kind = text(item, "ContourGeometricType")
    kind = _MISSPELT.get(kind, kind)
    if kind not in GEOMETRIC_TYPES:
        raise BadInput(f"'{kind}' is no kind of contour", mend=f"DICOM knows {', '.join(GEOMETRIC_TYPES)}")
    flat = numbers(item, "ContourData")
    if len(flat) % 3:
        raise BadInput(f"{len(flat)} coordinates are not points of x, y and z", mend="take the file again")
    said = optional_integer(item, "NumberOfContourPoints")
    if said is not None and said != len(flat) // 3:
        raise BadInput(f"it says that it has {said} points, and has {len(flat) // 3}", mend="take the file again")
    offset = numbers(item, "ContourOffsetVector", 3, optional=True)
    if offset is not None and offset.any():
        raise BadInput(
            f"its points are meant to be moved by {offset.tolist()} mm (Contour Offset Vector), which is not supported"
        )
    images = items(item, "ContourImageSequence")
    image = text(images[0], "ReferencedSOPInstanceUID", "") if len(images) == 1 else ""
    return Contour(flat.reshape(-1, 3), kind, image)


def _colour(drawn: Dataset) -> tuple[int, int, int] | None:
    """Return the colour; one that is no colour is left away, for nothing hangs on it."""
    try:
        found = numbers(drawn, "ROIDisplayColor", 3, optional=True)
    except BadInput:
        return None
    if found is None or found.min() < 0 or found.max() > 255:
        return None
    red, green, blue = np.round(found).astype(int).tolist()
    return red, green, blue


def _kinds(dataset: Dataset) -> dict[int, str]:
    return {
        integer(item, "ReferencedROINumber"): text(item, "RTROIInterpretedType", "")
        for item in items(dataset, "RTROIObservationsSequence")
    }


def _frame(dataset: Dataset, frames: dict[str, list[str]], notes: list[str]) -> str:
    if len(frames) > 1:
        listed = "; ".join(f"{uid or 'none'}: {', '.join(names[:3])}" for uid, names in frames.items())
        raise BadInput(
            f"the structures are drawn in {len(frames)} frames of reference ({listed})",
            where="Referenced Frame of Reference UID (3006,0024)",
            mend="export the structures of each frame of reference alone",
        )
    said = [text(item, "FrameOfReferenceUID", "") for item in items(dataset, "ReferencedFrameOfReferenceSequence")]
    found = next(iter(frames), "") or text(dataset, "FrameOfReferenceUID", "") or (said[0] if len(said) == 1 else "")
    if not found:
        notes.append("the set names no frame of reference: whether it fits a picture or a dose cannot be checked")
    elif said and found not in said:
        raise BadInput(
            "the structures are drawn in a frame of reference that the set does not name as its own",
            where="Referenced Frame of Reference Sequence (3006,0010)",
            mend="take the file again from the planning system",
        )
    return found


def _series(dataset: Dataset, notes: list[str]) -> str:
    found = dict.fromkeys(
        text(series, "SeriesInstanceUID", "")
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
    )
    named = [uid for uid in found if uid]
    if len(named) > 1:
        notes.append(
            f"the set refers to {len(named)} series of pictures ({', '.join(named)}); none is taken for its own"
        )
    return named[0] if len(named) == 1 else ""


def _remark(structures: tuple[Structure, ...], notes: list[str]) -> None:
    """Say what is unusual and still readable."""
    if not structures:
        notes.append("the set holds no structure")
    notes.extend(f"'{one.name}' is left out: {one.unreadable}" for one in structures if one.unreadable)
    empty = [one.name for one in structures if not one.contours and not one.unreadable]
    if empty:
        notes.append(f"without any contour: {', '.join(empty)}")
    twice = [name for name, count in Counter(one.name for one in structures).items() if count > 1]
    if twice:
        notes.append(f"the same name more than once: {', '.join(twice)}")
    for one in structures:
        flat = sum(c.geometric_type.startswith("CLOSED") and len(c.points_mm) < 3 for c in one.contours)
        if flat:
            notes.append(f"{flat} closed contours of '{one.name}' have fewer than three points, and no area")
        open_ones = sum(c.geometric_type.startswith("OPEN") for c in one.contours)
        if open_ones:
            notes.append(f"{open_ones} contours of '{one.name}' are open lines, which bound nothing")
