"""The alarm state machine: its life step by step, and the laws that hold whatever happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fyr.attention import (
    Acknowledge,
    Act,
    AlarmEvent,
    AlarmEventKind,
    Change,
    ConditionChange,
    Notification,
    NotificationKind,
    NotificationState,
    PatientAlarms,
    Pause,
    Policy,
    Priority,
    TechnicalCondition,
    TechnicalKind,
    Tier,
    apply_event,
    load_policy,
    technical_subject,
)
from fyr.attention.budget import AlarmBudget
from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import PatientId

NAN = float("nan")
PATIENT = PatientId("test", "1")
POLICY: Policy = load_policy("haahr2022")
SLOW, VERY_SLOW = "rr<11/5min", "rr<5/1min"
PATIENTLY: Policy = replace(
    POLICY,
    rules=tuple(
        replace(
            rule,
            re_raise_after_us=HOUR_US,
            latch=rule.priority is not Priority.LOW,
            tier=Tier.SAFETY if rule.key == "spo2<88/10min" else Tier.RULES,
        )
        for rule in POLICY.rules
    ),
)
"""With everything that a policy may ask for and the published criteria do not: made for these tests."""


def _change(minute: float, change: Change, subject: str = SLOW) -> ConditionChange:
    time_us = round(minute * MINUTE_US)
    return ConditionChange(time_us, change, subject, time_us - 5 * MINUTE_US, 5.0 * MINUTE_US, 9.0)


@dataclass
class Life:
    """A patient's alarms with everything that they said."""

    alarms: PatientAlarms = field(default_factory=lambda: PatientAlarms(PATIENT, POLICY))
    events: list[AlarmEvent] = field(default_factory=list)
    budget: AlarmBudget | None = None

    def change(self, minute: float, change: Change, subject: str = SLOW) -> list[str]:
        return self._say(self.alarms.change(_change(minute, change, subject)))

    def advance(self, minute: float) -> list[str]:
        events = self.alarms.advance(round(minute * MINUTE_US))
        if self.budget is not None:
            for release in self.budget.advance(round(minute * MINUTE_US)):
                events += self.alarms.tell(release.notification, release.time_us, release.reason)
        return self._say(events)

    def acknowledge(self, minute: float, subject: str = SLOW) -> list[str]:
        action = Acknowledge(self.alarms.live[subject].id, "nurse", round(minute * MINUTE_US))
        return self._say(self.alarms.act(action))

    def pause(self, minute: float, minutes: float, subject: str = SLOW) -> list[str]:
        now, until = round(minute * MINUTE_US), round((minute + minutes) * MINUTE_US)
        return self._say(
            self.alarms.act(Pause(self.alarms.live[subject].id, "nurse", now, until, "turning the patient"))
        )

    def act(self, minute: float, what: str, subject: str = SLOW) -> list[str]:
        return self._say(self.alarms.act(Act(self.alarms.live[subject].id, "doctor", round(minute * MINUTE_US), what)))

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


def test_taking_an_escalated_alarm_brings_it_a_step_back() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.advance(20)
    assert life.acknowledge(21, VERY_SLOW) == [f"acknowledged {VERY_SLOW}", f"de_escalated {VERY_SLOW}"]
    assert life.events[-1].reason == "taken by nurse"
    assert dict(life.events[-1].detail) == {"from": "ward doctor", "to": "ward nurse in charge", "step": 1}
    standing = life.alarms.live[VERY_SLOW]
    assert (standing.state, standing.escalated_to) == (NotificationState.ACKNOWLEDGED, "ward nurse in charge")


def test_getting_better_brings_an_escalated_alarm_a_step_back() -> None:
    life = Life()
    life.change(9, Change.ONSET)
    life.change(10, Change.ONSET, VERY_SLOW)
    life.advance(14)
    assert life.change(15, Change.CLEAR, VERY_SLOW) == [
        f"de_escalated {VERY_SLOW}",
        f"latched {VERY_SLOW}",
        f"raised {SLOW}",
    ]
    assert life.events[-3].reason == f"better: now {SLOW}, medium"
    assert life.alarms.live[VERY_SLOW].escalated_to == ""


def test_all_gone_at_once_is_no_step_back() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.advance(14)
    assert life.change(15, Change.CLEAR, VERY_SLOW) == [f"latched {VERY_SLOW}"]


def test_what_was_taken_and_still_stands_is_raised_again_with_a_reason() -> None:
    life = Life(PatientAlarms(PATIENT, PATIENTLY))
    life.change(10, Change.ONSET)
    life.acknowledge(12)
    assert life.advance(71.9) == []
    assert life.advance(72) == [f"re_raised {SLOW}"]
    assert life.events[-1].reason == "it still stands 1 h after nurse took it or did something about it"
    assert life.alarms.live[SLOW].needs_someone
    assert life.advance(72 + 15) == [f"escalated {SLOW}"]


