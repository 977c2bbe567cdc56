"""PREDICT, four versions: the authors' own numbers, a second statement, and laws that must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.diagnose.breast.authors_program import rows_of
from tests.diagnose.breast.plain_predict import plain_predict

from fyr.diagnose.breast.predict import PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32, Predict
from fyr.models import Prediction
from fyr.record.finding import Refusal

VERSIONS = {"2.2": PREDICT_22, "3.0": PREDICT_30, "3.1": PREDICT_31, "3.2": PREDICT_32}
LISTED = {"os_surg": "overall_survival", "os_rhctb": "overall_survival", "brdeath_surg": "breast_cancer_death"}
TREATMENTS = {
    "r": "radiotherapy",
    "h": "hormone_therapy",
    "c": "chemotherapy",
    "t": "trastuzumab",
    "b": "bisphosphonate",
    "total": "total",
}
PATIENT: dict[str, Any] = {
    "age": 57,
    "tumour_size_mm": 22,
    "positive_nodes": 1,
    "grade": 2,
    "er_positive": True,
    "pr_positive": True,
    "her2_status": "negative",
    "smoking_status": "never",
}


def oracle(folder: Path) -> pl.DataFrame:
    """The authors' programs, run by others on 200 rows."""
    return pl.read_csv(folder / "diagnose/breast_predict/predict_breast_oracle.csv")


@pytest.mark.real
@pytest.mark.parametrize("version", VERSIONS)
def test_every_row_of_the_authors_program(data_folder: Path, version: str) -> None:
    table = oracle(data_folder)
    answers = VERSIONS[version].predict_table(rows_of(table))
    assert answers["refusal"].null_count() == table.height
    checked = 0
    for column in table.columns:
        short = f"v{version.replace('.', '')}_"
        kind, _, year = column.removeprefix(short).rpartition("_")
        if not column.startswith(short) or kind not in LISTED:
            continue
        given = "treated" if kind == "os_rhctb" else "surgery"
        ours = answers[f"{LISTED[kind]}_{year}y_{given}"].to_numpy()
        assert np.abs(ours - table[column].to_numpy()).max() < 1e-9, column
        checked += 1
    assert checked in (3, 9)


@pytest.mark.real
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_benefits_are_the_authors_up_to_their_one_decimal(data_folder: Path, treatment: str) -> None:
    table = oracle(data_folder)
    answers = PREDICT_32.predict_table(rows_of(table))
    ours = answers[f"{TREATMENTS[treatment]}_benefit_10y"].to_numpy()
    assert np.abs(ours - table[f"v32_{treatment}_benefit_10"].to_numpy()).max() <= 0.05 + 1e-9


@pytest.mark.real
def test_ten_years_of_hormone_therapy_change_nothing_before_the_eleventh(data_folder: Path) -> None:
    table = oracle(data_folder)
    for letter in ("h", "c", "t", "b", "total"):
        assert (table[f"v32_{letter}_benefit_10"] == table[f"v32_{letter}10_benefit_10"]).all()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_statement_of_the_program(version: str) -> None:
    rng = np.random.default_rng(17)
    rows = 300
    table = pl.DataFrame(
        {
            "age": rng.integers(25, 86, rows),
            "screen": rng.integers(0, 3, rows),
            "size": rng.integers(1, 120, rows),
            "grade": rng.choice([1, 2, 3, 9], rows),
            "nodes": rng.integers(0, 25, rows),
            "er": rng.integers(0, 2, rows),
            "her2": rng.choice([0, 1, 9], rows),
            "ki67": rng.choice([0, 1, 9], rows),
            "pr": rng.choice([0, 1, 9], rows),
            "gen": rng.choice([0, 2, 3], rows),
            "horm": rng.integers(0, 2, rows),
            "traz": rng.integers(0, 2, rows),
            "bis": rng.integers(0, 2, rows),
            "radio": rng.integers(0, 2, rows),
            "heart": rng.integers(0, 12, rows),
            "smoker": rng.integers(0, 2, rows),
        }
    )
    answers = VERSIONS[version].predict_table(rows_of(table))
    for row, patient in enumerate(table.to_dicts()):
        for name, expected in plain_predict(version, patient).items():
            assert answers[name][row] == pytest.approx(expected, abs=1e-9), (name, patient)


@pytest.mark.parametrize("model", VERSIONS.values(), ids=VERSIONS)
def test_survival_and_both_deaths_are_everybody(model: Predict) -> None:
    answer = model.predict(PATIENT | {"chemotherapy_generation": 3, "hormone_therapy": True})
    assert isinstance(answer, Prediction)
    value = {name: estimate.value for name, estimate in answer.estimates.items()}
    for year in (5, 10, 15):
        for given in ("surgery", "treated"):
            parts = ("overall_survival", "breast_cancer_death", "other_death")
            assert sum(value[f"{part}_{year}y_{given}"] for part in parts) == pytest.approx(100)
    treatments = [name for name in value if name.endswith("_benefit_10y") and name != "total_benefit_10y"]
    assert sum(value[name] for name in treatments) == pytest.approx(value["total_benefit_10y"])


