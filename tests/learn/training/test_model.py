from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort
from fyr.learn.training.carding import Naming, trained_card
from fyr.learn.training.model import TrainedModel, load, model_files, model_kind, output_name
from fyr.learn.training.recipe import Recipe, train
from fyr.models.answers import Prediction
from fyr.models.folders import load_model_folder, write_model_folder
from fyr.record.finding import Refusal


def made(cohort: Cohort, modalities: dict[str, tuple[str, ...]], learner: str = "cox") -> TrainedModel:
    timed = cohort.outcome.years is not None
    learners = ("cox" if timed else "logistic", "boosted") if learner == "stack" else (learner,)
    recipe = Recipe(modalities, learners, (2.0, 5.0) if timed else (), stack=learner == "stack")  # type: ignore[arg-type]
    trained, _ = train(recipe, cohort)
    return TrainedModel(trained_card(trained, recipe, cohort, Naming("drawn"), evidence="none", units={"size": "mm"}))


ALL = {"all": ("age", "stage", "size")}
FUSED = {"clinic": ("age", "stage"), "image": ("size",)}


@pytest.mark.parametrize(
    ("modalities", "learner", "timed", "competing"),
    [
        (ALL, "cox", True, False),
        (ALL, "cox", True, True),
        (ALL, "boosted", True, False),
        (ALL, "stack", True, False),
        (ALL, "stack", False, False),
        (FUSED, "stack", True, False),
        (FUSED, "cox", True, False),
        (FUSED, "boosted", True, True),
        (ALL, "logistic", False, False),
        (FUSED, "logistic", False, False),
    ],
)
def test_a_folder_gives_the_same_answers_as_what_was_trained(
    drawn: Callable[..., Cohort],
    tmp_path: Path,
    modalities: dict[str, tuple[str, ...]],
    learner: str,
    timed: bool,
    competing: bool,
) -> None:
    cohort = drawn(250, missing=0.2, timed=timed, competing=competing)
    model = made(cohort, modalities, learner)
    write_model_folder(tmp_path / "m", model_kind(model.trained), model, model_files(model))

    kept = load_model_folder(tmp_path / "m")
    answers = kept.predict_columns(cohort.columns)

    assert kept.card.as_dict() == model.card.as_dict()
    assert answers.answered.all()
    horizon = 2.0 if timed else None
    expected = model.trained.risk(cohort.columns, horizon)
    assert np.array_equal(answers.value(output_name(horizon)), expected)
    assert ((expected > 0) & (expected < 1)).all()
    if timed:
        assert (answers.value("risk_5y") > answers.value("risk_2y")).all()
    one = kept.predict({name: column[7] for name, column in cohort.columns.items()})
    assert isinstance(one, Prediction)
    assert one.estimates[output_name(horizon)].value == expected[7]


@pytest.mark.parametrize("learner", ["cox", "stack"])
@pytest.mark.parametrize("modalities", [ALL, FUSED])
def test_what_moved_an_answer_adds_up_to_it(
    drawn: Callable[..., Cohort], modalities: dict[str, tuple[str, ...]], learner: str
) -> None:
    cohort = drawn(250, missing=0.3)
    model = made(cohort, modalities, learner)
    answers = model.predict_columns(cohort.columns)

    for row in (0, 1, 2, 3):
        told = answers.explanation(row)
        moved = sum(one["added"] for one in told["moved_by"])
        assert told["base"] + moved + told["others"] == pytest.approx(told["score"])
        assert told["score"] == pytest.approx(answers.value("score")[row])
        if len(modalities) > 1:
            has_image = not np.isnan(cohort.columns["size"][row])
            assert told["answered_from"] == ("clinic + image" if has_image else "clinic")
            assert sum(told["by_modality"].values()) == pytest.approx(moved + told["others"])


def test_the_card_says_what_was_seen_and_what_is_accepted(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200, missing=0.2)
    card = made(cohort, ALL).card

    age, size, stage = card.input("age"), card.input("size"), card.input("stage")
    assert (age.unit, age.required, size.unit, size.required) == ("a", True, "mm", False)
    assert stage.categories == ("I", "II", "III")
    assert age.low is not None
    assert age.low < cohort.columns["age"].min()
    assert f"age {cohort.columns['age'].min():g} to" in card.validity
    assert "value of its own" in size.missing
    assert [output.name for output in card.outputs] == ["risk_2y", "risk_5y", "score"]


def test_what_training_never_saw_is_refused(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200)
    whole, fused = made(cohort, ALL), made(cohort, FUSED)
    known = {"age": 61.0, "stage": "II", "size": 20.0}

    for model, given, said in (
        (whole, {**known, "age": None}, "age is missing"),
        (whole, {**known, "age": 300}, "out of range"),
        (whole, {**known, "stage": "IV"}, "stage"),
        (fused, {"stage": "II", "size": 20.0}, "age is missing, though others of clinic are there"),
        (fused, {}, "nothing is known of any modality"),
    ):
        refusal = model.predict(given)
        assert isinstance(refusal, Refusal)
        assert said in refusal.reason
    assert isinstance(fused.predict({"size": 20.0}), Prediction)
    assert isinstance(fused.predict({"age": 61.0, "stage": "II"}), Prediction)


def test_a_signature_may_lack_a_few_of_its_many_features(drawn: Callable[..., Cohort]) -> None:
    cohort = drawn(200, noise=60)
    genes = tuple(name for name in cohort.columns if name.startswith("noise"))
    model = made(cohort, {"clinic": ("age",), "genes": genes})
    row = {name: column[0] for name, column in cohort.columns.items()}

    assert isinstance(model.predict({**row, "noise_3": None}), Prediction)
    assert model.card.input("noise_3").high is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("trained", {}), ("trained", {"event": {"modalities": {}, "parts": {}, "combiners": []}, "other": None})],
)
def test_parameters_that_are_none_are_refused(drawn: Callable[..., Cohort], name: str, value: object) -> None:
    card = made(drawn(120), ALL).card

    with pytest.raises(BadInput):
        TrainedModel(replace_parameters(card, name, value))


def replace_parameters(card: object, name: str, value: object) -> object:
    parameters = {**card.as_dict()["parameters"], name: value}  # type: ignore[attr-defined]
    return replace(card, parameters=parameters)  # type: ignore[type-var]


def test_files_that_are_no_model_are_refused() -> None:
    for content in (b"", b"[]", b"{}", b'{"name": 3}'):
        with pytest.raises(BadInput):
            load({"model.json": content})
    with pytest.raises(BadInput):
        load({})
