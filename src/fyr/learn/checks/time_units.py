"""Times in another unit than their name says: against what is possible, other hospitals, other times and dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.names import has_word
from fyr.learn.checks.shape import separation
from fyr.learn.checks.table import CheckedTable

__all__ = ["time_units"]

_DAYS: Final = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
_WORDS: Final = {"d": "days", "wk": "weeks", "mo": "months", "a": "years"}
_LONGEST_YEARS: Final = 62.0
"""No cohort of patients has been followed longer than this."""
_LONG_MEDIAN_YEARS: Final = 32.0
_APART: Final = 0.88
"""Rank separation between hospitals from which another unit is looked for."""
_TOLERANCE: Final = 0.85
"""How far (natural logarithm) medians of follow-up may be from a factor: hospitals follow differently long."""
_MEND: Final = "convert the times to the unit that the name says, and say the unit in the mapping (time: {unit: d})"


def time_units(table: CheckedTable) -> Iterator[Finding]:
    """Look at every time of the outcome."""
    for name in table.roles.times:
        column = table.column(name)
        said: set[str] = set()
        for finding in _hospitals(table, column):
            said.add(finding.hospital or "")
            yield finding
        yield from _against_name(table, column, said)
        yield from _against_dates(table, column)
    yield from _same_unit_said(table)


def _against_name(table: CheckedTable, column: Column, said: set[str]) -> Iterator[Finding]:
    unit = column.unit if column.unit in _DAYS else None
    if unit is None:
        return
    apart = np.zeros(len(column), dtype=np.bool_)
    for hospital in said:
        apart |= table.hospitals[hospital]
    with np.errstate(invalid="ignore"):
        years = np.where(apart, np.nan, column.number * _DAYS[unit] / 365.25)
    known = np.isfinite(years)
    long = known & (years > _LONGEST_YEARS)
    if not known.any():
        return
    if long.any() or float(np.median(years[known])) > _LONG_MEDIAN_YEARS:
        rows = long if long.any() else known
        yield Finding(
            "time_unit",
            "error",
            (column.name,),
            f"{int(rows.sum())} of {int(known.sum())} times are longer than {_LONGEST_YEARS:g} years if they are "
            f"{_WORDS[unit]} as the name says (largest {np.nanmax(column.number):g}): they look like days",
            _MEND,
            int(rows.sum()),
            int(known.sum()),
            table.rows(rows),
        )
    elif unit == "d" and known.sum() >= 20 and float(np.nanmax(column.number)) < 400 and not column.whole:
        broken = known & (column.number != np.floor(column.number))
        if broken.sum() > 0.5 * known.sum():
            yield Finding(
                "time_unit",
                "warning",
                (column.name,),
                f"{int(broken.sum())} of {int(known.sum())} times have decimals and the largest is "
                f"{np.nanmax(column.number):g}: they look like months or years, not days as the name says",
                _MEND,
                int(broken.sum()),
                int(known.sum()),
                table.rows(broken),
            )


def _hospitals(table: CheckedTable, column: Column) -> Iterator[Finding]:
    positive = column.valid & (np.nan_to_num(column.number) > 0)
    groups = {name: rows & positive for name, rows in table.hospitals.items() if (rows & positive).sum() >= 10}
    if len(groups) < 2:
        return
    medians = {name: float(np.median(column.number[rows])) for name, rows in groups.items()}
    for name, rows in groups.items():
        others = np.any([other for one, other in groups.items() if one != name], axis=0)
        here, there = column.number[rows], column.number[others]
        typical = float(np.median([median for one, median in medians.items() if one != name]))
        apart = separation(here, there)
        ratio = medians[name] / typical
        factor = min((30.4375, 365.25, 7.0, 12.0), key=lambda one: abs(abs(np.log(ratio)) - np.log(one)))
        near = abs(abs(np.log(ratio)) - np.log(factor))
        scaled = here / factor if ratio > 1 else here * factor
        least = _APART if factor > 20 else 0.97
        allowed = _TOLERANCE if factor > 20 else 0.3
        if max(apart, 1 - apart) < least or near > allowed or abs(separation(scaled, there) - 0.5) > 0.42:
            continue
        share = float(np.mean(here == np.floor(here))) - float(np.mean(there == np.floor(there)))
        impossible = column.unit in _DAYS and float(here.max()) * _DAYS[column.unit] / 365.25 > _LONGEST_YEARS
        if len(groups) == 2 and ratio < 1 and not impossible and share < 0.3:
            continue  # of two hospitals one is said to be off; the one with the larger times
        words = {30.4375: "days and months", 365.25: "days and years", 7.0: "days and weeks", 12.0: "months and years"}[
            factor
        ]
        yield Finding(
            "time_unit",
            "error",
            (column.name,),
            f"the median time is {medians[name]:.4g} in {name} and {typical:.4g} elsewhere (largest "
            f"{here.max():.4g} and "
            f"{there.max():.4g}): they differ as {words} do",
            _MEND,
            int(rows.sum()),
            int(table.hospitals[name].sum()),
            table.rows(rows),
            name,
        )


def _against_dates(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Compare a time with the dates that it runs between."""
    start = next((table.roles.dates[kind] for kind in ("diagnosis", "treatment") if kind in table.roles.dates), None)
    ends = [table.roles.dates[kind] for kind in ("death", "last", "relapse") if kind in table.roles.dates]
    if start is None or not ends:
        return
    best = _best_unit(table, column, start, ends)
    if best is None:
        return
    fits, unit, logs, days = best
    known = np.isfinite(logs) & (column.number > 20 / days)
    if known.sum() < 10 or fits < 0.5 * known.sum():
        return
    agree = known & (np.abs(logs - np.log(days)) <= 0.25)
    if column.unit in _DAYS and column.unit != unit:
        yield Finding(
            "time_unit",
            "error",
            (column.name, start),
            f"{int(agree.sum())} of {int(known.sum())} times are {_WORDS[unit]} by their dates, not "
            f"{_WORDS[column.unit]} as the name says",
            _MEND,
            int(agree.sum()),
            int(known.sum()),
            table.rows(agree),
        )
    wrong = known & (np.abs(logs - np.log(days)) > 0.25)
    for other, length in _DAYS.items():
        rows = wrong & (np.abs(logs - np.log(length)) < 0.06)
        if other != unit and rows.sum() >= 2 and rows.sum() > 0.3 * wrong.sum():
            yield Finding(
                "time_unit",
                "error",
                (column.name, start),
                f"{int(rows.sum())} of {int(known.sum())} times are {_WORDS[other]} by their dates, the "
                f"others {_WORDS[unit]}",
                _MEND,
                int(rows.sum()),
                int(known.sum()),
                table.rows(rows),
            )
            wrong = wrong & ~rows
    if wrong.any() and wrong.sum() < 0.3 * known.sum():
        yield Finding(
            "time_against_dates",
            "warning",
            (column.name, start),
            f"{int(wrong.sum())} of {int(known.sum())} times do not agree with the dates that they run between",
            "correct the dates or compute the times again",
            int(wrong.sum()),
            int(known.sum()),
            table.rows(wrong),
        )


