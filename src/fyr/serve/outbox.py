"""The alarms that are to leave the house, in the order in which they came, in a partition of the journal.

Every alarm carries its *mark*: when the ward was opened under which it was told, and its number since the ward began.
Marks only grow, so a ward that is opened again knows which alarms a crash kept from the outbox.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final, Protocol

import orjson

from fyr.exchange.outgoing import OutgoingAlarm

__all__ = ["Mark", "Outbox"]

Mark = tuple[int, int]
"""When the ward was opened (microseconds UTC), and the number of the event."""

_OUTBOX: Final = "house/outbox"


class _Journal(Protocol):
    def append(self, partition: str, payloads: Sequence[bytes], *, keys: Sequence[str] | None = None) -> Any: ...
    def read(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[Any]: ...
    def end(self, partition: str) -> int: ...


class Outbox:
    """The alarms that are to leave the house, numbered from 0.

    Parameters
    ----------
    journal : Journal
    partition : str
    """

    def __init__(self, journal: _Journal, partition: str = _OUTBOX) -> None:
        self._journal = journal
        self._partition = partition
        self._new = threading.Condition()

    @property
    def end(self) -> int:
        """The number that the next alarm will have."""
        return self._journal.end(self._partition)

    @property
    def last(self) -> Mark | None:
        """The mark of the last alarm; ``None`` where there never was one."""
        end = self.end
        for entry in self._journal.read(self._partition, end - 1, 1) if end else ():
            opened_us, number = orjson.loads(entry.payload)["mark"]
            return opened_us, number
        return None

    def add(self, alarms: Sequence[tuple[Mark, OutgoingAlarm]]) -> None:
        """Keep alarms to be sent; one that was kept before is not kept twice.

        Raises
        ------
        ServiceUnavailable
            If they cannot be kept; none of them is.
        """
        if not alarms:
            return
        payloads = [orjson.dumps({"mark": mark, "alarm": asdict(alarm)}) for mark, alarm in alarms]
        self._journal.append(self._partition, payloads, keys=[f"{mark[0]}:{mark[1]}" for mark, _ in alarms])
        with self._new:
            self._new.notify_all()

    def read(self, number: int, limit: int = 100) -> list[OutgoingAlarm]:
        """Return some alarms from a number on."""
        entries = self._journal.read(self._partition, number, limit)
        return [OutgoingAlarm(**orjson.loads(entry.payload)["alarm"]) for entry in entries]

    def wait(self, seconds: float) -> None:
        """Wait until something was added, or so long."""
        with self._new:
            self._new.wait(seconds)
