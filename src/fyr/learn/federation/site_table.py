"""The rows of one hospital as a federated study sees them: named columns of numbers or of text, all of one length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["SiteTable"]


@dataclass(frozen=True, slots=True, eq=False)
class SiteTable:
    """Columns; a missing number is NaN, a missing text is "".

    Parameters
    ----------
    site : str
        The hospital's name in the study.
    columns : mapping of str to ndarray
        float64 or object (str), each of shape (rows,).
    units : mapping of str to str
        By column, where the site says so; a column that is not named has no known unit.
    """

    site: str
    columns: Mapping[str, NDArray[Any]]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def digest(self) -> str:
        """Return the SHA-256 of the columns, in hexadecimal digits."""
        import hashlib

        seen = hashlib.sha256(str(self.rows).encode())
        for name in sorted(self.columns):
            column = self.columns[name]
            words = column.dtype.kind not in "fiub"
            held = "\0".join(map(str, column.tolist())).encode() if words else np.asarray(column, "<f8").tobytes()
            seen.update(f"\n{name}\n{len(held)}\n".encode())
            seen.update(held)
        return seen.hexdigest()

    def column(self, name: str) -> NDArray[Any]:
        """Return a column.

        Raises
        ------
        BadInput
            If the site has no such column.
        """
        if name not in self.columns:
            near = ", ".join(sorted(self.columns))
            raise BadInput(f"there is no column '{name}'", where=self.site, mend=f"its columns are {near}")
        return self.columns[name]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers.

        Raises
        ------
        BadInput
            If there is no such column, or it holds text.
        """
        column = self.column(name)
        if column.dtype.kind not in "fiub":
            raise BadInput(f"column '{name}' holds text, where numbers are needed", where=self.site)
        return np.asarray(column, dtype=np.float64)

    def taking(self, keep: NDArray[np.bool_]) -> SiteTable:
        """Return the rows of a mask."""
        return SiteTable(self.site, {name: column[keep] for name, column in self.columns.items()}, self.units)

    def complete(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Return which rows have a value in each of some columns; shape (rows,)."""
        keep = np.ones(self.rows, dtype=np.bool_)
        for name in names:
            column = self.column(name)
            keep &= ~np.isnan(column.astype(np.float64)) if column.dtype.kind in "fiub" else column != ""
        return keep
