"""``multipart/related`` as DICOMweb uses it: parts read as they arrive, written as they are made (RFC 2046, 2387)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.dicomweb.media_types import MediaType

__all__ = ["LARGEST_PART", "Part", "PartReader", "boundary_of", "in_large_pieces", "parts_written"]

LARGEST_PART: Final = 1 << 30
"""Bytes of one part: it is held in memory."""
_LONGEST_HEAD: Final = 16 * 1024
_PIECE: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    Parameters
    ----------
    content_type : str
        As it stands there; empty where the part does not say.
    data : bytes
    """

    content_type: str
    data: bytes


def boundary_of(content: MediaType) -> bytes:
    """Return the boundary of a multipart body.

    Raises
    ------
    BadInput
        If the type names none.
    """
    boundary = content.parameters.get("boundary", "")
    if not boundary or len(boundary) > 200:
        raise BadInput("the multipart body names no boundary", where="Content-Type", mend="add boundary=…")
    return boundary.encode("latin-1", "replace")


class PartReader:
    """Takes a multipart body in pieces and gives its parts.

    Parameters
    ----------
    boundary : bytes
    most : int
        Bytes that a part may have.
    """

    def __init__(self, boundary: bytes, most: int = LARGEST_PART) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._most = most
        self._waiting = bytearray(b"\r\n")  # the first delimiter stands at the very beginning
        self._searched = 0
        self._is_within = False
        self.is_closed = False
        """Whether the closing delimiter was seen: nothing is missing."""

    def feed(self, data: bytes) -> Iterator[Part]:
        """Take more of the body, and yield the parts that are whole now.

        Raises
        ------
        BadInput
            If a part is too large, or no part.
        """
        self._waiting += data
        while not self.is_closed:
            found = self._waiting.find(self._delimiter, self._searched)
            after = found + len(self._delimiter)
            if found < 0 or len(self._waiting) < after + 2:
                self._searched = found if found >= 0 else max(len(self._waiting) - len(self._delimiter), 0)
                if len(self._waiting) > self._most + _LONGEST_HEAD:
                    raise BadInput(f"a part is larger than {self._most:,} bytes", mend="send smaller objects")
                return
            if self._is_within:
                yield _part(bytes(memoryview(self._waiting)[:found]))
            rest = self._waiting[after : after + 2]
            self.is_closed = rest == b"--"
            del self._waiting[:after]
            self._searched, self._is_within = 0, True

    def finish(self) -> None:
        """Refuse a body that ended too early.

        Raises
        ------
        BadInput
            If its closing delimiter was not there.
        """
        if not self.is_closed:
            if self._delimiter[1:] in self._waiting and not self._waiting.endswith(self._delimiter):
                raise BadInput(
                    "the lines of the multipart body end with LF alone", mend="end boundaries and headers with CRLF"
                )
            raise BadInput("the multipart body ends too early", mend="send all of it")


def parts_written(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    """Yield the body that holds the parts, as they come."""
    for part in parts:
        yield f"--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-Length: {len(part.data)}\r\n\r\n".encode()
        yield part.data
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def in_large_pieces(pieces: Iterable[bytes], least: int = _PIECE) -> Iterator[bytes]:
    """Yield the same bytes in pieces of `least` and more: a server takes each piece from another thread."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= least:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _part(raw: bytes) -> Part:
    """Read a part: what stands between two delimiters, with the end of the first one's line."""
    line = raw.find(b"\r\n")
    head, gap, data = raw[line:].partition(b"\r\n\r\n")
    if line < 0 or not gap or len(head) > _LONGEST_HEAD:
        raise BadInput("a part has no head", where="the multipart body", mend="put an empty line after its headers")
    content_type = ""
    for field in head.split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name.strip().lower() == b"content-type":
            content_type = value.decode("latin-1").strip()
    return Part(content_type, data)
