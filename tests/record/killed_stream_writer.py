"""A process that forks writers to the journal on JetStream and kills them; `test_jetstream_crash.py` speaks with it.

For each line ``{"seed", "next", "lines", "url", "home", "space", "keys", "kill", "server"}`` a writer is forked. It
appends the payloads ``next``, ``next + 1``, … each with its own key, until it has had `lines` acknowledgements and is
killed; where `kill` is ``server``, that process is killed first, halfway, and the writer must come through it. The
answer is how far it came: ``{"sent", "done"}``, the last number that it sent and the last that was acknowledged.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import nats
import numpy as np

from fyr.record import Access, Record
from fyr.record.jetstream_journal import open_jetstream_journal

WRITER = Access("device", "gateway", "care")


def payload(number: int) -> bytes:
    """Return what is appended as that number: mostly small, now and then larger than a message may be."""
    return f"{number} ".encode() + bytes(2_500_000 if number % 50 == 7 else number % 300)


def _write(task: dict[str, Any], report: int) -> None:
    with Record.open(Path(task["home"]), access=WRITER) as record:
        journal = open_jetstream_journal(
            task["url"], access=WRITER, audit=record.audit, keys=Path(task["keys"]), space=task["space"], patience_s=30
        )
        for number in count(task["next"]):
            os.write(report, f"sent {number}\n".encode())
            journal.append("ward", [payload(number)], keys=[str(number)])
            os.write(report, f"done {number}\n".encode())


def _one_round(task: dict[str, Any]) -> dict[str, int]:
    chance = np.random.default_rng(task["seed"])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _write(task, writing)
        finally:
            os._exit(1)
    os.close(writing)
    said = b""
    while said.count(b"done") < task["lines"] and (more := os.read(reading, 4096)):
        said += more
        if task["kill"] == "server" and said.count(b"done") >= task["lines"] // 2 and task["server"]:
            os.kill(task["server"], signal.SIGKILL)
            task["server"] = 0
            print(json.dumps({"killed": True}), flush=True)  # noqa: T201
    time.sleep(float(chance.uniform(0.0, 0.02)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as report:
        said += report.read()
    numbers = {word: [int(line.split()[1]) for line in said.decode().splitlines() if line.startswith(word)]
               for word in ("sent", "done")}  # fmt: skip
    return {word: max(found, default=task["next"] - 1) for word, found in numbers.items()}


def main() -> None:
    """Fork and kill as asked, until stdin ends."""
    assert nats.NATS, "imported before forking"
    for line in sys.stdin:
        print(json.dumps(_one_round(json.loads(line))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
