"""Trees that hospitals grew together, as a model: card, answers, and the files of its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.objectives import LOSSES
from fyr.learn.federation.boosting.trees import Trees
from fyr.learn.federation.study import Study
from fyr.learn.logistic import probability
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput
from fyr.models.card import CARD_TEXTS

__all__ = ["KIND", "FederatedTrees", "federated_trees", "load", "model_files"]

KIND: Final = "federated_trees"
"""The entry point of the group ``fyr.model_loaders`` that reads these files."""

_FILE: Final = "model.json"
_MISSING: Final = "goes the way that the trees learned for a missing value"
_OUTPUTS: Final = {
    "risk": ModelOutput("risk", "Risk of the outcome", "1", low=0, high=1),
    "mean": ModelOutput("mean", "Expected value of the outcome, in its own unit", "1"),
    "rate": ModelOutput("rate", "Expected count of the outcome", "1", low=0),
    "log_hazard": ModelOutput("log_hazard", "Log hazard ratio, against a score of 0", "1", higher_is="worse"),
}
_CITATIONS: Final = (
    "Trees boosted with Fyr from sums of histograms (Friedman 2001, Ann Stat 29:1189; Chen and Guestrin 2016, KDD; "
    "Ke et al. 2017, NeurIPS 30)"
)


class FederatedTrees(Model):
    """What the method ``boosting`` of a federated study makes.

    Parameters
    ----------
    card : ModelCard
        With the parameter `model`: objective, rate and the trees.

    Raises
    ------
    BadInput
        If the parameters are not those of such a model.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        parameters = card.as_dict()["parameters"]
        try:
            self._objective = str(parameters["model"]["objective"])
            self.trees = Trees.from_dict(parameters["model"])
        except (KeyError, TypeError) as problem:
            raise BadInput(f"these are not the parameters of federated trees: {problem}") from None
        if self._objective not in LOSSES:
            raise BadInput(f"there is no objective '{self._objective}'")
        if len(card.inputs) != len(self.trees.features):
            raise BadInput("the model has other inputs than its card")

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the prediction, and the score that it comes from."""
        rows = np.column_stack([np.asarray(columns[entry.name], dtype=np.float64) for entry in self.card.inputs])
        score = self.trees.score(rows)
        found: dict[str, NDArray[np.float64]] = {
            "logistic": probability(score),
            "poisson": np.exp(np.minimum(score, 700.0)),
        }
        output = LOSSES[self._objective].output
        return {output: found.get(self._objective, score), **({"score": score} if output in ("risk", "rate") else {})}


def federated_trees(study: Study, result: Mapping[str, Any], *, licence: str = "") -> FederatedTrees:
    """Return the model of a study's result.

    Parameters
    ----------
    study : Study
    result : mapping
        Of the method ``boosting``.
    licence : str
        Under what terms it may be used.

    Raises
    ------
    BadInput
        If the result is of another method, or two features have the same name but for signs.
    """
    if "model" not in result or "trees" not in result:
        raise BadInput("the result is not that of boosted trees", where=study.name)
    model = result["model"]
    outcome, rows = str(study.options.get("outcome")), int(result["rows"])
    objective = LOSSES[str(model["objective"])]
    outputs = [_OUTPUTS[objective.output]]
    if objective.output in ("risk", "rate"):
        outputs.append(ModelOutput("score", "Sum of the trees: log odds or log rate", "1"))
    sites = ", ".join(study.sites)
    card = ModelCard(
        name=_name(study.name, "-"),
        version="1",
        title=f"{outcome} by trees of {len(study.sites)} hospitals, {rows} rows",
        intended_use=f"Research: {outcome} in patients like those of {sites}.",
        not_for="Patients unlike those; any decision about a patient. Judge it on your own patients first "
        "(fyr learn validate), and mend its calibration there (fyr learn recalibrate).",
        inputs=tuple(_input(str(name)) for name in model["features"]),
        outputs=tuple(outputs),
        citation=f"{_CITATIONS}. Study {study.digest}.",
        licence=licence or "As the data that it was trained on; nobody has said what that is.",
        validity=f"Trained at {sites}, {rows} rows. No range is known: hospitals tell none of their values.",
        explanation="Nothing.",
        parameters={"model": model, "study": study.digest},
    )
    return FederatedTrees(card)


def model_files(model: FederatedTrees) -> dict[str, bytes]:
    """Return the files that :func:`load` reads, by name."""
    card = model.card
    document = {
        **{text: getattr(card, text) for text in CARD_TEXTS},
        "inputs": [[entry.name, entry.title] for entry in card.inputs],
        "outputs": [entry.name for entry in card.outputs],
        "parameters": card.as_dict()["parameters"],
    }
    return {_FILE: (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()}


def load(files: Mapping[str, bytes]) -> FederatedTrees:
    """Return the model of its files.

    Raises
    ------
    BadInput
        If they do not describe one.
    """
    try:
        document = json.loads(files[_FILE])
        known = {**_OUTPUTS, "score": ModelOutput("score", "Sum of the trees: log odds or log rate", "1")}
        card = ModelCard(
            **{text: document[text] for text in CARD_TEXTS},
            inputs=tuple(_input(str(title), str(name)) for name, title in document["inputs"]),
            outputs=tuple(known[name] for name in document["outputs"]),
            parameters=document["parameters"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput(f"{_FILE} does not describe federated trees: {problem}") from None
    return FederatedTrees(card)


def _input(title: str, name: str = "") -> ModelInput:
    return ModelInput(name or _name(title, "_"), title, "number", "1", required=False, missing=_MISSING)


def _name(text: str, joint: str) -> str:
    """Return a text as a name.

    >>> _name("race_black or african american", "_"), _name("5-year", "_")
    ('race_black_or_african_american', 'x_5_year')
    """
    name = re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)
    return name if name[:1].isalpha() else f"x{joint}{name}"
