from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.fileset import FileSet
from tests.exchange.dicom import made

from fyr.record.record import Record

VALUES = np.random.default_rng(3).integers(-1000, 3000, (6, 3, 4)).astype(np.int16)
SQUARE = (0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)


def _import(home: Path, *paths: Path) -> dict[str, Any]:
    done = _fyr("import", *paths, "--home", home, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _fyr(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "record", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _folder(tmp_path: Path) -> Path:
    folder = made.write_all(made.slices(VALUES), tmp_path / "study" / "ct")
    dose = made.dose(np.ones((2, 3, 4), np.uint16))
    drawn = made.structures({"Heart": [("CLOSED_PLANAR", SQUARE)]})
    dose.SeriesInstanceUID, drawn.SeriesInstanceUID = "1.2.1", "1.2.2"
    made.write(dose, tmp_path / "study" / "rd.dcm")
    made.write(drawn, tmp_path / "study" / "rs.dcm")
    return folder.parent


def test_a_patient_whose_number_has_a_slash(tmp_path: Path) -> None:
    slices = made.slices(VALUES)
    for one in slices:
        one.PatientID = "008F/g234"
    said = _import(tmp_path / "home", made.write_all(slices, tmp_path / "ct"))
    assert (said["added"], said["refused"]) == ({"patients": 1, "objects": 6}, [])
    with Record.open(tmp_path / "home") as record:
        assert [one.patient.number for one in record.find_studies()] == ["008F/g234"]


def test_a_study_comes_in_and_is_said(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    said = _import(tmp_path / "home", folder)
    assert said["read"] | {"bytes": 0} == {"patients": 1, "studies": 1, "series": 3, "objects": 8, "bytes": 0}
    assert said["added"] == {"patients": 1, "objects": 8}
    series = {one["modality"]: one for one in said["studies"][0]["series"]}
    assert series["CT"]["holds"] == [{"shape": [6, 3, 4], "spacing_mm": [3, 2, 1], "unit": "[hnsf'U]"}]
    assert series["RTSTRUCT"]["holds"][0]["structures"] == ["Heart"]
    assert series["RTDOSE"]["holds"][0]["max_gy"] == pytest.approx(0.001)
    assert not any(one["refused"] or one["notes"] for one in series.values())
    with Record.open(tmp_path / "home", create=False) as record:
        stored = record.objects(study=made.STUDY)
        assert len(stored) == 8
        assert {str(one.patient) for one in stored} == {"dicom/P1"}
        kept = {record.object(one.sha256) for one in stored}
    assert kept == {file.read_bytes() for file in folder.rglob("*.dcm")}


def test_the_same_again_adds_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    first = _import(tmp_path / "home", folder)
    again = _import(tmp_path / "home", folder)
    assert (again["known"], again["nothing_new"], again["added"]) == (8, True, {"patients": 0, "objects": 0})
    assert again["studies"] == first["studies"]


def test_another_object_under_a_uid_is_refused_with_the_reason(tmp_path: Path) -> None:
    one = made.slices(VALUES[:1])[0]
    made.write(one, tmp_path / "a.dcm")
    one.PatientName = "Changed"
    made.write(one, tmp_path / "b.dcm")
    said = _import(tmp_path / "home", tmp_path / "a.dcm", tmp_path / "b.dcm")
    assert (said["added"]["objects"], said["read"]["objects"]) == (1, 1)
    (refused,) = said["refused"]
    assert refused["where"] == str(tmp_path / "b.dcm")
    assert one.SOPInstanceUID in refused["reason"]
    alone = _fyr("import", tmp_path / "b.dcm", "--home", tmp_path / "home")
    assert (alone.returncode, alone.stderr.count("\n")) == (3, 1)
    assert "holds another object under the SOP instance UID" in alone.stderr


def test_damaged_files_are_refused_and_the_rest_comes_in(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    file = sorted((folder / "ct").iterdir())[3]
    file.write_bytes(file.read_bytes()[:-5])
    (folder / "notes.json").write_text("{}")
    said = _import(tmp_path / "home", folder)
    assert said["added"]["objects"] == 7
    assert [(Path(one["where"]).name, "ends too early" in one["reason"]) for one in said["refused"]] == [
        (file.name, True)
    ]
    ct = next(one for one in said["studies"][0]["series"] if one["modality"] == "CT")
    assert ct["read"] is False
    assert "missing" in ct["refused"][0]["reason"]
    assert [Path(one["name"]).name for one in said["skipped"]] == ["notes.json"]


def test_structures_of_another_picture_are_said(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    drawn = made.structures({"Heart": [("CLOSED_PLANAR", SQUARE)]}, frame="1.2.3")
    drawn.SeriesInstanceUID = "1.2.2"
    inner = drawn.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    inner.RTReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.9"
    made.write(drawn, folder / "rs.dcm")
    said = _import(tmp_path / "home", folder)
    notes = next(one["notes"] for one in said["studies"][0]["series"] if one["modality"] == "RTSTRUCT")
    assert notes == [
        "drawn on series 1.2.9, which is not among these files",
        "in a frame of reference of which no picture is among these files",
    ]


def test_nothing_but_damage_is_an_error(tmp_path: Path) -> None:
    file = made.write(made.dose(np.ones((2, 3, 4), np.uint16)), tmp_path / "rd.dcm")
    file.write_bytes(file.read_bytes()[:300])
    done = _fyr("import", file, "--home", tmp_path / "home")
    assert done.returncode == 3
    assert "ends too early" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def _archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ct.dcm", b"x")
    return path


def test_what_lies_beside_the_pictures_is_named(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    _archive(folder / "more.zip")
    (folder / "empty").touch()
    (folder / "report.pdf").write_bytes(b"%PDF-1.4")
    for k in range(100):  # a medium's own viewer, before the pictures
        (folder / f"a{k:03}.dll").write_bytes(b"MZ")
    said = _import(tmp_path / "home", folder)
    assert said["added"]["objects"] == 8
    reasons = {Path(one["name"]).name: one["reason"] for one in said["skipped"]}
    assert reasons["more.zip"] == "a zip archive: unpack it, and import the folder"
    assert (reasons["empty"], reasons["report.pdf"], reasons["a000.dll"]) == ("an empty file", "a PDF", "a program")
    text = _fyr("import", folder, "--home", tmp_path / "home").stdout
    assert f"{folder / 'more.zip'} is a zip archive: unpack it" in text
    assert "skipped 103 files that are no DICOM" in text


def _medium(tmp_path: Path) -> Path:
    slices = made.slices(VALUES)
    for one in slices:
        one.StudyDate, one.StudyTime, one.StudyID, one.SeriesNumber = "20200101", "120000", "1", 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pydicom leaves its folder to the garbage collector
        files = FileSet()
        for one in slices:
            files.add(one)
        files.write(tmp_path / "medium")
        del files
        gc.collect()
    return tmp_path / "medium"


def test_a_medium_is_read_past_its_index_and_what_is_lacking_is_said(tmp_path: Path) -> None:
    medium = _medium(tmp_path)
    said = _import(tmp_path / "home", medium)
    assert (said["read"]["objects"], said["skipped"], said["notes"]) == (6, [], [])
    lost = sorted(file for file in medium.rglob("IM*"))[0]
    lost.unlink()
    said = _import(tmp_path / "other", medium)
    name = lost.relative_to(medium).as_posix()
    assert said["notes"] == [f"the DICOMDIR of {medium} lists 1 files that are not there: {name}"]
    (medium / "DICOMDIR").write_bytes(b"torn")
    said = _import(tmp_path / "third", medium)
    assert said["added"]["objects"] == 5
    assert said["notes"][0].startswith("the medium's index was not looked into: ")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("zip", "this is a zip archive, which is not read; unpack it and import the folder"),
        ("folder of zip", "nothing that can be read is in this folder, but an archive (more.zip)"),
        ("index", "copy the whole medium where there is a DICOMDIR"),
        ("folder of index", "copy the whole medium where there is a DICOMDIR"),
        ("empty", "this is no DICOM file by its first bytes: an empty file"),
        ("nothing", "no DICOM file and no WFDB record"),
    ],
)
def test_nothing_to_read_has_a_clear_word(what: str, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    given = folder
    if "zip" in what:
        given = _archive(folder / "more.zip")
    elif "index" in what:
        given = Path(shutil.copy(_medium(tmp_path) / "DICOMDIR", folder))
    elif what == "empty":
        given = folder / "ct.dcm"
        given.touch()
    done = _fyr("import", folder if what.startswith("folder") else given, "--home", tmp_path / "home")
    assert done.returncode == 3
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_an_import_of_many_files_goes_on_however_often_it_is_killed(tmp_path: Path) -> None:
    folder = made.write_all(made.slices(np.resize(VALUES, (1500, 3, 4))), tmp_path / "ct")
    home = tmp_path / "home"
    command = [sys.executable, "-m", "fyr.cli", "record", "import", str(folder), "--home", str(home)]
    kept = [0]
    for limit in (200, 600, 1000):
        running = subprocess.Popen(command, env=os.environ.copy(), stdout=subprocess.DEVNULL)
        try:
            for _ in range(6000):
                if running.poll() is not None or sum(1 for _ in (home / "objects").rglob("*")) > limit:
                    break
                time.sleep(0.01)
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGKILL)
            running.wait()
        with Record.open(home, create=False) as record:
            kept.append(len(record.objects()))
            assert all(record.object(one.sha256) for one in record.objects())
    assert kept == sorted(kept)
    said = _import(home, folder)
    assert said["known"] == kept[-1]
    assert said["known"] + said["added"]["objects"] == 1500
    with Record.open(home, create=False) as record:
        assert len(record.objects()) == 1500
        assert record.audit.verify().ok
    assert sum(1 for file in (home / "objects").rglob("*") if file.is_file()) == 1500


@pytest.mark.slow
def test_an_import_that_was_killed_goes_on(tmp_path: Path) -> None:
    folder = made.write_all(made.slices(np.resize(VALUES, (400, 3, 4))), tmp_path / "ct")
    home = tmp_path / "home"
    command = [sys.executable, "-m", "fyr.cli", "record", "import", str(folder), "--home", str(home)]
    running = subprocess.Popen(command, env=os.environ.copy())
    try:
        for _ in range(3000):
            if running.poll() is not None or sum(1 for _ in (home / "objects").rglob("*")) > 150:
                break
            time.sleep(0.01)
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
        running.wait()
    said = _import(home, folder)
    assert said["known"] + said["added"]["objects"] == 400
    with Record.open(home, create=False) as record:
        assert len(record.objects()) == 400
    on_disk = [file for file in (home / "objects").rglob("*") if file.is_file()]
    assert len(on_disk) == 400
