"""A ward opens again: its newest snapshot read, beside its peer, the full replay of the same journal.

Patients with five signals, a sample of each every second (a period and a duration may be chosen), of whom each is badly
off for a while now and then, under ``fyr-ward`` with the shipped risk score. The journal lies in memory as the bytes
that it has on the disk, so neither side waits for a database; the snapshot is written to a disk, flushed and read back.
Both ends must be the same: the digest of all events, and a snapshot of each to the byte. Times are processor times,
since the machine may be shared, but for the writing.

Run: ``python benchmarks/restart.py [--patients 24] [--hours 24] [--period 1]``
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fyr.attention import load_policy
from fyr.clock import MINUTE_US, SECOND_US, from_iso
from fyr.record import PatientId, Quality, SampleBatch
from fyr.serve.snapshot_store import SnapshotStore
from fyr.serve.ward_codec import decode_entry, encode_entry
from fyr.serve.ward_inputs import Admitted, Advanced, Happened, Input, Opened, Sampled
from fyr.serve.ward_snapshot import Externals, snapshot
from fyr.serve.ward_state import WardState
from fyr.version import __version__
from fyr.watch.ranking import RiskRanking
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.trained import EARLY_WARNING_ICU

START_US = from_iso("2026-11-20T06:00:00Z")
SIGNALS = ("heart_rate", "respiratory_rate", "spo2", "systolic_abp", "diastolic_abp")
USUAL, SPREAD = np.array([80.0, 16.0, 96.0, 125.0, 75.0]), np.array([3.0, 1.0, 0.8, 5.0, 4.0])
WORSE = np.array([60.0, 14.0, -12.0, -45.0, -25.0])
PARTITION, OFFSET = "the benchmark's ward", 1
POLICY = load_policy("fyr-ward")


def attributes(patient: PatientId) -> Mapping[str, Any]:
    """Return what is known about a patient."""
    return {"pseudonym": patient.local, "birth_year": 1960}


def externals() -> Externals:
    """Return what a snapshot does not hold."""
    return Externals(POLICY, attributes, RiskRanking(LiveRisk(EARLY_WARNING_ICU)))


def inputs(patients: int, minutes: int, period_us: int) -> Iterator[Input]:
    """Give what comes into the ward, minute by minute."""
    rng = np.random.default_rng(9)
    ids = tuple(PatientId("bench", str(number)) for number in range(patients))
    yield Opened(1, __version__, POLICY.name, POLICY.version, POLICY.digest, 5 * SECOND_US)
    yield from (Admitted(one, "ward", one.local, START_US) for one in ids)
    count = MINUTE_US // period_us
    shape = (count, patients, len(SIGNALS))
    bad = np.zeros((1, patients, 1), np.bool_)
    for minute in range(minutes):
        bad ^= rng.random(bad.shape) < np.where(bad, 0.05, 0.0005)
        value = np.round(USUAL + rng.normal(0, 1, shape) * SPREAD + np.where(bad, WORSE, 0), 1)
        value[..., 2] = np.minimum(value[..., 2], 100)
        value[rng.random(shape) < 0.01] = np.nan
        step, patient, signal = (index.ravel() for index in np.indices(shape))
        quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT)
        yield Sampled(
            SampleBatch(
                ids,
                patient.astype(np.int32),
                SIGNALS,
                signal.astype(np.int16),
                START_US + minute * MINUTE_US + (step + 1) * period_us,
                value.ravel(),
                quality.ravel().astype(np.uint8),
                np.full(len(SIGNALS), period_us, np.int64),
                "monitors",
            )
        )
        yield Advanced(START_US + (minute + 1) * MINUTE_US)


def replay(journal: list[bytes]) -> WardState:
    """Build the wards from their whole journal."""
    given = externals()
    state = WardState(given.policy, given.attributes, given.ranking)
    for payload in journal:
        entry = decode_entry(payload)
        if not isinstance(entry, Happened):
            state.feed(entry)
            state.take_findings()
    return state


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=24)
    options.add_argument("--hours", type=float, default=24.0)
    options.add_argument("--period", type=float, default=1.0, help="seconds between samples")
    chosen = options.parse_args()
    minutes, period_us = round(chosen.hours * 60), round(chosen.period * SECOND_US)
    journal = [encode_entry(one) for one in inputs(chosen.patients, minutes, period_us)]
    replay(journal[:40])
    began = time.process_time()
    state = replay(journal)
    replayed_s = time.process_time() - began
    samples = chosen.patients * len(SIGNALS) * minutes * (MINUTE_US // period_us)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        store = SnapshotStore(Path(folder), PARTITION)
        wall, began = time.perf_counter(), time.process_time()
        path = store.keep(state, OFFSET)
        kept_s, kept_wall_s = time.process_time() - began, time.perf_counter() - wall
        size = path.stat().st_size
        began = time.process_time()
        found = store.newest(OFFSET, externals())
        read_s = time.process_time() - began
    assert found is not None
    assert found.state.digest.hexdigest() == state.digest.hexdigest()
    data = snapshot(state, partition=PARTITION, offset=OFFSET)
    assert snapshot(found.state, partition=PARTITION, offset=OFFSET) == data
    for patient in state.occupants:
        state.history.forget(patient)
    began = time.process_time()
    without = len(snapshot(state, partition=PARTITION, offset=OFFSET))
    without_s = time.process_time() - began
    figures = {
        "patients": chosen.patients,
        "hours": chosen.hours,
        "samples": samples,
        "events": state.digest.count,
        "full replay, s": replayed_s,
        "snapshot read, s": read_s,
        "times faster": replayed_s / read_s,
        "snapshot kept, s": kept_s,
        "snapshot kept, s by the clock": kept_wall_s,
        "snapshot made without traces, s": without_s,
        "snapshot, MB": size / 1e6,
        "without traces, MB": without / 1e6,
        "journal, MB": sum(map(len, journal)) / 1e6,
    }
    print(f"{samples / 1e6:.1f} M samples of {chosen.patients} patients; the same digest and the same snapshot")
    for name, figure in figures.items():
        print(f"{name:36s} {figure:12.3f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
