from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fyr.learn.cohort import Cohort
from fyr.learn.training.carding import Naming
from fyr.learn.training.making import GivenRival, Judging, make_model
from fyr.learn.training.nested import Plan
from fyr.learn.training.recipe import Recipe
from fyr.learn.training.report import training_report


def test_one_document_says_how_well_against_whom_and_why(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(300, hospitals=2)
    recipe = Recipe({"clinic": ("age", "stage"), "image": ("size",)}, ("cox",), (2.0, 4.0))
    oracle = GivenRival("oracle", "what made the times", cohort.columns["age"] - 60.0, False, ("ranks only",))
    steps: list[int] = []

    made = make_model(
        recipe,
        cohort,
        Plan(folds=3),
        Naming("drawn"),
        Judging(resamples=60),
        single={"SIZE": "size"},
        given=[oracle],
        notes=["said before"],
        done=steps.append,
    )
    document = made.document

    json.dumps(document, allow_nan=False)
    assert sum(steps) == Plan(folds=3).steps(cohort) + 2
    assert document["nested_cv"]["c_index"]["estimate"] > 0.65
    assert 0.6 < document["nested_cv"]["calibration"]["slope"]["estimate"] < 1.6
    assert set(document["nested_cv"]["by"]["hospital"]) == {"hospital 0", "hospital 1"}
    assert document["nested_cv"]["model"]["digest"] == made.model.card.digest
    assert set(document["horizons"]) == {"risk_4y"}
    rivals = {rival["name"]: rival for rival in document["rivals"]}
    assert {one: rival["kind"] for one, rival in rivals.items()} == {
        "null": "null", "clinic alone": "modality", "image alone": "modality", "SIZE": "column", "oracle": "model"
    }  # fmt: skip
    assert rivals["null"]["beats"] is True
    assert rivals["oracle"]["brier"] is None
    assert document["explanation"]["modalities"]["clinic"] > document["explanation"]["modalities"]["image"]
    assert document["tuning"]["final"]["image"]["chosen"]["learner"] == "cox"
    assert document["warnings"][0] == "said before"
    assert "never seen" in made.model.card.evidence
    assert "null" in made.model.card.evidence
    report = training_report(document)
    assert report.sections[2].title == "Is it better than what there was?"


def test_the_same_seed_makes_the_same_document(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(150, timed=False)
    recipe = Recipe({"all": ("age", "stage")}, ("logistic", "boosted"))

    def document() -> str:
        made = make_model(recipe, cohort, Plan(folds=3), Naming("drawn"), Judging(resamples=30))
        return json.dumps(made.document, sort_keys=True)

    assert document() == document()


def test_rows_of_the_test_side_are_not_trained_on(drawn: Callable[..., Cohort]) -> None:
    split = np.array(["train"] * 200 + ["test"] * 80 + [""] * 20, dtype=object)
    cohort = replace(drawn(300), groups={"split": split})

    made = make_model(
        Recipe({"all": ("age", "stage")}, ("cox",), (2.0,)), cohort, Plan("split"), Naming("drawn"), Judging(30, by=())
    )

    assert made.document["data"]["rows"] == 200
    assert made.document["nested_cv"]["cohort"]["rows"] == 80
