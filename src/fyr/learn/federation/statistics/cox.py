"""Cox regression over hospitals, each a stratum with a baseline hazard of its own, which stays at home.

With hospitals as strata the log partial likelihood is a sum over hospitals (Kalbfleisch and Prentice 2002, section
4.4), so each sends its log likelihood, slope and curvature, and the result is the pooled stratified fit. Without them
each event's risk set reaches over all hospitals: sums over the risk set would have to be sent for every event time, and
the difference of two neighbouring ones is a patient (in a public breast cancer cohort 166 of 866 rows could be singled
out so). That fit is refused.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.coefficients import described, penalty_of, raw_scale, refuse_collinear
from fyr.learn.federation.statistics.consistency import Watch
from fyr.learn.federation.statistics.cox_cross_validation import choose_penalty
from fyr.learn.federation.statistics.cox_kernel import cox_likelihood, expected_events, risk_sets
from fyr.learn.federation.statistics.newton import Place, Top, climb, likelihood_sums
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, Agreed, agree
from fyr.learn.federation.statistics.random_effects import POOL_OPTIONS, pool_random
from fyr.learn.federation.statistics.separation import explain_unsettled
from fyr.learn.federation.study import Study
from fyr.learn.survival.cox_fit import Baseline
from fyr.learn.survival.separation import ranks_first

__all__ = [
    "OPTIONS",
    "cox",
    "cox_draft",
    "cox_result",
    "cox_separation_step",
    "cox_step",
    "fit_cox_over",
    "home_baselines",
]

Floats = NDArray[np.float64]

SITE: Final = "site"

OPTIONS: Final = (
    *COMMON_OPTIONS, *POOL_OPTIONS, "features", "duration", "event", "entry", "weight", "offset", "strata", "ties",
    "l2", "l2_on", "l2_candidates", "folds", "seed", "confidence_level",
)  # fmt: skip


def cox(study: Study) -> Rounds:
    """Return the rounds of a Cox regression; the options are :data:`OPTIONS`.

    ``strata`` holds ``site`` (the default) and columns that define further strata within a hospital. ``l2 / 2`` times
    the sum of squared coefficients is taken from the log likelihood: on raw columns scikit-survival's ``alpha``. With
    ``l2_candidates`` it is chosen among them by cross-validation (``folds``, ``seed``).
    """
    options = Options(study, OPTIONS)
    ties, l2 = options.choice("ties", ("efron", "breslow")), options.number("l2", 0.0, 0.0)
    scale = options.choice("l2_on", ("raw", "standardised"))
    level = options.number("confidence_level", 0.95, 0.01, 0.9999)
    draft = cox_draft(study, options)
    if options.choice("pool", ("exact", "random")) == "random":
        return (yield from pool_random(study, options, draft, "cox", level, ties))
    agreed = yield from agree(study, options, draft)
    told: dict[str, Any] = {"strata": [SITE, *draft.strata], "ties": ties, "l2_on": scale}
    if "l2_candidates" in study.options:
        candidates = _candidates(study, options)
        penalties = [penalty_of(agreed.plan, one, scale, intercept=False) for one in candidates]
        folds, seed = options.whole("folds", 5, 2, 100), options.whole("seed", 1, 0)
        place, scores, rounds = yield from choose_penalty(agreed, ties, penalties, folds, seed)
        l2 = candidates[place]
        told["cross_validation"] = {
            "l2": candidates, "log_likelihood": scores, "folds": folds, "rounds": rounds,
            "at_the_edge": len(candidates) > 1 and place in {0, len(candidates) - 1},
        }  # fmt: skip
    penalty = penalty_of(agreed.plan, l2, scale, intercept=False)
    top = yield from fit_cox_over(study, agreed, penalty, ties)
    return cox_result(study, agreed, top, penalty, level, {**told, "l2": l2})


def _candidates(study: Study, options: Options) -> list[float]:
    found = options.numbers("l2_candidates")
    if "l2" in study.options or found[0] <= 0:
        raise BadInput(
            "l2_candidates are above 0, and stand where l2 would", where=study.name, mend="give one of the two"
        )
    return found


def cox_draft(study: Study, options: Options) -> Plan:
    """Return what is read of a table, and refuse a fit whose risk sets reach over hospitals.

    Raises
    ------
    Refused
        If ``site`` is not among the strata.
    """
    features = options.texts("features")
    strata = options.texts("strata", needed=False) if "strata" in study.options else [SITE]
    if SITE not in strata:
        raise Refused(
            "without hospitals as strata, sums over the risk set would be sent for every event time, and two "
            "neighbouring ones differ by single patients",
            where=study.name,
            mend=f"put '{SITE}' into strata",
        )
    roles = {"duration": options.text("duration"), "event": options.text("event")}
    kinds = {"duration": "not_negative", "event": "binary"}
    for role, kind in (("entry", "number"), ("weight", "not_negative"), ("offset", "number")):
        column = options.maybe(role)
        if column is not None:
            roles[role], kinds[role] = column, kind
    within = tuple(one for one in strata if one != SITE)
    twice = [name for name in features if name in roles.values() or name in within]
    if twice:
        raise BadInput(f"column '{twice[0]}' is a feature and something else", where=study.name)
    return Plan(tuple(features), roles, kinds, within)


def cox_step(table: SiteTable, values: Payload) -> Answer:
    """Return a hospital's log partial likelihood, slope and curvature; zeros where nobody has the event."""
    rows = read_rows(table, Plan.of(values["plan"]))
    sets = risk_sets(rows, str(values["ties"]))
    beta = np.asarray(values["beta"], dtype=np.float64)
    sums = likelihood_sums(*cox_likelihood(sets, beta))
    return Answer(
        {**sums, "events": np.array([float((rows.role["event"] > 0).sum())])},
        {"adds_nothing": sets is None},
        weights={"expected events": expected_events(sets, beta)},
    )


