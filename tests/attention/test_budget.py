"""The alarm budget: its decisions one by one, and the laws that hold for whatever a ward raises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.attention import (
    AlarmEvent,
    AlarmEventKind,
    Change,
    ConditionChange,
    Notification,
    NotificationState,
    PatientAlarms,
    Policy,
    Tier,
    apply_event,
    load_policy,
)
from fyr.attention.budget import AlarmBudget, Release
from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import PatientId

A, B = PatientId("test", "a"), PatientId("test", "b")
MAX_WAIT_US = 30 * MINUTE_US


def _raised(
    minute: float, name: str, priority: str = "medium", tier: str = "rules", kind: str = "physiological"
) -> AlarmEvent:
    detail = {"priority": priority, "kind": kind, "tier": tier, "title": name}
    return AlarmEvent(A, 1, round(minute * MINUTE_US), AlarmEventKind.RAISED, name, name, detail=detail)


def _after(minute: float, name: str, kind: AlarmEventKind) -> AlarmEvent:
    return AlarmEvent(A, 2, round(minute * MINUTE_US), kind, name, name)


def _told(releases: list[Release]) -> list[tuple[str, float]]:
    return [(one.notification, one.time_us / MINUTE_US) for one in releases]


def test_what_passes_the_budget_waits_and_says_why() -> None:
    budget = AlarmBudget(1, 2)
    assert budget.hear(_raised(0, "one")) is None
    assert budget.hear(_raised(1, "two")) is None
    assert budget.hear(_raised(2, "three")) == "budget: 2 told in the last hour, 2 nurses can take 2"
    assert [one.notification for one in budget.waiting] == ["three"]


def test_it_is_told_when_the_load_falls() -> None:
    budget = AlarmBudget(1, 1, max_wait_us=3 * HOUR_US)
    budget.hear(_raised(0, "one"))
    budget.hear(_raised(10, "two"))
    assert budget.advance(60 * MINUTE_US - 1) == []
    (release,) = budget.advance(60 * MINUTE_US)
    assert (release.notification, release.reason) == ("two", "budget: the load has fallen")


def test_the_most_valuable_is_told_first() -> None:
    budget = AlarmBudget(1, 1, max_wait_us=10 * HOUR_US)
    for minute, name, priority, kind in (
        (0, "first", "medium", "physiological"),
        (1, "low", "low", "physiological"),
        (2, "sensor", "medium", "technical"),
        (3, "later", "medium", "physiological"),
        (4, "latest", "medium", "physiological"),
    ):
        budget.hear(_raised(minute, name, priority, kind=kind))
    assert [one.notification for one in budget.waiting] == ["later", "latest", "sensor", "low"]
    assert _told(budget.advance(5 * HOUR_US)) == [("later", 60), ("latest", 120), ("sensor", 180), ("low", 240)]


def test_nothing_waits_longer_than_the_longest_wait() -> None:
    budget = AlarmBudget(1, 0)
    budget.hear(_raised(0, "one"))
    (release,) = budget.advance(HOUR_US)
    assert (release.time_us, release.reason) == (MAX_WAIT_US, "budget: waited 30 min, the longest that it may")


def test_safety_and_high_never_wait_and_count_as_load() -> None:
    budget = AlarmBudget(1, 1)
    assert budget.hear(_raised(0, "safe", "low", tier="safety")) is None
    assert budget.hear(_raised(0, "high", "high")) is None
    assert budget.load(0) == 2
    assert budget.hear(_raised(1, "medium")) is not None


@pytest.mark.parametrize("kind", ["cleared", "acknowledged", "paused", "latched"])
def test_what_ends_or_is_taken_waits_no_longer(kind: str) -> None:
    budget = AlarmBudget(1, 0)
    budget.hear(_raised(0, "one"))
    budget.hear(_after(1, "one", AlarmEventKind(kind)))
    assert budget.waiting == ()
    assert budget.advance(HOUR_US) == []


def test_more_nurses_take_more() -> None:
    budget = AlarmBudget(1, 1)
    budget.hear(_raised(0, "one"))
    budget.hear(_raised(1, "two"))
    assert _told(budget.on_duty(2, 5 * MINUTE_US)) == [("two", 5)]


def test_a_patient_who_left_waits_no_longer() -> None:
    budget = AlarmBudget(1, 0)
    budget.hear(_raised(0, "one"))
    budget.forget(A)
    assert budget.advance(HOUR_US) == []


@pytest.mark.parametrize(("rate", "nurses", "wait"), [(0, 1, 1), (float("nan"), 1, 1), (1, -1, 1), (1, 1, 0)])
def test_impossible_numbers_are_refused(rate: float, nurses: int, wait: int) -> None:
    with pytest.raises(BadInput):
        AlarmBudget(rate, nurses, max_wait_us=wait)


RAISINGS = st.lists(
    st.tuples(
        st.floats(0, 20),
        st.sampled_from(["low", "medium", "high"]),
        st.sampled_from(["rules", "rules", "safety"]),
        st.booleans(),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(RAISINGS, st.floats(0.3, 3), st.integers(0, 4), st.integers(1, 90))
def test_laws_of_the_budget(
    raisings: list[tuple[float, str, str, bool]], rate: float, nurses: int, wait_min: int
) -> None:
    """Safety never waits; nothing is lost; beyond the budget only safety, high, and what has waited its longest."""
    budget = AlarmBudget(rate, nurses, max_wait_us=wait_min * MINUTE_US)
    minute, asked_us, told = 0.0, dict[str, int](), list[tuple[int, str, bool]]()

    def collect(releases: list[Release]) -> None:
        told.extend((one.time_us, one.notification, "longest" in one.reason) for one in releases)

    for number, (after, priority, tier, advances) in enumerate(raisings):
        minute += after
        event = _raised(minute, str(number), priority, tier)
        asked_us[str(number)] = event.time_us
        is_exempt = priority == "high" or tier == "safety"
        reason = budget.hear(event)
        if reason is None:
            told.append((event.time_us, str(number), is_exempt))
        else:
            assert not is_exempt
            assert reason.startswith("budget: ")
        if advances:
            collect(budget.advance(event.time_us))
    collect(budget.advance(round((minute + wait_min) * MINUTE_US) + 1))
    assert sorted(name for _, name, _ in told) == sorted(asked_us), "everything is told, and once"
    assert all(0 <= time_us - asked_us[name] <= wait_min * MINUTE_US for time_us, name, _ in told)
    for time_us, _, may_pass in told:
        load = sum(time_us - HOUR_US < other_us <= time_us for other_us, _, _ in told)
        passing = sum(other_us == time_us and may for other_us, _, may in told)
        assert may_pass or load - passing <= budget.capacity


BASE: Policy = load_policy("haahr2022")
POLICY = replace(
    BASE,
    rules=tuple(replace(rule, tier=Tier.SAFETY) if rule.key == "rr<11/5min" else rule for rule in BASE.rules),
)
RULES = [rule.key for rule in POLICY.rules if rule.signal in ("respiratory_rate", "spo2", "heart_rate")]


@dataclass
class Ward:
    """Three patients under one budget, with everything that was said about them."""

    budget: AlarmBudget
    alarms: dict[PatientId, PatientAlarms] = field(init=False)
    events: list[AlarmEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = [PatientId("test", str(number)) for number in range(3)]
        self.alarms = {patient: PatientAlarms(patient, POLICY, budget=self.budget) for patient in ids}

    def advance(self, minute: float) -> None:
        time_us = round(minute * MINUTE_US)
        for alarms in self.alarms.values():
            self.events += alarms.advance(time_us)
        for release in self.budget.advance(time_us):
            self.events += self.alarms[release.patient].tell(release.notification, release.time_us, release.reason)

    def change(self, minute: float, patient: int, change: Change, rule: str) -> None:
        time_us = round(minute * MINUTE_US)
        self.advance(minute)
        of_rule = ConditionChange(time_us, change, rule, time_us, 5.0 * MINUTE_US, 9.0)
        self.events += list(self.alarms.values())[patient].change(of_rule)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(0.1, 30), st.integers(0, 2), st.sampled_from(RULES), st.booleans()),
        max_size=40,
    ),
    st.floats(0.2, 2),
)
def test_laws_of_a_ward_under_a_budget(happenings: list[tuple[float, int, str, bool]], rate: float) -> None:
    ward, minute, present = Ward(AlarmBudget(rate, 2)), 0.0, set[tuple[int, str]]()
    for after, patient, rule, is_onset in happenings:
        minute += after
        if is_onset or (patient, rule) in present:
            ward.change(minute, patient, Change.ONSET if is_onset else Change.CLEAR, rule)
            (present.add if is_onset else present.discard)((patient, rule))
    for step in range(24):
        ward.advance(minute + 10 * (step + 1))
    waited = [event for event in ward.events if event.kind is AlarmEventKind.WAITING]
    after_a_wait = {
        (event.patient, event.notification)
        for event in ward.events
        if event.kind in (AlarmEventKind.RELEASED, AlarmEventKind.CLEARED, AlarmEventKind.LATCHED)
    }
    assert all((event.patient, event.notification) in after_a_wait for event in waited)
    assert all(POLICY.rules_by_key[event.subject].tier is not Tier.SAFETY for event in waited)
    assert all(POLICY.rules_by_key[event.subject].priority.value != "high" for event in waited)
    for patient, alarms in ward.alarms.items():
        folded: dict[str, Notification] = {}
        for event in (event for event in ward.events if event.patient == patient):
            apply_event(folded, event)
        assert folded == alarms.live
        assert all(one.state is not NotificationState.WAITING for one in alarms.live.values())


def test_a_waiting_notification_is_listed_may_be_taken_and_does_not_escalate() -> None:
    ward = Ward(AlarmBudget(1, 0, max_wait_us=5 * HOUR_US))
    ward.change(10, 0, Change.ONSET, "spo2<88/10min")
    assert [event.kind.value for event in ward.events] == ["onset", "raised", "waiting"]
    ward.advance(200)
    assert [event.kind.value for event in ward.events] == ["onset", "raised", "waiting"]
    (alarms, *_) = ward.alarms.values()
    assert alarms.live["spo2<88/10min"].can_be_taken
    assert not alarms.live["spo2<88/10min"].needs_someone


def test_getting_worse_ends_the_wait_at_once() -> None:
    ward = Ward(AlarmBudget(1, 0))
    ward.change(10, 0, Change.ONSET, "spo2<88/10min")
    ward.change(12, 0, Change.ONSET, "spo2<85/5min")
    assert [f"{event.kind} {event.subject}" for event in ward.events[3:]] == [
        "onset spo2<85/5min",
        "raised spo2<85/5min",
        "cleared spo2<88/10min",
    ]
    assert ward.budget.waiting == ()


def test_after_the_wait_escalation_begins() -> None:
    ward = Ward(AlarmBudget(1, 0))
    ward.change(10, 0, Change.ONSET, "spo2<88/10min")
    for minute in range(11, 60):
        ward.advance(minute)
    assert [(event.kind.value, event.time_us / MINUTE_US) for event in ward.events[2:]] == [
        ("waiting", 10),
        ("released", 40),
        ("escalated", 55),
    ]
