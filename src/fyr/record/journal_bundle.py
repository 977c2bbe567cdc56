"""Bundles: how entries of the journal lie in the messages of a stream.

One append, or several that came together, is one bundle, and so all or none. A bundle is one message, or, where it is
larger than a message may be, several that follow one another; it counts only when its last part is there. Each part,
all little-endian, is::

    magic "FYRJ" | version uint8, 3 bytes of nothing | first offset uint64 | time_us int64
    entries uint32 | part uint32 | parts uint32 | identity, 16 random bytes | its share of the body

and the body is a row for each entry (kind uint8, 3 bytes of nothing, length of the key uint32, of the payload uint64;
0xFFFFFFFF is no key), then all keys, then all payloads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from fyr.errors import BadInput
from fyr.record.journal import JournalEntry, Kind

__all__ = ["Bundle", "BundleHead", "parts_of"]

_HEAD: Final = struct.Struct("<4sB3xQqIII16s")
_ROW: Final = struct.Struct("<B3xIQ")
_MAGIC: Final = b"FYRJ"
_VERSION: Final = 1
_NO_KEY: Final = 0xFFFFFFFF
_KINDS: Final[tuple[Kind, ...]] = ("bytes", "samples")


@dataclass(frozen=True, slots=True)
class BundleHead:
    """What stands at the beginning of every part."""

    first_offset: int
    time_us: int
    entries: int
    part: int
    parts: int
    identity: bytes

    @classmethod
    def of(cls, message: bytes) -> Self | None:
        """Read the head of a message; none where somebody else wrote it."""
        if len(message) < _HEAD.size or not message.startswith(_MAGIC):
            return None
        _magic, version, first, time_us, entries, part, parts, identity = _HEAD.unpack_from(message)
        if version != _VERSION:
            raise BadInput(
                f"an entry of the journal has version {version}; this code reads {_VERSION}", mend="use a newer Fyr"
            )
        return cls(first, time_us, entries, part, parts, identity)

    @property
    def is_last(self) -> bool:
        """Whether the bundle is complete with this part."""
        return self.part == self.parts - 1

    @property
    def end(self) -> int:
        """The offset that follows, once this part is there."""
        return self.first_offset + (self.entries if self.is_last else 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Entries that are stored together: kinds, keys and payloads of equal length."""

    kinds: Sequence[Kind]
    keys: Sequence[str | None]
    payloads: Sequence[bytes]

    def encode(self) -> bytes:
        """Return the body."""
        keys = [None if key is None else key.encode() for key in self.keys]
        rows = [
            _ROW.pack(_KINDS.index(kind), _NO_KEY if key is None else len(key), len(payload))
            for kind, key, payload in zip(self.kinds, keys, self.payloads, strict=True)
        ]
        return b"".join([*rows, *(key for key in keys if key is not None), *self.payloads])

    @staticmethod
    def entries(head: BundleHead, shares: Sequence[bytes]) -> Iterator[tuple[JournalEntry, str | None]]:
        """Walk the entries and keys of a bundle whose messages are all there.

        Raises
        ------
        BadInput
            If the body is not as long as it says.
        """
        body = shares[0] if len(shares) == 1 else b"".join([shares[0], *(share[_HEAD.size :] for share in shares[1:])])
        rows = [_ROW.unpack_from(body, _HEAD.size + number * _ROW.size) for number in range(head.entries)]
        at_key = _HEAD.size + head.entries * _ROW.size
        at = at_key + sum(length for _kind, length, _size in rows if length != _NO_KEY)
        if at + sum(size for _kind, _length, size in rows) != len(body):
            raise BadInput(f"the journal's bundle at offset {head.first_offset} is damaged", mend="restore it")
        for number, (kind, length, size) in enumerate(rows):
            key = None
            if length != _NO_KEY:
                key = body[at_key : at_key + length].decode()
                at_key += length
            payload = body[at : at + size]
            at += size
            yield JournalEntry(head.first_offset + number, head.time_us, _KINDS[kind], payload), key

    def __len__(self) -> int:
        return len(self.payloads)


def parts_of(bundle: Bundle, *, first_offset: int, time_us: int, identity: bytes, largest: int) -> list[bytes]:
    """Return the messages of a bundle, none of them larger than `largest` bytes."""
    body = bundle.encode()
    room = largest - _HEAD.size
    parts = max(1, -(-len(body) // room))
    heads = [
        _HEAD.pack(_MAGIC, _VERSION, first_offset, time_us, len(bundle), part, parts, identity) for part in range(parts)
    ]
    if parts == 1:
        return [heads[0] + body]
    view = memoryview(body)
    return [b"".join((head, view[part * room : (part + 1) * room])) for part, head in enumerate(heads)]
