"""Where a plane through the patient has a dose: the lines that are drawn over a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.imaging.isolines import isolines
from fyr.imaging.volume import DoseGrid
from fyr.treat.dvh_kernel import dose_at

__all__ = ["isodose_lines"]

Floats = NDArray[np.float64]

_FINEST = 2000
"""Places along an axis at most where the dose's voxels stand askew to it."""


def isodose_lines(dose: DoseGrid, axis: int, at_mm: float, levels_gy: Sequence[float]) -> list[list[Floats]]:
    """Return the lines of some doses in a plane across x, y or z.

    The dose is as :mod:`fyr.treat.dvh` has it: trilinear between voxels, and half a voxel beyond the outer centres that
    of the border. There the lines end.

    Parameters
    ----------
    dose : DoseGrid
    axis : int
        0 for a sagittal plane, 1 for a coronal, 2 for an axial one.
    at_mm : float
        x, y or z of the plane.
    levels_gy : sequence of float

    Returns
    -------
    list of list of ndarray of float64, shape (points, 2)
        For each level its lines: the other two of x, y, z, in this order. A closed line ends where it begins.
    """
    across, up = (one for one in range(3) if one != axis)
    columns, rows = _ticks(dose, across), _ticks(dose, up)
    places = np.empty((len(rows), len(columns), 3))
    places[..., axis] = at_mm
    places[..., across], places[..., up] = columns, rows[:, None]
    plane = dose_at(dose.dose_gy, dose.grid.to_index(places.reshape(-1, 3))).reshape(places.shape[:2])
    if not np.isfinite(plane).any():
        return [[] for _ in levels_gy]
    return [isolines(plane, rows, columns, level) for level in levels_gy]


def _ticks(dose: DoseGrid, axis: int) -> Floats:
    """Return where to take the dose along x, y or z: at its voxels, where they stand in line, else as finely."""
    grid = dose.grid
    corners = grid.to_mm([[k, j, i] for k in (0, grid.shape[0] - 1) for j in (0, grid.shape[1] - 1)
                          for i in (0, grid.shape[2] - 1)])[:, axis]  # fmt: skip
    low, high = float(corners.min()), float(corners.max())
    along = np.abs(grid.affine[axis, :3])
    leading = int(np.argmax(along))
    if np.delete(along, leading).max() <= 1e-6 * along[leading]:
        half = along[leading] / 2
        return np.array([low - half, *np.linspace(low, high, grid.shape[leading]).tolist(), high + half])
    step = max(min(grid.spacing_mm), (high - low) / _FINEST)
    return np.arange(low - step / 2, high + step, step, dtype=np.float64)
