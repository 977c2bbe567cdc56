"""The shapes of a plan's foreseen outcome."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, field_validator

from fyr.treat.protocol_file import shipped_protocols

__all__ = [
    "Asked",
    "ComparedPlans",
    "ComparisonAsked",
    "Endpoint",
    "Fractionation",
    "NoModel",
    "Outcome",
    "OutcomeAnswer",
    "OutcomeEstimate",
    "OutcomeModel",
    "OutcomeRefusal",
    "OutcomeStructure",
    "Protocols",
    "Said",
    "SaidOfPatient",
    "Share",
    "ShippedProtocol",
    "Together",
]

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Value = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=200)] | None
_MANY = 200


class SaidOfPatient(BaseModel):
    """What a person says of the patient, the tumour and the structures; nothing of it is kept or logged."""

    model_config = ConfigDict(extra="forbid")

    patient: dict[_Name, _Value] = Field(default_factory=dict, max_length=_MANY, description="Clinical factors by name")
    tumour: dict[_Name, _Value] = Field(default_factory=dict, max_length=_MANY, description="Its structure and numbers")
    alpha_beta_gy: dict[_Name, float] = Field(default_factory=dict, max_length=_MANY, description="By organ")
    organs: dict[_Name, _Name | None] = Field(
        default_factory=dict, max_length=_MANY, description="Organ by structure; null for one that is none"
    )
    prescription_gy: float | None = Field(default=None, gt=0, le=200, allow_inf_nan=False)

    @field_validator("patient", "tumour")
    @classmethod
    def _without_unknown(cls, said: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in said.items() if value is not None}


class Said(SaidOfPatient):
    """What is said with one plan."""

    fractions: int | None = Field(default=None, ge=1, le=100, description="If not those of the plan")


class Fractionation(BaseModel):
    """The first plan's distribution with another dose and number of fractions."""

    model_config = ConfigDict(extra="forbid")

    total_gy: float = Field(gt=0, le=200, allow_inf_nan=False)
    fractions: int = Field(ge=1, le=100)


class Endpoint(BaseModel):
    """A complication of the combined endpoint."""

    model_config = ConfigDict(extra="forbid")

    structure: _Name
    model: _Name


class ComparisonAsked(SaidOfPatient):
    """Which plans are compared, and with what."""

    views: list[_Name] = Field(min_length=1, max_length=8)
    rescaled: list[Fractionation] = Field(default_factory=list, max_length=7)
    refractioned: list[Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=list, max_length=7)
    metrics: list[_Name] = Field(default_factory=list, max_length=50)
    combine: list[Endpoint] = Field(default_factory=list, max_length=50)
    protocol: str | None = Field(default=None, description="One of GET /api/protocols")
    case: str | None = Field(default=None, min_length=1, max_length=60, description="What the report calls the patient")

    @field_validator("protocol")
    @classmethod
    def _shipped(cls, name: str | None) -> str | None:
        if name is not None and name not in shipped_protocols():
            raise ValueError(f"there is no protocol of that name; use one of {', '.join(shipped_protocols())}")
        return name


class ShippedProtocol(BaseModel):
    """Limits that come with Fyr."""

    name: str
    version: str
    title: str


class Protocols(BaseModel):
    """Every protocol that a plan can be held against here."""

    protocols: list[ShippedProtocol]


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
    inputs: dict[str, Any] = Field(description="What the model was given, without the histogram")
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


class Asked(BaseModel):
    """What the models of the plan's organs ask of a person."""

    patient: list[dict[str, Any]]
    alpha_beta: list[dict[str, Any]]
    organs: list[str]
    tumour: dict[str, Any]


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
    warnings: list[str]
    asked: Asked | None


class ComparedPlans(BaseModel):
    """Plans side by side, as `fyr treat compare --json` has them."""

    plans: list[dict[str, Any]]
    given: dict[str, Any]
    comparison: dict[str, Any]
    constraints: dict[str, Any] | None
    warnings: list[str]
