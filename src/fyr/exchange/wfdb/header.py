"""WFDB header files, read strictly: what a header promises, or one clear sentence on why it cannot be believed.

Source: the WFDB Applications Guide, header(5), https://physionet.org/physiotools/wag/header-5.htm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fyr.clock import SECOND_US, from_datetime
from fyr.errors import BadInput

__all__ = ["Header", "SegmentLine", "SignalLine", "read_header"]

_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RECORD: Final = re.compile(
    r"^(?P<name>[^\s/]+)(?:/(?P<segments>\d+))?"
    r"[ \t]+(?P<signals>\d+)"
    rf"(?:[ \t]+(?P<frequency>{_NUMBER})(?:/(?P<counter>{_NUMBER})(?:\({_NUMBER}\))?)?"
    r"(?:[ \t]+(?P<frames>\d+)"
    r"(?:[ \t]+(?P<time>\d{1,2}(?::\d{1,2}){0,2}(?:\.\d+)?)"
    r"(?:[ \t]+(?P<date>\d{1,2}/\d{1,2}/\d{1,4}))?)?)?)?[ \t]*$"
)
_SIGNAL: Final = re.compile(
    r"^(?P<file>\S+)[ \t]+(?P<format>\d+)(?:x(?P<per_frame>\d+))?(?::(?P<skew>\d+))?(?:\+(?P<offset>\d+))?"
    rf"(?:[ \t]+(?P<gain>{_NUMBER})(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>deg [CF]|\S+))?"
    r"(?:[ \t]+(?P<resolution>\d+)"
    r"(?:[ \t]+(?P<zero>-?\d+)"
    r"(?:[ \t]+(?P<initial>-?\d+)"
    r"(?:[ \t]+(?P<checksum>-?\d+)"
    r"(?:[ \t]+(?P<block>\d+)"
    r"(?:[ \t]+(?P<description>.+?))?)?)?)?)?)?)?[ \t]*$"
)
_SEGMENT: Final = re.compile(r"^(?P<name>[^\s/]+)[ \t]+(?P<frames>\d+)[ \t]*$")
_DEFAULT_FREQUENCY_HZ: Final = 250.0
_MOST_HEADER_BYTES: Final = 4_000_000
_PAGE: Final = "see the WFDB header(5) page for the form"


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal as the header describes it: value = (sample - `baseline`) / `gain` in `unit`.

    A gain of 0 means that the signal is not calibrated; `unit` is ``None`` where the header gives none.
    """

    file: str
    format: str
    samples_per_frame: int
    skew: int
    byte_offset: int
    gain: float
    baseline: int
    unit: str | None
    initial: int | None
    checksum: int | None
    name: str


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One segment of a multi-segment record; the name ``~`` is a gap."""

    name: str
    frames: int


@dataclass(frozen=True, slots=True)
class Header:
    """A header file.

    Parameters
    ----------
    path : Path
    record : str
    frequency_hz : float
        Frames per second.
    frames : int or None
        ``None`` where the header does not say.
    base_us : int
        Time of the first frame, microseconds since 1970-01-01T00:00:00Z; WFDB knows no time zones.
    has_date, has_time : bool
        Whether the header gave them; otherwise 1970-01-01 and midnight stand in.
    signals : tuple of SignalLine
        Empty for a multi-segment record.
    segments : tuple of SegmentLine
        Empty for a record of one segment.
    comments : tuple of str
    """

    path: Path
    record: str
    frequency_hz: float
    frames: int | None
    base_us: int
    has_date: bool
    has_time: bool
    signals: tuple[SignalLine, ...]
    segments: tuple[SegmentLine, ...]
    comments: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Read a header file.

    Parameters
    ----------
    path : Path
        The ``.hea`` file.

    Raises
    ------
    BadInput
        If the file is absent, empty, not text, contradicts itself or has a line that is not of the form the standard
        gives it; the error names the line.
    """
    lines, comments = _lines(path)
    number, record_line = lines[0]
    found = _RECORD.match(record_line)
    if found is None:
        raise BadInput(f"line {number} is not a WFDB record line: '{_shown(record_line)}'", where=str(path), mend=_PAGE)
    if found["name"] != path.stem:
        raise BadInput(
            f"the header calls its record '{found['name']}', but the file is named '{path.name}'",
            where=str(path),
            mend="rename the file, or correct the first word of the header",
        )
    signals: tuple[SignalLine, ...] = ()
    segments: tuple[SegmentLine, ...] = ()
    promised = int(found["segments"] or found["signals"])
    what = "segments" if found["segments"] else "signals"
    if promised != len(lines) - 1:
        raise BadInput(
            f"the header promises {promised} {what} but describes {len(lines) - 1}",
            where=str(path),
            mend="correct the record line, or restore the missing lines",
        )
    if found["segments"]:
        segments = tuple(_segment(path, number, line) for number, line in lines[1:])
    else:
        signals = tuple(_signal(path, index, *line) for index, line in enumerate(lines[1:]))
    frequency = float(found["frequency"] or _DEFAULT_FREQUENCY_HZ)
    if not 0 < frequency < 1e9:
        raise BadInput(
            f"line {number} gives a sampling frequency of {found['frequency']} Hz", where=str(path), mend=_PAGE
        )
    return Header(
        path=path,
        record=found["name"],
        frequency_hz=frequency,
        frames=int(found["frames"]) or None if found["frames"] else None,
        base_us=_base_us(path, number, found["time"], found["date"]),
        has_date=found["date"] is not None,
        has_time=found["time"] is not None,
        signals=signals,
        segments=segments,
        comments=comments,
    )


