"""Scores that are a weighted sum of other columns, but for some rows or one hospital, where a term is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import step_of
from fyr.learn.checks.table import CheckedTable

__all__ = ["linear_scores"]

Numbers = NDArray[np.float64]
Rows = NDArray[np.bool_]

_FEWEST: Final = 60
_FEWEST_DISTINCT: Final = 20
_ROWS_A_TERM: Final = 8
_MOST_COLUMNS: Final = 20
_MOST_TERMS: Final = 8
_FILLED: Final = 0.8
_MOST_BROKEN: Final = 0.45
_KEPT: Final = 0.7
"""Share of rows, those nearest to the fit, that the next fit is made of, where no hospital is to blame."""
_ROUNDS: Final = 12
_FINE: Final = 20.0
"""The score varies at least this many times its rounding, or chance would fit it."""


def linear_scores(table: CheckedTable) -> Iterator[Finding]:
    """Find columns that are exactly a weighted sum of at least two others in most rows, and the rows that break it."""
    apart = {*table.roles.times, *table.roles.events}
    columns = [
        column
        for column in table.numbers(_FEWEST)
        if column.name not in apart and column.valid.mean() >= _FILLED and len(column.distinct) > 1
    ][:_MOST_COLUMNS]
    targets = sorted(
        (one for one in columns if len(one.distinct) >= _FEWEST_DISTINCT), key=lambda one: -len(one.distinct)
    )
    explained: set[str] = set()
    for target in targets:
        if target.name not in explained and len(columns) > 2:
            found = _relation(table, target, [one for one in columns if one is not target])
            if found is not None:
                explained |= set(found.columns)
                yield found


def _relation(table: CheckedTable, target: Column, others: list[Column]) -> Finding | None:
    known = target.valid & np.all([one.valid for one in others], axis=0)
    if known.sum() < max(_FEWEST, _ROWS_A_TERM * (len(others) + 1)):
        return None
    slack = _slack(target)
    if float(target.number[known].std()) < _FINE * slack:
        return None
    starts = [known & ~rows for rows in table.hospitals.values()]
    starts = [rows for rows in starts if (1 - _MOST_BROKEN) * known.sum() <= rows.sum() < known.sum()]
    weights, fitted = _fit(target, others, known)
    if _exact(target, fitted, known, slack):
        return None  # always so
    for rows in [*starts, _nearest(target, others, known, fitted)]:
        weights, fitted = _fit(target, others, rows)
        if not _exact(target, fitted, rows, slack):
            continue
        terms = [
            one
            for one, weight in zip(others, weights[:-1], strict=True)
            if abs(weight) * float(one.number[rows].std()) > 2 * slack
        ]
        if not 2 <= len(terms) <= _MOST_TERMS:
            continue
        weights, fitted = _fit(target, terms, rows)
        wide = target.valid & np.all([one.valid for one in terms], axis=0)
        wrong = wide & (np.abs(target.number - fitted) > 4 * slack)
        if not _exact(target, fitted, rows, slack) or not 0 < wrong.sum() <= _MOST_BROKEN * wide.sum():
            continue
        hospital = next(
            (
                name
                for name, inside in table.hospitals.items()
                if (wrong & inside).sum() > 0.9 * max(1, (wide & inside).sum()) and inside[wrong].mean() >= 0.9
            ),
            None,
        )
        culprit = _culprit(target, terms, weights, fitted, wrong)
        if hospital or culprit:  # else a score with steps, which a sum fits where they are level
            return _finding(table, target, terms, weights, wide, wrong, hospital, culprit)
    return None


def _fit(target: Column, others: list[Column], rows: Rows) -> tuple[Numbers, Numbers]:
    """Return the weights (the constant last) that least squares give in some rows, and the sum for every row."""
    scale = np.array([max(float(one.number[rows].std()), 1e-12) for one in others])
    design = np.column_stack(
        [*(one.number / size for one, size in zip(others, scale, strict=True)), np.ones(len(rows))]
    )
    weights = np.linalg.lstsq(design[rows], target.number[rows], rcond=1e-10)[0]
    return np.append(weights[:-1] / scale, weights[-1]), np.asarray(design @ weights)


def _slack(target: Column) -> float:
    return 0.51 * step_of(target.values) + 1e-6 * float(np.abs(target.values).max())


def _exact(target: Column, fitted: Numbers, rows: Rows, slack: float) -> bool:
    return bool((np.abs(target.number - fitted)[rows] <= 2 * slack).all())


def _nearest(target: Column, others: list[Column], known: Rows, fitted: Numbers) -> Rows:
    rows = known
    for _ in range(_ROUNDS):
        residual = np.where(known, np.abs(target.number - fitted), np.inf)
        nearest = np.argsort(residual, kind="stable")[: int(_KEPT * known.sum())]
        rows = np.zeros(len(known), dtype=np.bool_)
        rows[nearest] = True
        _, fitted = _fit(target, others, rows)
    return rows


def _finding(
    table: CheckedTable,
    target: Column,
    terms: list[Column],
    weights: Numbers,
    known: Rows,
    wrong: Rows,
    hospital: str | None,
    culprit: str,
) -> Finding:
    formula = " + ".join(f"{weight:.3g} x {one.name}" for one, weight in zip(terms, weights[:-1], strict=True))
    formula += f" + {weights[-1]:.3g}" if abs(weights[-1]) > 2 * _slack(target) else ""
    return Finding(
        "derived_column",
        "error",
        (target.name, *(one.name for one in terms)),
        f"'{target.name}' is {formula} in {int((known & ~wrong).sum())} of {int(known.sum())} rows, but not in "
        f"{int(wrong.sum())}{f' of {hospital}' if hospital else ''}{culprit}",
        f"see which column is in another unit in these rows, and compute '{target.name}' again",
        int(wrong.sum()),
        int(known.sum()),
        table.rows(wrong),
        hospital,
    )


def _culprit(target: Column, terms: list[Column], weights: Numbers, fitted: Numbers, wrong: Rows) -> str:
    """Say which term alone, multiplied by one number, explains the rows."""
    gap = (target.number - fitted)[wrong]
    for one, weight in zip(terms, weights[:-1], strict=True):
        part = weight * one.number[wrong]
        used = np.abs(part) > 4 * _slack(target)
        if used.sum() < 0.8 * wrong.sum():
            continue
        times = 1 + float(np.median(gap[used] / part[used]))
        rest = np.abs(gap - (times - 1) * part) <= 4 * _slack(target) + 0.02 * np.abs(part)
        if rest.mean() >= 0.9 and times > 0:
            size = f"{1 / times:.3g} times smaller" if times < 1 else f"{times:.3g} times larger"
            return f", where the part of '{one.name}' is {size}"
    return ""
