"""Linear, logistic and Poisson regression over hospitals: the pooled maximum of the likelihood, no average of models.

What each hospital sends in a round: its log likelihood, its slope and its curvature at the coefficients that it is
asked about; numbers whose size depends on the columns, not on the rows. Columns are standardised inside, for stability,
and coefficients are handed back on the scale of the columns.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.coefficients import (
    INTERCEPT,
    described,
    penalty_of,
    raw_scale,
    refuse_collinear,
)
from fyr.learn.federation.statistics.consistency import Watch
from fyr.learn.federation.statistics.families import OUTCOME_KINDS, bends, likelihood
from fyr.learn.federation.statistics.newton import Place, Top, climb, likelihood_sums
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan, read_rows
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, Agreed, agree
from fyr.learn.federation.statistics.random_effects import POOL_OPTIONS, pool_random
from fyr.learn.federation.statistics.separation import explain_unsettled
from fyr.learn.federation.study import Study

__all__ = ["OPTIONS", "fit", "glm_step", "linear", "logistic", "poisson"]

Floats = NDArray[np.float64]

OPTIONS: Final = (
    *COMMON_OPTIONS, *POOL_OPTIONS, "features", "outcome", "weight", "offset", "exposure", "l2", "l2_on",
    "confidence_level",
)  # fmt: skip


def linear(study: Study) -> Rounds:
    """Return the rounds of a linear regression; the options are :data:`OPTIONS`."""
    return _method(study, "linear")


def logistic(study: Study) -> Rounds:
    """Return the rounds of a logistic regression; the options are :data:`OPTIONS`."""
    return _method(study, "logistic")


def poisson(study: Study) -> Rounds:
    """Return the rounds of a Poisson regression; the options are :data:`OPTIONS`, with ``exposure`` above 0."""
    return _method(study, "poisson")


def glm_step(table: SiteTable, values: Payload) -> Answer:
    """Return a hospital's log likelihood, slope and curvature at the coefficients that it is asked about."""
    rows = read_rows(table, Plan.of(values["plan"]))
    beta = np.asarray(values["beta"], dtype=np.float64)
    family = str(values["family"])
    found = likelihood(family, rows.with_intercept, rows.role["outcome"], rows.weight, rows.offset, beta)
    lines = (rows.with_intercept @ beta + rows.offset, rows.offset)
    return Answer(
        likelihood_sums(*found), weights={"curvature": np.stack([rows.weight * bends(family, one) for one in lines])}
    )


def fit(
    study: Study, family: str, agreed: Agreed, penalty: Floats, names: tuple[str, ...]
) -> Generator[Question, Answers, Top]:
    """Fit, and refuse what has no answer.

    Raises
    ------
    BadInput
        If columns are combinations of one another, or outcomes are separated, over all hospitals together.
    """
    plan = agreed.plan.payload()
    free = not bool((penalty[1:] > 0).all())

    def ask(beta: Floats) -> Question:
        return Question("glm", {"plan": plan, "family": family, "beta": beta})

    def check(start: Place) -> None:
        if free:
            refuse_collinear(start.information, names, study.name)

    part = {"linear": 1.0, "logistic": 0.25}.get(family)
    watch = Watch({} if part is None else {site: part * one for site, one in agreed.squares.items()})
    top = yield from climb(ask, _start(family, agreed, len(names)), penalty, check=check, watch=watch)
    if family != "linear" and not (bool((penalty[1:] > 0).all()) and top.settled):
        yield from explain_unsettled(study, "glm_separation", {"plan": plan, "family": family}, top, names, free=free)
    return top


def _start(family: str, agreed: Agreed, width: int) -> Floats:
    """Return the coefficients of the intercept alone: where there is no offset, its fit."""
    mean = agreed.outcome / agreed.weight
    start = np.zeros(width)
    if family == "linear":
        start[0] = mean
    elif family == "logistic":
        start[0] = np.log(mean) - np.log1p(-mean)
    else:
        start[0] = np.log(agreed.outcome / (agreed.exposure or agreed.weight))
    return start


