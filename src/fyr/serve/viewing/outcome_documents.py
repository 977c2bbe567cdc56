"""The shapes of a plan's foreseen outcome."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

__all__ = [
    "NoModel",
    "Outcome",
    "OutcomeAnswer",
    "OutcomeEstimate",
    "OutcomeModel",
    "OutcomeRefusal",
    "OutcomeStructure",
    "Share",
    "Together",
]


class OutcomeModel(BaseModel):
    """Which model exactly; its card is at ``/api/models`` under this name."""

    name: str
    version: str
    digest: str


class OutcomeEstimate(BaseModel):
    """A number with the ends of its 95 % interval; none where no interval was published."""

    value: float
    low: float | None
    high: float | None
    level: float | None
    unit: str


class OutcomeRefusal(BaseModel):
    """Why a model declined, and because of which inputs."""

    reason: str
    inputs: list[str]


class OutcomeAnswer(BaseModel):
    """One model's answer about one structure: an estimate, or a refusal."""

    structure: str
    number: int | None = Field(description="As in the view and the histograms; none where two were joined")
    standard: str | None
    organ: str | None
    endpoint: str
    model: OutcomeModel
    title: str
    citation: str
    quantity: str | None = Field(description="ntcp, tcp, or relative_rate, which is no probability")
    estimate: OutcomeEstimate | None
    natural_frequency: str | None = Field(description="As 12 of 100 (5 to 22)")
    interval_note: str
    converted: str | None = Field(description="What was done to the dose before the model saw it")
    explanation: dict[str, Any]
    refusal: OutcomeRefusal | None


class OutcomeStructure(BaseModel):
    """A structure with a dose, and which organ it is taken to be."""

    name: str
    number: int | None
    standard: str | None
    organ: str | None
    said_by: str
    volume_cm3: float
    mean_gy: float
    max_gy: float
    complete: bool
    note: str


class NoModel(BaseModel):
    """A structure that no model is of."""

    structure: str
    standard: str | None
    reason: str


class Share(BaseModel):
    """A probability of several things together."""

    value: float
    low: float | None
    high: float | None


class Together(BaseModel):
    """The stated combination of complications, and of control with them."""

    any_complication: Share
    p_plus: Share | None = None
    utcp: Share | None = None
    of: list[dict[str, str]]
    assumes: list[str]


class Outcome(BaseModel):
    """What a plan would do to its patient; with a problem there are no answers."""

    problem: str | None
    given: dict[str, Any]
    label: str
    prescription_gy: float | None
    fractions: int | None
    structures: list[OutcomeStructure]
    without_dose: dict[str, str]
    complications: list[OutcomeAnswer]
    no_model: list[NoModel]
    control: OutcomeAnswer | None
    combined: Together | None
    notes: list[str]
