"""Writing a partition's stream: every message says behind which sequence it belongs, so nothing is stored twice.

JetStream stores a message with ``Nats-Expected-Last-Sequence`` only if the stream ends there. So of two writers one is
told that it came too late: it looks what the other one wrote, numbers its entries anew, and tries again. And a writer
whose acknowledgement got lost looks for its own bundle's identity in what has been stored since.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fyr.clock import Clock
from fyr.errors import ServiceUnavailable
from fyr.record.jetstream_connection import MayBeStored, WrongLastSequence
from fyr.record.jetstream_partition import BundleReader, End, JetStreamPartition
from fyr.record.journal import Append, Kind, Offsets
from fyr.record.journal_bundle import Bundle, BundleHead, parts_of
from fyr.record.journal_keys import JournalKeys, ReadSoFar

__all__ = ["JetStreamWriter", "StreamLimits"]

_LOG: Final = logging.getLogger(__name__)
_PAGE: Final = 64
_PAUSE_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How a partition's stream is made: copies on so many servers, and the most bytes (-1: the server's disk)."""

    replicas: int = 1
    max_bytes: int = -1


@dataclass(frozen=True, slots=True)
class _Arrangement:
    """Appends as one bundle behind an end, and the answer to each of them once it is stored."""

    end: End
    bundle: Bundle
    offsets: list[Offsets]

    @property
    def keys(self) -> list[tuple[str, int]]:
        return [(key, self.end.offset + at) for at, key in enumerate(self.bundle.keys) if key is not None]

    @classmethod
    def of(cls, appends: Sequence[Append], end: End, seen: dict[str, int]) -> _Arrangement:
        kinds: list[Kind] = []
        keys: list[str | None] = []
        payloads: list[bytes] = []
        offsets = []
        for append in appends:
            each, before = [], len(payloads)
            for payload, key in zip(append.payloads, append.keys, strict=True):
                offset = end.offset + len(payloads) if key is None else seen.setdefault(key, end.offset + len(payloads))
                each.append(offset)
                if offset == end.offset + len(payloads):
                    kinds.append(append.kind)
                    keys.append(key)
                    payloads.append(payload)
            offsets.append(Offsets(tuple(each), len(payloads) - before))
        return cls(end, Bundle(kinds, keys, payloads), offsets)


