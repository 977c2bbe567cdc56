"""Simulated patients: the same seed is the same ward, the truth is true, and sensors are lost as often as published."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars

from fyr.clock import HOUR_US, MINUTE_US, from_iso
from fyr.record import SampleBatch
from fyr.watch.simulation import Deterioration, SimulatedWard

START = from_iso("2026-01-01T00:00:00Z")


def _ward(seed: int = 5, **options: int) -> SimulatedWard:
    return SimulatedWard(6, seed=seed, start_us=START, period_us=MINUTE_US, **options)


def _values(batch: SampleBatch, bed: int, signal: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rows = (batch.patient_index == bed - 1) & (batch.signal_index == batch.signals.index(signal))
    return batch.value[rows]


def test_the_same_seed_is_the_same_ward_however_it_is_stepped() -> None:
    whole, written = _ward().advance(START + 3 * HOUR_US)
    ward, parts, observations = _ward(), [], []
    for minute in range(0, 181, 7):
        samples, more = ward.advance(START + min(minute, 180) * MINUTE_US)
        parts.append(samples)
        observations += more
    samples, more = ward.advance(START + 3 * HOUR_US)
    parts.append(samples)
    np.testing.assert_array_equal(np.concatenate([part.value for part in parts]), whole.value)
    np.testing.assert_array_equal(np.concatenate([part.time_us for part in parts]), whole.time_us)
    assert observations + more == written
    other, _ = _ward(seed=6).advance(START + 3 * HOUR_US)
    assert other.value.tobytes() != whole.value.tobytes()


def test_a_deterioration_shows_between_its_onset_and_its_end_and_only_in_its_bed() -> None:
    worse, control = _ward(), _ward()
    worse.deteriorate(2, Deterioration("opioid respiratory depression", START + 2 * HOUR_US, START + 4 * HOUR_US))
    with_it, _ = worse.advance(START + 6 * HOUR_US)
    without, _ = control.advance(START + 6 * HOUR_US)
    slowed = _values(without, 2, "respiratory_rate") - _values(with_it, 2, "respiratory_rate")
    assert np.nanmax(np.abs(slowed[:120])) == 0
    assert np.nanmedian(slowed[135:225]) >= 8
    assert np.nanmax(np.abs(slowed[241:])) == 0
    np.testing.assert_array_equal(_values(without, 3, "spo2"), _values(with_it, 3, "spo2"))


def test_sensors_are_lost_within_the_published_range() -> None:
    """Wearables lose 6 to 27 % of heart rate and 13 to 34 % of respiratory rate."""
    ward = SimulatedWard(40, seed=1, start_us=START, period_us=MINUTE_US)
    samples, _ = ward.advance(START + 48 * HOUR_US)
    for signal, low, high in (("heart_rate", 0.06, 0.27), ("respiratory_rate", 0.13, 0.34)):
        rows = samples.signal_index == samples.signals.index(signal)
        assert low < np.isnan(samples.value[rows]).mean() < high


def test_values_stay_where_a_living_patient_can_be_or_are_marked_as_artefacts() -> None:
    samples, _ = _ward(until_us=START + 24 * HOUR_US).advance(START + 24 * HOUR_US)
    for signal, low, high in (("heart_rate", 20, 240), ("respiratory_rate", 3, 58), ("systolic_bp", 50, 240)):
        values = samples.value[samples.signal_index == samples.signals.index(signal)]
        assert np.nanmin(values) >= low
        assert np.nanmax(values) <= high


def test_every_patient_says_that_it_is_simulated_and_has_a_pseudonym_of_its_own() -> None:
    stays = SimulatedWard(40, seed=1, start_us=START).patients
    assert all(attributes["simulated"] for _, attributes, _ in stays)
    assert len({attributes["pseudonym"] for _, attributes, _ in stays}) == 40


def test_simulate_writes_a_folder_once_and_the_same_again(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "fyr.cli",
        "watch",
        "simulate",
        "--patients",
        "3",
        "--days",
        "2",
        "--seed",
        "4",
        "--json",
    ]
    first = subprocess.run([*command, str(tmp_path / "a")], capture_output=True, text=True, check=True)
    subprocess.run([*command, str(tmp_path / "b")], capture_output=True, check=True)
    samples = polars.read_parquet(tmp_path / "a/samples.parquet")
    assert json.loads(first.stdout)["samples"] == samples.height
    assert samples.columns == ["patient", "signal", "time", "value"]
    assert samples.equals(polars.read_parquet(tmp_path / "b/samples.parquet"))
    truth = polars.read_parquet(tmp_path / "a/truth.parquet")
    assert truth.columns == ["patient", "event", "onset", "end"]
    assert "not fitted to real patients" in (tmp_path / "a/README.txt").read_text()
    again = subprocess.run([*command, str(tmp_path / "a")], capture_output=True, text=True, check=False)
    assert again.returncode == 3
    assert again.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
