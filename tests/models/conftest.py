"""A small model with one input of every kind, an interval, and a refusal of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal


def card(**changes: Any) -> ModelCard:
    """Cockcroft and Gault 1976, with what else a test needs."""
    parts: dict[str, Any] = {
        "name": "clearance",
        "version": "1976",
        "title": "Creatinine clearance (Cockcroft and Gault)",
        "intended_use": "Adults with stable kidney function.",
        "not_for": "Children; unstable kidney function.",
        "inputs": (
            ModelInput("age", "Age", "integer", "a", low=18, high=110),
            ModelInput("weight", "Body weight", "number", "kg", "loinc:29463-7", low=20, high=300),
            ModelInput("creatinine", "Serum creatinine", "number", "mg/dL", low=0.1, high=20),
            ModelInput("sex", "Sex", "category", categories=("female", "male"), aliases={"f": "female", "m": "male"}),
            ModelInput("stable", "Creatinine is stable", "boolean", aliases={"steady": "true"}),
            ModelInput("height", "Height", "number", "cm", low=50, high=250, required=False, missing="not used"),
            ModelInput("amputee", "Amputation", "boolean", required=False, missing="taken as unknown"),
            ModelInput("grade", "Grade", "category", categories=("1", "2", "3"), required=False, missing="not used"),
        ),
        "outputs": (ModelOutput("clearance", "Creatinine clearance", "mL/min", interval=True, level=0.9),),
        "citation": "Cockcroft DW, Gault MH. Nephron 1976;16:31-41.",
        "licence": "A published formula.",
        "validity": "249 men aged 18 to 92.",
        "explanation": "The factor for sex.",
        "parameters": {"women": 0.85, "years": 140, "scale": 72, "spread": [0.8, 1.2]},
    }
    return ModelCard(**(parts | changes))


class Clearance(Model):
    """(140 - age) * weight / (72 * creatinine), times 0.85 for women."""

    card = card()

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        numbers = self.card.parameters
        factor = np.where(columns["sex"] == "female", numbers["women"], 1.0)
        value = (numbers["years"] - columns["age"]) * columns["weight"] / (numbers["scale"] * columns["creatinine"])
        low, high = numbers["spread"]
        value = value * factor
        return {"clearance": value, "clearance_low": value * low, "clearance_high": value * high}

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        yield RowRefusal(~columns["stable"], "the creatinine is not stable", ("stable",))

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        factor = np.where(columns["sex"] == "female", 0.85, 1.0)
        return {"factors": {"sex": factor, "all": [factor, "kept"]}, "formula": "Cockcroft and Gault"}


@pytest.fixture(scope="session")
def clearance() -> Model:
    return Clearance()


@pytest.fixture(scope="session")
def make_card() -> Any:
    return card
