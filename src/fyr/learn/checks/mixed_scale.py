"""Some rows of a column in another unit, seen from the column alone: a second hump, or rows with decimals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import factor_near, factor_words, log_centre
from fyr.learn.checks.table import CheckedTable

__all__ = ["mixed_scale"]

_FEWEST: Final = 30
_FEWEST_DISTINCT: Final = 10
_NARROW: Final = 0.30
"""Spread (of the logarithm) of what people vary little in: weight, height, haemoglobin; tenfold is no patient."""
_TOLERANCE: Final = 0.25
_SHARE_OF_GAP: Final = 0.35
"""Of the factor's logarithm that must be empty between the two humps."""
_FEWEST_DECIMALS: Final = 4


def mixed_scale(table: CheckedTable) -> Iterator[Finding]:
    """Look at every column of positive measurements."""
    for column in table.numbers(_FEWEST):
        if len(column.distinct) < _FEWEST_DISTINCT or float((column.values > 0).mean()) < 0.9:
            continue
        yield from _second_hump(table, column)
        yield from _decimals(table, column)


def _second_hump(table: CheckedTable, column: Column) -> Iterator[Finding]:
    positive = column.valid & (np.nan_to_num(column.number) > 0)
    values = column.number[positive]
    centre, spread = log_centre(values)
    if spread > _NARROW or spread <= 0:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = np.where(positive, np.log(np.where(positive, column.number, 1.0)) - centre, 0.0)
    for sign in (1.0, -1.0):
        far = positive & (residual * sign > max(1.1, 5 * spread))
        if not far.any() or far.sum() > 0.4 * len(values):
            continue
        factor = factor_near(
            float(np.exp(np.median(residual[far]))), _TOLERANCE + spread / 2, 6.0, table.factors(column)
        )
        if factor is None:
            continue
        if sign < 0 and (far.sum() < 3 or not _no_floor(column, far)):
            continue  # one or two small values are sick patients as likely as slips
        near = far & (np.abs(residual - np.log(factor)) < 4 * spread + 0.05)
        rest = np.abs(residual[positive & ~near & (residual * sign > 0)])
        gap = float(np.abs(residual[near]).min() - rest.max(initial=0.0)) if near.any() else 0.0
        if near.sum() < 0.75 * far.sum() or gap < _SHARE_OF_GAP * abs(np.log(factor)):
            continue
        if factor_words(factor)[:3] in ("12 ", "7 (") and near.sum() < 3:
            continue
        if table.of_whole_hospitals(near, column.valid):
            return
        yield _finding(
            table,
            column,
            near,
            factor,
            f"their median is {float(np.median(column.number[near])):.4g}, that of the others "
            f"{float(np.median(column.number[positive & ~near])):.4g}, and nothing lies between",
        )
        return


def _no_floor(column: Column, far: NDArray[np.bool_]) -> bool:
    """Tell whether small values are a hump of their own, not a limit of measurement that many rows share."""
    return len(np.unique(column.number[far])) > 1 or int(far.sum()) <= 2


def _decimals(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Find rows with decimals in a column of whole numbers that are also about a factor smaller."""
    number = np.nan_to_num(column.number)
    positive = column.valid & (number > 0)
    whole = positive & (number == np.floor(number))
    broken = positive & ~whole
    if broken.sum() < _FEWEST_DECIMALS or not 0.005 <= broken.sum() / positive.sum() <= 0.45:
        return
    large = float(np.median(number[whole])), float(np.median(number[broken]))
    if large[0] < 8:
        return
    factor = factor_near(large[1] / large[0], 0.45, 5.0, table.factors(column))
    if factor is None or factor > 1:
        return
    rescaled = number[broken] / factor
    integer = float(np.mean(np.abs(rescaled - np.round(rescaled)) < 1e-6 * np.maximum(1, rescaled)))
    if factor_words(factor).startswith(("10 ", "100 ", "1000 ")) and integer < 0.9:
        return
    if float(np.quantile(number[broken], 0.9)) > large[0] or table.of_whole_hospitals(broken, column.valid):
        return
    yield _finding(
        table,
        column,
        broken,
        factor,
        f"they alone have decimals, and their median is {large[1]:.4g}, that of the whole numbers {large[0]:.4g}",
    )


def _finding(table: CheckedTable, column: Column, rows: NDArray[np.bool_], factor: float, what: str) -> Finding:
    return Finding(
        "mixed_units",
        "error",
        (column.name,),
        f"{int(rows.sum())} of {len(column.values)} values are off by about {factor_words(factor)}: {what}",
        "find the unit of these rows at the source and convert them",
        int(rows.sum()),
        len(column.values),
        table.rows(rows),
    )
