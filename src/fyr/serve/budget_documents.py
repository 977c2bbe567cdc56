"""The documents about a ward's alarm budget as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = ["Budget", "OnDutyRequest", "WaitingDocument"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WaitingDocument(_Document):
    """A notification that is listed, of which nobody is told yet, and why."""

    notification: str
    patient: str
    bed: str
    rule: str
    title: str
    priority: Literal["high", "medium", "low"]
    kind: Literal["physiological", "technical"]
    since: AwareDatetime
    why: str


class Budget(_Document):
    """The alarm budget of a ward; safety rules and high priority are told whatever it says."""

    ward: str
    nurses: int
    per_nurse_hour: float
    capacity: int = Field(description="How many notifications an hour the nurses on duty can take")
    load: int = Field(description="How many were told in the last hour")
    waiting: list[WaitingDocument] = Field(description="What waits, in the order in which it will be told")


class OnDutyRequest(_Document):
    """How many nurses are on duty, and how many notifications an hour one can take (as before if left out)."""

    nurses: Annotated[int, Field(ge=0, le=1000)]
    per_nurse_hour: Annotated[float, Field(gt=0, le=1000)] | None = None
