"""All or nothing: an import that fails, is refused or runs out of disk leaves the record as it was."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event

from fyr.errors import BadInput, ServiceUnavailable
from fyr.record import (
    Encounter,
    Estimate,
    Finding,
    ImportBatch,
    ModelReference,
    Observation,
    PatientId,
    Record,
    Series,
    Status,
)

ANNA, CARL = PatientId("demo", "1"), PatientId("demo", "3")


def _series(patient: PatientId = CARL, samples: int = 4) -> Series:
    times = np.arange(samples, dtype=np.int64)
    return Series(patient, "spo2", "%", times, np.full(samples, 97.5), np.zeros(samples, np.uint8), 1, "file")


def _fill(batch: ImportBatch) -> None:
    batch.add_patient(CARL, attributes={"sex": "male"})
    batch.add_encounter(Encounter(CARL, "surgery", "3", 0))
    batch.end_encounter(CARL, 10)
    batch.add_observations([Observation(CARL, "temperature", 1, 38.5, "Cel", Status.PRESENT, "file")])
    batch.add_series(_series())
    batch.put_object(b"scan", media_type="application/dicom", patient=CARL)
    batch.add_findings([Finding(CARL, ModelReference("m", "1", "d"), 1, Estimate("score", 1.0, "1"))])


def _import(record: Record, *steps: Callable[[ImportBatch], object]) -> None:
    with record.importing(source="export.zip") as batch:
        for step in steps:
            step(batch)


def _files(folder: Path) -> list[str]:
    kept = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(str(path.relative_to(folder)) for path in kept if not path.name.startswith(("fyr.db", "lock")))


def _assert_untouched(record: Record, files: Path) -> None:
    assert CARL not in record.patients()
    assert record.encounters() == []
    assert record.objects() == []
    assert _files(files) == []
    assert record.audit.verify().ok
    written = {entry["action"] for entry in record.audit.export() if entry["patient"] == str(CARL)}
    assert written <= {"read attributes"}


def test_a_batch_appears_as_a_whole(record: Record, files: Path) -> None:
    with record.importing(source="export.zip") as batch:
        _fill(batch)
        assert CARL not in record.patients(), "nothing is visible before the end"
    added = batch.added
    assert (added.patients, added.encounters, added.observations) == (1, 1, 1)
    assert (added.samples, added.objects, added.findings) == (4, 1, 1)
    assert record.encounters(CARL) == [Encounter(CARL, "surgery", "3", 0, 10)]
    assert len(record.series(CARL, "spo2")[0]) == 4
    assert len(_files(files)) == 2
    details = [entry["detail"] for entry in record.audit.export() if entry["patient"] == str(CARL)]
    assert {"count": 4, "source": "export.zip"} in details


def test_the_same_batch_twice_adds_nothing(record: Record) -> None:
    for expected in (4, 0):
        with record.importing(source="export.zip") as batch:
            batch.add_patient(CARL)
            batch.add_series(_series())
            batch.add_series(_series())
        assert batch.added.samples == expected, "not even within one batch"
        assert batch.added.patients == (expected > 0)


def test_an_error_in_the_block_leaves_nothing(record: Record, files: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _import(record, _fill, lambda _batch: 1 / 0)
    _assert_untouched(record, files)


def test_a_stranger_in_the_batch_leaves_nothing(record: Record, files: Path) -> None:
    of_a_stranger = Observation(PatientId("x", "y"), "temperature", 1, 38.5, "Cel", Status.PRESENT, "")
    with pytest.raises(BadInput, match="knows no patient"):
        _import(record, _fill, lambda batch: batch.add_observations([of_a_stranger]))
    _assert_untouched(record, files)


def test_an_error_after_the_renames_takes_the_files_back(record: Record, files: Path) -> None:
    def fail(_connection: object) -> None:
        if len(_files(files)) == 3:  # both files in place, and the manifest
            raise OSError(errno.EIO, "the commit fails")

    event.listen(record.storage.engine, "commit", fail)
    with pytest.raises(OSError, match="the commit fails"):
        _import(record, _fill)
    _assert_untouched(record, files)


def test_a_failed_batch_keeps_the_files_that_others_need(record: Record, files: Path) -> None:
    record.put_object(b"scan", media_type="application/dicom")
    with pytest.raises(BadInput, match="knows no patient"):
        _import(record, lambda batch: batch.put_object(b"scan", media_type="application/dicom", patient=CARL))
    assert len(_files(files)) == 1
    assert record.object(record.objects()[0].sha256) == b"scan"


def test_a_full_disk_while_staging_leaves_nothing(record: Record, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill_the_disk(_batch: ImportBatch) -> None:
        monkeypatch.setattr("fyr.record.staging.os.fsync", full)

    with pytest.raises(ServiceUnavailable, match="disk is full") as refused:
        _import(record, lambda batch: batch.add_patient(CARL), fill_the_disk, _fill)
    monkeypatch.undo()
    assert refused.value.exit_code == 6
    assert "nothing was half-written" in refused.value.mend
    _assert_untouched(record, files)


def test_a_full_disk_while_renaming_leaves_nothing(
    record: Record, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed: list[Path] = []
    replace_ = Path.replace

    def full(self: Path, target: Path) -> Path:
        if renamed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        renamed.append(self)
        return replace_(self, target)

    with pytest.raises(ServiceUnavailable, match="disk is full"):
        _import(record, _fill, lambda _batch: monkeypatch.setattr(Path, "replace", full))
    monkeypatch.undo()
    assert renamed, "one file was in place already"
    _assert_untouched(record, files)


_FILL_THE_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from fyr.errors import FyrError
from fyr.record import PatientId, Record, Series

record = Record.open(sys.argv[1])
before = record.audit.head().sequence
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # no file may grow past this
rng = np.random.default_rng(0)
try:
    for round in range(200):
        with record.importing(source="big") as batch:
            batch.add_patient(PatientId("big", str(round)))
            n = 2000 * (round + 1)
            batch.add_series(Series(PatientId("big", str(round)), "spo2", "%", np.arange(n), rng.normal(size=n),
                                    np.zeros(n, "u1"), 1, "big"))
        record.journal.append("big", [rng.bytes(20_000)])
except FyrError as problem:
    print(problem.exit_code, problem, flush=True)
    import os
    os._exit(problem.exit_code)
"""


