"""A hospital whose wards are on JetStream is backed up while it runs, and goes on elsewhere as it was."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.record.nats_server import NatsServer, two_nats_servers
from tests.serve.hospital_process import HospitalProcess, accepted, admission, vital_signs

from fyr.attention import load_policy
from fyr.exchange.hl7v2 import send_mllp
from fyr.serve.shards import own_partition, relayed_partition
from fyr.serve.ward_inputs import Happened
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_state import WardState

pytestmark = pytest.mark.slow

PATIENTS = {"p1": ("7A", "01"), "p2": ("7B", "01"), "p3": ("8C", "09")}


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[NatsServer, NatsServer]]:
    with two_nats_servers(tmp_path) as both:
        yield both


def _fyr(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


def _send_until_alarms_stand(house: HospitalProcess) -> None:
    """Let p1 and p3 have a saturation of 78 % until each has an alarm."""
    beds = [admission(number, *place, f"adt-{number}") for number, place in PATIENTS.items()]
    assert len(accepted(send_mllp("127.0.0.1", house.mllp, beds, timeout_s=30))) == len(PATIENTS)
    until, control = time.monotonic() + 90, 0
    while time.monotonic() < until:
        for number in PATIENTS:
            control += 1
            spo2 = 97 if number == "p2" else 78
            message = vital_signs(number, f"oru-{control}", spo2=spo2)
            assert accepted(send_mllp("127.0.0.1", house.mllp, [message], timeout_s=20))
        if control % 30 == 0 and {one["patient"] for one in _state(house)["alarms"]} >= {"th/p1", "th/p3"}:
            return
        time.sleep(0.5)
    raise AssertionError(house.log)


def _state(house: HospitalProcess, ends: dict[str, int] | None = None) -> dict[str, Any]:
    """Replay the wards up to some ends: what stands, the events' digest, and how the journal's entries are."""
    digests, alarms, same = {}, [], True
    with house.journal() as (_record, journal):
        for shard in range(house.workers):
            own, relayed = own_partition(shard, house.workers), relayed_partition(shard, house.workers)
            state = WardState(load_policy("ward-demonstration"), lambda _: {})
            stored, produced = [], []
            end = journal.end(own) if ends is None else ends[own]
            for offset, entry in WardJournal(journal, own, relayed).follow(0):
                if offset >= end:
                    break
                if isinstance(entry, Happened):
                    stored.append(entry.event.as_dict())
                else:
                    produced += [event.as_dict() for event in state.feed(entry)]
            same = same and produced[: len(stored)] == stored
            alarms += stored
            digests[own] = state.digest.hexdigest()
        ends = ends or {name: journal.end(name) for name in journal.partitions()}
        entries = {name: journal.digest(name, end) for name, end in ends.items()}
    return {"digests": digests, "alarms": alarms, "entries": entries, "same": same, "ends": ends}


def test_wards_on_jetstream_go_on_from_a_backup(servers: tuple[NatsServer, NatsServer], tmp_path: Path) -> None:
    one, two = servers
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = HospitalProcess(tmp_path / "old", nats_url=one.url)
    new = HospitalProcess(tmp_path / "new", nats_url=two.url)
    backup = tmp_path / "backup"
    old.start()
    try:
        _send_until_alarms_stand(old)
        made = _fyr("record", "backup", backup, "--home", old.home, "--config", old.config)
        assert made.returncode == 0, made.stderr
        assert "streams of NATS JetStream" in made.stdout
        checked = _fyr("record", "check", "--home", old.home, "--config", old.config)
        assert (checked.returncode, f"in the streams on {one.url}" in checked.stdout) == (0, True), checked
        elsewhere = _fyr("record", "check", "--home", old.home)
        assert (elsewhere.returncode, len(elsewhere.stderr.splitlines())) == (3, 1), elsewhere.stderr
        without = _fyr("record", "check", "--home", old.home, "--without-streams")
        assert (without.returncode, "were not looked at" in without.stdout) == (0, True), without
        forgotten = _fyr("record", "backup", tmp_path / "without", "--home", old.home)
        assert (forgotten.returncode, len(forgotten.stderr.splitlines())) == (3, 1), forgotten.stderr
        assert "--config" in forgotten.stderr
    finally:
        old.stop()

    refused = _fyr("record", "restore", backup, "--home", new.home)  # to the server that has them all
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1), refused.stderr
    assert "is there already and holds" in refused.stderr
    assert not new.home.exists()
    restored = _fyr("record", "restore", backup, "--home", new.home, "--journal-url", two.url)
    assert restored.returncode == 0, restored.stderr
    assert "in the streams" in restored.stdout
    assert f'write url = "{two.url}" into {new.home}/fyr.toml' in restored.stderr

    there = _state(new)
    here = _state(old, there["ends"])
    assert there["same"]
    assert (there["digests"], there["alarms"], there["entries"]) == (here["digests"], here["alarms"], here["entries"])
    assert {alarm["patient"] for alarm in there["alarms"]} >= {"th/p1", "th/p3"}

    new.start()
    try:
        assert accepted(send_mllp("127.0.0.1", new.mllp, [vital_signs("p1", "again", spo2=78)], timeout_s=30))
        time.sleep(2)
    finally:
        new.stop()
    assert "differ" not in new.log, new.log
    assert "Traceback" not in new.log, new.log
    assert _state(new)["same"]
    assert _state(new, there["ends"]) == there
