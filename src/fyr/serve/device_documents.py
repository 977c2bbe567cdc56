"""The documents about devices as pydantic models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Device", "Devices"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Device(_Document):
    """A device, and what became of its samples since the ward's journal began."""

    device: str
    clock: Literal["ahead", "in step"]
    ahead_s: float = Field(description="How far its clock was ahead when that last changed; negative if behind")
    arrived: int
    released: int = Field(description="Given to the engine; the rest is late, double, or held for the lateness")
    late: int = Field(description="Dropped: of a time that was complete already")
    duplicate: int = Field(description="Dropped: equal to another in everything")
    ahead: int = Field(description="Ahead of their arrival by more than 5 s, whatever became of them")
    strangers: int = Field(description="About nobody who is watched")


class Devices(_Document):
    """Every device that sent anything."""

    lateness_s: float = Field(description="How late a sample may come and still be taken; every alarm waits that long")
    devices: list[Device]
