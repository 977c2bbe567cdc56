"""``fyr treat hearing`` as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fyr.cli.main import main

BEFORE = """ear;500;1000;2000;3000;4000;6000;8000;date;patient
right;10;10;15;15;15;15;20;2026-01-01;P7
left;10;10;10;10;10;15;15;2026-01-01;P7
"""
AFTER = """ear;500;1000;2000;3000;4000;6000;8000;date;patient
right;10;15;20;35;55;70;90NR;2026-06-01;P7
left;10;10;10;15;15;20;45;2026-06-01;P7
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["treat", "hearing", *(str(one) for one in arguments)])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text(BEFORE, encoding="utf-8")
    after.write_text(AFTER, encoding="utf-8")
    return before, after


def test_every_scale_and_the_chart(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = files
    drawing = tmp_path / "a.svg"
    code, out, _ = run(capsys, "--audiogram", after, "--baseline", before, "--plot", drawing, "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(out)
    said = {name: entry.get("grade", entry.get("change")) for name, entry in document["grades"].items()}
    assert said == {
        "ototoxicity-siop-boston": "3",  # right: 35 dB at 3 kHz
        "ototoxicity-chang": "2b",
        "ototoxicity-brock": "2",  # right: 55 dB at 4 kHz
        "ototoxicity-asha": "yes",
        "ototoxicity-ctcae-5-adult": "3",  # right: 40, 55 and more than 70 dB at 4, 6 and 8 kHz
        "ototoxicity-ctcae-5-child": "2",  # right: 20 dB at 3 kHz is not above 20
        "ototoxicity-ctcae-4-03": None,
    }
    assert document["grades"]["ototoxicity-siop-boston"]["grade_left"] == "1"
    assert "could not be read" in document["grades"]["ototoxicity-ctcae-4-03"]["refused"]
    right = document["averages"]["right"]
    assert right["pure_tone_average"]["level_db"] == 25
    assert right["high_frequency_average"]["is_at_least"] is True
    assert document["right_minus_left"][-1] == {"frequency_hz": 8000, "difference_db": 45, "is_at_least": True}
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


def test_a_missing_frequency_is_named_and_without_a_baseline_nothing_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"right": {"2000": 20, "4000": 50, "8000": 70}}', encoding="utf-8")
    code, out, _ = run(capsys, "--audiogram", path, "--json")
    grades = json.loads(out)["grades"]
    assert code == 0
    assert grades["ototoxicity-siop-boston"]["refused"] == (
        "right ear, 3000 Hz: not measured, and the grade depends on it"
    )
    assert grades["ototoxicity-siop-boston"]["missing"] == ["right_3000_hz_db"]
    assert grades["ototoxicity-asha"]["refused"] == "it compares with a baseline, and none was given"
    code, out, _ = run(capsys, "--audiogram", path)
    assert code == 0
    assert "ototoxicity-siop-boston      refused: right ear, 3000 Hz" in out


def test_a_conductive_part_is_said_and_left_out_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    rows = [f"right,{hz},{db},{way}" for way, db in (("air", 50), ("bone", 10)) for hz in (1000, 2000, 4000, 8000)]
    path.write_text("\n".join(["ear,frequency_hz,level_db,conduction", *rows]), encoding="utf-8")
    _, out, _ = run(capsys, "--audiogram", path, "--json")
    document = json.loads(out)
    assert document["grades"]["ototoxicity-brock"]["grade"] == "4"
    assert any("up to 40 dB worse than bone conduction" in note for note in document["notes"])
    _, out, _ = run(capsys, "--audiogram", path, "--conduction", "bone", "--json")
    document = json.loads(out)
    assert document["grades"]["ototoxicity-brock"]["grade"] == "0"
    assert not any("bone conduction" in note for note in document["notes"])


def test_files_that_do_not_belong_together(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    before, after = files
    code, _, err = run(capsys, "--audiogram", before, "--baseline", after)
    assert code != 0
    assert "is not before the audiogram" in err
    after.write_text(AFTER.replace("P7", "P8"), encoding="utf-8")
    code, _, err = run(capsys, "--audiogram", after, "--baseline", before)
    assert code != 0
    assert "'P7'" in err
    code, _, err = run(capsys, "--audiogram", after, "--dose", after)
    assert code != 0
    assert "--struct and --dose" in err


@pytest.mark.real
def test_the_dose_to_the_cochlea_and_its_risk(
    files: tuple[Path, Path], data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_folder / "treat" / "rt_dicom"
    plan = ["--struct", folder / "dpc_rtss.dcm", "--dose", folder / "dpc_rtdose.dcm"]
    code, _, err = run(capsys, "--audiogram", files[1], *plan)
    assert code != 0
    assert "Cochlea_L" in err
    course = ["--fractions", 30, "--dose-per-fraction", 2]
    sheet = files[1].with_suffix(".html")
    asked = ["--cochlea", "Heart", *course, "--plot", sheet, "--json"]
    code, out, _ = run(capsys, "--audiogram", files[1], *plan, *asked)
    assert code == 0
    page = sheet.read_text(encoding="utf-8")
    assert page.count("<table>") == 3
    assert "Dose to the cochlea" in page
    cochlea = json.loads(out)["cochlea"]["Heart"]
    assert cochlea["mean_gy"] > 0
    models = {one["model"]: one for one in cochlea["outcomes"]}
    assert "refused" in models["ntcp-cochlea-hearing-de-marzi"]
    lee = models["ntcp-cochlea-tinnitus-lee"]
    assert "refused" in lee or 0 <= lee["ntcp"] <= 1