def _method(study: Study, family: str) -> Rounds:
    options = Options(study, OPTIONS)
    features, l2 = options.texts("features"), options.number("l2", 0.0, 0.0)
    scale, level = (
        options.choice("l2_on", ("raw", "standardised")),
        options.number("confidence_level", 0.95, 0.01, 0.9999),
    )
    draft = _draft(study, options, family, features)
    if options.choice("pool", ("exact", "random")) == "random":
        return (yield from pool_random(study, options, draft, family, level))
    agreed = yield from agree(study, options, draft)
    _refuse_outcomes(study, family, agreed)
    if l2 == 0 and agreed.constant:
        raise BadInput(
            f"column '{agreed.constant[0]}' has one value at all hospitals together",
            where=study.name,
            mend="leave it out, or set l2 above 0",
        )
    names = (INTERCEPT, *agreed.plan.names)
    penalty = penalty_of(agreed.plan, l2, scale, intercept=True)
    top = yield from fit(study, family, agreed, penalty, names)
    null = top.start.log_likelihood
    if "offset" in draft.roles:
        alone = Plan((), agreed.plan.roles, agreed.plan.kinds, levels={}, left_out=agreed.plan.left_out)
        alone = _same_rows(alone, agreed.plan)
        plan = alone.payload()
        bottom = yield from climb(
            lambda beta: Question("glm", {"plan": plan, "family": family, "beta": beta}),
            _start(family, agreed, 1), np.zeros(1),
        )  # fmt: skip
        null = bottom.log_likelihood
    return _result(study, family, agreed, top, null, penalty, names, level, {"l2": l2, "l2_on": scale})


def _same_rows(alone: Plan, whole: Plan) -> Plan:
    """Return a plan without columns that reads the same complete rows."""
    from dataclasses import replace

    return replace(alone, strata=whole.features, levels=dict(whole.levels), merge=whole.merge)


def _draft(study: Study, options: Options, family: str, features: list[str]) -> Plan:
    roles, kinds = {"outcome": options.text("outcome")}, {"outcome": OUTCOME_KINDS[family]}
    for role, kind in (("weight", "not_negative"), ("offset", "number"), ("exposure", "positive")):
        column = options.maybe(role)
        if column is not None:
            roles[role], kinds[role] = column, kind
    if "exposure" in roles and family != "poisson":
        raise BadInput("an exposure belongs to a Poisson regression", where=study.name, mend="leave it out")
    twice = [name for name in features if name in roles.values()]
    if twice:
        raise BadInput(f"column '{twice[0]}' is a feature and something else", where=study.name)
    return Plan(tuple(features), roles, kinds)


def _refuse_outcomes(study: Study, family: str, agreed: Agreed) -> None:
    outcome, name = agreed.outcome, agreed.plan.roles["outcome"]
    if family == "poisson" and not outcome > 0:
        raise BadInput(f"'{name}' is 0 in every row of every hospital", where=study.name, mend="a rate needs events")
    if family == "logistic" and not 0 < outcome < agreed.weight:
        word = "1" if outcome > 0 else "0"
        raise BadInput(
            f"'{name}' is {word} in every row of every hospital", where=study.name, mend="check how it is coded"
        )
    if agreed.rows <= len(agreed.plan.names) + 1:
        raise BadInput(
            f"{agreed.rows} rows are too few for {len(agreed.plan.names) + 1} coefficients", where=study.name
        )


def _result(
    study: Study,
    family: str,
    agreed: Agreed,
    top: Top,
    null: float,
    penalty: Floats,
    names: tuple[str, ...],
    level: float,
    told: dict[str, Any],
) -> dict[str, Any]:
    inverse: Floats = np.linalg.inv(top.last.information + np.diag(penalty)).astype(np.float64)
    freedom: float | None = None
    extra: dict[str, Any] = {}
    value = top.log_likelihood
    if family == "linear":
        freedom = float(agreed.rows - len(names))
        squares, of_null = -2 * value, -2 * null
        variance = squares / freedom
        inverse = inverse * variance
        value, null = (_gaussian(one, agreed) for one in (squares, of_null))
        extra = {"residual_variance": variance, "degrees_of_freedom": freedom}
        extra["r_squared"] = 1 - squares / of_null if of_null > 0 else None
    beta, covariance = raw_scale(top.beta, inverse, agreed.plan, intercept=True)
    return {
        "method": study.method,
        **described(names, beta, covariance, level, freedom),
        "log_likelihood": value,
        "null_log_likelihood": null,
        "iterations": top.iterations,
        "events": None if family == "linear" else _whole(agreed.outcome),
        **extra,
        **told,
        **agreed.told(),
    }


def _whole(count: float) -> float | int:
    """Return a count as a whole number, where weights leave it one."""
    return int(count) if count.is_integer() else count


def _gaussian(squares: float, agreed: Agreed) -> float:
    """Return the log likelihood at the variance that is most likely."""
    count = agreed.rows
    return float((agreed.log_weight - count * (np.log(2 * np.pi) + 1 + np.log(squares / count))) / 2)
