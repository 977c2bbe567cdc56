"""``fyr treat exposure``, end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from tests.exchange.dicom.made import CT, base
from tests.exchange.dicom.made_reports import ct_event, ct_total, report

from fyr.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["treat", "exposure", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def document(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def save(made: Dataset, path: Path) -> Path:
    made.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good report, the same once more, an unknown unit, another template, a cut file, a picture, a text."""
    folder = tmp_path / "reports"
    folder.mkdir()
    good = report(ct_total(30.5), ct_event("1.2.3", 30.5), StudyDescription="Chest CT", PatientAge="060Y")
    save(good, folder / "a-good.dcm")
    save(good, folder / "b-again.dcm")
    save(report(ct_total(9), ct_event("1.2.8", 9, unit="furlong")), folder / "c-unit.dcm")
    save(report(ct_total(9), ct_event("1.2.9", 9), template="10040"), folder / "d-template.dcm")
    (folder / "e-cut.dcm").write_bytes((folder / "a-good.dcm").read_bytes()[:-40])
    save(base(CT, "CT"), folder / "f-picture.dcm")
    (folder / "g-notes.txt").write_text("no DICOM")
    return folder


def test_a_bad_file_stops_no_other_and_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, folder)
    assert (found["files"], found["read"]) == (7, 1)
    (exam,) = found["examinations"]
    assert exam["totals"] == [{"quantity": "dose_length_product", "value": 30.5, "unit": "mGy.cm"}]
    reasons = {Path(one["where"].split(":")[0]).name: one["reason"] for one in found["refused"]}
    assert "'furlong'" in reasons["c-unit.dcm"]
    assert "TID 10040" in reasons["d-template.dcm"]
    assert "CT Image Storage" in reasons["f-picture.dcm"]
    assert "e-cut.dcm" in reasons
    assert [Path(one).name for one in found["repeated"]] == ["b-again.dcm"]
    assert [Path(one).name for one in found["skipped"]] == ["g-notes.txt"]
    assert {Path(one["where"].split(":")[0]).name: one["exit_code"] for one in found["refused"]}["d-template.dcm"] == 4


@pytest.mark.parametrize(
    ("name", "code"), [("c-unit.dcm", 3), ("d-template.dcm", 4), ("e-cut.dcm", 3), ("g-notes.txt", 3)]
)
def test_nothing_but_a_bad_file_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    ended, out, err = run(capsys, folder / name)
    assert (ended, out) == (code, "")
    assert err.startswith("Error: ") or err
    assert "Traceback" not in err


def test_many_at_once_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, folder, "--processes", 2) == document(capsys, folder, "--processes", 1)


def test_levels_table_and_drawing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, drawing = tmp_path / "own.csv", tmp_path / "own.svg"
    level = "Chest CT=uk-ct-chest-lung-cancer"
    found = document(capsys, folder, "--level", level, "--csv", table, "--plot", drawing)
    assert [one["is_above"] for one in found["examinations"][0]["reference_levels"]] == [True, False]
    assert table.read_text().splitlines()[1].startswith("ct,Chest CT,dose_length_product")
    assert drawing.read_text().startswith("<svg")
    code, out, _ = run(capsys, folder, "--level", level)
    assert code == 0
    assert "ABOVE uk-ct-chest-lung-cancer" in out
    for wrong in ("Chest CT", "Chest CT=nonsense"):
        assert run(capsys, folder, "--level", wrong)[0] == 2
    assert run(capsys, folder, "--plot", tmp_path / "own.png")[0] == 2


@pytest.mark.real
def test_a_plan_stands_in_the_ledger_and_is_added_to_nothing(
    data_folder: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real plan of seven fractions that prescribes 14 Gy to the breast."""
    found = document(capsys, folder, data_folder / "treat/rt_dicom/dpc_rtplan.dcm")
    entries = [one for ledger in found["ledgers"] for one in ledger["entries"] if one["category"] == "therapy"]
    assert {"quantity": "prescribed_dose", "value": 14.0, "unit": "Gy", "of": "Breast"} in entries[0]["quantities"]
    assert {one["category"] for ledger in found["ledgers"] for one in ledger["sums"]} == {"diagnostic"}


@pytest.mark.real
def test_the_real_folder(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, data_folder / "treat/rdsr")
    assert found["read"] == 23
    assert [Path(one["where"].split(":")[0]).name for one in found["refused"]] == ["ESR_non-dose.dcm"]
    assert found["refused"][0]["exit_code"] == 4
    not_counted = [Path(one["path"]).name for one in found["reports"] if not one["counts"]]
    assert not_counted == [
        "CT-RDSR-Siemens-Multi-1.dcm",
        "CT-RDSR-Siemens-Multi-2.dcm",
        "RF-RDSR-Siemens-Zee_adjusted.dcm",
    ]


def test_an_archive_is_named_and_not_passed_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import zipfile

    with zipfile.ZipFile(folder / "h-packed.zip", "w") as packed:
        packed.write(folder / "a-good.dcm", "a.dcm")
    refused = {Path(one["where"]).name: one for one in document(capsys, folder)["refused"] if "zip" in one["reason"]}
    assert refused["h-packed.zip"]["mend"] == "unpack it"
    code, _, err = run(capsys, folder / "h-packed.zip")
    assert code == 3
    assert "this is a zip archive, which is not looked into; unpack it" in err


def test_two_patients_in_a_folder_have_a_ledger_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, dlp in (("ANNA", 10.0), ("BERIT", 20.0)):
        one = report(ct_total(dlp), ct_event(f"1.2.{int(dlp)}", dlp), PatientID=name, StudyInstanceUID="1.2.3")
        save(one, tmp_path / f"{name}.dcm")
    found = document(capsys, tmp_path)
    sums = {one["patient"]["patient_id"]: one["sums"][0]["value"] for one in found["ledgers"]}
    assert sums == {"ANNA": 10, "BERIT": 20}
