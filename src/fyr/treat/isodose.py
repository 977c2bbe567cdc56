"""The volume within an isodose, anywhere in a dose grid."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from fyr.imaging.volume import DoseGrid
from fyr.treat.dvh_kernel import trilinear

__all__ = ["isodose_cm3"]

_FINE: Final = 5


def isodose_cm3(dose: DoseGrid, level_gy: float) -> float:
    """Return the volume in cm³ that gets at least a dose.

    Voxels that the isodose passes are cut into 5 by 5 by 5, with the dose between voxels trilinear.

    Parameters
    ----------
    dose : DoseGrid
    level_gy : float
    """
    return float(_voxels(dose.dose_gy, level_gy, _FINE)) * dose.grid.voxel_mm3 / 1000


@njit(cache=True)
def _voxels(dose: Any, level: float, fine: int) -> float:
    slices, rows, columns = dose.shape
    total = 0.0
    for k in range(slices):
        for j in range(rows):
            for i in range(columns):
                low, high = np.inf, -np.inf
                for kk in range(max(k - 1, 0), min(k + 2, slices)):
                    for jj in range(max(j - 1, 0), min(j + 2, rows)):
                        for ii in range(max(i - 1, 0), min(i + 2, columns)):
                            low, high = min(low, dose[kk, jj, ii]), max(high, dose[kk, jj, ii])
                if low >= level:
                    total += 1.0
                elif high >= level:
                    count = 0
                    for point in range(fine**3):
                        a = k + (point // (fine * fine) + 0.5) / fine - 0.5
                        b = j + (point // fine % fine + 0.5) / fine - 0.5
                        c = i + (point % fine + 0.5) / fine - 0.5
                        a, b = min(max(a, 0.0), slices - 1.0), min(max(b, 0.0), rows - 1.0)
                        count += trilinear(dose, a, b, min(max(c, 0.0), columns - 1.0))[0] >= level
                    total += count / fine**3
    return total
