"""Segmentations (DICOM PS3.3 A.51, and A.93 for label maps) as masks on a grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.functional_groups import FramePlanes, FunctionalGroups, frame_planes
from fyr.exchange.dicom.geometry import frame_of_reference, grid_of, refuse_tilt
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.pixels import check_pixels, stored_pixels, unpacked_bits
from fyr.exchange.dicom.values import integer, items, optional_integer, text
from fyr.imaging.grid import Grid
from fyr.imaging.segmentation import Code, Segment, Segmentation, SegmentationKind

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["SEGMENTATIONS", "read_segmentation"]

SEGMENTATIONS: Final = {
    "1.2.840.10008.5.1.4.1.1.66.4": "a Segmentation",
    "1.2.840.10008.5.1.4.1.1.66.7": "a Label Map Segmentation",
}

_KINDS: Final[dict[tuple[str, str], SegmentationKind]] = {
    ("BINARY", ""): "binary",
    ("FRACTIONAL", "PROBABILITY"): "probability",
    ("FRACTIONAL", "OCCUPANCY"): "occupancy",
    ("LABELMAP", ""): "labels",
}
_PLACE_MM: Final = 0.05
"""How far a frame may lie from a slice of the picture, and its corner pixels from those of the picture."""
_BYTES_AT_MOST: Final = 8 << 30


def read_segmentation(path: str | Path, grid: Grid | None = None) -> Segmentation:
    """Read a segmentation.

    Parameters
    ----------
    path : str or Path
    grid : Grid, optional
        Of the picture that it belongs to: its frames are put on the slices that they lie on, none is resampled. Without
        it the grid is that of the frames, from the first to the last of them.

    Returns
    -------
    Segmentation
        Segments in the order of their numbers; where the file has no frame, nothing is in. `notes` says what a reader
        must know.

    Raises
    ------
    BadInput
        If the file is damaged or of another kind, its frames do not lie on slices of the grid with the same pixels, or
        in another frame of reference, or two of them are the same slice of one segment.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=SEGMENTATIONS)
        if text(dataset, "ConcatenationUID", ""):
            raise BadInput("the object is one part of several (a concatenation)", where="Concatenation UID (0020,9161)")
        kind = _kind(dataset)
        frames, _, _ = shape = check_pixels(dataset, colours=kind == "labels")
        groups = FunctionalGroups.of(dataset, frames)
        planes = frame_planes(groups)
        frame = frame_of_reference(dataset)
        notes: list[str] = []
        if grid is None:
            placed = _own_grid(planes, shape, frame, notes)
        else:
            _same_frame(frame, grid, notes)
            placed = grid
        slices = _slices(planes, placed, shape)
        stored = _stored(dataset, kind, shape)
        described = _described(dataset, kind)
        _refuse_too_large(placed, len(described), kind)
        parts = (
            _labels(stored, slices, placed, described)
            if kind == "labels"
            else (_parts(stored, slices, placed, described, _numbers(groups), kind))
        )
        return Segmentation(
            placed,
            tuple(_segment(number, item, parts[number]) for number, item in described.items()),
            kind,
            text(dataset, "ContentLabel", ""),
            text(dataset, "SOPInstanceUID"),
            _series(dataset, notes),
            tuple(notes),
        )


def _kind(dataset: Dataset) -> SegmentationKind:
    said = text(dataset, "SegmentationType"), text(dataset, "SegmentationFractionalType", "")
    found = _KINDS.get((said[0], said[1] if said[0] == "FRACTIONAL" else ""))
    if found is None:
        raise BadInput(f"'{' '.join(said).strip()}' is no kind of segmentation", where="Segmentation Type (0062,0001)")
    return found


def _described(dataset: Dataset, kind: SegmentationKind) -> dict[int, Dataset]:
    """Return what is said of each segment; 0 is the background of label maps."""
    found: dict[int, Dataset] = {}
    for item in items(dataset, "SegmentSequence"):
        number = integer(item, "SegmentNumber")
        if number in found or number < (0 if kind == "labels" else 1):
            raise BadInput(f"segment {number} is there twice, or cannot be", where="Segment Sequence (0062,0002)")
        found[number] = item
    found.pop(0, None)
    if not found:
        raise BadInput("no segment is described", where="Segment Sequence (0062,0002)", mend="take the file again")
    return dict(sorted(found.items()))


