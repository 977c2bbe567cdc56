"""``fyr learn federate``: hospitals' files give the fit of all rows; what cannot be used is named with its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from lifelines import CoxPHFitter
from lifelines.datasets import load_lung

from fyr.cli.learn_federate import federate
from fyr.cli.learn_studies import studies
from fyr.errors import BadInput, Refused, UsageError

COLUMNS = "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num"
HOSPITALS = ("cleveland", "hungarian", "switzerland", "va")


@pytest.fixture
def heart(data_folder: Path, tmp_path: Path) -> list[Path]:
    """Give the four hospitals of the heart disease data their header."""
    files = []
    for hospital in HOSPITALS:
        text = (data_folder / "learn" / "fed_heart_disease" / f"processed.{hospital}.data").read_text()
        files.append(tmp_path / f"{hospital}.csv")
        files[-1].write_text(f"{COLUMNS}\n{text}")
    return files


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(federate, [*map(str, arguments)])


def document(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(federate, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.real
def test_four_hospitals_give_the_slope_of_all_rows(heart: list[Path]) -> None:
    options = ("--method", "logistic", "--features", "age,sex", "--outcome", "num=0", "--missing", "?")
    found = document("--sites", *heart, *options)
    rows = np.array([line.split(",") for file in heart for line in file.read_text().split()[1:]], dtype=object)
    design = np.column_stack([np.ones(len(rows)), rows[:, :2].astype(float)])
    happened = rows[:, 13].astype(float) == 0
    beta = np.array([found["coefficients"][name] for name in ("(intercept)", "age", "sex")])
    assert np.abs(design.T @ (happened - 1 / (1 + np.exp(-design @ beta)))).max() < 1e-8
    assert (found["rows"], found["rows_left_out"], found["sites"]) == (920, 0, list(HOSPITALS))
    assert found["bytes_per_site_per_round"] < 4000
    assert found["sums_masked"]
    assert found["rows_isolable"] == 0
    repeated = [word for file in heart for word in ("--sites", file)]
    assert document(*repeated, *options)["coefficients"] == found["coefficients"]


@pytest.mark.real
def test_rows_without_a_value_are_left_out_and_counted(heart: list[Path]) -> None:
    options = ("--method", "logistic", "--features", "age,chol", "--outcome", "num=0", "--missing", "?")
    found = document("--sites", heart[0], heart[3], *options)
    assert (found["rows"], found["rows_left_out"]) == (496, 7)
    assert found["by_site"]["va"]["rows_left_out"] == 7


@pytest.mark.real
def test_a_code_that_is_no_number_is_named_with_its_row(heart: list[Path]) -> None:
    done = ran("--sites", *heart[2:], "--method", "logistic", "--features", "trestbps", "--outcome", "num=0")
    assert isinstance(done.exception, BadInput)
    assert "switzerland.csv row 4, column 'trestbps': '?' is not a number" in str(done.exception)
    assert "--missing '?'" in str(done.exception)


@pytest.mark.real
def test_an_outcome_of_other_codes_is_refused_with_how_to_mend_it(heart: list[Path]) -> None:
    done = ran("--sites", *heart, "--method", "logistic", "--features", "age", "--outcome", "num")
    assert isinstance(done.exception, BadInput)
    assert "neither 1 (it happened) nor 0" in str(done.exception)
    assert "the codes are 0, 1, 2, 3, 4; say which of them means that it happened: num=CODE" in str(done.exception)


def table(path: Path, rows: int, shift: float, **more: list[str]) -> Path:
    draw = np.random.default_rng(int(100 * shift) + rows)
    age = draw.normal(size=rows) + shift
    dead = draw.random(rows) < 1 / (1 + np.exp(-age))
    columns = {"age": [repr(float(x)) for x in age], "dead": ["true" if d else "false" for d in dead], **more}
    lines = [",".join(columns), *(",".join(cells) for cells in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_one_table_is_split_by_a_column_and_truth_values_are_numbers(tmp_path: Path) -> None:
    whole = table(tmp_path / "all.csv", 90, 0.2, where=["oslo", "lund", "aarhus"] * 30)
    asked = ("--method", "logistic", "--features", "age", "--outcome", "dead")
    split = document("--sites", whole, "--by-site-column", "where", *asked)
    assert split["sites"] == ["aarhus", "lund", "oslo"]
    assert split["rows"] == 90
    one = document("--sites", whole, *asked)
    assert split["coefficients"]["age"] == pytest.approx(one["coefficients"]["age"], rel=1e-12)


def test_eighteen_institutions_give_the_stratified_cox_regression_of_the_lung_data(tmp_path: Path) -> None:
    lung = load_lung().dropna(subset=["inst"])  # inst is written 3.0 in the file
    peer = CoxPHFitter().fit(lung[["time", "status", "age", "sex", "inst"]], "time", "status", strata=["inst"])
    lung["status"] += 1
    lung.to_csv(tmp_path / "lung.csv", index=False)
    asked = ("--sites", tmp_path / "lung.csv", "--by-site-column", "inst", "--method", "Cox", "--features", "age,sex")
    done = ran(*asked, "--time", "time", "--event", "status")
    assert isinstance(done.exception, BadInput)
    assert "the codes are 1, 2; say which of them means that it happened: status=CODE" in str(done.exception)
    done = ran(*asked, "--time", "time", "--event", "status=2", "--rule", "masked=never")
    assert isinstance(done.exception, Refused)  # unmasked, an institution of five is too small to take part
    assert "5 rows take part here, fewer than 10" in str(done.exception)
    found = document(*asked, "--time", "time", "--event", "status=2")
    assert found["coefficients"] == pytest.approx(peer.params_.to_dict(), abs=5e-6)  # where lifelines stops
    assert found["standard_errors"] == pytest.approx(peer.standard_errors_.to_dict(), abs=1e-6)
    assert found["log_likelihood"] == pytest.approx(peer.log_likelihood_, abs=1e-6)
    assert found["sites"][:3] == ["1", "2", "3"]
    assert (len(found["sites"]), found["rows"], found["rows_left_out"]) == (18, 227, 0)
    assert found["rounds"] <= 10
    assert found["bytes_per_site_per_round"] < 10_000
    assert found["rows_isolable"] == 0


def test_an_option_of_several_numbers_and_a_method_by_another_name(tmp_path: Path) -> None:
    file = tmp_path / "lung.csv"
    load_lung().to_csv(file, index=False)
    asked = ("--method", "kaplan-meier", "--time", "time", "--event", "status", "--option", "times=100,200,400,600")
    assert document("--sites", file, *asked)["events"] == 165
    described = document("--sites", file, "--method", "describe", "--features", "age")
    assert described["columns"]["age"]["mean"] == pytest.approx(62.447368, abs=1e-6)


def test_a_study_goes_on_from_its_folder_and_its_state_is_shown(tmp_path: Path) -> None:
    files = [table(tmp_path / "a.csv", 60, 0.1), table(tmp_path / "b.csv", 70, 0.3)]
    asked = ("--sites", *files, "--method", "logistic", "--features", "age", "--outcome", "dead")
    first = document(*asked, "--journal", tmp_path / "kept", "--name", "trial")
    assert document(*asked, "--journal", tmp_path / "kept", "--name", "trial") == first
    done = CliRunner().invoke(studies, [str(tmp_path), "--json"], catch_exceptions=False)
    (shown,) = json.loads(done.stdout)["studies"]
    assert (shown["study"], shown["state"], shown["transcript"]) == ("trial", "finished", first["transcript"])
    assert shown["result"]["coefficients"] == first["coefficients"]
    assert "trial: logistic over a, b" in CliRunner().invoke(studies, [str(tmp_path / "kept")]).stdout
    done = ran(*asked, "--journal", tmp_path / "kept", "--name", "another")
    assert isinstance(done.exception, BadInput)
    assert "journal of another study (trial)" in str(done.exception)
    table(tmp_path / "a.csv", 61, 0.1)
    done = ran(*asked, "--journal", tmp_path / "kept", "--name", "trial")
    assert isinstance(done.exception, BadInput)
    assert "not the one that this study's earlier answers were computed from" in str(done.exception)


def test_a_folder_without_a_study_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(studies, [str(tmp_path)])
    assert isinstance(done.exception, BadInput)
    assert "there is no study" in str(done.exception)


def test_hospitals_have_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, second = table(tmp_path / "a.csv", 40, 0.0), table(tmp_path / "b" / "a.csv", 50, 0.5)
    asked = ("--method", "logistic", "--features", "age", "--outcome", "dead")
    done = ran("--sites", first, second, *asked)
    assert isinstance(done.exception, UsageError)
    assert "would be called 'a'" in str(done.exception)
    assert document("--sites", first, f"b={second}", *asked)["sites"] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("--method", "logistc", "--sites", "x.csv"), UsageError, "choose"),
        (("--method", "logistic"), UsageError, "--sites a.csv b.csv"),
        (("--method", "logistic", "--sites", "no.csv"), BadInput, "there is no such file"),
        (("--method", "logistic", "--sites", "a.csv", "--features", "agge", "--outcome", "dead"), BadInput, "'age'"),
        (("--method", "logistic", "--sites", "a.csv", "--option", "fast"), UsageError, "KEY=VALUE"),
    ],
)
def test_a_wrong_call_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    table(tmp_path / "a.csv", 30, 0.1)
    monkeypatch.chdir(tmp_path)
    done = ran(*arguments)
    assert isinstance(done.exception, kind)
    assert said in str(done.exception)


def test_the_text_names_coefficients_rounds_and_bytes(tmp_path: Path) -> None:
    done = ran(
        "--sites", table(tmp_path / "a.csv", 60, 0.1), "--method", "logistic", "--features", "age", "--outcome", "dead"
    )
    assert done.exit_code == 0
    assert "study: logistic over 1 hospital (a)" in done.stdout
    assert "95 % interval" in done.stdout


def test_a_hospital_without_the_column_is_left_out_where_the_study_says_so(tmp_path: Path) -> None:
    a, b = table(tmp_path / "a.csv", 60, 0.1), table(tmp_path / "b.csv", 70, 0.3)
    bad = table(tmp_path / "bad.csv", 50, 0.2)
    bad.write_text(bad.read_text().replace("age,dead", "years,dead"))
    asked = ("--method", "logistic", "--features", "age", "--outcome", "dead")
    done = ran("--sites", a, bad, b, *asked)
    assert isinstance(done.exception, BadInput)
    assert "there is no column 'age'" in str(done.exception)
    found = document("--sites", a, bad, b, *asked, "--on-refusal", "exclude")
    assert found["sites"] == ["a", "b"]
    assert "there is no column 'age'" in found["sites_left_out"]["bad"]
    assert found["coefficients"] == document("--sites", a, b, *asked)["coefficients"]
    alone = ran("--sites", a, bad, *asked, "--on-refusal", "exclude")
    assert "there is no column 'age'" in str(alone.exception)


def test_what_stands_for_a_stratum_is_said_though_it_was_not_asked(tmp_path: Path) -> None:
    load_lung().to_csv(tmp_path / "lung.csv", index=False)
    asked = ("--sites", tmp_path / "lung.csv", "--time", "time", "--event", "status")
    assert document(*asked, "--method", "cox", "--features", "age")["strata"] == ["site"]
    assert document(*asked, "--method", "log-rank", "--option", "group=sex")["strata"] == ["site"]
    done = ran(*asked, "--method", "cox", "--features", "age")
    assert "strata: site" in done.stdout


def test_a_curve_without_times_is_told_how_to_give_them(tmp_path: Path) -> None:
    load_lung().to_csv(tmp_path / "lung.csv", index=False)
    done = ran("--sites", tmp_path / "lung.csv", "--method", "kaplan-meier", "--time", "time", "--event", "status")
    assert isinstance(done.exception, BadInput)
    assert "option 'times' is needed" in str(done.exception)
    assert "--option times=100,200,300" in str(done.exception)
