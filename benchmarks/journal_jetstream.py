"""How many samples a second the journal takes in and gives back on NATS JetStream, beside the embedded one, in one run.

A batch is one append with its own key, durable when it returns; reading includes decoding. SQLite synchronises its log
to the disk before it answers; JetStream does so only where it is told to (``sync_interval: always``, nats-server 2.10
and newer), so both answers are printed where the server can do both. Processor time of this process is printed beside
the time that passed: the rest is the server's, and the wait for its acknowledgement.

Run: ``python benchmarks/journal_jetstream.py [--seconds 3]``; it starts a nats-server of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fyr.record import Access, Journal, PatientId, Record, SampleBatch
from fyr.record.jetstream_journal import open_jetstream_journal

ACCESS = Access("bench", "device", "care")
SIGNALS = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "temperature")
SIZES = (500, 5_000, 65_536)


def a_batch(n: int) -> SampleBatch:
    """Make `n` samples of five signals."""
    rng = np.random.default_rng(1)
    patients = max(1, n // len(SIGNALS))
    return SampleBatch(
        patients=tuple(PatientId("bench", str(number)) for number in range(min(patients, 1000))),
        patient_index=(np.arange(n, dtype=np.int32) // len(SIGNALS)) % min(patients, 1000),
        signals=SIGNALS,
        signal_index=(np.arange(n) % len(SIGNALS)).astype(np.int16),
        time_us=np.sort(rng.integers(0, 1_000_000, n)),
        value=rng.integers(30, 200, n) / 2,
        quality=np.zeros(n, np.uint8),
        period_us=np.full(len(SIGNALS), 1_000_000, np.int64),
        source="benchmark",
    )


def measure(journal: Journal, size: int, seconds: float) -> dict[str, float]:
    """Return samples a second in and out, and where the time of a batch went, in milliseconds."""
    batch, partition, rounds = a_batch(size), f"ward {size}", 0
    journal.append_samples(partition, batch, key="first")
    began, spent = time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds:
        journal.append_samples(partition, batch, key=str(rounds))
        rounds += 1
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    began = time.perf_counter()
    for _ in range(20):
        batch.encode()
    encode = (time.perf_counter() - began) / 20
    began = time.perf_counter()
    read = sum(len(entry.samples()) for entry in journal.read(partition))
    out = time.perf_counter() - began
    assert read == (rounds + 1) * size
    return {
        "in": rounds * size / wall,
        "out": read / out,
        "in_a_processor_second": rounds * size / cpu,
        "batch_ms": wall / rounds * 1e3,
        "encode_ms": encode * 1e3,
        "processor_ms": cpu / rounds * 1e3,
    }


@contextmanager
def a_server(folder: Path, *, sync: bool) -> Iterator[str]:
    """Run a server on a free port, and end it."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if program is None:
        raise SystemExit("nats-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir()
    conf = folder / "nats.conf"
    always = ", sync_interval: always" if sync else ""
    conf.write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}"{always} }}\n')
    server = subprocess.Popen([program, "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        yield f"nats://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Measure and print a table and one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3.0)
    seconds = options.parse_args().seconds
    program = shutil.which("nats-server") or "/usr/sbin/nats-server"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(map(int, re.findall(r"\d+", said)[:2]))
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="fyr-bench-") as temporary:
        folder = Path(temporary)
        with Record.open(folder / "fyr", access=ACCESS) as record:
            for size in SIZES:
                figures[f"SQLite, batches of {size:,}"] = measure(record.journal, size, seconds)
            for sync in (False, True) if version >= (2, 10) else (False,):
                name = "JetStream, every message synchronised" if sync else "JetStream, synchronised now and then"
                with a_server(folder / f"nats{sync}", sync=sync) as url:
                    keys = folder / f"keys{sync}.db"
                    with open_jetstream_journal(url, access=ACCESS, audit=record.audit, keys=keys) as journal:
                        for size in SIZES:
                            figures[f"{name}, of {size:,}"] = measure(journal, size, seconds)
    for name, one in figures.items():
        print(
            f"{name:50s} in {one['in'] / 1e6:6.2f}  out {one['out'] / 1e6:6.2f} M samples/s;"
            f" a batch {one['batch_ms']:.2f} ms, of it processor {one['processor_ms']:.2f}"
            f" (encoding {one['encode_ms']:.2f})"
        )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
