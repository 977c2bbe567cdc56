"""Tables: columns of every type, the answer's columns, and no overwriting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import polars as pl
import pytest

from fyr.errors import BadInput
from fyr.models import Model, Prediction

ROW: dict[str, Any] = {"age": 60, "weight": 72.0, "creatinine": 1.0, "sex": "male", "stable": True}


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        ("age", pl.Int8),
        ("age", pl.UInt64),
        ("age", pl.Float32),
        ("age", pl.String),
        ("age", pl.Decimal(10, 2)),
        ("creatinine", pl.Int64),
        ("creatinine", pl.String),
        ("sex", pl.Categorical),
        ("sex", pl.Enum(["female", "male"])),
        ("stable", pl.Int64),
        ("stable", pl.Float64),
        ("stable", pl.Boolean),
    ],
)
def test_a_value_answers_alike_in_every_column_type(clearance: Model, column: str, dtype: Any) -> None:
    frame = pl.DataFrame([ROW, ROW | {column: None}, ROW], infer_schema_length=3).with_columns(
        pl.col(column).cast(dtype)
    )
    table = clearance.predict_table(frame)
    assert table["clearance"].to_list() == [80.0, None, 80.0]
    assert table["refusal"].to_list()[::2] == [None, None]
    assert table["refusal"][1].startswith(f"{column} is missing")
    assert table[column].dtype == frame[column].dtype


@pytest.mark.parametrize("value", [date(2026, 1, 1), [1, 2], {"a": 1}, b"x", Decimal("1000.5")])
def test_a_value_of_no_use_refuses_its_row(clearance: Model, value: object) -> None:
    table = clearance.predict_table(pl.DataFrame([ROW | {"age": value}]))
    assert table["clearance"].to_list() == [None]
    assert table["refusal"][0].startswith("age is ")


def test_a_column_that_is_not_there_is_missing_in_every_row(clearance: Model) -> None:
    table = clearance.predict_table(pl.DataFrame([ROW, ROW]).drop("weight"))
    assert all("weight is missing" in reason for reason in table["refusal"])
    assert clearance.predict_table(pl.DataFrame({"name": ["x"]}))["refusal"].count() == 1


def test_other_columns_pass_through_in_order(clearance: Model) -> None:
    frame = pl.DataFrame([ROW | {"note": "kept"}]).select("note", *ROW)
    table = clearance.predict_table(frame)
    assert table.select(frame.columns).equals(frame)
    assert table.columns[-4:] == ["clearance", "clearance_low", "clearance_high", "refusal"]


@pytest.mark.parametrize("column", ["clearance", "clearance_low", "refusal", "explanation"])
def test_a_column_of_the_answers_name_is_never_overwritten(clearance: Model, column: str) -> None:
    with pytest.raises(BadInput, match=f"'{column}'"):
        clearance.predict_table(pl.DataFrame([ROW | {column: "mine"}]), explain=True)


def test_an_explanation_column_holds_the_explanation_of_one_patient(clearance: Model) -> None:
    table = clearance.predict_table(pl.DataFrame([ROW | {"age": None}, ROW, ROW | {"sex": "f"}]), explain=True)
    assert table["explanation"][0] is None
    for number, sex in ((1, "male"), (2, "female")):
        alone = clearance.predict(ROW | {"sex": sex})
        assert isinstance(alone, Prediction)
        assert orjson.loads(table["explanation"][number]) == alone.explanation


def test_an_empty_table_gives_an_empty_answer(clearance: Model) -> None:
    table = clearance.predict_table(pl.DataFrame([ROW]).clear())
    assert table.height == 0
    assert table.columns == [*ROW, "clearance", "clearance_low", "clearance_high", "refusal"]


def test_a_large_column_of_distinct_text_is_read(clearance: Model) -> None:
    weights = [f"{20 + number / 1000:.3f}" for number in range(20_000)]
    frame = pl.DataFrame([ROW]).select(pl.exclude("weight")).join(pl.DataFrame({"weight": weights}), how="cross")
    table = clearance.predict_table(frame)
    expected = [80 * float(weight) / 72 for weight in weights]
    assert table["clearance"].to_list() == pytest.approx(expected, rel=1e-12)