@pytest.mark.parametrize("model", VERSIONS.values(), ids=VERSIONS)
def test_the_curves_end_in_the_estimates(model: Predict) -> None:
    answer = model.predict(PATIENT | {"hormone_therapy": True, "chemotherapy_generation": 2})
    assert isinstance(answer, Prediction)
    order, drawn = answer.explanation["order"], answer.explanation["curves"]
    assert order[0] == "surgery"
    assert set(drawn) == set(order)
    for year in (5, 10, 15):
        for given, curve in (("surgery", "surgery"), ("treated", order[-1])):
            for outcome in ("overall_survival", "breast_cancer_death", "other_death"):
                at_year = drawn[curve][outcome][year - 1]
                assert at_year == pytest.approx(answer.estimates[f"{outcome}_{year}y_{given}"].value)
    alive = drawn["surgery"]["overall_survival"]
    assert alive == sorted(alive, reverse=True)


def test_a_block_of_rows_does_not_know_of_the_others() -> None:
    rows = 20_001
    frame = pl.DataFrame([PATIENT]).select(pl.all().repeat_by(rows).explode())
    survival = PREDICT_32.predict_table(frame)["overall_survival_10y_surgery"]
    assert survival.n_unique() == 1
    alone = PREDICT_32.predict(PATIENT)
    assert isinstance(alone, Prediction)
    assert survival[0] == alone.estimates["overall_survival_10y_surgery"].value


def test_extended_hormone_therapy_helps_only_where_hormone_therapy_does() -> None:
    for er, horm, helps in ((True, True, True), (True, False, False), (False, True, False)):
        answer = PREDICT_32.predict(PATIENT | {"er_positive": er, "hormone_therapy": horm})
        assert isinstance(answer, Prediction)
        assert (answer.estimates["extended_hormone_benefit_15y"].value > 0) is helps


def test_a_micrometastasis_counts_as_half_a_node() -> None:
    values = [
        PREDICT_32.predict(PATIENT | changes)
        for changes in ({"positive_nodes": 0}, {"positive_nodes": 1, "micrometastases": True}, {"positive_nodes": 1})
    ]
    survival = [one.estimates["overall_survival_10y_surgery"].value for one in values if isinstance(one, Prediction)]
    assert survival == sorted(survival, reverse=True)
    assert len(set(survival)) == 3


def test_ki67_counts_as_positive_above_ten_percent() -> None:
    def survival(**changes: Any) -> float:
        answer = PREDICT_32.predict(PATIENT | changes)
        assert isinstance(answer, Prediction)
        return answer.estimates["overall_survival_10y_surgery"].value

    assert survival(ki67_percent=11) == survival(ki67_positive=True) < survival()
    assert survival(ki67_percent=10) == survival(ki67_positive=False) > survival()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"age": 24}, "age is 24 a, out of range"),
        ({"age": 190}, "out of range"),
        ({"positive_nodes": -1}, "positive_nodes is -1, out of range"),
        ({"positive_nodes": 1.5}, "not a whole number"),
        ({"tumour_size_mm": 0}, "out of range"),
        ({"tumour_size_mm": "2 cm"}, "write the number alone, in mm"),
        ({"er_positive": None}, "er_positive is missing"),
        ({"her2_status": "2+"}, "HER2 2+ needs an ISH result"),
        ({"her2_status": "borderline"}, "not a known category"),
        ({"ki67_percent": 250}, "ki67_percent is 250 %, out of range"),
        ({"ki67_percent": 40, "ki67_positive": False}, "contradicts"),
        ({"micrometastases": True, "positive_nodes": 3}, "contradict"),
        ({"chemotherapy_generation": 1}, "0, 2 or 3"),
        ({"radiotherapy": True}, "heart_dose_gy is needed"),
        ({"grade": 4}, "out of range"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], reason: str) -> None:
    refused = PREDICT_32.predict(PATIENT | changes)
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_one_bad_row_leaves_the_others() -> None:
    good = pl.DataFrame([PATIENT])
    bad = good.with_columns(age=pl.lit(200, pl.Int64))
    answers = PREDICT_31.predict_table(pl.concat([good, bad, good]))
    assert answers["refusal"].is_null().to_list() == [True, False, True]
    assert answers["overall_survival_5y_surgery"].is_null().to_list() == [False, True, False]


@pytest.mark.parametrize("model", VERSIONS.values(), ids=VERSIONS)
def test_every_output_says_after_what(model: Predict) -> None:
    titles = [output.title for output in model.card.outputs]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if "{" in title]
    for output in model.card.outputs:
        assert ("after surgery" in output.title) is output.name.endswith(("_surgery", "_treated")), output.name
