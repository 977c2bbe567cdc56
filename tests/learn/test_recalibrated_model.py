"""A recalibrated model as a value: the base model's inputs, its risk mapped, its folder, and a base that changed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.learn.logistic import log_odds, probability
from fyr.learn.recalibrated_model import FILE, KIND, RecalibratedModel, load, model_files, output_name
from fyr.models import Model, ModelCard, ModelInput, ModelOutput, RowRefusal, registered
from fyr.models.folders import load_model_folder, write_model_folder
from fyr.models.registry import model as registry_model
from fyr.record.finding import Refusal


class Straight(Model):
    """Free of the event with log odds of minus x, in percent; refuses x = 9."""

    def __init__(self, version="1", factor=1.0):
        self.card = ModelCard(
            name="straight",
            version=version,
            title="A straight model",
            intended_use="Tests.",
            not_for="Patients.",
            inputs=(ModelInput("x", "x", "number", "1", low=-10, high=10),),
            outputs=(ModelOutput("survival_10y", "Free of it at 10 years", "%", low=0, high=100),),
            citation="None.",
            licence="None.",
            validity="None.",
            explanation="The factor.",
            parameters={"factor": factor},
        )

    def decline(self, columns):
        nine = columns["x"] == 9
        return (RowRefusal(nine, "nine is no good", ("x",)),) if nine.any() else ()

    def compute(self, columns):
        return {"survival_10y": 100 * probability(-columns["x"] * self.card.parameters["factor"])}

    def explain(self, columns, outputs):
        return {"factor": self.card.parameters["factor"]}


def document(base, **changes):
    texts = ("name", "version", "title", "intended_use", "not_for", "citation", "licence", "validity", "explanation")
    parameters = {
        "base": {
            "name": base.card.name,
            "version": base.card.version,
            "digest": base.card.digest,
            "output": "survival_10y",
            "per": 100.0,
            "reading": "survival",
        },
        "recalibration": {"method": "slope", "link": "logit", "intercept": -0.5, "slope": 0.8},
        "band": {"level": 0.95, "risk": [0.1, 0.9], "low": [0.05, 0.7], "high": [0.15, 0.95]},
        "horizon_years": 10.0,
        "outcome": "death",
        "cohort": {"sha256": "0" * 64, "rows": 500},
        "conformal": None,
        "abstention": None,
        **changes,
    }
    texts = dict.fromkeys(texts, "text") | {"name": "straight-recalibrated", "version": "1+0", "evidence": ""}
    return {"form": 1, "card": texts, "parameters": parameters}


def test_the_risk_is_the_map_of_the_base_models_risk():
    base = Straight()
    model = RecalibratedModel(base, document(base))
    x = np.array([-2.0, 0.0, 1.5])
    answers = model.predict_columns({"x": x})
    risk = answers.value("risk_10y")
    assert log_odds(risk) == pytest.approx(-0.5 + 0.8 * x)
    assert (answers.value("risk_10y_low") <= risk).all()
    assert (answers.value("risk_10y_high") >= risk).all()
    assert model.card.inputs == base.card.inputs
    explained = answers.explanation(0)
    assert explained["risk_before"] == pytest.approx(float(probability(-2.0)))
    assert explained["base"] == {"factor": 1.0}
    assert [answers.explanation(row)["beyond_the_cohort"] for row in range(3)] == [False, False, False]
    assert model.predict({"x": 5.0}).explanation["beyond_the_cohort"] is True


def test_it_refuses_what_the_base_refuses():
    base = Straight()
    model = RecalibratedModel(base, document(base))
    assert model.predict({"x": 9.0}) == Refusal("nine is no good", ("x",))
    assert "out of range" in model.predict({"x": 11.0}).reason
    assert "missing" in model.predict({}).reason


def test_it_is_silent_about_those_it_was_told_to_leave_out():
    base = Straight()
    model = RecalibratedModel(base, document(base, abstention={"share": 0.2, "distance": 0.1}))
    answers = model.predict_columns({"x": np.array([0.5, 2.0, -2.0, 9.0])})
    assert answers.answered.tolist() == [False, True, True, False]
    assert answers.refusal(0).reason == (
        "left out on purpose: among the 20% of whom the model is least sure (a risk between 0.400 and 0.600)"
    )
    assert answers.refusal(3).reason == "nine is no good"


def test_conformal_sets_are_answered_by_name():
    base = Straight()
    sets = {"level": 0.9, "event_from": 0.3, "no_event_to": 0.6}
    model = RecalibratedModel(base, document(base, conformal=sets))
    said = [model.predict({"x": x}).estimates["conformal_set"].category for x in (-3.0, 0.0, 3.0)]
    assert said == ["no_event", "either", "event"]


def test_the_digest_tells_maps_apart():
    base = Straight()
    other = {"method": "slope", "link": "logit", "intercept": -0.5000001, "slope": 0.8}
    one, two = (RecalibratedModel(base, document(base, **more)) for more in ({}, {"recalibration": other}))
    assert one.card.digest != two.card.digest


def test_a_folder_loads_where_the_base_is_and_refuses_a_changed_one(tmp_path, monkeypatch):
    monkeypatch.setenv("FYR_HOME", str(tmp_path / "home"))
    base = Straight()
    content = document(base)
    model = RecalibratedModel(base, content)
    folder = tmp_path / "home" / "models" / "ours"
    write_model_folder(folder, KIND, model, model_files(content, {}))
    with registered(base):
        loaded = load_model_folder(folder)
        assert loaded.card.digest == model.card.digest
        assert loaded.predict({"x": 1.0}).estimates["risk_10y"] == model.predict({"x": 1.0}).estimates["risk_10y"]
        assert registry_model("ours").card.digest == model.card.digest
    with registered(Straight(factor=1.1)), pytest.raises(BadInput, match=r"has the digest .* fitted to"):
        load_model_folder(folder)
    with registered(Straight(version="2")), pytest.raises(BadInput, match="the base model straight 1 is not here"):
        load_model_folder(folder)


def test_a_base_that_is_a_folder_goes_along(tmp_path):
    base = Straight()
    inner = document(base)
    middle = RecalibratedModel(base, inner)
    write_model_folder(tmp_path / "middle", KIND, middle, model_files(inner, {}))
    own = {file.name: file.read_bytes() for file in (tmp_path / "middle").iterdir()}
    outer = document(middle)
    outer["parameters"]["base"] |= {"output": "risk_10y", "per": 1.0, "reading": "risk"}
    outer["card"]["name"] = "twice"
    twice = RecalibratedModel(middle, outer)
    write_model_folder(tmp_path / "twice", KIND, twice, model_files(outer, own))
    with registered(base):
        loaded = load_model_folder(tmp_path / "twice")
    assert log_odds(loaded.predict({"x": 1.0}).estimates["risk_10y"].value) == pytest.approx(
        -0.5 + 0.8 * (-0.5 + 0.8 * 1.0)
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("recalibration", {"method": "slope", "link": "logit", "intercept": 0.0, "slope": -1.0}),
        ("recalibration", {"method": "magic", "link": "logit"}),
        ("band", {"level": 0.95, "risk": [0.9, 0.1], "low": [0, 0], "high": [1, 1]}),
        ("band", {"level": 0.95}),
        ("conformal", {"level": 0.9}),
        ("base", {"name": "straight"}),
    ],
)
def test_a_damaged_document_is_refused(path, value):
    base = Straight()
    damaged = document(base)
    damaged["parameters"][path] = value
    with pytest.raises(BadInput):
        RecalibratedModel(base, damaged)


def test_files_that_are_no_model_are_refused():
    for files in ({}, {FILE: b"no json"}, {FILE: json.dumps({"parameters": {}}).encode()}):
        with pytest.raises(BadInput, match="missing or not a recalibrated model"):
            load(files)


def test_outputs_are_named_by_the_horizon():
    assert [output_name(years) for years in (5.0, 7.5, 90 / 365.25)] == ["risk_5y", "risk_90mo", "risk_90d"]
