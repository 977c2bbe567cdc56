"""Categories that one hospital codes otherwise, and columns that one hospital does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.table import CheckedTable

__all__ = ["empty_in_hospital", "hospital_coding"]

_MOST_LEVELS: Final = 6
_FEWEST: Final = 15
_COMMON: Final = 0.10
"""A code this frequent on one side and absent on the other is coded otherwise, not rare."""
_IMPLAUSIBLE: Final = 1e-5
_FILLED_ELSEWHERE: Final = 0.5
_SEVERAL: Final = 3
"""With more hospitals than this that lack columns, one finding says it for all."""


def hospital_coding(table: CheckedTable) -> Iterator[Finding]:
    """Compare the codes of each hospital with those of all others."""
    for column in table.columns:
        if (
            column.name in (table.roles.hospital, table.roles.patient)
            or not 2 <= len(column.levels) <= 3 * _MOST_LEVELS
        ):
            continue
        if column.kind == "number" and not column.whole:
            continue
        for hospital, rows in table.hospitals.items():
            finding = _compared(table, column, hospital, rows)
            if finding is not None:
                yield finding
                break


def _compared(table: CheckedTable, column: Column, hospital: str, rows: NDArray[np.bool_]) -> Finding | None:
    here, there = rows & ~column.missing, ~rows & ~column.missing
    if here.sum() < _FEWEST or there.sum() < _FEWEST:
        return None
    ours, theirs = _shares(column, here), _shares(column, there)
    if not 2 <= len(ours) <= _MOST_LEVELS or not 2 <= len(theirs) <= 2 * _MOST_LEVELS:
        return None
    only_here = {code for code, share in ours.items() if code not in theirs and share >= _COMMON}
    only_there = {code for code, share in theirs.items() if code not in ours and share >= _COMMON}
    if not only_here or not only_there:
        return None
    absent = min((1 - theirs[code]) ** float(here.sum()) for code in only_there)
    numeric = column.kind == "number"
    if absent > _IMPLAUSIBLE or (numeric and len(set(ours) | set(theirs)) > _MOST_LEVELS):
        return None
    if not numeric and set(ours) & set(theirs) and len(ours) > 3:
        return None  # another case mix, with some categories in common
    name = {code: column.show(int(np.flatnonzero(_codes(column) == code)[0])) for code in only_here | only_there}
    return Finding(
        "coding_by_hospital",
        "error",
        (column.name,),
        f"{hospital} uses {', '.join(name[code] for code in sorted(only_here))} and never "
        f"{', '.join(name[code] for code in sorted(only_there))}, which all others use",
        "find this hospital's list of codes and translate it",
        int(here.sum()),
        int(rows.sum()),
        table.rows(here),
        hospital,
    )


def _codes(column: Column) -> NDArray[np.int64]:
    """Return a code for each category; 1 and 1.0 are one, however they are written."""
    if column.kind == "number" and bool((column.valid | column.missing).all()):
        return np.where(column.valid, np.nan_to_num(column.number), -1e9).astype(np.int64)
    return column.code


def _shares(column: Column, rows: NDArray[np.bool_]) -> dict[int, float]:
    codes, counts = np.unique(_codes(column)[rows], return_counts=True)
    return {int(code): float(count / counts.sum()) for code, count in zip(codes, counts, strict=True)}


def empty_in_hospital(table: CheckedTable) -> Iterator[Finding]:
    """Find columns that are empty in one hospital and mostly filled in elsewhere."""
    empty = [column.name for column in table.columns if column.kind == "empty"]
    if empty:
        yield Finding(
            "empty_column",
            "note",
            tuple(empty),
            f"{len(empty)} columns are empty",
            "leave them out",
            len(table),
            len(table),
        )
    lacking = {
        hospital: names
        for hospital, rows in table.hospitals.items()
        if rows.sum() >= _FEWEST and (names := _lacking(table, rows))
    }
    if len(lacking) > _SEVERAL:
        shown = "; ".join(f"{hospital}: {', '.join(names[:3])}" for hospital, names in lacking.items())
        yield Finding(
            "empty_in_hospital",
            "warning",
            tuple(dict.fromkeys(name for names in lacking.values() for name in names)),
            f"{len(lacking)} hospitals lack columns that are mostly filled in elsewhere ({shown})",
            "models that need them cannot be judged there; do not fill them in with a constant",
            int(sum(table.hospitals[hospital].sum() for hospital in lacking)),
            len(table),
        )
        return
    for hospital, names in lacking.items():
        rows = table.hospitals[hospital]
        yield Finding(
            "empty_in_hospital",
            "warning",
            tuple(names),
            f"{len(names)} column{'s are' if len(names) > 1 else ' is'} empty in {hospital} and mostly "
            "filled in elsewhere",
            "models that need them cannot be judged there; do not fill them in with a constant",
            int(rows.sum()),
            int(rows.sum()),
            table.rows(rows),
            hospital,
        )


def _lacking(table: CheckedTable, rows: NDArray[np.bool_]) -> list[str]:
    return [
        column.name
        for column in table.columns
        if column.kind != "empty"
        and bool(column.missing[rows].all())
        and float((~column.missing[~rows]).mean()) > _FILLED_ELSEWHERE
    ]
