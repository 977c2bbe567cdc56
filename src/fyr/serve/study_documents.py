"""The documents of the API about federated studies, as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "Decision",
    "DecisionAsked",
    "Forecast",
    "LedgerEntry",
    "LedgerSummary",
    "RoundAnswer",
    "Studies",
    "StudyDocument",
    "StudyRound",
    "StudyRow",
]

State = Literal["proposed", "approved", "declined", "waiting", "computing", "refused", "finished"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Forecast(_Document):
    """The leak meter before anything is sent: what the study would disclose of this hospital's rows."""

    would_refuse: str | None = Field(description="Why this hospital's rules would refuse; null if they would not")
    rows: int
    rows_isolable: int = Field(description="Patients whose own values could be worked out from all that was sent")
    rows_in_small_groups: int
    unguarded: int = Field(description="Rows that could be isolated if neither rules nor masks stood in between")
    reasons: list[str]
    masked: bool = Field(description="Whether the coordinator would see totals over the sites only")
    rounds: int
    numbers: int
    columns: list[str]
    rho: float
    bytes: int
    steps: list[str]
    rules: dict[str, Any]


class Decision(_Document):
    """What this hospital decided."""

    decision: Literal["approved", "declined"]
    by: str
    at: AwareDatetime
    reason: str
    digest: str


class StudyRow(_Document):
    """A study in the list."""

    id: str
    name: str
    method: str
    digest: str
    sites: list[str]
    site: str | None = Field(description="Who this hospital is in it; null where it only coordinates")
    state: State
    round: int
    begun: AwareDatetime | None
    last: AwareDatetime | None
    rows_isolable: int | None = Field(description="By the forecast, before; by the ledger, once it has begun")
    problem: str | None = Field(description="Why its journal cannot be read")


class RoundAnswer(_Document):
    """When a site's answer came, and its size."""

    site: str
    at: AwareDatetime
    bytes: int


class StudyRound(_Document):
    """One round; the first is 1."""

    round: int
    step: str
    asked: AwareDatetime
    closed: AwareDatetime | None
    answers: list[RoundAnswer]
    left_out: dict[str, str]


class LedgerEntry(_Document):
    """One disclosure of this hospital."""

    at: AwareDatetime
    study: str
    name: str
    round: int
    step: str
    question: str
    rows: int
    masked: bool
    numbers: int
    columns: list[str]
    groups: int
    rho: float
    isolable: int
    of: int | None = Field(description="The round whose total was opened; null for an answer")


class LedgerSummary(_Document):
    """What this hospital has disclosed in all studies together."""

    entries: int
    patients: int
    studies: int
    most_by_patient: int = Field(description="To how many disclosures one patient contributed at most")
    rows_isolable: int
    whole: bool = Field(description="Whether the chain of entries holds: none was altered or taken out")


class StudyDocument(StudyRow):
    """One study, with its rounds and what it disclosed."""

    options: dict[str, Any]
    rules: dict[str, Any]
    quorum: int
    table: str | None
    proposed_at: AwareDatetime | None
    forecast: Forecast | None
    decision: Decision | None
    rounds: list[StudyRound]
    answered: list[str]
    waiting_for: list[str]
    waiting_since: AwareDatetime | None
    refusals: dict[str, str]
    left_out: dict[str, str]
    bytes_by_site: dict[str, int]
    result: dict[str, Any] | None
    transcript: str | None
    ledger: list[LedgerEntry]


class Studies(_Document):
    """All studies of this hospital, and its ledger."""

    studies: list[StudyRow]
    ledger: LedgerSummary | None = Field(description="Null where nothing was ever disclosed")
    problems: list[str]


class DecisionAsked(_Document):
    """To approve or decline a study."""

    decision: Literal["approved", "declined"]
    digest: str = Field(description="Of the study that was read: an approval is of nothing else", max_length=64)
    reason: str = Field(default="", max_length=1000)
