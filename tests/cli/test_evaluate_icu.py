"""`fyr watch evaluate` on hourly intensive-care tables: policies, and a trained model against figures by hand."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from fyr.cli.models import models
from fyr.cli.watch import watch
from fyr.errors import BadInput, UsageError
from fyr.models.folders import write_model_folder
from fyr.watch.risk.model import KIND, model_files
from fyr.watch.risk.utility import hourly_utility


def _beside(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "watch" / "risk" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made_stays, made_model = _beside("made_stays"), _beside("made_model")


def evaluate(*arguments: str | Path) -> dict:
    done = CliRunner().invoke(
        watch, ["evaluate", *map(str, arguments), "--json"], catch_exceptions=False, standalone_mode=False
    )
    return json.loads(done.stdout)


def kept(folder: Path, target: str) -> Path:
    model = made_model.make_model(target, 0.5 if target == "sepsis" else None)
    write_model_folder(folder, KIND, model, model_files(model))
    return folder


@pytest.fixture(scope="module")
def sepsis(tmp_path_factory) -> Path:
    return made_stays.write_tables(tmp_path_factory.mktemp("data") / "sepsis" / "here", stays=30, hours=16, hourly=True)


def test_policies_replay_the_tables_as_they_are(sepsis):
    document = evaluate(sepsis.parent, "--policy", "haahr2022")
    assert document["data"]["patients"] == 30
    assert document["data"]["patient_days"] == pytest.approx(30 * 16 / 24)
    assert document["data"]["events_by_kind"] == {"sepsis": 10}
    assert set(document["policies"]) == {"haahr2022"}


def test_labels_that_are_no_event_need_the_silent_trial(sepsis, tmp_path):
    folder = tmp_path / "los"
    folder.mkdir()
    for name in ("dyn", "outc", "sta"):
        table = pl.read_parquet(sepsis / f"{name}.parquet")
        (table.with_columns(label=pl.lit(30.0)) if name == "outc" else table).write_parquet(folder / f"{name}.parquet")
    with pytest.raises(BadInput, match="not of an event"):
        evaluate(folder, "--policy", "haahr2022")
    assert "sensitivity" not in evaluate(folder, "--policy", "haahr2022", "--silent")["policies"]["haahr2022"]


def test_a_model_of_deaths_is_judged_by_the_last_row_of_each_stay(tmp_path):
    data = made_stays.write_tables(tmp_path / "mortality24" / "here", stays=40)
    model = kept(tmp_path / "model", "mortality24")
    document = evaluate(tmp_path, "--model", model, "--resamples", "40")
    arguments = ["run", str(model), "--input", str(data / "dyn.parquet"), "--output", str(tmp_path / "out.parquet")]
    CliRunner().invoke(models, arguments, catch_exceptions=False, standalone_mode=False)
    last = pl.read_parquet(tmp_path / "out.parquet").sort("stay_id", "time").group_by("stay_id").last()
    judged = last.join(pl.read_parquet(data / "outc.parquet"), on="stay_id")
    died, lived = (judged.filter(pl.col("label") == one)["risk"].to_list() for one in (1, 0))
    pairs = [(high > low) + (high == low) / 2 for high in died for low in lived]
    table = document["metrics"]["here"]
    assert table["early_warning"]["auroc"]["value"] == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert table["early_warning"]["brier"]["value"] == pytest.approx(
        judged.select(((pl.col("risk") - pl.col("label")) ** 2).mean()).item()
    )
    assert {"calibration_slope", "calibration_intercept"} <= set(table["early_warning"])
    assert table["news5"]["auroc_gain"]["low"] <= table["news5"]["auroc_gain"]["high"]
    assert document["data"]["here"]["stays_with_event"] == len(died)
    assert document["data"]["here"]["refused_rows"] == 0
    assert "utility" not in table["early_warning"]


def test_a_model_of_sepsis_is_judged_by_its_own_alarms(sepsis, tmp_path):
    model = kept(tmp_path / "model", "sepsis")
    document = evaluate(sepsis, "--model", model, "--resamples", "20")
    arguments = ["run", str(model), "--input", str(sepsis / "dyn.parquet"), "--output", str(tmp_path / "out.parquet")]
    CliRunner().invoke(models, arguments, catch_exceptions=False, standalone_mode=False)
    answered = pl.read_parquet(tmp_path / "out.parquet").join(
        pl.read_parquet(sepsis / "outc.parquet"), on=["stay_id", "time"]
    )
    answered = answered.sort("stay_id", "time")
    worth = hourly_utility(answered["stay_id"].to_numpy().astype("int64"), answered["label"].to_numpy())
    utility = worth.normalised(answered["alarm"].to_numpy() == 1)
    assert document["metrics"]["here"]["early_warning"]["utility"]["value"] == pytest.approx(utility, abs=1e-12)
    assert document["model"]["threshold"] == 0.5
    assert document["model"]["alarm_stands_h"] == 10


def test_what_cannot_be_judged_is_one_line(sepsis, tmp_path):
    with pytest.raises(UsageError, match="nothing is named that is to be judged"):
        evaluate(sepsis)
    with pytest.raises(UsageError, match="a model is judged alone"):
        evaluate(sepsis, "--policy", "haahr2022", "--model", "news2")
    with pytest.raises(BadInput, match="no early-warning model"):
        evaluate(sepsis, "--model", "news2")
    with pytest.raises(BadInput, match="these are tables of sepsis, not of mortality24"):
        evaluate(sepsis.parent, "--model", kept(tmp_path / "model", "mortality24"))


def test_what_does_not_change_is_taken_from_beside_or_from_where_it_is_said(sepsis, tmp_path):
    """A row alone gives the same answer whether age stands in it, beside the table, or in a table that is named."""
    model = kept(tmp_path / "model", "sepsis")
    hours = pl.read_parquet(sepsis / "dyn.parquet")
    hours.write_parquet(tmp_path / "hours.parquet")
    ages = pl.read_parquet(sepsis / "sta.parquet").select("stay_id", "age")
    hours.join(ages, on="stay_id").write_parquet(tmp_path / "whole.parquet")

    def risks(source: Path, *options: str) -> tuple[list[float], list[str]]:
        arguments = ["run", str(model), "--input", str(source), "--output", str(tmp_path / "out.parquet"), *options]
        done = CliRunner().invoke(models, [*arguments, "--json"], catch_exceptions=False, standalone_mode=False)
        return pl.read_parquet(tmp_path / "out.parquet")["risk"].to_list(), json.loads(done.stdout)["warnings"]

    whole, _ = risks(tmp_path / "whole.parquet")
    beside, said = risks(sepsis / "dyn.parquet")
    assert beside == whole
    assert said == [f"age is taken from {sepsis / 'sta.parquet'}"]
    assert risks(tmp_path / "hours.parquet", "--stays", str(sepsis / "sta.parquet"))[0] == whole
    assert risks(tmp_path / "hours.parquet")[0] != whole
    twice = pl.concat([ages, ages.head(1)])
    twice.write_parquet(tmp_path / "twice.parquet")
    with pytest.raises(BadInput, match="is there twice"):
        risks(tmp_path / "hours.parquet", "--stays", str(tmp_path / "twice.parquet"))
