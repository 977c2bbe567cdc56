"""The ward's journal: what went in and what came of it, in one partition of the record's journal.

Inputs stand there in the order in which they are given to the engine, each before its effect is shown. The alarm events
that they caused follow them, under keys, so that an event is never there twice.

Several threads append; one follows. What this process appended itself is handed to the follower as it was, without
reading it back. What another process puts for the ward stands in a partition of its own, which only that one writes;
the ward's journal says where it was taken (:class:`~fyr.serve.ward_inputs.Took`), so that its order is kept for good.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import orjson

from fyr.attention import AlarmEvent
from fyr.serve.ward_codec import decode_entry, encode_entry
from fyr.serve.ward_inputs import Happened, Input, Took

__all__ = ["EventDigest", "WardJournal", "same_event"]

_TAIL: Final = 10_000
"""How many entries are kept for the follower; one that is further behind reads them from the journal."""


class _Journal(Protocol):
    def append(self, partition: str, payloads: Sequence[bytes], *, keys: Sequence[str] | None = None) -> Any: ...
    def follow(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[Any]: ...
    def end(self, partition: str) -> int: ...


class WardJournal:
    """One partition of the record's journal, in the ward's own words.

    Parameters
    ----------
    journal : Journal
    partition : str
    relayed : str, optional
        The partition in which another process puts what is for this ward.
    """

    def __init__(self, journal: _Journal, partition: str, relayed: str | None = None) -> None:
        self._journal = journal
        self._partition = partition
        self._relayed = relayed
        self._relayed_end = 0
        self._lock = threading.Lock()
        self._tail: dict[int, Input | Took | Happened] = {}
        self._end = journal.end(partition)
        self._followed = 0

    @property
    def partition(self) -> str:
        """The name of the partition."""
        return self._partition

    @property
    def end(self) -> int:
        """The offset that the next entry will have, as far as this process appended."""
        return self._end

    def append(self, inputs: Sequence[Input]) -> None:
        """Keep inputs, all or none; durable when it returns. Any thread may call it."""
        if inputs:
            self._append(inputs)

    @property
    def relayed(self) -> int:
        """Up to where what another process put for the ward was taken."""
        return self._relayed_end

    def resume(self, offset: int, relayed: int) -> None:
        """Go on at an offset, and behind what was taken of what another process put: a snapshot holds the rest."""
        self._followed, self._relayed_end = offset, relayed

    def take_relayed(self) -> None:
        """Note that the ward takes whatever another process has put for it by now; durable when it returns."""
        if self._relayed is None:
            return
        end = self._journal.end(self._relayed)
        if end > self._relayed_end:
            self._append([Took(self._relayed_end, end)])

    def append_events(self, events: Sequence[tuple[int, AlarmEvent]], *, opened_us: int) -> None:
        """Keep events under their numbers; one that was kept since the ward was opened is not kept twice."""
        if events:
            self._append(
                [Happened(event) for _, event in events], keys=[f"{opened_us}:{number}" for number, _ in events]
            )

    def read(self) -> Iterator[Input | Happened]:
        """Return everything that stands in this partition itself, from the beginning."""
        for _, entry in self._stored(0):
            if not isinstance(entry, Took):
                yield entry

    def follow(self, from_offset: int) -> Iterator[tuple[int, Input | Happened]]:
        """Return what stands from an offset to the end, with the offsets."""
        for offset, entry in self._own(from_offset):
            if not isinstance(entry, Took):
                yield offset, entry
                continue
            self._relayed_end = entry.end
            if self._relayed is not None:
                for one in self._journal.follow(self._relayed, entry.begin, entry.end - entry.begin):
                    relayed = decode_entry(one.payload)
                    if not isinstance(relayed, Took):
                        yield offset, relayed

    def _own(self, from_offset: int) -> Iterator[tuple[int, Input | Took | Happened]]:
        at = from_offset
        while at < self._end:
            with self._lock:
                entry = self._tail.pop(at, None)
            if entry is not None:
                at = self._passed(at)
                yield at - 1, entry
                continue
            for offset, stored in self._stored(at, limit=self._until_tail(at)):
                at = self._passed(offset)
                yield offset, stored
        with self._lock:
            for offset in [offset for offset in self._tail if offset < at]:
                del self._tail[offset]

    def _passed(self, offset: int) -> int:
        """Note that the follower has an entry; return the offset that it wants next."""
        self._followed = offset + 1
        return self._followed

    def _append(self, entries: Sequence[Input | Took | Happened], keys: Sequence[str] | None = None) -> None:
        payloads = [encode_entry(entry) for entry in entries]
        offsets = self._journal.append(self._partition, payloads, keys=keys)
        with self._lock:
            for offset, entry in zip(offsets.each, entries, strict=True):
                if offset >= self._followed and len(self._tail) < _TAIL:
                    self._tail[offset] = entry
            self._end = max(self._end, *(offset + 1 for offset in offsets.each))

    def _until_tail(self, at: int) -> int:
        """Return how many entries to read before the follower can go on with what is in memory."""
        with self._lock:
            return min((offset for offset in self._tail if offset > at), default=self._end) - at

    def _stored(self, from_offset: int, limit: int | None = None) -> Iterator[tuple[int, Input | Took | Happened]]:
        for entry in self._journal.follow(self._partition, from_offset, limit):
            yield entry.offset, decode_entry(entry.payload)


class EventDigest:
    """A digest over a stream of events: two streams with the same one are the same, in the same order.

    A chain, ``h ← SHA-256(h ‖ event)`` from the digest of nothing on: its value is all that must be kept to go on.
    """

    def __init__(self) -> None:
        self.value = hashlib.sha256().digest()
        self.count = 0

    def add(self, event: AlarmEvent) -> None:
        """Continue with one event."""
        self.value = hashlib.sha256(self.value + _canonical(event)).digest()
        self.count += 1

    def hexdigest(self) -> str:
        """Return the digest so far."""
        return self.value.hex()


def same_event(one: AlarmEvent, other: AlarmEvent) -> bool:
    """Return whether two events say the same, whatever container their details stand in."""
    return _canonical(one) == _canonical(other)


def _canonical(event: AlarmEvent) -> bytes:
    return orjson.dumps(event.as_dict(), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)
