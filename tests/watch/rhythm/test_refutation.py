"""A false alarm is refuted by beats that were seen; a true one is kept, always."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.watch.rhythm.ecg import as_series, drawn_ecg, drawn_pulse, until, without_beats

from fyr.clock import SECOND_US
from fyr.errors import BadInput
from fyr.watch.rhythm.refutation import Alarm, AlarmKind, Verdict, refute

REGULAR = np.arange(0.5, 119.5, 0.8)
ARRESTED = REGULAR[REGULAR < 112.0]
SLOW = np.concatenate([REGULAR[REGULAR < 80], np.arange(81.0, 119.5, 1.8)])


def asystole(series, at_s: float = 120.0, **how):
    start_us = int(series[0].time_us[0])
    return refute(Alarm(AlarmKind.ASYSTOLE, start_us + round(at_s * SECOND_US)), series, **how)


def bradycardia(series, at_s: float = 120.0, **how):
    start_us = int(series[0].time_us[0])
    return refute(Alarm(AlarmKind.BRADYCARDIA, start_us + round(at_s * SECOND_US)), series, **how)


def ecg(beats, name="II", **how):
    return as_series(drawn_ecg(beats, 120.0, **how), name=name)


def pulse(beats):
    return as_series(drawn_pulse(beats, 120.0), name="PLETH", unit="{NU}")


@pytest.mark.real
def test_the_false_asystole_alarm_of_a103l_is_refuted(record_a103l):
    """The record's header says so: Asystole, False alarm, raised at 5:00."""
    answer = asystole(record_a103l.series, 300.0)
    assert answer.verdict is Verdict.REFUTED
    shown = {one.channel: one for one in answer.evidence}
    assert shown["PLETH"].usable
    assert shown["PLETH"].longest_gap_s < 1.0
    assert not shown["V"].usable


@pytest.mark.real
def test_what_comes_after_the_alarm_is_not_looked_at(record_a103l):
    whole = asystole(record_a103l.series, 300.0)
    cut = asystole([until(one, 300.0) for one in record_a103l.series], 300.0)
    assert whole == cut


@pytest.mark.real
@pytest.mark.parametrize("noise_mv", [0.0, 0.005, 0.03], ids=lambda noise: f"{noise} mV")
def test_every_asystole_injected_into_record_100_is_kept(record_100, noise_mv):
    """16 places, four lengths; the alarm comes 4 s after the last beat, or at any time up to the end of the arrest."""
    rng = np.random.default_rng(2015)
    kept, confirmed = [], []
    for number, at_s in enumerate(np.linspace(130, 1780, 16)):
        arrest_s = float((4.0, 5.0, 8.0, 15.0)[number % 4])
        alarm_s = float(rng.uniform(4.0, arrest_s)) + at_s
        leads = [without_beats(one, at_s, at_s + arrest_s, noise_mv=noise_mv, seed=number) for one in record_100.series]
        answer = asystole(leads, alarm_s)
        kept.append(answer.verdict is not Verdict.REFUTED)
        confirmed.append(answer.verdict is Verdict.CONFIRMED)
    assert all(kept), f"refuted: {np.flatnonzero(~np.array(kept)).tolist()}"
    if noise_mv:
        assert np.mean(confirmed) >= 0.95
    else:
        assert not any(confirmed), "a line without any noise is a lead that fell off, and nobody can tell"


@pytest.mark.real
def test_alarms_where_nothing_happened_in_record_100_are_refuted(record_100):
    verdicts = [asystole(record_100.series, at_s).verdict for at_s in np.linspace(130, 1790, 12)]
    assert all(verdict is Verdict.REFUTED for verdict in verdicts)


def test_a_lead_that_fell_off_is_refuted_by_the_other():
    fallen = without_beats(ecg(REGULAR), 112.0, 120.0, noise_mv=0.01)
    assert asystole([fallen]).verdict is Verdict.CONFIRMED
    answer = asystole([fallen, ecg(REGULAR, "V5")])
    assert answer.verdict is Verdict.REFUTED
    assert answer.reason.startswith("V5 shows beats throughout")


def test_an_arrest_in_every_channel_is_confirmed():
    answer = asystole([ecg(ARRESTED), ecg(ARRESTED, "V5", seed=1)])
    assert answer.verdict is Verdict.CONFIRMED
    assert answer.evidence[0].longest_gap_s == pytest.approx(120.0 - ARRESTED[-1], abs=0.1)


def test_electrical_beats_without_a_pulse_refute_nothing():
    answer = asystole([ecg(REGULAR), pulse(ARRESTED)])
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "no pulse" in answer.reason


def test_a_pacemaker_makes_the_ecg_a_witness_that_does_not_count():
    assert asystole([ecg(REGULAR)], paced=True).verdict is Verdict.CANNOT_TELL
    assert asystole([ecg(REGULAR), pulse(REGULAR)], paced=True).verdict is Verdict.REFUTED


def test_noise_is_neither_beats_nor_an_arrest():
    noise = ecg(ARRESTED)
    loud = noise.value.copy()
    loud[-12 * 250 :] += 0.8 * np.random.default_rng(0).standard_normal(12 * 250)
    assert asystole([replace(noise, value=loud)]).verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize("seed", range(4))
def test_movement_in_an_arrest_does_not_borrow_the_likeness_of_the_beats_before_it(seed):
    arrested = ecg(REGULAR[REGULAR < 115.5])
    moved = arrested.value.copy()
    white = np.random.default_rng(seed).standard_normal(4 * 250 + 40)
    moved[-4 * 250 :] += 0.5 * np.convolve(white, np.hanning(12), mode="valid")[: 4 * 250]
    assert asystole([replace(arrested, value=moved)]).verdict is not Verdict.REFUTED


@pytest.mark.parametrize("gap_s", [3.2, 3.8])
def test_a_pause_short_of_asystole_is_left_to_people(gap_s):
    beats = np.concatenate([REGULAR[REGULAR < 112], np.arange(REGULAR[REGULAR < 112][-1] + gap_s, 119.9, 0.8)])
    assert asystole([ecg(beats)]).verdict is Verdict.CANNOT_TELL


class TestBradycardia:
    def test_a_slow_heart_is_confirmed(self):
        answer = bradycardia([ecg(SLOW)])
        assert answer.verdict is Verdict.CONFIRMED
        assert answer.evidence[0].slowest_rate_per_min == pytest.approx(60 / 1.8, rel=0.02)

    def test_a_normal_rate_is_refuted(self):
        answer = bradycardia([ecg(REGULAR)])
        assert answer.verdict is Verdict.REFUTED
        assert answer.evidence[0].slowest_rate_per_min == pytest.approx(75.0, rel=0.02)

    def test_an_arrest_is_no_less_than_bradycardia(self):
        assert bradycardia([ecg(ARRESTED)]).verdict is Verdict.CONFIRMED

    def test_a_slow_heart_is_no_asystole(self):
        assert asystole([ecg(SLOW)]).verdict is Verdict.REFUTED


def test_an_alarm_outside_the_recording_is_refused():
    with pytest.raises(BadInput, match="nothing was recorded in the 16 s before the alarm"):
        asystole([ecg(REGULAR)], 900.0)


def test_the_verdict_is_plain_values():
    document = asystole([ecg(REGULAR)]).as_dict()
    assert document["verdict"] == "refuted"
    assert document["alarm"] == "asystole"
    assert set(document["evidence"][0]) == {
        "channel", "kind", "usable", "not_assessable_s", "beats", "longest_gap_s", "slowest_rate_per_min",
    }  # fmt: skip
