"""The documents of exposures as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Amount",
    "Course",
    "Entry",
    "HowFar",
    "Ledger",
    "Level",
    "PatientExposures",
    "PersonNamed",
    "ReferenceLevels",
    "RefusedObject",
    "SetLevel",
    "StandingOut",
    "Sum",
]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Amount(_Document):
    """An amount of one quantity; `of` is what makes two amounts of one quantity different things."""

    quantity: str
    value: float
    unit: str
    of: str = ""
    source: str = Field("", description="Empty: the machine reported it")


class Entry(_Document):
    """One exposure."""

    category: Literal["diagnostic", "nuclear medicine", "therapy"]
    modality: str
    started: str | None = Field(description="As the machine wrote it: without a zone where it gave none")
    what: str
    uid: str
    quantities: list[Amount]


class Sum(Amount):
    """What may be added: one quantity, with one `of`, of one kind of examination."""

    category: str
    modality: str
    exposures: int


class Ledger(_Document):
    """Every exposure in its own quantities; there is no total over kinds."""

    patient: dict[str, Any]
    entries: list[Entry]
    sums: list[Sum]
    statement: str


class Course(_Document):
    """A course of radiotherapy as its plan prescribes it."""

    plan_uid: str
    label: str
    started: str | None
    fractions: int | None
    prescriptions: list[Amount]


class RefusedObject(_Document):
    """An object that tells of no exposure, or not in a way that can be trusted."""

    object: str
    reason: str
    mend: str


class PersonNamed(_Document):
    """Whom the page is about."""

    id: str
    pseudonym: str


class PatientExposures(_Document):
    """A patient's exposures."""

    patient: PersonNamed
    ledger: Ledger
    examinations: list[dict[str, Any]] = Field(description="As `fyr treat exposure --json` gives them")
    courses: list[Course]
    refused: list[RefusedObject]
    objects: int = Field(description="How many stored objects were looked at")
    coefficients: str
    statement: str


class SetLevel(_Document):
    """A level that the hospital holds a protocol against."""

    protocol: str
    quantity: str
    value: float
    source: str


class StandingOut(_Document):
    """An examination that lies above."""

    patient: str
    pseudonym: str
    study_uid: str
    started: str | None
    device: str
    value: float
    is_outlier: bool
    is_above_level: bool


class Level(_Document):
    """A department's own figures of one quantity."""

    modality: str
    protocol: str
    quantity: str
    of: str
    unit: str
    examinations: int
    median: float
    p25: float
    p75: float
    lowest: float
    highest: float
    is_enough: bool
    fence: float
    values: list[float]
    level: SetLevel | None
    is_median_above: bool
    standing_out: list[StandingOut]


class HowFar(_Document):
    """How many objects are read, of how many."""

    read: int
    of: int


class ReferenceLevels(_Document):
    """A department's own levels, and what they are held against."""

    reading: HowFar | None = Field(None, description="While objects are read: how far it is; there are no figures yet")

    by: Literal["protocol", "region"]
    since: str | None
    until: str | None
    examinations: int
    patients: int
    refused: int = Field(description="Objects that tell of no exposure")
    levels: list[Level]
    statement: str
