"""Snapshots on disk: the newest sound one that fits is read, whatever happened to the others or to the process."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.serve.ward_history import POLICIES, History, attributes, run

from fyr.errors import ServiceUnavailable
from fyr.serve.snapshot_store import SnapshotStore
from fyr.serve.ward_inputs import Input
from fyr.serve.ward_snapshot import Externals
from fyr.serve.ward_state import WardState

POLICY = POLICIES["haahr2022"]
EXTERNALS = Externals(POLICY, attributes)


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots", "ward of the tests")


@pytest.fixture(scope="module")
def state() -> WardState:
    state, history = WardState(POLICY, attributes), History(np.random.default_rng(4), POLICY)
    for entry in history.begin():
        state.feed(entry)
    run(state, history, 0.3)
    return state


def _offset(store: SnapshotStore, end: int = 10**6) -> int | None:
    found = store.newest(end, EXTERNALS)
    return None if found is None else found.offset


def test_without_any_there_is_none(store: SnapshotStore) -> None:
    assert _offset(store) is None


def test_the_newest_three_are_kept_for_their_owner_alone(store: SnapshotStore, state: WardState) -> None:
    for offset in (5, 900, 77, 1000):
        path = store.keep(state, offset)
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [int(path.stem) for path in sorted(store.folder.iterdir())] == [77, 900, 1000]
    assert _offset(store) == 1000


def test_what_was_taken_of_another_partition_is_told(store: SnapshotStore, state: WardState) -> None:
    store.keep(state, 7, relayed=41)
    found = store.newest(7, EXTERNALS)
    assert found is not None
    assert (found.offset, found.relayed) == (7, 41)


def test_what_is_damaged_foreign_or_beyond_the_end_is_passed_over_with_the_reason(
    store: SnapshotStore, state: WardState, caplog: pytest.LogCaptureFixture
) -> None:
    good, beyond = store.keep(state, 10), store.keep(state, 40)
    data = good.read_bytes()
    for offset, content in ((30, data[:-7]), (20, data[:500] + b"x" + data[501:]), (21, b""), (22, b"not one of ours")):
        (store.folder / f"{offset:020d}.fyrsnap").write_bytes(content)
    (store.folder / f"{35:020d}.fyrsnap").mkdir()
    (store.folder / f"{50:020d}.unfinished").write_bytes(data)
    other = SnapshotStore(store.folder.parent, "another ward")
    other.keep(state, 15)
    (store.folder / f"{15:020d}.fyrsnap").write_bytes(next(other.folder.iterdir()).read_bytes())
    with caplog.at_level(logging.WARNING, "fyr.serve"):
        assert _offset(store, end=39) == 10
    said = "\n".join(record.getMessage() for record in caplog.records)
    for offset, reason in (
        (40, "the journal ends at 39"),
        (35, "Is a directory"),
        (30, "checksum"),
        (22, "no kept state"),
        (21, "no kept state"),
        (20, "checksum"),
        (15, "another partition: another ward"),
    ):
        assert any(f"{offset:020d}" in line and reason in line for line in said.splitlines()), (offset, said)
    assert _offset(store, end=40) == 40
    good.unlink()
    beyond.unlink()
    assert _offset(store) is None


def test_no_room_says_so_and_leaves_the_older_ones(
    store: SnapshotStore, state: WardState, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(state, 1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ServiceUnavailable, match="No space left on device"):
        store.keep(state, 2)
    assert [path.name for path in store.folder.iterdir()] == [f"{1:020d}.fyrsnap"]
    assert _offset(store) == 1


def test_the_rest_of_the_journal_after_a_snapshot_gives_what_the_whole_journal_gives(store: SnapshotStore) -> None:
    """Snapshots at several places, and each followed by what came after it."""
    policy = POLICIES["ward-demonstration"]
    state, history = WardState(policy, attributes), History(np.random.default_rng(8), policy)
    journal: list[Input] = history.begin()
    for entry in journal:
        state.feed(entry)
    while len(journal) < 250:
        for entry in history.step(state):
            state.feed(entry)
            journal.append(entry)
    replayed = WardState(policy, attributes)
    for offset, entry in enumerate(journal):
        if offset in (0, 60, 140, 249):
            store.keep(replayed, offset)
        replayed.feed(entry)
    assert replayed.digest.hexdigest() == state.digest.hexdigest()
    for end in (len(journal), 248, 139):
        found = store.newest(end, Externals(policy, attributes))
        assert found is not None
        assert found.offset == max(offset for offset in (60, 140, 249) if offset <= end or offset == 60)
        for entry in journal[found.offset :]:
            found.state.feed(entry)
        assert found.state.digest.count == state.digest.count > 50
        assert found.state.digest.hexdigest() == state.digest.hexdigest()


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_a_sound_snapshot_no_older_than_the_last_that_was_kept(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201  pytest shows it when the test fails
    rng = np.random.default_rng(seed)
    program = [sys.executable, "-m", "tests.serve.killed_keeper", str(tmp_path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        for _ in range(40):
            keeper.stdin.write(f"{rng.uniform(0, 40)}\n")
            keeper.stdin.flush()
            told = int(keeper.stdout.readline())
            found = SnapshotStore(tmp_path, "killed").newest(10**9, EXTERNALS)
            assert found is not None
            assert found.offset in (told, told + 1)
        keeper.stdin.close()
