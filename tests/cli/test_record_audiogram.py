"""``fyr record audiogram``: kept once, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fyr.cli.main import main
from fyr.record import Access, PatientId
from fyr.record.record import Record

WHO = PatientId("demo", "1")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["record", "audiogram", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Record.open(tmp_path / "home", access=Access("test", "software", "care")) as record:
        record.add_patient(WHO)
    return tmp_path / "home"


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


GOOD = "ear;1000;4000;8000;date\nright;10;55;90NR;2026-06-01\nleft;10;15;45;2026-06-01\n"


def test_an_audiogram_is_kept_once(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "after.csv", GOOD)
    code, out, err = run(capsys, WHO, path, "--home", home, "--json")
    assert code == 0, err
    assert json.loads(out)["added"] == 6
    code, out, _ = run(capsys, WHO, path, "--home", home)
    assert code == 0
    assert "added nothing" in out
    with Record.open(home, access=Access("test", "software", "care")) as record:
        codes = {one.code: one.value for one in record.observations(WHO)}
    assert codes["loinc:89023-6"] == 55
    assert codes["fyr:hearing-no-response-right-8000-air"] == 90


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (GOOD.replace("2026-06-01", ""), (), "no date"),
        (GOOD, ("--date", "2026-06-02"), "the file says 2026-06-01"),
        ("no table", (), "no column"),
    ],
)
def test_what_cannot_be_kept_keeps_nothing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, more: tuple[str, ...], said: str
) -> None:
    good, bad = file(tmp_path, "good.csv", GOOD), file(tmp_path, "bad.csv", text)
    code, _, err = run(capsys, WHO, good, bad, "--home", home, *more)
    assert code == 3
    assert said in err
    assert len(err.strip().splitlines()) == 1
    with Record.open(home, access=Access("test", "software", "care")) as record:
        assert record.observations(WHO) == []


def test_a_day_can_be_given_and_a_stranger_is_none(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, "after.csv", "ear,4000\nright,55\n")
    assert run(capsys, WHO, path, "--home", home, "--date", "2026-06-01")[0] == 0
    code, _, err = run(capsys, "demo/9", path, "--home", home, "--date", "2026-06-01")
    assert code == 3
    assert "demo/9" in err
