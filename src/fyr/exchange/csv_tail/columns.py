"""What the columns of a growing table mean, and what one row of it says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fyr import units
from fyr.errors import BadInput
from fyr.exchange.incoming import Addressee, Problem, ProblemKind
from fyr.exchange.sample_columns import SampleCell
from fyr.exchange.source_options import SIGNAL_NAMES, near_signal
from fyr.exchange.tables.cells import NUMBER
from fyr.record import SIGNALS

__all__ = ["RowError", "TableForm", "TailColumns"]

_WITH_UNIT: Final = re.compile(r"(?P<name>[^\[]*?)\s*\[(?P<unit>.+)\]")
_NUMBER: Final = re.compile(NUMBER)
_PLACES: Final = ("patient", "ward", "bed")
_LONG: Final = ("signal", "value", "unit")


class RowError(Exception):
    """Why a row is not taken."""

    def __init__(self, kind: ProblemKind, what: str, column: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.kind, self.what, self.column, self.mend = kind, what, column, mend

    def problem(self, where: str) -> Problem:
        """Return it with its place."""
        return Problem(self.kind, self.what, f"{where}, column '{self.column}'" if self.column else where, self.mend)


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is written.

    Parameters
    ----------
    time_of : callable
        Reads a time, or raises :class:`BadInput`.
    separator, decimal, encoding : str
    ignore : tuple of str
        Columns that mean nothing here.
    unknown, absent : tuple of str
        What stands for a value that was lost, and for none that was measured.
    """

    time_of: Callable[[str], int]
    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    ignore: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ("",)
    absent: tuple[str, ...] = ()

    def cells(self, record: bytes) -> list[str]:
        """Read a record as its cells; none for an empty line.

        Raises
        ------
        RowError
            If it is not text in the encoding, or its quotation marks are not in pairs.
        """
        try:
            text = record.decode(self.encoding).rstrip("\r\n")
        except UnicodeDecodeError as wrong:
            raise RowError(
                ProblemKind.UNREADABLE,
                f"byte 0x{record[wrong.start]:02x} is not {self.encoding} text",
                mend='name the file\'s encoding, for example encoding = "cp1252"',
            ) from None
        if "\x00" in text:
            raise RowError(ProblemKind.UNREADABLE, "the row holds binary data", mend="check the program that writes it")
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.separator, strict=True))
        except csv.Error as wrong:
            raise RowError(
                ProblemKind.UNREADABLE, f"the row cannot be read: {wrong}", mend="check its quotation marks"
            ) from None
        return [cell.strip() for cell in rows[0]] if len(rows) == 1 else []


