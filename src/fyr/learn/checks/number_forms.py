"""Numbers that are written in several ways, with their unit, or with a sign that makes them text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.table import CheckedTable

__all__ = ["number_forms"]

_WITH_UNIT: Final = r"^[+-]?\d+(?:[.,]\d+)?\s*([A-Za-zµμ%°][A-Za-zµμ%°/^0-9*²³]{0,11})$"
_NUMERIC_START: Final = r"^['\u2018\u2019<>≤≥~=+-]|^\d"
_BOUND: Final = r"^(?:[<>≤≥~]=?|ca\.?|under|over|mere end|mer enn|mindre end)\s*\d+(?:[.,]\d+)?\s*\S{0,8}$"
_LETTER_FOR_DIGIT: Final = r"^[\dOolI]*\d[\dOolI]*[.,]?[\dOolI]*$"
_THOUSANDS_ONLY: Final = r"^\d{1,3}(?:,\d{3})+$"
_FEWEST: Final = 5
"""With fewer cells that start like a number a column is none."""
_MOSTLY_UNITS: Final = 0.5
_MOST_CLASSES: Final = 20
_ODD_WORDS: Final = 3
"""A number column with up to so many different words has codes in it; each is shown."""


def number_forms(table: CheckedTable) -> Iterator[Finding]:
    """Look at every column in which most cells begin like a number."""
    commas = [
        column.name
        for column in table.columns
        if column.kind == "number" and column.as_written["comma"].any() and not _points(column).any()
    ]
    if commas:
        yield Finding(
            "decimal_comma",
            "note",
            tuple(commas),
            f"{len(commas)} columns have decimal commas",
            "say so in the mapping (decimal: ','), or write decimal points",
            len(table),
            len(table),
        )
    for column in table.columns:
        if column.typed or column.kind == "date":
            continue
        yield from _decimals(table, column)
        yield from _units(table, column)
        yield from _text(table, column)


def _points(column: Column) -> NDArray[np.bool_]:
    """Tell which numbers have a decimal point."""
    return np.asarray(column.as_written["point"] & column.text.str.contains(".", literal=True).to_numpy())


def _decimals(table: CheckedTable, column: Column) -> Iterator[Finding]:
    written = column.as_written
    comma, grouped = written["comma"] & ~written["grouped"], written["grouped"]
    point = _points(column)
    numbers = int(column.valid.sum())
    if not comma.any() and not grouped.any():
        return
    if numbers < _FEWEST or column.kind not in ("number", "category"):
        return
    if comma.any() and point.any():
        fewer, other = (comma, "a decimal comma") if comma.sum() <= point.sum() else (point, "a decimal point")
        yield _finding(
            table,
            column,
            "mixed_decimals",
            "error",
            fewer,
            f"{int(comma.sum())} numbers have a decimal comma and {int(point.sum())} a decimal point; "
            f"{int(fewer.sum())} have {other}",
            "write every number of the file with a decimal point",
        )
    thousands = np.asarray(column.text.str.contains(_THOUSANDS_ONLY).to_numpy())
    large = comma.sum() >= _FEWEST and not column.text.str.contains(r"^[+-]?0,").any()
    beside = np.nanmax(column.number[~comma], initial=0) > 100
    if comma.any() and thousands.sum() == comma.sum() and not point.any() and (large or beside):
        yield _finding(
            table,
            column,
            "thousands_separators",
            "error",
            comma,
            f"{int(comma.sum())} numbers have a comma before three figures: thousands, or a decimal comma",
            "write numbers without a separator of thousands",
        )
    if grouped.any():
        yield _finding(
            table,
            column,
            "thousands_separators",
            "error" if not grouped[column.valid].all() else "warning",
            grouped,
            f"{int(grouped.sum())} of {numbers} numbers have their thousands separated",
            "write numbers without a separator of thousands",
        )


def _units(table: CheckedTable, column: Column) -> Iterator[Finding]:
    present = int((~column.missing).sum())
    if present < _FEWEST or (column.kind == "number" and int(column.valid.sum()) == present):
        return
    units = column.text.alias("unit").str.extract(_WITH_UNIT, 1)
    with_unit = np.asarray(units.is_not_null().to_numpy()) & ~column.missing & ~column.valid
    starts = int(with_unit.sum() + column.valid.sum())
    counts = units.filter(units.is_not_null()).str.to_lowercase().value_counts(sort=True)
    kinds = [str(unit) for unit in counts["unit"].to_list()]
    enough = with_unit.sum() >= max(1, 0.002 * present) and starts >= _MOSTLY_UNITS * present and starts >= _FEWEST
    if not enough or len(kinds) > 6 or (not column.valid.any() and len(column.levels) <= 12):
        return  # '2a', '2b', '3c' are classes, not measurements
    if column.valid.sum() < 0.5 * present and len(kinds) > 3:
        return
    mixed = len(kinds) > 1 or bool(column.valid.any())
    bare = f", {int(column.valid.sum())} have none" if column.valid.any() else ""
    yield _finding(
        table,
        column,
        "units_in_cells",
        "error" if mixed else "warning",
        with_unit,
        f"{int(with_unit.sum())} cells hold a unit ({', '.join(kinds[:4])}){bare}",
        "convert to one unit, say it in the column's name, and keep numbers alone in the cells",
    )


def _text(table: CheckedTable, column: Column) -> Iterator[Finding]:
    present = ~column.missing
    odd = present & ~column.valid
    if column.kind != "number" or not odd.any():
        return
    units = np.asarray(column.text.str.contains(_WITH_UNIT).to_numpy()) & odd
    bound = np.asarray(column.text.str.contains(_BOUND).to_numpy()) & odd
    digits = np.asarray(column.text.str.contains(_LETTER_FOR_DIGIT).to_numpy()) & odd & ~bound
    quoted = np.asarray(column.text.str.contains(r"^['\u2018\u2019\u00b4`\"]").to_numpy()) & odd
    other = odd & ~units & ~bound & ~digits & ~quoted
    if len(column.levels) <= _MOST_CLASSES and column.whole:
        other &= False  # 1, 2, 3, 4ER+, 4ER-: names of classes
    several = (
        (
            bound,
            "warning",
            "are bounds, no numbers",
            "decide how a value below or above the limit of measurement counts",
        ),
        (digits & ~units, "warning", "have a letter for a digit", "correct them at the source"),
        (quoted, "warning", "are numbers kept as text", "remove the quotation mark in front"),
        (other, "warning", "are words among numbers", "say in the mapping what each means (missing: {...: unknown})"),
    )
    for mask, severity, what, mend in several:
        if mask.any():
            shown = list(dict.fromkeys(column.show(int(place)) for place in np.flatnonzero(mask)[:200]))[:_ODD_WORDS]
            yield _finding(
                table,
                column,
                "text_among_numbers",
                "error" if severity == "error" else "warning",
                mask,
                f"{int(mask.sum())} of {int(present.sum())} cells {what}: "
                f"{', '.join(repr(word[:30]) for word in shown)}",
                mend,
            )


def _finding(
    table: CheckedTable, column: Column, check: str, severity: Severity, rows: NDArray[np.bool_], what: str, mend: str
) -> Finding:
    return Finding(check, severity, (column.name,), what, mend, int(rows.sum()), len(table), table.rows(rows))
