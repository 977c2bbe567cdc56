"""What holds for every model: one path, refusals per row, explanations, findings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.errors import BadInput, FyrError
from fyr.models import Column, Model, ModelOutput, Prediction
from fyr.record.finding import Estimate, ModelReference, Refusal
from fyr.record.identity import PatientId

WELL = {"age": 60, "weight": 72, "creatinine": 1.0, "sex": "male", "stable": True}
"""(140 - 60) * 72 / (72 * 1.0) = 80 mL/min."""


def test_an_estimate_has_its_interval_unit_and_model(clearance: Model) -> None:
    answer = clearance.predict(WELL | {"something_else": "ignored"}, at_us=7)
    assert isinstance(answer, Prediction)
    assert answer.estimates == {"clearance": Estimate("clearance", 80.0, "mL/min", 64.0, 96.0, 0.9)}
    assert answer.model == ModelReference("clearance", "1976", clearance.card.digest)
    assert answer.at_us == 7
    assert answer.inputs == {
        "age": 60,
        "weight": 72.0,
        "creatinine": 1.0,
        "sex": "male",
        "stable": True,
        "height": None,
        "amputee": None,
        "grade": None,
    }
    assert type(answer.inputs["age"]) is int


def test_an_explanation_is_picked_out_of_columns(clearance: Model) -> None:
    answer = clearance.predict(WELL | {"sex": "F"})
    assert isinstance(answer, Prediction)
    assert answer.estimates["clearance"].value == pytest.approx(68.0)
    assert answer.explanation == {"factors": {"sex": 0.85, "all": [0.85, "kept"]}, "formula": "Cockcroft and Gault"}


def test_every_problem_of_a_row_is_listed(clearance: Model) -> None:
    answer = clearance.predict({"age": 17, "weight": "72 kg", "creatinine": "1,0", "sex": None, "height": 10})
    assert isinstance(answer, Refusal)
    assert answer.inputs == ("age", "weight", "creatinine", "sex", "stable", "height")
    parts = answer.reason.split("; ")
    for name in answer.inputs:
        assert any(part.startswith(name) for part in parts)
    assert "age is 17 a, out of range (accepted: 18 to 110 a)" in answer.reason


def test_a_model_may_decline_a_valid_row(clearance: Model) -> None:
    assert clearance.predict(WELL | {"stable": "no"}) == Refusal("the creatinine is not stable", ("stable",))


def test_a_bad_row_never_stops_the_others(clearance: Model) -> None:
    rows = [WELL, WELL | {"age": None}, WELL | {"stable": False}, WELL | {"age": 100}]
    answers = clearance.predict_columns({name: [row[name] for row in rows] for name in WELL})
    assert answers.answered.tolist() == [True, False, False, True]
    assert answers.value("clearance").tolist()[::3] == [80.0, 40.0]
    assert np.isnan(answers.value("clearance_low")[1:3]).all()
    assert [reason is None for reason in answers.refusal_reasons()] == [True, False, False, True]
    assert answers.count_problems() == {"age is missing": 1, "the creatinine is not stable": 1}
    assert len(answers) == 4


class Broken(Model):
    def __init__(self, card: Any, outputs: Mapping[str, Column]) -> None:
        self.card = card
        self._outputs_given = outputs

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return self._outputs_given


def test_an_answer_that_is_not_finite_is_refused_row_by_row(make_card: Any) -> None:
    card = make_card(outputs=(ModelOutput("ratio", "Ratio", "1"),))
    model = Broken(card, {"ratio": np.array([1.0, np.nan, np.inf])})
    answers = model.predict_columns({name: [WELL.get(name)] * 3 for name in WELL})
    assert answers.answered.tolist() == [True, False, False]
    assert "no finite answer" in str(answers.refusal_reasons()[2])


@pytest.mark.parametrize(
    "outputs",
    [
        {},
        {"other": np.zeros(1)},
        {"ratio": np.zeros(2)},
        {"ratio": np.array(["a"])},
        {"ratio": np.zeros(1), "more": np.zeros(1)},
    ],
)
def test_a_model_that_breaks_its_contract_is_named(make_card: Any, outputs: Mapping[str, Column]) -> None:
    model = Broken(make_card(outputs=(ModelOutput("ratio", "Ratio", "1"),)), outputs)
    with pytest.raises(FyrError, match="model clearance"):
        model.predict(WELL)


def test_no_column_at_all_is_bad_input_unless_the_rows_are_counted(clearance: Model) -> None:
    with pytest.raises(BadInput, match="no input at all"):
        clearance.predict_columns({})
    assert clearance.predict_columns({}, rows=2).answered.tolist() == [False, False]


def test_findings_carry_the_answer_its_inputs_and_its_explanation(clearance: Model) -> None:
    patient = PatientId("north", "17")
    answer = clearance.predict(WELL)
    (finding,) = clearance.findings(patient, 5, answer, WELL)
    assert isinstance(finding.answer, Estimate)
    assert (finding.answer.value, finding.time_us, finding.model) == (80.0, 5, clearance.reference)
    assert finding.inputs["weight"] == 72.0
    assert finding.explanation["formula"] == "Cockcroft and Gault"
    evidence = WELL | {"age": "old"}
    (refused,) = clearance.findings(patient, 5, clearance.predict(evidence), evidence)
    assert isinstance(refused.answer, Refusal)
    assert refused.inputs["age"] == "old"
    assert refused.inputs["height"] is None


VALUE = {
    "age": st.one_of(st.integers(10, 120), st.sampled_from([None, "64", "64.0", "64,0", "x", 64.5])),
    "weight": st.one_of(st.floats(10, 310), st.sampled_from([None, "72.5", " 72.5", "NA", "72 kg"])),
    "creatinine": st.one_of(st.floats(0, 21), st.sampled_from([None, "1.0", "1,0", "inf"])),
    "sex": st.sampled_from(["female", "male", "F", "m", "", "x", None]),
    "stable": st.sampled_from([True, False, "yes", "no", "steady", 1, 0, None, "perhaps"]),
    "height": st.sampled_from([None, 170, "170", "1.70", ""]),
    "amputee": st.sampled_from([None, True, "no", "maybe"]),
    "grade": st.sampled_from([None, "1", 2, "4"]),
}


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUE), min_size=1, max_size=12))
def test_one_patient_and_a_column_of_patients_agree_exactly(clearance: Model, rows: list[dict[str, Any]]) -> None:
    answers = clearance.predict_columns({name: [row[name] for row in rows] for name in VALUE})
    reasons = answers.refusal_reasons()
    for number, row in enumerate(rows):
        alone = clearance.predict(row)
        assert answers.prediction(number) == alone
        assert reasons[number] == (alone.reason if isinstance(alone, Refusal) else None)


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUE), min_size=1, max_size=12))
def test_one_patient_and_a_table_of_text_agree_exactly(clearance: Model, rows: list[dict[str, Any]]) -> None:
    texts = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
    table = clearance.predict_table(pl.DataFrame(texts, schema=dict.fromkeys(VALUE, pl.String)))
    assert table.columns == [*VALUE, "clearance", "clearance_low", "clearance_high", "refusal"]
    for text, answer in zip(texts, table.iter_rows(named=True), strict=True):
        assert {name: answer[name] for name in VALUE} == text
        alone = clearance.predict(text)
        if isinstance(alone, Refusal):
            assert answer["refusal"] == alone.reason
            assert answer["clearance"] is None
            assert answer["clearance_low"] is None
        else:
            estimate = alone.estimates["clearance"]
            assert (answer["clearance"], answer["clearance_low"], answer["clearance_high"], answer["refusal"]) == (
                estimate.value,
                estimate.low,
                estimate.high,
                None,
            )


def test_one_patient_needs_no_table_library() -> None:
    script = (
        "import sys\n"
        "from fyr.watch.news2 import NEWS2\n"
        "NEWS2.predict({'spo2': 96})\n"
        "sys.exit(1 if {'polars', 'pandas', 'numba'} & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
