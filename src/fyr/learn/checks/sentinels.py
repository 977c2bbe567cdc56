"""Codes that pose as values: 9, 99, 999, -1 and their like, apart from all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.roles import is_outcome_like
from fyr.learn.checks.table import CheckedTable

__all__ = ["sentinels"]

_LARGE: Final = (
    9.0,
    88.0,
    99.0,
    777.0,
    888.0,
    990.0,
    997.0,
    998.0,
    999.0,
    7777.0,
    8888.0,
    9999.0,
    99999.0,
    999999.0,
    99.9,
    999.9,
    9.9,
    9.99,
    99.99,
)
_NEGATIVE: Final = (-1.0, -2.0, -3.0, -7.0, -8.0, -9.0, -77.0, -88.0, -99.0, -999.0, -9999.0, -99999.0, -999.9)
_CODED: Final = (9.0, 88.0, 98.0, 99.0)
_CODES_AMONG_WORDS: Final = frozenset({"9", "99", "999", "9999", "88", "888", "-1", "-9", "-99", "-999"})
_ADULT: Final = 16.0
_GAP: Final = 0.5
"""A code lies further from the next value than this share of the range of the others."""
_SPIKE: Final = 8.0
"""Or it is this many times as frequent as the values around it."""
_FEWEST: Final = 15
_SEVERAL: Final = 5
_SCALE_COLUMNS: Final = 3
"""So many columns of -1, 0, 1, 2 are a scale (copy numbers), not a code in each."""


def sentinels(table: CheckedTable) -> Iterator[Finding]:
    """Look at every column of numbers; a code in many columns is one finding."""
    found: dict[tuple[float, ...], list[Column]] = {}
    for column in table.numbers(_FEWEST):
        if column.standardised:
            continue
        values, counts = np.unique(column.values, return_counts=True)
        below = set() if column.name in table.roles.times else _negative(values, counts)
        codes = below | _beyond(values, counts) | _spikes(values, counts)
        if _is_year(values):
            codes = {value for value in codes if not 1900 <= value <= 2100}
        if codes:
            found.setdefault(tuple(sorted(codes)), []).append(column)
        if _nine(values, counts) and not is_outcome_like(column, table.roles):
            yield _finding(table, column, [9.0], "warning")
        if _zero(values, counts) and not is_outcome_like(column, table.roles) and _may_be_zero(table, column):
            yield _finding(table, column, [0.0], "error" if _adults(table, column) else "warning")
    yield from _among_words(table)
    for key, columns in found.items():
        scale = [column for column in columns if key == (-1.0,) and float(column.distinct.max()) <= 2]
        if len(scale) >= _SCALE_COLUMNS:
            columns = [column for column in columns if column not in scale]  # noqa: PLW2901
        if len(columns) > _SEVERAL:
            yield _finding_of_many(table, columns, list(key))
        else:
            for column in columns:
                yield _finding(table, column, list(key), "error")


def _finding_of_many(table: CheckedTable, columns: list[Column], codes: list[float]) -> Finding:
    rows = np.any([np.isin(column.number, codes) for column in columns], axis=0)
    shown = ", ".join(f"{code:g}" for code in codes)
    return Finding(
        "sentinel",
        "error",
        tuple(column.name for column in columns),
        f"{shown} in {len(columns)} columns looks like a code for missing, apart from all other values",
        f"say so in the mapping (missing: {{{', '.join(f'{code:g}: unknown' for code in codes)}}})",
        int(rows.sum()),
        len(table),
        table.rows(rows),
    )


def _may_be_zero(table: CheckedTable, column: Column) -> bool:
    """Tell whether no other check looks at zeros of this column."""
    quantity = table.quantity.get(column.name)
    return quantity is None or quantity.zero


def _is_year(values: NDArray[np.float64]) -> bool:
    return bool(((values >= 1900) & (values <= 2100)).mean() > 0.9)


def _negative(values: NDArray[np.float64], counts: NDArray[np.intp]) -> set[float]:
    """Codes below zero, where everything else is not."""
    below = values[values < 0]
    codes = {float(value) for value in below if value in _NEGATIVE}
    others = values[values >= 0]
    if not codes or len(codes) < len(below) or len(others) < 2 or len(below) > 3:
        return set()
    if all(value >= -3 for value in codes) and len(codes) > 1 and float(others.max()) <= 3:
        return set()  # -2, -1, 0, 1, 2 is a scale
    if codes == {-1.0} and (len(others) == 1 or (others[0] == 0 and float(others.max()) <= 10 and counts.sum() < 50)):
        return set()
    if codes == {-1.0} and set(others.tolist()) <= {0.0, 1.0} and counts[values == -1.0][0] > 0.3 * counts.sum():
        return set()
    return codes


def _beyond(values: NDArray[np.float64], counts: NDArray[np.intp]) -> set[float]:
    """Codes above everything else, with nothing between."""
    found: set[float] = set()
    rest, tally = values, counts
    while len(rest) > 2 and len(found) < 3:
        top, second = float(rest[-1]), float(rest[-2])
        low = float(rest[0])
        spread = max(second - low, 1e-9)
        small_code = len(rest) <= 9 and second <= 6 and float(np.abs(rest - np.floor(rest)).max()) == 0
        if (
            (top in _CODED and small_code and top - second >= 3 and top - second > 0.6 * spread)
            or (
                top in _LARGE
                and top >= 88
                and tally[-1] >= (1 if top >= 777 else 2)
                and _isolated(rest, top, second, spread)
            )
            or (top in _LARGE and top >= 88 and _piled(rest, tally))
        ):
            found.add(top)
        else:
            break
        rest, tally = rest[:-1], tally[:-1]
    return found


def _isolated(values: NDArray[np.float64], top: float, second: float, spread: float) -> bool:
    if len(values) < 4:
        return top - second > 10 * spread
    steps = np.diff(values[:-1])
    upper = float(np.max(steps[-max(3, len(steps) // 10) :]))
    return top - second > max(_GAP * spread if len(values) < 40 or top < 777 else 0.25 * spread, 1.5 * upper)


def _piled(values: NDArray[np.float64], counts: NDArray[np.intp]) -> bool:
    """Tell whether the largest value is frequent, where the values below it run out."""
    if len(values) < 12:
        return False
    thin = float(np.median(counts[-11:-1]))
    step = float(np.median(np.diff(values[-11:-1])))
    return bool(counts[-1] >= max(4, 3 * thin) and values[-1] - values[-2] >= 4 * step)


def _spikes(values: NDArray[np.float64], counts: NDArray[np.intp]) -> set[float]:
    """Codes among the values that are far more frequent than the values around them."""
    found: set[float] = set()
    if len(values) < 30:
        return found
    total = int(counts.sum())
    for code in (99.0, 888.0, 999.0, 9999.0, 8888.0, 777.0):
        count = int(counts[values == code].sum())
        if count < max(5, 0.004 * total):
            continue
        around = (np.abs(values - code) <= 0.15 * code) & (values != code)
        density = float(counts[around].max(initial=0))
        if count > _SPIKE * max(density, 1.0) * 0.75 and count >= counts.max() * 0.25:
            found.add(code)
    return found


def _nine(values: NDArray[np.float64], counts: NDArray[np.intp]) -> bool:
    """Tell whether 9 lies apart, below everything else, and comes several times: an age of 9 among adults."""
    if values[0] != _CODED[0] or len(values) < _FEWEST or not 3 <= counts[0] <= 0.5 * counts.sum():
        return False
    rest = values[1:]
    return bool(rest[0] > 2 * values[0] and rest[0] - values[0] > max(5 * float(np.median(np.diff(rest))), 10))


def _adults(table: CheckedTable, column: Column) -> bool:
    """Tell whether a column is the age of adults, where 0 is nobody's."""
    quantity = table.quantity.get(column.name)
    return quantity is not None and quantity.name == "age" and float(column.distinct[1]) >= _ADULT


