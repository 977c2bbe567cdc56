"""The ward engine: who is watched, what is dropped, what a person sees."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.attention import Acknowledge, AlarmEvent, load_policy
from fyr.clock import DAY_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import Observation, PatientId, Quality, SampleBatch, Status
from fyr.watch.engine import WardEngine
from fyr.watch.view import PatientState

ONE, TWO = PatientId("test", "1"), PatientId("test", "2")
START = 10**15
MEASURED = ("spo2", "heart_rate", "respiratory_rate", "systolic_bp")
NORMAL = {"spo2": 97.0, "heart_rate": 75.0, "respiratory_rate": 16.0}


def _batch(rows: list[tuple[PatientId, str, float, float]]) -> SampleBatch:
    """Make a batch of (patient, signal, minute, value)."""
    return SampleBatch(
        patients=(ONE, TWO),
        patient_index=np.array([(ONE, TWO).index(p) for p, *_ in rows], np.int32),
        signals=MEASURED,
        signal_index=np.array([MEASURED.index(s) for _, s, *_ in rows], np.int16),
        time_us=np.array([START + round(minute * MINUTE_US) for *_, minute, _ in rows], np.int64),
        value=np.array([value for *_, value in rows], np.float64),
        quality=np.array([Quality.UNKNOWN if value != value else Quality.PRESENT for *_, value in rows], np.uint8),  # noqa: PLR0124
        period_us=np.full(len(MEASURED), MINUTE_US, np.int64),
        source="test",
    )


def _engine(policy: str = "haahr2022") -> WardEngine:
    engine = WardEngine(load_policy(policy))
    engine.admit(ONE, START)
    engine.admit(TWO, START)
    return engine


def _minutes(engine: WardEngine, first: int, last: int, **values: float) -> None:
    """Give patient one the values, and patient two normal ones, minute by minute."""
    for minute in range(first, last + 1):
        rows = [(ONE, name, float(minute), value) for name, value in {**NORMAL, **values}.items()]
        rows += [(TWO, name, float(minute), value) for name, value in NORMAL.items()]
        engine.ingest(_batch(rows))
        engine.advance(START + minute * MINUTE_US + 1)


def test_a_patient_of_whom_nothing_is_known_cannot_be_told() -> None:
    assert _engine().view(ONE).state is PatientState.CANNOT_TELL


def test_state_goes_from_fine_to_act_now_to_look_soon_to_fine() -> None:
    engine = _engine()
    _minutes(engine, 0, 5)
    assert engine.view(ONE).state is PatientState.FINE
    _minutes(engine, 6, 10, spo2=78)
    assert engine.view(ONE).state is PatientState.ACT_NOW
    assert engine.view(TWO).state is PatientState.FINE
    notification = engine.view(ONE).notifications[0]
    engine.act(ONE, Acknowledge(notification.id, "nurse", START + 10 * MINUTE_US + 2))
    assert engine.view(ONE).state is PatientState.LOOK_SOON
    _minutes(engine, 11, 20)
    assert engine.view(ONE).state is PatientState.FINE


def test_a_silent_sensor_is_found_by_the_passing_of_time_alone() -> None:
    engine = _engine()
    _minutes(engine, 0, 5)
    events = engine.advance(START + 60 * MINUTE_US)
    lost = [event for event in events if event.kind.value == "not_assessable" and event.patient == ONE]
    assert {event.subject for event in lost} == set(NORMAL)
    assert {event.time_us for event in lost} == {START + 8 * MINUTE_US}
    assert engine.view(ONE).state is PatientState.CANNOT_TELL
    assert engine.view(ONE).latest["spo2"].value == 97.0
    assert engine.view(ONE).latest["spo2"].is_lost


def test_late_and_double_samples_are_dropped_and_counted() -> None:
    engine = _engine()
    _minutes(engine, 0, 5)
    engine.ingest(_batch([(ONE, "spo2", 5, 50.0), (ONE, "spo2", 3, 50.0)]))
    assert engine.usage(ONE)["spo2"]["dropped"] == 2
    assert engine.view(ONE).latest["spo2"].value == 97.0


def test_disorder_within_a_batch_is_put_right() -> None:
    engine = _engine()
    rows = [(ONE, "respiratory_rate", float(minute), 9.0) for minute in (4, 2, 0, 3, 1)]
    events = engine.ingest(_batch(rows))
    assert [(e.subject, e.time_us) for e in events if e.kind.value == "onset"] == [
        ("rr<11/5min", START + 4 * MINUTE_US)
    ]


def test_signals_that_no_rule_asks_about_are_shown_and_never_missed() -> None:
    engine = _engine()
    engine.observe(Observation(ONE, "temperature", START, 38.2, "Cel", Status.PRESENT, "nurse"))
    latest = engine.view(ONE).latest["temperature"]
    assert (latest.value, latest.is_watched, latest.is_lost) == (38.2, False, False)


def test_a_cuff_reading_written_down_by_a_nurse_counts_as_a_reading() -> None:
    engine = _engine()
    events = []
    for minute in (0, 20):
        observation = Observation(
            ONE, "systolic_bp", START + minute * MINUTE_US, 82.0, "mm[Hg]", Status.PRESENT, "nurse"
        )
        events += engine.observe(observation)
    raised = [event for event in events if event.kind.value == "raised"]
    assert [event.subject for event in raised if event.detail["kind"] == "physiological"] == ["sbp<90/2readings"]


def test_a_stranger_is_refused() -> None:
    engine = WardEngine(load_policy("haahr2022"))
    engine.admit(ONE, START)
    with pytest.raises(BadInput, match="test/2 is not watched"):
        engine.ingest(_batch([(ONE, "spo2", 0, 97.0), (TWO, "spo2", 0, 97.0)]))
    with pytest.raises(BadInput, match="already watched"):
        engine.admit(ONE, START)


def test_discharged_patients_are_no_longer_watched_and_may_come_back() -> None:
    engine = _engine()
    _minutes(engine, 0, 5)
    engine.discharge(ONE)
    assert engine.patients == (TWO,)
    engine.admit(ONE, START + 10 * MINUTE_US)
    assert engine.view(ONE).latest["spo2"].value is None


def test_many_patients_do_not_disturb_each_other() -> None:
    engine = WardEngine(load_policy("haahr2022"))
    patients = tuple(PatientId("test", str(number)) for number in range(40))
    for patient in patients:
        engine.admit(patient, START)
    n = 40 * 10
    batch = SampleBatch(
        patients=patients,
        patient_index=np.tile(np.arange(40, dtype=np.int32), 10),
        signals=("respiratory_rate",),
        signal_index=np.zeros(n, np.int16),
        time_us=START + np.repeat(np.arange(10), 40) * MINUTE_US,
        value=np.where(np.tile(np.arange(40), 10) % 7 == 0, 9.0, 16.0),
        quality=np.zeros(n, np.uint8),
        period_us=np.array([MINUTE_US]),
        source="test",
    )
    events = engine.ingest(batch)
    assert {int(e.patient.local) for e in events if e.kind.value == "raised"} == set(range(0, 40, 7))


def test_scores_are_made_for_everyone_and_findings_only_when_the_answer_changes() -> None:
    engine = _engine("news2-continuous")
    for patient in (ONE, TWO):
        for code, value in {"consciousness": "A", "supplemental_oxygen": False, "temperature": 36.8}.items():
            engine.observe(Observation(patient, code, START, value, None, Status.PRESENT, "nurse"))
    engine.ingest(_batch([(patient, "systolic_bp", 0, 125.0) for patient in (ONE, TWO)]))
    _minutes(engine, 0, 10)
    _minutes(engine, 11, 20, respiratory_rate=25)
    findings = [finding for finding in engine.take_findings() if finding.patient == ONE]
    assert [getattr(finding.answer, "value", None) for finding in findings][-2:] == [0.0, 3.0]
    assert len([f for f in findings if getattr(f.answer, "value", None) is not None]) == 2
    view = engine.view(ONE)
    assert view.scores["news2"].answer.explanation["single_parameter_3"] is True
    assert engine.take_findings() == []


def test_dividing_patients_among_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    people = tuple(PatientId("test", str(number)) for number in range(7))
    minutes = np.repeat(np.arange(60, dtype=np.int64), 2 * len(people))
    samples = SampleBatch(
        patients=people,
        patient_index=np.tile(np.repeat(np.arange(7, dtype=np.int32)[::-1], 2), 60),
        signals=("spo2", "heart_rate"),
        signal_index=np.tile(np.array([0, 1], np.int16), 60 * len(people)),
        time_us=minutes * MINUTE_US + 20_000 * DAY_US,
        value=np.where(rng.random(len(minutes)) < 0.4, 85.0, 140.0),
        quality=np.zeros(len(minutes), np.uint8),
        period_us=np.full(2, MINUTE_US),
    )

    def told(worth: int) -> list[AlarmEvent]:
        monkeypatch.setattr("fyr.watch.kernel_runs._WORTH_THREADS", worth)
        monkeypatch.setattr("fyr.watch.engine._CHUNK", 100)
        monkeypatch.setattr("os.cpu_count", lambda: 3)
        engine = WardEngine(load_policy("thresholds"))
        for person in people:
            engine.admit(person, 20_000 * DAY_US)
        return engine.ingest(samples)

    alone = told(10**9)
    assert len(alone) > 100
    assert told(1) == alone
