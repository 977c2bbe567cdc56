"""The laws of the alarm state machine, whatever conditions, people, devices and time do."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.attention.life import PATIENT, PATIENTLY, POLICY, Life

from fyr.attention import (
    AlarmEvent,
    AlarmEventKind,
    Change,
    Notification,
    NotificationState,
    PatientAlarms,
    Priority,
    TechnicalCondition,
    TechnicalKind,
    Tier,
    apply_event,
    technical_subject,
)
from fyr.attention.budget import AlarmBudget
from fyr.attention.policy_change import Limit, TurnOff, changed_policy
from fyr.clock import MINUTE_US

OWN = ["rr<10/5min", "spo2<90/60min"]
"""Rules that only a patient with other limits has."""
RULES = [rule.key for rule in POLICY.rules if rule.signal in ("respiratory_rate", "spo2")] + OWN


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
        if subject not in self.life.alarms.policy.rules_by_key:
            return
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

    @rule(
        after=st.floats(0, 20), limits=st.dictionaries(st.sampled_from(["rr<11/5min", "spo2<92/60min"]), st.booleans())
    )
    def other_limits_are_set(self, after: float, limits: dict[str, bool]) -> None:
        self.now += after
        changes = [Limit(key, 10 if "rr" in key else 90) if lower else TurnOff(key) for key, lower in limits.items()]
        own = changed_policy(self.policy, changes)
        self._do(self.life.alarms.adopt(own, round(self.now * MINUTE_US), reason="COPD", by="dr x"))
        self.present &= set(own.rules_by_key)

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
                mine = self.life.alarms.policy.rules_by_key[subject]
                others = [
                    self.life.alarms.policy.rules_by_key[key]
                    for key in alarms.live
                    if key in self.life.alarms.policy.rules_by_key
                ]
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
            rule_ = self.life.alarms.policy.rules_by_key.get(subject)
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
            rule_ = self.life.alarms.policy.rules_by_key.get(subject)
            if rule_ and rule_.re_raise_after_us and standing.state is NotificationState.ACKNOWLEDGED:
                assert self.life.alarms.now_us - standing.changed_at_us < rule_.re_raise_after_us

    def teardown(self) -> None:
        """In the end, with nobody acting, what is still present is told to someone."""
        if hasattr(self, "life"):
            for hour in range(1, 25):
                self.life.advance(self.now + hour * 60)
            live = self.life.alarms.live.values()
            assert all(one.state is not NotificationState.WAITING for one in live)
            rules = self.life.alarms.policy.rules_by_key
            groups = {rules[s].group for s in self.life.alarms.live if s in rules}
            assert all(rules[subject].group in groups for subject in self.present)


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestAnyLife = AnyLife.TestCase
