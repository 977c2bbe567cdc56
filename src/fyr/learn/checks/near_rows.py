"""Patients on both sides of a split, measured again or blurred: rows far nearer to each other than rows ever are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.shape import ranked
from fyr.learn.checks.table import CheckedTable

__all__ = ["near_rows_of_split", "near_rows_of_table"]

_FEWEST_COLUMNS: Final = 5
"""Continuous columns; in fewer dimensions strangers come close by chance."""
_FEWEST_ROWS: Final = 30
_MOST_ROWS: Final = 4_000
_FEWEST_DISTINCT: Final = 15
_NEAR: Final = 0.25
"""Of the distance that one row in fifty comes to its neighbour within its own side."""
_FRACTION: Final = 0.02


def near_rows_of_split(table: CheckedTable) -> Iterator[Finding]:
    """Compare the rows of each part of a split with those of the others."""
    if table.roles.split is None:
        return
    split = table.column(table.roles.split)
    columns = _continuous(table)
    if len(columns) < _FEWEST_COLUMNS:
        return
    places = _complete(columns)
    cells = _ranks([column.number[places] for column in columns])
    sides = split.code[places]
    largest = int(np.bincount(sides[sides >= 0]).argmax()) if (sides >= 0).any() else -1
    inside, outside = sides == largest, (sides >= 0) & (sides != largest)
    near = _near(cells[:, inside], cells[:, outside])
    if near is not None and near.any():
        rows = places[np.flatnonzero(outside)[near]]
        yield _finding(
            table, (split.name, *(column.name for column in columns[:3])), rows, f"another part of '{split.name}'"
        )


def near_rows_of_table(table: CheckedTable) -> Iterator[Finding]:
    """Compare the rows with those of the other table."""
    other = table.against
    if other is None:
        return
    theirs = {column.name for column in _continuous(other)}
    columns = [column for column in _continuous(table) if column.name in theirs]
    if len(columns) < _FEWEST_COLUMNS:
        return
    matching = [other.column(column.name) for column in columns]
    ours, others = _complete(columns), _complete(matching)
    cells = _ranks(
        [
            np.concatenate([column.number[ours], match.number[others]])
            for column, match in zip(columns, matching, strict=True)
        ]
    )
    near = _near(cells[:, len(ours) :], cells[:, : len(ours)])
    if near is not None and near.any():
        yield _finding(table, tuple(column.name for column in columns[:3]), ours[near], other.name)


def _continuous(table: CheckedTable) -> list[Column]:
    return [column for column in table.numbers(_FEWEST_ROWS) if len(column.distinct) >= _FEWEST_DISTINCT]


def _complete(columns: Sequence[Column]) -> NDArray[np.intp]:
    places = np.flatnonzero(np.all([column.valid for column in columns], axis=0))
    return places if len(places) <= _MOST_ROWS else np.sort(np.random.default_rng(0).permutation(places)[:_MOST_ROWS])


def _ranks(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return each column as ranks from 0 to 1, so that no unit and no tail weighs more."""
    return np.stack([ranked(values) / max(1, len(values)) for values in columns])


def _near(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Tell which rows outside are far nearer to one inside than rows inside are to each other."""
    if inside.shape[1] < _FEWEST_ROWS or outside.shape[1] < 2:
        return None
    own = _distance(inside, inside, alone=True)
    own = own[own > 0]
    if len(own) < _FEWEST_ROWS:
        return None
    nearest = _distance(outside, inside, alone=False)
    return np.asarray(
        (nearest > 0) & (nearest < _NEAR * float(np.quantile(own, _FRACTION)))
    )  # 0: equal, said elsewhere


def _distance(rows: NDArray[np.float64], to: NDArray[np.float64], *, alone: bool) -> NDArray[np.float64]:
    """Return the distance of each row to the nearest of the others (mean absolute difference of ranks)."""
    nearest = np.empty(rows.shape[1])
    for place in range(rows.shape[1]):
        apart = np.abs(to - rows[:, place : place + 1]).mean(axis=0)
        if alone:
            apart[place] = np.inf
        nearest[place] = apart.min()
    return nearest


def _finding(table: CheckedTable, columns: tuple[str, ...], rows: NDArray[np.intp], where: str) -> Finding:
    return Finding(
        "blurred_overlap",
        "error" if len(rows) > 1 else "warning",
        columns,
        f"{len(rows)} rows are nearer to a row of {where} than two patients are: the same patients, "
        "blurred or measured again",
        "keep every patient on one side: a model is not judged on what it was trained on",
        len(rows),
        len(table),
        table.rows(rows),
    )
