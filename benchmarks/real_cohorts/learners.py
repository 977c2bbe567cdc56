"""Ways to rank patients by their hazard, all of the same shape: fitted to columns and outcome, they give a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fyr.learn.survival.boosted import Trees, fit_boosted
from fyr.learn.survival.cox import fit_cox

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Score = Callable[[Floats], Floats]
Learner = Callable[[Floats, Floats, Flags, int], Score]
Emphasis = Literal["even", "at_risk"]

_KNOTS = {3: (0.10, 0.50, 0.90), 4: (0.05, 0.35, 0.65, 0.95)}  # Harrell 2015, table 2.3


def cox(*, knots: int = 0, ridge: float = 1.0, emphasis: Emphasis = "even", interactions: bool = False) -> Learner:
    """Cox regression; with `knots`, restricted cubic splines of all columns with more than six values."""

    def fit(table: Floats, years: Floats, event: Flags, _seed: int) -> Score:
        shape = _Splines(table, knots, interactions)
        fitted = fit_cox(shape(table), years, event, ridge=ridge, emphasis=emphasis)
        return lambda rows: fitted.linear_predictor(shape(rows))

    return fit


def smooth(*, width: float = 0.05, centres: int = 100, ridge: float = 1.0, emphasis: Emphasis = "at_risk") -> Learner:
    """Cox regression on how near a patient is to some of the others (a Gaussian kernel, Nystroem's approximation)."""

    def fit(table: Floats, years: Floats, event: Flags, seed: int) -> Score:
        mean, spread = table.mean(axis=0), table.std(axis=0)
        spread[spread < 1e-9] = 1.0
        standard = (table - mean) / spread
        some = np.random.default_rng(seed).choice(len(table), min(centres, len(table)), replace=False)
        places = standard[some]

        def near(rows: Floats) -> Floats:
            apart = ((rows[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
            return np.exp(-width * apart)

        values, vectors = np.linalg.eigh(near(places))
        kept = values > 1e-8 * values.max()
        back = vectors[:, kept] / np.sqrt(values[kept])

        def shape(rows: Floats) -> Floats:
            moved = (rows - mean) / spread
            return np.hstack([near(moved) @ back, 0.3 * moved])

        fitted = fit_cox(shape(table), years, event, ridge=ridge, ridge_on="raw", emphasis=emphasis)
        return lambda rows: fitted.linear_predictor(shape(rows))

    return fit


def boosted(
    trees: Trees, *, emphasis: Emphasis = "even", seeds: int = 2, monotone: Sequence[int] | None = None
) -> Learner:
    """Boosted trees of log hazards, the mean of some seeds."""

    def fit(table: Floats, years: Floats, event: Flags, seed: int) -> Score:
        several = [
            fit_boosted(
                table, years, event, trees=trees, seed=100 * seed + one, emphasis=emphasis, monotone=monotone, folds=2
            )
            for one in range(seeds)
        ]
        return lambda rows: np.mean([one.score(rows) for one in several], axis=0)

    return fit


def mean_of(*learners: Learner) -> Learner:
    """Average the log hazards of several learners."""

    def fit(table: Floats, years: Floats, event: Flags, seed: int) -> Score:
        scores = [learner(table, years, event, seed) for learner in learners]
        return lambda rows: np.mean([score(rows) for score in scores], axis=0)

    return fit


_RANKED = cox(knots=4, ridge=3.0, emphasis="at_risk")
_TREES = boosted(Trees(count=120), emphasis="at_risk")
_SMOOTH = smooth()

CANDIDATES: Mapping[str, Learner] = {
    "Cox": cox(),
    "Cox, splines": cox(knots=4, ridge=3.0),
    "Cox, splines and interactions": cox(knots=4, ridge=30.0, interactions=True),
    "boosted": boosted(Trees(count=120)),
    "Cox, splines, at-risk weights": _RANKED,
    "boosted, at-risk weights": _TREES,
    "smooth Cox, at-risk weights": _SMOOTH,
    "mean of splines and boosted, at-risk weights": mean_of(_RANKED, _TREES),
    "mean of all three, at-risk weights": mean_of(_RANKED, _TREES, _SMOOTH),
}


class _Splines:
    """Columns as they are, bent, and multiplied with each other; a value beyond those of training is the nearest."""

    def __init__(self, table: Floats, knots: int, interactions: bool) -> None:
        self.low, self.high = table.min(axis=0), table.max(axis=0)
        self.mean, self.spread = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
        self.interactions = interactions
        self.knots: dict[int, Floats] = {}
        for column in range(table.shape[1]):
            if knots and len(np.unique(table[:, column])) > 6:
                found = np.unique(np.quantile(table[:, column], _KNOTS[knots]))
                if len(found) > 2:
                    self.knots[column] = found

    def __call__(self, rows: Floats) -> Floats:
        held = np.clip(rows, self.low, self.high)
        parts = [held]
        for column, knots in self.knots.items():
            x, first, before, last = held[:, column], knots[0], knots[-2], knots[-1]
            for knot in knots[:-2]:
                bend = (
                    _cube(x - knot)
                    - _cube(x - before) * (last - knot) / (last - before)
                    + _cube(x - last) * (before - knot) / (last - before)
                )
                parts.append((bend / (last - first) ** 2)[:, None])
        if self.interactions:
            standard = (held - self.mean) / self.spread
            width = standard.shape[1]
            parts += [(standard[:, one] * standard[:, two])[:, None] for one in range(width) for two in range(one)]
        return np.hstack(parts)


def _cube(values: Floats) -> Floats:
    return np.maximum(values, 0.0) ** 3
