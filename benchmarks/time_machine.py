"""The time machine: how long a policy takes on a ward's month, read from compressed files, beside polars and pandas.

The data are made here and are no patients: five signals, a value a minute each, whole numbers (the temperature tenths),
slow walks around each patient's own usual value, a tenth of the patients deviating for long; 12 % of the time missing
in stretches, a third of that as samples without a value. Consciousness and oxygen are written down every eight hours.
They are packed by ``fyr watch pack``'s own writer, which reads every bit again.

What is timed, for each policy alone, is ``run_policies``: reading and unpacking the files, rules, scores, derived
signals, alarms with an assumed response, and what was recorded when, to columns of alerts. What judges the columns
(matching, intervals) is timed apart. Before, the alerts of a few patients are held to those of the ordinary replay.

The peers do less: of the first patients (``--peer-patients``) they read the long form from Parquet and look for the
onsets of ``haahr2022`` alone, with rolling sums; no gaps to the microsecond, no clearing, no alarms, no counts.

Run: ``python benchmarks/time_machine.py [--patients 200] [--days 30] [--folder KEPT] [--workers 2]``;
the goal is stated for 1,000 patients and 30 days, which takes some minutes to make.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.signal import lfilter

from fyr.attention import load_policy
from fyr.clock import DAY_US, HOUR_US, MINUTE_US
from fyr.exchange.packed_folder import PackedFolder
from fyr.exchange.packing import pack_folder
from fyr.exchange.sample_folder_columns import read_beside
from fyr.record import PatientId, PatientSamples
from fyr.watch.columnar.patient_replay import PatientReplay
from fyr.watch.evaluation.course import Event
from fyr.watch.evaluation.document import compare
from fyr.watch.evaluation.running import Ran, run_policies
from fyr.watch.evaluation.ward_courses import WardCourses
from fyr.watch.evaluation.ward_replay import replay_ward

SIGNALS = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "temperature")
USUAL = np.array([80.0, 16.0, 96.0, 125.0, 36.9])
SPREAD = np.array([9.0, 1.5, 1.0, 12.0, 0.2])
ILL = np.array([25.0, 7.0, -5.0, -30.0, 1.2])
STEP = np.array([1.3, 0.35, 0.25, 1.6, 0.02])
LOWEST = np.array([25.0, 3.0, 55.0, 50.0, 33.0])
HIGHEST = np.array([230.0, 58.0, 100.0, 240.0, 41.5])
POLICIES = ("haahr2022", "thresholds", "news2-continuous", "fyr-ward")
START_US = 20_454 * DAY_US
RESPONSE_US = 2 * MINUTE_US


def one_patient(number: int, minutes: int) -> PatientSamples:
    """Make one patient's month."""
    rng = np.random.default_rng([2026, number])
    walk = lfilter([1.0], [1.0, -0.97], rng.normal(0, STEP, (minutes, 5)), axis=0)
    level = USUAL + rng.normal(0, SPREAD) + (ILL * rng.uniform(0.3, 1.0) if number % 10 == 0 else 0.0)
    night = np.cos(2 * np.pi * np.arange(minutes) / 1440)[:, None] * np.array([4.0, 1.0, 0.5, 5.0, 0.2])
    value = np.clip(level + night + walk, LOWEST, HIGHEST)
    value[:, :4] = np.round(value[:, :4])
    value[:, 4] = np.round(value[:, 4], 1)
    columns, times = [], []
    for signal in range(5):
        gaps = np.flatnonzero(rng.random(minutes) < 0.012)
        gone = np.zeros(minutes, np.bool_)
        for begin, length in zip(gaps.tolist(), rng.integers(1, 21, len(gaps)).tolist(), strict=True):
            gone[begin : begin + length] = True
        silent = gone & (rng.random(minutes) < 0.67)
        own = np.where(gone, np.nan, value[:, signal])[~silent]
        columns.append(own)
        times.append(START_US + np.flatnonzero(~silent) * MINUTE_US)
    return PatientSamples(
        PatientId("made", str(number + 1)),
        SIGNALS,
        np.full(5, MINUTE_US),
        np.concatenate([[0], np.cumsum([len(column) for column in columns])]).astype(np.int64),
        np.concatenate(times),
        np.concatenate(columns),
    )


def make(folder: Path, patients: int, days: int) -> None:
    """Write the packed folder."""
    source = Path(tempfile.mkdtemp())
    utc = pl.Datetime("us", "UTC")
    names = [f"made/{number + 1}" for number in range(patients)]
    rng = np.random.default_rng(7)
    onset = START_US + rng.integers(0, days * 24 - 6, patients) * HOUR_US
    truth = {"patient": names, "event": ["made"] * patients, "onset": onset, "end": onset + 4 * HOUR_US}
    pl.DataFrame(truth).with_columns(pl.col("onset", "end").cast(utc)).write_parquet(source / "truth.parquet")
    rounds = np.arange(0, days * 24, 8) * HOUR_US + START_US
    seen = [
        pl.DataFrame({"patient": name, "code": code, "time": rounds, "value": value, "unit": None})
        for name in names
        for code, value in (("consciousness", "A"), ("supplemental_oxygen", "False"))
    ]
    kinds = {"time": utc, "unit": pl.String}
    pl.concat(seen).with_columns(pl.col(name).cast(kind) for name, kind in kinds.items()).write_parquet(
        source / "observations.parquet"
    )
    pack_folder(source, folder, (one_patient(number, days * 1440) for number in range(patients)), hospital="made")


