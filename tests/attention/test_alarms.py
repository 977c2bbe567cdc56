"""The alarm state machine: its life step by step, and the laws that hold whatever happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fyr.attention import (
    Acknowledge,
    AlarmEvent,
    AlarmEventKind,
    Change,
    ConditionChange,
    Notification,
    PatientAlarms,
    Pause,
    Policy,
    apply_event,
    load_policy,
)
from fyr.clock import MINUTE_US
from fyr.errors import BadInput
from fyr.record import PatientId

NAN = float("nan")
PATIENT = PatientId("test", "1")
POLICY: Policy = load_policy("haahr2022")
SLOW, VERY_SLOW = "rr<11/5min", "rr<5/1min"


def _change(minute: float, change: Change, subject: str = SLOW) -> ConditionChange:
    time_us = round(minute * MINUTE_US)
    return ConditionChange(time_us, change, subject, time_us - 5 * MINUTE_US, 5.0 * MINUTE_US, 9.0)


@dataclass
class Life:
    """A patient's alarms with everything that they said."""

    alarms: PatientAlarms = field(default_factory=lambda: PatientAlarms(PATIENT, POLICY))
    events: list[AlarmEvent] = field(default_factory=list)

    def change(self, minute: float, change: Change, subject: str = SLOW) -> list[str]:
        return self._say(self.alarms.change(_change(minute, change, subject)))

    def advance(self, minute: float) -> list[str]:
        return self._say(self.alarms.advance(round(minute * MINUTE_US)))

    def acknowledge(self, minute: float, subject: str = SLOW) -> list[str]:
        action = Acknowledge(self.alarms.live[subject].id, "nurse", round(minute * MINUTE_US))
        return self._say(self.alarms.act(action))

    def pause(self, minute: float, minutes: float, subject: str = SLOW) -> list[str]:
        now, until = round(minute * MINUTE_US), round((minute + minutes) * MINUTE_US)
        return self._say(
            self.alarms.act(Pause(self.alarms.live[subject].id, "nurse", now, until, "turning the patient"))
        )

    def _say(self, events: list[AlarmEvent]) -> list[str]:
        self.events += events
        return [f"{event.kind} {event.subject}" for event in events]


def test_raise_acknowledge_clear() -> None:
    life = Life()
    assert life.change(10, Change.ONSET) == [f"onset {SLOW}", f"raised {SLOW}"]
    assert life.acknowledge(11) == [f"acknowledged {SLOW}"]
    assert life.alarms.live[SLOW].by == "nurse"
    assert life.change(20, Change.CLEAR) == [f"cleared {SLOW}"]
    assert not life.alarms.live


def test_medium_priority_clears_by_itself_and_high_latches_until_somebody_came() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    assert life.change(12, Change.CLEAR) == [f"cleared {SLOW}"]
    life.change(60, Change.ONSET, VERY_SLOW)
    assert life.change(62, Change.CLEAR, VERY_SLOW) == [f"latched {VERY_SLOW}"]
    assert life.acknowledge(62.5, VERY_SLOW) == [f"acknowledged {VERY_SLOW}", f"cleared {VERY_SLOW}"]


def test_nobody_coming_escalates_step_by_step_at_its_own_times() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.advance(60)
    escalated = [event for event in life.events if event.kind is AlarmEventKind.ESCALATED]
    assert [(event.time_us / MINUTE_US, event.detail["to"]) for event in escalated] == [
        (13, "ward nurse in charge"),
        (20, "ward doctor"),
    ]
    assert life.alarms.live[VERY_SLOW].escalated_to == "ward doctor"


def test_acknowledged_in_time_does_not_escalate() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.acknowledge(12, VERY_SLOW)
    assert life.advance(120) == []


def test_pause_expires_and_the_alarm_is_back_with_its_escalation_begun_anew() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.pause(11, 5, VERY_SLOW)
    assert life.advance(15.9) == []
    assert life.advance(16) == [f"resumed {VERY_SLOW}"]
    assert life.advance(18.9) == []
    assert life.advance(19) == [f"escalated {VERY_SLOW}"]


