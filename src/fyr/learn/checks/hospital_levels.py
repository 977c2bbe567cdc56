"""A column that lies elsewhere in one hospital: in another unit, or measured in another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import factor_near, factor_words, separation
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
        for hospital, rows in places.items():
            others = (
                np.any([other for name, other in places.items() if name != hospital], axis=0)
                if len(places) > 1
                else rows
            )
            finding = _compared(table, column, hospital, rows, others & ~rows) if len(places) > 1 else None
            if finding is not None:
                yield finding


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
        factor = factor_near(medians[0] / medians[1], _TOLERANCE, least=4.0, among=table.factors(column))
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
