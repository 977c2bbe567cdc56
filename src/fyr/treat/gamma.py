"""The gamma index: how far one dose is from another, in dose and in space at once.

For a reference point r with dose D_r, over all places x of the evaluated dose D_e::

    gamma(r)**2 = min over x of ((D_e(x) - D_r) / dose criterion)**2 + (|x - r| / distance criterion)**2

(Low et al. 1998, Med Phys 25:656). The reference gives the points, the evaluated dose is searched: the two are not
interchangeable. A point passes if its gamma is 1 or less. What a result means depends on every setting (AAPM TG-218,
Miften et al. 2018, Med Phys 45:e53), so that all of them are kept with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, UsageError
from fyr.treat.dose_pair import comparable

if TYPE_CHECKING:
    from fyr.imaging.grid import Grid
    from fyr.imaging.volume import DoseGrid

__all__ = ["Gamma", "GammaSettings", "gamma_index"]

_ROUNDING: Final = 1e-5
"""A gamma this far above 1 passes: doses are kept with five to seven figures."""
_TOLERANCE: Final = 1e-6
_ON_GRID: Final = 1e-6
"""Voxels; a point this far outside the evaluated grid lies on its face."""
_BINS: Final = 20
_MOST_CELLS: Final = 2e7
"""Around one point; their list takes 32 bytes a cell, and as much again while it is sorted."""


@dataclass(frozen=True, slots=True)
class GammaSettings:
    """What a gamma index depends on.

    Parameters
    ----------
    dose_percent : float
        Dose criterion, in percent of the normalisation (global) or of the reference dose at each point (local).
    distance_mm : float
        Distance to agreement.
    local : bool
    threshold_percent : float
        Points whose reference dose is lower than this share of the normalisation are left out.
    normalise_gy : float, optional
        The normalisation; the largest reference dose if not given.
    max_gamma : float, optional
        Larger values are not told apart; ``None`` searches as far as it takes.

    Raises
    ------
    UsageError
        If a number is not one that a criterion can have.
    """

    dose_percent: float = 3.0
    distance_mm: float = 3.0
    local: bool = False
    threshold_percent: float = 10.0
    normalise_gy: float | None = None
    max_gamma: float | None = 2.0

    def __post_init__(self) -> None:
        def require(true: bool, what: str) -> None:
            if not true:
                raise UsageError(what)

        require(0 < self.dose_percent < np.inf, f"a dose criterion of {self.dose_percent} %; give more than 0")
        require(0 < self.distance_mm < np.inf, f"a distance criterion of {self.distance_mm} mm; give more than 0")
        require(0 <= self.threshold_percent <= 100, f"a threshold of {self.threshold_percent} %; give 0 to 100")
        require(
            self.normalise_gy is None or 0 < self.normalise_gy < np.inf,
            f"a normalisation of {self.normalise_gy} Gy; give more than 0",
        )
        require(
            self.max_gamma is None or 1 < self.max_gamma < np.inf,
            f"a largest gamma of {self.max_gamma}; give more than 1, for a point passes at 1",
        )
        require(
            not self.local or self.threshold_percent > 0,
            "a local criterion without a threshold: where the dose is nought it has no meaning; give a threshold",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Gamma:
    """The gamma index of one dose against another.

    Parameters
    ----------
    values : ndarray of float32, shape (slices, rows, columns)
        On the reference grid; not a number where the reference dose is below the threshold or nothing is in reach.
    grid : Grid
        Of the reference.
    settings : GammaSettings
    normalisation_gy, threshold_gy : float
    pass_rate_percent : float
        Of the points.
    points, passed : int
        Assessed; with a gamma of 1 or less.
    mean, largest, p99, median : float
        Of the points, each gamma at most ``max_gamma``.
    capped : int
        Points whose gamma is ``max_gamma`` or more.
    points_outside : int
        Points above the threshold that lie outside the evaluated grid.
    not_assessed : int
        Those among them that have no evaluated dose in reach; they are in no other figure.
    unproved : int
        Points whose gamma may be off by more than 1e-6.
    warnings : tuple of str
    """

    values: NDArray[np.float32]
    grid: Grid
    settings: GammaSettings
    normalisation_gy: float
    threshold_gy: float
    pass_rate_percent: float
    points: int
    passed: int
    mean: float
    largest: float
    p99: float
    median: float
    capped: int
    points_outside: int
    not_assessed: int
    unproved: int
    histogram: tuple[NDArray[np.float64], NDArray[np.int64]]
    warnings: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return every figure and every setting, ready for JSON."""
        edges, counts = self.histogram
        return {
            "pass_rate_percent": self.pass_rate_percent,
            "points": self.points,
            "points_passed": self.passed,
            "points_outside": self.points_outside,
            "points_not_assessed": self.not_assessed,
            "points_at_max_gamma": self.capped,
            "points_unproved": self.unproved,
            "gamma_mean": self.mean,
            "gamma_median": self.median,
            "gamma_p99": self.p99,
            "gamma_max": self.largest,
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
            "settings": {
                **asdict(self.settings),
                "normalisation": "local" if self.settings.local else "global",
                "normalisation_gy": self.normalisation_gy,
                "normalisation_from": "given" if self.settings.normalise_gy else "largest reference dose",
                "threshold_gy": self.threshold_gy,
                "threshold_of": "reference dose",
                "searched": "evaluated dose",
                "interpolation": "multilinear, exact minimum in each cell",
                "tolerance_gamma": _TOLERANCE,
                "passes_at_gamma": 1 + _ROUNDING,
            },
            "warnings": list(self.warnings),
        }


