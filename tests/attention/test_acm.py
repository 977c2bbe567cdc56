"""Our alarm life in the words of IHE ACM."""

from __future__ import annotations

import pytest

from fyr.attention import AlarmEventKind, Change, ConditionChange, PatientAlarms, load_policy
from fyr.attention.acm import AcmPhase, AcmState, acm_phase, acm_state
from fyr.attention.notification import Acknowledge, AlarmEvent
from fyr.clock import MINUTE_US
from fyr.record import PatientId

PATIENT = PatientId("test", "1")
ABOUT_NO_NOTIFICATION = {"onset", "suppressed", "not_assessable", "assessable", "overridden"}


@pytest.mark.parametrize("kind", list(AlarmEventKind))
def test_every_event_about_a_notification_has_a_phase(kind: AlarmEventKind) -> None:
    phase = acm_phase(AlarmEvent(PATIENT, 1, 0, kind, "spo2"))
    assert (phase is None) == (kind.value in ABOUT_NO_NOTIFICATION)


def test_a_life_begins_with_start_and_ends_with_end() -> None:
    alarms = PatientAlarms(PATIENT, load_policy("haahr2022"))
    rule = "rr<5/1min"
    events = alarms.change(ConditionChange(10 * MINUTE_US, Change.ONSET, rule, 0, 1.0 * MINUTE_US, 4.0))
    assert acm_state(alarms.live[rule]) is AcmState.ACTIVE
    events += alarms.advance(14 * MINUTE_US)
    events += alarms.change(ConditionChange(15 * MINUTE_US, Change.CLEAR, rule, 0, 1.0, 12.0))
    assert acm_state(alarms.live[rule]) is AcmState.LATCHED
    events += alarms.act(Acknowledge(alarms.live[rule].id, "nurse", 16 * MINUTE_US))
    assert [phase for event in events if (phase := acm_phase(event))] == [
        AcmPhase.START,
        AcmPhase.ESCALATE,
        AcmPhase.UPDATE,
        AcmPhase.UPDATE,
        AcmPhase.END,
    ]
