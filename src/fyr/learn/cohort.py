"""A cohort: patients of one or more hospitals, what was known of them at baseline, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.outcome import Outcome

__all__ = ["Cohort"]

Column = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Rows of patients as columns.

    Parameters
    ----------
    source : str
        Where the rows came from, as a person names it.
    patient : ndarray of str (object), shape (rows,)
        ``HOSPITAL/ID``: two hospitals' ids never collide. Rows of one patient stay together in every split and
        resample.
    hospital : ndarray of str (object), shape (rows,)
    columns : mapping of str to ndarray, each of shape (rows,)
        By the name of the model's input: float64 with NaN where missing, or text (object) with ``""`` where missing.
    outcome : Outcome
    groups : mapping of str to ndarray of str (object), each of shape (rows,)
        What results are given by, besides the hospital; ``""`` where unknown.
    row : ndarray of int64, shape (rows,)
        The row of the file that each row came from, as a person finds it.
    notes : tuple of str
        What a reader must know: rows that were left out, and why.

    Raises
    ------
    BadInput
        If a column differs in length.
    """

    source: str
    patient: NDArray[Any]
    hospital: NDArray[Any]
    columns: Mapping[str, Column]
    outcome: Outcome
    groups: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    row: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = len(self.patient)
        several = {"hospital": self.hospital, "outcome": self.outcome.event, **self.columns, **self.groups}
        for name, column in several.items():
            if len(column) != rows:
                raise BadInput(f"'{name}' has {len(column)} rows, the patients {rows}", where=self.source)

    def __len__(self) -> int:
        return len(self.patient)

    @property
    def hospitals(self) -> tuple[str, ...]:
        """The hospitals, in alphabetical order."""
        return tuple(sorted(set(self.hospital.tolist())))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Cohort:
        """Return some rows: their places, or a mask."""
        return Cohort(
            self.source,
            self.patient[rows],
            self.hospital[rows],
            {name: column[rows] for name, column in self.columns.items()},
            self.outcome.take(rows),
            {name: column[rows] for name, column in self.groups.items()},
            None if self.row is None else self.row[rows],
            self.notes,
        )
