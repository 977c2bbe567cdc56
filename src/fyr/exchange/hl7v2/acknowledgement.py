"""What the sender is told about its message: accepted, refused with the reason, or to send it again.

Original mode (MSH-15 and MSH-16 empty): AA, AE or AR. Enhanced mode: one answer, the accept acknowledgement (CA, CE,
CR) where MSH-15 asks for it, else the application acknowledgement where MSH-16 does. CA is sent after the message is
durable and read, so nothing more would follow.

Source: HL7 version 2.5.1, 2.9 (processing rules), 2.14.1 (ACK), 2.15.5 (ERR), 2.15.8 (MSA), tables 0008
(acknowledgement code), 0155 (conditions), 0357 (message error condition codes), 0516 (severity).
"""

from __future__ import annotations

import re
from typing import Final

from fyr.exchange.hl7v2.message import BOM
from fyr.exchange.hl7v2.moments import write_moment
from fyr.exchange.incoming import Problem, ProblemKind, Verdict

__all__ = ["acknowledge", "escape"]

_CONDITIONS: Final[dict[ProblemKind, tuple[str, str, str]]] = {
    ProblemKind.UNREADABLE: ("E", "102", "Data type error"),
    ProblemKind.INCOMPLETE: ("E", "101", "Required field missing"),
    ProblemKind.UNSUPPORTED: ("R", "200", "Unsupported message type"),
    ProblemKind.TOO_LARGE: ("R", "102", "Data type error"),
    ProblemKind.UNKNOWN_PATIENT: ("E", "204", "Unknown key identifier"),
    ProblemKind.CONTRADICTION: ("E", "204", "Unknown key identifier"),
    ProblemKind.FLOODED: ("E", "207", "Application internal error"),
}
"""Per kind of problem: error or reject (table 0008), and the condition (table 0357)."""

_AT: Final = {
    "MSH[1]-11": ("202", "Unsupported processing ID"),
}
_AGAIN: Final = Problem(ProblemKind.FLOODED, "the message could not be kept now", mend="send it again")
_WHERE: Final = re.compile(r"([A-Z][A-Z0-9]{2})\[(\d+)\]-(\d+)")
_TEXT_LIMIT: Final = 400


def acknowledge(raw: bytes, verdict: Verdict, *, time_us: int, number: int) -> bytes:
    """Return the answer to a message, without its frame; empty where the sender asked for none.

    Parameters
    ----------
    raw : bytes
        The message, or what came in its place.
    verdict : Verdict
    time_us : int
        When it is answered.
    number : int
        Makes the answer's own control identifier.
    """
    header = _header(raw)
    if header is None:
        header, readable = ["MSH", "^~\\&"], False
    else:
        readable = True
    mode = _mode(header, verdict)
    if mode == "":
        return b""
    separator = "|"
    sender, facility, receiver, receiver_facility = (_field(header, at) for at in (3, 4, 5, 6))
    event = _field(header, 9).split("^")[1:2]
    msh = [
        *("MSH", "^~\\&", receiver or "FYR", receiver_facility, sender, facility, write_moment(time_us), ""),
        *("^".join(["ACK", *event, "ACK"] if event else ["ACK"]), f"FYR{time_us:x}.{number:x}"),
        *(_field(header, 11) or "P", _field(header, 12) or "2.5.1"),
    ]
    problem = verdict.problem if verdict.kept else _AGAIN
    letter, code, meaning = ("A", "0", "Message accepted") if problem is None else _CONDITIONS[problem.kind]
    if problem is not None and problem.where in _AT:
        code, meaning = _AT[problem.where]
    if not readable:
        letter = "R"
    text = escape(_said(problem)).encode("ascii", "replace").decode() if problem is not None else ""
    segments = [separator.join(msh), separator.join(("MSA", mode + letter, _field(header, 10), text))]
    if problem is not None:
        match = _WHERE.fullmatch(problem.where)
        location = "^".join(match.groups()) if match else ""
        condition = f"{code}^{meaning}^HL70357"
        segments.append(separator.join(("ERR", "", location, condition, "E", "", "", "", text)))
    return ("\r".join(segments) + "\r").encode("latin-1", "replace")


def _said(problem: Problem) -> str:
    """Say a problem in one line."""
    place = f"{problem.where}: " if problem.where else ""
    mend = f"; {problem.mend}" if problem.mend else ""
    return f"{place}{problem.what}{mend}"[:_TEXT_LIMIT]


def escape(text: str) -> str:
    r"""Write a text so that no sign of it is taken for a delimiter, and no line end for the end of the segment.

    >>> escape("A&B|C\r")
    'A\\T\\B\\F\\C\\X0D\\'
    """
    signs = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E", "\r": "X0D", "\n": "X0A", "\x0b": "X0B", "\x1c": "X1C"}
    return "".join(f"\\{signs[sign]}\\" if sign in signs else sign for sign in text)


def _header(raw: bytes) -> list[str] | None:
    """Return the header's fields in our delimiters, or ``None`` where there is no readable one."""
    body = raw.lstrip(b"\r\n").removeprefix(BOM).lstrip(b"\r\n")
    if not body.startswith(b"MSH"):
        return None
    line = re.split(rb"[\r\n]", body[:4096], maxsplit=1)[0].decode("latin-1")
    if not line.isprintable():
        line = "".join(sign for sign in line if sign >= " ")  # nothing that could end a frame or a segment
    if len(line) < 8:
        return None
    separator, component = line[3], line[4]
    if separator.isalnum() or component.isalnum() or separator == component:
        return None
    fields = line.split(separator)
    if (separator, component) == ("|", "^"):
        return fields
    # In other delimiters: the components stay components, and what would be a delimiter of ours is escaped.
    return [fields[0], *("^".join(escape(part) for part in field.split(component)) for field in fields[1:])]


def _field(header: list[str], number: int) -> str:
    """Return MSH-n; MSH-1 is the separator itself."""
    return header[number - 1] if number - 1 < len(header) else ""


def _mode(header: list[str], verdict: Verdict) -> str:
    """Return the first letter of the answer: ``A`` (application), ``C`` (commit), or nothing."""
    accept, application = (_field(header, at).strip().upper() for at in (15, 16))
    if not accept and not application:
        return "A"
    wanted = {"AL", "SU" if verdict.is_accepted else "ER"}
    if accept in wanted:
        return "C"
    return "A" if application in wanted else ""
