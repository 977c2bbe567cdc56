"""Messages that were not accepted: kept as they came, with the reason, for whoever looks after the interfaces."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from fyr.exchange.incoming import Problem, ProblemKind

__all__ = ["Quarantine", "RefusedMessage"]

_PARTITION: Final = "house/refused messages"
_LARGEST: Final = 1024 * 1024
"""How many bytes of a message are kept; of a longer one the beginning, and the digest of all of it."""


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that was not accepted.

    Parameters
    ----------
    number : int
        Counts from 0 in the order in which they came.
    time_us : int
        When it came, microseconds UTC.
    source : str
    problem : Problem
    raw : bytes
        The message, or its beginning.
    size : int
        How many bytes it had.
    sha256 : str
    """

    number: int
    time_us: int
    source: str
    problem: Problem
    raw: bytes
    size: int
    sha256: str


class _Journal(Protocol):
    def append(self, partition: str, payloads: Sequence[bytes], *, keys: Sequence[str] | None = None) -> Any: ...
    def read(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[Any]: ...
    def end(self, partition: str) -> int: ...


class Quarantine:
    """The refused messages of one house, in a partition of its journal."""

    def __init__(self, journal: _Journal) -> None:
        self._journal = journal

    def add(self, source: str, time_us: int, refused: Sequence[tuple[bytes, Problem]]) -> None:
        """Keep messages with what is wrong with them; durable when it returns.

        Raises
        ------
        ServiceUnavailable
            If they cannot be kept.
        """
        if refused:
            self._journal.append(_PARTITION, [_encode(source, time_us, raw, problem) for raw, problem in refused])

    @property
    def count(self) -> int:
        """How many there are."""
        return self._journal.end(_PARTITION)

    def newest(self, limit: int) -> list[RefusedMessage]:
        """Return the newest, the newest first."""
        begin = max(0, self.count - limit)
        entries = self._journal.read(_PARTITION, begin, limit)
        return [_decode(entry.offset, entry.payload) for entry in entries][::-1]


def _encode(source: str, time_us: int, raw: bytes, problem: Problem) -> bytes:
    return orjson.dumps(
        {
            "source": source,
            "time_us": time_us,
            "kind": problem.kind.value,
            "what": problem.what,
            "where": problem.where,
            "mend": problem.mend,
            "size": len(raw),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "raw": base64.b64encode(raw[:_LARGEST]).decode(),
        }
    )


def _decode(number: int, payload: bytes) -> RefusedMessage:
    said = orjson.loads(payload)
    problem = Problem(ProblemKind(said["kind"]), said["what"], said["where"], said["mend"])
    raw = base64.b64decode(said["raw"])
    return RefusedMessage(number, said["time_us"], said["source"], problem, raw, said["size"], said["sha256"])
