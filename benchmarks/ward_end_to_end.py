"""Samples in, alarms out, everything durable in between: the whole way of one worker, on both journals.

A gateway's batches are put into the journal (durable when the append returns), the ward follows it, puts the samples in
order, runs the rules of `haahr2022`, and keeps the alarm events that they cause: one after the other by one thread, and
as in a server, where the thread that takes samples in puts the next batches into the journal while the ward's own works
on those that are durable. Beside it stand values of full precision, which take nine times the bytes; a batch a second
of a ward, as small as a gateway may send; and the journal alone: what it could be at best.

The second part paces one million samples a second and measures from the moment a batch exists until the events that it
causes are durable.

    python benchmarks/ward_end_to_end.py [--seconds 4]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore, Thread

import numpy as np

from fyr.attention import load_policy
from fyr.clock import SECOND_US, ManualClock, from_iso
from fyr.record import Access, Observation, PatientId, SampleBatch
from fyr.record.jetstream_journal import open_jetstream_journal
from fyr.record.journal import Journal
from fyr.record.record import Record
from fyr.serve.settled_memory import settle_memory
from fyr.serve.ward_inputs import Admitted, Advanced, Sampled
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_watch import WardWatch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.record.nats_server import NatsServer, nats_server_program

START_US = from_iso("2026-11-22T08:00:00Z")
SIGNALS = ("heart_rate", "pulse_rate", "respiratory_rate", "spo2", "systolic_bp")
USUAL = np.array([75.0, 74.0, 15.0, 97.0, 125.0])
ACCESS = Access("benchmark", "software", "care")
_AHEAD = 4


class Gateway:
    """Makes batches of all patients, so many samples of each signal a batch."""

    def __init__(self, patients: int, period_us: int, rng: np.random.Generator, *, whole: bool = True) -> None:
        self._whole = whole
        self.patients = tuple(PatientId("bench", str(number)) for number in range(patients))
        self._period_us = period_us
        self._rng = rng
        self._next_us = START_US + period_us

    def batch(self, steps: int) -> SampleBatch:
        """Return the next batch; one patient in a thousand has a low saturation."""
        n = len(self.patients)
        rows = n * len(SIGNALS)
        time_us = self._next_us + np.repeat(np.arange(steps, dtype=np.int64), rows) * self._period_us
        noise = self._rng.integers(-3, 4, rows * steps) if self._whole else self._rng.normal(0, 1, rows * steps)
        value = np.tile(USUAL, n * steps) + noise
        low = np.repeat(np.tile(np.arange(n) % 1000 == 0, steps), len(SIGNALS))
        value[low & np.tile(np.arange(len(SIGNALS)) == 3, n * steps)] = 78.0
        self._next_us += steps * self._period_us
        return SampleBatch(
            patients=self.patients,
            patient_index=np.tile(np.repeat(np.arange(n, dtype=np.int32), len(SIGNALS)), steps),
            signals=SIGNALS,
            signal_index=np.tile(np.arange(len(SIGNALS), dtype=np.int16), n * steps),
            time_us=time_us,
            value=value,
            quality=np.zeros(rows * steps, np.uint8),
            period_us=np.full(len(SIGNALS), self._period_us, np.int64),
            source="gateway",
        )


@contextmanager
def journals(folder: Path, kind: str) -> Iterator[tuple[Journal, NatsServer | None]]:
    """Open a new journal of a kind."""
    with Record.open(folder / "home", access=ACCESS) as record:
        if kind == "embedded":
            yield record.journal, None
            return
        (folder / "nats").mkdir()
        server = NatsServer(folder / "nats")
        server.start()
        try:
            with open_jetstream_journal(server.url, access=ACCESS, audit=record.audit) as journal:
                yield journal, server
        finally:
            server.stop()


class Queue:
    """Hands the ward what has come since it last asked."""

    def __init__(self) -> None:
        self.batch = SampleBatch.from_series(())

    def advance(self, until_us: int) -> tuple[SampleBatch, list[Observation]]:  # noqa: ARG002
        """Return it, once."""
        batch, self.batch = self.batch, SampleBatch.from_series(())
        return batch, []


def watched(journal: Journal, gateway: Gateway) -> tuple[WardWatch, Queue]:
    """Return a ward that watches the gateway's patients, and what it takes from."""
    clock, queue = ManualClock(START_US), Queue()
    ward = WardWatch(
        load_policy("haahr2022"),
        WardJournal(journal, "ward/benchmark"),
        queue,
        clock,
        attributes=lambda _: {},
        lateness_us=0,
    )
    ward.open()
    ward.admit([Admitted(patient, "W", str(number), START_US) for number, patient in enumerate(gateway.patients)])
    return ward, queue


def take(ward: WardWatch, queue: Queue, batch: SampleBatch) -> None:
    """Let a batch go into the journal and the ward take it from there."""
    queue.batch = batch
    ward.catch_up(int(batch.time_us[-1]) + 1000, step_us=2**60)


