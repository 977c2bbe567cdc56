"""What may be changed of a policy for one patient: a limit, whether a rule speaks at all, the oxygen scale of NEWS2."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from fyr.attention.policy import Policy, Rule, ScorePolicy, Tier, rule_key
from fyr.attention.strict_yaml import did_you_mean
from fyr.errors import BadInput

__all__ = [
    "SAFETY_BOUNDS",
    "Limit",
    "OxygenScale",
    "PolicyChange",
    "TurnOff",
    "change_from_dict",
    "changed_policy",
    "safety_bound",
]

SAFETY_BOUNDS: Final[Mapping[tuple[str, str], float]] = {
    ("spo2", "low"): 80,
    ("respiratory_rate", "low"): 5,
    ("respiratory_rate", "high"): 36,
    ("heart_rate", "low"): 30,
    ("heart_rate", "high"): 140,
    ("systolic_bp", "low"): 70,
    ("systolic_bp", "high"): 220,
}
"""How far the threshold of a safety rule may be loosened for a patient, and no further.

That there are bounds, and which, is Fyr's own choice. The numbers are the outermost criteria of Haahr-Raunkjær 2022
(Table 2), but for fast breathing and fast heart rate, where those would leave no room: 36 and 140 are Fyr's own,
from no source. A safety rule about any other signal cannot be loosened.
"""

_SCALE_INPUT: Final = "spo2_scale"


@dataclass(frozen=True, slots=True)
class Limit:
    """Another threshold for a rule, named by its key in the ward's policy.

    Parameters
    ----------
    rule : str
    threshold : float
        In the signal's unit.
    clear : float or None
        The clearing limit; ``None``: as far from the threshold as it was.
    """

    rule: str
    threshold: float
    clear: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :func:`change_from_dict` reads it back."""
        clear = {} if self.clear is None else {"clear": self.clear}
        return {"rule": self.rule, "threshold": self.threshold, **clear}


@dataclass(frozen=True, slots=True)
class TurnOff:
    """A rule that does not speak for this patient; never a safety rule."""

    rule: str

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :func:`change_from_dict` reads it back."""
        return {"rule": self.rule, "silent": True}


@dataclass(frozen=True, slots=True)
class OxygenScale:
    """The SpO2 scale that NEWS2 uses: 1, or 2 where a clinician has set a target of 88 to 92 % (RCP 2017)."""

    scale: int

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :func:`change_from_dict` reads it back."""
        return {_SCALE_INPUT: self.scale}


PolicyChange = Limit | TurnOff | OxygenScale


