"""`fyr watch train` and `fyr models run` on what it wrote: figures, repeatability, refusals in one line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from fyr.cli.models import models
from fyr.cli.watch import watch
from fyr.errors import BadInput, Refused
from fyr.models import registry

_SPEC = importlib.util.spec_from_file_location(
    "made_stays", Path(__file__).parents[1] / "watch" / "risk" / "made_stays.py"
)
made_stays = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made_stays)


def train(data: Path, output: Path, target: str = "mortality24", seed: int = 1) -> dict:
    arguments = ["train", str(data), "--target", target, "--output", str(output), "--seed", str(seed), "--json"]
    answer = CliRunner().invoke(
        watch, [*arguments, "--resamples", "20", "--repeats", "1"], catch_exceptions=False, standalone_mode=False
    )
    assert answer.exit_code == 0
    return json.loads(answer.stdout)


def run(model: Path, source: Path, target: Path, *options: str) -> pl.DataFrame:
    arguments = ["run", str(model), "--input", str(source), "--output", str(target), *options]
    CliRunner().invoke(models, arguments, catch_exceptions=False, standalone_mode=False)
    return pl.read_parquet(target)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return made_stays.write_tables(tmp_path_factory.mktemp("data") / "mortality24" / "here", stays=240)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("models") / "early"
    return folder, train(data, folder)


def test_the_table_holds_model_and_baselines_with_intervals(trained):
    _, document = trained
    assert document["data"]["all"] == {
        "stays": 240,
        "stays_with_event": 80,
        "judged_rows": 240,
        "judged_rows_with_event": 80,
    }
    for part in ("held_out", "cross_validation"):
        table = document["metrics"][part]
        assert list(table) == ["early_warning", "logistic", "news5"]
        for row in table.values():
            assert row["auroc"]["low"] <= row["auroc"]["value"] <= row["auroc"]["high"]
            assert {"auprc", "brier", "calibration_slope", "calibration_intercept"} <= set(row)
    assert document["metrics"]["cross_validation"]["early_warning"]["auroc"]["value"] > 0.9  # the sick differ plainly


def test_the_same_seed_gives_the_same_model_and_figures(trained, data, tmp_path):
    _, document = trained
    again = train(data, tmp_path / "again")
    assert again["model"]["digest"] == document["model"]["digest"]
    assert again["metrics"] == document["metrics"]


def test_the_published_table_is_run_as_it_is(trained, data, tmp_path):
    """Durations are read as hours, columns that the card does not name pass through, any order of rows will do."""
    folder, _ = trained
    answered = run(folder, data / "dyn.parquet", tmp_path / "out.parquet", "--explain")
    assert answered["refusal"].null_count() == answered.height
    shuffled = pl.read_parquet(data / "dyn.parquet").sample(fraction=1.0, shuffle=True, seed=3)
    shuffled.write_parquet(tmp_path / "shuffled.parquet")
    ages = ("--stays", str(data / "sta.parquet"))  # which is found beside dyn.parquet, and not here
    again = run(folder, tmp_path / "shuffled.parquet", tmp_path / "again.parquet", *ages)
    both = answered.join(again, on=["stay_id", "time"], suffix="_again")
    assert both.height == answered.height
    assert both["risk"].to_list() == both["risk_again"].to_list()
    explained = json.loads(answered["explanation"][17])
    parts = explained["base"] + explained["others"] + sum(one["log_odds"] for one in explained["moved_by"])
    assert 1 / (1 + np.exp(-parts)) == pytest.approx(answered["risk"][17], abs=1e-9)


def test_one_patient_is_a_table_of_one_row(trained):
    folder, _ = trained
    model = registry.model(str(folder))
    evidence = {"time": 3, "hr": 118, "resp": 24, "o2sat": 93}
    alone = model.predict(evidence).estimates["risk"].value
    assert alone == model.predict_table(pl.DataFrame([evidence]))["risk"][0]
    assert "ICU" in model.card.not_for or "intensive care" in model.card.not_for


def test_rows_without_a_signal_or_twice_are_refused(trained):
    model = registry.model(str(trained[0]))
    rows = pl.DataFrame({"stay_id": [1, 1, 2, 2], "time": [0.0, 1.0, 0.0, 0.0], "hr": [None, 80.0, 90.0, 91.0]})
    reasons = model.predict_table(rows.slice(0, 2))["refusal"].to_list()
    assert reasons[0].startswith("no usable signal")
    assert reasons[1] is None
    assert model.predict_table(rows)["refusal"][2] == "this hour of the stay is there twice or more"


def test_a_stay_with_no_usable_signal_is_refused(trained, tmp_path):
    pl.DataFrame({"stay_id": [1, 1], "time": [0.0, 1.0], "hr": [None, None]}).write_parquet(tmp_path / "in.parquet")
    with pytest.raises(Refused, match="answered none of 2 rows"):
        run(trained[0], tmp_path / "in.parquet", tmp_path / "out.parquet")


def test_a_changed_model_file_is_one_line(trained, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in trained[0].iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert registry.model(str(copy)).card.digest
    (copy / "model.json").write_text((copy / "model.json").read_text().replace('"slope": ', '"slope": 2'))
    with pytest.raises(BadInput, match=r"model\.json: the file does not match its signature"):
        registry.model(str(copy))
    (copy / "manifest.json").unlink()
    with pytest.raises(BadInput, match=r"has no manifest\.json"):
        registry.model(str(copy))


def test_a_trained_model_in_the_home_is_listed(trained, tmp_path, monkeypatch):
    kept = tmp_path / "home" / "models" / "ours"
    kept.mkdir(parents=True)
    for file in trained[0].iterdir():
        (kept / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("FYR_HOME", str(tmp_path / "home"))
    assert registry.models()["ours"].card.name == "early_warning_mortality24"
    (kept / "model.json").write_text("{}")
    assert "signature" in str(registry.problems()["ours"])


def test_an_hourly_target_has_utility_and_alarms(tmp_path):
    data = made_stays.write_tables(tmp_path / "sepsis" / "here", stays=30, hours=16, hourly=True)
    document = train(tmp_path, tmp_path / "model", target="sepsis")
    assert document["metrics"]["cross_validation"]["early_warning"]["utility"]["value"] > 0.2
    answered = run(tmp_path / "model", data / "dyn.parquet", tmp_path / "out.parquet")
    stands = pl.col("risk").rolling_max(10, min_samples=1).over("stay_id")
    threshold = registry.model(str(tmp_path / "model")).card.parameters["threshold"]
    assert threshold == document["model"]["threshold"]
    assert answered.sort("stay_id", "time").select(pl.col("alarm") == (stands >= threshold))["alarm"].all()


def change(data: Path, copy: Path, table: str, how) -> Path:
    copy.mkdir(exist_ok=True)
    for name in ("dyn", "outc", "sta"):
        frame = pl.read_parquet(data / f"{name}.parquet")
        (how(frame) if name == table else frame).write_parquet(copy / f"{name}.parquet")
    return copy


@pytest.mark.parametrize(
    ("table", "how", "said"),
    [
        ("dyn", lambda t: t.drop("time"), "there is no column time"),
        ("dyn", lambda t: t.select("stay_id", "time"), "no column is a variable of the model"),
        ("dyn", lambda t: pl.concat([t, t.head(1)]), "stay_id 100, time 0.0 is there twice"),
        ("dyn", lambda t: t.with_columns(pl.lit("x").alias("hr")), "the column 'hr' is not numeric"),
        ("dyn", lambda t: t.with_columns(pl.exclude("stay_id", "time") * None), "no stay has a usable signal"),
        ("outc", lambda t: t.drop("label"), "there is no column label"),
        ("outc", lambda t: t.slice(1), "stay 100 has hours without a label"),
        ("outc", lambda t: t.with_columns(label=pl.lit(0)), "0 stays with the event are too few"),
        ("outc", lambda t: t.with_columns(label=pl.lit(7)), "neither 0 nor 1"),
    ],
)
def test_tables_that_cannot_be_used_are_one_line(data, tmp_path, table, how, said):
    with pytest.raises(BadInput) as problem:
        train(change(data, tmp_path / "copy", table, how), tmp_path / "model")
    assert said in str(problem.value)
    assert "\n" not in str(problem.value)
    assert not (tmp_path / "model").exists()


def test_a_folder_without_tables_is_one_line(tmp_path):
    with pytest.raises(BadInput, match=r"no dyn\.parquet"):
        train(tmp_path, tmp_path / "model")


def test_a_stay_without_signal_is_left_out_and_said(data, tmp_path):
    values = pl.exclude("stay_id", "time")
    silent = change(
        data,
        tmp_path / "copy",
        "dyn",
        lambda t: t.with_columns(pl.when(pl.col("stay_id") == 104).then(None).otherwise(values).name.keep()),
    )
    assert train(silent, tmp_path / "model")["data"]["left_out"] == ["stay 104: no usable signal"]