@pytest.mark.parametrize("room", [200_000, 1_500_000, 3_000_000])
def test_a_really_full_disk_leaves_nothing_half_written(tmp_path: Path, room: int) -> None:
    """The kernel itself refuses to let any file grow, first the staged files or first the database."""
    home = tmp_path / "home"
    Record.open(home).close()
    writer = subprocess.run(
        [sys.executable, "-c", _FILL_THE_DISK, str(home), str(room)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert writer.returncode == 6, writer.stderr
    assert writer.stdout.count("\n") == 1
    with Record.open(home) as record:
        patients = record.patients()
        assert [len(record.series(patient, "spo2")[0]) for patient in sorted(patients, key=lambda p: int(p.local))] == [
            2000 * (place + 1) for place in range(len(patients))
        ], "every patient that is there has all samples"
        assert len(_files(home)) == len(patients)
        assert [len(entry.payload) for entry in record.journal.read("big")] == [20_000] * record.journal.end("big")
        assert record.audit.verify().ok


def test_what_a_kill_leaves_behind_is_swept(opened: Callable[..., Record], files: Path) -> None:
    record = opened()
    kept = record.put_object(b"kept", media_type="text/plain")
    for renamed in (False, True):
        folder = files / "staging" / f"killed {renamed}"
        folder.mkdir()
        (folder / "half").write_bytes(b"half")
        if renamed:
            (files / "objects" / "ab").mkdir()
            (files / "objects" / "ab" / "orphan").write_bytes(b"no row names me")
            (folder / "manifest").write_text(f'["objects/ab/orphan", "objects/{kept[:2]}/{kept}"]')
    again = opened()
    assert _files(files) == [f"objects/{kept[:2]}/{kept}"]
    assert again.object(kept) == b"kept"


def test_a_sweep_leaves_living_imports_alone(opened: Callable[..., Record]) -> None:
    record = opened()
    with record.importing(source="slow") as batch:
        name = batch.put_object(b"scan", media_type="application/dicom")
        opened()
    assert record.object(name) == b"scan"


def test_a_batch_of_an_unchanged_patient_keeps_its_attributes(record: Record) -> None:
    with record.importing(source="x") as batch:
        batch.add_patient(ANNA)
        batch.add_series(replace(_series(ANNA), source="y"))
    assert record.attributes(ANNA) == {"birth_year": 1950}
