"""The documents of the API about comparisons of policies and replayed days, as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fyr.serve.documents import Line, RuleDocument

__all__ = [
    "ComparedPatient",
    "ComparisonDocument",
    "ComparisonRow",
    "Comparisons",
    "Day",
    "DayOfPolicy",
    "EventRow",
    "Making",
    "SaidRaised",
    "SaidSuppressed",
    "TrueEvent",
]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComparisonRow(_Document):
    """A comparison in the list."""

    name: str
    title: str
    note: str
    simulated: bool
    made_at: AwareDatetime
    patients: int
    patient_days: float
    events: int | None = Field(description="Null where nobody knows the truth")
    policies: list[str]


class Making(_Document):
    """The demonstration's comparison: whether it is there, and how far its making has come."""

    state: Literal["not begun", "working", "done", "failed"]
    part: float = Field(ge=0, le=1)
    problem: str | None = None


class Comparisons(_Document):
    """All comparisons, newest first; `making` is null in a hospital of one's own."""

    comparisons: list[ComparisonRow]
    making: Making | None


class EventRow(_Document):
    """A true event, with when each policy first spoke in its window, by rising factor; null where it missed it."""

    patient: str
    event: str
    onset: AwareDatetime
    end: AwareDatetime
    first: dict[str, list[AwareDatetime | None]]


class ComparedPatient(_Document):
    """A patient of a comparison."""

    patient: str
    start: AwareDatetime
    end: AwareDatetime
    days: float
    usable: bool
    events: int
    alerts: dict[str, int]


class ComparisonDocument(_Document):
    """One comparison; `document` is what `fyr watch evaluate --json` printed."""

    name: str
    title: str
    note: str
    simulated: bool
    made_at: AwareDatetime
    factors: list[float]
    events: list[EventRow]
    patients: list[ComparedPatient]
    document: dict[str, Any]


class TrueEvent(_Document):
    """What truly happened."""

    event: str
    onset: AwareDatetime
    end: AwareDatetime


class SaidRaised(_Document):
    """A notification about the patient's body; `is_true` is null where nobody knows the truth."""

    time: AwareDatetime
    end: AwareDatetime | None
    rule: str
    title: str
    priority: str
    signal: str
    value: float | None
    is_true: bool | None


class SaidSuppressed(_Document):
    """A deviation about which nobody would have been told, and why."""

    time: AwareDatetime
    rule: str
    title: str
    reason: str


class DayOfPolicy(_Document):
    """What one policy said of the day."""

    name: str
    title: str
    version: str
    digest: str
    factor: float
    rules: list[RuleDocument]
    raised: list[SaidRaised]
    suppressed: list[SaidSuppressed] | None = Field(description="Null where the policy can no longer be replayed")


class Day(_Document):
    """One patient's day under several policies."""

    patient: str
    pseudonym: str
    comparison: str | None = Field(description="Null for a patient of the record, replayed on request")
    simulated: bool
    day: int
    days: int
    factors: list[float]
    start: AwareDatetime
    end: AwareDatetime
    series: dict[str, Line]
    truth: list[TrueEvent] | None
    policies: list[DayOfPolicy]
