"""``fyr record`` as processes: what comes in, what is refused in one line, and that nothing is half-written."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fyr.record import Access, PatientId
from fyr.record.record import Record

MAPPING = "hospital: north\npatient: id\ntime: when\ncolumns:\n  HR: {code: heart_rate, unit: /min}\n"
TABLE = "id,when,HR\n1,2026-01-01T00:00:00Z,60\n1,2026-01-01T00:01:00Z,61\n"


def fyr(home: Path, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "record", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "FYR_HOME": str(home), "PYTHONWARNINGS": "default"} | options.pop("environment", {}),
        timeout=120,
        check=False,
        **options,
    )


def imported(home: Path, *arguments: str | Path) -> dict[str, Any]:
    done = fyr(home, "import", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def everything(home: Path) -> dict[str, int]:
    """Count what a record holds, patient by patient, and check that the trail is whole."""
    with Record.open(home, access=Access("test", "test", "test"), create=False) as record:
        assert record.audit.verify().ok
        return {
            str(patient): sum(summary.samples for summary in record.signals(patient))
            + len(record.observations(patient))
            for patient in record.patients()
        }


def files(home: Path) -> set[Path]:
    return {path for folder in ("series", "staging") for path in (home / folder).rglob("*.parquet")}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def numerics(data_folder: Path) -> Path:
    return data_folder / "watch" / "wfdb" / "s00001"


@pytest.fixture
def long_waveform(tmp_path: Path) -> Path:
    """A recording that takes a while and many megabytes to store: 2 million random samples of format 16."""
    folder = tmp_path / "long"
    folder.mkdir()
    samples = np.random.default_rng(1).integers(-30_000, 30_000, 2_000_000, dtype="<i2")
    samples.tofile(folder / "long.dat")
    (folder / "long.hea").write_text("long 1 250 2000000 0:0:0 1/1/2026\nlong.dat 16 200/mV 16 0 0 0 0 II\n")
    return folder / "long"


@pytest.mark.real
class TestImport:
    def test_what_was_read_what_was_new_and_again_nothing(self, home: Path, numerics: Path) -> None:
        first = imported(home, numerics)
        assert first["read"] == {
            "recordings": 2,
            "patients": 1,
            "samples": 19_370,
            "observations": 0,
        }  # 10 * (1936 + 1)
        assert first["added"] == {"patients": 1, "samples": 19_370, "observations": 0}
        assert not first["nothing_new"]
        (spo2,) = (one for one in first["recordings"][1]["signals"] if one["signal"] == "spo2")
        assert spo2["quality"] == {"present": 1573, "unknown": 363}
        assert spo2["start"] == "2896-10-10T00:31:25.894000Z"
        assert any("0 is read as missing" in note for note in first["recordings"][1]["notes"])
        before = files(home)
        again = imported(home, numerics / "s00001-2896-10-10-00-31n", numerics / "s00001-2896-10-10-00-31n.hea")
        assert again["nothing_new"]
        assert again["added"] == {"patients": 0, "samples": 0, "observations": 0}
        assert files(home) == before
        assert everything(home) == {"mimic/s00001": 19_370}

    def test_it_says_so_to_a_person(self, home: Path, numerics: Path) -> None:
        record = numerics / "s00001-2896-10-10-00-31n"
        done = fyr(home, "import", record, "--zero-is-a-value", "--hospital", "icu")
        assert done.returncode == 0
        assert "added 19,360 samples" in done.stdout
        assert "1,936 present" in done.stdout
        again = fyr(home, "import", record, "--zero-is-a-value", "--hospital", "icu")
        assert f"added nothing: all of it was in {home} already" in again.stdout
        assert everything(home) == {"icu/s00001": 19_360}

    def test_the_time_line_has_it(self, home: Path, numerics: Path) -> None:
        imported(home, numerics)
        done = fyr(home, "timeline", "mimic/s00001", "--json")
        assert done.returncode == 0
        told = json.loads(done.stdout)
        assert told["attributes"] == {"age": 60.0, "sex": "F"}
        assert [entry["time"] for entry in told["entries"]] == sorted(entry["time"] for entry in told["entries"])
        (heart,) = (one for one in told["entries"] if one.get("signal") == "heart_rate" and one["samples"] > 1)
        assert (heart["samples"], heart["usable"]) == (1936, 1890)
        assert "heart_rate: 1,936 samples over 1 d 8 h" in fyr(home, "timeline", "mimic/s00001").stdout

    def test_the_import_is_in_the_audit_trail(self, home: Path, numerics: Path) -> None:
        imported(home, numerics)
        with Record.open(home, access=Access("test", "test", "test"), create=False) as record:
            events = [entry for entry in record.audit.export() if "add samples" in json.dumps(entry, default=str)]
        assert len(events) == 1
        assert "mimic" in json.dumps(events[0], default=str)


class TestTables:
    def test_with_a_mapping(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "v.csv").write_text(TABLE)
        (tmp_path / "m.yaml").write_text(MAPPING)
        assert imported(home, tmp_path / "v.csv", "--mapping", tmp_path / "m.yaml")["added"]["samples"] == 2
        (tmp_path / "v.csv").write_text(TABLE + "1,2026-01-01T00:02:00Z,62\n")
        more = imported(home, tmp_path / "v.csv", "--mapping", tmp_path / "m.yaml")
        assert more["added"] == {"patients": 0, "samples": 1, "observations": 0}
        with Record.open(home, create=False) as record:
            (series,) = record.series(PatientId("north", "1"), "heart_rate")
        assert series.value.tolist() == [60, 61, 62]

    def test_observations_come_in_once(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "v.csv").write_text(TABLE)
        (tmp_path / "m.yaml").write_text(MAPPING.replace("heart_rate", "'loinc:2524-7'").replace("/min", "mmol/L"))
        assert imported(home, tmp_path / "v.csv", "--mapping", tmp_path / "m.yaml")["added"]["observations"] == 2
        assert imported(home, tmp_path / "v.csv", "--mapping", tmp_path / "m.yaml")["nothing_new"]
        told = json.loads(fyr(home, "timeline", "north/1", "--json").stdout)
        assert [(one["kind"], one["value"], one["unit"]) for one in told["entries"]] == [
            ("observation", 60.0, "mmol/L"),
            ("observation", 61.0, "mmol/L"),
        ]


def damaged_record(folder: Path, *, text: str | None = None, size: int | None = 12) -> Path:
    (folder / "r.hea").write_text(
        text or "r 2 1 3 10:00:00 1/2/2026\nr.dat 16 10/bpm 16 0 0 0 0 HR\nr.dat 16 1/% 16 0 0 0 0 SpO2\n"
    )
    if size is not None:
        (folder / "r.dat").write_bytes(bytes(size))
    return folder / "r"


def table(folder: Path, text: str, mapping: str = MAPPING) -> list[str | Path]:
    (folder / "v.csv").write_text(text)
    (folder / "m.yaml").write_text(mapping)
    return [folder / "v.csv", "--mapping", folder / "m.yaml"]


BAD: Mapping[str, tuple[Callable[[Path], Any], str]] = {
    "absent path": (lambda folder: folder / "nowhere", "no such file, folder or WFDB record"),
    "empty folder": (lambda folder: folder, "no WFDB record"),
    "absent signal file": (lambda folder: damaged_record(folder, size=None), "r.dat, which is not there"),
    "truncated signal file": (
        lambda folder: damaged_record(folder, size=8),
        "12 bytes, but r.dat has 8 bytes (2 frames)",
    ),
    "header that lies": (lambda folder: damaged_record(folder, size=400), "12 bytes, but r.dat has 400 bytes"),
    "empty header": (lambda folder: damaged_record(folder, text="\n"), "header is empty"),
    "junk header": (lambda folder: damaged_record(folder, text="\x00\x01\x02"), "binary data"),
    "no signals": (lambda folder: damaged_record(folder, text="r 0 1 3\n"), "no signals"),
    "unknown column": (lambda folder: table(folder, TABLE.replace("HR", "Puls")), "no column 'HR'"),
    "unknown unit": (lambda folder: table(folder, TABLE, MAPPING.replace("/min", "bpm")), "'bpm' is not a UCUM unit"),
    "unknown code": (lambda folder: table(folder, TABLE, MAPPING.replace("heart_rate", "pulse")), "'pulse'"),
    "time backwards": (lambda folder: table(folder, TABLE + "1,2025-12-31T00:00:00Z,60\n"), "row 4, column 'when'"),
    "no time zone": (lambda folder: table(folder, TABLE.replace("Z", "")), "no time zone"),
    "no number": (lambda folder: table(folder, TABLE.replace("61", "sixty")), "row 3, column 'HR'"),
    "duplicate header": (lambda folder: table(folder, TABLE.replace("HR", "when")), "two columns are named 'when'"),
    "empty table": (lambda folder: table(folder, ""), "empty (0 bytes)"),
    "mapping with a typing error": (
        lambda folder: table(folder, TABLE, MAPPING.replace("patient", "pateint")),
        "pateint",
    ),
    "mapping that is not YAML": (lambda folder: table(folder, TABLE, "a: b: c"), "not YAML"),
    "no mapping": (lambda folder: table(folder, TABLE)[:1], "--mapping"),
    "mapping for a record": (lambda folder: [damaged_record(folder), *table(folder, TABLE)[1:]], "goes with a table"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_nothing_is_written(case: str, tmp_path: Path, home: Path) -> None:
    make, what = BAD[case]
    made = make(tmp_path)
    done = fyr(home, "import", *(made if isinstance(made, list) else [made]))
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert not home.exists()


class TestAllOrNothing:
    def test_one_bad_file_among_good_ones_adds_nothing(self, home: Path, tmp_path: Path) -> None:
        good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
        (tmp_path / "m.yaml").write_text(MAPPING)
        good.write_text(TABLE)
        imported(home, good, "--mapping", tmp_path / "m.yaml")
        good.write_text(TABLE.replace("1,", "2,"))
        bad.write_text(TABLE.replace("61", "?"))
        before = (everything(home), files(home))
        done = fyr(home, "import", good, bad, "--mapping", tmp_path / "m.yaml")
        assert done.returncode == 3
        assert "bad.csv row 3" in done.stderr
        assert (everything(home), files(home)) == before

    def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(self, home: Path, long_waveform: Path) -> None:
        """A limit on the size of files stands in for the disk: the kernel refuses the write in the same place."""
        with Record.open(home):
            pass

        def no_file_over_two_megabytes() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

        done = fyr(home, "import", long_waveform, preexec_fn=no_file_over_two_megabytes)
        assert done.returncode == 6, done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "the disk is full" in done.stderr
        assert everything(home) == {}
        assert files(home) == set()
        assert imported(home, long_waveform)["added"]["samples"] == 2_000_000

    def test_a_home_that_cannot_be_written_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "v.csv").write_text(TABLE)
        (tmp_path / "m.yaml").write_text(MAPPING)
        done = fyr(
            tmp_path / "home", "import", tmp_path / "v.csv", "--mapping", tmp_path / "m.yaml", "--home", "/proc/fyr"
        )
        assert done.returncode in (3, 6)
        assert len(done.stderr.splitlines()) == 1
        assert "own fault" not in done.stderr

    @pytest.mark.slow
    def test_a_killed_import_leaves_all_or_nothing(self, home: Path, long_waveform: Path, tmp_path: Path) -> None:
        with Record.open(home):
            pass
        whole = {"wfdb/long": 2_000_000}
        started = time.monotonic()
        assert imported(tmp_path / "other", long_waveform)["added"]["samples"] == 2_000_000
        lasting = time.monotonic() - started
        rng = random.Random(7)  # noqa: S311  instants, not secrets
        killed = 0
        for _ in range(8):
            command = [sys.executable, "-m", "fyr.cli", "record", "import", str(long_waveform)]
            process = subprocess.Popen(
                command, env={**os.environ, "FYR_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(rng.uniform(0.3, 1.0) * lasting)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            found = everything(home)  # opening it sweeps up what was left
            assert found in ({}, whole)
            assert len(files(home)) == len(found)
            if found:
                shutil.rmtree(home)
                with Record.open(home):
                    pass
        assert killed >= 1
        imported(home, long_waveform)
        assert everything(home) == whole


class TestTimeline:
    def test_no_record_and_no_such_patient(self, home: Path, tmp_path: Path) -> None:
        done = fyr(home, "timeline", "mimic/s00001")
        assert done.returncode == 3
        assert len(done.stderr.splitlines()) == 1
        assert not home.exists()
        with Record.open(home):
            pass
        for patient, what in (("mimic/s00001", "mimic/s00001"), ("s00001", "names no hospital")):
            done = fyr(home, "timeline", patient)
            assert done.returncode == 3
            assert what in done.stderr
