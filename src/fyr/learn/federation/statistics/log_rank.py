"""The log-rank test over hospitals, each a stratum: observed and expected events and their variance are what is sent.

Mantel 1966 (Cancer Chemother Rep 50:163); Peto and Peto 1972 (J R Stat Soc A 135:185). Within a hospital, and its own
strata, at each event time with n at risk, n_g of them in group g, and d events: expected ``d n_g / n``, covariance
``d (n - d) / (n - 1) (n_g / n)(1[g = h] - n_h / n)``. The sums over times and hospitals are exact; times stay at home.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import CATEGORY, Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, agree
from fyr.learn.federation.study import Study

__all__ = ["OPTIONS", "log_rank", "log_rank_step"]

Floats = NDArray[np.float64]

OPTIONS: Final = (*COMMON_OPTIONS, "duration", "event", "group", "strata")


def log_rank(study: Study) -> Rounds:
    """Return the rounds of a log-rank test stratified by hospital; the options are :data:`OPTIONS`."""
    from scipy.stats import chi2

    options = Options(study, OPTIONS)
    group = options.text("group")
    roles = {"duration": options.text("duration"), "event": options.text("event"), "group": group}
    kinds = {"duration": "not_negative", "event": "binary", "group": CATEGORY}
    strata = tuple(one for one in options.texts("strata", needed=False) if one != "site")
    agreed = yield from agree(study, options, Plan((), roles, kinds, strata))
    levels = agreed.plan.levels[group]
    if len(levels) < 2:
        raise BadInput(f"'{group}' has one category at all hospitals together", where=study.name)
    answers = yield Question("log_rank", {"plan": agreed.plan.payload()})
    observed, expected = answers.total("observed"), answers.total("expected")
    covariance = answers.total("covariance")
    if not covariance.any():
        raise BadInput("no event tells the groups apart at any hospital", where=study.name)
    away = (observed - expected)[:-1]
    statistic = float(away @ np.linalg.lstsq(covariance[:-1, :-1], away, rcond=None)[0])
    freedom = int(np.linalg.matrix_rank(covariance[:-1, :-1]))
    return {
        "method": study.method,
        "statistic": statistic,
        "degrees_of_freedom": freedom,
        "p_value": float(chi2.sf(statistic, freedom)),
        "observed": dict(zip(levels, observed.tolist(), strict=True)),
        "expected": dict(zip(levels, expected.tolist(), strict=True)),
        "covariance": covariance.tolist(),
        "events": round(float(observed.sum())),
        "strata": ["site", *strata],
        **agreed.told(),
    }


def log_rank_step(table: SiteTable, values: Payload) -> Answer:
    """Return a hospital's observed and expected events by group, and the covariance of their difference."""
    plan = Plan.of(values["plan"])
    rows = read_rows(table, plan)
    groups = len(plan.levels[plan.roles["group"]])
    group = rows.role["group"].astype(np.int64)
    observed, expected = np.zeros(groups), np.zeros(groups)
    covariance = np.zeros((groups, groups))
    for one in np.unique(rows.stratum):
        here = rows.stratum == one
        seen, due, spread = _stratum(rows.role["duration"][here], rows.role["event"][here] > 0, group[here], groups)
        observed += seen
        expected += due
        covariance += spread
    return Answer({"observed": observed, "expected": expected, "covariance": covariance})


def _stratum(
    duration: Floats, event: NDArray[np.bool_], group: NDArray[np.int64], groups: int
) -> tuple[Floats, Floats, Floats]:
    times, place = np.unique(duration, return_inverse=True)
    ends = np.zeros((len(times), groups))
    np.add.at(ends, (place, group), 1.0)
    at_risk = np.cumsum(ends[::-1], axis=0)[::-1]
    died = np.zeros((len(times), groups))
    np.add.at(died, (place[event], group[event]), 1.0)
    happens = died.sum(axis=1) > 0
    at_risk, died = at_risk[happens], died[happens]
    count, dead = at_risk.sum(axis=1), died.sum(axis=1)
    share = at_risk / count[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = np.where(count > 1, dead * (count - dead) / (count - 1), 0.0)
    covariance = np.diag((wide[:, None] * share).sum(axis=0)) - (wide[:, None] * share).T @ share
    return died.sum(axis=0), (dead[:, None] * share).sum(axis=0), covariance
