"""Patients' ids: the same one twice, and the same one in two hospitals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.table import CheckedTable

__all__ = ["identities"]

_FEW_REPEATS: Final = 0.1
"""Up to this share of rows with an id that is there before are taken for a mistake; more is a table of visits."""
_FEWEST_COLLISIONS: Final = 3


def identities(table: CheckedTable) -> Iterator[Finding]:
    """Look at the column of ids, within and between hospitals."""
    if table.roles.patient is None:
        return
    column = table.column(table.roles.patient)
    codes = column.code
    yield from _missing(table, column)
    if table.hospital is not None:
        hospital = np.unique(table.hospital.astype(str), return_inverse=True)[1]
        known = (codes >= 0) & (table.hospital != "")
        yield from _collisions(table, column, codes, hospital, known)
        within = codes * (int(hospital.max()) + 1) + hospital
        yield from _repeats(table, column, np.where(codes >= 0, within, -1), " within one hospital")
    else:
        yield from _repeats(table, column, codes, "")


def _missing(table: CheckedTable, column: Column) -> Iterator[Finding]:
    if column.missing.any():
        yield Finding(
            "missing_ids",
            "error" if column.missing.mean() < 0.5 else "warning",
            (column.name,),
            f"{int(column.missing.sum())} rows have no id",
            "give every row its patient's id",
            int(column.missing.sum()),
            len(table),
            table.rows(column.missing),
        )


def _collisions(
    table: CheckedTable,
    column: Column,
    codes: NDArray[np.int64],
    hospital: NDArray[np.intp],
    known: NDArray[np.bool_],
) -> Iterator[Finding]:
    pairs = np.unique(np.stack([codes[known], hospital[known]], axis=1), axis=0)
    ids, hospitals = np.unique(pairs[:, 0], return_counts=True)
    shared = ids[hospitals > 1]
    if len(shared) < _FEWEST_COLLISIONS:
        return
    rows = np.isin(codes, shared) & known
    visits = len(ids) < 0.5 * known.sum() and not table.sheets
    counted = column.kind == "number" and column.whole and float(column.values.min()) <= 1
    numbers = ", row numbers from 1 in several of them" if counted else ""
    yield Finding(
        "colliding_ids",
        "warning" if visits and len(pairs) < 1.2 * len(ids) else "error",
        (column.name,),
        f"{len(shared)} ids are in several hospitals{numbers}: {int(rows.sum())} rows would be joined to "
        "other patients",
        "name patients by hospital and id together (hospital: in the mapping), and never join on the id alone",
        int(rows.sum()),
        len(table),
        table.rows(rows),
    )


def _repeats(table: CheckedTable, column: Column, codes: NDArray[np.int64], where: str) -> Iterator[Finding]:
    places = np.flatnonzero(codes >= 0)
    _, first = np.unique(codes[places], return_index=True)
    repeated = np.zeros(len(codes), dtype=np.bool_)
    repeated[places] = True
    repeated[places[first]] = False
    if not repeated.any():
        return
    share = float(repeated.sum() / max(1, len(places)))
    example = column.show(int(np.flatnonzero(repeated)[0]))
    if share <= _FEW_REPEATS:
        yield Finding(
            "repeated_ids",
            "error",
            (column.name,),
            f"{int(repeated.sum())} rows have an id that is there before{where}, such as '{example}'",
            "keep one row a patient, or say that rows are visits",
            int(repeated.sum()),
            len(table),
            table.rows(repeated),
        )
    else:
        yield Finding(
            "repeated_ids",
            "note",
            (column.name,),
            f"{len(first)} ids on {len(places)} rows: the rows are visits or measurements, not patients",
            "split and resample by patient, never by row",
            int(repeated.sum()),
            len(table),
            table.rows(repeated),
        )
