"""How many samples a second the journal makes durable, beside a table with a row a sample, in the same run.

A batch is one second of a hospital: 1,000 patients x 5 signals = 5,000 samples, or 10,000 patients = 50,000 samples.
"Durable" means that the call returned after the write-ahead log was synchronised to the disk, for Fyr and for its peers
alike (SQLite in WAL mode, synchronous=FULL). The peers: Python's own sqlite3 with a row a sample and a commit a batch
(executemany), and the same with a commit a row, as a program without batches writes. The disk decides as much as the
program: its time for one fsync is printed too.

Run: ``python benchmarks/journal_throughput.py [--seconds 5] [--postgresql ADDRESS?files=FOLDER]``
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fyr.record import PatientId, Record, SampleBatch

SIGNALS = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "temperature")
PEER = "sqlite3, a row a sample, a commit of 5,000"


def one_second(second: int, rng: np.random.Generator, patients: int = 1000) -> SampleBatch:
    """Make one second of patients with 5 signals each."""
    n = patients * len(SIGNALS)
    return SampleBatch(
        patients=tuple(PatientId("bench", str(number)) for number in range(patients)),
        patient_index=np.repeat(np.arange(patients, dtype=np.int32), len(SIGNALS)),
        signals=SIGNALS,
        signal_index=np.tile(np.arange(len(SIGNALS), dtype=np.int16), patients),
        time_us=second * 1_000_000 + np.sort(rng.integers(0, 1_000_000, n)),
        value=rng.integers(30, 200, n) / 2,
        quality=np.zeros(n, np.uint8),
        period_us=np.full(len(SIGNALS), 1_000_000, np.int64),
        source="benchmark",
    )


def journal(address: str, seconds: float, partition: str = "ward", patients: int = 1000) -> tuple[float, float]:
    """Return samples a second durably appended, encoding included, and the 99th percentile of a batch's wait in ms."""
    rng = np.random.default_rng(1)
    batches = [one_second(second, rng, patients) for second in range(20)]
    written, waits = 0, []
    with Record.open(address) as record:
        record.journal.append_samples(partition, batches[0])
        start = time.perf_counter()
        while (began := time.perf_counter()) < start + seconds:
            record.journal.append_samples(partition, batches[len(waits) % len(batches)])
            waits.append(time.perf_counter() - began)
            written += len(batches[0])
        rate = written / (time.perf_counter() - start)
        (last,) = record.journal.read(partition, record.journal.end(partition) - 1)
        assert len(last.samples()) == len(batches[0])
    return rate, float(np.percentile(waits, 99) * 1e3)


def row_per_sample(folder: Path, seconds: float, rows_per_commit: int) -> float:
    """Return samples a second of plain sqlite3, a row a sample."""
    database = sqlite3.connect(folder / f"rows{rows_per_commit}.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE sample (patient INTEGER, signal INTEGER, time_us INTEGER, value REAL, quality INTEGER)"
    )
    batch = one_second(0, np.random.default_rng(1))
    columns = (batch.patient_index, batch.signal_index, batch.time_us, batch.value, batch.quality)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    written, start = 0, time.perf_counter()
    while time.perf_counter() < start + seconds:
        for first in range(0, len(rows), rows_per_commit):
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", rows[first : first + rows_per_commit])
            database.execute("COMMIT")
            written += len(rows[first : first + rows_per_commit])
            if time.perf_counter() > start + seconds:
                break
    rate = written / (time.perf_counter() - start)
    database.close()
    return rate


def two_processes(address: str, seconds: float) -> float:
    """Return the samples a second of two writing processes together."""
    command = [sys.executable, __file__, "--worker", address, "--seconds", str(seconds)]
    workers = [subprocess.Popen([*command, "--partition", f"ward {n}"], stdout=subprocess.PIPE) for n in range(2)]
    return sum(float(worker.communicate()[0]) for worker in workers)


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--postgresql", help="an empty database, postgresql://USER@HOST/NAME?files=FOLDER")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    options.add_argument("--partition", default="ward", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.worker:
        print(journal(chosen.worker, chosen.seconds, chosen.partition)[0])
        return
    with tempfile.TemporaryDirectory(prefix="fyr-bench-") as temporary:
        folder = Path(temporary)
        figures = _measure(folder, chosen.seconds, chosen.postgresql)
    peer = figures[PEER]
    for name, rate in figures.items():
        print(f"{name:44s} {rate / 1e6:8.3f} M samples/s   {rate / peer:8.3f} x the peer")
    print(json.dumps(figures))


def fsync_ms(folder: Path) -> float:
    """Return the median time of writing 4 KiB and synchronising it, in milliseconds."""
    times = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(100):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)


def _measure(folder: Path, seconds: float, postgresql: str | None) -> dict[str, float]:
    print(f"one fsync: {fsync_ms(folder):.2f} ms")
    rate, wait_ms = journal(str(folder / "fyr"), seconds)
    print(f"99 % of batches of 5,000 were durable within {wait_ms:.1f} ms")
    figures: dict[str, float] = {"fyr journal, SQLite, batches of 5,000": rate}
    others: dict[str, Callable[[], float]] = {
        "fyr journal, SQLite, batches of 50,000": lambda: journal(str(folder / "fyr50"), seconds, patients=10_000)[0],
        "fyr journal, SQLite, 2 processes, of 5,000": lambda: two_processes(str(folder / "fyr2"), seconds),
        PEER: lambda: row_per_sample(folder, seconds, 5000),
        "sqlite3, a row a sample, a commit a row": lambda: row_per_sample(folder, seconds, 1),
    }
    if postgresql:
        others["fyr journal, PostgreSQL, batches of 5,000"] = lambda: journal(postgresql, seconds)[0]
    return figures | {name: measure() for name, measure in others.items()}


if __name__ == "__main__":
    main()
