"""A patient's own limits: from what people set and ended to what the page shows, and back from what it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.attention import Override, Policy, PolicyChange, Revocation, Rule, Tier, change_from_dict, safety_bound
from fyr.clock import to_iso
from fyr.errors import BadInput
from fyr.record import SIGNALS, PatientId
from fyr.serve.limit_documents import LimitChangeRequest

__all__ = ["PatientLimits", "change_asked_for", "override_document", "overrides_document"]

_SCALE_INPUT: Final = "spo2_scale"


@dataclass(frozen=True, slots=True)
class PatientLimits:
    """What is known of a patient's own limits at a time.

    Parameters
    ----------
    patient : PatientId
    ward, own : Policy
        The ward's policy, and the patient's.
    holding : tuple of Override
        What holds, set by people or selected by findings.
    events : tuple of Override or Revocation
        What people set and ended, in that order.
    """

    patient: PatientId
    ward: Policy
    own: Policy
    holding: tuple[Override, ...]
    events: tuple[Override | Revocation, ...]


def change_asked_for(wanted: LimitChangeRequest) -> PolicyChange:
    """Read one change that a person asks for.

    Raises
    ------
    BadInput
        If it is none, or several in one.
    """
    given = {name: value for name, value in wanted.model_dump().items() if value is not None}
    try:
        return change_from_dict(given)
    except ValueError as problem:
        raise BadInput(
            str(problem), where="changes", mend="give rule and threshold, rule and silent, or spo2_scale"
        ) from None


def overrides_document(limits: PatientLimits) -> dict[str, Any]:
    """Return the patient's own limits, newest first, and what may be changed."""
    holding = {one.id for one in limits.holding}
    by_people = [one for one in reversed(limits.events) if isinstance(one, Override)]
    selected = [one for one in limits.holding if one.by_policy]
    return {
        "patient": str(limits.patient),
        "own": limits.own.digest != limits.ward.digest,
        "policy_digest": limits.own.digest,
        "ward_policy_digest": limits.ward.digest,
        "in_force": [
            override_document(one, limits.events, limits.ward, holds=True)
            for one in (*selected, *by_people)
            if one.id in holding
        ],
        "ended": [
            override_document(one, limits.events, limits.ward, holds=False)
            for one in by_people
            if one.id not in holding
        ],
        "rules": [_ward_rule(rule, limits.ward) for rule in limits.ward.rules],
        "spo2_scale": any(_SCALE_INPUT in score.inputs for score in limits.ward.scores.values()),
    }


def override_document(
    override: Override, events: Sequence[Override | Revocation], ward: Policy, *, holds: bool
) -> dict[str, Any]:
    """Return one override, with how it ended if it did."""
    revocation = next((one for one in events if isinstance(one, Revocation) and one.override == override.id), None)
    ended_us = None if holds else override.until_us
    if revocation is not None and not holds:
        ended_us = revocation.time_us
    return {
        "id": override.id,
        "patient": str(override.patient),
        "by": override.person,
        "by_policy": override.by_policy,
        "reason": override.reason,
        "changes": [_change(change, ward) for change in override.changes],
        "set_at": to_iso(override.time_us),
        "until": None if override.until_us is None else to_iso(override.until_us),
        "in_force": holds,
        "ended_at": None if ended_us is None else to_iso(ended_us),
        "ended_by": revocation.person if revocation is not None else None,
        "ended_why": revocation.reason if revocation is not None else None,
    }


def _change(change: PolicyChange, ward: Policy) -> dict[str, Any]:
    said = change.as_dict()
    rule = ward.rules_by_key.get(str(said.get("rule")))
    if rule is None:
        return said
    return {
        **said,
        "title": rule.title,
        "signal": rule.signal,
        "unit": _unit(rule.signal),
        "ward_threshold": rule.threshold,
    }


def _ward_rule(rule: Rule, ward: Policy) -> dict[str, Any]:
    signal = ward.signals[rule.signal]
    is_safety = rule.tier is Tier.SAFETY
    return {
        "rule": rule.key,
        "title": rule.title,
        "signal": rule.signal,
        "unit": _unit(rule.signal),
        "op": rule.operator.value,
        "threshold": rule.threshold,
        "clear": rule.clear_threshold,
        "priority": rule.priority.value,
        "tier": rule.tier.value,
        "plausible_low": signal.plausible_low,
        "plausible_high": signal.plausible_high,
        "loosest": safety_bound(rule) if is_safety else None,
        "may_be_off": not is_safety,
    }


def _unit(signal: str) -> str | None:
    known = SIGNALS.get(signal)
    return known.unit if known is not None else None