def change_from_dict(document: Mapping[str, Any]) -> PolicyChange:
    """Read ``{rule, threshold[, clear]}``, ``{rule, silent: true}`` or ``{spo2_scale: 2}``.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    numbers = {key: _number(key, document[key]) for key in ("threshold", "clear") if key in document}
    match sorted(document):
        case ["rule", "threshold"] | ["clear", "rule", "threshold"]:
            return Limit(str(document["rule"]), **numbers)
        case ["rule", "silent"] if document["silent"] is True:
            return TurnOff(str(document["rule"]))
        case ["spo2_scale"] if document[_SCALE_INPUT] in (1, 2) and not isinstance(document[_SCALE_INPUT], bool):
            return OxygenScale(int(document[_SCALE_INPUT]))
    raise ValueError(
        f"{dict(document)} is no change; write rule with threshold (and clear), rule with silent: true, "
        "or spo2_scale: 1 or 2"
    )


def changed_policy(policy: Policy, changes: Iterable[PolicyChange]) -> Policy:
    """Return the policy with changes made; of several about one thing, the last holds.

    The keys of the changed rules say their new thresholds; the digest is another, and the same for the same changes.

    Raises
    ------
    BadInput
        If a change is about something that the policy does not have, its limit could never be reached or never clears,
        or it goes further with a safety rule than :data:`SAFETY_BOUNDS` allow.
    """
    of_rules: dict[str, Rule | None] = {}
    scores, scale = policy.scores, None
    for change in changes:
        if isinstance(change, OxygenScale):
            scores, scale = _with_scale(policy, change), change.scale
            continue
        rule = _rule(policy, change.rule)
        if isinstance(change, TurnOff) and rule.tier is Tier.SAFETY:
            raise BadInput(
                f"{rule.key} is a safety rule and cannot be turned off", mend="loosen it within its bound, or leave it"
            )
        of_rules[rule.key] = _with_limit(policy, rule, change) if isinstance(change, Limit) else None
    if not of_rules and scale is None:
        return policy
    rules = tuple(now for rule in policy.rules if (now := of_rules.get(rule.key, rule)) is not None)
    for number, rule in enumerate(rules):
        if any(other.key == rule.key for other in rules[:number]):
            raise BadInput(
                f"with these limits the rule {rule.key} would stand twice", mend="turn one of the two off instead"
            )
    if not rules:
        raise BadInput("no rule would be left", mend="end the monitoring instead")
    content = orjson.dumps([policy.digest, of_rules, scale], option=orjson.OPT_SORT_KEYS)
    return replace(policy, rules=rules, scores=scores, digest=hashlib.sha256(content).hexdigest())


def safety_bound(rule: Rule) -> float:
    """Return the loosest threshold that a safety rule may have for a patient: its own where no bound is known."""
    bound = SAFETY_BOUNDS.get((rule.signal, "low" if rule.operator.looks_down else "high"), rule.threshold)
    return min(bound, rule.threshold) if rule.operator.looks_down else max(bound, rule.threshold)


def _rule(policy: Policy, key: str) -> Rule:
    rule = policy.rules_by_key.get(key)
    if rule is None:
        known = list(policy.rules_by_key)
        raise BadInput(
            f"the policy {policy.name} has no rule '{key}'{did_you_mean(key, known)}",
            mend=f"use one of {', '.join(known)}",
        )
    return rule


def _with_limit(policy: Policy, rule: Rule, change: Limit) -> Rule:
    signal, down = policy.signals[rule.signal], rule.operator.looks_down
    threshold = float(change.threshold)
    low, high = signal.plausible_low, signal.plausible_high
    if not (math.isfinite(threshold) and low < threshold < high):
        raise BadInput(
            f"{rule.key}: a limit of {threshold:g} makes no sense, {rule.signal} is plausible from {low:g} to {high:g}",
            mend="give a limit between them, or turn the rule off",
        )
    _check_safety(rule, threshold)
    clear = threshold + (rule.clear_threshold - rule.threshold) if change.clear is None else float(change.clear)
    if not low <= clear <= high or (clear < threshold if down else clear > threshold):
        raise BadInput(
            f"{rule.key}: with a limit of {threshold:g} it could not clear at {clear:g}",
            mend=f"give a clearing limit from {threshold:g} to {high if down else low:g}",
        )
    key = rule_key(signal.abbreviation, rule.operator, threshold, rule.duration_us, rule.readings)
    return replace(rule, key=key, threshold=threshold, clear_threshold=clear)


def _check_safety(rule: Rule, threshold: float) -> None:
    down = rule.operator.looks_down
    is_looser = threshold < rule.threshold if down else threshold > rule.threshold
    if rule.tier is not Tier.SAFETY or not is_looser:
        return
    bound = SAFETY_BOUNDS.get((rule.signal, "low" if down else "high"))
    if bound is None or (threshold < bound if down else threshold > bound):
        allowed = "not at all" if bound is None else f"no further than {bound:g}"
        raise BadInput(
            f"{rule.key} is a safety rule and may be loosened {allowed}, not to {threshold:g}",
            mend="keep it, or stay within the bound",
        )


def _with_scale(policy: Policy, change: OxygenScale) -> dict[str, ScorePolicy]:
    scores = dict(policy.scores)
    asking = [name for name, score in scores.items() if _SCALE_INPUT in score.inputs]
    if not asking:
        raise BadInput(
            f"no score of the policy {policy.name} asks for the SpO2 scale",
            mend="leave it out, or use a policy with NEWS2",
        )
    for name in asking:
        # What was set for this patient holds, whatever was recorded before: the score asks nobody else for it.
        entry = replace(
            scores[name].inputs[_SCALE_INPUT],
            source=f"{_SCALE_INPUT} set for this patient",
            unless_recorded=change.scale,
        )
        scores[name] = replace(scores[name], inputs={**scores[name].inputs, _SCALE_INPUT: entry})
    return scores


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} {value!r} is not a number")  # noqa: TRY004  its reader turns it into one line
    return float(value)
