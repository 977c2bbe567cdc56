"""Enhanced multi-frame CT, MR and PET (DICOM PS3.3 A.38, A.36, A.56, and A.70 to A.72): one file, one volume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.functional_groups import FramePlanes, FunctionalGroups, frame_planes
from fyr.exchange.dicom.geometry import even_step, frame_of_reference, grid_of, refuse_tilt
from fyr.exchange.dicom.head import Head, read_head
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.pixels import check_pixels, stored_pixels
from fyr.exchange.dicom.rescale import Rescale, rescale_unit
from fyr.exchange.dicom.values import number, text, words
from fyr.imaging.grid import Grid
from fyr.imaging.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["ENHANCED", "enhanced_grid", "is_enhanced", "read_enhanced"]

ENHANCED: Final = {
    "1.2.840.10008.5.1.4.1.1.2.1": "Enhanced CT Image",
    "1.2.840.10008.5.1.4.1.1.2.2": "Legacy Converted Enhanced CT Image",
    "1.2.840.10008.5.1.4.1.1.4.1": "Enhanced MR Image",
    "1.2.840.10008.5.1.4.1.1.4.4": "Legacy Converted Enhanced MR Image",
    "1.2.840.10008.5.1.4.1.1.130": "Enhanced PET Image",
    "1.2.840.10008.5.1.4.1.1.128.1": "Legacy Converted Enhanced PET Image",
}
_SAME_PLACE_MM: Final = 0.01


def is_enhanced(paths: list[Path], head: Head | None = None) -> bool:
    """Tell whether these are an enhanced multi-frame object; `head` is that of the first, where it was read already.

    Raises
    ------
    BadInput
        If there are several of them.
    """
    with reading(paths[0]):
        if head is None:
            head = read_head(paths[0])
        if head.text(0x00080016) not in ENHANCED:
            return False
        if len(paths) > 1:
            raise BadInput(
                f"this is a multi-frame object, one of {len(paths)} files",
                mend="give one of them: each holds its own volume",
            )
    return True


def read_enhanced(path: Path) -> Volume:
    """Read a multi-frame object; the rest is as :func:`~fyr.exchange.dicom.series.read_series` has it.

    Raises
    ------
    BadInput
        If the file is a part of a concatenation, or its frames are not one stack of even slices in one direction.
    """
    with reading(path):
        dataset = open_file(path, kinds=ENHANCED)
        groups, grid, order, notes = _stacked(dataset)
        stored = stored_pixels(dataset)
        rescales = [_rescale(dataset, groups, int(frame)) for frame in order]
        unit = _unit(dataset, groups, notes)
        values = _values([stored[frame] for frame in order], rescales, grid.shape)
        padding = dataset.get("PixelPaddingValue")
        if padding is not None:
            notes.append(f"pixels stored as {padding} are padding outside the picture, not measured")
        return Volume(grid, values, unit, _modality(dataset), notes=tuple(notes))


def enhanced_grid(path: Path) -> tuple[Grid, str, list[str]]:
    """Return grid, unit and notes of a multi-frame object, without its pixels.

    Raises
    ------
    BadInput
        As :func:`read_enhanced`.
    """
    with reading(path):
        dataset = read_head(path).data_set()
        groups, grid, order, notes = _stacked(dataset)
        for frame in order:
            _rescale(dataset, groups, int(frame))
        return grid, _unit(dataset, groups, notes), notes


def _stacked(dataset: Dataset) -> tuple[FunctionalGroups, Grid, NDArray[np.int64], list[str]]:
    """Return the groups, the grid, the frames in the order of their places, and notes."""
    if text(dataset, "ConcatenationUID", ""):
        raise BadInput(
            "the object is one part of several (a concatenation)",
            where="Concatenation UID (0020,9161)",
            mend="have the parts joined into one object",
        )
    frames, rows, columns = check_pixels(dataset)
    groups = FunctionalGroups.of(dataset, frames)
    planes = frame_planes(groups)
    along = planes.places_mm @ planes.directions[2]
    order = np.argsort(along, kind="stable")
    _refuse_same_place(along[order], order)
    grid = _grid(planes, order, (frames, rows, columns), frame_of_reference(dataset))
    return groups, grid, order, []


def _refuse_same_place(along: NDArray[np.float64], order: NDArray[np.int64]) -> None:
    same = np.flatnonzero(np.diff(along) <= _SAME_PLACE_MM)
    if len(same):
        first = sorted((int(order[same[0]]) + 1, int(order[same[0] + 1]) + 1))
        raise BadInput(
            f"{len(same)} frames lie in the place of another, first {first[0]} and {first[1]}: several times, echoes, "
            "phases or stacks in one object",
            mend="export one of them alone",
        )


def _grid(planes: FramePlanes, order: NDArray[np.int64], shape: tuple[int, int, int], frame: str) -> Grid:
    places = planes.places_mm[order]
    normal = planes.directions[2]
    along = places @ normal
    if len(order) == 1:
        step = planes.thickness_mm or 0.0
        if step <= 0:
            raise BadInput("a single frame that says no thickness", where="Slice Thickness (0018,0050)")
    else:
        step = even_step(along, "frames")
        refuse_tilt(places, along, normal)
    return grid_of(shape, planes.directions, planes.spacing_mm, normal * step, places[0], frame)


def _rescale(dataset: Dataset, groups: FunctionalGroups, frame: int) -> Rescale:
    said = groups.group(frame, "PixelValueTransformationSequence")
    if said is None:
        if _modality(dataset) == "MR":
            return Rescale(1.0, 0.0)
        raise BadInput(f"frame {frame + 1} says no rescaling", where="Pixel Value Transformation Sequence (0028,9145)")
    slope, intercept = number(said, "RescaleSlope"), number(said, "RescaleIntercept")
    if slope == 0:
        raise BadInput("a slope of 0 makes every value the same", where="Rescale Slope (0028,1053)")
    return Rescale(slope, intercept)


def _unit(dataset: Dataset, groups: FunctionalGroups, notes: list[str]) -> str:
    modality = _modality(dataset)
    if "MIXED" in words(dataset, "ImageType")[2:3]:
        notes.append("the object says that its frames are of several kinds")
    said = set()
    for frame in range(len(groups.frames)):
        group = groups.group(frame, "PixelValueTransformationSequence")
        said.add("" if group is None else text(group, "RescaleType", ""))
    if len(said) > 1:
        raise BadInput(f"the frames are in different units: {', '.join(sorted(said))}", where="Rescale Type")
    kind = said.pop()
    if modality == "PT":
        notes.append("SUV is not computed of a multi-frame PET: the values are as the file has them")
        kind = kind if kind != "US" else text(dataset, "Units", "")
    return rescale_unit(modality, kind)


def _modality(dataset: Dataset) -> str:
    return text(dataset, "Modality", "")


def _values(stored: list[NDArray[Any]], rescales: list[Rescale], shape: tuple[int, int, int]) -> NDArray[Any]:
    """Rescale every frame by its own numbers: whole numbers of 16 bits where those hold all of them."""
    pairs = list(zip(stored, rescales, strict=True))
    whole = all(rescale.is_whole and rescale.fits_int16(frame) for frame, rescale in pairs)
    values: NDArray[Any] = np.empty(shape, dtype=np.int16 if whole else np.float32)
    for plane, (frame, rescale) in zip(values, pairs, strict=True):
        rescale.into(plane, frame, 1.0)
    return values
