"""The card: what it refuses to be, and the digest that names its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from fyr.errors import BadInput
from fyr.models import ModelInput, ModelOutput, models
from fyr.units import check_unit


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": "Heart Rate"}, "lower case"),
        ({"name": "refusal"}, "taken"),
        ({"kind": "text"}, "not one of"),
        ({"unit": None}, "UCUM"),
        ({"low": 9, "high": 8}, "low is above high"),
        ({"categories": ("A",)}, "lists its categories"),
        ({"aliases": {"x": "y"}}, "no aliases"),
        ({"code": "8867-4"}, "loinc"),
        ({"missing": ""}, "missing value means"),
    ],
)
def test_an_input_that_contradicts_itself_is_refused(changes: dict[str, Any], complaint: str) -> None:
    parts: dict[str, Any] = {"name": "heart_rate", "title": "Heart rate", "kind": "number", "unit": "/min"}
    with pytest.raises(BadInput, match=complaint):
        ModelInput(**(parts | changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"unit": "1"}, "no unit"),
        ({"low": 1}, "no range"),
        ({"categories": ()}, "lists its categories"),
        ({"categories": ("A", "a")}, "listed twice"),
        ({"aliases": {"b": "A"}}, "listed twice"),
        ({"aliases": {"x": "Z"}}, "'Z'"),
    ],
)
def test_a_category_that_contradicts_itself_is_refused(changes: dict[str, Any], complaint: str) -> None:
    parts: dict[str, Any] = {"name": "level", "title": "Level", "kind": "category", "categories": ("A", "B")}
    with pytest.raises(BadInput, match=complaint):
        ModelInput(**(parts | changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": "NEWS 2"}, "lower case"),
        ({"version": " "}, "nothing is said about version"),
        ({"citation": ""}, "nothing is said about citation"),
        ({"inputs": ()}, "inputs or outputs"),
        ({"outputs": (ModelOutput("age", "Age", "a"),)}, "'age' names two"),
        ({"outputs": (ModelOutput("x", "X", "1", interval=True), ModelOutput("x_low", "X", "1"))}, "'x_low' names two"),
        ({"parameters": {"spread": {1, 2}}}, "cannot be written as JSON"),
        ({"parameters": {"spread": float("nan")}}, "cannot be written as JSON"),
    ],
)
def test_a_card_that_leaves_something_open_is_refused(make_card: Any, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        make_card(**changes)


def test_the_digest_is_sha256_of_canonical_json(make_card: Any) -> None:
    card = make_card(
        inputs=(ModelInput("age", "Age", "number", "a", low=18),),
        outputs=(ModelOutput("risk", "Risk", "1"),),
        parameters={"b": 2, "a": [1.5]},
    )
    content = {
        "version": "1976",
        "parameters": {"a": [1.5], "b": 2},
        "inputs": [["age", "number", "a", 18.0, None, [], [], True]],
        "outputs": [["risk", "1", None]],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert card.digest == hashlib.sha256(text.encode()).hexdigest()


def test_wording_and_order_of_parameters_do_not_change_the_digest(make_card: Any) -> None:
    plain = make_card(parameters={"a": 1, "b": {"c": 2, "d": 3}})
    reworded = make_card(
        parameters={"b": {"d": 3, "c": 2}, "a": 1},
        title="Another title",
        intended_use="Said otherwise.",
        evidence="More.",
    )
    assert plain.digest == reworded.digest


@pytest.mark.parametrize(
    "place", ["version", "parameters", "range", "unit", "category", "alias", "required", "output", "level"]
)
def test_whatever_can_change_an_answer_changes_the_digest(make_card: Any, place: str) -> None:
    before = make_card()
    inputs = {entry.name: entry for entry in before.inputs}
    changed = {
        "version": {"version": "1977"},
        "parameters": {"parameters": dict(before.parameters) | {"women": 0.86}},
        "range": {"inputs": _with(inputs, replace(inputs["age"], high=111))},
        "unit": {"inputs": _with(inputs, replace(inputs["creatinine"], unit="umol/L"))},
        "category": {"inputs": _with(inputs, replace(inputs["sex"], categories=("male", "female")))},
        "alias": {"inputs": _with(inputs, replace(inputs["sex"], aliases={"f": "female", "m": "male", "w": "female"}))},
        "required": {"inputs": _with(inputs, replace(inputs["height"], required=True))},
        "output": {"outputs": (replace(before.outputs[0], unit="mL/s"),)},
        "level": {"outputs": (replace(before.outputs[0], level=0.95),)},
    }[place]
    assert make_card(**changed).digest != before.digest


def _with(inputs: dict[str, ModelInput], changed: ModelInput) -> tuple[ModelInput, ...]:
    return tuple((inputs | {changed.name: changed}).values())


def test_a_card_cannot_be_changed_from_outside(make_card: Any) -> None:
    given = {"spread": [0.8, 1.2]}
    card = make_card(parameters=given)
    given["spread"].append(9)
    assert card.as_dict()["parameters"] == {"spread": [0.8, 1.2]}
    with pytest.raises(TypeError):
        card.parameters["spread"] = 1
    with pytest.raises(AttributeError):
        card.version = "2"


def test_a_card_survives_json(make_card: Any) -> None:
    card = make_card()
    document = json.loads(json.dumps(card.as_dict()))
    assert document["digest"] == card.digest
    assert [entry["name"] for entry in document["inputs"]] == [entry.name for entry in card.inputs]
    assert document["outputs"][0]["level"] == 0.9


def test_every_shipped_card_has_units_that_ucum_knows() -> None:
    units = {
        (name, entry.unit) for name, model in models().items() for entry in (*model.card.inputs, *model.card.outputs)
    }
    assert units
    for name, unit in units:
        if unit is not None and unit != "1":
            assert check_unit(unit) == unit, name


def test_what_is_accepted_is_said_in_words() -> None:
    assert ModelInput("a", "A", "number", "1", low=0).accepted == "0 or more"
    assert ModelInput("a", "A", "number", "mm[Hg]", high=320).accepted == "320 mm[Hg] or less"
    assert ModelInput("a", "A", "integer", "1", low=1, high=2).accepted == "1 or 2"
    assert ModelInput("a", "A", "integer", "a").accepted == "a whole number in a"
    assert ModelInput("a", "A", "boolean", aliases={"air": "false"}).accepted == "true, false or air"
