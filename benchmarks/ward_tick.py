"""One tick of a million patients: five new samples of each, through all rules, beside a numpy twin in the same run.

The policy is ``haahr2022``: 16 rules on four signals; the fifth, temperature, is only remembered. Every patient has
been watched for two minutes; one in thirty deviates in most signals, one value in twenty is missing. The numpy twin
does the same for all patients at once, with an array for each thing remembered. Both take the same ticks, a minute
apart, and must report the same changes.

The kernel is timed on one core and on two (two threads go through all rows and take those of their half of the
patients, as the engine does from half a million rows on; it holds no lock of Python's), by the clock, and on one core
by processor time too, since the machine may be shared.

Run: ``python benchmarks/ward_tick.py [--patients 1000000] [--ticks 7]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.attention import load_policy
from fyr.clock import MINUTE_US
from fyr.watch.compiled_policy import compile_policy
from fyr.watch.kernel import CHANGE, State, advance_some, changes_capacity, new_state

Rows = tuple[NDArray[Any], ...]
"""Patient, signal, time, value, period."""

COMPILED = compile_policy(load_policy("haahr2022"))
NAMES = ("spo2", "heart_rate", "respiratory_rate", "systolic_bp", "temperature")
CHUNK = 65_536


def tick(rng: np.random.Generator, number: int, patients: int) -> Rows:
    """Make a sample of every signal of every patient, patient after patient."""
    usual = np.array([96.0, 80.0, 16.0, 125.0, 37.0]) + rng.normal(0, [1.0, 8.0, 1.5, 10.0, 0.3], (patients, 5))
    usual[: patients // 30] += [-8.0, 35.0, 10.0, -40.0, 1.5]
    value = np.minimum(np.round(usual.ravel(), 1), 100.0 + 200.0 * (np.arange(5 * patients) % 5 > 0))
    value[rng.random(5 * patients) < 0.05] = np.nan
    signals = np.array([COMPILED.signals.index(name) for name in NAMES], np.int16)
    return (
        np.repeat(np.arange(patients, dtype=np.int32), 5),
        np.tile(signals, patients),
        np.full(5 * patients, number * MINUTE_US),
        value,
        np.full(5 * patients, MINUTE_US),
    )


def take(rows: Rows, state: State, out: NDArray[np.void], first: int, end: int) -> list[NDArray[np.void]]:
    """Take the rows of some patients a chunk at a time, as a thread of the engine does."""
    found = []
    for start in range(0, len(rows[0]), CHUNK):
        part = (column[start : start + CHUNK] for column in rows)
        count = advance_some(first, end, *part, COMPILED.signal_table, COMPILED.rule_table, state, out)
        found.append(out[:count].copy())
    return found


def _sorted(columns: list[NDArray[Any]]) -> list[NDArray[Any]]:
    order = np.lexsort(columns)
    return [column[order] for column in columns]


def main() -> None:
    """Measure and print a table and one JSON line."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.watch.numpy_rules import NumpyRules

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=1_000_000)
    options.add_argument("--ticks", type=int, default=3)
    chosen = options.parse_args()
    patients, rng = chosen.patients, np.random.default_rng(5)
    size = (patients, len(COMPILED.signals), len(COMPILED.rules))
    alone, shared, twin = new_state(*size), new_state(*size), NumpyRules(COMPILED, patients)
    for lost in (alone.lost, shared.lost, twin.lost.reshape(patients, -1)):
        lost[:, COMPILED.watched :] = False
    outs = [np.empty(changes_capacity(CHUNK, COMPILED.most_rules), CHANGE) for _ in range(2)]
    ends = (0, patients // 2, patients)
    times: dict[str, list[float]] = {name: [] for name in ("one core", "its processor time", "two cores", "numpy twin")}
    changes = 0
    with ThreadPoolExecutor(2) as pool:
        for number in range(2 + chosen.ticks):
            rows = tick(rng, number, patients)
            began, began_processor = time.perf_counter(), time.thread_time()
            found = np.concatenate(take(rows, alone, outs[0], 0, patients))
            its_processor_time, one = time.thread_time() - began_processor, time.perf_counter() - began
            began = time.perf_counter()
            both = [
                part for parts in pool.map(take, [rows] * 2, [shared] * 2, outs, ends[:2], ends[1:]) for part in parts
            ]
            two = time.perf_counter() - began
            began = time.perf_counter()
            stated = list(twin.tick(*rows))
            numpy_time = time.perf_counter() - began
            ours, again = (
                _sorted([them[name] for name in CHANGE.names or ()]) for them in (found, np.concatenate(both))
            )
            theirs = _sorted([np.concatenate(columns) for columns in zip(*stated, strict=True)])
            for columns in zip(ours, again, theirs, strict=True):
                np.testing.assert_array_equal(columns[0], columns[1])
                np.testing.assert_array_equal(columns[0], columns[2])
            if number >= 2:
                changes += len(found)
                for name, took in zip(times, (one, its_processor_time, two, numpy_time), strict=True):
                    times[name].append(took * 1e3)
    figures = {f"{name}, ms": statistics.median(took) for name, took in times.items()}
    peer = figures["numpy twin, ms"]
    print(f"{patients} patients x 5 signals; {changes / chosen.ticks:.0f} changes a tick, the same from both")
    for name, took in figures.items():
        print(f"{name:24s} {took:9.1f} {5 * patients / took / 1e3:9.1f} M samples/s {peer / took:7.1f} x the twin")
    figures["state, bytes a patient"] = sum(part.nbytes for part in alone) / patients
    print(f"state: {figures['state, bytes a patient']:.0f} bytes a patient")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
