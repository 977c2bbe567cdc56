"""A column of times as microseconds UTC; a time that could be two moments is refused, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, from_datetime, from_iso
from fyr.errors import BadInput
from fyr.exchange.tables.mapping import TimeRule

if TYPE_CHECKING:
    import polars as pl

    from fyr.exchange.tables.sheet import Sheet

__all__ = ["read_times", "time_reader"]

_ISO: Final = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?P<zone>Z|z|[+-]\d\d(?::?\d\d)?)?"
)
_PLAINEST: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,6})?Z$"
_OFFSET: Final = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_MICROSECONDS_IN: Final[dict[str, Fraction]] = {
    "epoch_s": Fraction(SECOND_US),
    "epoch_ms": Fraction(1000),
    "epoch_us": Fraction(1),
    "epoch_ns": Fraction(1, 1000),
    "seconds": Fraction(SECOND_US),
    "minutes": Fraction(MINUTE_US),
    "hours": Fraction(HOUR_US),
    "days": Fraction(DAY_US),
}
_LATEST_US: Final = from_datetime(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
_EARLIEST_US: Final = from_datetime(datetime(1, 1, 2, tzinfo=UTC))


class _NotATimeError(Exception):
    """Why a cell is no moment, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def read_times(sheet: Sheet, rule: TimeRule) -> NDArray[np.int64]:
    """Read the column of times.

    Returns
    -------
    ndarray of int64, shape (rows,)
        Microseconds UTC.

    Raises
    ------
    BadInput
        If a cell is empty, not of the form the mapping says, without a time zone where none is given, or a local time
        that did not happen or happened twice; the error names row and column.
    """
    import polars as pl

    column = sheet.frame[rule.column]
    read = _reader(column.dtype, rule, sheet)
    if isinstance(column.dtype, pl.Datetime):
        column = column.dt.cast_time_unit("us")
        if column.dtype.time_zone is not None and column.null_count() == 0:  # type: ignore[attr-defined]
            return np.array(column.to_physical().to_numpy(), dtype=np.int64)
    if column.dtype == pl.String and rule.format == "iso":
        quick = _utc_column(column)
        if quick is not None:
            return quick
    moments: dict[Any, int] = {}
    cells = column.to_list()
    for index, cell in enumerate(cells):
        if cell in moments:
            continue
        try:
            moments[cell] = _within_reason(read(cell))
        except _NotATimeError as problem:
            raise BadInput(problem.what, where=sheet.place(index, rule.column), mend=problem.mend) from None
    return np.fromiter((moments[cell] for cell in cells), dtype=np.int64, count=len(cells))


def time_reader(rule: TimeRule) -> Callable[[str], int]:
    """Return what reads one time as a text, by the same rules as a whole column.

    Returns
    -------
    callable
        Takes a text, returns microseconds UTC, and raises :class:`BadInput` where that is no moment.

    Raises
    ------
    BadInput
        If the time zone is not known.
    """
    text = _text_reader(rule)

    def read(cell: str) -> int:
        try:
            return _within_reason(text(cell))
        except _NotATimeError as problem:
            raise BadInput(problem.what, mend=problem.mend) from None

    return read


def _utc_column(column: pl.Series) -> NDArray[np.int64] | None:
    """Read a whole column of the plainest form at once; ``None`` where any cell is of another form or no time."""
    import polars as pl

    if column.null_count() or not column.str.contains(_PLAINEST).all():
        return None
    local = column.str.replace(" ", "T", literal=True).str.head(-1)
    moments = local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return None if moments.null_count() else np.array(moments.cast(pl.Int64).to_numpy(), dtype=np.int64)


def _reader(kind: pl.DataType, rule: TimeRule, sheet: Sheet) -> Callable[[Any], int]:
    """Return what turns one cell of a column of this type into a moment, or raises :class:`_NotATimeError`."""
    import polars as pl

    zone = None if rule.time_zone is None else _zone(rule.time_zone)
    start = 0 if rule.start is None else from_iso(rule.start)
    numbered = rule.format in _MICROSECONDS_IN
    text = _text_reader(rule)

    def number(cell: float | None) -> int:
        return text(None if cell is None or math.isnan(cell) else repr(cell))

    def native(cell: datetime | None) -> int:
        if cell is None:
            return text(None)
        return from_datetime(cell) if cell.tzinfo is not None else _to_utc(cell, zone, rule.ambiguous)

    def elapsed(cell: timedelta | None) -> int:
        return text(None) if cell is None else start + cell // timedelta(microseconds=1)

    if kind == pl.String:
        return text
    if kind == pl.Datetime and not numbered:
        return native
    if kind == pl.Duration and rule.start is not None:
        return elapsed
    if kind.is_numeric() and numbered:
        return number
    hints = {
        pl.Duration: "a duration needs 'format: hours' (or minutes, seconds, days) and 'start'",
        pl.Date: "a date without a time of day is not a moment",
    }
    mend = next(
        (hint for type_, hint in hints.items() if kind == type_), "name the column's time format in the mapping"
    )
    raise BadInput(
        f"the times are of type {kind}, which does not go with the format '{rule.format}'",
        where=f"{sheet.path} column '{rule.column}'",
        mend=mend,
    )


