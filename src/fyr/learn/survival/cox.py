"""Cox's proportional hazards, fitted exactly: Newton steps with halving on the log partial likelihood.

Cox 1972, J R Stat Soc B 34:187; ties after Efron 1977, J Am Stat Assoc 72:557, or Breslow 1974, Biometrics 30:89;
sandwich variance after Lin and Wei 1989, J Am Stat Assoc 84:1074. The numbers are those of ``coxph`` of R's survival
package.

Columns are centred and scaled before the fit, for stability, and coefficients are handed back on the scale of the
columns. A linear predictor is that of a row less that of the mean row, and baselines are those of the mean row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.cox_fit import Baseline, CoxFit, Test
from fyr.learn.survival.newton import Top, climb
from fyr.learn.survival.risk_sets import Derivatives, RiskSets
from fyr.learn.survival.separation import (
    refuse_columns_without_information,
    refuse_ranking_columns,
    refuse_ranking_direction,
)
from fyr.learn.survival.survival_rows import SurvivalRows

__all__ = ["Baseline", "CoxFit", "Test", "baselines", "fit_cox", "fit_top", "sandwich", "score_statistic"]

Floats = NDArray[np.float64]

_WHERE = "Cox regression"
_FLAT = 1e-6


def fit_cox(
    columns: ArrayLike,
    years: ArrayLike,
    event: ArrayLike,
    *,
    ties: Literal["efron", "breslow"] = "efron",
    strata: ArrayLike | None = None,
    ridge: float = 0.0,
    ridge_on: Literal["standardised", "raw"] = "standardised",
    weight: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    emphasis: Literal["even", "at_risk"] = "even",
    names: Sequence[str] | None = None,
) -> CoxFit:
    """Fit a Cox regression.

    Parameters
    ----------
    columns : array of float, shape (rows, columns)
        Complete: no value may be missing.
    years : array of float, shape (rows,)
        Follow-up, in any unit: that of `entry` and of the baselines.
    event : array of bool, shape (rows,)
    ties : {"efron", "breslow"}
    strata : array, shape (rows,), optional
        Rows of one stratum share a baseline hazard.
    ridge : float
        The penalty is ``ridge / 2`` times the sum of squared coefficients, taken from the log likelihood (a sum over
        events, not a mean).
    ridge_on : {"standardised", "raw"}
        Whether coefficients are penalised per standard deviation of their column (the weighted one, divided by the
        total weight) or as they are. scikit-survival's ``alpha`` is a `ridge` on raw columns; lifelines' ``penalizer``
        is `ridge` divided by the total weight, on columns whose standard deviation was divided by ``n - 1``.
    weight : array of float, shape (rows,), optional
        Case weights; 0 leaves a row out.
    offset : array of float, shape (rows,), optional
        Part of the linear predictor that is known; it is not part of predictions.
    entry : array of float, shape (rows,), optional
        When each row came under observation (left truncation); before its `years`.
    cluster : array, shape (rows,), optional
        Rows of one cluster (a patient, a hospital), for a robust variance beside the model's.
    emphasis : {"even", "at_risk"}
        Whether each event counts the same (Cox), or as the number of rows at risk with it. Where effects fade with time
        the second gives an average effect that ranks better: every pair of an event and a row at risk counts the same,
        as in Harrell's concordance (weighted Cox regression: Schemper, Wakounig and Heinze 2009, Stat Med 28:2473).
        The likelihood is none then: the variance is the robust one, and the likelihood's tests are refused.
    names : sequence of str, optional
        Of the columns.

    Returns
    -------
    CoxFit

    Raises
    ------
    BadInput
        If a value is not finite, there is no event, a column says nothing or only what others say, or some columns rank
        every event first, so that no finite coefficient is the answer.
    """
    if ties not in {"efron", "breslow"} or ridge_on not in {"standardised", "raw"}:
        raise BadInput(f"ties '{ties}' or ridge_on '{ridge_on}' is not a choice", where=_WHERE)
    if emphasis not in {"even", "at_risk"}:
        raise BadInput(f"emphasis '{emphasis}' is not a choice", where=_WHERE)
    if not 0 <= ridge < np.inf:
        raise BadInput(f"a ridge penalty of {ridge} is below 0 or no number", where=_WHERE)
    rows = SurvivalRows.read(
        columns, years, event, weight=weight, offset=offset, entry=entry, strata=strata, cluster=cluster, names=names
    )
    if not rows.event.any():
        raise BadInput("no row has the event", where=_WHERE, mend="a hazard needs events; check how they are coded")
    sets = RiskSets.of(
        rows.standard,
        rows.time,
        rows.event,
        efron=ties == "efron",
        stratum=rows.stratum,
        weight=rows.weight,
        offset=rows.offset,
        entry=rows.entry,
        at_risk_emphasis=emphasis == "at_risk",
    )
    penalty = np.full(len(rows.names), float(ridge)) if ridge_on == "standardised" else ridge / rows.spread**2
    top = fit_top(sets.derivatives, sets, penalty, rows.names)
    inverse: Floats = np.linalg.inv(top.end.information + np.diag(penalty)).astype(np.float64)
    scale = np.outer(rows.spread, rows.spread)
    robust = None
    if rows.cluster is not None or emphasis != "even":
        cluster_of = np.arange(len(rows.time)) if rows.cluster is None else rows.cluster
        robust = sandwich(sets.score_residuals(top.beta) * rows.weight[:, None], inverse, cluster_of) / scale
    return CoxFit(
        names=rows.names,
        coefficients=top.beta / rows.spread,
        covariance=inverse / scale if emphasis == "even" or robust is None else robust,
        robust_covariance=robust,
        log_likelihood=top.end.log_likelihood,
        null_log_likelihood=top.start.log_likelihood,
        score_statistic=score_statistic(top.start),
        mean=rows.mean,
        baseline=baselines(sets, sets.hazards(top.beta), rows.strata),
        ties=ties,
        emphasis=emphasis,
        ridge=float(ridge),
        rows=len(rows.time),
        events=int(rows.event.sum()),
        steps=top.steps,
    )


def sandwich(residuals: Floats, inverse: Floats, cluster: NDArray[np.int64]) -> Floats:
    """Return the robust covariance: rows' pulls on the coefficients, summed by cluster and squared.

    Parameters
    ----------
    residuals : ndarray of float64, shape (rows, columns)
        What each row adds to the gradient, times its weight.
    inverse : ndarray of float64, shape (columns, columns)
        Of the information.
    cluster : ndarray of int64, shape (rows,)
        From 0 up.

    Raises
    ------
    BadInput
        If there is one cluster alone.
    """
    if not cluster.any():
        raise BadInput("a robust variance needs more than one cluster", where=_WHERE)
    pulls = np.zeros((int(cluster.max()) + 1, residuals.shape[1]))
    np.add.at(pulls, cluster, residuals)
    pulls = pulls @ inverse
    return pulls.T @ pulls


def score_statistic(start: Derivatives) -> float:
    """Return the statistic of the score test, from the derivatives with all coefficients at 0."""
    return float(start.gradient @ np.linalg.lstsq(start.information, start.gradient, rcond=None)[0])


def fit_top(
    derivatives: Callable[[Floats], Derivatives], sets: RiskSets, penalty: Floats, names: tuple[str, ...]
) -> Top:
    """Climb to the top of a partial likelihood; without a penalty, refuse what has none and say why.

    Parameters
    ----------
    derivatives : callable
    sets : RiskSets
        Of standardised columns.
    penalty : ndarray of float64, shape (columns,)
    names : tuple of str

    Raises
    ------
    BadInput
        If a column says nothing or only what others say, the likelihood has no top, or the steps did not settle.
    """
    free = not bool((penalty > 0).all())

    def check(start: Derivatives) -> None:
        if free:
            refuse_columns_without_information(start.information, names)

    top = climb(derivatives, penalty, check=check)
    if free and _is_flat(top):
        refuse_ranking_columns(sets, names)
        refuse_ranking_direction(sets, top.last, names)
    curvature = top.end.information + np.diag(penalty)
    if not top.settled or float(np.linalg.eigvalsh(curvature)[0]) <= 0:
        raise BadInput(
            f"the likelihood did not settle in {top.steps} Newton steps",
            where=_WHERE,
            mend="look for extreme values in the columns, or fit with a ridge penalty",
        )
    return top


def _is_flat(top: Top) -> bool:
    """Tell whether the steps ran along a ridge of the likelihood: some direction has lost its curvature."""
    if not top.settled:
        return True
    before = np.sqrt(np.diag(top.start.information))
    scaled = top.end.information / np.outer(before, before)
    return bool(np.linalg.eigvalsh(scaled)[0] < _FLAT)


def baselines(sets: RiskSets, rises: Floats, strata: list[Any]) -> dict[Any, Baseline]:
    """Return each stratum's cumulative hazard, by label; `rises` is by group, from the latest time to the earliest."""
    found = {}
    starts = sets.time[sets.end - 1]
    for code, label in enumerate(strata):
        places = np.flatnonzero(sets.stratum == code)[::-1]
        if not len(places):
            continue
        happened = places[rises[places] > 0]
        found[label] = Baseline(starts[happened], np.cumsum(rises[happened]), float(starts[places[-1]]))
    return found