def gamma_index(
    reference: DoseGrid,
    evaluated: DoseGrid,
    settings: GammaSettings | None = None,
    *,
    ignore_frame: bool = False,
    ignore_summation: bool = False,
    ignore_kind: bool = False,
) -> Gamma:
    """Compare an evaluated dose with a reference dose, in one, two or three dimensions.

    The grids may differ in spacing, extent and orientation. The evaluated dose is multilinear between the centres of
    its voxels and unknown beyond them. An axis of one voxel has no extent: two planes are compared as planes, two
    lines as lines.

    Parameters
    ----------
    reference, evaluated : DoseGrid
    settings : GammaSettings, optional
        3 %, 3 mm, global, threshold 10 % if not given.
    ignore_frame, ignore_summation, ignore_kind : bool
        Compare doses in two frames of reference, of a plan and of a fraction, physical and effective.

    Returns
    -------
    Gamma

    Raises
    ------
    BadInput
        If the two cannot be compared, the reference is nought, or no point can be assessed.
    """
    from fyr.treat.gamma_search import cells_by_distance, search

    chosen = settings or GammaSettings()
    warnings = comparable(
        reference,
        evaluated,
        ignore_frame=ignore_frame,
        ignore_summation=ignore_summation,
        ignore_kind=ignore_kind,
    )
    normalisation = chosen.normalise_gy or float(reference.dose_gy.max())
    if normalisation <= 0:
        raise BadInput("the reference dose is nought everywhere", where="reference", mend="give another reference")
    threshold = chosen.threshold_percent / 100 * normalisation
    kept = reference.dose_gy >= threshold
    wanted = reference.dose_gy[kept].astype(np.float64)
    if not wanted.size:
        raise BadInput(
            f"no reference dose reaches the threshold of {threshold:.4g} Gy",
            where="reference",
            mend="give a lower threshold or normalisation",
        )
    place = _places(kept, np.linalg.inv(evaluated.grid.affine) @ reference.grid.affine)
    place = np.where(np.abs(place - np.rint(place)) < _ON_GRID, np.rint(place), place)
    outside = int(((place < 0) | (place > np.asarray(evaluated.grid.shape) - 1)).any(axis=1).sum())
    criterion = chosen.dose_percent / 100 * (wanted if chosen.local else np.full(wanted.size, normalisation))
    cell = np.asarray(evaluated.grid.spacing_mm) / chosen.distance_mm
    cells = tuple(max(count - 1, 1) for count in evaluated.grid.shape)
    dose = np.ascontiguousarray(evaluated.dose_gy)

    def run(rows: NDArray[Any], reach: float) -> tuple[NDArray[np.float64], int]:
        around = np.prod([min(2 * np.floor(reach / side) + 3, 2 * n) for side, n in zip(cell, cells, strict=True)])
        if around > _MOST_CELLS:
            raise BadInput(
                f"a search up to gamma {reach:g} takes {around:.2g} cells around each point",
                where="settings",
                mend="give a lower largest gamma, or a distance criterion that fits the grid",
            )
        offsets, at_least = cells_by_distance(cell, reach, cells)
        return search(dose, place[rows], wanted[rows], criterion[rows], cell, offsets, at_least, reach, _TOLERANCE)

    limit = chosen.max_gamma or np.inf
    reach = min(limit, 2.0)
    gamma, unproved = run(np.arange(wanted.size), reach)
    left = np.flatnonzero(gamma >= reach - _ROUNDING)
    while left.size and reach < limit:
        reach = min(2 * reach, limit)
        gamma[left], more = run(left, reach)
        unproved += more
        left = left[gamma[left] >= reach - _ROUNDING]
    assessed = np.isfinite(gamma)
    return _summed(reference, chosen, kept, gamma, assessed, normalisation, threshold, outside, unproved, warnings)