def throughput(
    kind: str, patients: int, steps: int, seconds: float, *, whole: bool = True, beside: bool = False
) -> tuple[float, float]:
    """Return samples a second by the clock, and by processor time; taken in beside the ward's own thread or by it."""
    folder = Path(tempfile.mkdtemp(prefix="fyr-bench-"))
    try:
        with journals(folder, kind) as (journal, _):
            gateway = Gateway(patients, SECOND_US, np.random.default_rng(1), whole=whole)
            ward, queue = watched(journal, gateway)
            ready = [gateway.batch(steps) for _ in range(max(4, min(4_000, 20_000_000 // (patients * 5 * steps))))]
            for batch in ready[:3]:
                take(ward, queue, batch)
            begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
            until_s = begun_s + seconds
            taking = taken_beside(ward, ready[3:], until_s) if beside else taken(ward, queue, ready[3:], until_s)
            samples = sum(map(len, taking))
            return samples / (time.perf_counter() - begun_s), samples / (time.process_time() - begun_cpu_s)
    finally:
        shutil.rmtree(folder)


def taken(ward: WardWatch, queue: Queue, batches: Sequence[SampleBatch], until_s: float) -> Iterator[SampleBatch]:
    """Let one thread put each batch into the journal and the ward take it; yield what was taken."""
    for batch in batches:
        take(ward, queue, batch)
        yield batch
        if time.perf_counter() > until_s:
            return


def taken_beside(ward: WardWatch, batches: Sequence[SampleBatch], until_s: float) -> Iterator[SampleBatch]:
    """Let a thread put batches into the journal, a few ahead, while the ward takes those that are durable."""
    durable: SimpleQueue[SampleBatch | None] = SimpleQueue()
    ahead = Semaphore(_AHEAD)

    def take_in() -> None:
        for batch in batches:
            ahead.acquire()
            if time.perf_counter() > until_s:
                break
            ward.journal.append([Sampled(batch), Advanced(int(batch.time_us[-1]) + 1000)])
            durable.put(batch)
        durable.put(None)

    door = Thread(target=take_in)
    door.start()
    while (batch := durable.get()) is not None:
        if ward.now_us < batch.time_us[-1]:
            ward.take_relayed()
        ahead.release()
        yield batch
    door.join()


def journal_alone(kind: str, seconds: float) -> float:
    """Return how many samples a second the journal takes, with nobody behind it."""
    folder = Path(tempfile.mkdtemp(prefix="fyr-bench-"))
    try:
        with journals(folder, kind) as (journal, _):
            batch = Gateway(1000, SECOND_US, np.random.default_rng(1)).batch(13)
            journal.append_samples("alone", batch)
            begun_s, samples = time.perf_counter(), 0
            while time.perf_counter() - begun_s < seconds:
                journal.append_samples("alone", batch)
                samples += len(batch)
            return samples / (time.perf_counter() - begun_s)
    finally:
        shutil.rmtree(folder)


def latency(kind: str, rate: int, seconds: float) -> tuple[float, float, float, float]:
    """Return the median, 99th percentile and most of the milliseconds from batch to durable events, and the rate."""
    folder = Path(tempfile.mkdtemp(prefix="fyr-bench-"))
    try:
        with journals(folder, kind) as (journal, _):
            patients, batches_a_second = 4000, rate // (4000 * 5)
            gateway = Gateway(patients, SECOND_US // batches_a_second, np.random.default_rng(1))
            ward, queue = watched(journal, gateway)
            ready = [gateway.batch(1) for _ in range(int(seconds * batches_a_second) + 10)]
            for batch in ready[:10]:
                take(ward, queue, batch)
            settle_memory()  # as the server does when it has opened
            took_ms, begun_s = [], time.perf_counter()
            for number, batch in enumerate(ready[10:]):
                due_s = begun_s + number / batches_a_second
                time.sleep(max(0.0, due_s - time.perf_counter()))
                take(ward, queue, batch)
                took_ms.append((time.perf_counter() - due_s) * 1000)  # a queue that builds up counts
            elapsed_s = time.perf_counter() - begun_s
            half, most = np.percentile(took_ms, (50, 99)).tolist()
            return half, most, max(took_ms), len(took_ms) * patients * 5 / elapsed_s
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0)
    seconds = parser.parse_args().seconds
    kinds = ["embedded"] + (["jetstream"] if nats_server_program() else [])
    for kind in kinds:
        throughput(kind, 10, 300, 0.5)  # compiles what a full trace needs, which the first batches do not
        print(f"{kind}: ingest, journal, rules, alarms; M samples/s by the clock, and a processor-second")
        for title, (wall, processor) in {
            "one thread, batches of 65,000": throughput(kind, 1000, 13, seconds),
            "taken in beside it, batches of 65,000": throughput(kind, 1000, 13, seconds, beside=True),
            "one thread, values of full precision": throughput(kind, 1000, 13, seconds, whole=False),
            "one thread, batches of 500": throughput(kind, 100, 1, seconds),
        }.items():
            print(f"  {wall / 1e6:6.2f}  {processor / 1e6:6.2f}  {title}")
        print(f"  {journal_alone(kind, seconds) / 1e6:6.2f}          the journal alone, batches of 65,000")
        half, most, longest, rate = latency(kind, 1_000_000, seconds)
        print(
            f"  at {rate / 1e6:.2f} M samples/s, batch to durable alarm: {half:.1f} ms median, {most:.1f} ms 99 %,",
            end="",
        )
        print(f" {longest:.1f} ms most")


if __name__ == "__main__":
    main()