def test_onset_while_paused_is_suppressed_with_who_and_until_when() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    life.pause(11, 30)
    life.change(15, Change.ONSET)
    assert life.events[-1].kind is AlarmEventKind.SUPPRESSED
    assert life.events[-1].reason == "paused by nurse until 1970-01-01T00:41:00Z"


def test_refractory_holds_an_onset_back_and_raises_it_if_it_still_stands() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    life.change(20, Change.CLEAR)
    assert life.change(30, Change.ONSET) == [f"onset {SLOW}", f"suppressed {SLOW}"]
    assert life.events[-1].reason == "refractory until 1970-01-01T00:50:00Z"
    assert life.advance(49.9) == []
    assert life.advance(50) == [f"raised {SLOW}"]
    assert life.events[-1].time_us == 50 * MINUTE_US
    assert life.events[-1].reason.startswith("held since 1970-01-01T00:30:00Z")


def test_refractory_ends_quietly_when_the_condition_has_gone() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    life.change(20, Change.CLEAR)
    life.change(30, Change.ONSET)
    life.change(40, Change.CLEAR)
    assert life.advance(200) == []


def test_the_more_urgent_rule_speaks_for_its_group_and_hands_back() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    assert life.change(11, Change.ONSET, VERY_SLOW) == [
        f"onset {VERY_SLOW}",
        f"raised {VERY_SLOW}",
        f"cleared {SLOW}",
    ]
    life.acknowledge(12, VERY_SLOW)
    assert life.change(20, Change.CLEAR, VERY_SLOW) == [f"cleared {VERY_SLOW}", f"raised {SLOW}"]


def test_a_less_urgent_onset_is_covered() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.change(11, Change.ONSET)
    assert life.events[-1].reason == f"covered by {VERY_SLOW}"
    assert set(life.alarms.live) == {VERY_SLOW}


def test_another_group_is_not_covered() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    assert life.change(11, Change.ONSET, "spo2<88/10min")[-1] == "raised spo2<88/10min"


def test_a_lost_signal_becomes_a_technical_notification_after_its_time_and_never_clears_an_alarm() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    assert life.change(12, Change.LOST, "respiratory_rate") == ["not_assessable respiratory_rate"]
    assert not life.alarms.live[SLOW].assessable
    assert life.advance(22)[0] == "raised respiratory_rate not assessable"
    assert SLOW in life.alarms.live
    assert life.change(30, Change.BACK, "respiratory_rate")[-2:] == [
        "assessable respiratory_rate",
        "cleared respiratory_rate not assessable",
    ]
    assert life.alarms.live[SLOW].assessable


def test_a_short_loss_tells_nobody() -> None:
    life = Life()
    life.change(12, Change.LOST, "spo2")
    life.change(21.9, Change.BACK, "spo2")
    assert life.advance(60) == []


def test_what_did_not_last_is_kept_with_how_long_it_lasted() -> None:
    life = Life()
    life.alarms.change(_change(10, Change.BRIEF))
    event = PatientAlarms(PATIENT, POLICY).change(
        ConditionChange(10 * MINUTE_US, Change.BRIEF, SLOW, 7 * MINUTE_US, 3.0 * MINUTE_US, 9.0)
    )[0]
    assert (event.kind, event.reason) == (AlarmEventKind.SUPPRESSED, "did not last: 3 min of 5 min")


def test_acting_on_what_does_not_stand_is_refused() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    with pytest.raises(BadInput, match="no live notification"):
        life.alarms.act(Acknowledge("unknown", "nurse", 11 * MINUTE_US))
    life.acknowledge(11)
    with pytest.raises(BadInput, match="already acknowledged by nurse"):
        life.acknowledge(12)
    with pytest.raises(BadInput, match="a pause must end after it begins"):
        life.pause(12, 0)


def test_replay_may_take_every_alarm_as_acknowledged_after_a_while() -> None:
    alarms = PatientAlarms(PATIENT, POLICY, assumed_response_us=2 * MINUTE_US)
    events = alarms.change(_change(10, Change.ONSET, VERY_SLOW)) + alarms.advance(60 * MINUTE_US)
    assert [(e.kind.value, e.time_us / MINUTE_US, e.by) for e in events[2:]] == [("acknowledged", 12, "assumed")]