def _own_grid(planes: FramePlanes, shape: tuple[int, int, int], frame: str, notes: list[str]) -> Grid:
    """Return the grid of the places of the frames; those between them may be missing."""
    normal = planes.directions[2]
    along = planes.places_mm @ normal
    order = np.argsort(along, kind="stable")
    rising, places = along[order], planes.places_mm[order]
    gaps = np.diff(rising)
    gaps = gaps[gaps > _PLACE_MM]
    step = planes.between_mm or (float(gaps.min()) if len(gaps) else 0.0) or planes.thickness_mm or 0.0
    if step <= 0:
        raise BadInput("the frames do not say how far slices are apart", where="Spacing Between Slices (0018,0088)")
    if len(gaps):
        refuse_tilt(places, rising, normal)
    span = float(rising[-1] - rising[0]) / step
    count = round(span) + 1
    if count > 100_000:
        raise BadInput(f"the frames lie {span * step:g} mm apart", where="Plane Position Sequence (0020,9113)")
    if abs(span - round(span)) > 0.01 * max(1.0, span) or len(gaps) == 0:
        if len(gaps):
            raise BadInput(
                f"the frames are not whole steps of {step:g} mm apart",
                mend="give the grid of the picture it belongs to",
            )
    elif span:
        step = float(rising[-1] - rising[0]) / round(span)
    if not frame:
        notes.append("the segmentation names no frame of reference: whether it fits a picture cannot be checked")
    return grid_of((count, shape[1], shape[2]), planes.directions, planes.spacing_mm, normal * step, places[0], frame)


def _same_frame(frame: str, grid: Grid, notes: list[str]) -> None:
    if frame and grid.frame_of_reference and frame != grid.frame_of_reference:
        raise BadInput(
            "the segmentation lies in another frame of reference than the picture",
            where="Frame of Reference UID (0020,0052)",
            mend="give the picture that it was made on",
        )
    if not frame or not grid.frame_of_reference:
        notes.append("picture or segmentation names no frame of reference: whether they fit cannot be checked")


def _slices(planes: FramePlanes, grid: Grid, shape: tuple[int, int, int]) -> NDArray[np.int64]:
    """Return the slice of the grid that each frame lies on.

    Raises
    ------
    BadInput
        If a frame lies on none, or its pixels are not those of the grid.
    """
    _, rows, columns = shape
    if (rows, columns) != grid.shape[1:]:
        raise BadInput(
            f"the segmentation has {rows} by {columns} pixels, the picture {grid.shape[1]} by {grid.shape[2]}",
            mend="give the picture that it was made on",
        )
    index = grid.to_index(planes.places_mm)
    found = np.rint(index[:, 0]).astype(np.int64)
    across = planes.directions[0] * planes.spacing_mm[1] * (columns - 1)
    down = planes.directions[1] * planes.spacing_mm[0] * (rows - 1)
    corners = ((0.0, 0.0, np.zeros(3)), (0.0, columns - 1.0, across), (rows - 1.0, 0.0, down))
    for row, column, away in corners:
        wanted = np.column_stack([found, np.full(len(found), row), np.full(len(found), column)])
        apart = np.linalg.norm(grid.to_mm(wanted) - (planes.places_mm + away), axis=1)
        if apart.max() > _PLACE_MM:
            worst = int(apart.argmax())
            raise BadInput(
                f"frame {worst + 1} lies {apart[worst]:.2g} mm from the nearest slice of the picture, or its pixels do",
                where="Plane Position Sequence (0020,9113)",
                mend="give the picture that it was made on; nothing is resampled",
            )
    outside = (found < 0) | (found >= grid.shape[0])
    if outside.any():
        raise BadInput(f"{int(outside.sum())} frames lie outside the picture", mend="bring the whole series")
    return found


