"""A process that forks writers and kills them with SIGKILL; `test_crash.py` speaks with it over its pipes.

For each line ``{"round", "seed", "pending"}`` on stdin a writer is forked: everything is imported already, so it writes
within milliseconds. It first sends `pending` again, like a device that never heard the answer, then goes on until the
kill, which comes at a random instant after a random number of deeds, sometimes while the record is still being opened.
The answer on stdout is ``{"lines", "killed"}``: the writer's own account of what it sent and what was acknowledged.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from itertools import count
from typing import Any

import numpy as np
import polars as pl

from fyr.record import (
    Access,
    AuditEvent,
    Encounter,
    Estimate,
    Finding,
    ModelReference,
    Observation,
    PatientId,
    Record,
    SampleBatch,
    Series,
    Status,
)

ANNA = PatientId("demo", "1")
WRITER = Access("device", "gateway", "care")


def _series(key: str) -> Series:
    times = np.arange(5, dtype=np.int64)
    return Series(ANNA, "spo2", "%", times, np.full(5, 97.0), np.zeros(5, np.uint8), 1, key)


def _import(record: Record, key: str) -> None:
    with record.importing(source=key) as batch:
        batch.add_encounter(Encounter(ANNA, "surgery", key, 0))
        batch.add_observations([Observation(ANNA, "temperature", 1, 37.0, "Cel", Status.PRESENT, key)])
        batch.add_series(_series(key))
        batch.put_object(key.encode(), media_type="text/plain", patient=ANNA, study=key)
        batch.add_findings([Finding(ANNA, ModelReference("m", "1", key), 1, Estimate("score", 1.0, "1"))])


DEEDS: dict[str, Any] = {
    "journal": lambda record, key: record.journal.append("ward", [key.encode()], keys=[key]),
    "samples": lambda record, key: record.journal.append_samples(
        "samples", SampleBatch.from_series([_series(key)]), key=key
    ),
    "import": _import,
    "audit": lambda record, key: record.audit.append([AuditEvent(WRITER, f"deed {key}")]),
}


def _write(address: str, round_: int, pending: list[list[str]], report: int) -> None:
    """Write until somebody kills us."""

    def do(deed: str, key: str) -> None:
        os.write(report, f"sent {deed} {key}\n".encode())
        DEEDS[deed](record, key)
        os.write(report, f"done {deed} {key}\n".encode())

    def go_on(deeds: tuple[str, ...]) -> None:
        for step in count():
            for deed in deeds:
                do(deed, f"{round_}/{step}")

    record = Record.open(address, access=WRITER)
    record.add_patient(ANNA)
    for deed, key in pending:
        do(deed, key)
    threading.Thread(target=go_on, args=[("import",)], daemon=True).start()
    go_on(("journal", "samples", "audit"))


def _one_round(address: str, task: dict[str, Any]) -> dict[str, Any]:
    chance = np.random.default_rng(task["seed"])
    lines_before = int(chance.choice([0, chance.integers(1, 40)], p=[0.15, 0.85]))
    delay_s = float(chance.uniform(0.0, 0.02 if lines_before else 0.3))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _write(address, task["round"], task["pending"], writing)
        finally:
            os._exit(1)
    os.close(writing)
    said = b""
    while said.count(b"\n") < lines_before and (more := os.read(reading, 4096)):
        said += more
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as report:
        said += report.read()
    return {"lines": said.decode().splitlines(), "killed": os.WIFSIGNALED(status)}


def main() -> None:
    """Fork and kill as asked, until stdin ends."""
    assert pl.__version__, "imported before forking"
    for line in sys.stdin:
        print(json.dumps(_one_round(sys.argv[1], json.loads(line))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
