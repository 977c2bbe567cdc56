"""``fyr diagnose`` on files and on a record: its table, its JSON, its refusals, its exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.diagnose.small_models import EARLIER_US, EVA, Points, closed, fact

from fyr.cli.main import main
from fyr.models.registry import registered
from fyr.record.record import Record

ROW: dict[str, Any] = {"tumour_size_mm": 22, "positive_nodes": 2, "her2_status": "negative"}


@pytest.fixture(autouse=True)
def _models() -> Iterator[None]:
    with registered(Points("npi", "2", 2.0), closed()):
        yield


def _fyr(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["diagnose", *map(str, arguments)])
    return int(left.value.code or 0)


def _json_file(folder: Path, content: Any) -> Path:
    path = folder / "facts.json"
    path.write_text(json.dumps(content))
    return path


def _answers(document: dict[str, Any], patient: int = 0) -> dict[str, Any]:
    questions = document["patients"][patient]["questions"]
    return {
        version["model"]: version
        for question in questions
        for family in question["models"]
        for version in family["versions"]
    }


def test_a_row_is_answered_with_its_interval_and_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fyr("breast", "--input", _json_file(tmp_path, ROW), "--json") == 0
    answers = _answers(json.loads(capsys.readouterr().out))
    (points,) = answers["npi"]["estimates"]
    assert (points["value"], points["low"], points["high"]) == (46.0, 45.0, 47.0)
    assert "could not be verified" in answers["ihc4"]["refusal"]


def test_the_text_names_every_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("patient,tumour_size_mm,positive_nodes,her2_status\nA,22,2,negative\nB,22,,2+\n")
    assert _fyr("breast", "--input", path) == 0
    said = capsys.readouterr().out
    assert "46.00 (45.00 to 47.00)" in said
    assert "npi: positive_nodes is missing" in said
    assert "not a medical device" in said


def test_if_every_model_refused_the_exit_code_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fyr("breast", "--input", _json_file(tmp_path, [{"age": 50}])) == 4
    assert capsys.readouterr().err.startswith("fyr: every model refused")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([], "there is no row"),
        ([3], "no object of facts"),
        ([{"patient": "A", **ROW}, {"patient": "A", **ROW}], "two rows"),
    ],
)
def test_bad_rows_are_one_line(content: Any, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fyr("breast", "--input", _json_file(tmp_path, content)) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line


def test_a_row_that_cannot_be_used_is_refused_with_every_reason_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {"patient": "B", "tumour_size_mm": 9000, "positive_nodes": -1}
    source = _json_file(tmp_path, [bad, {"patient": "A", **ROW}])
    assert _fyr("breast", "--input", source, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["patient"] for one in document["patients"]] == ["A"]
    (refused,) = document["refused"]
    assert refused["patient"] == "B"
    assert "tumour_size_mm is 9000" in refused["reason"]
    assert "positive_nodes is -1" in refused["reason"]
    assert _fyr("breast", "--input", source) == 0
    assert "fyr: B refused: tumour_size_mm is 9000" in capsys.readouterr().err
    assert _fyr("breast", "--input", _json_file(tmp_path, [bad])) == 4


def test_a_column_that_is_no_fact_is_said_and_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fyr("breast", "--input", _json_file(tmp_path, ROW | {"colour": "red"}), "--json") == 0
    assert "colour" in capsys.readouterr().err


def test_a_patient_of_the_record_as_it_was_known_on_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Record.open(tmp_path / "home") as record:
        record.add_patient(EVA)
        record.add_observations(
            [
                fact("tumour_size_mm", 18.0, EARLIER_US),
                fact("positive_nodes", 0.0, EARLIER_US),
                fact("her2_ihc", "1+", EARLIER_US),
                fact("tumour_size_mm", 22.0),
                fact("positive_nodes", 2.0),
            ]
        )
    for options, value in (((), 46.0), (("--at", "2026-11-12"), 36.0)):
        assert _fyr("breast", EVA, "--home", tmp_path / "home", "--json", *options) == 0
        (points,) = _answers(json.loads(capsys.readouterr().out))["npi"]["estimates"]
        assert points["value"] == value
    assert _fyr("breast", "demo/nobody", "--home", tmp_path / "home") == 3


def test_whose_diagnosis_must_be_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert _fyr("breast") == 2
    assert "PATIENT" in capsys.readouterr().err
