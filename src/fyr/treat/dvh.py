"""Dose-volume histograms: how much of a structure gets how much dose.

The volume is that of the contours, not of dose voxels. The dose between voxels is trilinear; it reaches half a voxel
beyond the outer centres, and what lies further out has no dose and is said so.

Drzymala et al. 1991, Int J Radiat Oncol Biol Phys 21:71, for the histogram; Nelms et al. 2015, Med Phys 42:4435, for
analytic phantoms, and how far systems are apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes, contour_planes
from fyr.imaging.coverage_stack import CoverageStack, coverage_stack
from fyr.imaging.plane_stack import Between, Layer, layers
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.treat.dvh_kernel import dose_at, fill_layer, voxel_extremes

__all__ = ["Dvh", "Sampling", "dose_volume_histogram"]

_BINS: Final = 10_000
_SAMPLES: Final = 60_000
"""Wanted in a small structure; a large one has more, for the lattice is never coarser than the dose."""
_COARSEST: Final = 1.0
_FINEST_MM: Final = 0.1
_PIXELS: Final = 30_000_000
_COARSER: Final = 2.0
_FINER: Final = 1.6
_CLOSE: Final = 2e-3
"""Of the structure's greatest dose: what the mean and the doses at seven volumes may change by between two lattices."""
_REFINEMENTS: Final = 3
_CHECKED: Final = np.array([0.02, 0.25, 0.5, 0.75, 0.95, 0.98])
_SPOT_CM3: Final = 0.03
"""What reports give as the maximum: so little lies in few samples of a coarse lattice."""
_COVERED: Final = 1e-4
"""The part of the volume outside the dose grid up to which it counts as inside: rounding of the corners."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How finely the dose was taken, and how much the result still hangs on it.

    Parameters
    ----------
    points : int
    spacing_mm : float
    error_gy : float
        The greatest change of the mean and of D0.03cc, D2%, D25%, D50%, D75%, D95% and D98% when the lattice is made
        coarser (1.6 to 2 times): an upper estimate, for the error falls with the square of the spacing.
    """

    points: int
    spacing_mm: float
    error_gy: float


@dataclass(frozen=True, slots=True, eq=False)
class Dvh:
    """The dose in one structure.

    Parameters
    ----------
    name : str
    volume_cm3 : float
        Of the whole structure, from its contours.
    outside_cm3 : float
        The part of it outside the dose grid; every dose below is that of the rest.
    min_gy, mean_gy, max_gy : float
    bin_gy : float
        Width of a bin.
    histogram_cm3 : ndarray of float64, shape (bins,)
        Volume with a dose from ``bin * bin_gy`` up to the next.
    sampling : Sampling
    notes : tuple of str
        What was decided about the contours.
    """

    name: str
    volume_cm3: float
    outside_cm3: float
    min_gy: float
    mean_gy: float
    max_gy: float
    bin_gy: float
    histogram_cm3: NDArray[np.float64]
    sampling: Sampling
    notes: tuple[str, ...] = ()

    @property
    def covered_cm3(self) -> float:
        """Volume that has a dose."""
        return self.volume_cm3 - self.outside_cm3

    @property
    def is_complete(self) -> bool:
        """Whether the dose grid covers the whole structure."""
        return self.outside_cm3 <= _COVERED * self.volume_cm3

    @property
    def _at_least(self) -> NDArray[np.float64]:
        """Volume with at least the dose of each bin's lower edge, and 0 at the end; shape (bins + 1,)."""
        return np.concatenate([np.cumsum(self.histogram_cm3[::-1])[::-1], [0.0]])

    def volume_at(self, dose_gy: ArrayLike) -> NDArray[np.float64]:
        """Return the volume in cm³ that gets at least a dose."""
        dose = np.asarray(dose_gy, dtype=np.float64)
        at_least = self._at_least
        volume = np.interp(dose, np.arange(len(at_least)) * self.bin_gy, at_least)
        volume = np.where(dose <= self.min_gy * (1 + 1e-6), self.covered_cm3, volume)
        return np.where(dose > self.max_gy * (1 + 1e-6), 0.0, volume)

    def dose_to(self, volume_cm3: ArrayLike) -> NDArray[np.float64]:
        """Return the least dose in Gy within the volume that gets most: D of that volume.

        NaN where the structure has no such volume with a dose.
        """
        volume = np.asarray(volume_cm3, dtype=np.float64)
        at_least = self._at_least
        # A flat stretch has no slope to go by: `interp` wants the volumes to rise.
        falling = np.concatenate([[True], np.diff(at_least) < 0])
        edges = np.arange(len(at_least)) * self.bin_gy
        last = np.concatenate([falling[1:], [True]]) | falling
        dose = np.interp(volume, at_least[last][::-1], edges[last][::-1])
        dose = np.clip(dose, self.min_gy, self.max_gy)
        return np.where((volume < 0) | (volume > self.covered_cm3 * (1 + 1e-9)), np.nan, dose)

    def generalised_mean_gy(self, a: float) -> float:
        """Return the generalised equivalent uniform dose (Niemierko 1999, Med Phys 26:1100).

        The mean of the doses to the power a, to the power 1/a: a = 1 is the mean, large a the maximum, negative a
        leans to the minimum.
        """
        share = self.histogram_cm3 / self.histogram_cm3.sum()
        doses = np.clip((np.arange(len(share)) + 0.5) * self.bin_gy, self.min_gy, self.max_gy)
        filled = share > 0
        greatest = float(doses[filled].max())
        if greatest == 0 or (a < 0 and float(doses[filled].min()) == 0):
            return 0.0
        power: float = float((share[filled] * (doses[filled] / greatest) ** a).sum()) ** (1 / a)
        return greatest * power