def _lines(path: Path) -> tuple[list[tuple[int, str]], tuple[str, ...]]:
    if not path.is_file():
        raise BadInput("there is no such WFDB header", where=str(path), mend="check the path; the header ends in .hea")
    if path.stat().st_size > _MOST_HEADER_BYTES:
        raise BadInput(
            f"a header of {path.stat().st_size} bytes is not a WFDB header", where=str(path), mend="check the path"
        )
    content = path.read_bytes()
    text = content.decode("latin-1").removeprefix("\xef\xbb\xbf")
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise BadInput("this is not a WFDB header: it holds binary data", where=str(path), mend="check the path")
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip().startswith("#"):
            comments.append(line.strip().lstrip("#").strip())
        elif line.strip():
            lines.append((number, line.strip()))
    if not lines:
        raise BadInput("the WFDB header is empty", where=str(path), mend="restore the file from its source")
    return lines, tuple(comments)


def _signal(path: Path, index: int, number: int, line: str) -> SignalLine:
    found = _SIGNAL.match(line)
    if found is None:
        raise BadInput(f"line {number} is not a WFDB signal line: '{_shown(line)}'", where=str(path), mend=_PAGE)
    per_frame = int(found["per_frame"] or 1)
    if per_frame < 1:
        raise BadInput(f"line {number} gives {per_frame} samples a frame", where=str(path), mend=_PAGE)
    return SignalLine(
        file=_plain_name(path, number, found["file"]),
        format=found["format"],
        samples_per_frame=per_frame,
        skew=int(found["skew"] or 0),
        byte_offset=int(found["offset"] or 0),
        gain=float(found["gain"] or 0),
        baseline=int(found["baseline"] or found["zero"] or 0),
        unit=found["unit"],
        initial=None if found["initial"] is None else int(found["initial"]),
        checksum=None if found["checksum"] is None else int(found["checksum"]),
        name=(found["description"] or f"signal {index}").strip(),
    )


def _segment(path: Path, number: int, line: str) -> SegmentLine:
    found = _SEGMENT.match(line)
    if found is None:
        raise BadInput(f"line {number} is not a WFDB segment line: '{_shown(line)}'", where=str(path), mend=_PAGE)
    return SegmentLine(name=_plain_name(path, number, found["name"]), frames=int(found["frames"]))


def _plain_name(path: Path, number: int, name: str) -> str:
    """Refuse names that lead out of the record's folder or to a network address."""
    if "/" in name or "\\" in name or "::" in name or name in (".", ".."):
        raise BadInput(
            f"line {number} names the file '{_shown(name)}', which is not in the record's own folder",
            where=str(path),
            mend="keep a record's files in one folder and name them without a path",
        )
    return name


def _base_us(path: Path, number: int, time: str | None, date: str | None) -> int:
    """Return the base time; a time may lack its hours, or its hours and minutes (``31:25.894`` is 00:31:25.894)."""
    seconds, _, fraction = (time or "0").partition(".")
    parts = [int(part) for part in seconds.split(":")]
    hour, minute, second = [0] * (3 - len(parts)) + parts
    day, month, year = (int(part) for part in (date or "1/1/1970").split("/"))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise BadInput(
            f"line {number} gives the base time '{time}' and date '{date or ''}', which is no moment",
            where=str(path),
            mend="write them as HH:MM:SS DD/MM/YYYY",
        ) from None
    return from_datetime(moment) + round(float(f"0.{fraction or 0}") * SECOND_US)


def _shown(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= 60 else printable[:57] + "..."
