"""A column that lies elsewhere in one hospital: in another unit, or measured in another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import factor_near, factor_words, own_factors, separation
from fyr.learn.checks.table import CheckedTable

__all__ = ["hospital_levels"]

_FEWEST: Final = 12
_FEWEST_DISTINCT: Final = 8
_FACTOR_APART: Final = 0.80
"""Rank separation (0.5 to 1) from which a difference that is a conversion factor is one."""
_APART: Final = 0.985
"""Rank separation from which two hospitals cannot be measuring the same thing in the same way."""
_TOLERANCE: Final = 0.33
"""How far (natural logarithm) the ratio of two medians may be from a factor: hospitals' patients do differ."""
_OWN_TOLERANCE: Final = 0.12
"""The same for a factor between two units of what the name says is measured."""
_ALIKE: Final = 1.35
"""Two medians within this ratio are of one unit."""
_CHANCE: Final = 1e-6
"""Chance of a hospital's values all ending in 0, or nearly all having decimals, were they as elsewhere."""
_OVERLAP_AFTER: Final = 0.20
"""How far from 0.5 the rank separation may be after the conversion."""


def hospital_levels(table: CheckedTable) -> Iterator[Finding]:
    """Compare each hospital with all others, for every column of measurements."""
    for column in table.numbers():
        if (
            len(column.distinct) < _FEWEST_DISTINCT
            or column.standardised
            or _calendar(column)
            or column.name in table.roles.times
        ):
            continue
        places = {name: rows & column.valid for name, rows in table.hospitals.items()}
        places = {name: rows for name, rows in places.items() if rows.sum() >= _FEWEST}
        medians = {name: float(np.median(column.number[rows])) for name, rows in places.items()}
        for hospital, rows in places.items():
            others = (
                np.any([other for name, other in places.items() if name != hospital], axis=0)
                if len(places) > 1
                else rows
            )
            finding = _compared(table, column, hospital, rows, others & ~rows) if len(places) > 1 else None
            if finding is not None and _with_most(medians, hospital):
                continue  # another hospital is the odd one, and draws the middle of the rest
            if finding is not None:
                yield finding
            elif len(places) > 1:
                yield from _steps(table, column, hospital, rows, others & ~rows)


def _with_most(medians: dict[str, float], hospital: str) -> bool:
    """Tell whether more than half of all hospitals have about the median of this one."""
    own = medians[hospital]
    alike = [one for one in medians.values() if min(own, one) > 0 and max(own, one) <= _ALIKE * min(own, one)]
    return len(alike) > 0.5 * len(medians)


def _steps(
    table: CheckedTable, column: Column, hospital: str, rows: NDArray[np.bool_], others: NDArray[np.bool_]
) -> Iterator[Finding]:
    """Find a hospital whose numbers all end in 0, or alone have decimals, though elsewhere they are whole."""
    here, there = column.number[rows], column.number[others]
    here, there = here[here != 0], there[there != 0]
    if len(here) < _FEWEST or len(there) < _FEWEST or len(np.unique(here)) < 4:
        return
    whole = float((there == np.floor(there)).mean())
    broken = float((here != np.floor(here)).mean())
    tens = float((there % 10 == 0).mean())
    words = ""
    if whole > 0.98 and bool((here % 10 == 0).all()) and (tens + 1 / len(there)) ** len(here) < _CHANCE:
        words = f"all {len(here)} values in {hospital} end in 0, elsewhere {tens:.0%}: multiplied by 10 or more"
    elif whole > 0.98 and broken > 0.4:
        words = f"{broken:.0%} of the values in {hospital} have decimals, elsewhere {1 - whole:.0%}: in another unit"
    if words:
        yield Finding(
            "unit_in_hospital",
            "error",
            (column.name,),
            words,
            "find the unit of this hospital and convert its values",
            len(here),
            int(rows.sum()),
            table.rows(rows),
            hospital,
        )


def _calendar(column: Column) -> bool:
    values = column.values
    return column.whole and bool(((values >= 1900) & (values <= 2100)).all())


def _compared(
    table: CheckedTable, column: Column, hospital: str, rows: NDArray[np.bool_], others: NDArray[np.bool_]
) -> Finding | None:
    here, there = column.number[rows], column.number[others]
    if len(there) < _FEWEST or len(np.unique(here)) < 4 or len(np.unique(there)) < _FEWEST_DISTINCT:
        return None
    apart = separation(here, there)
    distance = max(apart, 1 - apart)
    if distance < _FACTOR_APART:
        return None
    medians = float(np.median(here)), float(np.median(there))
    factor = None
    if min(medians) > 0:
        ratio = medians[0] / medians[1]
        quantity = table.quantity.get(column.name)
        own = own_factors(quantity.name if quantity else None)
        factor = factor_near(ratio, _TOLERANCE, least=4.0, among=table.factors(column))
        if factor is None and own:
            factor = factor_near(ratio, _OWN_TOLERANCE, least=1.4, among=own)
    if factor is not None and abs(separation(here / factor, there) - 0.5) > _OVERLAP_AFTER:
        factor = None
    if factor is None and distance < _APART:
        return None
    said = f"median {medians[0]:.4g} in {hospital}, {medians[1]:.4g} elsewhere"
    if factor is None:
        return Finding(
            "hospital_jump",
            "warning",
            (column.name,),
            f"{said}; a value from here lies {'above' if apart > 0.5 else 'below'} one from elsewhere in "
            f"{distance:.1%} of pairs",
            "see whether this hospital measures the same thing, in the same unit and way",
            len(here),
            int(rows.sum()),
            table.rows(rows),
            hospital,
        )
    direction = "larger" if factor > 1 else "smaller"
    return Finding(
        "unit_in_hospital",
        "error",
        (column.name,),
        f"{said}: {direction} by about {factor_words(factor)}",
        "find the unit of this hospital and convert its values",
        len(here),
        int(rows.sum()),
        table.rows(rows),
        hospital,
    )
