"""Rows in the order that the partial likelihood of Cox walks them, and what comes of the walks.

Let ``r = w exp(eta)`` be the risk of a row. At an event time with ``d`` events the sum over the risk set is ``S0``,
over the events among them ``D0``. Breslow (1974) counts every event against all of ``S0``; Efron (1977) counts the
``l``-th of them (``l = 0 .. d-1``) against ``S0 - (l/d) D0``. Either way the gradient and the first part of the
information are weighted sums over *rows*, the weight of a row being its risk times the hazard that it was exposed to;
only the second part, the outer products of the risk sets' means, needs the event times one by one. So a Newton step is
one walk down the times, one up, and one product of matrices: no sums of outer products over rows are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fyr.learn.survival.risk_walks import hazards_and_means, pull, walk_down, walk_up

__all__ = ["Derivatives", "RiskSets"]

Floats = NDArray[np.float64]
_BLOCK = 65_536
_NOTHING = np.zeros((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """The log partial likelihood at one place, its slope and its curvature.

    Parameters
    ----------
    log_likelihood : float
    gradient : ndarray of float64, shape (columns,)
    information : ndarray of float64, shape (columns, columns)
        Minus the second derivative.
    exposed : ndarray of float64, shape (rows,)
        How many events each row was expected to have, sorted as the risk sets; empty where that is not told.
    """

    log_likelihood: float
    gradient: Floats
    information: Floats
    exposed: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """Rows sorted by stratum and from the latest time to the earliest.

    Parameters
    ----------
    order : ndarray of int64, shape (rows,)
        The row of the caller that stands at each place; all that follows is in this order.
    table : ndarray of float64, shape (rows, columns)
    event, weight, offset : ndarray of float64, shape (rows,)
    time : ndarray of float64, shape (rows,)
    end : ndarray of int64, shape (groups,)
        The place after the last row of each group: rows of one stratum with one time.
    first : ndarray of int64, shape (groups,)
        The place of the first row of each group's stratum.
    stratum : ndarray of int64, shape (groups,)
    entry : ndarray of float64, shape (rows,), or None
        When each row came under observation; at risk only after it.
    entry_order : ndarray of int64, shape (rows,)
        Places sorted by stratum and from the latest entry to the earliest.
    efron : bool
    emphasis : ndarray of float64, shape (rows,)
        How much each row's event counts; 1 in Cox's likelihood.
    """

    order: NDArray[np.int64]
    table: Floats
    event: Floats
    weight: Floats
    offset: Floats
    time: Floats
    end: NDArray[np.int64]
    first: NDArray[np.int64]
    stratum: NDArray[np.int64]
    entry: Floats | None
    entry_order: NDArray[np.int64]
    efron: bool
    emphasis: Floats

    @classmethod
    def of(
        cls,
        table: Floats,
        time: Floats,
        event: NDArray[np.bool_],
        *,
        efron: bool,
        stratum: NDArray[np.int64],
        weight: Floats,
        offset: Floats,
        entry: Floats | None = None,
        at_risk_emphasis: bool = False,
    ) -> RiskSets:
        """Sort rows; the arguments are as the fields, in the caller's order, with a stratum for each row.

        With `at_risk_emphasis` an event counts as the weight of those at risk with it, 1 on average: then every pair of
        an event and a row at risk counts the same (Gehan 1965, Biometrika 52:203), as it does in Harrell's concordance.
        """
        order = np.lexsort((-time, stratum)).astype(np.int64)
        times, strata = time[order], stratum[order]
        last = np.append((times[1:] != times[:-1]) | (strata[1:] != strata[:-1]), True)
        end = np.flatnonzero(last).astype(np.int64) + 1
        of_group = strata[end - 1]
        first = np.searchsorted(strata, of_group).astype(np.int64)
        entered = None if entry is None else entry[order]
        entry_order = np.zeros(0, np.int64) if entered is None else np.lexsort((-entered, strata)).astype(np.int64)
        happened, weights = event[order].astype(np.float64), weight[order]
        emphasis = np.ones(len(order))
        if at_risk_emphasis:
            emphasis = _weight_at_risk(times, strata, weights, entered)
            emphasis /= (weights * happened * emphasis).sum() / (weights * happened).sum()
        return cls(
            order,
            np.ascontiguousarray(table[order]),
            happened,
            weights,
            offset[order],
            times,
            end,
            first,
            of_group,
            entered,
            entry_order,
            efron,
            emphasis,
        )

    def risk(self, beta: Floats) -> tuple[Floats, Floats, float]:
        """Return linear predictors, ``exp`` of them less a shift, and the shift, which keeps the largest at 1."""
        eta = self.table @ beta + self.offset
        shift = float(eta.max()) if len(eta) else 0.0
        return eta, np.exp(eta - shift), shift

    def derivatives(self, beta: Floats) -> Derivatives:
        """Return the log partial likelihood at `beta` with its slope and curvature; -inf where it overflows."""
        eta, relative, shift = self.risk(beta)
        columns = self.table.shape[1]
        risk = relative * self.weight
        second = np.zeros((columns, columns))
        steps, dead_steps, logs = self.down(risk, second)
        if not np.isfinite(logs):
            return Derivatives(-np.inf, np.zeros(columns), second)
        exposed = risk * self.up(steps, dead_steps)
        events = self.weight * self.emphasis * self.event
        likelihood = float(events @ eta) - shift * float(events.sum()) - logs
        return Derivatives(likelihood, self.table.T @ (events - exposed), self.gram(exposed) - second, exposed)

    def hazards(self, beta: Floats) -> Floats:
        """Return the rise of the baseline hazard (of a linear predictor of 0) in each group; shape (groups,)."""
        _, relative, shift = self.risk(beta)
        plain = replace(self, emphasis=np.ones(len(self.time)))
        steps, _, _ = plain.down(relative * self.weight, np.zeros((self.table.shape[1],) * 2))
        rises: Floats = steps * np.exp(-shift)
        return rises

    def score_residuals(self, beta: Floats) -> Floats:
        """Return what each row adds to the gradient, in the order of the caller; shape (rows, columns).

        Therneau and Grambsch 2000, *Modeling Survival Data*, section 4.3 (and 7.2 for the weights), Efron included.
        """
        _, relative, _ = self.risk(beta)
        residuals = np.empty(self.table.shape)
        residuals[self.order] = self.residuals(relative, _NOTHING)[0]
        return residuals

    def gram(self, weight: Floats) -> Floats:
        """Return the weighted sum of the rows' outer products, a block of rows at a time."""
        total = np.zeros((self.table.shape[1],) * 2)
        for start in range(0, len(weight), _BLOCK):
            block = self.table[start : start + _BLOCK]
            total += (block * weight[start : start + _BLOCK, None]).T @ block
        return total

    def down(self, risk: Floats, second: Floats, beside: Floats = _NOTHING) -> tuple[Floats, Floats, float]:
        """Walk from the latest time to the earliest.

        Parameters
        ----------
        risk : ndarray of float64, shape (rows,)
        second : ndarray of float64, shape (columns, columns)
            Filled with the outer products of the risk sets' means.
        beside : ndarray of float64, shape (groups, 1 + columns), optional
            Risk, and risk times columns, of what is at risk in each group besides these rows.

        Returns
        -------
        steps, dead_steps : ndarray of float64, shape (groups,)
            The rise of the hazard for a row that is at risk, and for one with the event.
        logs : float
            The sum of the logs of the risk sets; infinite where one is empty.
        """
        steps, dead_steps = np.zeros(len(self.end)), np.zeros(len(self.end))
        logs = walk_down(
            self.table, risk, self.weight * self.emphasis, self.event, self.end, self.first, self.time, self._entries,
            self.entry_order, self.efron, beside, steps, dead_steps, second,
        )  # fmt: skip
        return steps, dead_steps, logs

    def up(self, steps: Floats, dead_steps: Floats) -> Floats:
        """Walk back; return the hazard that each row was exposed to, shape (rows,)."""
        exposure = np.empty(len(self.time))
        walk_up(
            self.event, self.end, self.first, self.time, self._entries, self.entry_order, steps, dead_steps, exposure
        )
        return exposure

    def residuals(self, relative: Floats, beside: Floats) -> tuple[Floats, Floats, Floats]:
        """Return score residuals in this order, and the rise and drift of the hazard in each group."""
        rise, dead_rise, drift, dead_drift, mean = hazards_and_means(
            self.table, relative, self.weight, self.emphasis, self.event, self.end, self.first, self.time,
            self._entries, self.entry_order, self.efron, beside,
        )  # fmt: skip
        residuals = pull(
            self.table, relative, self.emphasis, self.event, self.end, self.first, self.time, self._entries,
            self.entry_order, rise, dead_rise, drift, dead_drift, mean,
        )  # fmt: skip
        return residuals, rise, drift

    @property
    def _entries(self) -> Floats:
        return np.zeros(0) if self.entry is None else self.entry


def _weight_at_risk(time: Floats, stratum: NDArray[np.int64], weight: Floats, entry: Floats | None) -> Floats:
    """Return the weight of the rows at risk at the end of each row; sorted by stratum and from the latest time."""
    found = np.empty(len(time))
    for one in np.unique(stratum):
        rows = np.flatnonzero(stratum == one)
        ends = -time[rows]  # rising
        total = np.append(0.0, np.cumsum(weight[rows]))
        found[rows] = total[np.searchsorted(ends, ends, side="right")]
        if entry is not None:
            order = np.argsort(-entry[rows], kind="stable")
            later = np.append(0.0, np.cumsum(weight[rows][order]))
            found[rows] -= later[np.searchsorted(-entry[rows][order], ends, side="right")]
    return found
