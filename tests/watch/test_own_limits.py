"""A patient's own limits in the engine: at their event time, the same live, step by step and at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.attention import (
    AlarmEvent,
    FindingCondition,
    Limit,
    Operator,
    Override,
    OxygenScale,
    Policy,
    PolicyChange,
    Revocation,
    Tier,
    TurnOff,
    load_policy,
)
from fyr.clock import MINUTE_US
from fyr.errors import BadInput
from fyr.record import Observation, PatientId, Quality, SampleBatch, Series, Status
from fyr.watch.engine import WardEngine
from fyr.watch.replay import Replay, replay_patient

PATIENT, OTHER = PatientId("test", "1"), PatientId("test", "2")
START = 10**15 // MINUTE_US * MINUTE_US
COPD = FindingCondition(
    "COPD in the record", "test", (TurnOff("spo2<88/10min"),), code="copd", equals=True, max_age_us=60 * MINUTE_US
)
BY_SCORE = FindingCondition(
    "A NEWS2 of 5 or more",
    "test",
    (Limit("hr>110/60min", 100), Limit("rr>24/5min", 21)),
    model="news2",
    output="score",
    operator=Operator.AT_LEAST,
    threshold=5,
    unit="{score}",
    max_age_us=20 * MINUTE_US,
)
SAFETY = next(rule for rule in load_policy("fyr-ward").rules if rule.tier is Tier.SAFETY)
POLICY: Policy = replace(load_policy("ward-demonstration"), when_finding=(COPD, BY_SCORE))


def _series(signal: str, values: Sequence[float], patient: PatientId = PATIENT) -> Series:
    value = np.array(values, float)
    time_us = START + MINUTE_US * np.arange(len(values), dtype=np.int64)
    quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    return Series(patient, signal, "1", time_us, value, quality, MINUTE_US, "test")


def _at(minute: float) -> int:
    return START + round(minute * MINUTE_US)


def _override(minute: float, *changes: PolicyChange, until: float | None = None, person: str = "dr x") -> Override:
    return Override(PATIENT, _at(minute), person, "reason", changes, None if until is None else _at(until))


def _replayed(values: dict[str, Sequence[float]], *overrides: Override | Revocation, **more: object) -> Replay:
    series = [_series(name, column) for name, column in values.items()]
    return replay_patient(PATIENT, series, more.pop("policy", POLICY), overrides=overrides, **more)  # type: ignore[arg-type]


def _raised(replay: Replay) -> list[tuple[str, float]]:
    return [
        (event.subject, (event.time_us - START) / MINUTE_US)
        for event in replay.events
        if event.kind.value == "raised" and event.detail["kind"] == "physiological"
    ]


def test_a_limit_holds_from_its_event_time_and_a_rule_with_another_limit_begins_anew() -> None:
    values = {"spo2": [83.0] * 40}
    # Five minutes below 85 from minute 0: told at minute 4, whose sample completes the fifth minute.
    assert ("spo2<85/5min", 4) in _raised(_replayed(values))
    looser = _replayed(values, _override(3, Limit("spo2<85/5min", 80)))
    assert not [rule for rule, _ in _raised(looser) if rule in ("spo2<85/5min", "spo2<80/5min")]
    # The sample of minute 10 is still read by the ward's limit; the own one counts from minute 11, five samples long.
    stricter = _replayed({"heart_rate": [100.0] * 40}, _override(10, Limit("hr>130/30min", 90)))
    assert ("hr>90/30min", 40) not in _raised(stricter)
    stricter = _replayed({"heart_rate": [100.0] * 41}, _override(10, Limit("hr>130/30min", 90)))
    assert ("hr>90/30min", 40) in _raised(stricter)


def test_a_rule_that_did_not_change_goes_on_with_what_it_had_counted() -> None:
    plain = _raised(_replayed({"spo2": [83.0] * 20}))
    turned = _raised(_replayed({"spo2": [83.0] * 20}, _override(2, TurnOff("hr>110/60min"))))
    assert turned == plain


def test_limits_run_out_at_their_time_and_the_ward_s_begin_anew() -> None:
    off = _override(2, TurnOff("spo2<85/5min"), until=20)
    # Minute 20 is still read by the own limits; five minutes from minute 21 end with the sample of minute 25.
    assert ("spo2<85/5min", 25) in _raised(_replayed({"spo2": [83.0] * 40}, off))
    assert [minute for rule, minute in _raised(_replayed({"spo2": [83.0] * 40}, off)) if rule == "spo2<85/5min"] == [25]


def test_what_the_record_selects_holds_from_then_on_and_what_a_person_sets_goes_before_it() -> None:
    copd = Observation(PATIENT, "copd", _at(3), True, None, Status.PRESENT, "test")
    values = {"spo2": [86.0] * 90}
    assert "spo2<88/10min" in dict(_raised(_replayed(values)))
    selected = _replayed(values, observations=[copd])
    # The observation counts for an hour; the rule begins anew when that is over.
    assert dict(_raised(selected))["spo2<88/10min"] == 3 + 60 + 10
    kept = _replayed(values, _override(2, Limit("spo2<88/10min", 88)), observations=[copd])
    assert dict(_raised(kept))["spo2<88/10min"] == 9


def test_a_finding_of_the_ward_s_own_score_selects_at_its_minute() -> None:
    values = {
        "spo2": [91.0] * 60,
        "heart_rate": [105.0] * 60,
        "respiratory_rate": [22.0] * 60,
        "systolic_bp": [95.0] * 60,
    }
    said = [("consciousness", "A", None), ("supplemental_oxygen", False, None), ("temperature", 37.0, "Cel")]
    observed = [Observation(PATIENT, code, _at(0), value, unit, Status.PRESENT, "test") for code, value, unit in said]
    replay = _replayed(values, observations=observed)
    turned = [event for event in replay.events if event.kind.value == "overridden"]
    assert "NEWS2 of 5 or more" in turned[0].reason
    assert "rr>21/5min" in dict(_raised(replay))


def test_limits_that_cannot_be_applied_are_refused_before_anything_is_replayed() -> None:
    with pytest.raises(BadInput, match="cannot be turned off"):
        _replayed({"spo2": [97.0] * 9}, _override(3, TurnOff(SAFETY.key)), policy=load_policy("fyr-ward"))


def test_limits_that_come_to_collide_give_the_ward_s_own_and_say_so() -> None:
    engine = WardEngine(POLICY)
    engine.admit(PATIENT, START)
    engine.limit(_override(1, TurnOff("hr<40/5min"), until=5))
    engine.limit(_override(2, Limit("hr<30/5min", 40)))
    events = engine.advance(_at(10))
    reasons = [event.reason for event in events if event.kind.value == "overridden"]
    assert "would stand twice" in reasons[-1]
    assert engine.view(PATIENT).policy is POLICY


def _watched_together(*limits: Override) -> list[AlarmEvent]:
    """Watch two patients of equal course for an hour; return what happened to the one without own limits."""
    engine = WardEngine(POLICY)
    found = [*engine.admit(PATIENT, START), *engine.admit(OTHER, START)]
    for minute in range(60):
        for limit in limits:
            if _at(minute) <= limit.time_us < _at(minute + 1):
                found += engine.limit(limit)
        rows = []
        for patient in (PATIENT, OTHER):
            for signal, value in (("spo2", 83.0), ("heart_rate", 120.0)):
                one = _series(signal, [value], patient)
                rows.append(replace(one, time_us=one.time_us + minute * MINUTE_US))
        found += engine.ingest(SampleBatch.from_series(rows))
        found += engine.advance(_at(minute) + 1)
    return [event for event in found if event.patient == OTHER]


def test_one_patient_s_limits_leave_the_others_as_they_were() -> None:
    plain = _watched_together()
    assert {"spo2<85/5min"} < {event.subject for event in plain if event.kind.value == "raised"}
    assert _watched_together(_override(5, TurnOff("spo2<85/5min")), _override(7, Limit("hr>110/60min", 140))) == plain


_CHANGES: list[PolicyChange] = [
    Limit("spo2<85/5min", 82),
    Limit("spo2<92/60min", 94),
    Limit("hr>130/30min", 100),
    Limit("hr>110/60min", 110, 108),
    Limit("rr<11/5min", 12),
    Limit("sbp<90/2readings", 95),
    Limit("news2>=5/1min", 3),
    TurnOff("spo2<80/1min"),
    TurnOff("hr>110/60min"),
    TurnOff("news2>=7/1min"),
    OxygenScale(2),
]


_COURSES = (("spo2", 88, 4), ("heart_rate", 110, 15), ("respiratory_rate", 20, 5), ("systolic_bp", 95, 8))


def _about(change: PolicyChange) -> str:
    return str(change.as_dict().get("rule"))


@st.composite
def _stays(draw: st.DrawFn) -> tuple[list[Series], list[Observation], list[Override | Revocation]]:
    length = draw(st.integers(30, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    series = []
    for signal, usual, wide in _COURSES:
        value = np.round(usual + wide * np.sin(np.arange(length) / 9 + rng.random()) + rng.normal(0, wide / 3, length))
        gone = np.repeat(rng.random(length // 8 + 1) < 0.2, 8)[:length]
        value[gone] = np.nan
        part = _series(signal, list(value))
        keep = ~gone | (rng.random() < 0.5)
        series.append(replace(part, time_us=part.time_us[keep], value=part.value[keep], quality=part.quality[keep]))
    minutes = st.one_of(st.integers(-5, length), st.floats(0, length).map(lambda one: round(one, 3)))
    observations = [
        Observation(PATIENT, code, _at(draw(minutes)), value, unit, Status.PRESENT, "test")
        for code, value, unit in draw(
            st.lists(
                st.sampled_from(
                    [
                        ("copd", True, None),
                        ("copd", False, None),
                        ("consciousness", "A", None),
                        ("supplemental_oxygen", True, None),
                        ("supplemental_oxygen", False, None),
                        ("temperature", 38.6, "Cel"),
                        ("systolic_bp", 88.0, "mm[Hg]"),
                    ]
                ),
                min_size=4,
                max_size=10,
            )
        )
    ]
    events: list[Override | Revocation] = []
    for number in range(draw(st.integers(1, 4))):
        begin = draw(minutes)
        until = draw(st.one_of(st.none(), st.integers(1, 60).map(lambda more, begin=begin: begin + more)))
        changes = draw(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=3, unique_by=_about))
        override = _override(begin, *changes, until=until, person=f"dr {number}")
        events.append(override)
        if draw(st.booleans()):
            over = max(begin, draw(minutes))
            events.append(Revocation(PATIENT, _at(over), "dr y", "no longer needed", override.id))
    return series, observations, events


def _lines(events: Sequence[AlarmEvent]) -> Counter[tuple[object, ...]]:
    return Counter(
        (event.time_us, event.kind.value, event.subject, event.reason, event.by, event.notification) for event in events
    )


@settings(max_examples=40, deadline=None)
@given(_stays())
def test_step_by_step_and_at_once_give_the_same(
    stay: tuple[list[Series], list[Observation], list[Override | Revocation]],
) -> None:
    series, observations, events = stay
    try:
        at_once = replay_patient(PATIENT, series, POLICY, observations=observations, overrides=events)
    except BadInput as problem:
        assert "would stand twice" in problem.what or "no sample" in problem.what  # noqa: PT017
        return
    stepped = replay_patient(
        PATIENT, series, POLICY, observations=observations, overrides=events, listener=lambda _now, _events: None
    )
    assert _lines(stepped.events) == _lines(at_once.events)
    assert stepped.findings == at_once.findings
    assert stepped.policy == at_once.policy
