"""Messages gather while one `take` runs, and the next takes them all: one commit for many, and never more than fit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fyr.exchange.incoming import Problem, ProblemKind, Take
from fyr.exchange.mqtt.payload import PayloadReader
from fyr.exchange.sample_columns import IncomingColumns

__all__ = ["Arrival", "Origin", "Settle", "Taking"]

_log = logging.getLogger(__name__)

_MOST_MESSAGES: Final = 20_000
_MOST_BYTES: Final = 33_554_432
_PAUSE_S: Final = 0.2


class Origin:
    """One connection that messages come over. After the first message that was not kept it is given up."""

    __slots__ = ("is_given_up",)

    def __init__(self) -> None:
        self.is_given_up = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that has come and is not answered yet.

    Parameters
    ----------
    origin : Origin
    topic : str
    payload : bytes
    size : int
        What the payload's length was; more than it has where it was cut.
    qos, packet_id : int
    arrived_us : int or None
        The time that a message without one may be given.
    """

    origin: Origin
    topic: str
    payload: bytes
    size: int
    qos: int
    packet_id: int
    arrived_us: int | None


Settle = Callable[[Sequence[tuple[Arrival, bool]]], None]
"""Is told which messages are kept, in their order, and which are not; called in the thread that takes."""


class Taking:
    """A thread that hands on what has gathered.

    Parameters
    ----------
    name : str
        Of the source.
    reader : PayloadReader
    period_us : mapping of str to int
    take : Take
    settle : Settle
    """

    def __init__(
        self, name: str, reader: PayloadReader, period_us: Mapping[str, int], take: Take, settle: Settle
    ) -> None:
        self._name, self._reader, self._period_us = name, reader, period_us
        self._take, self._settle = take, settle
        self._changed = threading.Condition()
        self._waiting: list[Arrival] = []
        self._bytes = 0
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-take", daemon=True)

    def start(self) -> None:
        """Begin to take."""
        self._thread.start()

    def stop(self) -> None:
        """Take what has gathered, and return when it is settled."""
        self._is_stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be read until something is settled."""
        return len(self._waiting) >= _MOST_MESSAGES or self._bytes >= _MOST_BYTES

    def add(self, arrivals: Sequence[Arrival]) -> bool:
        """Let messages wait for the next `take`; returns whether it is full now."""
        with self._changed:
            self._waiting.extend(one for one in arrivals if not one.origin.is_given_up)
            self._bytes += sum(len(one.payload) for one in arrivals)
            self._changed.notify_all()
            return self.is_full

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until it is not full; returns whether there is room."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.is_full, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_stopping.is_set())
                batch, self._waiting, self._bytes = self._waiting, [], 0
                self._changed.notify_all()
            if not batch:
                return
            kept = self._hand_on(batch)
            self._settle([*zip(batch, kept, strict=True), *self._give_up(batch, kept)])
            if not all(kept):
                self._is_stopping.wait(_PAUSE_S)

    def _hand_on(self, batch: Sequence[Arrival]) -> list[bool]:
        columns = IncomingColumns(self._name, self._period_us)
        counts = [self._read(columns, arrival) for arrival in batch]
        try:
            verdicts = self._take(columns.whole())
            kept = [verdict.kept for verdict in verdicts]
        except Exception as fault:  # noqa: BLE001  whatever fails behind `take`: nothing is acknowledged, all comes again
            _log.error("%s: nothing of %d messages is kept (%s)", self._name, len(batch), type(fault).__name__)
            return [False] * len(batch)
        found, at = [], 0
        for count in counts:
            found.append(len(kept) >= at + count and all(kept[at : at + count]))
            at += count
        return found

    def _read(self, columns: IncomingColumns, arrival: Arrival) -> int:
        before = len(columns)
        if arrival.size > len(arrival.payload):
            what = f"the message has {arrival.size} bytes; its beginning is kept"
            mend = "send less at once, or set largest_bytes"
            problem = Problem(ProblemKind.TOO_LARGE, what, arrival.topic, mend)
        else:
            try:
                return self._reader.read(columns, arrival.topic, arrival.payload, arrival.arrived_us)
            except Exception as fault:  # noqa: BLE001  the message that finds a fault of ours is set aside like any other
                _log.error("%s: a message could not be read (%s)", self._name, type(fault).__name__)
                problem = Problem(ProblemKind.UNREADABLE, "the message cannot be read", arrival.topic)
        columns.refuse(b"%b\n%b" % (arrival.topic.encode(), arrival.payload), problem)
        return len(columns) - before

    def _give_up(self, batch: Sequence[Arrival], kept: Sequence[bool]) -> list[tuple[Arrival, bool]]:
        """Give up connections of which something was not kept: what waits of them will come again, in its order."""
        failed = {id(arrival.origin) for arrival, is_kept in zip(batch, kept, strict=True) if not is_kept}
        if not failed:
            return []
        for arrival in batch:
            if id(arrival.origin) in failed:
                arrival.origin.is_given_up = True
        with self._changed:
            dropped = [one for one in self._waiting if id(one.origin) in failed and one.qos]
            self._waiting = [one for one in self._waiting if id(one.origin) not in failed or not one.qos]
            self._bytes = sum(len(one.payload) for one in self._waiting)
        return [(arrival, False) for arrival in dropped]
