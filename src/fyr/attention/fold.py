"""Notifications as a fold over alarm events: how a board is rebuilt from the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from fyr.attention.notification import (
    AlarmEvent,
    AlarmEventKind,
    Notification,
    NotificationKind,
    NotificationState,
    Priority,
)

__all__ = ["apply_event"]

_Kind: Final = AlarmEventKind
_State: Final = NotificationState


def apply_event(live: dict[str, Notification], event: AlarmEvent) -> None:
    """Fold one event into the live notifications, which are kept by their subject."""
    kind, time_us = event.kind, event.time_us
    if kind is _Kind.RAISED:
        live[event.subject] = _raised(event)
        return
    if kind in (_Kind.ASSESSABLE, _Kind.NOT_ASSESSABLE):
        _mark_assessable(live, event.subject, assessable=kind is _Kind.ASSESSABLE)
        return
    notification = live.get(event.subject)
    if notification is not None and kind is _Kind.ONSET:
        live[event.subject] = replace(notification, condition_present=True)
        return
    if notification is None or event.notification != notification.id:
        return
    if kind is _Kind.CLEARED:
        del live[event.subject]
    elif kind in _AFTER:
        live[event.subject] = replace(notification, changed_at_us=time_us, **_AFTER[kind](notification, event))


def _told_anew(_: Notification, event: AlarmEvent) -> dict[str, Any]:
    return {
        "state": _State.RAISED,
        "unanswered_since_us": event.time_us,
        "by": "",
        "paused_until_us": None,
        "escalated_to": "",
        "escalation_step": 0,
    }


def _latched(notification: Notification, event: AlarmEvent) -> dict[str, Any]:
    since_us = event.time_us if notification.state is _State.WAITING else notification.unanswered_since_us
    return {"state": _State.LATCHED, "condition_present": False, "unanswered_since_us": since_us}


def _escalated(notification: Notification, event: AlarmEvent) -> dict[str, Any]:
    return {
        "state": _State.ESCALATED if notification.state is _State.RAISED else notification.state,
        "escalated_to": event.detail["to"],
        "escalation_step": event.detail["step"],
    }


def _de_escalated(notification: Notification, event: AlarmEvent) -> dict[str, Any]:
    is_back_at_the_bedside = notification.state is _State.ESCALATED and event.detail["step"] == 0
    return {
        "state": _State.RAISED if is_back_at_the_bedside else notification.state,
        "unanswered_since_us": event.time_us,
        "escalated_to": event.detail["to"],
        "escalation_step": event.detail["step"],
    }


def _acknowledged(_: Notification, event: AlarmEvent) -> dict[str, Any]:
    return {"state": _State.ACKNOWLEDGED, "by": event.by, "paused_until_us": None}


def _paused(_: Notification, event: AlarmEvent) -> dict[str, Any]:
    return {"state": _State.PAUSED, "by": event.by, "paused_until_us": event.detail["until_us"]}


_AFTER: Final[dict[AlarmEventKind, Callable[[Notification, AlarmEvent], dict[str, Any]]]] = {
    _Kind.ACKNOWLEDGED: _acknowledged,
    _Kind.ACTED_ON: lambda _, __: {},
    _Kind.PAUSED: _paused,
    _Kind.RESUMED: _told_anew,
    _Kind.RE_RAISED: _told_anew,
    _Kind.RELEASED: _told_anew,
    _Kind.WAITING: lambda _, __: {"state": _State.WAITING},
    _Kind.LATCHED: _latched,
    _Kind.ESCALATED: _escalated,
    _Kind.DE_ESCALATED: _de_escalated,
}
"""What of a notification is another after an event; beside the time of its last change."""


def _raised(event: AlarmEvent) -> Notification:
    detail = dict(event.detail)
    if event.notification is None:
        raise ValueError("a raised event names its notification")
    return Notification(
        id=event.notification,
        patient=event.patient,
        subject=event.subject,
        title=detail.pop("title"),
        kind=NotificationKind(detail.pop("kind")),
        priority=Priority(detail.pop("priority")),
        tier=detail.pop("tier", "rules"),
        state=_State.RAISED,
        raised_at_us=event.time_us,
        changed_at_us=event.time_us,
        unanswered_since_us=event.time_us,
        evidence=detail,
    )


def _mark_assessable(live: dict[str, Notification], signal: str, *, assessable: bool) -> None:
    for subject, notification in live.items():
        if notification.kind is NotificationKind.PHYSIOLOGICAL and notification.evidence.get("signal") == signal:
            live[subject] = replace(notification, assessable=assessable)