def test_doing_something_about_it_gives_it_time_to_work() -> None:
    life = Life(PatientAlarms(PATIENT, PATIENTLY))
    life.change(10, Change.ONSET)
    life.acknowledge(12)
    life.act(60, "naloxone 0.1 mg")
    assert life.advance(119) == []
    assert life.advance(120) == [f"re_raised {SLOW}"]


def test_without_the_rule_asking_for_it_nothing_is_raised_again() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    life.acknowledge(12)
    assert life.advance(24 * 60) == []


def test_what_staff_did_is_kept_and_who_acts_has_taken_it() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    action = Act(life.alarms.live[SLOW].id, "doctor", 14 * MINUTE_US, "oxygen 2 L/min", done_us=12 * MINUTE_US)
    acted, taken = life.alarms.act(action)
    assert (acted.kind, acted.by, acted.reason) == (AlarmEventKind.ACTED_ON, "doctor", "oxygen 2 L/min")
    assert acted.detail["done_us"] == 12 * MINUTE_US
    assert (taken.kind, taken.by) == (AlarmEventKind.ACKNOWLEDGED, "doctor")
    assert life.act(20, "blood gas") == [f"acted_on {SLOW}"]
    with pytest.raises(BadInput, match="what was done is empty"):
        life.act(21, " ")


def test_acting_on_what_is_over_and_not_taken_ends_it() -> None:
    life = Life()
    life.change(10, Change.ONSET, VERY_SLOW)
    life.change(12, Change.CLEAR, VERY_SLOW)
    said = life.act(12.5, "woken up", VERY_SLOW)
    assert said == [f"acted_on {VERY_SLOW}", f"acknowledged {VERY_SLOW}", f"cleared {VERY_SLOW}"]


def test_what_a_device_says_about_itself_is_technical_told_once_and_ends_when_it_is_in_order() -> None:
    alarms = PatientAlarms(PATIENT, POLICY)
    low = TechnicalCondition(10 * MINUTE_US, "patch 7", TechnicalKind.BATTERY_LOW, present=True, detail={"charge": 0.1})
    (raised,) = alarms.technical(low)
    standing = alarms.live[technical_subject("patch 7", TechnicalKind.BATTERY_LOW)]
    assert (standing.kind, standing.title) == (NotificationKind.TECHNICAL, "patch 7: battery low")
    assert standing.evidence["charge"] == 0.1
    assert alarms.technical(replace(low, time_us=11 * MINUTE_US)) == []
    skew = TechnicalCondition(12 * MINUTE_US, "patch 7", TechnicalKind.CLOCK_SKEW, present=True)
    alarms.technical(skew)
    assert len(alarms.live) == 2
    (cleared,) = alarms.technical(replace(low, time_us=13 * MINUTE_US, present=False))
    assert (cleared.kind, cleared.notification) == (AlarmEventKind.CLEARED, raised.notification)
    assert list(alarms.live) == ["patch 7 clock skew"]


def test_a_safety_rule_is_not_covered_by_one_that_is_none() -> None:
    """What can be made to wait, turned off or loosened must not stand before a safety rule."""
    life = Life(PatientAlarms(PATIENT, PATIENTLY))
    life.change(10, Change.ONSET, "spo2<85/5min")
    assert life.change(11, Change.ONSET, "spo2<88/10min")[-1] == "raised spo2<88/10min"
    other_way = Life(PatientAlarms(PATIENT, PATIENTLY))
    other_way.change(10, Change.ONSET, "spo2<88/10min")
    assert other_way.change(11, Change.ONSET, "spo2<85/5min")[-1] == "raised spo2<85/5min"
    assert "spo2<88/10min" in other_way.alarms.live


def test_a_rule_that_is_no_longer_in_force_ends_and_the_others_go_on() -> None:
    life = Life()
    life.change(10, Change.ONSET)
    life.change(11, Change.ONSET, "spo2<88/10min")
    looser = replace(
        POLICY,
        rules=tuple(
            replace(rule, key="rr<9/5min", threshold=9.0) if rule.key == SLOW else rule for rule in POLICY.rules
        ),
    )
    overridden, ended = life.alarms.adopt(looser, 12 * MINUTE_US, reason="palliative care", by="dr x")
    assert (overridden.kind, overridden.by, overridden.reason) == (
        AlarmEventKind.OVERRIDDEN,
        "dr x",
        "palliative care",
    )
    assert (ended.kind, ended.reason) == (
        AlarmEventKind.CLEARED,
        "the rule is no longer in force: palliative care",
    )
    assert list(life.alarms.live) == ["spo2<88/10min"]
    assert life.change(20, Change.ONSET, "rr<9/5min")[-1] == "raised rr<9/5min"


