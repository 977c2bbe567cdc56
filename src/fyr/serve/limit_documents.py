"""The documents about a patient's own limits as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "LimitChange",
    "LimitChangeRequest",
    "OverrideDocument",
    "OverrideRequest",
    "Overrides",
    "RevocationRequest",
    "WardRule",
]

_Reason = Annotated[str, Field(min_length=1, max_length=500)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LimitChange(_Document):
    """One thing that is other than on the ward: a rule's limit, a rule that is off, or the SpO2 scale of NEWS2."""

    rule: str | None = Field(None, description="The rule's key in the ward's policy")
    title: str | None = None
    signal: str | None = None
    unit: str | None = None
    threshold: float | None = None
    clear: float | None = Field(None, description="Null: as far from the limit as on the ward")
    ward_threshold: float | None = None
    silent: bool = Field(default=False, description="The rule does not speak for this patient")
    spo2_scale: int | None = None


class OverrideDocument(_Document):
    """Limits of a patient's own: who set them, why, until when, and how they ended."""

    id: str
    patient: str
    by: str
    by_policy: bool = Field(description="Whether a finding selected it, and no person")
    reason: str
    changes: list[LimitChange]
    set_at: AwareDatetime
    until: AwareDatetime | None
    in_force: bool
    ended_at: AwareDatetime | None
    ended_by: str | None
    ended_why: str | None


class WardRule(_Document):
    """A rule of the ward's policy, and how far it may be changed for one patient."""

    rule: str
    title: str
    signal: str
    unit: str | None
    op: str
    threshold: float
    clear: float
    priority: str
    tier: str
    plausible_low: float
    plausible_high: float
    loosest: float | None = Field(description="The loosest limit that a safety rule may have; null: no such bound")
    may_be_off: bool


class Overrides(_Document):
    """A patient's own limits: those that hold, those that ended, and what may be changed."""

    patient: str
    own: bool = Field(description="Whether the patient's policy is another than the ward's")
    policy_digest: str
    ward_policy_digest: str
    in_force: list[OverrideDocument]
    ended: list[OverrideDocument]
    rules: list[WardRule]
    spo2_scale: bool = Field(description="Whether a score of the policy asks for the SpO2 scale")


class LimitChangeRequest(_Document):
    """Exactly one of: `rule` with `threshold` (and `clear`), `rule` with `silent`, or `spo2_scale`."""

    rule: Annotated[str, Field(max_length=100)] | None = None
    threshold: float | None = None
    clear: float | None = None
    silent: bool | None = None
    spo2_scale: int | None = None


class OverrideRequest(_Document):
    """What is other for this patient, why, and until when."""

    changes: Annotated[list[LimitChangeRequest], Field(min_length=1, max_length=50)]
    reason: _Reason
    until: AwareDatetime | None = None


class RevocationRequest(_Document):
    """Why the limits end."""

    reason: _Reason
