"""Rows that are there twice: whole, or but for the id or one cell; and patients on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.row_keys import cell_keys, surprise
from fyr.learn.checks.table import CheckedTable

__all__ = ["duplicate_rows", "other_table", "split_overlap"]

_MOST_CELLS: Final = 40_000_000
"""Beyond it rows that are equal but for one cell are not looked for."""
_CHANCE: Final = 0.02
"""How many equal rows chance may give a row before an equal one says nothing."""
_CHANCE_OF_NEAR: Final = 0.001
"""The same for rows that are equal but for one cell, which are looked for once a column."""
_MOST_NEAR: Final = 0.05
"""More rows like another one but for a cell than this share are what the table is like: visits, or a panel."""
_OF_TWO: Final = 0.3
"""Share of its surprise that a column of two values keeps where rows need not be equal in all columns."""
_CORRELATED: Final = 0.55
"""Share of the surprise of independent columns that real ones, which hang together, have left."""
_CROWDED: Final = 0.5
"""Where as many pairs are equal but for one cell, equality is what this table is like, not a mistake."""


def duplicate_rows(table: CheckedTable) -> Iterator[Finding]:
    """Find rows that are there twice within the table: whole, or but for one cell."""
    columns = _content(table)
    if len(columns) < 2 or len(table) < 5:
        return
    cells = cell_keys(columns)
    whole = cells.sum(axis=0, dtype=np.uint64)
    weight = surprise(columns)
    twice = _seen_before(whole)
    clear = twice & (_chance(weight.sum(axis=0), len(table)) < _CHANCE)
    if clear.any() and clear.sum() >= 0.3 * twice.sum() and _crowd(cells, whole) < _CROWDED * clear.sum() + 1:
        patient = table.roles.patient
        same = patient is not None and bool(
            _seen_before(whole + table.column(patient).code.astype(np.uint64))[clear].all()
        )
        but = "" if same or patient is None else f", but for {patient}"
        yield Finding(
            "duplicate_rows",
            "warning" if _repeated_measures(table) else "error",
            tuple(column.name for column in columns[:3]),
            f"{int(clear.sum())} rows are equal to an earlier one in all of {len(columns)} columns{but}"
            + _pair(table, clear, whole),
            "keep one of each; a patient counted twice makes every interval too narrow",
            int(clear.sum()),
            len(table),
            table.rows(clear),
        )
    if cells.size > _MOST_CELLS or len(columns) < 5 or _repeated_measures(table):
        return
    near = np.zeros(len(table), dtype=np.bool_)
    careful = _careful(columns, weight)
    total = careful.sum(axis=0)
    said = ""
    for cell, one in zip(cells, careful, strict=True):
        found = _seen_before(whole - cell) & (_chance(total - one, len(table)) < _CHANCE_OF_NEAR) & ~twice
        said = said or _pair(table, found, whole - cell)
        near |= found
    if near.any() and near.sum() <= _MOST_NEAR * len(table):
        yield Finding(
            "almost_duplicate_rows",
            "warning",
            tuple(column.name for column in columns[:3]),
            f"{int(near.sum())} rows are equal to an earlier one in all of {len(columns)} columns but one{said}",
            "see whether they are one patient, entered twice",
            int(near.sum()),
            len(table),
            table.rows(near),
        )


def _pair(table: CheckedTable, rows: NDArray[np.bool_], keys: NDArray[np.uint64]) -> str:
    """Name the first of some rows and the earlier one that it is equal to."""
    if not rows.any():
        return ""
    place = int(np.flatnonzero(rows)[0])
    earlier = int(np.flatnonzero(keys == keys[place])[0])
    return f", such as row {int(table.row[place])} to row {int(table.row[earlier])}"


def split_overlap(table: CheckedTable) -> Iterator[Finding]:
    """Find patients in both parts of a split."""
    if table.roles.split is None:
        return
    split = table.column(table.roles.split)
    sides = split.code
    patient = table.roles.patient
    if patient is not None:
        codes = table.column(patient).code
        if table.hospital is not None:
            hospital = np.unique(table.hospital.astype(str), return_inverse=True)[1]
            codes = np.where(codes >= 0, codes * 100_003 + hospital, -1)
        rows = _on_both_sides(codes.astype(np.uint64), sides) & (codes >= 0)
        if rows.any() and not _restarts(table.column(patient), sides):
            yield _overlap(table, split, (patient,), rows, f"have an id that is in another part of '{split.name}' too")
    columns = _content(table)
    if len(columns) < 3:
        return
    cells = cell_keys(columns, figures=3)
    whole = cells.sum(axis=0, dtype=np.uint64)
    weight = surprise(columns)
    total = weight.sum(axis=0)
    rows = _on_both_sides(whole, sides) & (_chance(total, len(table)) < _CHANCE)
    if len(columns) >= 5 and cells.size <= _MOST_CELLS:
        careful = _careful(columns, weight)
        total = careful.sum(axis=0)
        for cell, one in zip(cells, careful, strict=True):
            rows |= _on_both_sides(whole - cell, sides) & (_chance(total - one, len(table)) < _CHANCE_OF_NEAR)
    if rows.any():
        names = tuple(column.name for column in columns[:3])
        yield _overlap(table, split, names, rows, "are (almost) equal to a row in another part of the split")


def other_table(table: CheckedTable) -> Iterator[Finding]:
    """Find patients of this table in the other one."""
    other = table.against
    if other is None:
        return
    yield from _shared_ids(table, other)
    names = {column.name for column in _content(other)}
    columns = [column for column in _content(table) if column.name in names]
    if len(columns) < 3:
        return
    ours, theirs = _keys_alike(columns, [other.column(column.name) for column in columns])
    whole, others = ours.sum(axis=0, dtype=np.uint64), theirs.sum(axis=0, dtype=np.uint64)
    weight = surprise(columns)
    total = weight.sum(axis=0)
    rows = np.isin(whole, others) & (_chance(total, len(other)) < _CHANCE)
    if len(columns) >= 5:
        careful = _careful(columns, weight)
        total = careful.sum(axis=0)
        for cell, same, one in zip(ours, theirs, careful, strict=True):
            rows |= np.isin(whole - cell, others - same) & (_chance(total - one, len(other)) < _CHANCE_OF_NEAR)
    if rows.any():
        yield Finding(
            "shared_patients",
            "error",
            tuple(column.name for column in columns[:3]),
            f"{int(rows.sum())} rows are equal, in all or all but one of {len(columns)} columns, to a row "
            f"of {other.name}",
            "leave these patients out of one of the two: a model is not judged on what it was trained on",
            int(rows.sum()),
            len(table),
            table.rows(rows),
        )


def _shared_ids(table: CheckedTable, other: CheckedTable) -> Iterator[Finding]:
    patient, theirs = table.roles.patient, other.roles.patient
    if patient is None or theirs is None:
        return
    column = table.column(patient)
    ids = set(other.column(theirs).levels)
    rows = np.array([cell in ids for cell in column.text.to_list()]) & ~column.missing
    counted = column.kind == "number" and float(column.values.min(initial=2)) <= 1
    if rows.any():
        yield Finding(
            "shared_ids",
            "note" if counted else "error",
            (patient,),
            f"{int(rows.sum())} rows have an id that is in {other.name} too{' (row numbers?)' if counted else ''}",
            "leave these patients out of one of the two",
            int(rows.sum()),
            len(table),
            table.rows(rows),
        )


def _careful(columns: Sequence[Column], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the surprise of each cell, less of it for columns of two values, which hang together most (one-hot)."""
    kept = np.array([_OF_TWO if len(column.levels) <= 2 else 1.0 for column in columns])[:, None]
    return np.asarray(weight * kept)