def dose_volume_histogram(structure: Structure, dose: DoseGrid, between: Between | None = None) -> Dvh:
    """Take the dose in a structure.

    Parameters
    ----------
    structure : Structure
        In the frame of reference of the dose: it is for the caller to check.
    dose : DoseGrid
    between : Between, optional
        How the space between contour planes is filled.

    Raises
    ------
    BadInput
        If the structure cannot be filled, or lies wholly outside the dose grid.
    """
    planes = contour_planes(structure)
    between = between or Between()
    spacing, greatest, surface = _spacing(planes, dose), float(dose.dose_gy.max()), _surface(planes, dose)
    coarse = _sampled(structure.name, planes, dose, greatest, between, surface, spacing * _COARSER, rough=True)
    found = coarse
    for _ in range(_REFINEMENTS + 1):
        fine = _sampled(structure.name, planes, dose, greatest, between, surface, spacing)
        found = _with_error(fine, coarse)
        if found.sampling.error_gy <= _CLOSE * fine.max_gy or spacing <= _FINEST_MM:
            break
        coarse, spacing = fine, spacing / _FINER
    return found


def _spacing(planes: ContourPlanes, dose: DoseGrid) -> float:
    """Return a lattice spacing that gives a small structure many samples and a large one no coarse ones."""
    box = np.subtract(*planes.box_mm[::-1])
    height = float(np.ptp(planes.places_mm)) or 1.0
    wanted = float((0.5 * box[0] * box[1] * height / _SAMPLES) ** (1 / 3))
    least = float(np.sqrt(box[0] * box[1] * len(planes.places_mm) / _PIXELS))  # so that it fits in memory
    return max(_FINEST_MM, least, min(wanted, _COARSEST * min(dose.grid.spacing_mm)))


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """What the points of the contours say, whatever the lattice.

    Parameters
    ----------
    least_gy, greatest_gy : float
        Of their doses; infinite and minus infinite where none has one.
    low, high : ndarray of float64, shape (3,)
        The box that holds them, as indices of the dose.
    """

    least_gy: float
    greatest_gy: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def _surface(planes: ContourPlanes, dose: DoseGrid) -> _Surface:
    to_index, offset = _to_index(planes, dose)
    vertices = planes.vertices_mm @ to_index.T + offset
    doses = dose_at(dose.dose_gy, vertices)
    doses = doses[np.isfinite(doses)]
    low, high = (np.array([take(along) for along in vertices.T]) for take in (np.min, np.max))
    return _Surface(float(doses.min(initial=np.inf)), float(doses.max(initial=-np.inf)), low, high)


