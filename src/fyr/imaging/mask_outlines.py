"""The outlines of a mask as contours, along the edges of its voxels: their area is that of the voxels, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_set import Contour

__all__ = ["mask_outlines", "outlines_of_plane"]

_Corner = tuple[int, int]

_RIGHT_OF: Final = {(0, 1): (1, 0), (1, 0): (0, -1), (0, -1): (-1, 0), (-1, 0): (0, 1)}
"""By direction (row, column), the one after a turn to the right, where rows run down."""


def mask_outlines(mask: NDArray[np.bool_], grid: Grid, image_uids: Sequence[str] = ()) -> tuple[Contour, ...]:
    """Return the outlines of a mask, slice by slice.

    Parameters
    ----------
    mask : ndarray of bool, shape (slices, rows, columns)
    grid : Grid
    image_uids : sequence of str, optional
        Of each slice.

    Returns
    -------
    tuple of Contour
        Voxels that touch at a corner alone are outlined apart; a hole is an outline within another.

    Raises
    ------
    BadInput
        If mask, grid and images are not of one size.
    """
    if mask.shape != grid.shape or (image_uids and len(image_uids) != len(mask)):
        raise BadInput(f"a mask of {mask.shape} is not on a grid of {grid.shape}", where="mask")
    found = []
    for k in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        for corners in outlines_of_plane(mask[k]):
            index = np.column_stack([np.full(len(corners), float(k)), corners - 0.5])
            found.append(Contour(grid.to_mm(index), image_uid=image_uids[k] if image_uids else ""))
    return tuple(found)


def outlines_of_plane(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return the closed outlines of a plane's mask, each as corners (row, column) between the pixels.

    Corner (0, 0) is the outer one of pixel (0, 0). Outlines run with the inside on their right; only corners where they
    turn are given.

    >>> import numpy as np
    >>> outlines_of_plane(np.array([[False, True, True]]))[0].tolist()
    [[0.0, 1.0], [0.0, 3.0], [1.0, 3.0], [1.0, 1.0]]
    """
    ways = _edges(mask)
    found = []
    while ways:
        start = min(ways)
        corner, direction = start, min(ways[start])  # the upper left corner of an outline: only one way leads on
        turns: list[_Corner] = []
        while True:
            onward = ways[corner]
            # A turn to the right stays at the same pixel, where two touch at a corner.
            right = _RIGHT_OF[direction]
            step = right if right in onward else onward[0]
            if not turns or step != direction:
                turns.append(corner)
            onward.remove(step)
            if not onward:
                del ways[corner]
            corner, direction = (corner[0] + step[0], corner[1] + step[1]), step
            if corner == start:
                break
        found.append(np.array(turns, dtype=np.float64))
    return found


def _edges(mask: NDArray[np.bool_]) -> dict[_Corner, list[_Corner]]:
    """Return from each corner the directions that edges between inside and outside lead to, the inside on the right."""
    padded = np.pad(mask.astype(bool), 1)
    inside = padded[1:-1, 1:-1]
    ways: dict[_Corner, list[_Corner]] = {}
    for neighbour, (row, column), direction in (
        (padded[:-2, 1:-1], (0, 0), (0, 1)),
        (padded[1:-1, 2:], (0, 1), (1, 0)),
        (padded[2:, 1:-1], (1, 1), (0, -1)),
        (padded[1:-1, :-2], (1, 0), (-1, 0)),
    ):
        for j, i in np.argwhere(inside & ~neighbour).tolist():
            ways.setdefault((j + row, i + column), []).append(direction)
    return ways
