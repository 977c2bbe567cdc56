"""Holds the events of a replay against those in the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fyr.attention import AlarmEvent
from fyr.serve.ward_inputs import Opened
from fyr.serve.ward_journal import same_event

__all__ = ["Replay", "ReplayCheck"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What opening found in the journal.

    Parameters
    ----------
    inputs, events : int
        How many inputs were replayed, and how many events they caused.
    same : bool
        Whether those events are the ones in the journal, as far as this program wrote it under this policy.
    digest : str
        SHA-256, chained over all replayed events in order.
    """

    inputs: int
    events: int
    same: bool
    digest: str


class ReplayCheck:
    """Compares event by event, from the last time on that the ward was opened by another program or policy.

    What was written before that was shown then, and stays in the journal; replayed under another policy it may come
    out differently, and that is no fault.
    """

    def __init__(self, version: str, policy_digest: str) -> None:
        self._mine = (version, policy_digest)
        self._comparable = False
        self._waiting: list[tuple[int, AlarmEvent]] = []
        self.same = True

    def opened(self, entry: Opened) -> None:
        """Note who wrote what follows."""
        is_mine = (entry.version, entry.policy_digest) == self._mine
        if not is_mine or not self._comparable:
            self._waiting, self.same = [], True
        self._comparable = is_mine

    def go_on(self) -> None:
        """Begin behind what this program wrote under this policy, as after a snapshot of its own."""
        self._comparable = True

    @property
    def is_comparable(self) -> bool:
        """Whether what is replayed now was written by this program under this policy."""
        return self._comparable

    def produced(self, events: Sequence[tuple[int, AlarmEvent]]) -> None:
        """Take what the replay produced, with the events' numbers."""
        if self._comparable:
            self._waiting.extend(events)

    def stored(self, event: AlarmEvent) -> None:
        """Take the next event of the journal."""
        if self._comparable:
            self.same = self.same and bool(self._waiting) and same_event(self._waiting.pop(0)[1], event)

    @property
    def missing(self) -> list[tuple[int, AlarmEvent]]:
        """The events that a crash kept from the journal; none where the rest differs."""
        return self._waiting if self.same else []
