from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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
