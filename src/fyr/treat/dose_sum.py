"""Doses in fractions of 2 Gy, and their sum.

The equivalent dose in 2 Gy fractions of a total dose D given in fractions of d (Withers 1983, Cancer 51:1369; linear
quadratic model)::

    EQD2 = D (d + alpha/beta) / (2 Gy + alpha/beta)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.treat.dose_pair import comparable

if TYPE_CHECKING:
    from fyr.imaging.volume import DoseGrid

__all__ = ["equivalent_dose", "sum_of_plans"]

_ON_GRID = 1e-6


def equivalent_dose(dose: DoseGrid, alpha_beta_gy: ArrayLike, fractions: int | None) -> DoseGrid:
    """Return the equivalent dose in 2 Gy fractions, voxel by voxel.

    Parameters
    ----------
    dose : DoseGrid
        Of a plan; each voxel is taken to get the same dose in every fraction.
    alpha_beta_gy : float or ndarray, shape (slices, rows, columns)
        One value, or one for each voxel.
    fractions : int or None
        Of the plan; without them the dose per fraction is not known.

    Returns
    -------
    DoseGrid
        Of kind ``effective``.

    Raises
    ------
    BadInput
        If the fractions are not known, the dose is not that of a plan or not physical, or an alpha/beta is not above 0.
    """
    if fractions is None or fractions < 1:
        raise BadInput("the dose per fraction is not known", where="fractions", mend="say in how many it is given")
    if dose.summation != "plan":
        raise BadInput(f"the dose is of a {dose.summation}, not of a plan", where="dose", mend="give the plan's dose")
    if dose.kind != "physical":
        raise BadInput("the dose is already weighted by its effect", where="dose", mend="give the physical dose")
    ratio = np.asarray(alpha_beta_gy, dtype=np.float64)
    if not bool(np.isfinite(ratio).all()) or float(ratio.min()) <= 0:
        raise BadInput("an alpha/beta is not a number above 0", where="alpha/beta", mend="give it in gray")
    if ratio.shape not in ((), dose.grid.shape):
        raise BadInput(f"{ratio.shape} values of alpha/beta do not fill {dose.grid.shape} voxels", where="alpha/beta")
    total = dose.dose_gy.astype(np.float64)
    equivalent = total * (total / fractions + ratio) / (2 + ratio)
    return type(dose)(dose.grid, equivalent, summation="plan", kind="effective", plan_uid=dose.plan_uid)


def sum_of_plans(first: DoseGrid, second: DoseGrid) -> DoseGrid:
    """Return the sum of two plans' doses on the grid of the first; the second is multilinear between its voxels.

    Parameters
    ----------
    first, second : DoseGrid
        Of plans, of one kind, in one frame of reference.

    Raises
    ------
    BadInput
        If they do not belong together, or the second does not cover the first: what is not known is not nought.
    """
    comparable(first, second)
    for dose in (first, second):
        if dose.summation != "plan":
            raise BadInput(f"a dose is of a {dose.summation}, not of a plan", where="dose", mend="give plans' doses")
        if not dose.grid.frame_of_reference:
            raise BadInput("a dose does not say its frame of reference", where="dose", mend="give both their frame")
    added = first.dose_gy.astype(np.float64) + _moved(second, first)
    return type(first)(first.grid, added, summation="plan", kind=first.kind)


def _moved(dose: DoseGrid, onto: DoseGrid) -> NDArray[np.float64]:
    from scipy.ndimage import map_coordinates

    index = np.indices(onto.grid.shape).reshape(3, -1).T
    place = dose.grid.to_index(onto.grid.to_mm(index))
    last = np.asarray(dose.grid.shape) - 1
    outside = int(((place < -_ON_GRID) | (place > last + _ON_GRID)).any(axis=1).sum())
    if outside:
        raise BadInput(
            f"the second dose does not cover {outside} of the {len(place)} voxels of the first",
            where="dose",
            mend="sum on the grid of the smaller dose, or compute the other on a larger grid",
        )
    values = map_coordinates(dose.dose_gy.astype(np.float64), np.clip(place, 0, last).T, order=1)
    moved: NDArray[np.float64] = np.asarray(values, dtype=np.float64).reshape(onto.grid.shape)
    return moved
