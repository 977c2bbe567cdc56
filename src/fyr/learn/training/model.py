"""A trained risk as a model: card, answers, what moved them, refusals, and its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.training.explaining import explain_rows
from fyr.learn.training.trained import TrainedRisk, present_rows
from fyr.models import Categories, Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.models.card import CARD_TEXTS

__all__ = ["KINDS", "TrainedModel", "load", "model_files", "model_kind", "output_name"]

KINDS: Final = ("cox", "logistic", "boosted", "stacked", "fused")
"""The entry points of the group ``fyr.model_loaders`` that read these files."""

_FILE: Final = "model.json"
_SIGNATURE: Final = 50
"""In a modality of more inputs than this a few may be missing from one that is there."""


class TrainedModel(Model):
    """What ``fyr learn train`` makes.

    Parameters
    ----------
    card : ModelCard
        With the parameters `trained` (:class:`~fyr.learn.training.trained.TrainedRisk`), `horizons_years` and
        `never_missing`, the inputs that no training row lacked.

    Raises
    ------
    BadInput
        If the parameters are not those of such a model.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        parameters = card.as_dict()["parameters"]
        try:
            self.trained = TrainedRisk.from_dict(parameters["trained"])
            self.horizons_years = tuple(float(one) for one in parameters["horizons_years"])
            self._never_missing = frozenset(parameters["never_missing"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise BadInput(f"these are not the parameters of a trained risk: {problem}") from None
        known = {entry.name for entry in card.inputs}
        used = {name for part in self._parts() for name in part.predictors}
        if not used <= known:
            raise BadInput(f"the model uses '{sorted(used - known)[0]}', which is no input of its card")
        if self.trained.hazards != bool(self.horizons_years):
            raise BadInput("hazards have horizons, and nothing else has")

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the risk at each horizon, and the score."""
        given = self._columns(columns)
        found = {output_name(horizon): self.trained.risk(given, horizon) for horizon in self.horizons_years or (None,)}
        return {**found, "score": self.trained.event.of(given)[0]}

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse patients of whom no modality is known, and modalities that lack what training never lacked."""
        if len(self.trained.event.modalities) == 1:
            return
        given = self._columns(columns)
        for name, part in self.trained.event.parts.items():
            inputs = part.predictors
            if len(inputs) > _SIGNATURE:
                continue
            there = present_rows(given, inputs)
            for one in inputs:
                lacking = there & ~present_rows(given, (one,))
                if one in self._never_missing and lacking.any():
                    yield RowRefusal(
                        lacking,
                        f"{one} is missing, though others of {name} are there and training never lacked it",
                        (one,),
                    )
        nothing = self.trained.event.chosen(given) < 0
        if nothing.any():
            names = ", ".join(self.trained.event.modalities)
            yield RowRefusal(nothing, f"nothing is known of any modality ({names})")

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the inputs that moved each answer most, the base, and the sum of the others."""
        return explain_rows(self.trained, self._columns(columns))

    def _parts(self) -> Iterable[Any]:
        scores = (self.trained.event, *((self.trained.other,) if self.trained.other is not None else ()))
        return [part for score in scores for part in score.parts.values()]

    def _columns(self, columns: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
        """Return the inputs as training had them: numbers with NaN, text with ``""``."""
        given: dict[str, NDArray[Any]] = {}
        for name, column in columns.items():
            if isinstance(column, Categories):
                words = np.empty(len(column), dtype=object)
                words[:] = column.tolist()
                given[name] = words
            else:
                given[name] = np.asarray(column, dtype=np.float64)
        return given


def output_name(horizon_years: float | None) -> str:
    """Return what the risk by a horizon is called.

    >>> output_name(5.0), output_name(1.5), output_name(None)
    ('risk_5y', 'risk_18mo', 'risk')
    """
    if horizon_years is None:
        return "risk"
    if abs(horizon_years - round(horizon_years)) < 1e-9 and horizon_years >= 1:
        return f"risk_{round(horizon_years)}y"
    months = horizon_years * 12
    if abs(months - round(months)) < 1e-6:
        return f"risk_{round(months)}mo"
    return f"risk_{round(horizon_years * 365.25)}d"


def model_kind(trained: TrainedRisk) -> str:
    """Return the kind of folder that a trained risk is kept in."""
    if len(trained.event.modalities) > 1:
        return "fused"
    (part,) = trained.event.parts.values()
    return part.plain[0].setting.learner if len(part.plain) == 1 else "stacked"


def model_files(model: TrainedModel) -> dict[str, bytes]:
    """Return the files that :func:`load` reads, by name."""
    card = model.card
    document = {
        **{text: getattr(card, text) for text in CARD_TEXTS},
        "inputs": [_input_dict(entry) for entry in card.inputs],
        "outputs": [{"name": one.name, "title": one.title, "low": one.low, "high": one.high} for one in card.outputs],
        "parameters": card.as_dict()["parameters"],
    }
    lines = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for key, value in document.items()
    ]
    return {_FILE: ("{\n" + ",\n".join(lines) + "\n}\n").encode()}


def load(files: Mapping[str, bytes]) -> TrainedModel:
    """Return the model of its files.

    Raises
    ------
    BadInput
        If they do not describe one.
    """
    try:
        document = json.loads(files[_FILE])
        card = ModelCard(
            **{text: document[text] for text in CARD_TEXTS},
            inputs=tuple(
                ModelInput(**{**entry, "categories": tuple(entry["categories"])}) for entry in document["inputs"]
            ),
            outputs=tuple(ModelOutput(unit="1", **one) for one in document["outputs"]),
            parameters=document["parameters"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput(f"{_FILE} does not describe a trained model: {problem}") from None
    return TrainedModel(card)


def _input_dict(entry: ModelInput) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "unit": entry.unit,
        "code": entry.code,
        "low": entry.low,
        "high": entry.high,
        "categories": list(entry.categories),
        "aliases": dict(entry.aliases),
        "required": entry.required,
        "missing": entry.missing,
    }