def cox_separation_step(table: SiteTable, values: Payload) -> Answer:
    """Say whether a direction fails to rank every event here first among the rows at risk with it."""
    rows = read_rows(table, Plan.of(values["plan"]))
    sets = risk_sets(rows, str(values["ties"]))
    against = sets is not None and not ranks_first(sets, np.asarray(values["direction"], dtype=np.float64))
    return Answer({"against": np.array([float(against)])})


def fit_cox_over(study: Study, agreed: Agreed, penalty: Floats, ties: str) -> Generator[Question, Answers, Top]:
    """Fit, and refuse what has no answer.

    Raises
    ------
    BadInput
        If no hospital has an event, a column says nothing or what others say, or columns rank every event first.
    """
    names = agreed.plan.names
    ask = {"plan": agreed.plan.payload(), "ties": ties}
    free = not bool((penalty > 0).all())

    def check(start: Place) -> None:
        if not start.log_likelihood < 0 and not start.information.any():
            raise BadInput("no event tells anything at any hospital", where=study.name, mend="check how they are coded")
        if free:
            refuse_collinear(start.information, names, study.name)

    top = yield from climb(
        lambda beta: Question("cox", {**ask, "beta": beta}), np.zeros(len(names)), penalty, check=check, watch=Watch()
    )
    values = {"plan": ask["plan"], "ties": ties}
    yield from explain_unsettled(study, "cox_separation", values, top, names, free=free)
    return top


def cox_result(
    study: Study, agreed: Agreed, top: Top, penalty: Floats, level: float, told: dict[str, Any]
) -> dict[str, Any]:
    """Return the result of a fit."""
    inverse = np.linalg.inv(top.last.information + np.diag(penalty)).astype(np.float64)
    beta, covariance = raw_scale(top.beta, inverse, agreed.plan, intercept=False)
    nothing = [site for site, one in top.answers.each("adds_nothing").items() if one]
    return {
        "method": study.method,
        **described(agreed.plan.names, beta, covariance, level),
        "log_likelihood": top.log_likelihood,
        "null_log_likelihood": top.start.log_likelihood,
        "iterations": top.iterations,
        "events": round(float(top.answers.total("events")[0])),
        "means": dict(zip(agreed.plan.names, agreed.plan.mean.tolist(), strict=True)),
        "sites_without_events": nothing,
        **told,
        **agreed.told(),
    }


def home_baselines(table: SiteTable, plan: Plan, result: Mapping[str, Any], ties: str = "efron") -> dict[int, Baseline]:
    """Return a hospital's baseline cumulative hazards, by stratum within it: computed at home, and kept there.

    Parameters
    ----------
    table : SiteTable
    plan : Plan
        The agreed one; its means make the row that the baselines are of.
    result : mapping
        Of the study.
    ties : {"efron", "breslow"}
    """
    from fyr.learn.survival.cox import baselines

    rows = read_rows(table, plan)
    sets = risk_sets(rows, ties)
    if sets is None:
        return {}
    beta = np.array([float(result["coefficients"][name]) for name in plan.names]) * plan.spread
    return baselines(sets, sets.hazards(beta), [int(one) for one in np.unique(rows.stratum)])
