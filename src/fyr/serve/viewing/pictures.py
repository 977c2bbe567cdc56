"""Pictures in 16 bits: whole slices, a coarse preview of all of them, and the grey levels to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, UsageError
from fyr.serve.viewing.found import PictureFiles
from fyr.serve.viewing.viewing import Viewing

__all__ = ["Preview", "grey_levels", "preview", "voxels"]

_PREVIEW_BYTES: Final = 2_000_000
_PREVIEW_SLICES: Final = 64
"""Each is read and checked whole before anything is seen."""
_CHUNK_BYTES: Final = 32 << 20
_CT_WINDOW: Final = (40.0, 400.0)
_USUAL_PERCENTILES: Final = (1.0, 99.0)


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """Every so many voxels of a picture: the voxel (a, b, c) here is (a, b, c) times `stride` there."""

    coded: NDArray[np.int16]
    stride: tuple[int, int, int]
    missing: tuple[int, ...]
    """Slices of the preview that are not there, or cannot be read."""


def voxels(viewing: Viewing, picture: PictureFiles, start: int, end: int) -> bytes:
    """Return slices from `start` to below `end`, 16 bits a voxel, little-endian.

    Raises
    ------
    UsageError
        If there are no such slices, or they are too many for one answer.
    BadInput
        If a slice cannot be read.
    """
    shape = viewing.stack(picture).grid.shape
    if not 0 <= start < end <= shape[0]:
        raise UsageError(f"slices {start} to {end} of {shape[0]}", where="from, to", mend="they count from 0")
    if (end - start) * shape[1] * shape[2] * 2 > _CHUNK_BYTES and end - start > 1:
        most = max(1, _CHUNK_BYTES // (shape[1] * shape[2] * 2))
        raise UsageError(f"{end - start} slices are too many for one answer", where="from, to", mend=f"ask for {most}")
    return b"".join(viewing.plane(picture, place).astype("<i2", copy=False).tobytes() for place in range(start, end))


def preview(viewing: Viewing, picture: PictureFiles) -> Preview:
    """Return the picture thinned to 2 MB at most; only the slices that are in it are read.

    Raises
    ------
    BadInput
        If none of them can be read. Those that cannot are as if they were missing.
    """
    return viewing.kept.get(("preview", picture.id), lambda: _preview(viewing, picture), lambda one: one.coded.nbytes)


def grey_levels(viewing: Viewing, picture: PictureFiles) -> tuple[float, float]:
    """Return the centre and width to begin with: soft tissue in a CT, else what the file says, else nearly all."""
    stack = viewing.stack(picture)
    if stack.modality == "CT":
        return _CT_WINDOW
    if stack.window is not None:
        return stack.window
    thinned = preview(viewing, picture)
    shown = np.delete(thinned.coded, thinned.missing, axis=0)
    low, high = np.percentile(shown if shown.size else thinned.coded, _USUAL_PERCENTILES) * stack.coding.slope
    return float((low + high) / 2 + stack.coding.intercept), float(max(high - low, stack.coding.slope))


def _preview(viewing: Viewing, picture: PictureFiles) -> Preview:
    stack = viewing.stack(picture)
    stride = _stride(stack.grid.shape, stack.grid.spacing_mm)
    places = range(0, stack.grid.shape[0], stride[0])
    planes: list[NDArray[np.int16]] = []
    problems: list[BadInput] = []
    missing: list[int] = []
    for number, place in enumerate(places):
        if stack.path(place) is None:
            missing.append(number)
        try:
            planes.append(viewing.plane(picture, place)[:: stride[1], :: stride[2]])
        except BadInput as problem:
            problems.append(problem)
            missing.append(number)
            empty = np.full(stack.grid.shape[1:], np.iinfo(np.int16).min, np.int16)
            planes.append(empty[:: stride[1], :: stride[2]])
    if len(problems) == len(planes):
        raise problems[0]
    return Preview(np.ascontiguousarray(np.stack(planes)), stride, tuple(missing))


def _stride(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
    """Thin whichever axis is the finest until it fits."""
    stride = [-(-shape[0] // _PREVIEW_SLICES), 1, 1]
    while np.prod([-(-size // step) for size, step in zip(shape, stride, strict=True)]) * 2 > _PREVIEW_BYTES:
        finest = min(
            (one for one in range(3) if shape[one] > stride[one]), key=lambda one: stride[one] * spacing_mm[one]
        )
        stride[finest] += 1
        if finest > 0:  # rows and columns alike
            stride[3 - finest] = stride[finest]
    return stride[0], stride[1], stride[2]
