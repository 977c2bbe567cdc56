"""``fyr learn validate`` as a person meets it: real cohorts, its text and files, and every way to ask for too much."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.cli.test_learn_cohort import METABRIC, TABLE

from fyr.cli.learn import learn
from fyr.diagnose.breast.nottingham import NPI, NottinghamPrognosticIndex
from fyr.errors import FyrError
from fyr.learn.validation_store import ValidationStore
from fyr.models import registry

GBSG = """
patient: pid
hospital: gbsg
columns: {size: tumour_size_mm, nodes: positive_nodes, grade: grade}
outcome: {time: {column: rfstime, unit: d}, event: status, title: recurrence or death}
groups: {hormon: {column: hormon, words: {"0": without hormones, "1": with hormones}}}
"""
LORIS = """
sheet: Ravi_NSCLC
hospital: ravi
columns:
  TMB: tmb_mut_mb
  "PDL1_TPS(%)": pd_l1_tps_percent
  Systemic_therapy_history: systemic_therapy_history
  Albumin: {name: albumin_g_l, unit: g/dL}
  NLR: nlr
outcome: {event: Response, title: response}
"""


def fyr(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(learn, ["validate", *map(str, arguments)])
    found = result.exception.exit_code if isinstance(result.exception, FyrError) else result.exit_code
    assert found == code, (result.output, result.exception)
    return result


def said(*arguments: object, code: int) -> str:
    error = fyr(*arguments, code=code).exception
    assert isinstance(error, FyrError)
    assert "\n" not in str(error)
    return str(error)


def document(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fyr(*arguments, "--json").stdout)
    return found


@pytest.fixture
def breast(data_folder: Path, tmp_path: Path) -> list[object]:
    (tmp_path / "m.yaml").write_text(METABRIC)
    table = data_folder / "diagnose" / "breast_metabric" / "brca_metabric_clinical_data.tsv"
    return ["--cohort", table, "--mapping", tmp_path / "m.yaml"]


@pytest.fixture
def gbsg(data_folder: Path, tmp_path: Path) -> list[object]:
    (tmp_path / "g.yaml").write_text(GBSG)
    return ["--cohort", data_folder / "diagnose" / "survival_h5" / "gbsg.csv", "--mapping", tmp_path / "g.yaml"]


@pytest.mark.real
def test_predict_on_metabric(breast: list[object], tmp_path: Path) -> None:
    """Intervals hold what was found by other means: C 0.685, AUC 0.724, alive 73.1 % predicted and 60.0 % observed."""
    files = ["--report", tmp_path / "r.html", "--report", tmp_path / "r.pdf", "--predictions", tmp_path / "p.csv"]
    kept = ["--keep", "--home", tmp_path / "home"]
    found = document("predict-breast-3.2", *breast, "--horizon", "10y", "--resamples", 200, *files, *kept)
    assert found["model"]["output"] == "overall_survival_10y_treated"
    assert (found["cohort"]["answered"], found["cohort"]["refused"]) == (1846, 135)
    assert found["c_index"]["low"] < 0.685 < found["c_index"]["high"]
    assert found["auc"]["low"] < 0.724 < found["auc"]["high"]
    assert found["observed_risk"]["estimate"] == pytest.approx(0.400, abs=0.005)
    predicted = found["calibration"]["e_over_o"]["estimate"] * found["observed_risk"]["estimate"]
    assert predicted == pytest.approx(1 - 0.731, abs=0.02)
    assert found["calibration"]["e_over_o"]["high"] < 1
    assert set(found["by"]["er"]) == {"Negative", "Positive"}
    assert "Recalibrate it here" in (tmp_path / "r.html").read_text()
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1981
    assert sum(bool(row["refusal"]) for row in rows) == 135
    assert {bool(row["risk"]) for row in rows if row["refusal"]} == {False}
    (stored,) = ValidationStore(tmp_path / "home").all()
    assert stored.document == found
    assert "MB-0000" not in json.dumps(found)


@pytest.mark.real
def test_breast_cancer_death_is_judged_with_its_competing_death(breast: list[object], tmp_path: Path) -> None:
    by_cause = METABRIC.replace(
        "  title: death of any cause",
        "  cause:\n    column: Patient's Vital Status\n    words: {Died of Disease: event, Died of Other Causes: "
        "competing, Living: none}\n  title: death of breast cancer",
    )
    (tmp_path / "m.yaml").write_text(by_cause)
    found = document("predict-breast-3.2", *breast, "--horizon", "10y", "--resamples", 50, "--by", "none")
    assert found["model"]["output"] == "breast_cancer_death_10y_treated"
    assert found["by"] == {}
    assert found["cohort"]["competing"] == 497
    assert (
        found["c_index"]["low"] - 0.02 < 0.705 < found["c_index"]["high"] + 0.02
    )  # the C of those others are censored in
    observed = [group["observed"] for group in found["risk_groups"]]
    assert observed == sorted(observed)


@pytest.mark.real
def test_a_score_is_judged_by_its_rank_alone(gbsg: list[object]) -> None:
    found = document("npi", *gbsg, "--horizon", "5y", "--resamples", 100)
    assert found["c_index"]["low"] < 0.66 < found["c_index"]["high"]
    assert found["brier"] is None
    assert found["not_assessable"]["brier"] == "the model gives a rank, not a probability"
    text = fyr("npi", *gbsg, "--horizon", "60mo", "--resamples", 20).stdout
    assert "ranked 686 of 686 rows" in text
    assert "Not assessable, because the model gives a rank, not a probability: calibration slope" in text
    assert "with hormones                 94/246" in text
    assert text.count("not a medical device") == 1
    beyond = fyr("npi", *gbsg, "--horizon", "9y", "--resamples", 20).stdout
    assert "lies beyond the follow-up, which ends after 7.3 years" in " ".join(beyond.split())


@pytest.mark.real
def test_a_response_is_judged_without_times(data_folder: Path, tmp_path: Path) -> None:
    """LORIS in the cohort of Ravi: the area under the curve is 0.755 by the published formula."""
    (tmp_path / "l.yaml").write_text(LORIS)
    book = data_folder / "diagnose" / "lung_immunotherapy" / "LORIS_AllData.xlsx"
    arguments = ["--cohort", book, "--mapping", tmp_path / "l.yaml"]
    found = document("loris-nsclc", *arguments, "--resamples", 50)
    assert found["horizon_years"] is None
    assert found["auc"]["estimate"] == pytest.approx(0.755, abs=0.01)
    assert found["refusals"] == [{"reason": "pd_l1_tps_percent is missing", "rows": 116}]
    timed = document(
        "loris-nsclc",
        *arguments,
        "--outcome",
        "OS_Months,OS_Event",
        "--time-unit",
        "mo",
        "--horizon",
        "2y",
        "--resamples",
        5,
    )
    assert any("is it in days?" in warning for warning in timed["warnings"])
    (tmp_path / "l.yaml").write_text(LORIS.replace("g/dL", "g/L"))
    refused = said("loris-nsclc", *arguments, code=4)
    assert "answered none of 309 rows: albumin_g_l is out of range (309 rows)" in refused


@pytest.mark.real
def test_a_unit_that_ranks_alike_is_noticed(gbsg: list[object], tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text(GBSG.replace("size: tumour_size_mm", "size: {name: tumour_size_mm, unit: cm}"))
    found = document("npi", *gbsg, "--horizon", "5y", "--resamples", 5)
    assert any("tumour_size_mm has a median of 250 mm, and 5 to 80 is usual" in said for said in found["warnings"])


@pytest.mark.real
@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["npi", "--horizon", "5"], 2, "'5' is no horizon; write 10y, 60mo"),
        (["npi"], 2, "no horizon is given"),
        (["predict-breast-3.2"], 2, "predict-breast speaks of 5, 10, 15 years"),
        (["npii", "--horizon", "5y"], 3, "did you mean npi"),
        (["--horizon", "5y"], 2, "either MODEL or --risk-column"),
        (["npi", "--risk-column", "age", "--horizon", "5y"], 2, "either MODEL or --risk-column"),
        (["npi", "--percent", "--horizon", "5y"], 2, "--percent goes with --risk-column"),
        (["--risk-column", "aeg", "--horizon", "5y"], 3, "did you mean 'age'"),
        (["--risk-column", "age", "--horizon", "5y"], 3, "are these percent, or a score"),
        (["--risk-column", "age", "--output", "x", "--horizon", "5y"], 2, "--output goes with MODEL"),
        (["npi", "--horizon", "5y", "--by", "hormn"], 3, "did you mean 'hormon'"),
        (["npi", "--horizon", "5y", "--report", "x.docx"], 2, "end it with .html or .pdf"),
        (["npi", "--horizon", "5y", "--report", "nowhere/x.html"], 3, "there is no such folder"),
        (["npi", "--horizon", "5y", "--rows", "test"], 2, "needs a split"),
        (["npi", "--horizon", "5y", "--threshold", "110%"], 2, "is no threshold"),
        (["npi", "--horizon", "5y", "--outcome", "status"], 2, "a horizon needs times"),
        (["npi", "--horizon", "5y", "--outcome", "rfstme,status"], 3, "did you mean 'rfstime'"),
        (["llp-v3", "--horizon", "5y"], 3, "is not available"),
        (["predict-breast-3.2", "--horizon", "5y"], 4, "answered none of 686 rows: age is missing (686 rows)"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], code: int, complaint: str, gbsg: list[object]
) -> None:
    assert complaint in said(*arguments, *gbsg, code=code)


def test_a_file_of_the_cohort_is_never_overwritten(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(TABLE)
    common = ["npi", "--cohort", table, "--outcome", "time,event", "--time-unit", "mo", "--horizon", "1y"]
    assert "overwrite the cohort" in said(*common, "--predictions", table, code=2)
    assert table.read_text() == TABLE


def test_three_rows_of_two_hospitals_are_judged_as_far_as_can_be(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE.replace("2x", "20"))
    common = ["npi", "--cohort", tmp_path / "t.csv", "--outcome", "time,event", "--time-unit", "mo"]
    found = document(*common, "--horizon", "2y", "--by", "hospital")
    assert found["cohort"]["refusal_reasons"] == {"positive_nodes is missing": 1}
    assert found["by"]["hospital"]["b"]["rows"] == 0
    assert found["by"]["hospital"]["b"]["not_assessable"]["c_index"] == "there are no patients"
    assert found["small"]


def test_a_published_model_is_judged_on_all_rows_of_a_split_and_any_on_those_asked_for(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE.replace("2x", "20").replace("1,,36", "1,4,36"))
    (tmp_path / "m.yaml").write_text(
        "outcome: {time: {column: time, unit: mo}, event: event}\nsplit: {column: set, train: train, test: test}\n"
    )
    common = ["--cohort", tmp_path / "t.csv", "--mapping", tmp_path / "m.yaml", "--horizon", "2y", "--resamples", 5]
    assert document("npi", *common)["rows"] == 3
    assert document("npi", *common, "--rows", "train")["rows"] == 1
    ours = NottinghamPrognosticIndex()
    ours.card = replace(NPI.card, name="ours", version="1")
    with registry.registered(ours):
        assert document("ours", *common)["rows"] == 2
        assert document("ours", *common, "--rows", "all")["rows"] == 3
    column = ["--risk-column", "grade", "--higher-is-worse"]
    held_out = document(*column, *common)
    assert held_out["rows"] == 2
    assert held_out["not_assessable"]["c_index"] == "there are no events"
    assert "only rows of the split 'test' are judged: 2 of 3" in held_out["warnings"]
