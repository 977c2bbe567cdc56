"""A table as a cohort that models answer: METABRIC by its mapping, columns by their names, splits, competing events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fyr.cli.learn_cohort import read_cohort
from fyr.diagnose.breast.nottingham import NPI
from fyr.diagnose.breast.predict import PREDICT_32
from fyr.errors import BadInput

METABRIC = """
patient: Patient ID
hospital: metabric
columns:
  Age at Diagnosis: age
  Tumor Size: {name: tumour_size_mm, unit: mm}
  Neoplasm Histologic Grade: grade
  Lymph nodes examined positive: positive_nodes
  ER Status: {name: er_positive, words: {Positive: "true", Negative: "false"}}
  PR Status: {name: pr_positive, words: {Positive: "true", Negative: "false"}}
  HER2 Status: {name: her2_status, words: {Positive: positive, Negative: negative}}
  Hormone Therapy: {name: hormone_therapy, words: {"YES": "true", "NO": "false"}}
  Chemotherapy: {name: chemotherapy_generation, words: {"YES": "2", "NO": "0"}}
always: {smoking_status: never, screen_detected: "false", radiotherapy: "false"}
outcome:
  time: {column: Overall Survival (Months), unit: mo}
  event: {column: Overall Survival Status, words: {"1:DECEASED": event, "0:LIVING": none}}
  title: death of any cause
groups:
  er: ER Status
"""
CAUSE = """  cause:
    column: Patient's Vital Status
    words: {Died of Disease: event, Died of Other Causes: competing, Living: none}
"""
TABLE = """patient,hospital,tumour_size_mm,grade,positive_nodes,time,event,set
1,a,22,2,0,12,1,train
2,a,2x,3,1,24,0,test
1,b,15,1,,36,2,test
"""


@pytest.mark.real
def test_metabric_is_answered_by_predict(data_folder: Path, tmp_path: Path) -> None:
    table = data_folder / "diagnose" / "breast_metabric" / "brca_metabric_clinical_data.tsv"
    (tmp_path / "m.yaml").write_text(METABRIC)
    cohort = read_cohort(table, tmp_path / "m.yaml", model=PREDICT_32)
    assert (len(cohort), int(cohort.outcome.event.sum()), cohort.hospitals) == (1981, 1144, ("metabric",))
    assert "528 rows left out: the outcome is not known (row 11, 225, 228 and 525 more)" in cohort.notes
    answers = PREDICT_32.predict_columns(cohort.columns)
    assert dict(answers.count_problems()) == {
        "positive_nodes is missing": 76,
        "age is out of range": 39,
        "tumour_size_mm is missing": 26,
    }
    (tmp_path / "m.yaml").write_text(METABRIC.replace("  title:", CAUSE + "  title:"))
    by_cause = read_cohort(table, tmp_path / "m.yaml", model=PREDICT_32)
    assert by_cause.outcome.competing is not None
    assert np.bincount(by_cause.outcome.cause).tolist() == [837, 646, 497]  # one death has no cause
    assert "1 row left out: the event has no cause" in " ".join(by_cause.notes)


def test_columns_named_as_the_inputs_need_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    cohort = read_cohort(tmp_path / "t.csv", outcome="time,event", time_unit="mo", model=NPI)
    assert cohort.patient.tolist() == ["a/1", "a/2", "b/1"]
    assert cohort.outcome.cause.tolist() == [1, 0, 2]
    assert cohort.outcome.years is not None
    np.testing.assert_allclose(cohort.outcome.years, [1, 2, 3])
    answers = NPI.predict_columns(cohort.columns)
    assert answers.refusal_reasons() == [
        None,
        "tumour_size_mm is '2x', not a number (write the number alone, in mm; accepted: 0.1 to 500 mm)",
        "positive_nodes is missing (the model refuses: it does not guess)",
    ]


def test_a_split_is_a_group(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "m.yaml").write_text(
        "outcome: {time: {column: time, unit: mo}, event: event}\nsplit: {column: set, train: train, test: test}\n"
    )
    cohort = read_cohort(tmp_path / "t.csv", tmp_path / "m.yaml", model=NPI)
    assert cohort.groups["split"].tolist() == ["train", "test", "test"]
    with pytest.raises(BadInput, match="did you mean 'event'"):
        read_cohort(tmp_path / "t.csv", tmp_path / "m.yaml", outcome="time,evnt", model=NPI)