class TailColumns:
    """The columns of one table.

    Parameters
    ----------
    header : list of str
    form : TableForm

    Raises
    ------
    RowError
        If a column is not known, or one that is needed is not there.
    """

    def __init__(self, header: list[str], form: TableForm) -> None:
        self._form = form
        self._header = header
        self._at = {name: index for index, name in enumerate(header)}
        if len(self._at) != len(header) or "" in self._at:
            raise _header_problem("a column has no name, or two have the same", "give every column a name of its own")
        if "time" not in self._at:
            other = next((sign for sign in ";\t|," if len(header) == 1 and sign in header[0]), "")
            mend = f"set separator = {other!r}" if other else "name the column of times 'time'"
            raise _header_problem(f"there is no column 'time' among {len(header)}", mend)
        self._signals: list[tuple[int, str, str]] = []
        self._long = "signal" in self._at and "value" in self._at
        known = {"time", *_PLACES, *form.ignore, *(_LONG if self._long else ())}
        for index, name in enumerate(header):
            if name not in known:
                self._signals.append((index, *self._signal(name)))
        self._check()

    def _check(self) -> None:
        if "patient" not in self._at and "bed" not in self._at:
            raise _header_problem("there is no column 'patient' or 'bed'", "name one of them so")
        names = [signal for _, signal, _ in self._signals]
        if self._long and names:
            raise _header_problem("the table has both one column a signal and one value a row", "use one of the forms")
        if not self._long and not names:
            raise _header_problem(
                "there is no column of a signal", "name one as a signal, or have 'signal' and 'value'"
            )
        if len(set(names)) != len(names):
            raise _header_problem("two columns are the same signal", "keep one, and ignore the other")

    def _signal(self, column: str) -> tuple[str, str]:
        """Return the signal and the unit of a column."""
        found = _WITH_UNIT.fullmatch(column)
        name = found["name"] if found else column
        signal = SIGNAL_NAMES.get(name)
        if signal is None:
            other = next((sign for sign in ";\t|," if sign in column), "")
            mend = f"set separator = {other!r}" if other else f'{near_signal(name)}; or set ignore = ["{column}"]'
            raise _header_problem(f"the column '{column[:60]}' is not known", mend)
        wanted = SIGNALS[signal].unit
        if found is None:
            return signal, wanted
        # [degF] is how UCUM writes the unit, and also how a header writes degF.
        for unit in (found["unit"], f"[{found['unit']}]"):
            if units.is_convertible(unit, wanted):
                return signal, unit
        raise _header_problem(f"the unit of '{column[:60]}' cannot become {wanted}", "write it in UCUM")

    def read(self, cells: list[str]) -> tuple[Addressee, int, list[SampleCell]]:
        """Return whom a row is about, when, and what it says.

        Raises
        ------
        RowError
            If any of it cannot be understood.
        """
        if len(cells) != len(self._header):
            raise RowError(
                ProblemKind.UNREADABLE,
                f"the row has {len(cells)} fields, but the header has {len(self._header)} columns",
                mend="it may be cut off, or have the separator in a field without quotation marks",
            )
        who = Addressee(*(cells[self._at[name]] if name in self._at else "" for name in _PLACES))
        if not who.patient and not who.bed:
            raise RowError(ProblemKind.INCOMPLETE, "neither a patient nor a bed is named", mend="name one of them")
        try:
            time_us = self._form.time_of(cells[self._at["time"]])
        except BadInput as refused:
            mend = "set time_zone" if "has no time zone" in refused.what else "correct it, or set time_format"
            raise RowError(ProblemKind.UNREADABLE, refused.what, "time", mend) from None
        if self._long:
            return who, time_us, self._one(cells)
        found = []
        for index, signal, unit in self._signals:
            cell = cells[index]
            if cell not in self._form.absent:
                found.append((signal, self._value(cell, self._header[index], unit, signal)))
        return who, time_us, found

    def _one(self, cells: list[str]) -> list[SampleCell]:
        name = cells[self._at["signal"]]
        signal = SIGNAL_NAMES.get(name)
        if signal is None:
            what = f"there is no signal '{name[:60]}'"
            raise RowError(ProblemKind.UNSUPPORTED, what, "signal", near_signal(name))
        unit = (cells[self._at["unit"]] if "unit" in self._at else "") or SIGNALS[signal].unit
        cell = cells[self._at["value"]]
        return [] if cell in self._form.absent else [(signal, self._value(cell, "value", unit, signal))]

    def _value(self, cell: str, column: str, unit: str, signal: str) -> float | None:
        if cell in self._form.unknown:
            return None
        decimal = self._form.decimal
        looks = cell.replace(",", ".") if decimal == "," else cell
        if not _NUMBER.match(looks) or (decimal == "," and "." in cell):
            found, other = (",", "a decimal comma") if decimal == "." else (".", "a decimal point")
            if found in cell and _NUMBER.match(cell.replace(",", ".")):
                what, mend = f"'{cell[:40]}' has {other}", f'if the whole file has, set decimal = "{found}"'
            else:
                what = f"'{cell[:40]}' is not a number"
                mend = "if it stands for a value that was lost, name it in unknown; if for none at all, in absent"
            raise RowError(ProblemKind.UNREADABLE, what, column, mend)
        value = float(looks)
        if value in (float("inf"), float("-inf")):
            raise RowError(ProblemKind.UNREADABLE, f"'{cell[:40]}' is too large for a number", column)
        try:
            return units.convert(value, unit, SIGNALS[signal].unit)
        except BadInput as refused:
            raise RowError(ProblemKind.UNREADABLE, refused.what, "unit", refused.mend) from None


def _header_problem(what: str, mend: str) -> RowError:
    return RowError(ProblemKind.UNSUPPORTED, what, mend=mend)
