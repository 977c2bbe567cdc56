"""Which voxels of a grid have their centre inside a structure, as runs along the grid's rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_shape import StructureShape

__all__ = ["voxel_runs"]

_STRAIGHT = 1e-6


def voxel_runs(shape: StructureShape, grid: Grid) -> NDArray[np.int32]:
    """Return the voxels inside a structure.

    Parameters
    ----------
    shape : StructureShape
    grid : Grid
        Its slices, rows and columns along x, y and z in any order and direction.

    Returns
    -------
    ndarray of int32, shape (runs, 4)
        k, j, and i from the third to below the fourth; by slices, then rows.

    Raises
    ------
    BadInput
        If the grid is oblique.
    """
    steps = grid.affine[:3, :3]
    axes = np.abs(steps).argmax(axis=0)  # the patient's axis of slices, rows and columns
    straight = np.zeros((3, 3))
    straight[axes, range(3)] = steps[axes, range(3)]
    if np.abs(steps - straight).max() > _STRAIGHT * np.abs(steps).max() or len(set(axes.tolist())) < 3:
        raise BadInput("the picture's voxels lie askew to the patient's axes", where="volume", mend="resample it")
    across = min(int(axes[1]), int(axes[2]))
    row_place = 0 if int(axes[1]) == across else 1
    first = grid.affine[:3, 3]
    found = []
    for k in range(grid.shape[0]):
        lines = shape.outlines(int(axes[0]), float(first[axes[0]] + k * steps[axes[0], 0]))
        if not lines:
            continue
        starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
        places = np.concatenate(lines)
        rows = (places[:, row_place] - first[axes[1]]) / steps[axes[1], 1]
        columns = (places[:, 1 - row_place] - first[axes[2]]) / steps[axes[2], 2]
        found.append(_slice_runs(rows, columns, starts, k, grid.shape[1], grid.shape[2]))
    return np.concatenate(found) if found else np.zeros((0, 4), np.int32)


@njit(cache=True, nogil=True)
def _slice_runs(rows: Any, columns: Any, starts: Any, k: int, height: int, width: int) -> Any:
    """Return the runs of one slice, by the even-odd rule along each row of voxel centres."""
    edges = len(rows) - (len(starts) - 1)
    counts = np.zeros(height + 1, np.int64)
    for ring in range(len(starts) - 1):
        for index in range(starts[ring], starts[ring + 1] - 1):
            low, high = min(rows[index], rows[index + 1]), max(rows[index], rows[index + 1])
            for row in range(max(int(np.ceil(low)), 0), min(int(np.ceil(high)), height)):
                counts[row + 1] += 1
    places = np.cumsum(counts)
    filled = places.copy()
    crossings = np.empty(places[height])
    for ring in range(len(starts) - 1):
        for index in range(starts[ring], starts[ring + 1] - 1):
            r0, r1, c0, c1 = rows[index], rows[index + 1], columns[index], columns[index + 1]
            low, high = min(r0, r1), max(r0, r1)
            for row in range(max(int(np.ceil(low)), 0), min(int(np.ceil(high)), height)):
                crossings[filled[row]] = c0 + (row - r0) * (c1 - c0) / (r1 - r0)
                filled[row] += 1
    runs = np.empty((places[height] // 2 + edges, 4), np.int32)
    number = 0
    for row in range(height):
        here = np.sort(crossings[places[row] : places[row + 1]])
        for pair in range(len(here) // 2):
            begin = max(int(np.ceil(here[2 * pair])), 0)
            end = min(int(np.ceil(here[2 * pair + 1])), width)
            if end > begin:
                runs[number] = np.array((k, row, begin, end), np.int32)
                number += 1
    return runs[:number]