def _text_reader(rule: TimeRule) -> Callable[[str | None], int]:
    """Return what turns a text into a moment, or raises :class:`_NotATimeError`."""
    zone = None if rule.time_zone is None else _zone(rule.time_zone)
    start = 0 if rule.start is None else from_iso(rule.start)
    unit = _MICROSECONDS_IN.get(rule.format)

    def moment(local: datetime) -> int:
        return _to_utc(local, zone, rule.ambiguous)

    def text(cell: str | None) -> int:
        stripped = (cell or "").strip()
        if not stripped:
            raise _NotATimeError("there is no time", "remove the row, or give it a time")
        if unit is not None:
            return start + _count(stripped, unit)
        return _iso(stripped, moment) if rule.format == "iso" else _pattern(stripped, rule.format, moment)

    return text


def _count(text: str, unit: Fraction) -> int:
    if not _NUMBER.fullmatch(text):
        raise _NotATimeError(f"'{text}' is not a number", "correct the cell, or the time format in the mapping")
    return round(Fraction(text) * unit)


def _iso(text: str, moment: Callable[[datetime], int]) -> int:
    found = _ISO.fullmatch(text)
    mend = "write it as 2026-11-22T08:00:00Z, or name its format in the mapping (time: format)"
    if found is None:
        raise _NotATimeError(f"'{text}' is not an ISO 8601 time", mend)
    try:
        local = datetime.fromisoformat(found["local"])
        if found["zone"] is None:
            return moment(local)
        return from_datetime(local.replace(tzinfo=_zone_of_text(found["zone"])))
    except ValueError:
        raise _NotATimeError(f"'{text}' is not a time that exists", mend) from None


def _pattern(text: str, pattern: str, moment: Callable[[datetime], int]) -> int:
    try:
        read = datetime.strptime(text, pattern)  # noqa: DTZ007  the zone is the mapping's affair, below
    except ValueError:
        raise _NotATimeError(
            f"'{text}' is not a time of the form '{pattern}'", "correct the cell, or the time format in the mapping"
        ) from None
    return from_datetime(read) if read.tzinfo is not None else moment(read)


def _to_utc(local: datetime, zone: tzinfo | None, ambiguous: str | None) -> int:
    if zone is None:
        raise _NotATimeError(
            f"the time '{local.isoformat(sep=' ')}' has no time zone",
            "add one to the file, or give the mapping a time_zone, for example Europe/Copenhagen",
        )
    try:
        earlier, later = (from_datetime(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
        exists = datetime.fromtimestamp(earlier // SECOND_US, zone).replace(tzinfo=None) == local.replace(microsecond=0)
    except (OverflowError, ValueError, OSError):
        raise _NotATimeError(f"the time '{local}' is beyond the calendar", "correct the cell") from None
    if earlier == later:
        return earlier
    if not exists:
        raise _NotATimeError(
            f"the time '{local.isoformat(sep=' ')}' did not happen in {zone}: the clock was set forward over it",
            "check the time zone, or give the times with their offset",
        )
    if ambiguous is None:
        raise _NotATimeError(
            f"the time '{local.isoformat(sep=' ')}' happened twice in {zone}: the clock was set back",
            "give the times with their offset, or say in the mapping which is meant (ambiguous: earlier or later)",
        )
    return min(earlier, later) if ambiguous == "earlier" else max(earlier, later)


def _within_reason(time_us: int) -> int:
    if not _EARLIEST_US <= time_us <= _LATEST_US:
        raise _NotATimeError(
            f"{time_us} microseconds since 1970 is beyond the years 1 to 9999",
            "check the time format in the mapping (epoch_s, epoch_ms, epoch_us or epoch_ns?)",
        )
    return time_us


def _zone_of_text(text: str) -> tzinfo:
    if text in ("Z", "z"):
        return UTC
    return _offset(text if len(text) > 3 else f"{text}:00") or UTC


def _offset(text: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    return timezone(offset if found["sign"] == "+" else -offset)


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z"):
        return UTC
    mend = "use a name such as Europe/Copenhagen, UTC, or an offset such as +01:00"
    try:
        return _offset(name) or ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadInput(f"'{name}' is not a time zone that this machine knows", where="time_zone", mend=mend) from None
