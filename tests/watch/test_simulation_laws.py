"""The simulated cohort holds to what is published about wards, and to laws of physiology: never to its own numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, from_iso
from fyr.record import Observation
from fyr.watch.simulation import KINDS, Deterioration, SimulatedWard
from fyr.watch.simulation.latent import steepness

START = from_iso("2026-01-01T00:00:00Z")
PATIENTS, DAYS = 200, 2
HEART, BREATH, OXYGEN, SYSTOLIC = range(4)


@dataclass(frozen=True)
class Shown:
    """What devices showed: continuous values of shape (minutes, patients, 3), and each patient's systolic readings."""

    value: NDArray[np.float64]
    systolic: list[NDArray[np.float64]]
    written: list[Observation]
    ward: SimulatedWard


def _show(ward: SimulatedWard, until_us: int) -> Shown:
    samples, written = ward.advance(until_us - 1)
    n = len(ward.patients)
    value = np.stack([samples.value[samples.signal_index == one].reshape(-1, n) for one in range(3)], axis=-1)
    cuff = samples.signal_index == SYSTOLIC
    systolic = [samples.value[cuff & (samples.patient_index == row)] for row in range(n)]
    return Shown(value, systolic, written, ward)


@pytest.fixture(scope="module")
def cohort() -> Shown:
    until_us = START + DAYS * DAY_US
    ward = SimulatedWard(PATIENTS, seed=11, start_us=START, until_us=until_us, period_us=MINUTE_US)
    return _show(ward, until_us)


def _crossings(bad: NDArray[np.bool_]) -> NDArray[np.intp]:
    before = np.zeros_like(bad)
    before[1:] = bad[:-1]
    return np.asarray((bad & ~before).sum(axis=0))


def _has(cohort: Shown, name: str) -> NDArray[np.bool_]:
    return np.array([context[name] for _, _, context in cohort.ward.patients])


