"""Boosted trees of log hazards: LightGBM with Cox's partial likelihood as the loss, and the survival that it implies.

The loss after Ridgeway 1999, Computing Science and Statistics 31:172, with ties after Efron or Breslow; the trees after
Ke et al. 2017, NeurIPS 30. Trees that fit the rows they grew on call the differences between those rows larger than
they are, so survival is not read off them: scores of held-out folds decide how far to believe the trees (the slope of
a Cox regression on them) and give the baseline hazard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.cox import baselines, fit_cox
from fyr.learn.survival.cox_fit import Baseline
from fyr.learn.survival.risk_sets import RiskSets
from fyr.learn.survival.survival_rows import SurvivalRows

__all__ = ["BoostedFit", "Trees", "fit_boosted", "hazard_slopes"]

Floats = NDArray[np.float64]
_WHERE = "boosted survival"
_LEAST_CURVATURE = 1e-6


@dataclass(frozen=True, slots=True)
class Trees:
    """How trees grow.

    Parameters
    ----------
    count, leaves, least_rows : int
        Trees; leaves of each at most; rows of a leaf at least.
    rate : float
        How far each tree goes.
    row_share, column_share : float
        Of rows and columns that each tree sees.
    l2 : float
        Penalty on a leaf's value, squared.
    """

    count: int = 150
    leaves: int = 4
    least_rows: int = 20
    rate: float = 0.05
    row_share: float = 0.7
    column_share: float = 0.7
    l2: float = 1.0

    def parameters(self, columns: int, seed: int, monotone: Sequence[int] | None) -> dict[str, Any]:
        """Return them as LightGBM names them; the same seed gives the same trees."""
        named: dict[str, Any] = {
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_rows,
            "min_sum_hessian_in_leaf": 1e-3,
            "learning_rate": self.rate,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1 if self.row_share < 1 else 0,
            "feature_fraction": min(1.0, max(self.column_share, 1.0 / columns)),
            "lambda_l2": self.l2,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        if monotone is not None:
            named["monotone_constraints"] = [int(one) for one in monotone]
        return named


@dataclass(frozen=True, slots=True, eq=False)
class BoostedFit:
    """What `fit_boosted` found.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    text : str
        The trees, as LightGBM writes them.
    slope : float
        How far the trees are believed: what held-out folds say of their score.
    centre : float
        The mean score of the training rows.
    baseline : mapping of Any to Baseline
        By stratum: the hazard of a row whose linear predictor is 0.
    ties : str
    rows, events : int
    """

    names: tuple[str, ...]
    text: str
    slope: float
    centre: float
    baseline: Mapping[Any, Baseline]
    ties: str
    rows: int
    events: int
    _loaded: list[Any] = field(default_factory=list, repr=False)

    def score(self, rows: ArrayLike) -> Floats:
        """Return the sum of the trees, shape (rows,): it ranks, and is wider than the hazards are.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)
            NaN where missing.

        Raises
        ------
        BadInput
            If there are more or fewer columns.
        """
        import lightgbm

        table = np.asarray(rows, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(self.names):
            raise BadInput(f"a table of shape {table.shape} where {len(self.names)} columns belong", where=_WHERE)
        if not self._loaded:
            self._loaded.append(lightgbm.Booster(model_str=self.text))
        return np.asarray(self._loaded[0].predict(table, raw_score=True, num_threads=1), dtype=np.float64)

    def linear_predictor(self, rows: ArrayLike) -> Floats:
        """Return the log hazard of each row relative to the mean score, shape (rows,)."""
        return (self.score(rows) - self.centre) * self.slope

    def survival(self, rows: ArrayLike, years: ArrayLike, stratum: Any = None) -> Floats:
        """Return the probability of no event by some times, shape (rows,), or (rows, times).

        Raises
        ------
        BadInput
            If the stratum was not in the fit, or a time is after its follow-up.
        """
        if stratum is None and len(self.baseline) == 1:
            stratum = next(iter(self.baseline))
        if stratum not in self.baseline:
            raise BadInput(f"stratum '{stratum}' has no baseline", where=_WHERE)
        hazard = self.baseline[stratum].at(years)
        survived: Floats = np.exp(
            -np.multiply.outer(np.exp(np.clip(self.linear_predictor(rows), -700.0, 700.0)), hazard)
        )
        return survived


def fit_boosted(
    columns: ArrayLike,
    years: ArrayLike,
    event: ArrayLike,
    *,
    trees: Trees | None = None,
    seed: int = 0,
    ties: Literal["efron", "breslow"] = "efron",
    monotone: Sequence[int] | None = None,
    strata: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    emphasis: Literal["even", "at_risk"] = "even",
    folds: int = 5,
    names: Sequence[str] | None = None,
) -> BoostedFit:
    """Grow trees of log hazards.

    Parameters
    ----------
    columns : array of float, shape (rows, columns)
        NaN where missing: a tree decides for itself where those go.
    years : array of float, shape (rows,)
    event : array of bool, shape (rows,)
    trees : Trees, optional
    seed : int
        The same seed gives the same trees.
    ties : {"efron", "breslow"}
    monotone : sequence of int, optional
        For each column 1 where the hazard may only rise with it, -1 where it may only fall, 0 where it is free.
    strata, weight : array, shape (rows,), optional
        As in `fit_cox`.
    groups : array, shape (rows,), optional
        Rows of one group (a patient) are held out together.
    emphasis : {"even", "at_risk"}
        As in `fit_cox`: whether the trees learn from each event alike, or from each pair of an event and a row at risk.
    folds : int
        Held-out folds that decide the slope and the baseline; at least 2.
    names : sequence of str, optional

    Returns
    -------
    BoostedFit

    Raises
    ------
    BadInput
        As `fit_cox`; or if the held-out folds say that the trees predict nothing, or the wrong way round.
    """
    table = np.asarray(columns, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise BadInput(f"a table of shape {table.shape} has no rows and columns", where=_WHERE)
    if np.isinf(table).any():
        raise BadInput("a value is infinite", where=_WHERE, mend="a missing value is NaN")
    called = tuple(names) if names is not None else tuple(f"column {one + 1}" for one in range(table.shape[1]))
    if len(called) != table.shape[1] or (monotone is not None and len(monotone) != table.shape[1]):
        raise BadInput(f"there are not as many names or directions as columns ({table.shape[1]})", where=_WHERE)
    # The columns may have gaps, so only what stands beside them is read.
    held = np.zeros((len(table), 1))
    rows = SurvivalRows.read(held, years, event, strata=strata, weight=weight, cluster=groups)
    if not rows.event.any():
        raise BadInput("no row has the event", where=_WHERE, mend="a hazard needs events; check how they are coded")
    table = table[rows.kept]
    if not 2 <= folds <= len(table):
        raise BadInput(f"{folds} folds of {len(table)} rows", where=_WHERE)
    parameters = (trees or Trees()).parameters(table.shape[1], seed, monotone)
    count = (trees or Trees()).count
    every = np.arange(len(table))
    text = _grow(table, rows, every, parameters, count, ties, emphasis)
    group = every if rows.cluster is None else rows.cluster
    fold = _folds(group, rows.event, folds, seed)
    unseen = np.zeros(len(table))
    for one in range(folds):
        inside, outside = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        if rows.event[inside].any() and len(outside):
            unseen[outside] = _predict(_grow(table, rows, inside, parameters, count, ties, emphasis), table[outside])
    slope = _slope(unseen, rows, ties)
    score = _predict(text, table)
    centre = float(rows.weight @ score / rows.weight.sum())
    # The baseline is that of the held-out scores: those of the rows that the trees grew on are too wide.
    sets = _sets(rows, every, ties)
    mean = float(rows.weight @ unseen / rows.weight.sum())
    risen = _hazards(sets, slope * (unseen - mean))
    return BoostedFit(
        called, text, slope, centre, baselines(sets, risen, rows.strata), ties, len(table), int(rows.event.sum())
    )


def hazard_slopes(sets: RiskSets, score: Floats) -> tuple[Floats, Floats]:
    """Return slope and curvature of the negative log partial likelihood in each row's own score.

    Parameters
    ----------
    sets : RiskSets
        Whose columns are not looked at.
    score : ndarray of float64, shape (rows,)
        Log hazards, in the order of the caller.

    Returns
    -------
    slope, curvature : ndarray of float64, shape (rows,)
        The curvature is the diagonal of the second derivative.
    """
    ordered = score[sets.order]
    risk = sets.weight * np.exp(ordered - ordered.max())
    found_slope, found_bend = np.empty(len(score)), np.empty(len(score))
    _slopes(risk, sets.weight * sets.emphasis, sets.event, sets.end, sets.first, sets.efron, found_slope, found_bend)
    slope, bend = np.empty(len(score)), np.empty(len(score))
    slope[sets.order], bend[sets.order] = found_slope, found_bend
    return slope, bend


def _sets(rows: SurvivalRows, some: NDArray[np.intp], ties: str, emphasis: str = "even") -> RiskSets:
    return RiskSets.of(
        np.zeros((len(some), 1)),
        rows.time[some],
        rows.event[some],
        efron=ties == "efron",
        stratum=rows.stratum[some],
        weight=rows.weight[some],
        offset=np.zeros(len(some)),
        at_risk_emphasis=emphasis == "at_risk",
    )


def _grow(
    table: Floats,
    rows: SurvivalRows,
    some: NDArray[np.intp],
    parameters: dict[str, Any],
    count: int,
    ties: str,
    emphasis: str,
) -> str:
    import lightgbm

    sets = _sets(rows, some, ties, emphasis)

    def loss(score: Floats, _data: Any) -> tuple[Floats, Floats]:
        slope, bend = hazard_slopes(sets, score)
        return slope, np.maximum(bend, _LEAST_CURVATURE)

    data = lightgbm.Dataset(table[some], rows.event[some].astype(np.float64), free_raw_data=True)
    booster = lightgbm.train(parameters | {"objective": loss}, data, num_boost_round=count)
    return str(booster.model_to_string())


def _predict(text: str, table: Floats) -> Floats:
    import lightgbm

    booster = lightgbm.Booster(model_str=text)
    return np.asarray(booster.predict(table, raw_score=True, num_threads=1), dtype=np.float64)


def _folds(group: NDArray[Any], event: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.int64]:
    """Deal groups into folds, those with an event apart from those without, so that each fold has its share."""
    generator = np.random.default_rng(seed)
    named, place = np.unique(group, return_inverse=True)
    happened = np.bincount(place, event, len(named)) > 0
    of_group = np.zeros(len(named), np.int64)
    for kind in (True, False):
        members = generator.permutation(np.flatnonzero(happened == kind))
        of_group[members] = np.arange(len(members)) % folds
    return of_group[place]


def _slope(unseen: Floats, rows: SurvivalRows, ties: str) -> float:
    """Return the coefficient of the held-out score."""
    if np.ptp(unseen) <= 0:
        slope = 0.0
    else:
        fit = fit_cox(
            unseen[:, None],
            rows.time,
            rows.event,
            ties="efron" if ties == "efron" else "breslow",
            strata=rows.stratum,
            weight=rows.weight,
            names=["held-out score"],
        )
        slope = float(fit.coefficients[0])
    if slope <= 0:
        raise BadInput(
            "the trees predict nothing in rows that they did not see",
            where=_WHERE,
            mend="give more events, fewer columns, fewer trees, or use a Cox regression",
        )
    return slope


def _hazards(sets: RiskSets, log_hazard: Floats) -> Floats:
    """Return the rise of the hazard in each group for rows with these log hazards."""
    ordered = log_hazard[sets.order]
    shift = float(ordered.max())
    steps, _, _ = sets.down(sets.weight * np.exp(ordered - shift), np.zeros((1, 1)))
    rises: Floats = steps * np.exp(-shift)
    return rises


@numba.njit(cache=True, nogil=True)
def _slopes(
    risk: Floats,
    weight: Floats,
    event: Floats,
    end: NDArray[np.int64],
    first: NDArray[np.int64],
    efron: bool,
    slope: Floats,
    bend: Floats,
) -> None:
    groups = len(end)
    alive, alive_squared = np.zeros(groups), np.zeros(groups)
    dead_sum, dead_squared = np.zeros(groups), np.zeros(groups)
    s0, start = 0.0, 0
    for group in range(groups):
        if start == first[group]:
            s0 = 0.0
        d0, dead, dead_weight = 0.0, 0, 0.0
        for row in range(start, end[group]):
            s0 += risk[row]
            if event[row] > 0:
                d0 += risk[row]
                dead += 1
                dead_weight += weight[row]
        for place in range(dead):
            share = place / dead if efron else 0.0
            left = max(s0 - share * d0, 1e-150)
            hazard = dead_weight / dead / left
            alive[group] += hazard
            alive_squared[group] += hazard / left
            dead_sum[group] += hazard * (1.0 - share)
            dead_squared[group] += hazard / left * (1.0 - share) ** 2
        start = end[group]
    total, squared = 0.0, 0.0
    for group in range(groups - 1, -1, -1):
        start = end[group - 1] if group > 0 else 0
        for row in range(start, end[group]):
            if event[row] > 0:
                one, two, happened = dead_sum[group], dead_squared[group], weight[row]
            else:
                one, two, happened = alive[group], alive_squared[group], 0.0
            slope[row] = risk[row] * (total + one) - happened
            bend[row] = risk[row] * (total + one) - risk[row] * risk[row] * (squared + two)
        total += alive[group]
        squared += alive_squared[group]
        if start == first[group]:
            total, squared = 0.0, 0.0
