"""How many samples a second the rule kernel takes, beside five peers that find the same onsets, in the same run.

The work: the 16 rules of ``haahr2022`` (a threshold and a duration, or a number of readings) on four signals, once a
minute, 15 % of the time missing in stretches of some ten minutes (half of it as rows without a value, half as no
rows), a tenth of the patients deviating for long. Values are whole numbers, as monitors send them.

The kernel does the whole of what it is for: event time, gaps, clearing, brief and interrupted deviations, implausible
values, lost signals, one row after another in the order of time, as a ward sends them, and once more patient after
patient, as a recording is replayed. The numpy twin does the same, a minute at a time. The others do less: they see the
whole table at once, sorted, and look for onsets only; polars and pandas with rolling sums over the valid samples,
plain Python with a loop (over some of the patients). Bytewax only where it is installed (its last release is of 2024).

A rate is given by the clock and by processor time, since the machine may be shared and polars uses all its cores.

Run: ``python benchmarks/rule_kernel.py [--patients 500] [--minutes 1000] [--repeat 7]``
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fyr.attention import Change, Policy, Rule, load_policy
from fyr.clock import MINUTE_US
from fyr.watch.compiled_policy import compile_policy
from fyr.watch.kernel import CHANGE, advance, changes_capacity, new_state

Rows = tuple[NDArray[Any], ...]
"""Patient, signal, time, value, period; in order of time."""

Onsets = set[tuple[str, int, int]]
"""Rule, patient, time."""

POLICY = load_policy("haahr2022")
COMPILED = compile_policy(POLICY)
NAMES = ("spo2", "heart_rate", "respiratory_rate", "systolic_bp")
CHUNK = 65_536


def ward(patients: int, minutes: int) -> Rows:
    """Make patients who are mostly well: slow walks around each one's own normal value."""
    rng = np.random.default_rng(2022)
    shape = (minutes, patients, len(NAMES))
    usual = np.array([96.0, 80.0, 16.0, 125.0]) + rng.normal(0, [1.0, 9.0, 1.5, 12.0], shape[1:])
    usual[: patients // 10] += [-5.0, 25.0, 7.0, -30.0]
    value, missing = np.empty(shape), np.empty(shape, bool)
    walk, gone = np.zeros(shape[1:]), rng.random(shape[1:]) < 0.15
    for minute in range(minutes):
        walk = 0.95 * walk + rng.normal(0, [0.4, 2.5, 0.6, 3.0], shape[1:])
        gone = np.where(gone, rng.random(shape[1:]) > 0.1, rng.random(shape[1:]) < 0.0177)
        value[minute], missing[minute] = usual + walk, gone
    value = np.minimum(np.round(value), [100.0, 300.0, 90.0, 300.0])
    value[missing] = np.nan
    minute, patient, place = (index.ravel() for index in np.indices(shape))
    kept = ~missing.ravel() | (patient % 2 == 0)
    signal = np.array([COMPILED.signals.index(name) for name in NAMES])[place[kept]]
    times = minute[kept] * MINUTE_US
    return (
        patient[kept].astype(np.int32),
        signal.astype(np.int16),
        times,
        value.ravel()[kept],
        np.full(len(times), MINUTE_US),
    )


def by_kernel(rows: Rows, patients: int) -> Callable[[], list[Rows]]:
    """Take the rows as the engine does, some at a time; what is timed ends with the changes in arrays."""
    room = changes_capacity(CHUNK, COMPILED.most_rules)
    out = np.empty(room, CHANGE)
    parts = [tuple(c[start : start + CHUNK] for c in rows) for start in range(0, len(rows[0]), CHUNK)]

    def work() -> list[Rows]:
        state = new_state(patients, len(COMPILED.signals), len(COMPILED.rules))
        found = []
        for part in parts:
            count = advance(*part, COMPILED.signal_table, COMPILED.rule_table, state, out)
            found.append(tuple(out[name][:count].copy() for name in ("patient", "change", "subject", "time_us")))
        return found

    return work


def as_onsets(found: Onsets | list[Rows]) -> Onsets:
    """Return what was found as a set; changes in arrays are turned into one only to be compared."""
    if isinstance(found, set):
        return found
    return {
        (COMPILED.rules[rule].key, patient, time_us)
        for columns in found
        for patient, kind, rule, time_us in zip(*(c.tolist() for c in columns), strict=True)
        if kind == Change.ONSET
    }


def by_numpy(rows: Rows, patients: int) -> Callable[[], list[Rows]]:
    """Take a minute of all patients and signals at a time."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.watch.numpy_rules import NumpyRules

    edges = np.flatnonzero(np.diff(rows[2], prepend=-1, append=-1))
    parts = [tuple(c[start:stop] for c in rows) for start, stop in pairwise(edges)]

    def work() -> list[Rows]:
        twin = NumpyRules(COMPILED, patients)
        return [change[:4] for part in parts for change in twin.tick(*part) if len(change[0])]

    return work


def _need(rule: Rule) -> int:
    return rule.readings or rule.duration_us // MINUTE_US


def _limit_us(policy: Policy, name: str) -> int:
    """Return the longest time between two valid samples that is no gap; counted readings have none."""
    signal = policy.signals[name]
    return MINUTE_US + signal.gap_tolerance_us + MINUTE_US // 2 if signal.continuous else 2**62


def _history(rows: Rows) -> dict[str, Rows]:
    """Return the rows of each signal, patient after patient."""
    found = {}
    for name in NAMES:
        own = np.flatnonzero(rows[1] == COMPILED.signals.index(name))
        own = own[np.argsort(rows[0][own], kind="stable")]
        found[name] = tuple(column[own] for column in rows)
    return found


def by_polars(rows: Rows, _patients: int) -> Callable[[], Onsets]:
    """Look for the first of `need` deviating valid samples in a row, by rolling sums over a whole column."""
    frames = {
        name: pl.DataFrame({"patient": own[0], "time": own[2], "value": own[3]}) for name, own in _history(rows).items()
    }

    def work() -> Onsets:
        onsets: Onsets = set()
        for name, frame in frames.items():
            low, high = POLICY.signals[name].plausible_low, POLICY.signals[name].plausible_high
            broken = (pl.col("patient").diff() != 0) | (pl.col("time").diff() > _limit_us(POLICY, name))
            valid = frame.lazy().filter(pl.col("value").is_between(low, high))
            valid = valid.with_columns(broken.fill_null(value=True).cast(pl.Int32).alias("broken"))
            rules = [rule for rule in POLICY.rules if rule.signal == name]
            asked = []
            for rule in rules:
                value, need = pl.col("value"), _need(rule)
                deviates = value < rule.threshold if rule.operator.looks_down else value > rule.threshold
                sustained = deviates.cast(pl.Int32).rolling_sum(need) == need
                if need > 1:
                    sustained &= pl.col("broken").rolling_sum(need - 1) == 0
                sustained = sustained.fill_null(value=False)
                onset = sustained & (~sustained.shift(1, fill_value=False) | (pl.col("broken") == 1))
                asked.append(onset.alias(rule.key))
            table = valid.select("patient", "time", *asked).collect()
            for rule in rules:
                hits = table.filter(pl.col(rule.key)).select("patient", "time")
                onsets.update((rule.key, patient, time_us) for patient, time_us in hits.iter_rows())
        return onsets

    return work


def by_pandas(rows: Rows, _patients: int) -> Callable[[], Onsets]:
    """Do the same as with polars."""
    import pandas as pd

    frames = {
        name: pd.DataFrame({"patient": own[0], "time": own[2], "value": own[3]}) for name, own in _history(rows).items()
    }

    def work() -> Onsets:
        onsets: Onsets = set()
        for name, frame in frames.items():
            signal = POLICY.signals[name]
            valid = frame[frame["value"].between(signal.plausible_low, signal.plausible_high)]
            broken = (valid["patient"].diff() != 0) | (valid["time"].diff() > _limit_us(POLICY, name))
            for rule in (rule for rule in POLICY.rules if rule.signal == name):
                value, need = valid["value"], _need(rule)
                deviates = value < rule.threshold if rule.operator.looks_down else value > rule.threshold
                sustained = deviates.astype(float).rolling(need).sum() == need
                if need > 1:
                    sustained &= broken.astype(float).rolling(need - 1).sum() == 0
                hits = valid[sustained & (~sustained.shift(1, fill_value=False) | broken)]
                onsets.update((rule.key, p, t) for p, t in zip(hits["patient"], hits["time"], strict=True))
        return onsets

    return work


def by_python(rows: Rows, _patients: int) -> Callable[[], Onsets]:
    """Take one row after another in plain Python."""
    samples = list(zip(*(column.tolist() for column in rows[:4]), strict=True))
    read = {}
    for name in NAMES:
        rules = [r for r in POLICY.rules if r.signal == name]
        asked = [(r.key, r.operator.looks_down, r.threshold, _need(r)) for r in rules]
        signal = POLICY.signals[name]
        read[COMPILED.signals.index(name)] = (
            signal.plausible_low,
            signal.plausible_high,
            _limit_us(POLICY, name),
            asked,
        )

    def work() -> Onsets:
        onsets: Onsets = set()
        newest: dict[tuple[int, int], int] = {}
        runs: dict[tuple[int, str], int] = {}
        for patient, signal, time_us, value in samples:
            low, high, limit, asked = read[signal]
            if not low <= value <= high:
                continue
            gap = time_us - newest.get((patient, signal), time_us) > limit
            newest[patient, signal] = time_us
            for key, looks_down, threshold, need in asked:
                deviates = value < threshold if looks_down else value > threshold
                run = (1 if gap else runs.get((patient, key), 0) + 1) if deviates else 0
                runs[patient, key] = run
                if run == need:
                    onsets.add((key, patient, time_us))
        return onsets

    return work


def by_bytewax(rows: Rows, _patients: int) -> Callable[[], Onsets]:
    """Take one row after another through a stateful step of a bytewax data flow."""
    from bytewax import operators as op
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, TestingSource, run_main

    samples = [(f"{p} {s}", (p, s, t, v)) for p, s, t, v in zip(*(c.tolist() for c in rows[:4]), strict=True)]
    rules = {
        COMPILED.signals.index(name): (
            POLICY.signals[name].plausible_low,
            POLICY.signals[name].plausible_high,
            _limit_us(POLICY, name),
            [(r.key, r.operator.looks_down, r.threshold, _need(r)) for r in POLICY.rules if r.signal == name],
        )
        for name in NAMES
    }

    def step(state: Any, sample: tuple[int, int, int, float]) -> tuple[Any, list[tuple[str, int, int]]]:
        patient, signal, time_us, value = sample
        low, high, limit, asked = rules[signal]
        newest, runs = state or (time_us, [0] * len(asked))
        if not low <= value <= high:
            return (newest, runs), []
        gap, found = time_us - newest > limit, []
        for place, (key, looks_down, threshold, need) in enumerate(asked):
            deviates = value < threshold if looks_down else value > threshold
            runs[place] = (1 if gap else runs[place] + 1) if deviates else 0
            if runs[place] == need:
                found.append((key, patient, time_us))
        return (time_us, runs), found

    def work() -> Onsets:
        found: list[tuple[str, list[tuple[str, int, int]]]] = []
        flow = Dataflow("rules")
        stream = op.stateful_map("rules", op.input("in", flow, TestingSource(samples)), step)
        op.output("out", stream, TestingSink(found))
        run_main(flow)
        return {onset for _, onsets in found for onset in onsets}

    return work


def measured(work: Callable[[], Onsets | list[Rows]], rows: int, repeat: int) -> tuple[float, float]:
    """Return the median samples a second by the clock, and by processor time."""
    clock, processor = [], []
    for _ in range(repeat):
        began, began_processor = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_processor)
    return rows / statistics.median(clock), rows / statistics.median(processor)


def main() -> None:
    """Check that all find the same onsets, measure, and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=500)
    options.add_argument("--minutes", type=int, default=1000)
    options.add_argument("--repeat", type=int, default=7)
    chosen = options.parse_args()
    rows = ward(chosen.patients, chosen.minutes)
    some = tuple(column[rows[0] < chosen.patients // 20] for column in rows)
    replayed = tuple(column[np.lexsort((rows[2], rows[1], rows[0]))] for column in rows)
    peers: dict[str, tuple[Callable[[Rows, int], Callable[[], Onsets | list[Rows]]], Rows, int]] = {
        "fyr kernel, as a ward sends them": (by_kernel, rows, chosen.repeat),
        "fyr kernel, patient after patient": (by_kernel, replayed, chosen.repeat),
        "numpy twin": (by_numpy, rows, 3),
        "polars rolling": (by_polars, rows, 3),
        "pandas rolling": (by_pandas, rows, 3),
        "plain Python": (by_python, some, 3),
    }
    if importlib.util.find_spec("bytewax"):
        peers["bytewax stateful_map"] = (by_bytewax, some, 1)
    expected: Onsets = set()
    figures: dict[str, tuple[float, float]] = {}
    for name, (prepare, its_rows, repeat) in peers.items():
        work = prepare(its_rows, chosen.patients)
        onsets = as_onsets(work())
        expected = expected or onsets
        patients = set(its_rows[0].tolist()) if its_rows is some else None
        assert onsets == {one for one in expected if patients is None or one[1] in patients}, name
        figures[name] = measured(work, len(its_rows[0]), repeat)
    ours = next(iter(figures.values()))
    print(f"{len(rows[0]) / 1e6:.1f} M samples, {len(COMPILED.rules)} rules, the same {len(expected)} onsets by all")
    print(f"{'M samples/s':36s} {'by clock':>9s} {'a core':>9s}   fyr is faster, a core")
    for name, (clock, core) in figures.items():
        print(f"{name:36s} {clock / 1e6:9.2f} {core / 1e6:9.2f} {ours[1] / core:9.1f} x")
    print(json.dumps({name: {"by_clock": clock, "a_core": core} for name, (clock, core) in figures.items()}))


if __name__ == "__main__":
    main()
