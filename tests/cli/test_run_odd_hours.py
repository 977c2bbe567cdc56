"""`fyr models run` of an early-warning model on odd tables: the same answers, or a refusal by a stated rule."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fyr.models import Model
from fyr.models.batch import run_file
from fyr.models.rows import read_rows

_SPEC = importlib.util.spec_from_file_location(
    "made_model", Path(__file__).parents[1] / "watch" / "risk" / "made_model.py"
)
made_model = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_model)


@pytest.fixture(scope="module")
def model() -> Model:
    return made_model.make_model()


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    generator = np.random.default_rng(3)
    stay = np.repeat([11, 12, 13], [20, 1, 14])
    hour = np.concatenate([np.arange(20), [0], np.arange(14)])
    values = {
        "hr": generator.integers(60, 140, 35).astype(float),
        "resp": generator.integers(8, 36, 35).astype(float),
        "map": np.where(generator.random(35) < 0.5, generator.integers(50, 110, 35), np.nan),
        "lact": np.where(generator.random(35) < 0.2, 2.0, np.nan),
    }
    return pl.DataFrame({"stay_id": stay, "time": hour, **values}).fill_nan(None)


def risks(model: Model, table: pl.DataFrame) -> list[float]:
    answered = model.predict_table(table)
    assert answered["refusal"].null_count() == table.height, answered["refusal"].drop_nulls().to_list()
    return answered["risk"].to_list()


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_time_as_a_duration_in_any_unit(model, table, unit):
    duration = pl.duration(hours=pl.col("time"), time_unit=unit)
    assert risks(model, table.with_columns(time=duration)) == risks(model, table)


@pytest.mark.parametrize(
    "how",
    [
        lambda t: t.with_columns(pl.col("hr", "resp").cast(pl.Int16), pl.col("stay_id").cast(pl.UInt32)),
        lambda t: t.with_columns(pl.col("hr").cast(pl.Float32), pl.col("time").cast(pl.Float64)),
        lambda t: t.with_columns(pl.exclude("stay_id", "time").fill_null(float("nan"))),
        lambda t: t.with_columns(crea=None, bili=pl.lit(None, dtype=pl.Float64), sex=pl.lit("Female")),
        lambda t: t.with_columns(pl.all().cast(pl.String)),
    ],
    ids=["whole numbers", "single precision", "NaN for null", "columns of nothing", "text"],
)
def test_the_same_values_written_otherwise(model, table, how):
    assert risks(model, how(table)) == risks(model, table)


def test_rows_in_any_order(model, table):
    shuffled = table.with_row_index("row").sample(fraction=1.0, shuffle=True, seed=1)
    again = pl.DataFrame({"row": shuffled["row"], "risk": risks(model, shuffled)}).sort("row")
    assert again["risk"].to_list() == risks(model, table)


def test_a_column_that_is_missing_is_never_measured(model, table):
    without = table.with_columns(lact=pl.lit(None, dtype=pl.Float64))
    assert risks(model, table.drop("lact")) == risks(model, without)


def test_a_stay_of_one_row_and_a_row_without_a_stay(model, table):
    one = table.filter(pl.col("stay_id") == 12)
    assert risks(model, one) == risks(model, one.drop("stay_id"))
    assert risks(model, one)[0] == risks(model, table)[20]


def test_an_impossible_value_refuses_its_row_alone_and_is_no_history(model, table):
    wrong = table.with_columns(hr=pl.when(pl.col("time") == 5).then(-3.0).otherwise(pl.col("hr")))
    answered = model.predict_table(wrong)
    assert answered.filter(pl.col("refusal").is_not_null()).select("stay_id", "time").rows() == [(11, 5), (13, 5)]
    assert answered["refusal"][5] == "hr is -3 /min, out of range (accepted: 0 to 350 /min)"
    left = answered.filter(pl.col("refusal").is_null())["risk"].to_list()
    assert left == risks(model, table.filter(pl.col("time") != 5))


def test_what_is_no_time_is_refused(model, table):
    answered = model.predict_table(table.with_columns(time=pl.when(pl.col("time") == 3).then(-1).otherwise("time")))
    assert answered["refusal"][3] == "time is -1 h, out of range (accepted: 0 to 87600 h)"
    dated = model.predict_table(table.with_columns(time=pl.lit("2026-01-01").str.to_datetime()))
    assert "not a number" in dated["refusal"][0]


def test_an_alarm_is_a_whole_number_for_every_answered_row(model, table):
    answered = model.predict_table(table)
    assert answered["alarm"].dtype == pl.Int64
    assert set(answered["alarm"].to_list()) <= {0, 1}


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_a_duration_is_written_in_the_hours_of_the_card_where_text_must_hold_it(model, table, tmp_path, ending):
    durations = table.with_columns(time=pl.duration(hours=pl.col("time")), since=pl.duration(minutes=pl.col("time")))
    durations.write_parquet(tmp_path / "in.parquet")
    summary = run_file(model, tmp_path / "in.parquet", tmp_path / f"out.{ending}")
    assert summary.warnings == ("time is written in h",)
    back = read_rows(tmp_path / f"out.{ending}").frame
    assert [float(hour) for hour in back["time"]] == table["time"].to_list()
    assert back["since"][1] == "PT1M"
    assert [float(risk) for risk in back["risk"]] == risks(model, table)
