"""The alarm state machine: its life step by step, and the laws that hold whatever happens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.attention.life import PATIENT, PATIENTLY, POLICY, SLOW, VERY_SLOW, Life, condition_change

from fyr.attention import (
    Acknowledge,
    Act,
    AlarmEventKind,
    Change,
    ConditionChange,
    NotificationKind,
    NotificationState,
    PatientAlarms,
    TechnicalCondition,
    TechnicalKind,
    technical_subject,
)
from fyr.clock import MINUTE_US
from fyr.errors import BadInput


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


def test_of_two_that_are_as_urgent_the_one_that_stands_speaks_for_the_one_that_comes() -> None:
    """Thresholds of different signals cannot be compared; the newer one must not end what a nurse has taken."""
    own, both = "fast.own>=1/10min", "fast.both>=1/15min"
    rules = [rule for rule in POLICY.rules if rule.key == "hr>110/60min"]
    policy = replace(
        POLICY,
        rules=tuple(
            replace(rule, key=key, signal=signal, threshold=1.0)
            for rule in rules
            for key, signal in ((own, "fast_for_this_patient"), (both, "fast_and_fast"))
        ),
    )
    for first, second in ((own, both), (both, own)):
        life = Life(PatientAlarms(PATIENT, policy))
        life.change(10, Change.ONSET, first)
        life.acknowledge(11, first)
        assert life.change(12, Change.ONSET, second) == [f"onset {second}", f"suppressed {second}"]
        assert life.events[-1].reason == f"covered by {first}"
        assert life.change(20, Change.CLEAR, first) == [f"cleared {first}", f"raised {second}"]


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
    life.alarms.change(condition_change(10, Change.BRIEF))
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
    events = alarms.change(condition_change(10, Change.ONSET, VERY_SLOW)) + alarms.advance(60 * MINUTE_US)
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


def test_a_technical_rule_lives_like_any_other_and_is_told_as_technical() -> None:
    rules = tuple(replace(rule, technical=rule.key == VERY_SLOW) for rule in POLICY.rules)
    alarms = PatientAlarms(PATIENT, replace(POLICY, rules=rules))
    raised = alarms.change(condition_change(1, Change.ONSET, VERY_SLOW))
    assert [event.detail["kind"] for event in raised if event.kind is AlarmEventKind.RAISED] == ["technical"]
    alarms.change(condition_change(2, Change.CLEAR, VERY_SLOW))
    standing = alarms.live[VERY_SLOW]
    assert standing.state is NotificationState.LATCHED
    ended = alarms.act(Acknowledge(standing.id, "nurse", 3 * MINUTE_US))
    assert [event.kind.value for event in ended] == ["acknowledged", "cleared"]
    assert alarms.live == {}


def test_what_is_raised_twice_in_one_instant_are_two_notifications() -> None:
    rules = tuple(replace(rule, refractory_us=0, latch=False) for rule in POLICY.rules)
    alarms = PatientAlarms(PATIENT, replace(POLICY, rules=rules))
    events = []
    for change in (Change.ONSET, Change.CLEAR, Change.ONSET):
        events += alarms.change(condition_change(1, change, SLOW))
    raised = [event.notification for event in events if event.kind is AlarmEventKind.RAISED]
    assert len(raised) == len(set(raised)) == 2
    assert [event.notification for event in events if event.kind is AlarmEventKind.CLEARED] == raised[:1]
    assert alarms.live[SLOW].id == raised[1]