def _best_unit(
    table: CheckedTable, column: Column, start: str, ends: list[str]
) -> tuple[int, str, NDArray[np.float64], float] | None:
    """Return the unit in which most times agree with some dates: how many do, the unit, log(days / time), its days."""
    begun = table.column(start).day
    first = np.full(len(column), np.nan)
    for end in ends:
        first = np.where(np.isnan(first), table.column(end).day, first)
    best: tuple[int, str, NDArray[np.float64], float] | None = None
    for finish in (*(table.column(end).day for end in ends), first):
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log((finish - begun) / column.number)
        for unit, days in _DAYS.items():
            fits = int((np.abs(logs - np.log(days)) < 0.04).sum())
            if fits > (best[0] if best else 0):
                best = (fits, unit, logs, days)
    return best


def _same_unit_said(table: CheckedTable) -> Iterator[Finding]:
    """Find two times in fixed proportion: one of them is in another unit."""
    columns = [
        column
        for column in table.numbers(20)
        if column.name in table.roles.times
        or (column.unit in _DAYS and has_word(column.name, r"\w*time|surv\w*|os|pfs|dfs|follow\w*|tid|overlev\w*"))
    ]
    for place, first in enumerate(columns):
        for second in columns[place + 1 :]:
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(first.number / second.number)
            known = np.isfinite(logs)
            if known.sum() < 20:
                continue
            middle = float(np.median(logs[known]))
            tight = float((np.abs(logs[known] - middle) < 0.03).mean())
            factor = min((1.0, 7.0, 30.4375, 365.25, 12.0, 4.348), key=lambda one: abs(abs(middle) - np.log(one)))
            if tight < 0.7 or factor == 1.0 or abs(abs(middle) - np.log(factor)) > 0.04:
                continue
            same = first.unit is not None and first.unit == second.unit
            yield Finding(
                "time_unit",
                "error" if same else "note",
                (first.name, second.name),
                f"'{first.name}' is {np.exp(middle):.4g} times '{second.name}' in {tight:.0%} of rows: the "
                "same time in two "
                f"units{', though both names say ' + _WORDS[first.unit or 'd'] if same else ''}",
                _MEND if same else "keep one of them",
                int(known.sum()),
                int(known.sum()),
            )
            off = known & (np.abs(logs - middle) > 0.7)
            if 0 < off.sum() < 0.3 * known.sum():
                yield Finding(
                    "time_unit",
                    "error",
                    (first.name, second.name),
                    f"{int(off.sum())} of {int(known.sum())} rows leave the proportion "
                    f"{np.exp(middle):.4g} of the two times",
                    _MEND,
                    int(off.sum()),
                    int(known.sum()),
                    table.rows(off),
                )