def _places(kept: NDArray[np.bool_], to_index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the kept voxels lie, as indices of the other grid; shape (points, 3).

    Axis by axis: a product of matrices would start threads that wait longer than they work.
    """
    place = np.empty((int(np.count_nonzero(kept)), 3))
    place[:] = to_index[:3, 3]
    for axis, index in enumerate(np.nonzero(kept)):
        place += index[:, np.newaxis] * to_index[:3, axis]
    return place


def _summed(
    reference: DoseGrid,
    settings: GammaSettings,
    kept: NDArray[np.bool_],
    gamma: NDArray[np.float64],
    assessed: NDArray[np.bool_],
    normalisation: float,
    threshold: float,
    outside: int,
    unproved: int,
    warnings: list[str],
) -> Gamma:
    found = gamma[assessed]
    if not found.size:
        raise BadInput(
            f"none of the {gamma.size} points has an evaluated dose in reach",
            where="evaluated",
            mend="the two grids do not meet: look at their positions",
        )
    values = np.full(kept.shape, np.nan, dtype=np.float32)
    values[kept] = np.where(assessed, gamma, np.nan)
    missed = gamma.size - found.size
    if outside:
        beyond = f", {missed} of them too far to be assessed" if missed else ""
        warnings = [*warnings, f"{outside} of {gamma.size} points lie outside the evaluated grid{beyond}"]
    if unproved:
        warnings = [*warnings, f"the smallest distance of {unproved} points could not be proved"]
    top = settings.max_gamma
    passed = int((found <= 1 + _ROUNDING).sum())
    median, p99 = np.percentile(found, [50, 99]).tolist()
    edges = np.linspace(0, top or max(2.0, float(found.max())), _BINS + 1)
    return Gamma(
        values=values,
        grid=reference.grid,
        settings=settings,
        normalisation_gy=normalisation,
        threshold_gy=threshold,
        pass_rate_percent=100 * passed / found.size,
        points=int(found.size),
        passed=passed,
        mean=float(found.mean()),
        largest=float(found.max()),
        p99=p99,
        median=median,
        capped=0 if top is None else int((found >= top - _ROUNDING).sum()),
        points_outside=outside,
        not_assessed=missed,
        unproved=unproved,
        histogram=(edges, np.histogram(found, bins=edges)[0]),
        warnings=tuple(warnings),
    )
