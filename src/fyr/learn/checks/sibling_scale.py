"""Two columns that go together, and rows in which one of them is off by a conversion factor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import factor_near, factor_words
from fyr.learn.checks.table import CheckedTable

__all__ = ["sibling_scale"]

_FEWEST: Final = 30
_FEWEST_DISTINCT: Final = 10
_MOST_ROWS: Final = 20_000
_GLANCE: Final = 400
"""Rows from which a pair is told not to be worth a fit."""
_MOST_COLUMNS: Final = 60
_TIGHT: Final = 0.20
"""Spread of the logarithm around the line (robust) up to which two columns go together closely enough."""
_VERY_TIGHT: Final = 0.05
_NEAR_FACTOR: Final = 3.0
"""How many spreads a row may be from the factor, at most a third of the factor's logarithm."""
_GAP: Final = 0.5
"""Between the rows on the line and those off it must lie an empty stretch of this share of the factor's logarithm."""
_LARGEST_SHARE: Final = 0.45


def sibling_scale(table: CheckedTable) -> Iterator[Finding]:
    """Fit a line to the logarithms of each pair of columns and look for rows a factor away from it."""
    columns = [
        column
        for column in table.numbers(_FEWEST)
        if len(column.distinct) >= _FEWEST_DISTINCT
        and float((column.values > 0).mean()) > 0.9
        and not _calendar(column)
    ][:_MOST_COLUMNS]
    pick = np.arange(len(table))
    if len(table) > _MOST_ROWS:
        pick = np.random.default_rng(0).choice(len(table), _MOST_ROWS, replace=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.where(column.number > 0, np.log(column.number), np.nan) for column in columns]
    best: dict[str, tuple[float, Finding]] = {}
    likely = _likely(np.stack(logs)[:, pick[:: max(1, len(pick) // _GLANCE)]]) if columns else np.empty((0, 0))
    for second, column in enumerate(columns):
        for first, sibling in enumerate(columns):
            if first == second or not likely[first, second]:
                continue
            found = _off_the_line(table, sibling, column, logs[first], logs[second], pick)
            if found is not None and found[0] > best.get(column.name, (0.0, None))[0]:
                best[column.name] = found
    for name, (strength, finding) in best.items():
        beside = finding.columns[1]
        if beside in best and best[beside][1].columns[1] == name and (best[beside][0], beside) > (strength, name):
            continue  # a row off the line is off it from both sides: say it of the one that is off more clearly
        yield finding


def _likely(logs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each pair of columns, at a glance, whether the second may lie on a line over the first."""
    count = len(logs)
    found = np.zeros((count, count), dtype=np.bool_)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column that is empty where another is not
        middle = np.nanmedian(logs, axis=1)
        raw = 1.4826 * np.nanmedian(np.abs(logs - middle[:, None]), axis=1)
        for first in range(count):
            order = np.argsort(logs[first], kind="stable")
            order = order[: int(np.isfinite(logs[first]).sum())]
            if len(order) < 10:
                continue
            thirds = np.array_split(order, 3)
            low, high = np.nanmedian(logs[:, thirds[0]], axis=1), np.nanmedian(logs[:, thirds[2]], axis=1)
            run = high[first] - low[first]
            if not run > 0.02:
                continue
            slope = (high - low) / run
            rest = logs[:, order] - slope[:, None] * logs[first, order]
            level = np.nanmedian(rest, axis=1)
            spread = 1.4826 * np.nanmedian(np.abs(rest - level[:, None]), axis=1)
            found[first] = (spread < 2 * _TIGHT) & (spread < 0.7 * raw)
    return found


def _calendar(column: Column) -> bool:
    return column.whole and bool(((column.values >= 1900) & (column.values <= 2100)).all())


def _off_the_line(
    table: CheckedTable,
    sibling: Column,
    column: Column,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    pick: NDArray[np.intp],
) -> tuple[float, Finding] | None:
    both = np.isfinite(x[pick]) & np.isfinite(y[pick])
    if both.sum() < _FEWEST:
        return None
    line = _line(x[pick][both], y[pick][both])
    if line is None:
        return None
    slope, level = line
    residual = y - (level + slope * x)
    known = np.isfinite(residual)
    spread = float(1.4826 * np.median(np.abs(residual[known])))
    raw = float(1.4826 * np.median(np.abs(y[known] - np.median(y[known]))))
    if spread > _TIGHT or (spread > 0.5 * raw and slope != 0):
        return None
    far = known & (np.abs(residual) > max(5 * spread, 0.5))
    if not 0 < far.sum() <= _LARGEST_SHARE * known.sum():
        return None
    for sign in (1.0, -1.0):
        side = far & (np.sign(residual) == sign)
        if side.sum() < max(2 if spread < _VERY_TIGHT else 3, 0.002 * known.sum()):
            continue
        middle = float(np.median(residual[side]))
        factor = factor_near(float(np.exp(middle)), min(0.18, max(0.06, spread)), 4.0, table.factors(column))
        if factor is None:
            continue
        log_factor = float(np.log(factor))
        width = min(_NEAR_FACTOR * max(spread, 0.02), abs(log_factor) / 3)
        near = side & (np.abs(residual - log_factor) <= width)
        between = (
            known & (np.sign(residual) == sign) & (np.abs(residual) > max(5 * spread, 0.3 * abs(log_factor))) & ~near
        )
        if near.sum() < max(2, 0.8 * side.sum()) or between.sum() > 0.25 * near.sum():
            continue
        if table.of_whole_hospitals(near, known):
            continue
        finding = Finding(
            "unit_against_sibling",
            "error",
            (column.name, sibling.name),
            f"{int(near.sum())} of {int(known.sum())} rows are off by {factor_words(factor)} against '{sibling.name}', "
            "with which all others go together",
            "see which of the two columns is wrong in these rows, and convert it",
            int(near.sum()),
            int(known.sum()),
            table.rows(near),
        )
        return float(near.sum()) * abs(log_factor) / max(spread, 0.02), finding
    return None


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float] | None:
    """Fit a robust line: medians of thirds, then a least-squares fit to what lies near it."""
    order = np.argsort(x, kind="stable")
    thirds = np.array_split(order, 3)
    low, high = thirds[0], thirds[2]
    run = float(np.median(x[high]) - np.median(x[low]))
    if run < 0.05:
        return None
    slope = float(np.median(y[high]) - np.median(y[low])) / run
    level = float(np.median(y - slope * x))
    for _ in range(2):
        residual = np.abs(y - level - slope * x)
        near = residual <= max(3 * 1.4826 * float(np.median(residual)), 1e-9)
        if near.sum() < 10 or float(np.ptp(x[near])) < 1e-9:
            break
        slope, level = (float(value) for value in np.polyfit(x[near], y[near], 1))
    return slope, level
