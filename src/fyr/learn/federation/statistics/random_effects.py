"""Where hospitals truly differ: each fits for itself, and their estimates are pooled as draws from a distribution.

The between-hospital variance tau2 after DerSimonian and Laird 1986 (Controlled Clin Trials 7:177) or by restricted
maximum likelihood with Fisher's scoring (Viechtbauer 2005, J Educ Behav Stat 30:261); the interval of the mean after
Hartung and Knapp (2001, Stat Med 20:3875); I2 after Higgins and Thompson 2002 (Stat Med 21:1539, eq. 9 and 10); the
prediction interval of a further hospital after Higgins, Thompson and Spiegelhalter 2009 (J R Stat Soc A 172:137, eq.
12).

With weights ``w = 1 / (v + tau2)`` every one of them is made of sums over hospitals of ``w``, ``w^2``, ``w^3`` and of
these times the estimate and its square. So where sums are masked nobody learns a hospital's own estimate (unmasked,
it can be read from them). The centre moves round by round, so that no digits are lost.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import FyrError, Refused
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.coefficients import INTERCEPT, raw_scale, refuse_collinear
from fyr.learn.federation.statistics.cox_kernel import cox_likelihood, risk_sets
from fyr.learn.federation.statistics.families import likelihood
from fyr.learn.federation.statistics.newton import Top, climb_here
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan, Rows, read_rows
from fyr.learn.federation.statistics.preparation import agree
from fyr.learn.federation.statistics.separation import is_flat
from fyr.learn.federation.study import Study

__all__ = ["POOL_OPTIONS", "estimates_step", "pool_moments", "pool_random", "pooled", "weighted_moments"]

Floats = NDArray[np.float64]

POOL_OPTIONS: Final = ("pool", "between", "interval")
"""``pool`` (``exact`` or ``random``), ``between`` (``reml`` or ``dersimonian_laird``), ``interval`` (``hartung_knapp``
or ``normal``)."""

_ROUNDS = 100
_ENOUGH = 1e-10


class _CannotBeFitted(FyrError):
    """This hospital's rows alone do not settle the model; said, not failed."""


def pool_random(study: Study, options: Options, draft: Plan, model: str, level: float, ties: str = "efron") -> Rounds:
    """Return the rounds of a pooled fit; `model` is a family, or ``cox``."""
    between = options.choice("between", ("reml", "dersimonian_laird"))
    interval = options.choice("interval", ("hartung_knapp", "normal"))
    agreed = yield from agree(study, options, draft)
    names = agreed.plan.names if model == "cox" else (INTERCEPT, *agreed.plan.names)
    ask = {"plan": agreed.plan.payload(), "model": model, "ties": ties}
    found, answers, rounds = yield from pool_moments(study, ask, len(names), between, level, interval)
    why = answers.each("cannot")
    by_name = {
        key: {name: found[key][place] for place, name in enumerate(names)} for key in found if key != "sites_pooled"
    }
    return {
        "method": study.method,
        "pool": "random",
        "between": between,
        "interval": interval,
        "confidence_level": level,
        **by_name,
        "sites_pooled": found["sites_pooled"],
        "sites_not_pooled": {site: reason for site, reason in why.items() if reason},
        "iterations": rounds,
        **agreed.told(),
    }


def estimates_step(table: SiteTable, values: Payload) -> Answer:
    """Fit this hospital's rows alone; answer with its part of the sums, or with nothing and the reason."""
    plan, width = Plan.of(values["plan"]), len(values["tau2"])
    rows = read_rows(table, plan)
    try:
        beta, variance = _fit_here(rows, plan, str(values["model"]), str(values["ties"]))
    except _CannotBeFitted as problem:
        return Answer(weighted_moments(np.zeros((0, width)), np.zeros((0, width)), values["tau2"], values["centre"]),
                      {"cannot": problem.what})  # fmt: skip
    return Answer(weighted_moments(beta[None], variance[None], values["tau2"], values["centre"]), {"cannot": ""})


def weighted_moments(estimates: Floats, variances: Floats, tau2: Floats, centre: Floats) -> dict[str, Floats]:
    """Return the sums that pooling needs.

    Parameters
    ----------
    estimates, variances : ndarray of float64, shape (hospitals, coefficients)
    tau2, centre : ndarray of float64, shape (coefficients,)
    """
    weight, fixed, away = 1.0 / (variances + tau2), 1.0 / variances, estimates - centre
    return {
        "count": np.array([float(len(estimates))]),
        "weights": np.stack([(weight**power).sum(axis=0) for power in (1, 2, 3)]),
        "estimates": np.stack([(weight**power * away).sum(axis=0) for power in (1, 2)]),
        "squares": np.stack([(weight**power * away**2).sum(axis=0) for power in (1, 2)]),
        "fixed": np.stack([fixed.sum(axis=0), (fixed**2).sum(axis=0), (fixed * away).sum(axis=0),
                           (fixed * away**2).sum(axis=0)]),
    }  # fmt: skip


