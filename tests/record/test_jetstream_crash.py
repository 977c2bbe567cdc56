"""`kill -9` of writers and of nats-server itself: what was acknowledged is there, once, and hashes as in SQLite.

``FYR_KILLS=100`` kills as often as that; by default some of it, so that the suite stays quick.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.record.killed_stream_writer import payload
from tests.record.nats_server import NatsServer, nats_server_program

from fyr.record import Access, Record
from fyr.record.jetstream_journal import open_jetstream_journal

KILLS = int(os.environ.get("FYR_KILLS", "20"))
NURSE = Access("ingrid", "nurse", "care")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    if nats_server_program() is None:
        pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
    server = NatsServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["writer", "server"])
def test_kill_9_loses_nothing_and_doubles_nothing(victim: str, server: NatsServer, tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201  pytest shows it when the test fails
    program = Path(__file__).with_name("killed_stream_writer.py")
    home = tmp_path / "home"
    Record.open(home, access=NURSE).close()
    writers = subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writers.stdin is not None
    assert writers.stdout is not None
    task: dict[str, Any] = {
        "url": server.url, "home": str(home), "keys": str(tmp_path / "keys.db"), "space": "crash", "kill": victim,
    }  # fmt: skip
    number, sent, acknowledged = 0, -1, -1
    for round_ in range(KILLS):
        lines = (2 if victim == "server" else 0) + (seed + round_ * 7919) % 30
        task |= {"seed": seed + round_, "next": number, "lines": lines, "server": server.pid}
        writers.stdin.write(json.dumps(task) + "\n")
        writers.stdin.flush()
        if victim == "server":
            assert json.loads(writers.stdout.readline()) == {"killed": True}
            server.kill()
            server.start()
        answer = json.loads(writers.stdout.readline())
        sent, acknowledged = max(sent, answer["sent"]), max(acknowledged, answer["done"])
        number = acknowledged + 1  # the next writer sends again what was not acknowledged
        if round_ % 10 == 9 or round_ == KILLS - 1:
            _check(server, tmp_path, home, sent, acknowledged)
        if round_ % 7 == 3:
            for path in tmp_path.glob("keys.db*"):
                path.unlink()  # the index of keys may go at any time: it is made anew from the stream
    writers.communicate(timeout=60)
    assert acknowledged > KILLS, "the writers came to write"
    print(f"{KILLS} kills of the {victim}; {acknowledged + 1} acknowledged")  # noqa: T201


def _check(server: NatsServer, folder: Path, home: Path, sent: int, acknowledged: int) -> None:
    with Record.open(home, access=NURSE) as record:
        with open_jetstream_journal(server.url, access=NURSE, audit=record.audit, space="crash") as journal:
            entries = list(journal.read("ward"))
            numbers = [int(entry.payload.partition(b" ")[0]) for entry in entries]
            assert numbers == list(range(len(numbers))), "in order, nothing missing, nothing twice"
            assert acknowledged < len(numbers) <= sent + 1
            assert [entry.offset for entry in entries] == numbers
            assert all(entry.payload == payload(number) for number, entry in enumerate(entries))
            digest = journal.digest("ward")
        embedded = f"embedded {len(numbers)} {secrets.token_hex(4)}"
        record.journal.append(embedded, [payload(number) for number in numbers], keys=[str(one) for one in numbers])
        assert record.journal.digest(embedded) == digest
