"""What was missing, and whether those whom a model refused differ from those whom it answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.cohort import Cohort
from fyr.learn.predictions import Predictions

__all__ = ["missing_table", "refused_compared"]

_FEWEST = 5
"""Rows on each side below which nothing is compared."""


def missing_table(cohort: Cohort, predictions: Predictions) -> dict[str, Any]:
    """Return how often each input was there.

    Returns
    -------
    dict
        ``rows`` and ``inputs``: for each ``name``, ``title``, ``required``, ``missing``, ``unreadable``, ``share`` (of
        rows without a usable value) and ``taken_as`` (what the model does then).
    """
    rows = len(cohort)
    return {
        "rows": rows,
        "inputs": [
            {
                "name": one.name,
                "title": one.title,
                "required": one.required,
                "in_table": one.name in cohort.columns,
                "missing": one.missing,
                "unreadable": one.unreadable,
                "share": (one.missing + one.unreadable) / rows if rows else None,
                "taken_as": one.taken_as,
            }
            for one in predictions.coverage
        ],
    }


def refused_compared(cohort: Cohort, answered: NDArray[np.bool_]) -> dict[str, Any]:
    """Compare those who were refused with those who were answered.

    Parameters
    ----------
    cohort : Cohort
    answered : ndarray of bool, shape (rows,)

    Returns
    -------
    dict
        ``answered`` and ``refused``: each with ``rows``, ``events`` and ``events_share``; ``columns``: for each column
        of numbers its mean on both sides and the ``standardised_difference`` between them (Austin 2009, Stat Med
        28:3083; 0.1 and more is worth a look). Empty columns where either side has fewer than five rows with a value.
    """
    found: dict[str, Any] = {
        "answered": _side(cohort, answered),
        "refused": _side(cohort, ~answered),
        "columns": [],
    }
    if min(int(answered.sum()), int((~answered).sum())) < _FEWEST:
        return found
    columns: Mapping[str, NDArray[Any]] = cohort.columns
    for name, column in columns.items():
        numbers = _as_numbers(column)
        if numbers is None:
            continue
        here, there = numbers[answered], numbers[~answered]
        here, there = here[np.isfinite(here)], there[np.isfinite(there)]
        if min(len(here), len(there)) < _FEWEST:
            continue
        spread = float(np.sqrt((here.var(ddof=1) + there.var(ddof=1)) / 2))
        difference = float(there.mean() - here.mean())
        found["columns"].append(
            {
                "name": name,
                "answered": float(here.mean()),
                "refused": float(there.mean()),
                "standardised_difference": difference / spread if spread > 0 else None,
            }
        )
    found["columns"].sort(key=lambda one: -abs(one["standardised_difference"] or 0.0))
    return found


def _side(cohort: Cohort, rows: NDArray[np.bool_]) -> dict[str, Any]:
    count, events = int(rows.sum()), int(cohort.outcome.event[rows].sum())
    return {"rows": count, "events": events, "events_share": events / count if count else None}


def _as_numbers(column: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return a column as numbers; text in which most cells are numbers too, ``None`` for words."""
    if column.dtype.kind == "f":
        return np.asarray(column, dtype=np.float64)
    read = np.full(len(column), np.nan)
    for row, text in enumerate(column.tolist()):
        try:
            read[row] = float(text)
        except ValueError:
            continue
    given = sum(bool(text) for text in column.tolist())
    return read if given and np.isfinite(read).sum() > 0.5 * given else None
