"""A column as it is written and as it reads: text, numbers, what is missing, and of which kind it is."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.names import unit_of_name, words_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING_WORDS", "NUMBER", "SHEET_DAYS", "Column", "Kind"]

Kind = Literal["empty", "number", "date", "category", "text"]

MISSING_WORDS: Final = frozenset(
    {
        *("", "na", "n/a", "#n/a", "<na>", "nan", "null", "nil", ".", "?", "-", "--", "missing", "unknown", "unk"),
        *("not available", "[not available]", "not known", "not reported", "not applicable", "[not applicable]"),
        *("ukendt", "uoplyst", "ikke oplyst", "mangler", "ukjent", "ikke oppgitt", "okänd", "saknas", "ej angivet"),
        *("[unknown]", "[discrepancy]", "[not evaluated]", "none given", "#null!", "#value!", "#div/0!"),
    }
)
"""What stands for nothing, in English, Danish, Norwegian and Swedish, and in exports (folded)."""

NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_COMMA: Final = r"^[+-]?\d*,\d+$"
_GROUPED: Final = (
    r"^[+-]?\d{1,3}(?:[ \u00a0'\u2019]\d{3})+(?:[.,]\d+)?$"
    r"|^[+-]?\d{1,3}(?:,\d{3})+\.\d+$|^[+-]?\d{1,3}(?:\.\d{3})+,\d+$"
)
_DATE: Final = (
    r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?$"
    r"|^\d{4}/\d{1,2}/\d{1,2}$"
)
_MOSTLY: Final = 0.8
"""A column is of the kind that this share of its cells is of."""
_FEW_LEVELS: Final = 30
SHEET_DAYS: Final = (20000.0, 60000.0)
"""Days since 1899-12-30 of the years 1954 to 2064: a date as a spreadsheet counts it."""
_SOME_DATES: Final = 0.03
"""Dates among day numbers of a spreadsheet that make the column one of dates."""


class Column:
    """One column.

    Parameters
    ----------
    name : str
    cells : polars.Series
        Text, or typed where the file has types.
    unit : str, optional
        UCUM, where somebody said it; else what the name says.
    """

    def __init__(self, name: str, cells: pl.Series, unit: str | None = None) -> None:
        import polars as pl

        self.name = name
        self.words = words_of(name)
        self.unit = unit or unit_of_name(name)
        self.cells = cells
        self.typed: bool = cells.dtype != pl.String
        self._numeric_type: bool = cells.dtype.is_numeric() or cells.dtype == pl.Boolean

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def text(self) -> pl.Series:
        """The cells as text, without blanks around them; ``""`` where empty."""
        import polars as pl

        return self.cells.cast(pl.String).fill_null("").str.strip_chars()

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Where the cell is empty, or says that nothing is known."""
        if self._numeric_type:
            return np.isnan(self.number)
        return np.asarray(self.text.str.to_lowercase().is_in(sorted(MISSING_WORDS)).to_numpy())

    @cached_property
    def as_written(self) -> dict[str, NDArray[np.bool_]]:
        """How each number is written: ``point``, ``comma`` (as decimal sign), ``grouped`` (its thousands)."""
        if self.typed:
            none = np.zeros(len(self), dtype=np.bool_)
            return {"point": ~self.missing, "comma": none, "grouped": none}
        return {
            "point": np.asarray(self.text.str.contains(NUMBER).to_numpy()),
            "comma": np.asarray(self.text.str.contains(_COMMA).to_numpy()),
            "grouped": np.asarray(self.text.str.contains(_GROUPED).to_numpy()),
        }

    @cached_property
    def number(self) -> NDArray[np.float64]:
        """The cells as numbers, a decimal comma read as such; NaN where missing or no number."""
        import polars as pl

        if self._numeric_type:
            numbers = self.cells.cast(pl.Float64).fill_null(np.nan).to_numpy()
        elif self.typed:
            return np.full(len(self), np.nan)
        else:
            text = self.text
            written = self.as_written
            if written["comma"].any():
                text = text.str.replace(",", ".", literal=True)
            if written["grouped"].any():
                plain = self.text.str.replace_all(r"[ \u00a0'\u2019]", "")
                swap = plain.str.contains(r"\.\d{3}.*,")
                plain = pl.Series(
                    [
                        cell.replace(".", "").replace(",", ".") if dotted else _ungrouped(cell)
                        for cell, dotted in zip(plain.to_list(), swap.to_list(), strict=True)
                    ],
                    dtype=pl.String,
                )
                text = text.zip_with(pl.Series(~written["grouped"]), plain)
            numbers = text.str.replace(r"^\+", "").cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        array = np.array(numbers, dtype=np.float64)
        array[~np.isfinite(array)] = np.nan
        return array

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Where there is a number."""
        return ~np.isnan(self.number)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The numbers that there are."""
        return self.number[self.valid]

    @cached_property
    def kind(self) -> Kind:
        """What most of the cells are."""
        present = int((~self.missing).sum())
        if present == 0:
            return "empty"
        dates = 0 if self.typed else int(self.text.str.contains(_DATE).sum())
        if int(self.valid.sum()) >= _MOSTLY * present and not dates:
            return "date" if self._all_sheet_days else "number"
        if dates and dates + int(self.sheet_day.sum()) >= _MOSTLY * present and dates >= _SOME_DATES * present:
            return "date"
        if int(self.valid.sum()) >= _MOSTLY * present:
            return "number"
        if self.typed and self.cells.dtype.is_temporal():
            return "date"
        return "category" if len(self.levels) <= max(_FEW_LEVELS, 0.02 * present) else "text"

    @cached_property
    def sheet_day(self) -> NDArray[np.bool_]:
        """Where a number may be a day as spreadsheets count them, from 1954 to 2064."""
        with np.errstate(invalid="ignore"):
            inside = (self.number > SHEET_DAYS[0]) & (self.number < SHEET_DAYS[1])
            return np.asarray(inside & (self.number % 1 == 0))

    @cached_property
    def _all_sheet_days(self) -> bool:
        named = re.search(r"(?:^| )(?:date|datum|\w*dato|\w+datum|dob)(?:$| )", self.words) is not None
        return named and bool(self.sheet_day[self.valid].all()) and len(self.distinct) > 1

    @cached_property
    def levels(self) -> dict[str, int]:
        """How often each text comes, the missing ones left out, most frequent first."""
        import polars as pl

        counts = self.text.alias("cell").filter(pl.Series(~self.missing)).value_counts(sort=True)
        return dict(zip(counts["cell"].to_list(), counts["count"].to_list(), strict=True))

    @cached_property
    def code(self) -> NDArray[np.int64]:
        """A number for each different text, in no order; -1 where missing."""
        codes = np.unique(self.text.hash(seed=1).to_numpy(), return_inverse=True)[1].astype(np.int64)
        codes[self.missing] = -1
        return codes

    @cached_property
    def distinct(self) -> NDArray[np.float64]:
        """The different numbers, ascending."""
        return np.unique(self.values)

    @cached_property
    def whole(self) -> bool:
        """Whether every number is a whole one."""
        return bool((self.values == np.floor(self.values)).all()) if len(self.values) else False

    @cached_property
    def standardised(self) -> bool:
        """Whether the numbers were centred before, so that no unit and no range is theirs any more."""
        values = self.values
        if len(values) < 10 or not (values < 0).any():
            return False
        spread = float(values.std())
        return bool((values < 0).mean() > 0.15 and spread > 0 and abs(float(values.mean())) < 0.5 * spread)

    @cached_property
    def counts_rows(self) -> bool:
        """Whether the column counts the rows: whole numbers that rise by one, with hardly an exception."""
        values = self.values
        return bool(
            self.kind == "number"
            and len(values) > 5
            and self.whole
            and len(self.distinct) > 0.95 * len(values)
            and (np.diff(values) == 1).mean() > 0.95
        )

    @cached_property
    def day(self) -> NDArray[np.float64]:
        """Dates as days since 1970; NaN where there is none, or where it is not clear which day is meant."""
        from fyr.learn.checks.dates import days_of

        return days_of(self)

    def show(self, place: int) -> str:
        """Return a cell as a person reads it."""
        cell: Any = self.cells[place]
        return "" if cell is None else str(cell).strip()


def _ungrouped(cell: str) -> str:
    return cell.replace(",", "") if "," in cell and "." in cell else cell.replace(",", ".")
