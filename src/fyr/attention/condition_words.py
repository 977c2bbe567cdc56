"""How a change of condition reads in the log: its evidence, and why nobody was told of it."""

from __future__ import annotations

from typing import Any

from fyr.attention.notification import Change, ConditionChange, Notification, NotificationState
from fyr.attention.policy import Rule, SignalPolicy
from fyr.clock import format_duration, to_iso

__all__ = ["already_standing", "did_not_last", "evidence_of", "implausible_values"]


def evidence_of(rule: Rule, change: ConditionChange) -> dict[str, Any]:
    """Return what a rule saw, and what it asks."""
    evidence: dict[str, Any] = {
        "signal": rule.signal,
        "value": change.value,
        "threshold": rule.threshold,
        "operator": rule.operator.value,
        "start_us": change.start_us,
    }
    if rule.readings:
        return {**evidence, "readings": int(change.amount), "asked_readings": rule.readings}
    return {**evidence, "duration_us": int(change.amount), "asked_us": rule.duration_us}


def did_not_last(rule: Rule, change: ConditionChange) -> str:
    """Say how long a deviation lasted, of how long it had to, and whether a gap cut it off."""
    lasted = f"{change.amount:g} readings" if rule.readings else format_duration(int(change.amount))
    asked = f"{rule.readings} readings" if rule.readings else format_duration(rule.duration_us)
    cut = ", then a gap" if change.change is Change.INTERRUPTED else ""
    return f"did not last: {lasted} of {asked}{cut}"


def already_standing(existing: Notification, *, returned: bool) -> str:
    """Say why an onset is not raised whose notification stands already."""
    if existing.state is NotificationState.PAUSED and existing.paused_until_us is not None:
        return f"paused by {existing.by} until {to_iso(existing.paused_until_us)}"
    if returned:
        return f"came back while its notification is still {existing.state}"
    return f"not cleared since {to_iso(existing.raised_at_us)}; its notification is {existing.state}"


def implausible_values(signal: SignalPolicy, change: ConditionChange) -> tuple[str, dict[str, Any]]:
    """Say which values were not used, and why; return the reason and the evidence."""
    reason = f"implausible: outside {signal.plausible_low:g} to {signal.plausible_high:g}"
    return reason, {
        "signal": change.subject,
        "value": change.value,
        "samples": int(change.amount),
        "start_us": change.start_us,
    }
