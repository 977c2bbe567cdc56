"""What a study trained, as a folder that is kept and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.learn.federation.boosting.rows import FEATURES, dealt, rows
from tests.learn.federation.conversing import converse

from fyr.errors import BadInput
from fyr.learn.federation.boosting.trees import Trees
from fyr.learn.federation.study import Study
from fyr.learn.federation.study_model import KIND, load, model_files, study_model
from fyr.models.folders import load_model_folder, write_model_folder

OPTIONS = {"features": FEATURES, "outcome": "event", "trees": 5, "leaves": 6}


def _made(**change: Any) -> tuple[Study, dict[str, Any]]:
    options = {**OPTIONS, **change}
    tables = dealt(rows(600), (400, 200))
    return Study("Heart events", "boosting", tuple(tables), options), converse("boosting", tables, options)


def test_a_folder_answers_as_the_trees_do(tmp_path: Path) -> None:
    study, result = _made()
    model = study_model(study, result)
    write_model_folder(tmp_path / "model", KIND, model, model_files(model))
    found = load_model_folder(tmp_path / "model")
    assert found.card.digest == model.card.digest
    columns = rows(300, seed=9)
    answers = found.predict_columns({name: columns[name] for name in FEATURES})
    score = Trees.from_dict(result["model"]).score(np.column_stack([columns[name] for name in FEATURES]))
    np.testing.assert_array_equal(answers.outputs["score"], score)
    np.testing.assert_allclose(answers.outputs["risk"], 1 / (1 + np.exp(-score)), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "output"),
    [
        ({"objective": "squared_error", "outcome": "size_after"}, "mean"),
        ({"objective": "poisson", "outcome": "visits"}, "rate"),
        ({"outcome": "dead", "time": "years"}, "log_hazard"),
    ],
)
def test_every_objective_has_its_output(change: dict[str, Any], output: str) -> None:
    study, result = _made(**change)
    model = load(model_files(study_model(study, result)))
    columns = rows(400, seed=9)
    answered = model.predict_columns({name: columns[name] for name in FEATURES}).outputs[output]
    truth = {"mean": columns["size_after"], "rate": columns["visits"], "log_hazard": -columns["years"]}[output]
    assert np.corrcoef(answered, truth)[0, 1] > 0.3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda model: model["trees"][0].update(left=[0] * len(model["trees"][0]["left"])),
        lambda model: model["trees"][0].update(column=[9] * len(model["trees"][0]["column"])),
        lambda model: model["trees"][0]["value"].pop(),
        lambda model: model.update(objective="ranking"),
        lambda model: model.pop("unit"),
        lambda model: model.update(trees="many"),
        lambda model: model.update(form="forest"),
        lambda model: model.update(features=["age", "age", "size", "ward"]),
    ],
)
def test_spoiled_files_are_refused(spoil: Any) -> None:
    study, result = _made()
    document = json.loads(model_files(study_model(study, result))["model.json"])
    spoil(document["parameters"]["model"])
    with pytest.raises(BadInput):
        load({"model.json": json.dumps(document).encode()})


def test_a_result_of_another_method_is_no_model() -> None:
    with pytest.raises(BadInput, match="trains no model"):
        study_model(Study("a", "descriptive", ("x",), {}), {"columns": {}})


@pytest.mark.parametrize("change", [{}, {"objective": "squared_error", "outcome": "size_after"}])
def test_a_network_is_kept_too_and_refuses_a_missing_value(change: dict[str, Any], tmp_path: Path) -> None:
    options = {"features": ["age", "size", "ward"], "outcome": "event", "rounds": 6, "steps": 40, **change}
    tables = dealt(rows(600), (400, 200))
    study = Study("Heart events", "fedavg", tuple(tables), options)
    model = study_model(study, converse("fedavg", tables, options))
    write_model_folder(tmp_path / "model", KIND, model, model_files(model))
    found = load_model_folder(tmp_path / "model")
    columns = rows(300, seed=9)
    given = {name: columns[name].copy() for name in options["features"]}
    given["age"][0] = np.nan
    answers = found.predict_columns(given)
    assert answers.answered.tolist() == [False] + [True] * 299
    output = "mean" if change else "risk"
    truth = columns["size_after" if change else "event"]
    assert np.corrcoef(answers.outputs[output], truth[1:])[0, 1] > 0.2
    if change:
        assert abs(answers.outputs["mean"].mean() - truth.mean()) < 2


def test_spoiled_networks_are_refused() -> None:
    options = {"features": ["age", "ward"], "outcome": "event", "rounds": 1}
    tables = dealt(rows(600), (400, 200))
    model = study_model(Study("a", "fedavg", tuple(tables), options), converse("fedavg", tables, options))
    for change in ({"weights": [1.0]}, {"scale": [0.0, 1.0]}, {"hidden": [-1]}, {"centre": ["x", 1]}):
        document = json.loads(model_files(model)["model.json"])
        document["parameters"]["model"].update(change)
        with pytest.raises(BadInput):
            load({"model.json": json.dumps(document).encode()})


@pytest.mark.parametrize(("method", "objective", "output"), [
    ("logistic", {"outcome": "event"}, "risk"),
    ("linear", {"outcome": "size_after"}, "mean"),
    ("poisson", {"outcome": "visits"}, "rate"),
    ("cox", {"duration": "years", "event": "dead"}, "log_hazard"),
])  # fmt: skip
def test_coefficients_are_kept_too(method: str, objective: dict[str, str], output: str, tmp_path: Path) -> None:
    options = {"features": ["size", "ward"], **objective}
    columns = rows(600)
    complete = ~np.isnan(np.column_stack([columns[name] for name in options["features"]])).any(axis=1)
    tables = dealt({name: column[complete] for name, column in columns.items()}, (300, int(complete.sum()) - 300))
    study = Study("Heart events", method, tuple(tables), options)
    result = converse(method, tables, options)
    model = study_model(study, result, sites=["a", "b"], transcript="t" * 64)
    assert f"{int(complete.sum())} rows at a, b" in model.card.validity
    assert study.digest in model.card.citation
    assert "t" * 64 in model.card.citation
    write_model_folder(tmp_path / "model", KIND, model, model_files(model))
    given = {name: columns[name][complete] for name in options["features"]}
    answered = load_model_folder(tmp_path / "model").predict_columns(given).outputs[output]
    beta = result["coefficients"]
    score = beta.get("(intercept)", 0.0) + sum(beta[name] * given[name] for name in given)
    wanted = {"risk": 1 / (1 + np.exp(-score)), "rate": np.exp(score)}.get(output, score)
    np.testing.assert_allclose(answered, wanted, rtol=1e-10)


def test_a_coefficient_of_a_category_is_not_kept() -> None:
    study = Study("a", "logistic", ("x",), {"features": ["age", "stage"], "outcome": "event"})
    result = {"coefficients": {"(intercept)": 0.0, "age": 1.0, "stage: II": 2.0}, "rows": 10}
    with pytest.raises(BadInput, match="'stage: II' is no column of numbers"):
        study_model(study, result)