class JetStreamWriter:
    """The writer of one partition in this process; runs in the connection's own thread."""

    def __init__(self, partition: JetStreamPartition, keys: JournalKeys, limits: StreamLimits, clock: Clock) -> None:
        self._partition = partition
        self._connection = partition.connection
        self._keys = keys
        self._limits = limits
        self._clock = clock
        self._turn = asyncio.Lock()
        self._end: End | None = None
        self._acknowledged = 0
        self._index = ""

    @property
    def known_end(self) -> int:
        """The offset behind the last entry that this process has written; 0 where that is not known."""
        end = self._end
        return 0 if end is None else end.offset

    async def write(self, appends: Sequence[Append]) -> list[Offsets]:
        """Store all or none of the appends.

        Raises
        ------
        ServiceUnavailable
            If the server is away or has no room; the message says whether something may have been stored.
        """
        async with self._turn:
            try:
                return await self._write(appends)
            except BaseException:
                self._end = None
                raise

    async def _write(self, appends: Sequence[Append]) -> list[Offsets]:
        until = asyncio.get_running_loop().time() + self._connection.patience_s
        attempts: dict[bytes, _Arrangement] = {}
        unknown = False
        while True:
            try:
                end = self._end or await self._look()
                stored = await self._find(attempts, end)
                if stored is None:
                    stored = await self._arrange(appends, end)
                    if stored.bundle:
                        identity = os.urandom(16)
                        attempts[identity] = stored
                        end = await self._publish(stored, identity)
            except WrongLastSequence:
                self._end = None
                if not self._acknowledged:
                    await asyncio.sleep(_PAUSE_S)  # the stream may only just be being made
            except MayBeStored:
                self._end, unknown = None, True
                if asyncio.get_running_loop().time() > until:
                    raise self._not_known() from None
            except ServiceUnavailable as problem:
                raise (self._not_known() if unknown else problem) from problem
            else:
                self._end = end
                self._acknowledged = max(self._acknowledged, end.sequence)
                return stored.offsets

    async def _publish(self, arranged: _Arrangement, identity: bytes) -> End:
        end, bundle = arranged.end, arranged.bundle
        messages = parts_of(
            bundle,
            first_offset=end.offset,
            time_us=self._clock.now_us(),
            identity=identity,
            largest=self._connection.largest_message,
        )
        place = self._partition
        last = await self._connection.publish(place.stream, place.subject, messages, end.sequence)
        if arranged.keys and self._keys.read_so_far(self._index).sequence == end.sequence:
            self._keys.add(self._index, arranged.keys, ReadSoFar(last, identity))
        return End(last, end.offset + len(bundle), identity)

    async def _look(self) -> End:
        """Find out where the stream ends, and make it where there is none."""
        info = await self._partition.info()
        if info is None:
            if self._acknowledged:
                raise ServiceUnavailable(
                    f"the stream {self._partition.stream} is gone", where=self._partition.name, mend="restore it"
                )
            info = await self._partition.make(replicas=self._limits.replicas, max_bytes=self._limits.max_bytes)
        last = info.state.last_seq
        self._index = f"{self._partition.stream} {info.created}"
        if last < self._acknowledged:
            _LOG.critical(
                "the stream %s ends at %d; JetStream had acknowledged %d: entries are lost",
                self._partition.stream, last, self._acknowledged,
            )  # fmt: skip
            self._acknowledged = last
            self._partition.forget()
        return await self._partition.end_at(last)

    async def _find(self, attempts: dict[bytes, _Arrangement], end: End) -> _Arrangement | None:
        """Look whether an attempt whose acknowledgement did not come was stored after all."""
        if not attempts:
            return None
        after = min(attempt.end.sequence for attempt in attempts.values())
        bundles = BundleReader()
        for sequence in range(after + 1, end.sequence + 1):
            bundle = bundles.take(await self._partition.message(sequence))
            if bundle is not None and bundle[0].identity in attempts:
                return attempts[bundle[0].identity]
        return None

    async def _arrange(self, appends: Sequence[Append], end: End) -> _Arrangement:
        keys = list({key: None for append in appends for key in append.keys if key is not None})
        seen: dict[str, int] = {}
        if keys:
            await self._read_keys(end)
            seen = self._keys.look_up(self._index, keys)
        return _Arrangement.of(appends, end, seen)

    async def _read_keys(self, end: End) -> None:
        """Bring the index of keys up to the end of the stream."""
        so_far = self._keys.read_so_far(self._index)
        if so_far.sequence > end.sequence or (so_far.sequence and not await self._is_ours(so_far, end)):
            self._keys.forget(self._index)
            so_far = ReadSoFar()
        bundles = BundleReader()
        for first in range(so_far.sequence + 1, end.sequence + 1, _PAGE):
            page = range(first, min(first + _PAGE, end.sequence + 1))
            messages = await asyncio.gather(*(self._partition.message(sequence) for sequence in page))
            seen: list[tuple[str, int]] = []
            whole: ReadSoFar | None = None
            for sequence, message in zip(page, messages, strict=True):
                bundle = bundles.take(message)
                if bundle is not None:
                    seen.extend((key, entry.offset) for entry, key in Bundle.entries(*bundle) if key is not None)
                    whole = ReadSoFar(sequence, bundle[0].identity)
            if whole is not None:
                self._keys.add(self._index, seen, whole)

    async def _is_ours(self, so_far: ReadSoFar, end: End) -> bool:
        """Whether the message that the index read last is still the one that lies there."""
        if so_far.sequence == end.sequence:
            return so_far.identity == end.identity
        head = BundleHead.of(await self._partition.message(so_far.sequence))
        return head is not None and head.identity == so_far.identity

    def _not_known(self) -> ServiceUnavailable:
        return ServiceUnavailable(
            "NATS went away before it answered; it is not known whether this was stored",
            where=self._connection.name,
            mend="do the same again with the same keys: what was stored is not stored twice",
        )
