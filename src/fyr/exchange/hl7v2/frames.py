"""MLLP: messages between a start byte (VT) and an end byte (FS), taken out of a stream as it comes.

Source: HL7 version 2.5.1, appendix C, "Minimal Lower Layer Protocol": ``<VT> message <FS><CR>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fyr.exchange.incoming import Problem, ProblemKind

__all__ = ["DEFAULT_LIMIT", "Frame", "FrameDecoder", "frame"]

START: Final = 0x0B
END: Final = 0x1C
DEFAULT_LIMIT: Final = 8 * 1024 * 1024
"""Bytes that one message may have."""

_HEAD: Final = 4096
"""What is kept of a message that is too large: enough for its header, so that the answer can name it."""

_JUNK_LIMIT: Final = 64 * 1024
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it came, or what came in the place of one.

    Parameters
    ----------
    payload : bytes
        Without the framing bytes; of a message that is too large its beginning.
    problem : Problem or None
        Why it is no message.
    """

    payload: bytes
    problem: Problem | None = None


class FrameDecoder:
    """Takes bytes as they come and gives back whole frames; never holds more than `limit` bytes.

    The CR after the end byte may be missing, a byte-order mark may stand before or in the frame, and bytes between
    frames are handed back as a frame with a problem. A start byte inside a frame means that the sender began anew: what
    came before is half a message.

    Parameters
    ----------
    limit : int
        Bytes that one message may have.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._inside = False
        self._length = 0  # of the frame at hand, also what is no longer held
        self._junk_told = False

    def __len__(self) -> int:
        """Return the bytes that are held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that `data` completes, in order."""
        found: list[Frame] = []
        at = 0
        while at < len(data):
            at = self._inside_frame(data, at, found) if self._inside else self._between_frames(data, at, found)
        return found

    def close(self) -> list[Frame]:
        """Say what was left when the connection ended."""
        if not self._inside:
            return self._end_junk()
        self._inside = False
        return [self._half("the connection ended inside the message")]

    def _between_frames(self, data: bytes, at: int, found: list[Frame]) -> int:
        start = data.find(START, at)
        stop = len(data) if start < 0 else start
        self._keep(data[at:stop], _JUNK_LIMIT)
        if len(self._buffer) >= _JUNK_LIMIT:
            found.extend(self._end_junk())
            self._junk_told = True
        if start < 0:
            return stop
        found.extend(self._end_junk())
        self._junk_told = False
        self._inside, self._length = True, 0
        return start + 1

    def _inside_frame(self, data: bytes, at: int, found: list[Frame]) -> int:
        end = data.find(END, at)
        again = data.find(START, at, len(data) if end < 0 else end)
        stop = again if again >= 0 else (len(data) if end < 0 else end)
        self._length += stop - at
        self._keep(data[at:stop], self.limit)
        if self._length > self.limit:
            del self._buffer[_HEAD:]
        if again >= 0:
            found.append(self._half("a new message began before the end of this one"))
            self._length = 0
            return again + 1
        if end < 0:
            return stop
        self._inside = False
        found.append(self._whole())
        return end + 1

    def _keep(self, part: bytes, limit: int) -> None:
        too_large = self._inside and self._length > self.limit
        room = (_HEAD if too_large else limit) - len(self._buffer)
        if room > 0:
            self._buffer += part[:room]

    def _taken(self) -> bytes:
        payload = bytes(self._buffer)
        self._buffer.clear()
        return payload

    def _whole(self) -> Frame:
        payload = self._taken()
        if self._length > self.limit:
            what = f"a message of {self._length} bytes; at most {self.limit} are taken"
            return Frame(payload, Problem(ProblemKind.TOO_LARGE, what, mend="send it in parts, or raise `limit`"))
        return Frame(payload)

    def _half(self, why: str) -> Frame:
        return Frame(self._taken(), Problem(ProblemKind.UNREADABLE, f"half a message: {why}", mend="send it again"))

    def _end_junk(self) -> list[Frame]:
        junk = self._taken().lstrip(b"\r\n")
        if self._junk_told or not junk.strip(_BOM):
            return []
        what = f"{len(junk)} bytes outside of a frame"
        mend = "begin each message with the byte 0x0B and end it with 0x1C 0x0D"
        return [Frame(junk, Problem(ProblemKind.UNREADABLE, what, mend=mend))]


def frame(payload: bytes) -> bytes:
    r"""Put a message into its frame.

    >>> frame(b"MSH|")
    b'\x0bMSH|\x1c\r'
    """
    return b"\x0b" + payload + b"\x1c\r"
