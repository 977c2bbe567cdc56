"""What a survival regression is fitted to: columns, times and events, checked, and standardised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["SurvivalRows"]

Floats = NDArray[np.float64]
_WHERE = "survival regression"


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalRows:
    """Rows with a weight above 0.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    standard : ndarray of float64, shape (rows, columns)
        Each column less its weighted mean, divided by its weighted standard deviation.
    mean, spread : ndarray of float64, shape (columns,)
    time : ndarray of float64, shape (rows,)
    event : ndarray of bool, shape (rows,)
    weight, offset : ndarray of float64, shape (rows,)
    entry : ndarray of float64, shape (rows,), or None
    stratum : ndarray of int64, shape (rows,)
        Places in `strata`.
    strata : list
        The strata, as the caller named them.
    cluster : ndarray of int64, shape (rows,), or None
        From 0 up.
    kept : ndarray of int64, shape (rows,)
        The caller's rows.
    """

    names: tuple[str, ...]
    standard: Floats
    mean: Floats
    spread: Floats
    time: Floats
    event: NDArray[np.bool_]
    weight: Floats
    offset: Floats
    entry: Floats | None
    stratum: NDArray[np.int64]
    strata: list[Any]
    cluster: NDArray[np.int64] | None
    kept: NDArray[np.intp]

    @classmethod
    def read(
        cls,
        columns: ArrayLike,
        years: ArrayLike,
        event: ArrayLike,
        *,
        weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        entry: ArrayLike | None = None,
        strata: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> SurvivalRows:
        """Check what was given; the arguments are those of `fit_cox`.

        Raises
        ------
        BadInput
            If lengths differ, a value is not finite, a weight or time is below 0, or a row ends before it begins.
        """
        table = np.asarray(columns, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] == 0:
            raise BadInput(f"a table of shape {table.shape} has no rows and columns", where=_WHERE)
        count, width = table.shape
        called = tuple(names) if names is not None else tuple(f"column {one + 1}" for one in range(width))
        if len(called) != width:
            raise BadInput(f"{len(called)} names for {width} columns", where=_WHERE)
        if not np.isfinite(table).all():
            row, column = (int(one[0]) for one in np.nonzero(~np.isfinite(table)))
            raise BadInput(
                f"'{called[column]}' is no finite number in row {row + 1}",
                where=_WHERE,
                mend="leave such rows out, or impute and say so",
            )
        time = _numbers(years, count, "years")
        if (time < 0).any():
            raise BadInput(f"the time of row {int(np.argmax(time < 0)) + 1} is below 0", where=_WHERE)
        entered = None if entry is None else _numbers(entry, count, "entry")
        if entered is not None and (entered >= time).any():
            row = int(np.argmax(entered >= time)) + 1
            raise BadInput(f"row {row} came under observation at or after its end", where=_WHERE)
        weights = np.ones(count) if weight is None else _numbers(weight, count, "weight")
        if (weights < 0).any():
            raise BadInput(f"the weight of row {int(np.argmax(weights < 0)) + 1} is below 0", where=_WHERE)
        kept = np.flatnonzero(weights > 0)
        if not len(kept):
            raise BadInput("no row has a weight above 0", where=_WHERE)
        labels, codes = _codes(strata, count, "strata")
        clusters = None if cluster is None else _codes(_taken(cluster, kept, count), len(kept), "clusters")[1]
        offsets = np.zeros(count) if offset is None else _numbers(offset, count, "offset")
        if len(kept) < count:
            table, time, weights, offsets = (one[kept] for one in (table, time, weights, offsets))
            codes = codes[kept]
        total = float(weights.sum())
        mean = weights @ table / total
        standard = table - mean
        spread = np.sqrt(weights @ standard**2 / total)
        spread[spread <= 1e-13 * np.abs(mean)] = 1.0
        standard /= spread
        return cls(
            called,
            standard,
            mean,
            spread,
            time,
            _happened(event, count)[kept],
            weights,
            offsets,
            None if entered is None else entered[kept],
            codes,
            labels,
            clusters,
            kept,
        )


def _numbers(values: ArrayLike, rows: int, name: str) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (rows,):
        raise BadInput(f"'{name}' has shape {column.shape} where {rows} rows belong", where=_WHERE)
    if not np.isfinite(column).all():
        row = int(np.argmax(~np.isfinite(column))) + 1
        raise BadInput(f"'{name}' is no finite number in row {row}", where=_WHERE, mend="leave such rows out")
    return column


def _happened(event: ArrayLike, rows: int) -> NDArray[np.bool_]:
    column = _numbers(event, rows, "event")
    if not np.isin(column, (0.0, 1.0)).all():
        row = int(np.argmax(~np.isin(column, (0.0, 1.0)))) + 1
        raise BadInput(f"'event' of row {row} is {column[row - 1]:g}", where=_WHERE, mend="say 1 for the event, else 0")
    return column > 0


def _taken(values: ArrayLike, kept: NDArray[np.intp], rows: int) -> ArrayLike:
    column = np.asarray(values)
    if column.shape != (rows,):
        raise BadInput(f"clusters have shape {column.shape} where {rows} rows belong", where=_WHERE)
    return column[kept]


def _codes(values: ArrayLike | None, rows: int, name: str) -> tuple[list[Any], NDArray[np.int64]]:
    if values is None:
        return [0], np.zeros(rows, np.int64)
    column = np.asarray(values)
    if column.shape != (rows,):
        raise BadInput(f"{name} have shape {column.shape} where {rows} rows belong", where=_WHERE)
    labels, codes = np.unique(column, return_inverse=True)
    return labels.tolist(), codes.astype(np.int64)