def _to_index(planes: ContourPlanes, dose: DoseGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what leads from u, v, w to the dose's ``(k, j, i)``: a matrix, and what is added."""
    inverse = np.linalg.inv(dose.grid.affine[:3, :3])
    return inverse @ planes.axes.T, -inverse @ dose.grid.affine[:3, 3]


def _sampled(
    name: str,
    planes: ContourPlanes,
    dose: DoseGrid,
    greatest: float,
    between: Between,
    surface: _Surface,
    spacing: float,
    *,
    rough: bool = False,
) -> Dvh:
    """Take the dose on one lattice; `rough`: only to see what the lattice does, without a look for the extremes."""
    stack = coverage_stack(planes, (spacing, spacing))
    try:
        filled, gaps = layers(planes.places_mm, stack.area_mm2, between)
    except BadInput as problem:
        raise BadInput(problem.what, where=f"structure '{name}'", mend=problem.mend) from problem
    bin_gy = max(greatest, 1e-6) / _BINS
    points, rises = np.zeros(_BINS + 3), np.zeros(_BINS + 3)
    sums = np.array([0.0, 0.0, 0.0, surface.least_gy, surface.greatest_gy, 0.0])
    to_index, offset = _to_index(planes, dose)
    origin, step = np.array(stack.origin_mm), np.array(stack.spacing_mm)
    for layer in filled:
        cuts = max(1, round((layer.end_mm - layer.start_mm) / spacing))
        edges = np.linspace(layer.start_mm, layer.end_mm, cuts + 1)
        shares = layer.shares(edges[:-1], edges[1:])[0]
        fill_layer(
            stack.coverage, layer.lower, layer.upper, layer.start_mm, layer.end_mm, shares,
            origin, step, to_index, offset, dose.dose_gy, 1 / bin_gy, points, rises, sums,
        )  # fmt: skip
    if sums[0] == 0:
        raise BadInput("it lies wholly outside the dose grid", where=f"structure '{name}'")
    if not rough:
        _extremes(sums, stack, filled, planes, dose, surface)
    volume = sum(one.volume_mm3 for one in filled) / 1000
    histogram = np.maximum(points + np.cumsum(rises), 0)[: _BINS + 1]
    outside = volume * sums[1] / (sums[0] + sums[1])
    histogram *= (volume - outside) / histogram.sum()
    return Dvh(
        name, volume, outside, float(sums[3]), float(sums[2] / sums[0]), float(sums[4]), bin_gy, histogram,
        Sampling(int(sums[5]), spacing, np.inf), (*planes.notes, *stack.notes, *gaps),
    )  # fmt: skip


def _extremes(
    sums: NDArray[np.float64],
    stack: CoverageStack,
    filled: list[Layer],
    planes: ContourPlanes,
    dose: DoseGrid,
    surface: _Surface,
) -> None:
    """Let the voxels inside count for the least and the greatest dose in the sums."""
    from_index = np.column_stack([planes.axes @ dose.grid.affine[:3, :3], planes.axes @ dose.grid.affine[:3, 3]])
    limits = np.array(dose.grid.shape)
    reach = np.ceil(max(one.end_mm - one.start_mm for one in filled) / np.asarray(dose.grid.spacing_mm))
    low = np.clip(np.floor(surface.low - reach), 0, limits).astype(np.int64)
    high = np.clip(np.ceil(surface.high + reach) + 1, 0, limits).astype(np.int64)
    voxel_extremes(
        stack.coverage[0], np.array([(one.start_mm, one.end_mm) for one in filled]),
        np.array([(one.lower, one.upper) for one in filled], np.int64),
        np.array(stack.origin_mm), np.array(stack.spacing_mm), from_index, dose.dose_gy, low, high, sums,
    )  # fmt: skip


def _checked_cm3(dvh: Dvh) -> NDArray[np.float64]:
    """Return the volumes at which two lattices are held against each other."""
    return np.append(_CHECKED * dvh.covered_cm3, min(_SPOT_CM3, _CHECKED[-1] * dvh.covered_cm3))


def _with_error(fine: Dvh, coarse: Dvh) -> Dvh:
    """Return the finer of two, with how far they are apart."""
    apart = np.abs(fine.dose_to(_checked_cm3(fine)) - coarse.dose_to(_checked_cm3(coarse)))
    error = float(max(apart.max(), abs(fine.mean_gy - coarse.mean_gy)))
    return Dvh(
        fine.name, fine.volume_cm3, fine.outside_cm3, fine.min_gy, fine.mean_gy, fine.max_gy, fine.bin_gy,
        fine.histogram_cm3, Sampling(fine.sampling.points, fine.sampling.spacing_mm, error), fine.notes,
    )  # fmt: skip
