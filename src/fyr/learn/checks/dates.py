"""Dates as they are written: which order of day and month a column uses, and the days that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

    from fyr.learn.checks.column import Column

__all__ = ["DAY_FIRST", "ISO", "SLASHED", "day_month", "days_of"]

ISO: Final = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}"
SLASHED: Final = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?: .*)?$"
DAY_FIRST: Final = 12
"""A first number above it is a day, a second number above it makes the first one a month."""
_SHEET_EPOCH: Final = 25569.0
"""1970-01-01 as a spreadsheet counts days."""
_PIVOT: Final = 40
"""A year of two figures up to here is of this century."""


def day_month(column: Column) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first and the second number of each date that is written ``12/31/1999`` or ``31.12.1999``."""
    import polars as pl

    first = column.text.str.extract(SLASHED, 1).cast(pl.Float64).fill_null(np.nan).to_numpy()
    second = column.text.str.extract(SLASHED, 2).cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.asarray(first), np.asarray(second)


def days_of(column: Column) -> NDArray[np.float64]:
    """Read dates as days since 1970-01-01; the order of day and month is that of the majority of clear ones."""
    import polars as pl

    if column.typed:
        if not column.cells.dtype.is_temporal():
            return np.where(column.sheet_day, column.number - _SHEET_EPOCH, np.nan)
        return np.asarray(column.cells.cast(pl.Date).cast(pl.Float64).fill_null(np.nan).to_numpy())
    text = column.text
    iso = text.str.extract(r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})", 1).str.replace_all("/", "-", literal=True)
    days = _parsed(iso, "%Y-%m-%d")
    first, second = day_month(column)
    if np.isfinite(first).any():
        month_first = (second > DAY_FIRST).sum() > (first > DAY_FIRST).sum()
        plain = text.str.extract(r"^(\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2}))", 1).str.replace_all(r"[./]", "-")
        long = plain.str.extract(r"^(.*-\d{4})$", 1)
        short = plain.str.replace(r"-(\d{2})$", "-20$1")
        order = "%m-%d-%Y" if month_first else "%d-%m-%Y"
        slashed = _parsed(long, order)
        two_figures = np.isnan(slashed)
        recent = _parsed(short, order)
        future = recent > (2000 + _PIVOT - 1970) * 365.25
        recent = np.where(future, recent - 36525, recent)
        slashed = np.where(two_figures, recent, slashed)
        days = np.where(np.isnan(days), slashed, days)
    return np.where(np.isnan(days) & column.sheet_day, column.number - _SHEET_EPOCH, days)


def _parsed(text: pl.Series, form: str) -> NDArray[np.float64]:
    import polars as pl

    days: Any = text.str.to_date(form, strict=False).cast(pl.Int32).cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.asarray(days, dtype=np.float64)
