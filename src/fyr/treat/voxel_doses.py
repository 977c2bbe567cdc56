"""The dose at every voxel of a picture inside a structure: which voxels make up a stretch of its histogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.imaging.grid import Grid
from fyr.imaging.structure_shape import StructureShape
from fyr.imaging.volume import DoseGrid
from fyr.imaging.voxel_runs import voxel_runs
from fyr.treat.dvh_kernel import dose_at

__all__ = ["VoxelDoses", "voxel_doses"]

_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class VoxelDoses:
    """Voxels with their dose.

    Parameters
    ----------
    runs : ndarray of int32, shape (runs, 4)
        k, j, and i from the third to below the fourth.
    dose_gy : ndarray of float32, shape (voxels,)
        At the centres, run by run; NaN outside the dose grid.
    """

    runs: NDArray[np.int32]
    dose_gy: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.runs.nbytes + self.dose_gy.nbytes

    def between(self, low_gy: float, high_gy: float) -> NDArray[np.int32]:
        """Return the voxels that get at least one dose and less than another, as runs; shape (runs, 4)."""
        found: NDArray[np.int32] = _between(self.runs, self.dose_gy, low_gy, high_gy)
        return found


def voxel_doses(shape: StructureShape, grid: Grid, dose: DoseGrid) -> VoxelDoses:
    """Take the dose, trilinear, at the centre of every voxel of a picture that lies inside a structure.

    Parameters
    ----------
    shape : StructureShape
    grid : Grid
        Of the picture.
    dose : DoseGrid
        In the same frame of reference: it is for the caller to check.

    Raises
    ------
    BadInput
        If the picture's grid is oblique.
    """
    runs = voxel_runs(shape, grid)
    lengths = runs[:, 3] - runs[:, 2]
    doses = np.empty(int(lengths.sum()), np.float32)
    to_dose = np.linalg.inv(dose.grid.affine) @ grid.affine
    ends = np.cumsum(lengths)
    begin = 0
    while begin < len(runs):
        end = max(int(np.searchsorted(ends, ends[begin] - lengths[begin] + _AT_ONCE)), begin + 1)
        index = _centres(runs[begin:end], int(lengths[begin:end].sum()))
        taken = dose_at(dose.dose_gy, index @ to_dose[:3, :3].T + to_dose[:3, 3])
        doses[ends[begin] - lengths[begin] : ends[end - 1]] = taken
        begin = end
    return VoxelDoses(runs, doses)


@njit(cache=True, nogil=True)
def _centres(runs: Any, count: int) -> Any:
    """Return the index (k, j, i) of every voxel of runs; shape (count, 3)."""
    index = np.empty((count, 3))
    number = 0
    for run in range(len(runs)):
        for i in range(runs[run, 2], runs[run, 3]):
            index[number, 0], index[number, 1], index[number, 2] = runs[run, 0], runs[run, 1], i
            number += 1
    return index


@njit(cache=True, nogil=True)
def _between(runs: Any, doses: Any, low: float, high: float) -> Any:
    """Return the parts of runs whose dose lies between two."""
    found = 0
    for count_only in (True, False):
        if not count_only:
            parts = np.empty((found, 4), np.int32)
            found = 0
        number = 0
        for run in range(len(runs)):
            begin = -1
            for i in range(runs[run, 2], runs[run, 3] + 1):
                is_in = i < runs[run, 3] and low <= doses[number] < high
                if is_in and begin < 0:
                    begin = i
                elif not is_in and begin >= 0:
                    if not count_only:
                        parts[found, 0], parts[found, 1] = runs[run, 0], runs[run, 1]
                        parts[found, 2], parts[found, 3] = begin, i
                    found += 1
                    begin = -1
                if i < runs[run, 3]:
                    number += 1
    return parts
