"""The documents of hearing as pydantic models."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Assessed",
    "AudiogramRequest",
    "Average",
    "CochlearDose",
    "Difference",
    "EarAverages",
    "Hearing",
    "PersonNamed",
    "PlanCochleae",
    "ThresholdDocument",
]

Ear = Literal["right", "left"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ThresholdDocument(_Document):
    """The quietest tone that an ear heard; without a response the loudest that it did not."""

    ear: Ear
    frequency_hz: int
    level_db: float = Field(allow_inf_nan=False)
    response: bool = True
    conduction: Literal["air", "bone"] = "air"
    masked: bool = False


class Average(_Document):
    """A mean threshold; `level_db` is null where a frequency was not measured."""

    frequencies_hz: list[int]
    level_db: float | None
    is_at_least: bool
    missing_hz: list[int]


class EarAverages(_Document):
    """The averages of one ear."""

    pure_tone_average: Average
    high_frequency_average: Average


class Difference(_Document):
    """How two thresholds at one frequency differ."""

    frequency_hz: int
    difference_db: float
    is_at_least: bool


class Assessed(_Document):
    """An audiogram, and what each scale says of it beside the baseline."""

    name: str
    date: str
    patient: None
    thresholds: list[ThresholdDocument]
    is_compared: bool = Field(description="Whether it is later than the baseline")
    grades: dict[str, dict[str, Any]] = Field(description="By model: `grade` or `change`, or `refused` and `missing`")
    averages: dict[Ear, EarAverages]
    right_minus_left: list[Difference]
    air_bone_gap: dict[Ear, list[Difference]]
    notes: list[str]


class CochlearDose(_Document):
    """The dose to one cochlea, or why there is none."""

    name: str
    ear: Ear | None
    mean_gy: float | None
    max_gy: float | None
    volume_cm3: float | None
    is_complete: bool
    problem: str | None


class PlanCochleae(_Document):
    """The cochleae of one plan."""

    view: str
    title: str
    cochleae: list[CochlearDose]


class PersonNamed(_Document):
    """Whom the page is about."""

    id: str
    pseudonym: str


class Hearing(_Document):
    """A patient's audiograms."""

    patient: PersonNamed
    is_simulated: bool
    baseline: str | None
    conduction: Literal["air", "bone"]
    age_group: Literal["adult", "child"] | None
    audiograms: list[Assessed]
    problems: list[str]
    cochlea: list[PlanCochleae]
    may_write: bool


class AudiogramRequest(_Document):
    """An audiogram that somebody types in."""

    date: date
    thresholds: list[ThresholdDocument] = Field(min_length=1, max_length=100)
