"""A column of categories: small codes inside, text outside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Categories", "looked_up"]


class Categories(np.ndarray[Any, np.dtype[np.int8]]):
    """Codes into a list of categories, compared by the categories' own text; -1 where the value is missing.

    >>> column = Categories.of([0, 2, -1], ("A", "B", "C"))
    >>> column == "C"
    array([False,  True, False])
    >>> column.tolist()
    ['A', 'C', '']
    """

    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, codes: NDArray[Any] | Sequence[int], categories: Sequence[str]) -> Categories:
        """Make a column.

        Parameters
        ----------
        codes : array of int, shape (rows,)
        categories : sequence of str
            At most 127.
        """
        column = np.asarray(codes, dtype=np.int8).view(cls)
        column.categories = tuple(categories)
        return column

    def __array_finalize__(self, made_from: Any) -> None:
        """Keep the categories when a part of the column is taken."""
        self.categories = getattr(made_from, "categories", ())

    @property
    def codes(self) -> NDArray[np.int8]:
        """The codes alone."""
        return self.view(np.ndarray)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is no value."""
        return self.codes < 0

    def __eq__(self, other: object) -> Any:
        if isinstance(other, str):
            return self.codes == self._code(other)
        return np.array(self.tolist()) == other

    def __ne__(self, other: object) -> Any:
        return ~(self == other)

    __hash__: ClassVar[None] = None

    def __getitem__(self, rows: Any) -> Any:
        """Return the rows as a column, or one row's text."""
        part = super().__getitem__(rows)
        return part if isinstance(part, np.ndarray) else (*self.categories, "")[int(part)]

    def tolist(self) -> Any:
        """Return the text of each row, empty where the value is missing."""
        words = (*self.categories, "")
        return [words[code] for code in self.codes.tolist()]

    def _code(self, category: str) -> int:
        if not category:
            return -1
        return self.categories.index(category) if category in self.categories else len(self.categories)


def looked_up(column: NDArray[Any], values: Mapping[str, float], missing: float = math.nan) -> NDArray[np.float64]:
    """Give each category its number.

    Parameters
    ----------
    column : Categories, shape (rows,)
    values : mapping of str to float
        A number for every category.
    missing : float
        The number where the value is missing.

    Raises
    ------
    KeyError
        If a category has no number.

    Examples
    --------
    >>> looked_up(Categories.of([0, 1, 1], ("part-solid", "solid")), {"solid": 0.0, "part-solid": 0.377})
    array([0.377, 0.   , 0.   ])
    """
    if not isinstance(column, Categories):
        raise TypeError(f"a column of {column.dtype} has no categories")
    table = np.array([*(values[category] for category in column.categories), missing], dtype=np.float64)
    return table[column.codes]
