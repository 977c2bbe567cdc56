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
_FEWEST_FIGURES: Final = 20


def identities(table: CheckedTable) -> Iterator[Finding]:
    """Look at the column of ids, within and between hospitals."""
    if table.roles.patient is None:
        return
    column = table.column(table.roles.patient)
    codes = column.code
    yield from _missing(table, column)
    yield from _zeros_lost(table, column)
    yield from _written_otherwise(table, column)
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


def _zeros_lost(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Find ids of figures that are shorter than the others, which begin with 0: a spreadsheet took them for numbers."""
    if column.typed:
        return
    figures = np.asarray(column.text.str.contains(r"^\d+$").to_numpy()) & ~column.missing
    if figures.sum() < _FEWEST_FIGURES or figures.sum() < 0.9 * (~column.missing).sum():
        return
    length = np.asarray(column.text.str.len_chars().to_numpy()).astype(np.int64)
    zero = figures & np.asarray(column.text.str.starts_with("0").to_numpy())
    usual = int(np.bincount(length[figures]).argmax())
    shorter = figures & (length < usual) & ~zero
    padded = zero & (length == usual)
    if padded.sum() < 2 or not shorter.any() or (figures & (length > usual)).any() or shorter.mean() > 0.5:
        return
    place = int(np.flatnonzero(shorter)[0])
    yield Finding(
        "ids_without_zeros",
        "warning",
        (column.name,),
        f"{int(shorter.sum())} ids are shorter than the {usual} figures of the others, of which {int(padded.sum())} "
        f"begin with 0: '{column.show(place)}' was '{column.show(place).zfill(usual)}' before a program read it as a "
        "number",
        f"export the ids again as text, or fill them up with zeros to {usual} figures",
        int(shorter.sum()),
        int(figures.sum()),
        table.rows(shorter),
    )


def _written_otherwise(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Find ids that are equal but for case, blanks and leading zeros, and not written alike."""
    import polars as pl

    if column.typed and column.cells.dtype.is_numeric():
        return
    raw = column.cells.cast(pl.String).fill_null("")
    folded = raw.str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " ")
    folded = folded.str.replace_all(r"(^|\D)0+(\d)", "${1}${2}").str.replace(r"^(\d+)\.0$", "${1}")
    frame = pl.DataFrame({"raw": raw, "folded": folded, "place": np.arange(len(raw)), "hospital": _places(table)})
    frame = frame.filter(pl.Series(~column.missing))
    first = pl.col("raw").sort_by("place").first().over(["folded", "hospital"])
    odd = frame.with_columns(first.alias("first")).filter(pl.col("raw") != pl.col("first"))
    if odd.is_empty() or odd.height > _FEW_REPEATS * frame.height:
        return  # so many are another way of numbering
    rows = np.sort(odd["place"].to_numpy())
    one = odd.sort("place").row(0, named=True)
    written = np.asarray((raw == one["first"]).to_numpy())
    earlier = int(np.flatnonzero(written)[0])
    yield Finding(
        "repeated_ids",
        "error",
        (column.name,),
        f"{len(rows)} rows have an id that is there before, written in another way: '{one['raw']}' and, in row "
        f"{int(table.row[earlier])}, '{one['first']}'",
        "write each id one way, and keep one row a patient",
        len(rows),
        frame.height,
        table.rows(rows),
    )


def _places(table: CheckedTable) -> list[str]:
    return [""] * len(table) if table.hospital is None else table.hospital.astype(str).tolist()


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
