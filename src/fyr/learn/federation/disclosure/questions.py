"""Whether a question is one that the approved study could put: a coordinator may ask that, and nothing else.

What a study's method asks is known at every hospital, for the method is installed there. So a question must be of one
of the method's steps, about the study's own columns in their own roles, and with the study's own settings. Where the
coordinator is free (coefficients, means, cuts that close in on a quantile) the rules bound what it may choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import Refused
from fyr.learn.federation.disclosure.ledger import Ledger
from fyr.learn.federation.disclosure.rules import Rules
from fyr.learn.federation.message import Payload
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.study import Study

__all__ = ["STEPS_OF", "check_question", "check_weights"]

_AGREE: Final = ("columns", "categories", "moments")
_GLM: Final = (*_AGREE, "glm", "glm_separation", "site_estimates")
_NETWORK: Final = ("network_columns", "network_change")

STEPS_OF: Final[dict[str, tuple[str, ...]]] = {
    "linear": _GLM,
    "logistic": _GLM,
    "poisson": _GLM,
    "descriptive": ("columns", "describe", "histogram"),
    "kaplan_meier": (*_AGREE, "survival_counts"),
    "log_rank": (*_AGREE, "log_rank"),
    "calibration": (*_AGREE, "glm", "glm_separation", "risk_bins"),
    "decision_curve": (*_AGREE, "risk_bins"),
    "discrimination": (*_AGREE, "rank_pairs", "risk_bins"),
    "cox": (*_AGREE, "cox", "cox_separation", "cox_folds", "cox_fold_scores", "site_estimates"),
    "private-logistic": ("private-logistic",),
    "boosting": ("boosting_outcome", "boosting_cells", "boosting_histograms"),
    "fedadagrad": _NETWORK,
    "fedadam": _NETWORK,
    "fedavg": _NETWORK,
    "fedprox": _NETWORK,
    "fedyogi": _NETWORK,
}
"""Which steps a method asks for; :data:`fyr.learn.federation.methods.METHODS` has the same keys."""

_SEPARATION: Final = ("glm_separation", "cox_separation")
_MOST_DIRECTIONS: Final = 8
"""How many directions of one study are tried. Each answer is a count of rows beyond a plane of the coordinator's
choice, so many of them are a search for a single value."""


def check_question(
    study: Study, number: int, step: str, values: Payload, rules: Rules, ledger: Ledger, site: str
) -> None:
    """Refuse a question that the approved study's method would not ask.

    Parameters
    ----------
    study : Study
    number : int
        The round.
    step : str
    values : mapping
        The question's, without what it says of masks.
    rules : Rules
    ledger : Ledger
    site : str

    Raises
    ------
    Refused
    """
    if study.method not in STEPS_OF:
        return
    if step not in STEPS_OF[study.method]:
        raise Refused(f"the step '{step}' is no part of the method '{study.method}'", where=site, mend=_APPROVED)
    first = method(study.method)(study)
    try:
        usual = next(first).values
    finally:
        first.close()
    least = values.get("minimum")
    if least is not None and not float(least) >= rules.minimum_count:
        raise Refused(
            f"counts and names of groups from {float(least):g} patients up are asked for, and {rules.minimum_count} is "
            "the fewest here",
            where=site,
            mend=f"set the study's option minimum_count to {rules.minimum_count}",
        )
    for name, value in usual.items():
        if name not in ("plan", "minimum", "beta") and name in values and not _same(values[name], value):
            raise Refused(f"'{name}' is not as the approved study has it", where=site, mend=_APPROVED)
    if "plan" in usual and "plan" in values:
        _check_plan(usual["plan"], values["plan"], site)
    _check_left_out(study, values, rules, site)
    if "names" in values or "numbers" in values or "levels" in values:
        named = {*values.get("names", ()), *values.get("numbers", ()), *values.get("levels", {})}
        _check_columns(named, usual["plan"], site)
    _check_choices(study, number, step, values, ledger, site)


def _check_choices(study: Study, number: int, step: str, values: Payload, ledger: Ledger, site: str) -> None:
    """Refuse cuts, folds and directions that the method would not choose."""
    if step == "survival_counts" and not set(_floats(values["cuts"])) <= set(_floats(study.options.get("times", ()))):
        raise Refused("the cuts of time are not those of the approved study", where=site, mend=_APPROVED)
    if step.startswith("cox_fold"):
        options = study.options
        if "l2_candidates" not in options or (values["folds"], values["seed"]) != (
            options.get("folds", 5), options.get("seed", 1)
        ):  # fmt: skip
            raise Refused("the folds are not those of the approved study", where=site, mend=_APPROVED)
    if step in _SEPARATION:
        same = study.digest
        tried = {one.round for one in ledger.entries() if one.study == same and one.step == step and one.of is None}
        if len(tried - {number}) >= _MOST_DIRECTIONS:
            raise Refused(f"more than {_MOST_DIRECTIONS} directions are not tried for one study", where=site)


def check_weights(answer: Answer, rules: Rules, site: str) -> None:
    """Refuse weighted sums in which few patients count.

    Coefficients can be chosen so that the weights of all but one patient vanish, and the sum is that patient. How many
    patients count is ``(sum w)^2 / sum w^2`` (Kish 1965, *Survey Sampling*); it must not fall below the minimum and
    half of what it is without coefficients.

    Raises
    ------
    Refused
    """
    if not rules.meter:
        return
    for there, at_start in answer.weights.values():
        count = _counting(there)
        if count < rules.minimum_count and count < _counting(at_start) / 2:
            raise Refused(
                f"at these coefficients the sums would be of hardly more than {max(1, round(count))} of the patients",
                where=site,
                mend="where the study is an honest one, its columns set the outcomes apart: leave one out, or set l2",
            )


def _counting(weights: NDArray[np.float64]) -> float:
    there = weights[np.isfinite(weights) & (weights > 0)]
    if not len(there):
        return 0.0
    shares = there / there.max()  # squares of tiny weights would underflow
    return float(shares.sum() ** 2 / (shares**2).sum())


_APPROVED: Final = "ask what was approved, or have another study approved"


def _check_plan(usual: Mapping[str, Any], plan: Mapping[str, Any], site: str) -> None:
    named = {*plan["features"], *plan["strata"]}
    _check_columns(named | set(plan["levels"]), usual, site)
    roles = dict(usual["roles"])
    for role, column in dict(plan["roles"]).items():
        # A calibration goes on with its one feature as the offset.
        offset = role == "offset" and role not in roles and column in usual["features"]
        if roles.get(role) != column and not offset:
            raise Refused(f"'{column}' is not the {role} of the approved study", where=site, mend=_APPROVED)
        if role in roles and plan["kinds"].get(role) != usual["kinds"].get(role):
            raise Refused(f"the {role} is read in another way than approved", where=site, mend=_APPROVED)
    if not set(plan["log_odds"]) <= set(usual["log_odds"]):
        raise Refused("a column is read in another way than approved", where=site, mend=_APPROVED)


def _check_columns(named: set[str], plan: Mapping[str, Any], site: str) -> None:
    strange = sorted(named - {*plan["features"], *plan["strata"], *plan["roles"].values()})
    if strange:
        raise Refused(f"the column '{strange[0]}' is no part of the approved study", where=site, mend=_APPROVED)


def _check_left_out(study: Study, values: Payload, rules: Rules, site: str) -> None:
    """Refuse a total without hospitals that the study does not let be left out, or of too few others."""
    plan = values.get("plan", {})
    out = {*values.get("left_out", ()), *plan.get("left_out", ())} & set(study.sites)
    if not out or not rules.meter:
        return
    allowed = "leave_out" in (study.options.get("on_mismatch"), study.options.get("small_hospitals"))
    if not allowed:
        raise Refused(
            f"{', '.join(sorted(out))} would be left out, which the approved study does not provide for", where=site
        )
    if rules.masks(len(study.sites)) and len(study.sites) - len(out) < 3 and site not in out:
        raise Refused("fewer than three hospitals would remain under masks", where=site, mend="mend the one left out")


def _floats(several: Any) -> list[float]:
    return [float(one) for one in several]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        left: NDArray[Any] = np.asarray(one)
        return left.shape == np.asarray(other).shape and bool((left == np.asarray(other)).all())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
