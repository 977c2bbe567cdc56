"""What a structure set refers to, without its contours: those of a large set take most of the time to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicom.opening import check_kind, reading
from fyr.exchange.dicom.structure_set import STRUCTURE_SETS
from fyr.exchange.dicom.values import items, text

__all__ = ["SetReferences", "read_set_references"]

_WANTED: Final = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StructureSetLabel",
    "FrameOfReferenceUID",
    "ReferencedFrameOfReferenceSequence",
    "StructureSetROISequence",
]


@dataclass(frozen=True, slots=True)
class SetReferences:
    """What a structure set says of itself.

    Parameters
    ----------
    uid, label : str
    structures : int
        How many it names, those without a contour too.
    frame_of_reference, image_series_uid : str
        Empty where nothing was said, or there are several.
    """

    uid: str
    label: str
    structures: int
    frame_of_reference: str
    image_series_uid: str


def read_set_references(path: str | Path) -> SetReferences:
    """Read what a structure set refers to.

    Raises
    ------
    BadInput
        If the file is of another kind, or damaged where it says this; contours are not looked at.
    """
    from pydicom import dcmread

    with reading(path):
        if not Path(path).is_file():
            raise BadInput("there is no such file", mend="check the path")
        dataset = dcmread(path, specific_tags=list(_WANTED), force=True)
        check_kind(dataset, STRUCTURE_SETS)
        drawn = items(dataset, "StructureSetROISequence")
        named = items(dataset, "ReferencedFrameOfReferenceSequence")
        frames = {text(one, "ReferencedFrameOfReferenceUID", "") for one in drawn} - {""}
        frames = frames or {text(one, "FrameOfReferenceUID", "") for one in named} - {""}
        frames = frames or {text(dataset, "FrameOfReferenceUID", "")}
        series = {
            text(one, "SeriesInstanceUID", "")
            for frame in named
            for study in items(frame, "RTReferencedStudySequence")
            for one in items(study, "RTReferencedSeriesSequence")
        }
        return SetReferences(
            uid=text(dataset, "SOPInstanceUID"),
            label=text(dataset, "StructureSetLabel", ""),
            structures=len(drawn),
            frame_of_reference=next(iter(frames)) if len(frames) == 1 else "",
            image_series_uid=next(iter(series)) if len(series) == 1 else "",
        )
