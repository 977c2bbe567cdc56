"""Values against what is possible: a column in another unit than it says, or some of its rows, or a hospital's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.quantities import Quantity
from fyr.learn.checks.table import CheckedTable

__all__ = ["ranges"]

_MEND: Final = "find the unit at the source, convert these values, and say the unit in the mapping"


def ranges(table: CheckedTable) -> Iterator[Finding]:
    """Compare each column whose name says what it measures with its bounds."""
    for name, quantity in table.quantity.items():
        column = table.column(name)
        unit, wrong = _unit(column, quantity)
        if wrong is not None:
            yield Finding(
                "unit",
                "error" if unit is None or column.unit is not None else "warning",
                (name,),
                wrong,
                _MEND,
                len(column.values),
                len(table),
                table.rows(column.valid),
            )
        if unit is None:
            continue
        handled = np.zeros(len(column), dtype=np.bool_)
        for hospital, rows in table.hospitals.items():
            finding = _hospital(table, column, quantity, unit, hospital, rows)
            if finding is not None:
                handled |= rows
                yield finding
        yield from _rows(table, column, quantity, unit, handled)


def _unit(column: Column, quantity: Quantity) -> tuple[str | None, str | None]:
    """Return the unit that the values are in, and what is wrong with it if anything is."""
    values = column.values[column.values != 0] if not quantity.zero else column.values
    median = float(np.median(values)) if len(values) else 0.0
    fits = quantity.unit_for(median)
    words = f"{quantity.name} has a median of {median:.4g}"
    said = column.unit if column.unit in quantity.bands else None
    if said is not None:
        low, high = quantity.bands[said].typical
        if low <= median <= high:
            return said, None
        other = f"fits {fits}" if fits else f"lies outside the {low:g} to {high:g} of medians"
        return fits, f"{words}, which is no {said} as the name says but {other}"
    usual = next(iter(quantity.bands))
    if quantity.name == "age" and fits not in (usual, None):
        return fits, f"{words}, which is no age in years; it fits {fits}, which the name does not say"
    if fits is None and quantity.shifted(median):  # else something else of the same name: a room's temperature
        known = ", ".join(f"{one.typical[0]:g} to {one.typical[1]:g} {unit}" for unit, one in quantity.bands.items())
        return None, f"{words}, which no unit explains (medians lie at {known})"
    return fits, None


def _hospital(
    table: CheckedTable, column: Column, quantity: Quantity, unit: str, hospital: str, rows: NDArray[np.bool_]
) -> Finding | None:
    values = column.number[rows & column.valid]
    if len(values) < 5:
        return None
    median = float(np.median(values))
    low, high = quantity.bands[unit].typical
    other = quantity.unit_for(median)
    if low <= median <= high or (median == 0 and not quantity.zero):
        return None
    apart = (
        f"which fits {other}, while the table as a whole fits {unit}"
        if other is not None
        else f"outside the {low:g} to {high:g} {unit} in which medians lie"
    )
    inside = float(np.median(column.number[column.valid & ~rows])) if (column.valid & ~rows).any() else np.nan
    return Finding(
        "unit_in_hospital",
        "error",
        (column.name,),
        f"{quantity.name} has a median of {median:.4g} in {hospital} and {inside:.4g} elsewhere, {apart}",
        _MEND,
        len(values),
        int(rows.sum()),
        table.rows(rows & column.valid),
        hospital,
        by_range=True,
    )


def _rows(
    table: CheckedTable, column: Column, quantity: Quantity, unit: str, handled: NDArray[np.bool_]
) -> Iterator[Finding]:
    low, high = quantity.bands[unit].possible
    number = column.number
    with np.errstate(invalid="ignore"):
        outside = column.valid & ~handled & ((number < low) | (number > high))
        zero = outside & (number == 0)
        if quantity.zero:
            zero = np.zeros(len(column), dtype=np.bool_)
    total = len(column.values)
    if zero.any():
        yield Finding(
            "impossible_zero",
            "error",
            (column.name,),
            f"{int(zero.sum())} of {total} values of {quantity.name} are 0, which no patient has: it "
            "stands for missing",
            "say so in the mapping (missing: {0: unknown})",
            int(zero.sum()),
            total,
            table.rows(zero),
        )
    outside &= number != 0 if not quantity.zero else True
    if not outside.any():
        return
    odd = number[outside]
    other = [
        one
        for one, band in quantity.bands.items()
        if one != unit and ((odd >= band.typical[0]) & (odd <= band.typical[1])).mean() > 0.7
    ]
    shown = ", ".join(f"{value:g}" for value in odd[:4])
    also = f"; they fit {other[0]}" if other else ""
    yield Finding(
        "mixed_units" if other else "impossible_values",
        "error",
        (column.name,),
        f"{int(outside.sum())} of {total} values of {quantity.name} are not possible in {unit} "
        f"({low:g} to {high:g}): {shown}{also}",
        _MEND if other else "correct them at the source, or leave them out as unknown",
        int(outside.sum()),
        total,
        table.rows(outside),
    )
