"""The handover sheet and the sensor-gap list as pydantic models."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from fyr.serve.documents import PatientSummary, Raised, Score, SignalValue, Urgency
from fyr.serve.limit_documents import OverrideDocument

__all__ = ["HandedOver", "Handover", "HeldBack", "LostSignal", "ScoreBefore", "SensorGap", "SensorGaps"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScoreBefore(_Document):
    """What NEWS2 said at the beginning."""

    time: AwareDatetime
    score: float | None
    refusal: str | None


class HeldBack(_Document):
    """How often staff were not told of something, and why."""

    title: str
    reason: str = Field(description="Without the moments in it, so that equal ones are counted together")
    count: int


class LostSignal(_Document):
    """A signal that cannot be assessed now."""

    signal: str
    title: str
    since: AwareDatetime
    taken_by: str | None


class HandedOver(_Document):
    """What the next shift must know of one patient."""

    bed: str
    patient: PatientSummary
    state: Urgency
    signals: dict[str, SignalValue]
    news2: Score | None
    news2_before: ScoreBefore | None = Field(description="The last answer before the beginning, or the first after it")
    raised: list[Raised] = Field(description="What stood or was raised since the beginning, the newest first")
    held_back: list[HeldBack]
    own_limits: list[OverrideDocument]
    sensors_lost: list[LostSignal]


class Handover(_Document):
    """What the next shift must know of a ward."""

    ward: str
    hospital: str
    simulated: bool
    since: AwareDatetime
    now: AwareDatetime
    patients: list[HandedOver]


class SensorGap(_Document):
    """A signal of a patient, and how much of the time its rules could be applied."""

    bed: str
    patient: PatientSummary
    signal: str
    title: str
    since: AwareDatetime | None = Field(description="Since when it cannot be assessed; null where it can be now")
    taken_by: str | None
    safety_rules: int = Field(description="How many safety rules cannot speak while it lacks")
    assessable_shift: float = Field(ge=0, le=1, description="Share of the time since `since` of the list, or admission")
    assessable_day: float = Field(ge=0, le=1, description="Share of the last 24 hours, or since admission")


class SensorGaps(_Document):
    """Which patients lack which signal: what needs a hand first stands first."""

    ward: str
    since: AwareDatetime
    now: AwareDatetime
    lacking: list[SensorGap]
    lacked: list[SensorGap] = Field(description="Assessable now, but not all of the last 24 hours; the least first")