def test_what_a_rule_covered_is_told_when_the_rule_is_turned_off() -> None:
    life = Life()
    life.change(10, Change.ONSET, "spo2<85/5min")
    life.change(11, Change.ONSET, "spo2<88/10min")
    without = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule.key != "spo2<85/5min"))
    events = life.alarms.adopt(without, 12 * MINUTE_US, reason="known low saturation", by="dr x")
    assert [f"{event.kind} {event.subject}" for event in events] == [
        "overridden haahr2022",
        "cleared spo2<85/5min",
        "raised spo2<88/10min",
    ]


RULES = [rule.key for rule in POLICY.rules if rule.signal in ("respiratory_rate", "spo2")]


class AnyLife(RuleBasedStateMachine):
    """Whatever conditions, people and time do, in any order that a kernel can produce."""

    @initialize(asks_more=st.booleans(), rate=st.one_of(st.none(), st.floats(0.4, 3)))
    def begin(self, asks_more: bool, rate: float | None) -> None:
        self.now = 1000.0
        self.policy = PATIENTLY if asks_more else POLICY
        budget = AlarmBudget(rate, 1) if rate else None
        self.life = Life(PatientAlarms(PATIENT, self.policy, budget=budget), budget=budget)
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
            elif self.life.alarms.live[subject].can_be_taken:
                self.life.acknowledge(self.now, subject)

    @rule(after=st.floats(0, 20), pick=st.integers(0, 5))
    def somebody_does_something(self, after: float, pick: int) -> None:
        self.now += after
        self.life.advance(self.now)
        live = sorted(self.life.alarms.live)
        if live:
            self.life.act(self.now, "oxygen", live[pick % len(live)])

    @rule(after=st.floats(0, 20), kind=st.sampled_from(list(TechnicalKind)[1:]), present=st.booleans())
    def a_device_speaks(self, after: float, kind: TechnicalKind, present: bool) -> None:
        self.now += after
        condition = TechnicalCondition(round(self.now * MINUTE_US), "patch 7", kind, present)
        self._do(self.life.alarms.technical(condition))
        assert (technical_subject("patch 7", kind) in self.life.alarms.live) == present

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
    def what_is_covered_is_covered_by_something_that_may_speak_for_it(self) -> None:
        alarms = self.life.alarms
        for subject, held in alarms._held.items():
            if held.until_us is None:
                mine = self.policy.rules_by_key[subject]
                others = [self.policy.rules_by_key[key] for key in alarms.live if key in self.policy.rules_by_key]
                assert any(
                    other.group == mine.group
                    and other.priority.urgency >= mine.priority.urgency
                    and (mine.tier is not Tier.SAFETY or other.tier is Tier.SAFETY)
                    for other in others
                )

    @invariant()
    def a_notification_is_raised_once(self) -> None:
        raised = Counter(e.notification for e in self.life.events if e.kind is AlarmEventKind.RAISED)
        assert all(count == 1 for count in raised.values())

    @invariant()
    def events_are_numbered_without_a_gap(self) -> None:
        assert [event.sequence for event in self.life.events] == list(range(1, len(self.life.events) + 1))

    @invariant()
    def who_was_told_is_who_the_step_names(self) -> None:
        for subject, standing in self.life.alarms.live.items():
            rule_ = self.policy.rules_by_key.get(subject)
            steps = ["", *(step.to for step in rule_.escalation)] if rule_ else [""]
            assert standing.escalated_to == steps[standing.escalation_step]

    @invariant()
    def safety_and_high_never_wait(self) -> None:
        for standing in self.life.alarms.live.values():
            if standing.state is NotificationState.WAITING:
                assert (standing.tier, standing.priority is Priority.HIGH) == ("rules", False)

    @invariant()
    def what_was_taken_is_not_left_standing_for_ever(self) -> None:
        for subject, standing in self.life.alarms.live.items():
            rule_ = self.policy.rules_by_key.get(subject)
            if rule_ and rule_.re_raise_after_us and standing.state is NotificationState.ACKNOWLEDGED:
                assert self.life.alarms.now_us - standing.changed_at_us < rule_.re_raise_after_us

    def teardown(self) -> None:
        """In the end, with nobody acting, what is still present is told to someone."""
        if hasattr(self, "life"):
            for hour in range(1, 25):
                self.life.advance(self.now + hour * 60)
            live = self.life.alarms.live.values()
            assert all(one.state is not NotificationState.WAITING for one in live)
            groups = {POLICY.rules_by_key[s].group for s in self.life.alarms.live if s in POLICY.rules_by_key}
            assert all(POLICY.rules_by_key[subject].group in groups for subject in self.present)


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestAnyLife = AnyLife.TestCase