def write_long(folder: Path, source: PackedFolder, patients: int) -> tuple[Path, int]:
    """Write the first patients in the long form for the peers; return its path and rows."""
    frames = []
    for group in range(source.groups):
        for one in source.read(group):
            if len(frames) < patients:
                signal = np.repeat(np.arange(5), np.diff(one.first))
                columns = {"patient": int(one.patient.local), "signal": signal, "time": one.time_us, "value": one.value}
                frames.append(pl.DataFrame(columns))
    frame = pl.concat(frames)
    frame.write_parquet(folder / "long.parquet", compression="zstd")
    return folder / "long.parquet", frame.height


def peers() -> dict[str, Callable[[Path], int]]:
    """Return the peers; each reads the file and returns how many onsets it found."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from rule_kernel import COMPILED, by_pandas, by_polars

    order = np.array([COMPILED.signals.index(name) for name in SIGNALS], np.int16)

    def rows(path: Path) -> tuple[Any, ...]:
        frame = pl.read_parquet(path)
        patient, signal, times, value = (frame.get_column(name).to_numpy() for name in frame.columns)
        return (patient, order[signal], times, value, np.broadcast_to(MINUTE_US, len(times)))

    return {
        "polars": lambda path: len(by_polars(rows(path), 0)()),
        "pandas": lambda path: len(by_pandas(rows(path), 0)()),
    }


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds by the clock, of processor time, and what came of it."""
    began, began_processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - began, time.process_time() - began_processor, result


def check(source: PackedFolder, observations: Any, names: tuple[str, ...]) -> None:
    """Hold the alerts of the first patients to those of the ordinary replay."""
    some = list(source.read(0))[:2]
    for name in names:
        policy = load_policy(name)
        replay = PatientReplay(policy, RESPONSE_US)
        for one in some:
            seen = [seen for seen in observations if seen.patient == one.patient]
            outcome = replay(one, seen)
            signals = tuple(dict.fromkeys(rule.signal for rule in policy.rules))
            (columns,) = WardCourses.from_outcomes([one.patient], [outcome], signals).values()
            (course,) = replay_ward(one.as_batch(), policy, observations=seen, assumed_response_us=RESPONSE_US)
            assert columns.alerts == course.alerts, name
            assert outcome.suppressed == len(course.suppressed or ()), name
            assert outcome.technical == course.technical, name


def judged(name: str, ran: Ran, events: list[Event]) -> dict[str, Any]:
    """Judge one policy on its columns."""
    document = compare({name: load_policy(name)}, ran.courses, ran.recordings, events=events)
    numbers: dict[str, Any] = document.document["policies"][name]
    return numbers


def main() -> None:
    """Make, check, measure, and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--peer-patients", type=int, default=10)
    options.add_argument("--folder", type=Path, help="Where the packed data are kept for another run.")
    options.add_argument("--policy", action="append", help="Some of the policies only.")
    chosen = options.parse_args()
    names = tuple(chosen.policy or POLICIES)
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch) / "packed"
        if not folder.exists():
            made, _, _ = timed(lambda: make(folder, chosen.patients, chosen.days))
            print(f"made and packed in {made:.1f} s")
        source = PackedFolder(folder)
        beside = read_beside(folder)
        samples = source.manifest.samples
        slots = len(source.patients) * chosen.days * 1440 * 5
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        print(
            f"{len(source.patients)} patients, {samples / 1e6:.1f} M samples of {slots / 1e6:.1f} M minutes x signals,"
        )
        print(f"{size / 1e6:.1f} MB ({8 * size / samples:.2f} bits a sample)")
        check(source, beside.observations, names)
        path, rows = write_long(Path(scratch), source, chosen.peer_patients)
        figures: dict[str, Any] = {"patients": len(source.patients), "samples": samples, "bytes": size}
        for name, work in peers().items():
            work(path)
            clock, processor, onsets = min(timed(lambda work=work: work(path)) for _ in range(chosen.repeat))
            figures[name] = {
                "seconds": clock,
                "processor": processor,
                "rows": rows,
                "per_sample_ns": clock / rows * 1e9,
            }
            print(f"{name}: {rows / 1e6:.1f} M samples of the first patients in {clock:.2f} s, {onsets} onsets")
        print(
            f"{'policy':18s} {'s':>7s} {'processor s':>12s} {'judged s':>9s} {'alerts':>9s} "
            "  M samples/s, x polars, x pandas"
        )
        events = [Event(*row) for row in beside.truth or ()]
        for name in names:
            policy = load_policy(name)
            run = lambda policy=policy: run_policies(  # noqa: E731
                source,
                [policy],
                observations=beside.observations,
                assumed_response_us=RESPONSE_US,
                workers=chosen.workers,
            )
            clock, processor, ran = min((timed(run) for _ in range(chosen.repeat)), key=lambda found: found[0])
            judging, _, numbers = timed(lambda name=name, ran=ran: judged(name, ran, events))
            ratio = {peer: figures[peer]["per_sample_ns"] / (clock / samples * 1e9) for peer in ("polars", "pandas")}
            figures[name] = {"seconds": clock, "processor": processor, "judged": judging, "alerts": numbers["alerts"]}
            print(
                f"{name:18s} {clock:7.2f} {processor:12.2f} {judging:9.2f} {numbers['alerts']:9d}   "
                f"{samples / clock / 1e6:6.1f} {ratio['polars']:6.1f} {ratio['pandas']:6.1f}"
            )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