RULES = [rule.key for rule in POLICY.rules if rule.signal in ("respiratory_rate", "spo2")]


class AnyLife(RuleBasedStateMachine):
    """Whatever conditions, people and time do, in any order that a kernel can produce."""

    @initialize()
    def begin(self) -> None:
        self.now = 1000.0
        self.life = Life()
        self.present: set[str] = set()
        self.inputs: list[tuple[str, object]] = []

    def _do(self, events: list[AlarmEvent]) -> None:
        self.life.events += events

    @rule(subject=st.sampled_from(RULES), after=st.floats(0, 40))
    def onset(self, subject: str, after: float) -> None:
        self.now += after
        self.present.add(subject)
        before = len(self.life.events)
        self.life.change(self.now, Change.ONSET, subject)
        mine = [
            e for e in self.life.events[before:] if e.subject == subject and e.time_us == round(self.now * MINUTE_US)
        ]
        position = next(i for i, e in enumerate(mine) if e.kind is AlarmEventKind.ONSET)
        assert mine[position + 1].kind in (AlarmEventKind.RAISED, AlarmEventKind.SUPPRESSED)

    @rule(subject=st.sampled_from(RULES), after=st.floats(0, 40))
    def clear(self, subject: str, after: float) -> None:
        if subject in self.present:
            self.now += after
            self.present.discard(subject)
            self.life.change(self.now, Change.CLEAR, subject)

    @rule(after=st.floats(0, 20), pick=st.integers(0, 5), minutes=st.one_of(st.none(), st.floats(1, 60)))
    def somebody_acts(self, after: float, pick: int, minutes: float | None) -> None:
        self.now += after
        self.life.advance(self.now)
        live = sorted(self.life.alarms.live)
        if live:
            subject = live[pick % len(live)]
            if minutes is not None:
                self.life.pause(self.now, minutes, subject)
            elif self.life.alarms.live[subject].needs_someone:
                self.life.acknowledge(self.now, subject)

    @rule(signal=st.sampled_from(["spo2", "respiratory_rate"]), after=st.floats(0, 20), lasts=st.floats(0.1, 30))
    def sensor_lost_and_back(self, signal: str, after: float, lasts: float) -> None:
        self.now += after
        self.life.change(self.now, Change.LOST, signal)
        self.now += lasts
        self.life.change(self.now, Change.BACK, signal)

    @rule(after=st.floats(0, 200))
    def time_passes(self, after: float) -> None:
        self.now += after
        self.life.advance(self.now)

    @invariant()
    def events_fold_to_what_stands(self) -> None:
        folded: dict[str, Notification] = {}
        for event in self.life.events:
            apply_event(folded, AlarmEvent.from_dict(event.as_dict()))
        assert folded == self.life.alarms.live

    @invariant()
    def nothing_that_stands_is_forgotten(self) -> None:
        """A condition that is present has a notification, or one is on its way."""
        alarms = self.life.alarms
        for subject in self.present:
            assert subject in alarms.live or subject in alarms._held

    @invariant()
    def a_notification_is_raised_once(self) -> None:
        raised = Counter(e.notification for e in self.life.events if e.kind is AlarmEventKind.RAISED)
        assert all(count == 1 for count in raised.values())

    @invariant()
    def events_are_numbered_without_a_gap(self) -> None:
        assert [event.sequence for event in self.life.events] == list(range(1, len(self.life.events) + 1))

    def teardown(self) -> None:
        """In the end, with nobody acting, what is still present is told to someone."""
        if hasattr(self, "life"):
            self.life.advance(self.now + 24 * 60)
            groups = {POLICY.rules_by_key[s].group for s in self.life.alarms.live if s in POLICY.rules_by_key}
            assert all(POLICY.rules_by_key[subject].group in groups for subject in self.present)


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestAnyLife = AnyLife.TestCase
