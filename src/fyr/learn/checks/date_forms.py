"""Dates written in several ways, dates that could be two days, and dates that stand for no date."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.dates import DAY_FIRST, ISO, day_month
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.table import CheckedTable

__all__ = ["date_forms"]

_PLACEHOLDERS: Final = (
    "1900-01-01",
    "1899-12-30",
    "1899-12-31",
    "1970-01-01",
    "1800-01-01",
    "9999-12-31",
    "2099-12-31",
)
"""What databases and spreadsheets write where there is no date."""
_FEWEST_AMBIGUOUS: Final = 8
"""With fewer dates below the 13th in both places that is chance."""


def date_forms(table: CheckedTable) -> Iterator[Finding]:
    """Look at every column of dates."""
    for column in table.columns:
        if column.kind == "date":
            if not column.typed or not column.cells.dtype.is_temporal():
                yield from _orders(table, column)
                yield from _forms(table, column)
            yield from _placeholders(table, column)


def _orders(table: CheckedTable, column: Column) -> Iterator[Finding]:
    first, second = day_month(column)
    day_first, month_first = first > DAY_FIRST, second > DAY_FIRST
    unclear = (first <= DAY_FIRST) & (second <= DAY_FIRST)
    if day_first.any() and month_first.any():
        fewer = month_first if month_first.sum() <= day_first.sum() else day_first
        yield _finding(
            table,
            column,
            "mixed_date_order",
            "error",
            fewer,
            f"{int(day_first.sum())} dates are day first, {int(month_first.sum())} month first, and "
            f"{int(unclear.sum())} "
            "could be either",
            "export the dates again as YYYY-MM-DD",
        )
    elif not day_first.any() and not month_first.any() and unclear.sum() >= _FEWEST_AMBIGUOUS:
        yield _finding(
            table,
            column,
            "ambiguous_dates",
            "warning",
            unclear,
            f"none of {int(unclear.sum())} dates tells whether its day or its month comes first",
            "export the dates again as YYYY-MM-DD",
        )


def _forms(table: CheckedTable, column: Column) -> Iterator[Finding]:
    iso = np.asarray(column.text.str.contains(ISO).to_numpy())
    slashed = np.isfinite(day_month(column)[0])
    excel = column.sheet_day
    odd = ~column.missing & ~iso & ~slashed & ~excel
    masks = {"YYYY-MM-DD": iso, "DD.MM.YYYY or the like": slashed, "days as a spreadsheet counts them": excel}
    used = {form: mask for form, mask in masks.items() if mask.any()}
    if len(used) > 1:
        fewer = min(used.values(), key=lambda mask: int(mask.sum()))
        yield _finding(
            table,
            column,
            "mixed_date_forms",
            "error" if excel.any() else "warning",
            fewer,
            "; ".join(f"{int(mask.sum())} are {form}" for form, mask in used.items()),
            "export the dates again as YYYY-MM-DD",
        )
    elif excel.any():
        yield _finding(
            table,
            column,
            "spreadsheet_days",
            "warning",
            excel,
            f"all {int(excel.sum())} dates are days as a spreadsheet counts them from 1899-12-30, such as "
            f"{column.show(int(np.flatnonzero(excel)[0]))}",
            "export the dates as YYYY-MM-DD",
        )
    if odd.any():
        shown = column.show(int(np.flatnonzero(odd)[0]))
        yield _finding(
            table,
            column,
            "no_dates",
            "warning",
            odd,
            f"{int(odd.sum())} cells are no dates, such as '{shown[:30]}'",
            "correct them, or say what they mean",
        )
    impossible = (iso | slashed) & np.isnan(column.day)
    first, second = day_month(column)
    impossible &= ~((first > DAY_FIRST) | (second > DAY_FIRST)) | iso
    if impossible.any():
        shown = column.show(int(np.flatnonzero(impossible)[0]))
        yield _finding(
            table,
            column,
            "no_dates",
            "error",
            impossible,
            f"{int(impossible.sum())} are days that do not exist, such as {shown[:30]}",
            "correct them at the source",
        )
    short = np.asarray(column.text.str.contains(r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}$").to_numpy())
    if short.any():
        yield _finding(
            table,
            column,
            "short_years",
            "warning",
            short,
            f"{int(short.sum())} dates have a year of two figures: 25 may be 1925 or 2025",
            "export the dates again as YYYY-MM-DD",
        )


def _placeholders(table: CheckedTable, column: Column) -> Iterator[Finding]:
    epoch = datetime.date(1970, 1, 1)
    days = column.day
    for placeholder in _PLACEHOLDERS:
        day = (datetime.date.fromisoformat(placeholder) - epoch).days
        rows = days == day
        near = np.isfinite(days) & (np.abs(days - day) < 366 * 3) & ~rows
        if rows.any() and not near.any():
            yield _finding(
                table,
                column,
                "placeholder_dates",
                "error",
                rows,
                f"{int(rows.sum())} dates are {placeholder}, far from all others: it stands for no date",
                "leave the cell empty",
            )
    future = days > (datetime.datetime.now(tz=datetime.UTC).date() - epoch).days + 1
    future &= days < (datetime.date(9990, 1, 1) - epoch).days
    if future.any() and future.sum() < 0.5 * np.isfinite(days).sum():
        yield _finding(
            table,
            column,
            "future_dates",
            "warning",
            future,
            f"{int(future.sum())} dates lie in the future, such as {column.show(int(np.flatnonzero(future)[0]))}",
            "correct them at the source",
        )


def _finding(
    table: CheckedTable, column: Column, check: str, severity: Severity, rows: NDArray[np.bool_], what: str, mend: str
) -> Finding:
    total = int((~column.missing).sum())
    return Finding(check, severity, (column.name,), what, mend, int(rows.sum()), total, table.rows(rows))
