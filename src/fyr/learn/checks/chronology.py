"""What comes before what: an outcome before its baseline, a death before the diagnosis, follow-up of no length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.names import has_word
from fyr.learn.checks.roles import date_kind
from fyr.learn.checks.table import CheckedTable

__all__ = ["date_order", "time_order"]

_ORDER: Final = (
    ("birth", "diagnosis"),
    ("birth", "treatment"),
    ("birth", "admission"),
    ("birth", "last"),
    ("birth", "death"),
    ("diagnosis", "relapse"),
    ("diagnosis", "last"),
    ("diagnosis", "death"),
    ("admission", "discharge"),
    ("admission", "last"),
    ("admission", "death"),
    ("treatment", "last"),
    ("treatment", "death"),
    ("relapse", "death"),
    ("relapse", "last"),
    ("last", "death"),
)
_BASELINE: Final = frozenset({"birth", "diagnosis", "admission", "treatment"})
_OUTCOME: Final = frozenset({"relapse", "last", "death"})
_SOME_ZEROS: Final = 0.02
_MANY_ZEROS: Final = 0.05
_ALMOST_ALWAYS: Final = 0.85
"""Two columns in order in this share of rows have an order; the others break it."""
_EARLIER: Final = (
    r"pfs\w*|dfs\w*|rfs\w*|efs\w*|rtime|ttp|ttr|relaps\w*|recur\w*|progress\w*|re[cs]id\w*|"
    r"aterfall|tilbage\w*|tilbake\w*|dmfs"
)
_LATER: Final = r"os|dtime|overall|surv\w*|death|overlev\w*|futime|follow\w*"


def time_order(table: CheckedTable) -> Iterator[Finding]:
    """Look at times below or at zero, and at progression after death."""
    columns = [table.column(name) for name in table.roles.times]
    for column in columns:
        if column.standardised:
            continue
        negative = column.valid & (np.nan_to_num(column.number, nan=1.0) < 0)
        zero = column.valid & (column.number == 0)
        visits = not table.roles.events and negative.mean() > _MANY_ZEROS
        if negative.any() and not visits:
            yield _finding(
                table,
                "negative_time",
                "error",
                (column.name,),
                negative,
                int(column.valid.sum()),
                f"{int(negative.sum())} of {int(column.valid.sum())} times are below 0: the outcome comes "
                "before its baseline",
                "correct the dates at the source, or leave these rows out and say so",
            )
        if zero.any() and table.roles.events:
            many = zero.sum() > max(4, _SOME_ZEROS * column.valid.sum())
            yield _finding(
                table,
                "zero_time",
                "warning" if many else "note",
                (column.name,),
                zero,
                int(column.valid.sum()),
                f"{int(zero.sum())} of {int(column.valid.sum())} times are 0: nothing was followed, or the "
                "time is missing",
                "leave out rows without follow-up, and say how many",
            )
    for early in columns:
        for late in columns:
            if has_word(early.name, _EARLIER) and has_word(late.name, _LATER) and not has_word(late.name, _EARLIER):
                yield from _after(table, early, late)


def _after(table: CheckedTable, early: Column, late: Column) -> Iterator[Finding]:
    known = early.valid & late.valid
    with np.errstate(invalid="ignore"):
        wrong = known & (early.number > late.number * 1.001 + 0.05)
    if wrong.any():
        yield _finding(
            table,
            "progression_after_end",
            "error" if wrong.sum() > 0.02 * known.sum() else "warning",
            (early.name, late.name),
            wrong,
            int(known.sum()),
            f"in {int(wrong.sum())} of {int(known.sum())} rows '{early.name}' is longer than '{late.name}'",
            "see whether the two are in one unit, and which is wrong",
        )


def date_order(table: CheckedTable) -> Iterator[Finding]:
    """Look at dates that come in the wrong order."""
    dates = table.roles.dates
    done: set[tuple[str, str]] = set()
    for before, after in _ORDER:
        if before in dates and after in dates:
            first, second = table.column(dates[before]), table.column(dates[after])
            done.add((first.name, second.name))
            wrong, known = _wrong(first, second)
            if not wrong.any() or wrong.sum() > 0.6 * known.sum():
                continue
            mild = (before, after) == ("last", "death") or before == "treatment"
            yield _finding(
                table,
                "date_order",
                "warning" if mild and wrong.sum() > 0.3 * known.sum() else "error",
                (first.name, second.name),
                wrong,
                int(known.sum()),
                f"in {int(wrong.sum())} of {int(known.sum())} rows '{second.name}' is before '{first.name}'",
                "correct the dates at the source, or leave these rows out and say so",
            )
    columns = [column for column in table.columns if column.kind == "date"]
    for first in columns:
        for second in columns:
            if first is second or {(first.name, second.name), (second.name, first.name)} & done:
                continue
            wrong, known = _wrong(first, second)
            if known.sum() >= 20 and 0 < wrong.sum() <= (1 - _ALMOST_ALWAYS) * known.sum():
                before_baseline = date_kind(first.name) in _BASELINE and date_kind(second.name) in _OUTCOME
                yield _finding(
                    table,
                    "date_order",
                    "error" if before_baseline else "warning",
                    (first.name, second.name),
                    wrong,
                    int(known.sum()),
                    f"'{second.name}' is before '{first.name}' in {int(wrong.sum())} of {int(known.sum())} rows only",
                    "correct the dates at the source",
                )
    yield from _ages(table)


def _wrong(first: Column, second: Column) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    known = np.isfinite(first.day) & np.isfinite(second.day)
    with np.errstate(invalid="ignore"):
        return known & (second.day < first.day), known


def _ages(table: CheckedTable) -> Iterator[Finding]:
    """Compare an age with the date of birth and that of the diagnosis."""
    age = table.of_quantity("age")
    birth, diagnosis = table.roles.dates.get("birth"), table.roles.dates.get("diagnosis")
    if age is None or birth is None or diagnosis is None:
        return
    made = (table.column(diagnosis).day - table.column(birth).day) / 365.25
    known = age.valid & np.isfinite(made)
    with np.errstate(invalid="ignore"):
        wrong = known & (np.abs(made - age.number) > 1.6)
    if 0 < wrong.sum() <= 0.5 * known.sum():
        yield _finding(
            table,
            "age_against_dates",
            "error",
            (age.name, birth, diagnosis),
            wrong,
            int(known.sum()),
            f"in {int(wrong.sum())} of {int(known.sum())} rows the age is not that between the two dates",
            "see which of the three is wrong",
        )


def _finding(
    table: CheckedTable,
    check: str,
    severity: Severity,
    columns: tuple[str, ...],
    rows: NDArray[np.bool_],
    total: int,
    what: str,
    mend: str,
) -> Finding:
    return Finding(check, severity, columns, what, mend, int(rows.sum()), total, table.rows(rows))
