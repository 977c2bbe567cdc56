"""Rows whose cells have moved one column: each cell fits its neighbour's column better than its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.table import CheckedTable

__all__ = ["shifted_rows"]

_FEWEST_COLUMNS: Final = 4
_FEWEST_ROWS: Final = 20
_MISFITS: Final = 3
_MISFITS_OF_NUMBERS: Final = 4
"""Cells that must misfit where none is of another kind: numbers fit many columns."""
_MISFIT_SHARE: Final = 0.3
_MOST_LEVELS: Final = 12
_MOST_SHARE: Final = 0.2
"""More rows than this are not a slip, but what the table is like."""


def shifted_rows(table: CheckedTable) -> Iterator[Finding]:
    """Count for each row the cells that fit no other cell of their column, as they are and moved by one."""
    columns = list(table.columns)
    if len(columns) < _FEWEST_COLUMNS or len(table) < _FEWEST_ROWS or len(columns) * len(table) > 60_000_000:
        return
    profiles = [_Profile(column) for column in columns]
    own = np.sum([profile.misfits(profile.column) for profile in profiles], axis=0)
    hard = np.any([profile.hard(profile.column) for profile in profiles], axis=0)
    suspects = (own >= max(2, min(_MISFITS, round(_MISFIT_SHARE * len(columns))))) & (
        hard | (own >= _MISFITS_OF_NUMBERS)
    )
    if not suspects.any() or suspects.mean() > _MOST_SHARE:
        return
    places = np.flatnonzero(suspects)
    cells = [Column(column.name, column.cells.gather(places.tolist())) for column in columns]
    right = np.sum([profiles[at].misfits(cells[at + 1]) for at in range(len(columns) - 1)], axis=0)
    left = np.sum([profiles[at + 1].misfits(cells[at]) for at in range(len(columns) - 1)], axis=0)
    # part of a row may have moved only: cells before the place of the slip still fit
    part = np.minimum(_partly(profiles, cells, 1), _partly(profiles, cells, -1))
    better = np.minimum(np.minimum(right, left), part)
    moved = better <= own[places] / 3
    if not moved.any():
        return
    rows = places[moved]
    yield Finding(
        "shifted_rows",
        "error",
        tuple(column.name for column in columns[:4]),
        f"in {len(rows)} rows the cells fit the column beside their own ({int(own[rows].max())} of "
        f"{len(columns)} cells do not "
        "fit their own)",
        "look at these rows in the source: a cell is missing or there is one too many",
        len(rows),
        len(table),
        table.rows(rows),
    )


def _partly(profiles: list[_Profile], cells: list[Column], step: int) -> NDArray[np.float64]:
    """Return the least misfit of a row of which the cells from some column on have moved."""
    count = len(profiles)
    own = np.stack([profiles[at].misfits(cells[at]) for at in range(count)]).astype(float)
    moved = np.zeros_like(own)
    for at in range(count):
        if 0 <= at + step < count:
            moved[at] = profiles[at].misfits(cells[at + step])
    kept = np.concatenate([np.zeros((1, own.shape[1])), np.cumsum(own, axis=0)])
    after = np.concatenate([np.cumsum(moved[::-1], axis=0)[::-1], np.zeros((1, own.shape[1]))])
    return np.asarray((kept + after)[:-1].min(axis=0))


class _Profile:
    """What the cells of a column are like."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.numeric = column.kind == "number"
        self.dates = column.kind == "date"
        self.levels: NDArray[np.float64] | set[str] | None = None
        self.low = self.high = 0.0
        present = int((~column.missing).sum())
        if self.numeric:
            values, counts = np.unique(column.values, return_counts=True)
            frequent = values[counts >= max(2, 0.01 * present)]
            if len(frequent) <= _MOST_LEVELS and counts[counts >= max(2, 0.01 * present)].sum() >= 0.9 * present:
                self.levels = frequent
            low, high = (float(value) for value in np.quantile(column.values, (0.02, 0.98)))
            margin = max(high - low, 1e-9)
            self.low, self.high = low - margin, high + margin
            if low >= 0:
                self.low = max(self.low, min(0.0, float(np.quantile(column.values, 0.005))))
                if low > 0:
                    self.low = low / 3
        elif column.kind == "category" and len(column.levels) <= 40:
            self.levels = {level for level, count in column.levels.items() if count >= max(2, 0.005 * present)}

    def hard(self, cells: Column) -> NDArray[np.bool_]:
        """Tell which cells are of another kind: words among numbers, numbers among words or dates."""
        if self.numeric:
            return np.asarray(~cells.missing & ~cells.valid)
        if self.dates:
            return np.asarray(~cells.missing & ~np.isfinite(cells.day))
        mostly_words = self.column.kind != "empty" and float(self.column.valid.mean()) < 0.02
        return np.asarray(cells.valid if mostly_words else np.zeros(len(cells), dtype=np.bool_))

    def misfits(self, cells: Column) -> NDArray[np.bool_]:
        """Tell which cells do not fit this column."""
        if self.numeric:
            number = np.nan_to_num(cells.number, nan=0.0)
            wrong = ~cells.missing & ~cells.valid
            if isinstance(self.levels, np.ndarray):
                return wrong | (cells.valid & ~np.isin(number, self.levels))
            return wrong | (cells.valid & ((number < self.low) | (number > self.high)))
        if self.dates:
            return np.asarray(~cells.missing & ~np.isfinite(cells.day))
        if isinstance(self.levels, set):
            return np.asarray(~cells.missing & ~np.isin(cells.text.to_numpy().astype(str), sorted(self.levels)))
        return np.asarray(
            cells.valid if self.column.kind == "text" and not self.column.valid.any() else np.zeros(len(cells), bool)
        )
