"""Two versions of a small model of each pathway, and a patient whose facts change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fyr.clock import DAY_US, from_iso
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal, UnavailableModel
from fyr.record import Observation, PatientId, Status
from fyr.record.clinical import FACTS

NOW_US = from_iso("2026-11-20T10:00:00Z")
EARLIER_US = NOW_US - 10 * DAY_US
EVA = PatientId("demo", "eva")


def card(
    name: str, version: str, inputs: Sequence[ModelInput], outputs: Sequence[ModelOutput], **more: Any
) -> ModelCard:
    """A card that says nothing in particular."""
    return ModelCard(
        name=name,
        version=version,
        title=name,
        intended_use="Tests.",
        not_for="Patients.",
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        citation="None: a test's own.",
        licence="None.",
        validity="None.",
        explanation="None.",
        parameters=more.pop("parameters", {"factor": 1}),
        **more,
    )


SIZE = ModelInput("tumour_size_mm", "Size", "number", "mm", low=1, high=200)
NODES = ModelInput("positive_nodes", "Nodes", "integer", "1", low=0, high=60)
HER2 = ModelInput("her2_status", "HER2", "category", categories=("negative", "positive", "equivocal"))
KI67 = ModelInput("ki67_positive", "Ki67", "boolean", required=False, missing="its effect is left out")


class Points(Model):
    """Size times a factor, plus nodes: nobody's model."""

    def __init__(self, name: str, version: str, factor: float) -> None:
        outputs = (ModelOutput("points", "Points", "{score}", interval=True),)
        self.card = card(name, version, (SIZE, NODES, HER2, KI67), outputs, parameters={"factor": factor})

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        points = columns["tumour_size_mm"] * self.card.parameters["factor"] + columns["positive_nodes"]
        return {"points": points, "points_low": points - 1, "points_high": points + 1}

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        yield RowRefusal(columns["her2_status"] == "equivocal", "HER2 is equivocal", ("her2_status",))


class Ratio(Model):
    """Half of a nodule's diameter: nobody's model."""

    card = card(
        "brock",
        "1",
        (ModelInput("nodule_diameter_mm", "Diameter", "number", "mm", low=1, high=100),),
        (ModelOutput("half", "Half", "mm"),),
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        return {"half": columns["nodule_diameter_mm"] / 2}


def closed() -> UnavailableModel:
    """A model that nobody may compute."""
    outputs = (ModelOutput("score", "Score", "{score}"),)
    return UnavailableModel(card("ihc4", "1", (SIZE,), outputs, not_available="its weights could not be verified"))


def fact(name: str, value: Any, time_us: int = NOW_US, status: Status = Status.PRESENT) -> Observation:
    """One observation of Eva."""
    unit = FACTS[name].unit if name in FACTS and value is not None else None
    return Observation(EVA, name, time_us, value, unit, status, "test")