def _chance(weight: NDArray[np.float64], others: int) -> NDArray[np.float64]:
    """Return how many equal rows chance would give a row whose cells are so rare."""
    return max(1, others) * 10.0 ** (-_CORRELATED * weight)


def _crowd(cells: NDArray[np.uint64], whole: NDArray[np.uint64]) -> float:
    """Return how many rows are equal to another in all columns but one, for all columns but the worst two."""
    if cells.size > _MOST_CELLS or len(cells) < 3:
        return 0.0
    first = ~_seen_before(whole)
    counts = [int(_seen_before((whole - cell)[first]).sum()) for cell in cells]
    return float(np.sort(counts)[-3])


def _content(table: CheckedTable) -> list[Column]:
    """Return what describes a patient: no id, no row number, no constant, no split."""
    apart = {table.roles.patient, table.roles.split, table.roles.hospital}
    rows = len(table)
    return [
        column
        for column in table.columns
        if column.name not in apart
        and column.kind != "empty"
        and len(column.levels) > 1
        and not (column.kind == "number" and column.whole and len(column.distinct) == rows and _counts(column))
        and not (column.kind == "text" and len(column.levels) == rows)
    ]


def _counts(column: Column) -> bool:
    steps = np.diff(column.values)
    return bool(len(steps)) and bool((steps == 1).all())


def _seen_before(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    import polars as pl

    return np.asarray(~pl.Series(keys).is_first_distinct().to_numpy())


def _repeated_measures(table: CheckedTable) -> bool:
    patient = table.roles.patient
    return patient is not None and len(table.column(patient).levels) < 0.9 * len(table)


def _on_both_sides(keys: NDArray[np.uint64], sides: NDArray[np.int64]) -> NDArray[np.bool_]:
    known = sides >= 0
    groups, inverse = np.unique(keys, return_inverse=True)
    low = np.full(len(groups), np.iinfo(np.int64).max)
    high = np.full(len(groups), -1, dtype=np.int64)
    np.minimum.at(low, inverse[known], sides[known])
    np.maximum.at(high, inverse[known], sides[known])
    return np.asarray((low < high)[inverse] & known)


def _restarts(column: Column, sides: NDArray[np.int64]) -> bool:
    """Tell whether an id is a row number that begins again in each part."""
    if column.kind != "number" or not column.whole:
        return False
    for side in np.unique(sides[sides >= 0]):
        inside = column.number[(sides == side) & column.valid]
        if not len(inside) or inside.min() > 1 or inside.max() > 1.02 * len(inside) + 1:
            return False
    return True


def _keys_alike(columns: Sequence[Column], matching: Sequence[Column]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return keys by the same reading on both sides: as numbers only where both are."""
    ours, theirs = [], []
    for mine, other in zip(columns, matching, strict=True):
        alike = (mine.kind == "number") == (other.kind == "number")
        ours.append(mine if alike else Column(mine.name, mine.text))
        theirs.append(other if alike else Column(other.name, other.text))
    return cell_keys(ours, figures=3), cell_keys(theirs, figures=3)


def _overlap(
    table: CheckedTable, split: Column, columns: tuple[str, ...], rows: NDArray[np.bool_], what: str
) -> Finding:
    return Finding(
        "split_overlap",
        "error",
        (split.name, *columns),
        f"{int(rows.sum())} rows {what}",
        "keep every patient on one side: a model is not judged on what it was trained on",
        int(rows.sum()),
        len(table),
        table.rows(rows),
    )
