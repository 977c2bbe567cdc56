"""Fine and Gray's regression of the subdistribution hazard: what raises the share of patients who have the event.

Fine and Gray 1999, J Am Stat Assoc 94:496. A patient with a competing event stays at risk for ever after, with the
weight ``G(t-) / G(s-)``, where ``s`` is the time of that event and ``G`` the Kaplan-Meier curve of being censored. Here
those weights cost nothing: they are a product of something of ``t`` and something of the row, so that one running sum
serves all event times. The numbers are those of ``finegray`` with ``coxph`` of R's survival package.

The robust variance is the sandwich that R's ``coxph`` gives for such weights: it takes ``G`` as known. ``cmprsk::crr``
also counts the uncertainty of ``G``, which moves standard errors in the fourth digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.cox import baselines, fit_top, sandwich, score_statistic
from fyr.learn.survival.cox_fit import CoxFit
from fyr.learn.survival.risk_sets import Derivatives, RiskSets
from fyr.learn.survival.survival_rows import SurvivalRows

__all__ = ["FineGrayFit", "fit_fine_gray"]

Floats = NDArray[np.float64]
_WHERE = "Fine-Gray regression"


@dataclass(frozen=True, slots=True, eq=False)
class FineGrayFit(CoxFit):
    """What `fit_fine_gray` found; its hazards are those of the subdistribution, its likelihood a pseudo-likelihood."""

    def incidence(self, rows: ArrayLike, years: ArrayLike) -> Floats:
        """Return the probability of the event by some times, the competing event heeded.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)
        years : float, or array of float, shape (times,)

        Returns
        -------
        ndarray of float64, shape (rows,), or (rows, times)

        Raises
        ------
        BadInput
            As `survival`.
        """
        return 1.0 - self.survival(rows, years)


def fit_fine_gray(
    columns: ArrayLike,
    years: ArrayLike,
    cause: ArrayLike,
    *,
    of: int = 1,
    ties: Literal["efron", "breslow"] = "breslow",
    ridge: float = 0.0,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> FineGrayFit:
    """Fit a Fine-Gray regression.

    Parameters
    ----------
    columns : array of float, shape (rows, columns)
        Complete.
    years : array of float, shape (rows,)
    cause : array of int, shape (rows,)
        0 where no event was seen, otherwise which.
    of : int
        The event of interest; all others compete with it.
    ties : {"breslow", "efron"}
    ridge : float
        As in `fit_cox`, on standardised columns.
    weight : array of float, shape (rows,), optional
        Case weights; the censoring curve is weighted too.
    cluster : array, shape (rows,), optional
        For the robust variance; every row is its own cluster otherwise.
    names : sequence of str, optional

    Returns
    -------
    FineGrayFit

    Raises
    ------
    BadInput
        As `fit_cox`.
    """
    codes = np.asarray(cause)
    if codes.ndim != 1 or not np.isin(codes, np.arange(0, 128)).all():
        raise BadInput("a cause is not a whole number from 0 up", where=_WHERE)
    clusters = np.arange(len(codes)) if cluster is None else cluster
    rows = SurvivalRows.read(columns, years, codes == of, weight=weight, cluster=clusters, names=names)
    if of == 0 or not rows.event.any():
        raise BadInput(f"no row has the event {of}", where=_WHERE)
    if not 0 <= ridge < np.inf:
        raise BadInput(f"a ridge penalty of {ridge} is below 0 or no number", where=_WHERE)
    held = _Subdistribution.of(rows, codes[rows.kept], of, efron=ties == "efron")
    penalty = np.full(len(rows.names), float(ridge))
    top = fit_top(held.derivatives, held.sets, penalty, rows.names)
    inverse: Floats = np.linalg.inv(top.end.information + np.diag(penalty)).astype(np.float64)
    scale = np.outer(rows.spread, rows.spread)
    assert rows.cluster is not None  # noqa: S101 (given above)
    pulls = held.score_residuals(top.beta) * rows.weight[:, None]
    return FineGrayFit(
        names=rows.names,
        coefficients=top.beta / rows.spread,
        covariance=inverse / scale,
        robust_covariance=sandwich(pulls, inverse, rows.cluster) / scale,
        log_likelihood=top.end.log_likelihood,
        null_log_likelihood=top.start.log_likelihood,
        score_statistic=score_statistic(top.start),
        mean=rows.mean,
        baseline=baselines(held.sets, held.hazards(top.beta), rows.strata),
        ties=ties,
        emphasis="even",
        ridge=float(ridge),
        rows=len(rows.time),
        events=int(rows.event.sum()),
        steps=top.steps,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Subdistribution:
    """Risk sets in which rows with a competing event stay.

    Parameters
    ----------
    sets : RiskSets
    later : ndarray of int64, shape (competing rows,)
        Places of the rows with a competing event.
    share : ndarray of float64, shape (competing rows,)
        ``1 / G(s-)`` of each.
    group : ndarray of int64, shape (competing rows,)
        The group that each ends in.
    uncensored : ndarray of float64, shape (groups,)
        ``G(t-)``.
    """

    sets: RiskSets
    later: NDArray[np.int64]
    share: Floats
    group: NDArray[np.int64]
    uncensored: Floats

    @classmethod
    def of(cls, rows: SurvivalRows, codes: NDArray[np.int64], of: int, *, efron: bool) -> _Subdistribution:
        sets = RiskSets.of(
            rows.standard,
            rows.time,
            rows.event,
            efron=efron,
            stratum=rows.stratum,
            weight=rows.weight,
            offset=rows.offset,
        )
        group_of = np.repeat(np.arange(len(sets.end)), np.diff(sets.end, prepend=0))
        ordered = codes[sets.order]
        size = len(sets.end)
        seen = np.bincount(group_of, sets.weight, size)
        censored = np.bincount(group_of, sets.weight * (ordered == 0), size)
        # Whoever is censored at a time is censored after the events of that time, which are not at risk of it.
        at_risk = np.cumsum(seen) - seen + censored
        stay = 1.0 - np.divide(censored, at_risk, out=np.zeros(size), where=at_risk > 0)
        uncensored = np.append(np.cumprod(stay[::-1])[::-1][1:], 1.0)
        later = np.flatnonzero((ordered != 0) & (ordered != of))
        return cls(sets, later, 1.0 / uncensored[group_of[later]], group_of[later], uncensored)

    def _beside(self, risk: Floats) -> Floats:
        """Return what of earlier competing events is at risk in each group: risk, and risk times columns."""
        held = risk[self.later] * self.share
        sums = np.zeros((len(self.sets.end), 1 + self.sets.table.shape[1]))
        np.add.at(sums, self.group, np.column_stack([held, held[:, None] * self.sets.table[self.later]]))
        # Groups run from the latest time: those after a group are earlier.
        earlier = np.cumsum(sums[::-1], axis=0)[::-1] - sums
        beside: Floats = earlier * self.uncensored[:, None]
        return beside

    def derivatives(self, beta: Floats) -> Derivatives:
        sets = self.sets
        eta, relative, shift = sets.risk(beta)
        risk = relative * sets.weight
        second = np.zeros((len(beta),) * 2)
        steps, dead_steps, logs = sets.down(risk, second, self._beside(risk))
        if not np.isfinite(logs):
            return Derivatives(-np.inf, np.zeros(len(beta)), second)
        exposed = risk * sets.up(steps, dead_steps)
        exposed[self.later] += risk[self.later] * self.share * self._after(steps)[self.group]
        events = sets.weight * sets.event
        likelihood = float(events @ eta) - shift * float(events.sum()) - logs
        return Derivatives(likelihood, sets.table.T @ (events - exposed), sets.gram(exposed) - second)

    def hazards(self, beta: Floats) -> Floats:
        _, relative, shift = self.sets.risk(beta)
        risk = relative * self.sets.weight
        steps, _, _ = self.sets.down(risk, np.zeros((len(beta),) * 2), self._beside(risk))
        rises: Floats = steps * np.exp(-shift)
        return rises

    def score_residuals(self, beta: Floats) -> Floats:
        sets = self.sets
        _, relative, _ = sets.risk(beta)
        found, rise, drift = sets.residuals(relative, self._beside(relative * sets.weight))
        rises = self._after(rise)[self.group, None]
        drifts = np.column_stack([self._after(one) for one in drift.T])[self.group]
        held = (relative[self.later] * self.share)[:, None]
        found[self.later] -= held * (sets.table[self.later] * rises - drifts)
        residuals = np.empty_like(found)
        residuals[sets.order] = found
        return residuals

    def _after(self, steps: Floats) -> Floats:
        """Return the hazard that a row meets after each group, weighted by ``G(t-)``."""
        weighted = steps * self.uncensored
        after: Floats = np.cumsum(weighted) - weighted
        return after
