"""The documents about sources, receivers of alarms and refused messages as pydantic models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["RefusedMessage", "RefusedMessages", "SinkLine", "SourceLine", "Sources"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SourceLine(_Document):
    """A source, and what came from it since this server was started."""

    name: str
    kind: str
    state: Literal["starting", "listening", "connected", "lost", "stopped"]
    detail: str = Field(description="Where it listens or reads, or what is wrong")
    connections: int
    messages: int
    accepted: int
    refused: int = Field(description="Not accepted, and kept with the reason: see /api/quarantine")
    samples: int
    last_message_at: str | None
    silent: bool = Field(description="Nothing was accepted for longer than it may be silent")
    silent_after_s: float | None


class SinkLine(_Document):
    """A receiver of alarms, and how sending to it goes."""

    name: str
    kind: str
    state: Literal["ok", "waiting", "lost"]
    waiting: int
    delivered: int
    refused: int = Field(description="The receiver answered that it will never take them")
    last_delivered_at: str | None
    problem: str | None


class Sources(_Document):
    """Every line to another system."""

    sources: list[SourceLine]
    sinks: list[SinkLine]
    refused_waiting: int = Field(description="How many messages were refused since the house was founded")


class RefusedMessage(_Document):
    """A message that was not accepted, and why; what stood in it is not shown."""

    id: int
    time: str
    source: str
    kind: str
    what: str
    where: str
    mend: str
    bytes: int


class RefusedMessages(_Document):
    """The newest refused messages, the newest first."""

    messages: list[RefusedMessage]
