"""A model over a file: rows in order, answers beside them, reasons counted."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from fyr.errors import BadInput, UsageError
from fyr.models import Model
from fyr.models.batch import run_file

HEADER = "id,age,weight,creatinine,sex,stable\n"


def _run(
    model: Model, folder: Path, content: str, target: str = "out.csv", **options: bool
) -> tuple[pl.DataFrame, object]:
    (folder / "rows.csv").write_text(content)
    summary = run_file(model, folder / "rows.csv", folder / target, **options)
    return pl.read_csv(folder / target, infer_schema=False), summary


def test_every_row_comes_back_in_order(clearance: Model, tmp_path: Path) -> None:
    lines = (
        "01,60,72,1.0,m,yes\n02,60,72\n03,,72,1.0,f,yes\n04,60,72,1.0,f,yes\n05,60,72,1,0,f,yes\n06,60,72,1.0,m,no\n"
    )
    table, summary = _run(clearance, tmp_path, HEADER + lines)
    assert table["id"].to_list() == ["01", "02", "03", "04", "05", "06"]
    assert table["clearance"].to_list() == ["80.0", None, None, "68.0", None, None]
    assert table["refusal"][1] == "the row has 3 cells where the header has 6"
    assert table["refusal"][4] == "the row has 7 cells where the header has 6"
    assert summary.as_dict() == {
        "model": "clearance",
        "version": "1976",
        "digest": clearance.card.digest,
        "rows": 6,
        "answered": 2,
        "refused": 4,
        "refusal_reasons": {
            "the row has too many or too few cells": 2,
            "age is missing": 1,
            "the creatinine is not stable": 1,
        },
        "columns": ["clearance", "clearance_low", "clearance_high", "refusal"],
        "warnings": [],
    }


def test_a_run_in_slices_is_the_run_in_one(clearance: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{row},{18 + row % 100},{'' if row % 7 == 0 else 72},1.0,m,yes" for row in range(500)]
    lines[123] = "123"
    whole, _ = _run(clearance, tmp_path, HEADER + "\n".join(lines) + "\n")
    monkeypatch.setattr("fyr.models.batch._SLICE", 64)
    monkeypatch.setattr("fyr.models.rows._BLOCK", 50)
    done: list[int] = []
    run_file(clearance, tmp_path / "rows.csv", tmp_path / "sliced.csv", begin=lambda _rows, _warnings: done.append)
    assert pl.read_csv(tmp_path / "sliced.csv", infer_schema=False).equals(whole)
    assert sum(done) == 500
    assert len(done) == 8


@pytest.mark.parametrize("target", ["out.json", "out.jsonl"])
def test_json_holds_explanations_as_objects(clearance: Model, tmp_path: Path, target: str) -> None:
    records = [
        {"id": 1, "age": 60, "weight": 72, "creatinine": 1, "sex": "F", "stable": True, "more": {"kept": [1]}},
        {"id": 2, "age": "60"},
    ]
    (tmp_path / "rows.json").write_text(json.dumps(records))
    run_file(clearance, tmp_path / "rows.json", tmp_path / target, explain=True)
    text = (tmp_path / target).read_text()
    first, second = json.loads(text) if target == "out.json" else map(json.loads, text.splitlines())
    assert {key: first[key] for key in records[0]} == records[0]
    assert first["clearance"] == pytest.approx(68.0)
    assert first["explanation"]["factors"]["sex"] == 0.85
    assert first["refusal"] is None
    assert list(second) == ["id", "age", "clearance", "clearance_low", "clearance_high", "refusal", "explanation"]
    assert second["clearance"] is second["explanation"] is None
    assert "weight is missing" in second["refusal"]


def test_parquet_keeps_its_types(clearance: Model, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"age": [60, None], "weight": [72.0] * 2, "creatinine": [1.0] * 2, "sex": ["m"] * 2, "stable": [True] * 2}
    )
    frame.write_parquet(tmp_path / "rows.parquet")
    run_file(clearance, tmp_path / "rows.parquet", tmp_path / "out.parquet")
    table = pl.read_parquet(tmp_path / "out.parquet")
    assert table.select(frame.columns).equals(frame)
    assert table["clearance"].to_list() == [80.0, None]
    assert table["clearance"].dtype == pl.Float64


def test_a_column_that_may_be_meant_is_pointed_at(clearance: Model, tmp_path: Path) -> None:
    _, summary = _run(clearance, tmp_path, "id,Age,weight,creatinine,sex,stable,hieght\n1,60,72,1.0,m,yes,180\n")
    required, optional = summary.warnings
    assert "age (is it 'Age'?): every row is refused" in required
    assert "height (is it 'hieght'?)" in optional


def test_a_file_about_something_else_is_bad_input(clearance: Model, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no column is an input of clearance"):
        _run(clearance, tmp_path, "name,colour\nx,y\n")
    with pytest.raises(BadInput, match="'refusal'"):
        _run(clearance, tmp_path, "age,refusal\n60,\n")
    assert not (tmp_path / "out.csv").exists()


def test_the_input_is_never_overwritten(clearance: Model, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(HEADER)
    with pytest.raises(BadInput, match="overwrite the input"):
        run_file(clearance, tmp_path / "rows.csv", tmp_path / "." / "rows.csv")
    with pytest.raises(UsageError):
        run_file(clearance, tmp_path / "rows.csv", tmp_path / "out.txt")


def test_no_rows_are_no_error(clearance: Model, tmp_path: Path) -> None:
    table, summary = _run(clearance, tmp_path, HEADER)
    assert table.columns == [*HEADER.strip().split(","), "clearance", "clearance_low", "clearance_high", "refusal"]
    assert (summary.rows, summary.answered, summary.refused) == (0, 0, 0)
