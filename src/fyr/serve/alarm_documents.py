"""The whole life of notifications as the API says it: who was told, who acted, what they did and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from fyr.attention import AlarmEvent, AlarmEventKind, Policy, acm_phase
from fyr.clock import to_iso
from fyr.serve.alarm_log import AlarmsSince, RaisedAlarm
from fyr.serve.tiles import notification_document, suppressed_document

__all__ = ["BEDSIDE", "alarms_document", "raised_document"]

BEDSIDE: Final = "bedside staff"
"""Whom every notification goes to first; further roles are those of the policy's escalation."""

_Kind: Final = AlarmEventKind
_TELLS_THE_BEDSIDE: Final = frozenset({_Kind.RAISED, _Kind.RE_RAISED, _Kind.RESUMED, _Kind.RELEASED})
_DONE_BY_PEOPLE: Final = frozenset({_Kind.ACKNOWLEDGED, _Kind.PAUSED, _Kind.ACTED_ON})


def alarms_document(alarms: AlarmsSince, policy: Policy, bed: str) -> dict[str, Any]:
    """Return what was raised, what was held back and why, what could not be assessed; newest first."""
    return {
        "raised": [raised_document(alarm, policy, bed) for alarm in reversed(alarms.raised)],
        "suppressed": [suppressed_document(event, policy) for event in reversed(alarms.suppressed)],
        "not_assessable": [
            {
                "signal": stretch.signal,
                "start": to_iso(stretch.start_us),
                "end": None if stretch.end_us is None else to_iso(stretch.end_us),
            }
            for stretch in reversed(alarms.not_assessable)
        ],
    }


def raised_document(alarm: RaisedAlarm, policy: Policy, bed: str) -> dict[str, Any]:
    """Return a notification with all that happened to it, oldest first."""
    return {
        **notification_document(alarm.notification, bed, policy),
        "history": [_step(event) for event in alarm.history],
        "told": list(_told(alarm.history)),
        "done": [_done(event) for event in alarm.history if event.kind in _DONE_BY_PEOPLE],
    }


def _step(event: AlarmEvent) -> dict[str, Any]:
    phase = acm_phase(event)
    return {
        "time": to_iso(event.time_us),
        "kind": event.kind.value,
        "phase": phase.value if phase is not None else None,
        "by": event.by or None,
        "reason": event.reason or None,
        "to": event.detail.get("to") if "to" in event.detail else None,
        "until": _iso(event.detail.get("until_us")),
        "done_at": _iso(event.detail.get("done_us")),
    }


def _told(history: Sequence[AlarmEvent]) -> Iterator[dict[str, Any]]:
    """Say who heard of it when; a telling that the budget turned into a wait in the same instant is none."""
    for event, after in pairwise([*history, None]):
        if event is None:
            continue
        waits = after is not None and after.kind is _Kind.WAITING and after.time_us == event.time_us
        if event.kind is _Kind.ESCALATED:
            yield {"time": to_iso(event.time_us), "to": event.detail["to"], "why": event.reason or None}
        elif event.kind in _TELLS_THE_BEDSIDE and not waits:
            yield {"time": to_iso(event.time_us), "to": BEDSIDE, "why": event.reason or None}


def _done(event: AlarmEvent) -> dict[str, Any]:
    done_us = event.detail.get("done_us", event.time_us)
    return {
        "time": to_iso(event.time_us),
        "by": event.by,
        "kind": event.kind.value,
        "what": event.reason or None,
        "done_at": to_iso(done_us),
    }


def _iso(time_us: int | None) -> str | None:
    return None if time_us is None else to_iso(time_us)
