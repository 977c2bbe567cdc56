"""The documents of the API about validations, as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "FigureDocument",
    "Making",
    "SampleRow",
    "Validation",
    "ValidationCohort",
    "ValidationModel",
    "ValidationRow",
    "Validations",
]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FigureDocument(_Document):
    """An estimate with its interval; the ends are null where there is no interval."""

    estimate: float
    low: float | None
    high: float | None


class ValidationModel(_Document):
    """Which model was judged, and whether it is the one that answers today."""

    name: str
    version: str
    digest: str
    output: str | None
    title: str | None = Field(description="Null where no model of this name is installed")
    current: bool = Field(description="Whether a model with exactly this digest is installed")


class ValidationCohort(_Document):
    """On whom."""

    source: str
    sample: str | None = Field(description="The open sample that it is; null for a cohort of one's own")
    rows: int | None
    patients: int | None
    events: int | None
    answered: int | None
    refused: int | None
    hospitals: int | None


class ValidationRow(_Document):
    """A validation in the list; a figure is null where it could not be assessed."""

    id: str
    kept_at: AwareDatetime
    model: ValidationModel
    cohort: ValidationCohort
    horizon_years: float | None = Field(description="Null for an outcome without times")
    figures: dict[str, FigureDocument | None]
    warnings: int


class SampleRow(_Document):
    """An open cohort that may be fetched."""

    name: str
    title: str
    here: bool


class Making(_Document):
    """How far the demonstration's own validations have come."""

    state: Literal["not begun", "working", "done", "failed"]
    done: int
    of: int
    said: list[str] = Field(description="What was left out, and why")


class Validations(_Document):
    """All validations, newest first, and what is wrong with files that could not be read."""

    validations: list[ValidationRow]
    problems: list[str]
    samples: list[SampleRow]
    making: Making | None = Field(description="Null in a hospital of one's own")


class Validation(ValidationRow):
    """One validation; `document` is what `fyr learn validate --json` printed."""

    sample_title: str | None
    sample_source: str | None
    document: dict[str, Any]
