"""A backup is one moment of the record, whole or not there; a damaged one is refused."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.record import Access, PatientId, Record, Series
from fyr.record.backup import MANIFEST, back_up, read_manifest, restore
from fyr.record.whole import check_record

ANNA = PatientId("demo", "1")
ACCESS = Access("test", "software", "backup")


def _open(home: Path) -> Record:
    return Record.open(home, access=ACCESS, create=False)


def _samples(start: int, count: int = 50) -> Series:
    times = np.arange(start, start + count, dtype=np.int64)
    return Series(ANNA, "spo2", "%", times, np.full(count, 97.0), np.zeros(count, np.uint8), 1, "test")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    with Record.open(folder, access=ACCESS) as record:
        record.add_patient(ANNA)
        with record.importing(source="test") as batch:
            batch.add_series(_samples(0))
            batch.put_object(b"a slide", media_type="text/plain", patient=ANNA, study="s")
        record.journal.append("ward", [str(number).encode() for number in range(500)])
    (folder / "fyr.toml").write_text("[hospital]\n")
    (folder / "comparisons" / "one").mkdir(parents=True)
    (folder / "comparisons" / "one" / "comparison.json").write_text("{}")
    return folder


def test_what_is_restored_is_what_was_backed_up(home: Path, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new", check=lambda _: None)
    assert {"fyr.db", "fyr.toml", "comparisons/one/comparison.json"} < set(made.files)
    assert not any(place.startswith("staging") or place == "server.lock" for place in made.files)
    with _open(home) as before, _open(tmp_path / "new") as after:
        assert after.journal.digest("ward") == before.journal.digest("ward")
        assert after.series(ANNA, "spo2")[0].value.tolist() == before.series(ANNA, "spo2")[0].value.tolist()
        (stored,) = after.objects()
        assert after.object(stored.sha256) == b"a slide"
        assert check_record(after).ok
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "backup").rglob("*"))


def test_a_backup_during_writes_is_one_moment(home: Path, tmp_path: Path) -> None:
    stop, written = threading.Event(), [0]
    with _open(home) as record:

        def write() -> None:
            number = 500
            while not stop.is_set():
                record.journal.append("ward", [os.urandom(200) + str(number).encode()])
                with record.importing(source="test") as batch:
                    batch.add_series(_samples(1000 * number))
                number += 1
                written[0] += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                _wait_for_more(written, 3 * (number + 1))
                back_up(home, tmp_path / f"backup-{number}")
        finally:
            stop.set()
            writer.join()
        for number in range(3):
            restore(tmp_path / f"backup-{number}", tmp_path / f"new-{number}", check=lambda _: None)
            with _open(tmp_path / f"new-{number}") as copy:
                whole = check_record(copy)
                assert whole.ok, whole.problems
                assert copy.audit.verify().ok
                end = copy.journal.end("ward")
                assert 500 < end <= record.journal.end("ward")
                assert copy.journal.digest("ward") == record.journal.digest("ward", end)


def test_a_damaged_backup_is_refused_and_names_the_file(home: Path, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "backup")
    for place in made.files:
        damaged = tmp_path / "damaged"
        shutil.copytree(tmp_path / "backup", damaged)
        data = bytearray((damaged / place).read_bytes())
        data[len(data) // 2] ^= 1
        (damaged / place).write_bytes(data)
        with pytest.raises(BadInput, match="is damaged") as caught:
            restore(damaged, tmp_path / "new", check=lambda _: None)
        assert caught.value.where == str(damaged / place)
        (damaged / place).unlink()
        with pytest.raises(BadInput, match="is gone"):
            restore(damaged, tmp_path / "new", check=lambda _: None)
        shutil.rmtree(damaged)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["backup", "home"]


def test_a_changed_list_of_files_is_refused(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    file = tmp_path / "backup" / MANIFEST
    whole = file.read_bytes()
    for changed in (whole.replace(b'"fyr.toml"', b'"fyr.tomm"'), whole[: len(whole) // 2], b"", b"[]"):
        file.write_bytes(changed)
        with pytest.raises(BadInput, match="list of files"):
            read_manifest(tmp_path / "backup")
    with pytest.raises(BadInput, match="there is no backup here"):
        read_manifest(home)


def test_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backup")
    before = (tmp_path / "backup" / MANIFEST).read_bytes()
    with pytest.raises(BadInput, match="something here already"):
        back_up(home, tmp_path / "backup")
    with pytest.raises(BadInput, match="something here already"):
        restore(tmp_path / "backup", home, check=lambda _: None)
    with pytest.raises(BadInput, match="own folder"):
        back_up(home, home / "backup")
    assert (tmp_path / "backup" / MANIFEST).read_bytes() == before


def test_a_record_that_names_a_lost_file_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    next((home / "series").rglob("*.parquet")).unlink()
    with pytest.raises(BadInput, match="is gone"):
        back_up(home, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_what_is_wrong_with_a_record_is_found(home: Path) -> None:
    stored = next(path for path in (home / "objects").rglob("*") if path.is_file())
    stored.write_bytes(b"another slide")
    next((home / "series").rglob("*.parquet")).write_bytes(b"no parquet")
    with sqlite3.connect(home / "fyr.db") as database:
        database.execute("DROP TRIGGER IF EXISTS journal_entry_is_never_removed")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("DELETE FROM journal_entry WHERE position = 7")
    database.close()
    with _open(home) as record:
        problems = check_record(record).problems
    assert len(problems) == 3
    assert any("an object's bytes changed" in one for one in problems)
    assert any("a file of samples is damaged" in one for one in problems)
    assert any("partition 'ward': entry 7 is gone" in one for one in problems)


@pytest.mark.slow
def test_killed_backups_leave_nothing_under_the_name(home: Path, tmp_path: Path) -> None:
    with _open(home) as record:
        record.journal.append("ward", [os.urandom(1_000_000) for _ in range(20)])
    script = (
        "import sys; from pathlib import Path; from fyr.record.backup import back_up;"
        "print('begin', flush=True); back_up(Path(sys.argv[1]), Path(sys.argv[2])); print('end', flush=True)"
    )
    killed = 0
    for number, pause_s in enumerate(_pauses()):
        target = tmp_path / "backups" / str(number)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(home), str(target)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if target.exists():
            restore(target, tmp_path / f"restored-{number}", check=lambda _: None)
        else:
            killed += 1
            back_up(home, target)
            assert not list(target.parent.glob(f".{number}.half-*"))
    assert killed >= 3


def _pauses() -> Iterator[float]:
    yield from (0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.3)


def _wait_for_more(written: list[int], than: int) -> None:
    end = time.monotonic() + 30
    while written[0] <= than:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_how_far_somebody_has_got_is_never_ahead_of_the_copied_journal(home: Path, tmp_path: Path) -> None:
    (home / "snapshots" / "ward").mkdir(parents=True)
    (home / "sinks").mkdir()
    (home / "journal keys").mkdir()
    early, late = home / "snapshots" / "ward" / "1.fyrsnap", home / "snapshots" / "ward" / "2.fyrsnap"
    early.write_bytes(b"made before the copied moment")
    (home / "sinks" / "pager.json").write_bytes(b'{"next": 1}')
    (home / "journal keys" / "front.sqlite").write_bytes(b"made anew from the streams")

    def go_on(_bytes: int) -> None:
        late.write_bytes(b"made after it")
        (home / "sinks" / "pager.json").write_bytes(b'{"next": 2}')

    made = back_up(home, tmp_path / "backup", progress=go_on)
    assert [place for place in made.files if "/" in place and not place.startswith(("series", "objects", "comp"))] == [
        "sinks/pager.json",
        "snapshots/ward/1.fyrsnap",
    ]
    assert (tmp_path / "backup" / "sinks" / "pager.json").read_bytes() == b'{"next": 1}'