def pool_moments(
    study: Study, ask: dict[str, Any], width: int, between: str, level: float, interval: str
) -> Generator[Question, Answers, tuple[dict[str, Any], Answers, int]]:
    """Ask for the sums until tau2 has settled.

    Raises
    ------
    Refused
        If fewer than two hospitals could fit the model, or tau2 does not settle.
    """
    tau2, centre = np.zeros(width), np.zeros(width)

    def question() -> Question:
        return Question("site_estimates", {**ask, "tau2": tau2, "centre": centre})

    answers = yield question()
    count = round(float(answers.total("count")[0]))
    if count < 2:
        why = "; ".join(f"{site}: {reason}" for site, reason in answers.each("cannot").items() if reason)
        raise Refused(f"{count} of the hospitals could fit the model alone ({why})", where=study.name)
    centre = answers.total("fixed")[2] / answers.total("fixed")[0]
    answers = yield question()
    tau2 = _dersimonian_laird(answers)
    for number in range(3, _ROUNDS):
        answers = yield question()
        rounds = number
        if between == "dersimonian_laird":
            break
        moved = np.maximum(0.0, tau2 + _scoring(answers))
        if bool((np.abs(moved - tau2) <= _ENOUGH * (1e-6 + tau2)).all()):
            break
        tau2 = moved
        centre = centre + answers.total("estimates")[0] / answers.total("weights")[0]
    else:
        raise Refused("the variance between hospitals does not settle", where=study.name, mend="use dersimonian_laird")
    return pooled(answers, tau2, centre, level, interval), answers, rounds


def pooled(answers: Answers, tau2: Floats, centre: Floats, level: float, interval: str) -> dict[str, Any]:
    """Return the pooled estimates of the sums at `tau2` and `centre`; lists in the order of the coefficients."""
    from scipy.stats import chi2, norm, t

    count = round(float(answers.total("count")[0]))
    w1, first, second = (answers.total(one)[0] for one in ("weights", "estimates", "squares"))
    fixed, fixed_two, fixed_first, fixed_second = answers.total("fixed")
    move = first / w1
    mean, plain = centre + move, 1.0 / np.sqrt(w1)
    if interval == "hartung_knapp":
        error = np.sqrt(np.maximum(second - w1 * move**2, 0.0) / ((count - 1) * w1))
        far = float(t(count - 1).ppf((1 + level) / 2))
    else:
        error, far = plain, float(norm.ppf((1 + level) / 2))
    q = np.maximum(fixed_second - fixed_first**2 / fixed, 0.0)
    typical = (count - 1) * fixed / (fixed**2 - fixed_two)
    wide = float(t(count - 2).ppf((1 + level) / 2)) * np.sqrt(tau2 + plain**2) if count > 2 else None
    return {
        "coefficients": mean.tolist(),
        "standard_errors": error.tolist(),
        "confidence_intervals": np.stack([mean - far * error, mean + far * error], axis=1).tolist(),
        "prediction_intervals": [None] * len(mean)
        if wide is None
        else np.stack([mean - wide, mean + wide], axis=1).tolist(),
        "tau2": tau2.tolist(),
        "i2": (tau2 / (tau2 + typical)).tolist(),
        "q": q.tolist(),
        "q_p_values": chi2.sf(q, count - 1).tolist(),
        "sites_pooled": count,
    }


def _dersimonian_laird(answers: Answers) -> Floats:
    count = float(answers.total("count")[0])
    fixed, two, first, second = answers.total("fixed")
    q = second - first**2 / fixed
    found: Floats = np.maximum(0.0, (q - (count - 1)) / (fixed - two / fixed))
    return found


def _scoring(answers: Answers) -> Floats:
    """Return the step of Fisher's scoring on tau2 (Viechtbauer 2005, with P = W - W 1 (1'W1)^-1 1'W)."""
    w1, w2, w3 = answers.total("weights")
    move = answers.total("estimates")[0] / w1
    squares = answers.total("squares")[1] - 2 * move * answers.total("estimates")[1] + move**2 * w2
    step: Floats = (squares - (w1 - w2 / w1)) / (w2 - 2 * w3 / w1 + (w2 / w1) ** 2)
    return step


def _fit_here(rows: Rows, plan: Plan, model: str, ties: str) -> tuple[Floats, Floats]:
    width = len(plan.names)
    if rows.count <= width + 1:
        raise _CannotBeFitted(f"too few rows ({rows.count}) for {width + 1} coefficients")
    if model == "cox":
        sets = risk_sets(rows, ties)
        if sets is None:
            raise _CannotBeFitted("no event")
        top = climb_here(lambda beta: cox_likelihood(sets, beta), np.zeros(width), np.zeros(width))
    else:
        outcome, weight = rows.role["outcome"], rows.weight
        if model != "linear" and (not outcome.any() or (model == "logistic" and bool(outcome.all()))):
            raise _CannotBeFitted("the outcome has one value")
        design = rows.with_intercept
        start = np.zeros(width + 1)
        if model == "poisson":
            start[0] = np.log(weight @ outcome / (weight @ np.exp(rows.offset)))
        top = climb_here(
            lambda beta: likelihood(model, design, outcome, weight, rows.offset, beta), start, np.zeros(width + 1)
        )
    names = plan.names if model == "cox" else (INTERCEPT, *plan.names)
    return _settled(rows, plan, model, top, names)


def _settled(rows: Rows, plan: Plan, model: str, top: Top, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    try:
        refuse_collinear(top.start.information, names, "")
    except FyrError:
        raise _CannotBeFitted("a column has one value here, or is a combination of others") from None
    if not top.settled or is_flat(top):
        raise _CannotBeFitted("columns set the outcomes apart")
    covariance = np.linalg.inv(top.last.information).astype(np.float64)
    if model == "linear":
        covariance = covariance * (-2 * top.log_likelihood) / (rows.count - len(names))
    beta, raw = raw_scale(top.beta, covariance, plan, intercept=model != "cox")
    return beta, np.diag(raw).astype(np.float64)
