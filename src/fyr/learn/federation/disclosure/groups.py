"""Which of a site's rows an answer is about, and in which groups they were summed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable

__all__ = ["MASK", "Group", "Summed", "numbers_sent", "parameters", "summed"]

MASK: Final = "$mask"
"""The part of a question that is about masks, and no concern of the site's work."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rows that were summed together.

    Parameters
    ----------
    label : str
        What they have in common, in words; it stays at the site.
    rows : ndarray of bool, shape (rows of the table,)
    place : int
        Where its count stands in :attr:`Summed.support`; -1 where it is no one's concern but the site's.
    """

    label: str
    rows: Bools
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """What an answer is about.

    Parameters
    ----------
    part : ndarray of bool, shape (rows of the table,)
        Who takes part.
    columns : tuple of str
        The columns that the question names.
    groups : tuple of Group
    support : ndarray of float64
        How many rows each group has, in an order that all sites share, so that it can be added up over them; the
        first is how many take part.
    """

    part: Bools
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    support: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """How many take part."""
        return int(np.count_nonzero(self.part))


def summed(table: SiteTable, values: Payload, answer: Answer) -> Summed:
    """Return what an answer is about.

    A column of zeros and ones makes a group of its ones, and one of its zeros: the slope of its coefficient is a sum
    over the ones alone. So does any column of those rows where it is not zero, and each value of a column of text.

    Parameters
    ----------
    table : SiteTable
    values : mapping
        The question's; columns are found in it by their names.
    answer : Answer
        Its cells say how rows were grouped beyond that.
    """
    named = set(_texts({key: value for key, value in values.items() if key != MASK}))
    columns = tuple(sorted(named & set(table.columns)))
    labels = sorted(named - set(table.columns))
    cells = {name: _whole(table, name, cell) for name, cell in sorted(answer.cells.items())}
    part = table.complete(columns)
    if cells:
        part = np.any([cell >= 0 for cell in cells.values()], axis=0)
    support = [float(np.count_nonzero(part))]
    groups: list[Group] = []

    def note(label: str, rows: Bools, *, group: bool = True, shared: bool = True) -> None:
        count = int(np.count_nonzero(rows))
        if group and count:
            groups.append(Group(label, rows, len(support) if shared else -1))
        if shared:
            support.append(float(count))

    for name in columns:
        column = table.columns[name]
        if column.dtype.kind in "fiub":
            numbers = column.astype(np.float64)
            ones, zeros = part & (np.nan_to_num(numbers) != 0), part & (numbers == 0)
            binary = bool(np.isin(numbers[part], (0.0, 1.0)).all())
            note(f"{name} is not 0", ones, group=bool(zeros.any()))
            note(f"{name} is 0", zeros, group=binary)
            words = np.array([f"{one:.12g}" for one in numbers], dtype=object)
            for label in labels:
                note(f"{name} is {label}", part & (words == label))
        else:
            note(name, np.zeros_like(part))
            note(name, np.zeros_like(part))
            other = part.copy()
            for label in labels:
                note(f"{name} is {label}", part & (column == label))
                other &= column != label
            # What a question does not name can only be summed together; where it names nothing, all of it is.
            note(f"{name} is another", other, group=bool(np.any(part & ~other)))
    width = max((max(one.shape, default=1) for one in answer.sums.values()), default=1)
    for name, cell in cells.items():
        if len(cell) and cell.max() >= width:
            for one in np.unique(cell[cell >= 0]):
                note(f"cell {one} of {name}", cell == one, shared=False)
            continue
        for one in range(width):
            note(f"cell {one} of {name}", cell == one)
    return Summed(part, columns, tuple(groups), np.array(support))


def _whole(table: SiteTable, name: str, cell: NDArray[np.int64]) -> NDArray[np.int64]:
    if cell.shape != (table.rows,):
        raise BadInput(f"cells '{name}' are of {len(cell)} rows, the table has {table.rows}", where=table.site)
    return cell


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield str(name)
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def parameters(answer: Answer) -> int:
    """Return how many coefficients an answer informs: the side of its largest square of sums, 0 where there is none."""
    return max((one.shape[0] for one in answer.sums.values() if _square(one)), default=0)


def _square(one: NDArray[np.float64]) -> bool:
    return one.ndim == 2 and one.shape[0] == one.shape[1] and bool(np.array_equal(one, one.T))


def numbers_sent(answer: Answer) -> int:
    """Return how many numbers an answer gives that say more than sums by group do.

    A symmetric square counts once; sums by cell are held against the cells instead.
    """
    sides = {one.shape[0] for one in answer.sums.values() if _square(one)}
    count = 0
    for one in answer.sums.values():
        if _square(one):
            count += one.shape[0] * (one.shape[0] + 1) // 2
        elif not answer.cells or one.size == 1 or (one.ndim == 1 and one.size in sides):
            count += one.size
    return count
