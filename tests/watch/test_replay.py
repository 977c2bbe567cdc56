"""Replay: the published anchor on a real recording, and live giving the same as all at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fyr.attention import AlarmEvent, NotificationKind, load_policy
from fyr.clock import HOUR_US, MINUTE_US, from_iso
from fyr.errors import BadInput
from fyr.exchange.recordings import read_recordings
from fyr.record import Observation, PatientId, Quality, Series, Status
from fyr.watch.replay import Replay, assume, replay_patient
from fyr.watch.simulation import SimulatedWard

PATIENT = PatientId("test", "1")


def _series(signal: str, values: list[float], *, start_us: int = 10**15, source: str = "test") -> Series:
    value = np.array(values, float)
    return Series(
        PATIENT,
        signal,
        "/min",
        start_us + MINUTE_US * np.arange(len(values), dtype=np.int64),
        value,
        np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
        MINUTE_US,
        source,
    )


@pytest.fixture
def recorded(data_folder: Path) -> Replay:
    recording = read_recordings(data_folder / "watch/wfdb/s00001/s00001-2896-10-10-00-31n")[0]
    return replay_patient(recording.patient, recording.series, load_policy("haahr2022"))


@pytest.mark.real
def test_onsets_of_a_real_recording_equal_the_published_anchor(data_folder: Path, recorded: Replay) -> None:
    expected = json.loads((data_folder / "watch/wfdb/expected_ward16_s00001.json").read_text())
    document = recorded.as_dict()
    assert document["onsets"] == expected["onsets"]
    assert document["valid_samples"] == expected["valid_samples"]
    assert document["monitored_days"] == round(expected["minutes"] / 1440, 4)
    assert sum(document["onsets"].values()) == 31


@pytest.mark.real
def test_every_onset_is_either_told_or_suppressed_with_a_reason(recorded: Replay) -> None:
    document = recorded.as_dict()
    told = [one for one in document["notifications"] if one["kind"] == "physiological"]
    at_onset = [one for one in document["suppressed"] if not one["reason"].startswith(("did not last", "implausible"))]
    released = sum(one["history"][0]["reason"].startswith("held since") for one in told)
    assert len(told) - released + len(at_onset) == sum(document["onsets"].values())
    assert all(one["reason"] for one in document["suppressed"])
    assert document["alerts_per_patient_day"] == round(len(told) / recorded.days, 3)


def _told(result: Replay) -> list[tuple[int, str, str, str]]:
    def line(event: AlarmEvent) -> tuple[int, str, str, str]:
        return event.time_us, event.kind.value, event.subject, event.reason

    return sorted(line(event) for event in result.events)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("policy", ["haahr2022", "ward-demonstration", "fyr-ward"])
def test_minute_by_minute_tells_the_same_as_all_at_once(seed: int, policy: str) -> None:
    start_us = from_iso("2026-01-01T00:00:00Z")
    ward = SimulatedWard(2, seed=seed, start_us=start_us, live_us=start_us + 3 * HOUR_US, period_us=MINUTE_US)
    samples, written = ward.advance(start_us + 6 * HOUR_US)
    rules = load_policy(policy)
    for number, patient in enumerate(samples.patients):
        series = []
        for index, signal in enumerate(samples.signals):
            rows = (samples.patient_index == number) & (samples.signal_index == index)
            series.append(
                replace(
                    _series(signal, []),
                    patient=patient,
                    time_us=samples.time_us[rows],
                    value=samples.value[rows],
                    quality=samples.quality[rows],
                    period_us=int(samples.period_us[index]),
                )
            )
        seen = [one for one in written if one.patient == patient]
        at_once = replay_patient(patient, series, rules, observations=seen)
        live = replay_patient(patient, series, rules, observations=seen, listener=lambda _now, _events: None)
        assert _told(live) == _told(at_once)
        assert live.findings == at_once.findings
        assert live.onsets() == at_once.onsets()


def test_hole_between_two_recordings_is_not_monitored_time() -> None:
    series = [_series("heart_rate", [80.0] * 60), _series("heart_rate", [80.0] * 60, start_us=10**15 + 30 * HOUR_US)]
    assert replay_patient(PATIENT, series, load_policy("haahr2022")).days == pytest.approx(2 / 24)


def test_a_signal_that_changes_its_period_and_a_hole_of_years_are_no_obstacle() -> None:
    minutes = _series("respiratory_rate", [9.0] * 6 + [15.0] * 10)
    seconds = replace(_series("respiratory_rate", [9.0] * 400), period_us=1_000_000)
    seconds = replace(seconds, time_us=10**15 + 3 * 365 * 24 * HOUR_US + 1_000_000 * np.arange(400, dtype=np.int64))
    for listener in (None, lambda _now, _events: None):
        result = replay_patient(PATIENT, [minutes, seconds], load_policy("haahr2022"), listener=listener)
        onsets = [event.time_us for event in result.events if event.kind.value == "onset"]
        assert onsets == [10**15 + 4 * MINUTE_US, int(seconds.time_us[299])]
        assert result.days == pytest.approx((16 * 60 + 400) / 86400)


def test_without_a_signal_that_the_policy_asks_about_there_is_no_answer() -> None:
    with pytest.raises(BadInput, match="no sample of"):
        replay_patient(PATIENT, [_series("temperature", [37.0])], load_policy("haahr2022"))


def test_an_unanswered_alarm_latches_and_an_answered_one_clears() -> None:
    values = [15.0] * 5 + [4.0] * 2 + [15.0] * 30
    unanswered = replay_patient(PATIENT, [_series("respiratory_rate", values)], load_policy("haahr2022"))
    answered = replay_patient(
        PATIENT, [_series("respiratory_rate", values)], load_policy("haahr2022"), assumed_response_us=2 * MINUTE_US
    )
    assert [n["state"] for n in unanswered.as_dict()["notifications"] if n["rule"] == "rr<5/1min"] == ["latched"]
    assert [n["state"] for n in answered.as_dict()["notifications"] if n["rule"] == "rr<5/1min"] == ["cleared"]


def _vital_signs(minutes: int, **changed: float) -> list[Series]:
    normal = {"respiratory_rate": 16.0, "spo2": 97.0, "heart_rate": 75.0, "systolic_bp": 125.0, "temperature": 36.8}
    return [_series(name, [value] * minutes) for name, value in {**normal, **changed}.items()]


SEEN = [
    Observation(PATIENT, code, 10**15, value, None, Status.PRESENT, "test")
    for code, value in {"consciousness": "A", "supplemental_oxygen": False}.items()
]


def test_continuous_news2_is_the_model_on_the_newest_values() -> None:
    """RR 22 (2), SpO2 93 on scale 1 (2), SBP 105 (1), HR 115 (2), 38.5 °C (1), air, alert: 8, by the RCP's chart."""
    series = _vital_signs(20, respiratory_rate=22, spo2=93, systolic_bp=105, heart_rate=115, temperature=38.5)
    result = replay_patient(PATIENT, series, load_policy("news2-continuous"), observations=SEEN)
    assert result.onsets()["news2>=7/1min"] == 1
    answers = [finding.answer for finding in result.findings]
    assert getattr(answers[-1], "value", None) == 8.0


