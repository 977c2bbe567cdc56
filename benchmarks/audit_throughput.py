"""How many audit events a second become durable, each waited for by whoever caused it, beside a commit an event.

Sixty-four threads each append an event, wait until it is on the disk, and go on: as many people reading patients. The
peer writes the same hash-chained rows with Python's own sqlite3 and a commit an event. Verification is timed too.

Run: ``python benchmarks/audit_throughput.py [--seconds 5] [--postgresql ADDRESS?files=FOLDER]``
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

from fyr.record import Access, AuditEvent, PatientId, Record
from fyr.record.canonical import canonical_json

NURSE = Access("ingrid", "nurse", "care")


def waiting_threads(record: Record, seconds: float, threads: int) -> float:
    """Return events a second when every thread waits for each of its own."""
    until = time.perf_counter() + seconds
    counts = [0] * threads

    def work(worker: int) -> None:
        patient = PatientId("bench", str(worker))
        while time.perf_counter() < until:
            record.audit.append([AuditEvent(NURSE, "read series", patient, {"signal": "spo2"})])
            counts[worker] += 1

    workers = [threading.Thread(target=work, args=[worker]) for worker in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - start)


def submitted(record: Record, seconds: float, at_once: int = 256) -> float:
    """Return events a second when one thread submits many and then waits for all, as a server's event loop does."""
    written, start = 0, time.perf_counter()
    event = AuditEvent(NURSE, "read series", PatientId("bench", "1"), {"signal": "spo2"})
    while time.perf_counter() < start + seconds:
        for done in [record.audit.submit(event) for _ in range(at_once)]:
            done.result()
        written += at_once
    return written / (time.perf_counter() - start)


def commit_an_event(folder: Path, seconds: float) -> float:
    """Return events a second of a plain chain with a commit an event."""
    database = sqlite3.connect(folder / "peer.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (sequence INTEGER PRIMARY KEY, document TEXT, hash TEXT)")
    previous, written, start = "0" * 64, 0, time.perf_counter()
    while time.perf_counter() < start + seconds:
        document = canonical_json({"sequence": written, "action": "read series", "previous": previous})
        previous = hashlib.sha256(document.encode()).hexdigest()
        database.execute("INSERT INTO entry VALUES (?, ?, ?)", [written, document, previous])
        written += 1
    rate = written / (time.perf_counter() - start)
    database.close()
    return rate


def _of_record(address: str, seconds: float) -> dict[str, float]:
    with Record.open(address) as record:
        database = record.storage.dialect
        figures = {
            f"fyr audit, {database}, 64 waiting threads": waiting_threads(record, seconds, 64),
            f"fyr audit, {database}, 1 waiting thread": waiting_threads(record, seconds, 1),
            f"fyr audit, {database}, 256 submitted at once": submitted(record, seconds),
        }
        start = time.perf_counter()
        verdict = record.audit.verify()
        assert verdict.ok, verdict.message
        figures[f"fyr audit, {database}, verified"] = verdict.entries / (time.perf_counter() - start)
    return figures


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--postgresql", help="an empty database, postgresql://USER@HOST/NAME?files=FOLDER")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="fyr-bench-") as temporary:
        folder = Path(temporary)
        figures = _of_record(str(folder / "fyr"), chosen.seconds)
        if chosen.postgresql:
            figures |= _of_record(chosen.postgresql, chosen.seconds)
        peer = commit_an_event(folder, chosen.seconds)
    figures["sqlite3, a commit an event"] = peer
    for name, rate in figures.items():
        print(f"{name:44s} {rate:10.0f} events/s   {rate / peer:7.2f} x the peer")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
