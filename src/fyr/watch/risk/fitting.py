"""Growing the parts of a model on a cohort: the course of the hours, the trees on top of it, and the signed lines."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.logistic import fit_logistic
from fyr.learn.signed_logistic import fit_signed_logistic
from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.clipped_lines import ClippedLines, bent
from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.ensemble import Ensemble
from fyr.watch.risk.targets import TreePart

__all__ = ["fit_ensemble"]

_ENDS: Final = (0.01, 0.99)
_HOUR_RIDGE: Final = 1.0
_SKEWED: Final = frozenset(("ast", "bili", "bnd", "bun", "crea", "glu", "inr", "lact", "urine", "wbc"))
_LEVELS: Final = frozenset(("last", "min", "max", "mean", "mean6"))
_Values = NDArray[np.float64]


def fit_ensemble(cohort: Cohort, seed: int) -> Ensemble:
    """Fit the parts that the cohort's target names, and add them in the shares that it states.

    Parameters
    ----------
    cohort : Cohort
    seed : int
        Of the trees' random draws.
    """
    target = cohort.target
    course = _course_of_hours(cohort) if target.hour_bends else None
    trees = []
    for part in target.trees:
        trees += [(part.share / part.members, one) for one in _grow(cohort, part, course, seed)]
    lines = [(target.lines.share, _signed_lines(cohort))]
    if course is not None:
        lines.append((sum(part.share for part in target.trees), course))
    return Ensemble.weighted(trees, lines)


def _grow(cohort: Cohort, part: TreePart, course: ClippedLines | None, seed: int) -> list[BoostedTrees]:
    """Grow the members of a part with lightgbm, which is needed here and nowhere else."""
    import lightgbm

    rows = cohort.weight > 0
    target = cohort.target
    columns = [target.features.index(name) for name in part.features]
    settings = {**part.settings, "monotone_constraints": [target.directions[name] for name in part.features]}
    start = None if course is None else course.score(cohort.features[rows])
    grown = []
    for member in range(part.members):
        table = lightgbm.Dataset(
            np.ascontiguousarray(cohort.features[rows][:, columns]),
            cohort.wanted[rows].astype(np.float64),
            weight=cohort.weight[rows],
            init_score=start,
        )
        made = lightgbm.train({**settings, "seed": seed * part.members + member}, table, part.rounds)
        grown.append(BoostedTrees.of_lightgbm(made.model_to_string()).over(len(target.features), columns))
    return grown


def _course_of_hours(cohort: Cohort) -> ClippedLines:
    """Fit the log odds of the event in each hour of a stay, before anything else is known."""
    rows = cohort.weight > 0
    place, low, high = _hours(cohort)
    table = np.column_stack(
        [bent(cohort.features[:, place], *ends, logarithm=False) for ends in zip(low, high, strict=True)]
    )
    fitted = fit_logistic(table[rows], cohort.wanted[rows], ridge=_HOUR_RIDGE, weight=cohort.weight[rows])
    return _lines(
        cohort, np.full(len(low), place), low, high, fitted.mean, fitted.weights / fitted.spread, fitted.intercept
    )


def _signed_lines(cohort: Cohort) -> ClippedLines:
    """Fit lines through features, held at their 1st and 99th centile, and through the pieces of the hours."""
    target, rows = cohort.target, cohort.weight > 0
    names = target.lines.features
    place = np.array([target.features.index(name) for name in names])
    skewed = np.array([_is_skewed(name) for name in names])
    raw = cohort.features[:, place]
    table = np.where(skewed, np.log1p(np.maximum(raw, 0.0)), raw)
    known = np.isfinite(table[rows]).any(axis=0)
    place, skewed, table = place[known], skewed[known], table[:, known]
    low, high = np.nanquantile(table[rows], _ENDS, axis=0) if known.any() else np.zeros((2, 0))
    signs = np.array([target.directions[name] for name in names])[known]
    if target.hour_bends:
        hour, begin, end = _hours(cohort)
        place = np.append(place, np.full(len(begin), hour))
        skewed = np.append(skewed, np.zeros(len(begin), dtype=np.bool_))
        low, high, signs = np.append(low, begin), np.append(high, end), np.append(signs, np.zeros(len(begin)))
        table = np.column_stack([table, np.repeat(cohort.features[:, [hour]], len(begin), axis=1)])
    table = np.clip(table, low, high)[rows]
    centre, spread = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    spread[spread < 1e-9] = np.inf  # a feature that never differs has no weight
    intercept, weights = fit_signed_logistic(
        np.nan_to_num((table - centre) / spread),
        cohort.wanted[rows],
        signs,
        ridge=target.lines.ridge,
        weight=cohort.weight[rows],
    )
    used = np.flatnonzero(weights)
    return _lines(
        cohort,
        place[used],
        low[used],
        high[used],
        centre[used],
        (weights / spread)[used],
        intercept,
        skewed[used],
    )


def _hours(cohort: Cohort) -> tuple[int, _Values, _Values]:
    """Return the column of the hour, and the ends of its pieces."""
    bends = np.array(cohort.target.hour_bends)
    return cohort.target.features.index("hour"), bends[:-1], bends[1:]


def _lines(
    cohort: Cohort,
    place: NDArray[np.intp],
    low: _Values,
    high: _Values,
    centre: _Values,
    weight: _Values,
    base: float,
    skewed: NDArray[np.bool_] | None = None,
) -> ClippedLines:
    return ClippedLines(
        cohort.features.shape[1],
        base,
        feature=place.astype(np.int32),
        logarithm=np.zeros(len(place), dtype=np.bool_) if skewed is None else skewed,
        low=low,
        high=high,
        centre=centre,
        weight=weight,
    )


def _is_skewed(feature: str) -> bool:
    variable, _, statistic = feature.rpartition("_")
    return statistic in _LEVELS and variable.split("_")[0] in _SKEWED
