"""Our events and states in the words of IHE Alert Communication Management (PCD-04, message ORU^R40).

Phases and states as in the IHE Devices technical framework: start, continue, update, escalate, de-escalate, end; and
inactive, active, latched.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fyr.attention.notification import AlarmEvent, AlarmEventKind, Notification, NotificationState

__all__ = ["AcmPhase", "AcmState", "acm_phase", "acm_state"]

_Kind: Final = AlarmEventKind


class AcmPhase(StrEnum):
    """What an alert message says has happened (MDC_ATTR_EVENT_PHASE)."""

    START = "start"
    CONTINUE = "continue"
    UPDATE = "update"
    ESCALATE = "escalate"
    DE_ESCALATE = "de-escalate"
    END = "end"


class AcmState(StrEnum):
    """How the alarm is now (MDC_ATTR_ALARM_STATE)."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    LATCHED = "latched"


_PHASES: Final = {
    _Kind.RAISED: AcmPhase.START,
    _Kind.RE_RAISED: AcmPhase.CONTINUE,
    _Kind.RESUMED: AcmPhase.CONTINUE,
    _Kind.WAITING: AcmPhase.UPDATE,
    _Kind.RELEASED: AcmPhase.CONTINUE,
    _Kind.ESCALATED: AcmPhase.ESCALATE,
    _Kind.DE_ESCALATED: AcmPhase.DE_ESCALATE,
    _Kind.ACKNOWLEDGED: AcmPhase.UPDATE,
    _Kind.ACTED_ON: AcmPhase.UPDATE,
    _Kind.PAUSED: AcmPhase.UPDATE,
    _Kind.LATCHED: AcmPhase.UPDATE,
    _Kind.CLEARED: AcmPhase.END,
}
"""Every kind of event about a notification; onset, suppressed, (not) assessable and overridden are none."""


def acm_phase(event: AlarmEvent) -> AcmPhase | None:
    """Return the phase that an event is reported with, or ``None`` if it is not reported.

    What is told to staff goes by :func:`acm_state` and the event's kind: a receiver that pages people holds an alert
    whose *start* is followed by *update* with kind ``waiting`` in the same instant, until its *continue*.
    """
    return _PHASES.get(event.kind)


def acm_state(notification: Notification) -> AcmState:
    """Return the alarm state that a notification has."""
    if notification.state is NotificationState.CLEARED:
        return AcmState.INACTIVE
    return AcmState.LATCHED if notification.state is NotificationState.LATCHED else AcmState.ACTIVE