def _among_words(table: CheckedTable) -> Iterator[Finding]:
    """Find 9, 99, -1 and their like as the only number among categories that are words."""
    for column in table.columns:
        if column.typed or column.kind != "category" or column.name == table.roles.patient:
            continue
        codes = [level for level in column.levels if level in _CODES_AMONG_WORDS]
        words = [level for level in column.levels if not any(figure.isdigit() for figure in level)]
        if len(codes) != 1 or len(words) < 2 or len(words) + 1 != len(column.levels) or column.levels[codes[0]] < 2:
            continue
        rows = np.asarray((column.text == codes[0]).to_numpy())
        total = int((~column.missing).sum())
        yield Finding(
            "sentinel",
            "warning",
            (column.name,),
            f"{codes[0]} ({int(rows.sum())}) of {total} cells looks like a code for missing among words: "
            f"{', '.join(words[:4])}",
            f"say so in the mapping (missing: {{{codes[0]}: unknown}})",
            int(rows.sum()),
            total,
            table.rows(rows),
        )


def _zero(values: NDArray[np.float64], counts: NDArray[np.intp]) -> bool:
    """Tell whether zeros lie apart from a measurement that comes nowhere near zero."""
    if values[0] != 0 or len(values) < 15 or counts[0] < 2 or counts[0] > 0.5 * counts.sum():
        return False
    rest = values[1:]
    return bool(
        rest[0] > 0.3 * float(np.median(np.repeat(rest, counts[1:]))) and rest[0] > 5 * float(np.median(np.diff(rest)))
    )


def _finding(table: CheckedTable, column: Column, codes: list[float], severity: Severity) -> Finding:
    rows = np.isin(column.number, codes)
    others = column.values[~np.isin(column.values, codes)]
    shown = ", ".join(f"{code:g} ({int((column.number == code).sum())})" for code in codes)
    return Finding(
        "sentinel",
        severity,
        (column.name,),
        f"{shown} of {len(column.values)} values look like codes for missing; the others go from "
        f"{others.min():g} to {others.max():g}",
        f"say so in the mapping (missing: {{{', '.join(f'{code:g}: unknown' for code in codes)}}})",
        int(rows.sum()),
        len(column.values),
        table.rows(rows),
    )
