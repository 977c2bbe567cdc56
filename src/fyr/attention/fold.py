"""Notifications as a fold over alarm events: how a board is rebuilt from the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

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
    elif kind is _Kind.ACKNOWLEDGED:
        live[event.subject] = replace(notification, state=_State.ACKNOWLEDGED, changed_at_us=time_us, by=event.by)
    elif kind is _Kind.PAUSED:
        live[event.subject] = replace(
            notification,
            state=_State.PAUSED,
            changed_at_us=time_us,
            by=event.by,
            paused_until_us=event.detail["until_us"],
        )
    elif kind is _Kind.RESUMED:
        live[event.subject] = replace(
            notification,
            state=_State.RAISED,
            changed_at_us=time_us,
            unanswered_since_us=time_us,
            by="",
            paused_until_us=None,
            escalation_step=0,
        )
    elif kind is _Kind.LATCHED:
        live[event.subject] = replace(
            notification, state=_State.LATCHED, changed_at_us=time_us, condition_present=False
        )
    elif kind is _Kind.ESCALATED:
        live[event.subject] = replace(
            notification,
            state=_State.ESCALATED if notification.state is _State.RAISED else notification.state,
            changed_at_us=time_us,
            escalated_to=event.detail["to"],
            escalation_step=event.detail["step"],
        )


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