def test_a_tenth_of_the_patients_makes_more_than_half_of_the_saturation_alarms(cohort: Shown) -> None:
    """Lansdowne 2016 (PMC4891882): the top 10 % of records made 57 to 82 % of the alarms, by threshold and delay."""
    crossings = np.sort(_crossings(cohort.value[..., OXYGEN] < 90))[::-1]
    assert 0.5 < crossings[: PATIENTS // 10].sum() / crossings.sum() < 0.82


def test_raw_alerts_are_as_many_as_published(cohort: Shown) -> None:
    """Haahr-Raunkjaer 2023 (doi 10.1080/21548331.2023.2298185): median 137, quartiles 87 and 188, NEWS thresholds.

    Which points of NEWS were meant could not be read; here those that score 3, at one sample a minute.
    """
    heart, breath, oxygen = (cohort.value[..., one] for one in (HEART, BREATH, OXYGEN))
    continuous = (oxygen <= 91, heart <= 40, heart >= 131, breath <= 8, breath >= 25)
    cuff = np.array([_crossings((one <= 90)[:, None])[0] + _crossings((one >= 220)[:, None])[0] for one in
                     cohort.systolic])  # fmt: skip
    a_day = (sum(_crossings(bad) for bad in continuous) + cuff) / DAYS
    assert 87 <= np.median(a_day) <= 188


def test_heart_and_breathing_are_slower_and_the_saturation_lower_at_night(cohort: Shown) -> None:
    hour = np.arange(len(cohort.value)) / 60 % 24
    night, day = cohort.value[(hour >= 1) & (hour < 5)], cohort.value[(hour >= 10) & (hour < 18)]
    lower = np.nanmean(day, axis=(0, 1)) - np.nanmean(night, axis=(0, 1))
    assert lower[HEART] > 3
    assert lower[BREATH] > 0.5
    assert lower[OXYGEN] > 0.2


def test_slow_hearts_and_dips_of_the_saturation_come_by_night(cohort: Shown) -> None:
    hour = np.arange(len(cohort.value)) / 60 % 24
    asleep, awake = (hour >= 1) & (hour < 5), (hour >= 10) & (hour < 18)
    slow = cohort.value[..., HEART] < 50
    assert slow[asleep].mean() > 2 * slow[awake].mean()
    fallen = (cohort.value[..., OXYGEN] < 88) & ~_has(cohort, "copd")
    assert fallen[asleep].mean() > 1.2 * fallen[awake].mean()


def test_heart_rate_and_respiratory_rate_rise_and_fall_together(cohort: Shown) -> None:
    """Within patients: the hour, exertion and stress move both, so their quarter-hours correlate."""
    quarters = np.ma.masked_invalid(cohort.value.reshape(-1, 15, PATIENTS, 3)).mean(axis=1)
    together = [np.ma.corrcoef(quarters[:, row, HEART], quarters[:, row, BREATH])[0, 1] for row in range(PATIENTS)]
    assert np.median(together) > 0.2


def test_patients_with_copd_live_at_a_low_saturation_and_have_it_on_record(cohort: Shown) -> None:
    copd = _has(cohort, "copd")
    usual = np.nanmedian(cohort.value[..., OXYGEN], axis=0)
    assert 88 <= np.median(usual[copd]) <= 92
    assert np.median(usual[~copd]) >= 94
    scaled = {str(one.patient) for one in cohort.written if one.code == "spo2_scale"}
    assert scaled == {str(stay.patient) for stay, _, context in cohort.ward.patients if context["copd"]}


def test_every_kind_comes_and_every_truth_lies_within_the_stay(cohort: Shown) -> None:
    assert {one.kind for _, one in cohort.ward.truth} == set(KINDS)
    assert len(KINDS) == 8
    assert all(START <= one.onset_us < one.end_us <= START + DAYS * DAY_US for _, one in cohort.ward.truth)


def test_saturation_swings_further_from_a_lower_level_as_on_the_hill_curve() -> None:
    """Against the derivative of the Hill equation itself, S = p^n / (p^n + p50^n), for a relative change of p."""
    n, half = 2.7, 26.8
    pressure = half * np.array([0.90 / 0.10, 0.96 / 0.04]) ** (1 / n)

    def saturation(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p**n / (p**n + half**n))

    swing = saturation(pressure * 1.001) - saturation(pressure * 0.999)
    assert steepness(np.array([90.0]))[0] == pytest.approx(swing[0] / swing[1], rel=1e-3)


def _sick(kind: str, hours: float, *, seed: int = 21, seen_h: float | None = None) -> tuple[Shown, Shown]:
    """Return a ward in which bed 1 has a deterioration from the third hour on, and the same ward without it.

    It lasts `hours`; the wards are seen for `seen_h` after its onset, until after its end if that is not given.
    """
    shown = []
    for ill in (True, False):
        ward = SimulatedWard(3, seed=seed, start_us=START + 8 * HOUR_US, period_us=MINUTE_US)
        onset_us = START + 11 * HOUR_US
        if ill:
            ward.deteriorate(1, Deterioration(kind, onset_us, onset_us + round(hours * HOUR_US)))
        shown.append(_show(ward, onset_us + round((seen_h or hours + 1) * HOUR_US)))
    return shown[0], shown[1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_deterioration_moves_its_signals_the_way_it_says(kind: str) -> None:
    ill, well = _sick(kind, 12, seen_h=6)
    full = slice(180 + 4 * 60, None)
    moved = np.nanmean((ill.value - well.value)[full, 0], axis=0)
    for signal, change in zip(("heart_rate", "respiratory_rate", "spo2"), moved, strict=True):
        meant = KINDS[kind].shift.get(signal, 0)
        if abs(meant) >= 5:
            assert np.sign(change) == np.sign(meant)
    np.testing.assert_array_equal(ill.value[:180], well.value[:180])
    np.testing.assert_array_equal(ill.value[:, 1:], well.value[:, 1:])


def test_fever_speeds_the_heart_up_by_the_published_coefficient() -> None:
    """Jensen 2019 (doi 10.52964/amja.0766): 7.2/min a degree, on top of what the kind itself does."""
    for seed in range(20, 40):
        ill, well = _sick("sepsis", 12, seed=seed, seen_h=6)
        if not ill.ward.patients[0][2]["beta_blocker"]:
            break
    rise = np.nanmedian((ill.value - well.value)[180 + 4 * 60 :, 0, HEART])
    kind = KINDS["sepsis"].shift
    assert rise == pytest.approx(kind["heart_rate"] + 7.2 * kind["temperature"], abs=2)


def test_the_heart_stops_and_consciousness_is_lost_in_a_cardiac_arrest() -> None:
    ill, _ = _sick("cardiac arrest", 3)
    lowest = np.nanmin(ill.value[180:, 0], axis=0)
    assert lowest[HEART] <= 30
    assert lowest[BREATH] <= 5
    before = ill.value[180 + 60 : 180 + 120, 0]
    assert np.nanmedian(before[:, HEART]) > np.nanmedian(ill.value[:180, 0, HEART])


def _of(written: Iterable[Observation], code: str, local: str = "1") -> list[Observation]:
    return [one for one in written if one.code == code and one.patient.local == local]


def test_nurses_give_oxygen_when_the_saturation_falls_and_write_down_what_they_find() -> None:
    for seed in range(20, 60):
        ill, well = _sick("pneumonia", 16, seed=seed, seen_h=12)
        first = _of(ill.written, "supplemental_oxygen")[0]
        if first.value is False and not ill.ward.patients[0][2]["copd"]:
            break
    assert any(one.value is True for one in _of(ill.written, "supplemental_oxygen"))
    warmest = max(float(str(one.value)) for one in _of(ill.written, "temperature"))
    assert warmest > max(float(str(one.value)) for one in _of(well.written, "temperature")) + 0.8
    assert {one.value for one in _of(ill.written, "consciousness", "2")} == {"A"}


def test_consciousness_follows_a_sepsis() -> None:
    ill, well = _sick("sepsis", 14, seen_h=9)
    assert "C" in {one.value for one in _of(ill.written, "consciousness")}
    assert {one.value for one in _of(well.written, "consciousness")} == {"A"}


def test_a_beta_blocker_blunts_the_rise_of_the_heart_rate(cohort: Shown) -> None:
    """By how much the fastest tenth of a patient's minutes lies above the usual rate."""
    rise = np.nanpercentile(cohort.value[..., HEART], 90, axis=0) - np.nanmedian(cohort.value[..., HEART], axis=0)
    steady = ~_has(cohort, "known_af")
    blocked = _has(cohort, "beta_blocker")
    assert np.median(rise[steady & blocked]) < np.median(rise[steady & ~blocked])


def test_half_the_period_is_the_same_ward_in_the_long_run() -> None:
    """Sensors are lost for the same share of time whatever the period: the processes run in continuous time."""
    shares = []
    for period_us in (MINUTE_US, MINUTE_US // 4):
        ward = SimulatedWard(100, seed=3, start_us=START, period_us=period_us)
        shares.append(np.isnan(_show(ward, START + 12 * HOUR_US).value).mean(axis=(0, 1)))
    np.testing.assert_allclose(shares[0], shares[1], atol=0.03)
