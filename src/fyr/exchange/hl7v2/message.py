r"""The shape of an HL7 v2 message: delimiters, character set, segments, fields, escapes; not what it means.

Source: HL7 version 2.5.1, chapter 2 (2.5 message construction, 2.7 use of escape sequences, 2.14.9.18 character set,
table 0211).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fyr.exchange.incoming import Problem, ProblemKind

__all__ = ["BOM", "Delimiters", "Message", "NotTaken", "character_codec", "read_message", "unescape"]

BOM: Final = b"\xef\xbb\xbf"

_CODECS: Final[dict[str, str]] = {
    "": "utf-8",
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
"""HL7 table 0211; where nothing is declared the bytes must be UTF-8, of which ASCII is a part."""

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEADER_BYTES: Final = 8


class NotTaken(Exception):
    """Ends the reading of one message with the problem that it has."""

    def __init__(self, kind: ProblemKind, what: str, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.problem = Problem(kind, what, where, mend)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as text.

    Parameters
    ----------
    delimiters : Delimiters
    codec : str
        The Python codec of its character set.
    segments : tuple of tuple of str
        Each segment's fields by their number in the standard: ``segment[3]`` is PID-3; ``segment[0]`` is its name.
        Escapes are not resolved.
    """

    delimiters: Delimiters
    codec: str
    segments: tuple[tuple[str, ...], ...]

    def text(self, segment: tuple[str, ...], field: int, component: int = 1, repetition: int = 1) -> str:
        """Return a component with its escapes resolved; empty where there is none, or where it is the HL7 null."""
        raw = segment[field] if field < len(segment) else ""
        return self.part(raw, component, repetition)

    def part(self, raw: str, component: int = 1, repetition: int = 1, subcomponent: int = 0) -> str:
        """Return a component of a raw field, as `text` does; or only one subcomponent of it."""
        repetitions = raw.split(self.delimiters.repetition)
        if repetition > len(repetitions):
            return ""
        components = repetitions[repetition - 1].split(self.delimiters.component)
        if component > len(components):
            return ""
        found = components[component - 1]
        if subcomponent:
            parts = found.split(self.delimiters.subcomponent)
            found = parts[subcomponent - 1] if subcomponent <= len(parts) else ""
        return "" if found == '""' else unescape(found, self.delimiters, self.codec)

    def first(self, name: str) -> tuple[str, ...] | None:
        """Return the first segment of that name."""
        return next((segment for segment in self.segments if segment[0] == name), None)


def character_codec(declared: str) -> str | None:
    """Return the Python codec of an MSH-18, or ``None`` for one that is not taken."""
    names = {name.strip().upper() for name in declared.split("~")} - {""}
    if len(names) > 1:
        return None
    return _CODECS.get(names.pop() if names else "")


def read_message(raw: bytes) -> Message:
    """Read a message's shape.

    Parameters
    ----------
    raw : bytes
        Without its frame. A byte-order mark and line ends before the header are skipped; segments may end with CR, LF
        or both.

    Raises
    ------
    NotTaken
        If it does not begin with a header, has bytes that are not in its character set, a line that is no segment, or a
        second header.
    """
    body = raw.lstrip(b"\r\n").removeprefix(BOM).lstrip(b"\r\n")
    if body[:3] in {b"FHS", b"BHS"}:
        what, mend = "a batch of messages", "send each message in a frame of its own"
        raise NotTaken(ProblemKind.UNSUPPORTED, what, f"{body[:3].decode()}[1]-1", mend)
    if not body.startswith(b"MSH") or len(body) < _HEADER_BYTES:
        raise NotTaken(ProblemKind.UNREADABLE, "it does not begin with a message header", "MSH[1]-1", "begin with MSH|")
    delimiters = _delimiters(body)
    text, codec = _decoded(body, delimiters, len(raw) - len(body))
    segments: list[tuple[str, ...]] = []
    for number, line in enumerate(text.replace("\r\n", "\r").replace("\n", "\r").split("\r"), start=1):
        if not line.strip():
            continue
        fields = line.split(delimiters.field)
        if not _NAME.fullmatch(fields[0]):
            what = f"line {number} does not begin with the name of a segment"
            raise NotTaken(ProblemKind.UNREADABLE, what, f"line {number}", "write line breaks in a text as \\.br\\")
        if fields[0] == "MSH":
            if segments:
                what, mend = "two messages in one frame", "send each message in a frame of its own"
                raise NotTaken(ProblemKind.UNREADABLE, what, "MSH[2]-1", mend)
            fields = ["MSH", delimiters.field, *fields[1:]]
        segments.append(tuple(fields))
    return Message(delimiters, codec, tuple(segments))


def _delimiters(body: bytes) -> Delimiters:
    field = body[3]
    line = re.split(rb"[\r\n]", body, maxsplit=1)[0]
    encoding = line[4:].split(bytes([field]), 1)[0]
    signs = bytes([field]) + encoding[:4]
    wrong = len(encoding) not in {4, 5} or len(set(signs)) < len(signs)
    if wrong or any(sign <= 0x20 or sign >= 0x7F or chr(sign).isalnum() for sign in signs):
        what = "MSH-1 and MSH-2 are not five different signs"
        raise NotTaken(ProblemKind.UNREADABLE, what, "MSH[1]-2", "begin with MSH|^~\\&|")
    return Delimiters(*(chr(sign) for sign in signs))


def _decoded(body: bytes, delimiters: Delimiters, skipped: int) -> tuple[str, str]:
    header = re.split(rb"[\r\n]", body, maxsplit=1)[0].decode("latin-1").split(delimiters.field)
    declared = header[17] if len(header) > 17 else ""
    codec = character_codec(declared.replace(delimiters.repetition, "~"))
    if codec is None:
        what = f"the character set '{declared[:40]}' is not taken"
        raise NotTaken(ProblemKind.UNSUPPORTED, what, "MSH[1]-18", "send UNICODE UTF-8")
    try:
        return body.decode(codec), codec
    except UnicodeDecodeError as error:
        stated = f"declared as {declared}" if declared else "of no declared character set, so UTF-8"
        what = f"the byte 0x{body[error.start]:02X} at position {error.start + skipped} does not fit a message {stated}"
        raise NotTaken(ProblemKind.UNREADABLE, what, "MSH[1]-18", "declare the character set in MSH-18") from None


def unescape(text: str, delimiters: Delimiters, codec: str = "utf-8") -> str:
    r"""Resolve the escapes of a text; those that only format are dropped, and unknown ones stay as they are.

    >>> unescape(r"A\T\B \X4142\ 50\S\2 \E\ \H\loud\N\ a\.br\b", Delimiters())
    'A&B AB 50^2 \\ loud a\nb'
    """
    sign = delimiters.escape
    if sign not in text:
        return text
    meanings = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": sign,
        "H": "",
        "N": "",
        ".br": "\n",
    }

    def meaning(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("X"):
            try:
                return bytes.fromhex(name[1:]).decode(codec)
            except ValueError:
                return match[0]
        return meanings.get(name, match[0])

    quoted = re.escape(sign)
    return re.sub(f"{quoted}([^{quoted}]*){quoted}", meaning, text)
