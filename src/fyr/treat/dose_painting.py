"""Dose painting: a prescription for each voxel of a target from a picture, and how well a dose meets it. Research.

By numbers: the prescribed dose rises linearly with the intensity between two intensities and is level beyond them
(Vanderstraeten et al. 2006, Radiother Oncol 79:249-258; Bowen et al. 2009, PMC2858011, study this and other mappings).
By contours: a dose for each band of intensities. The quality factor is the mean deviation of the obtained from the
intended dose, QF = 1/n sum |Q - 1| with Q = obtained / intended in each voxel (Vanderstraeten et al. 2006). The linear
rule with its window, from a quarter of the 95th percentile of the target's intensities to that percentile, and the
quality factor were read in a program that the Ghent group published, of Bowen the abstract; the paper of 2006 itself
could not be read.

Which dose an intensity needs is not known. Every number of a prescription is therefore asked for, none is built in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid

__all__ = [
    "BandPrescription",
    "LinearPrescription",
    "PaintingQuality",
    "Prescription",
    "painting_quality",
    "percentile_window",
    "prescribe",
]

_ON_GRID: Final = 1e-3


class Prescription(Protocol):
    """A dose for an intensity."""

    def dose_gy(self, intensity: NDArray[Any]) -> NDArray[np.float64]:
        """Return the dose of each intensity, same shape."""
        ...


@dataclass(frozen=True, slots=True)
class LinearPrescription:
    """A dose that rises linearly with the intensity between two intensities.

    Parameters
    ----------
    low_intensity, high_intensity : float
        Below and above them the dose is level.
    low_gy, high_gy : float
        The doses there.
    levels : int or None
        Round to the nearest of so many doses, evenly spaced from `low_gy` to `high_gy`; ``None`` for every dose.

    Raises
    ------
    BadInput
        If an end lies above the other, a dose is not positive, or there are fewer than two levels.

    Examples
    --------
    >>> LinearPrescription(2, 10, 60, 80).dose_gy(np.array([1, 2, 6, 10, 30])).tolist()
    [60.0, 60.0, 70.0, 80.0, 80.0]
    """

    low_intensity: float
    high_intensity: float
    low_gy: float
    high_gy: float
    levels: int | None = None

    def __post_init__(self) -> None:
        if not np.isfinite([self.low_intensity, self.high_intensity, self.low_gy, self.high_gy]).all():
            raise BadInput("an end of the window or of the doses is no number", where="prescription")
        if not self.low_intensity < self.high_intensity:
            raise BadInput(
                f"the window from {self.low_intensity:g} to {self.high_intensity:g} is empty", where="prescription"
            )
        if not 0 < self.low_gy <= self.high_gy:
            raise BadInput(
                f"doses from {self.low_gy:g} to {self.high_gy:g} Gy do not rise from above 0", where="prescription"
            )
        if self.levels is not None and self.levels < 2:
            raise BadInput(f"{self.levels} levels make no painting", where="prescription", mend="give 2 or more")

    def dose_gy(self, intensity: NDArray[Any]) -> NDArray[np.float64]:
        """Return the dose of each intensity."""
        part = (np.asarray(intensity, dtype=np.float64) - self.low_intensity) / (
            self.high_intensity - self.low_intensity
        )
        part = np.clip(part, 0, 1)
        if self.levels is not None:
            part = np.floor(part * (self.levels - 1) + 0.5) / (self.levels - 1)
        dose: NDArray[np.float64] = self.low_gy + part * (self.high_gy - self.low_gy)
        return dose


@dataclass(frozen=True, slots=True)
class BandPrescription:
    """A dose for each band of intensities, rising or falling: how diffusion (ADC) is painted, where low is dense.

    Parameters
    ----------
    limits : tuple of float
        Between the bands, rising; an intensity on a limit belongs to the band above.
    doses_gy : tuple of float
        One more than there are limits.

    Raises
    ------
    BadInput
        If the limits do not rise, their number does not fit, or a dose is not positive.

    Examples
    --------
    >>> BandPrescription((750, 1500), (70, 60, 53)).dose_gy(np.array([600, 750, 1499, 1500])).tolist()
    [70.0, 60.0, 60.0, 53.0]
    """

    limits: tuple[float, ...]
    doses_gy: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.limits or len(self.doses_gy) != len(self.limits) + 1:
            raise BadInput(f"{len(self.limits)} limits with {len(self.doses_gy)} doses", where="prescription",
                           mend="give one dose more than limits")  # fmt: skip
        if not np.isfinite(self.limits).all() or (np.diff(self.limits) <= 0).any():
            raise BadInput("the limits between the bands do not rise", where="prescription")
        if not np.isfinite(self.doses_gy).all() or min(self.doses_gy) <= 0:
            raise BadInput("a dose is not above 0", where="prescription")

    def dose_gy(self, intensity: NDArray[Any]) -> NDArray[np.float64]:
        """Return the dose of each intensity."""
        return np.asarray(self.doses_gy, dtype=np.float64)[np.searchsorted(self.limits, intensity, side="right")]


@dataclass(frozen=True, slots=True, eq=False)
class PaintingQuality:
    """How well a dose meets a prescription.

    Parameters
    ----------
    quality_factor : float
        Mean distance of Q from 1: 0 is perfect.
    mean_ratio : float
        Mean of Q.
    within_5_percent : float
        Part of the voxels whose Q is 0.95 to 1.05.
    least_ratio, greatest_ratio : float
    voxels : int
    ratio : ndarray of float64, shape (voxels,)
        Q of each voxel of the target.
    """

    quality_factor: float
    mean_ratio: float
    within_5_percent: float
    least_ratio: float
    greatest_ratio: float
    voxels: int
    ratio: NDArray[np.float64]

    def volume_at(self, ratio: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the part of the target with at least that Q: the Q-volume histogram."""
        ordered = np.sort(self.ratio)
        below = np.searchsorted(ordered, np.asarray(ratio, dtype=np.float64), side="left")
        return 1 - below / self.voxels


