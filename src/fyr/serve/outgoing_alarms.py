"""From an alarm event of the ward to the form in which alarms leave the house."""

from __future__ import annotations

from fyr.attention import AlarmEvent, Notification, Policy, acm_state
from fyr.attention.acm import acm_phase
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import SIGNALS
from fyr.serve.tiles import Occupant, evidence_document

__all__ = ["outgoing"]


def outgoing(event: AlarmEvent, notification: Notification, occupant: Occupant, policy: Policy) -> OutgoingAlarm | None:
    """Return the alarm that an event is reported as; ``None`` for one that is not reported (IHE ACM)."""
    phase = acm_phase(event)
    if phase is None:
        return None
    evidence = notification.evidence
    signal, value = evidence.get("signal"), evidence.get("value")
    return OutgoingAlarm(
        id=f"{notification.id}.{event.sequence}",
        notification=notification.id,
        hospital=event.patient.hospital,
        patient=event.patient.number,
        ward=occupant.ward,
        bed=occupant.bed,
        subject=notification.subject,
        title=notification.title,
        kind=notification.kind.value,
        priority=notification.priority.value,
        phase=phase.value,
        state=acm_state(notification).value,
        event=event.kind.value,
        time_us=event.time_us,
        raised_at_us=notification.raised_at_us,
        signal=signal if signal in SIGNALS else None,
        value=float(value) if isinstance(value, int | float) else None,
        by=event.by,
        reason=event.reason,
        escalated_to=notification.escalated_to,
        policy=f"{policy.name} {policy.version}",
        evidence=evidence_document(notification.evidence),
    )
