"""Where a ward's samples and observations come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fyr.record import Observation, SampleBatch

__all__ = ["NothingComes", "SampleSource"]


class SampleSource(Protocol):
    """Where samples and observations come from."""

    def advance(self, until_us: int) -> tuple[SampleBatch, Sequence[Observation]]:
        """Return everything that came since the last call, up to `until_us`."""
        ...


class NothingComes:
    """The source of a hospital that has none connected yet."""

    def advance(self, until_us: int) -> tuple[SampleBatch, Sequence[Observation]]:  # noqa: ARG002
        """Return nothing."""
        return SampleBatch.from_series(()), ()