def test_news2_with_an_unknown_input_refuses_and_nobody_hears_a_normal_score() -> None:
    result = replay_patient(PATIENT, _vital_signs(20, respiratory_rate=30), load_policy("news2-continuous"))
    assert sum(result.onsets().values()) == 0
    reasons = {getattr(finding.answer, "reason", "") for finding in result.findings}
    assert len(reasons) == 1
    assert "onsciousness" in reasons.pop()


def test_a_score_goes_stale_with_its_inputs() -> None:
    nan = float("nan")
    series = [
        _series(one.signal, [16.0] * 5 + [nan] * 15) if one.signal == "respiratory_rate" else one
        for one in _vital_signs(20)
    ]
    result = replay_patient(PATIENT, series, load_policy("news2-continuous"), observations=SEEN)
    kinds = [hasattr(finding.answer, "value") for finding in result.findings]
    assert kinds[-2:] == [True, False]
    assert kinds.count(True) == 1


def test_assumptions_are_for_inputs_that_exist() -> None:
    with pytest.raises(BadInput, match="an input 'mood'"):
        assume(load_policy("news2-continuous"), {"mood": "good"})


def test_technical_notifications_are_counted_apart() -> None:
    nan = float("nan")
    series = [_series("spo2", [97.0] * 5 + [nan] * 30), _series("heart_rate", [80.0] * 35)]
    result = replay_patient(PATIENT, series, load_policy("haahr2022"))
    technical = {event.subject for event in result.raised(NotificationKind.TECHNICAL)}
    assert technical == {"spo2 not assessable", "respiratory_rate not assessable"}
    assert result.as_dict()["alerts_per_patient_day"] == 0


def test_a_finding_in_the_record_bends_the_policy_for_that_patient_alone() -> None:
    """Saturation of 86 is told of, but not for a patient who lives with it (NEWS2 scale 2: 86 scores 1)."""
    series = [_series("spo2", [96.0] * 5 + [86.0] * 30 + [96.0] * 5), _series("heart_rate", [75.0] * 40)]
    ward = load_policy("fyr-ward")
    plain = replay_patient(PATIENT, series, ward, context={"copd": False})
    copd = replay_patient(PATIENT, series, ward, context={"copd": True})
    assert plain.onsets()["spo2<88/10min"] == 1
    assert sum(copd.onsets().values()) == 0
    assert plain.policy is ward
    assert copd.policy.digest != ward.digest
    deep = [_series("spo2", [96.0] * 5 + [78.0] * 5), series[1]]
    assert replay_patient(PATIENT, deep, ward, context={"copd": True}).onsets()["spo2<80/3min"] == 1
