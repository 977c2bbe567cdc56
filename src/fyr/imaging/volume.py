"""Pictures and dose as volumes: numbers on a grid, with their unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid

__all__ = ["DoseGrid", "DoseKind", "DoseSummation", "Volume"]

DoseSummation = Literal["plan", "fraction", "beam", "control point", "unknown"]
"""What a dose grid is the sum of (DICOM (3004,000A)): the whole plan, one fraction, one beam."""
DoseKind = Literal["physical", "effective"]
"""Gray as deposited, or weighted by a relative biological effectiveness (DICOM (3004,0004))."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """One number for each voxel.

    Parameters
    ----------
    grid : Grid
    values : ndarray, shape (slices, rows, columns)
    unit : str
        UCUM (``Gy``, ``1``) or ``[hnsf'U]``, UCUM's Hounsfield unit.
    modality : str
        DICOM's: ``CT``, ``MR``, ``PT``, ``RTDOSE``.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.

    Raises
    ------
    BadInput
        If the values do not fill the grid.
    """

    grid: Grid
    values: NDArray[Any]
    unit: str
    modality: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise BadInput(f"{self.values.shape} values do not fill a grid of {self.grid.shape} voxels", where="volume")


@dataclass(frozen=True, slots=True, eq=False)
class DoseGrid:
    """Absorbed dose on a grid.

    Parameters
    ----------
    grid : Grid
    dose_gy : ndarray of float32 or float64, shape (slices, rows, columns)
    summation : str
        The dose is per plan unless this says otherwise.
    kind : str
    plan_uid : str
        The SOP instance of the plan that it was computed for; empty where nothing was said.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.

    Raises
    ------
    BadInput
        If the values do not fill the grid, or one is negative or no number.
    """

    grid: Grid
    dose_gy: NDArray[Any]
    summation: DoseSummation = "plan"
    kind: DoseKind = "physical"
    plan_uid: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.dose_gy.shape != self.grid.shape:
            raise BadInput(f"{self.dose_gy.shape} doses do not fill a grid of {self.grid.shape} voxels", where="dose")
        if not bool(np.isfinite(self.dose_gy).all()) or float(self.dose_gy.min()) < 0:
            raise BadInput(
                "a dose is negative or no number", where="dose", mend="take the dose again from the planning system"
            )