def percentile_window(
    intensity: NDArray[Any], inside: NDArray[np.bool_], percentile: float = 95.0, low_part: float = 0.25
) -> tuple[float, float]:
    """Return the Ghent group's window: a percentile of the target's intensities, and a part of it.

    Raises
    ------
    BadInput
        If the target has no voxel, or no intensity above 0 there.
    """
    values = np.asarray(intensity)[inside]
    if not values.size:
        raise BadInput("the target fills no voxel of the picture", where="target")
    high = float(np.percentile(values.astype(np.float64), percentile))
    if not np.isfinite(high) or high <= 0:
        raise BadInput(f"the {percentile:g}th percentile in the target is {high:g}", where="target")
    return low_part * high, high


def prescribe(intensity: NDArray[Any], grid: Grid, inside: NDArray[np.bool_], prescription: Prescription) -> DoseGrid:
    """Return the prescribed dose of each voxel of the target, 0 outside of it.

    Parameters
    ----------
    intensity : ndarray, shape (slices, rows, columns)
    grid : Grid
    inside : ndarray of bool, same shape
        The target.
    prescription : Prescription

    Raises
    ------
    BadInput
        If the target fills no voxel, or an intensity in it is no number.
    """
    if not inside.any():
        raise BadInput(
            "the target fills no voxel of the picture", where="target", mend="check that both belong together"
        )
    values = np.asarray(intensity)[inside]
    if not np.isfinite(values.astype(np.float64)).all():
        raise BadInput("an intensity in the target is no number", where="target")
    dose = np.zeros(grid.shape, dtype=np.float64)
    dose[inside] = prescription.dose_gy(values)
    return DoseGrid(grid, dose, notes=("a prescription for dose painting, not a dose that was planned or given",))


def painting_quality(prescribed: DoseGrid, obtained: DoseGrid) -> PaintingQuality:
    """Hold a dose against a prescription, in the middle of each voxel that has one.

    Raises
    ------
    BadInput
        If the frames of reference differ, nothing is prescribed, or the dose does not cover every voxel of it.
    """
    from scipy.ndimage import map_coordinates

    ours, theirs = prescribed.grid.frame_of_reference, obtained.grid.frame_of_reference
    if ours and theirs and ours != theirs:
        raise BadInput(f"the prescription lies in frame of reference {ours}, the dose in {theirs}", where="dose")
    index = np.argwhere(prescribed.dose_gy > 0)
    if not len(index):
        raise BadInput("nothing is prescribed", where="prescription")
    place = obtained.grid.to_index(prescribed.grid.to_mm(index))
    last = np.asarray(obtained.grid.shape) - 1
    outside = int(np.logical_or.reduce((place < -_ON_GRID) | (place > last + _ON_GRID), axis=1).sum())
    if outside:
        raise BadInput(
            f"the dose does not cover {outside:,} of the {len(index):,} voxels of the target",
            where="dose",
            mend="compute it on a larger grid",
        )
    wanted = prescribed.dose_gy[tuple(index.T)].astype(np.float64)
    got = map_coordinates(obtained.dose_gy.astype(np.float64), np.clip(place, 0, last).T, order=1)
    ratio: NDArray[np.float64] = got / wanted
    return PaintingQuality(
        quality_factor=float(np.abs(ratio - 1).mean()),
        mean_ratio=float(ratio.mean()),
        within_5_percent=float(((ratio >= 0.95) & (ratio <= 1.05)).mean()),
        least_ratio=float(ratio.min()),
        greatest_ratio=float(ratio.max()),
        voxels=len(ratio),
        ratio=ratio,
    )
