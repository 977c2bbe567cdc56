"""Write a segmentation (DICOM PS3.3 A.51) for other programs, with highdicom."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.series import ordered_slices, series_grid
from fyr.imaging.segmentation import Code, Segment, Segmentation, SegmentationKind
from fyr.version import __version__

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription

__all__ = ["write_segmentation"]

_TYPES: Final[dict[SegmentationKind, tuple[str, str]]] = {
    "binary": ("BINARY", "PROBABILITY"),
    "probability": ("FRACTIONAL", "PROBABILITY"),
    "occupancy": ("FRACTIONAL", "OCCUPANCY"),
    "labels": ("LABELMAP", "PROBABILITY"),
}
_CATEGORY: Final = Code("123037004", "SCT", "Anatomical Structure")
_PROPERTY: Final = Code("85756007", "SCT", "Tissue")
_STUDY: Final = {"StudyID": "", "StudyDate": None, "StudyTime": None, "AccessionNumber": "", "PatientName": ""}
_PATIENT: Final = {"PatientBirthDate": None, "PatientSex": "", "ReferringPhysicianName": ""}


def write_segmentation(segmentation: Segmentation, path: str | Path, pictures: Sequence[Path]) -> str:
    """Write a segmentation into a new file, and return its SOP instance UID.

    Parameters
    ----------
    segmentation : Segmentation
        On the grid of the pictures. Slices where nothing is in are left out of the file.
    path : str or Path
        Never overwritten.
    pictures : sequence of Path
        The files of the series that it was made on, in any order: patient, study and places are theirs.

    Raises
    ------
    BadInput
        If the grid is not that of the pictures, nothing is in any segment, a part is beyond 0 to 1, segments of a label
        map overlap, or the file is there already.
    """
    from pydicom.uid import generate_uid

    sources = _sources(segmentation, pictures)
    if not any(one.part.any() for one in segmentation.segments):
        raise BadInput("nothing is in any segment", where="segmentation", mend="leave empty segments out")
    uid = segmentation.uid or generate_uid()
    try:
        made = _made(segmentation, sources, uid)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise BadInput(
            f"the pictures do not say what a segmentation must ({' '.join(str(problem).split())[:160]})",
            where=str(pictures[0]),
        ) from problem
    try:
        with Path(path).open("xb") as file:
            made.save_as(file, enforce_file_format=True)
    except FileExistsError:
        raise BadInput("there is such a file already", where=str(path), mend="name a new one") from None
    return str(uid)


def _made(segmentation: Segmentation, sources: list[Any], uid: str) -> Any:
    import highdicom
    from pydicom.uid import generate_uid

    kind, fraction = _TYPES[segmentation.kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom says of the pictures' own values
        return highdicom.seg.Segmentation(
            sources,
            _pixels(segmentation),
            kind,
            [_description(number, one) for number, one in enumerate(segmentation.segments, start=1)],
            series_instance_uid=generate_uid(),
            series_number=1,
            sop_instance_uid=uid,
            instance_number=1,
            manufacturer="Fyr",
            manufacturer_model_name="Fyr",
            software_versions=__version__,
            device_serial_number="none",
            fractional_type=fraction,
            max_fractional_value=255,
            content_label=_label(segmentation.label),
            content_description="Research use; not a medical device",
        )


def _sources(segmentation: Segmentation, pictures: Sequence[Path]) -> list[Any]:
    """Return the heads of the slices in the order of the grid, with what highdicom needs to be there."""
    grid, _, _ = series_grid(pictures)
    if not segmentation.grid.same_as(grid):
        raise BadInput(
            "the segmentation lies on another grid than the pictures, or in another frame of reference",
            where="segmentation",
            mend="give the series that it was made on",
        )
    if not grid.frame_of_reference:
        raise BadInput("the pictures name no frame of reference", where=str(pictures[0]))
    slices, _ = ordered_slices(pictures)
    heads = [one.head.data_set() for one in slices]
    for head in heads:
        for keyword, nothing in {**_STUDY, **_PATIENT}.items():
            if keyword not in head:
                setattr(head, keyword, nothing)
    return heads


def _pixels(segmentation: Segmentation) -> NDArray[Any]:
    """Return what highdicom takes: of a label map numbers, of the rest one picture a segment, in the last axis."""
    parts = [one.part for one in segmentation.segments]
    if segmentation.kind == "labels":
        labels = np.zeros(segmentation.grid.shape, np.uint16 if len(parts) > 255 else np.uint8)
        for number, one in enumerate(segmentation.segments, start=1):
            if (labels[one.mask] != 0).any():
                raise BadInput(f"'{one.label}' overlaps another segment", mend="write them as binary, not as labels")
            labels[one.mask] = number
        return labels
    if segmentation.kind == "binary":
        return np.stack([one.mask for one in segmentation.segments], axis=-1)
    for one in segmentation.segments:
        if not bool(np.isfinite(one.part).all()) or one.part.min() < 0 or one.part.max() > 1:
            raise BadInput("a part is not from 0 to 1", where=f"segment '{one.label}'")
    return np.stack(parts, axis=-1).astype(np.float32)


def _description(number: int, one: Segment) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept
    from pydicom.sr.codedict import codes

    def coded(code: Code) -> CodedConcept:
        return CodedConcept(code.value, code.scheme, code.meaning)

    algorithm = one.algorithm or "MANUAL"
    identified = None
    if algorithm != "MANUAL":
        identified = AlgorithmIdentificationSequence(
            name=one.algorithm_name or "unknown",
            family=codes.cid7162.ArtificialIntelligence,
            version=__version__,
        )
    return SegmentDescription(
        segment_number=number,
        segment_label=one.label[:64],
        segmented_property_category=coded(one.category or _CATEGORY),
        segmented_property_type=coded(one.concept or _PROPERTY),
        algorithm_type=algorithm,
        algorithm_identification=identified,
    )


def _label(said: str) -> str:
    """Return a label as DICOM wants codes: capitals, digits, spaces and underscores, 16 at most."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in said.upper())[:16].strip("_")
    return kept or "SEGMENTATION"