def _stored(dataset: Dataset, kind: SegmentationKind, shape: tuple[int, int, int]) -> NDArray[Any]:
    """Return bool of a binary one, float32 from 0 to 1 of a fractional one, numbers of segments of a label map."""
    if kind == "binary":
        return unpacked_bits(dataset, shape)
    stored = stored_pixels(dataset, colours=kind == "labels")
    if kind == "labels":
        return stored
    most = _maximum(dataset)
    if int(stored.max()) > most:
        raise BadInput(f"a part of {int(stored.max())} is more than the whole, {most}", where="Pixel Data (7FE0,0010)")
    return stored.astype(np.float32) / np.float32(most)


def _numbers(groups: FunctionalGroups) -> list[int]:
    """Return which segment each frame is of."""
    where = "SegmentIdentificationSequence"
    return [integer(groups.needed(frame, where), "ReferencedSegmentNumber") for frame in range(len(groups.frames))]


def _parts(
    stored: NDArray[Any],
    slices: NDArray[np.int64],
    grid: Grid,
    described: dict[int, Dataset],
    numbers: list[int],
    kind: SegmentationKind,
) -> dict[int, NDArray[Any]]:
    parts: dict[int, NDArray[Any]] = {
        number: np.zeros(grid.shape, bool if kind == "binary" else np.float32) for number in described
    }
    seen: set[tuple[int, int]] = set()
    for frame, (number, place) in enumerate(zip(numbers, slices.tolist(), strict=True)):
        if number not in parts:
            raise BadInput(f"frame {frame + 1} is of segment {number}, which is not described", where="(0062,000B)")
        if (number, place) in seen:
            raise BadInput(
                f"two frames are slice {place + 1} of segment {number}", mend="export one time or phase alone"
            )
        seen.add((number, place))
        parts[number][place] = stored[frame]
    return parts


def _labels(
    stored: NDArray[Any], slices: NDArray[np.int64], grid: Grid, described: dict[int, Dataset]
) -> dict[int, NDArray[Any]]:
    if len(set(slices.tolist())) < len(slices):
        raise BadInput("two frames of a label map lie on one slice", mend="export one time or phase alone")
    labels = np.zeros(grid.shape, stored.dtype)
    labels[slices] = stored
    unknown = sorted(set(np.unique(stored).tolist()) - described.keys() - {0})
    if unknown:
        raise BadInput(f"pixels are of segment {unknown[0]}, which is not described", where="Pixel Data (7FE0,0010)")
    return {number: labels == number for number in described}


def _refuse_too_large(grid: Grid, segments: int, kind: SegmentationKind) -> None:
    size = int(np.prod(grid.shape, dtype=object)) * segments * (1 if kind in {"binary", "labels"} else 4)
    if size > _BYTES_AT_MOST:
        raise BadInput(
            f"{segments} segments of {grid.shape} voxels are {size / 2**30:.0f} GiB", mend="export fewer segments"
        )


def _segment(number: int, item: Dataset, part: NDArray[Any]) -> Segment:
    names = items(item, "SegmentationAlgorithmIdentificationSequence")
    name = text(item, "SegmentAlgorithmName", "") or (text(names[0], "AlgorithmName", "") if names else "")
    return Segment(
        number,
        text(item, "SegmentLabel", "") or f"unnamed {number}",
        part,
        _code(item, "SegmentedPropertyCategoryCodeSequence"),
        _code(item, "SegmentedPropertyTypeCodeSequence"),
        text(item, "SegmentAlgorithmType", ""),
        name,
    )


def _code(item: Dataset, keyword: str) -> Code | None:
    found = items(item, keyword)
    if not found:
        return None
    value = text(found[0], "CodeValue", "") or text(found[0], "LongCodeValue", "")
    return Code(value, text(found[0], "CodingSchemeDesignator", ""), text(found[0], "CodeMeaning", ""))


def _series(dataset: Dataset, notes: list[str]) -> str:
    found = [text(one, "SeriesInstanceUID", "") for one in items(dataset, "ReferencedSeriesSequence")]
    if len(found) > 1:
        notes.append(f"the segmentation refers to {len(found)} series of pictures; none is taken for its own")
    return found[0] if len(found) == 1 else ""


def _maximum(dataset: Dataset) -> int:
    most = optional_integer(dataset, "MaximumFractionalValue")
    if most is None or most < 1:
        raise BadInput("the largest value of a part is not said", where="Maximum Fractional Value (0062,000E)")
    return most
