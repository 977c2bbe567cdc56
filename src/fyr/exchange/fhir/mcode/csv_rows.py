"""The rows of an mCODE CSV file: columns by name in any case, nothing where a cell says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.tables.sheet import read_sheet

__all__ = ["Row", "read_rows"]

_NOTHING: Final = frozenset({"", "null", "nil"})
_AS_WRITTEN: Final = frozenset({"familyname", "givenname"})
"""Columns in which the word Null is a name."""
_MONTH_FIRST: Final = re.compile(r"(\d\d)-(\d\d)-(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Parameters
    ----------
    where : str
        The file and the row, for whoever has to mend it.
    cells : mapping of str to str
        By the column's name in lower case; only those that say something.
    """

    where: str
    cells: Mapping[str, str]

    def get(self, column: str) -> str | None:
        """Return a cell; ``None`` where it says nothing."""
        return self.cells.get(column.lower())

    def need(self, column: str) -> str:
        """Return a cell that must say something.

        Raises
        ------
        BadInput
            If it does not.
        """
        found = self.get(column)
        if found is None:
            raise BadInput(f"there is no {column}", where=self.where, mend="give it, or leave the row out")
        return found

    def parts(self, column: str) -> list[str | None]:
        """Return what a cell lists, separated by ``|``; ``None`` for what is left out."""
        return [part.strip() or None for part in (self.get(column) or "").split("|")]

    def moment(self, column: str) -> str | None:
        """Return a date or a time as FHIR writes it; a date, where the time is midnight UTC.

        A date may be written as ISO 8601, or with the month first as in the templates of the mCODE extraction
        framework (``12-09-1994`` is 9 December).

        Raises
        ------
        BadInput
            If the cell is neither.
        """
        text = self.get(column)
        if text is None:
            return None
        month_first = _MONTH_FIRST.fullmatch(text)
        try:
            if month_first is not None:
                month, day, year = (int(part) for part in month_first.groups())
                return date(year, month, day).isoformat()
            read = datetime.fromisoformat(text)
        except ValueError:
            mend = "write it as 2020-01-31, or with its time and offset from UTC"
            raise BadInput(f"{column} is '{text}', which is no date", where=self.where, mend=mend) from None
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        if (read.hour, read.minute, read.second) == (0, 0, 0):
            return read.date().isoformat()
        return read.isoformat(timespec="seconds")

    def needed_moment(self, column: str) -> str:
        """Return a date or a time that must be there; see :meth:`moment`."""
        self.need(column)
        return self.moment(column) or ""


def read_rows(path: Path) -> Iterator[Row]:
    """Read a file row by row; rows without any content are left out.

    Raises
    ------
    BadInput
        If the file is no CSV table.
    """
    sheet = read_sheet(path)
    names = [name.lower() for name in sheet.frame.columns]
    for number, cells in zip(sheet.row, sheet.frame.iter_rows(), strict=True):
        stripped = {name: (cell or "").strip() for name, cell in zip(names, cells, strict=True)}
        said = {
            name: cell
            for name, cell in stripped.items()
            if cell and (name in _AS_WRITTEN or cell.lower() not in _NOTHING)
        }
        if said:
            yield Row(f"{path} row {number}", said)
