"""Which of a site's rows an answer is about, and in which groups they were summed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.plan import CATEGORY, Plan, read_rows

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
    plain : bool
        Whether each of them counted once. A sum of weights that no one else knows cannot be taken from another sum; it
        only matters where it is of few.
    place : int
        Where its count stands in :attr:`Summed.support`; -1 where it is no one's concern but the site's.
    """

    label: str
    rows: Bools
    plain: bool
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
    over the ones alone. So does any other column, of the rows where it is not zero, and each level that the question
    says a column of text has. Where all sums are zero nothing was summed.

    Parameters
    ----------
    table : SiteTable
    values : mapping
        The question's; columns are found in it by their names, levels in a mapping of column to levels.
    answer : Answer
        Its cells say how rows were grouped beyond that.
    """
    named = sorted(set(_texts(values)))
    columns = tuple(name for name in named if name in table.columns)
    nothing = not any(bool(one.any()) for one in answer.sums.values())
    cells = {name: _whole(table, name, cell) for name, cell in sorted(answer.cells.items())}
    part = np.zeros(table.rows, dtype=np.bool_) if nothing else _part(table, values, columns, cells)
    note = _Notes(part)
    for name in named:
        column = table.columns.get(name)
        if column is None or column.dtype.kind not in "fiub":
            note.nothing(2)
            continue
        numbers = column.astype(np.float64)
        binary = bool(np.isin(numbers[part], (0.0, 1.0)).all())
        note(f"{name} is not 0", np.nan_to_num(numbers) != 0, plain=binary)
        note(f"{name} is 0", numbers == 0, group=binary)
    for name, levels in sorted(_levels(values).items()):
        if name not in table.columns:
            note.nothing(len(levels) + 1)
            continue
        column = table.columns[name]
        plain = column.dtype.kind not in "fiub"
        words = column if plain else np.array([f"{one:.12g}" for one in column.astype(np.float64)], dtype=object)
        other = np.ones_like(part)
        for level in levels:
            note(f"{name} is {level}", words == level)
            other &= words != level
        note(f"{name} is another", other)
    # The sums have one shape at all sites, so this is the same number everywhere.
    width = max((max(one.shape, default=1) for one in answer.sums.values()), default=1)
    for name, cell in cells.items():
        note.cells(name, cell, width)
    return Summed(part, columns, tuple(note.groups), np.array(note.support))


def _part(table: SiteTable, values: Payload, columns: tuple[str, ...], cells: Mapping[str, NDArray[np.int64]]) -> Bools:
    """Return who takes part: as the step says, or as its plan is read, or all rows that lack nothing."""
    if cells:
        found: Bools = np.any([cell >= 0 for cell in cells.values()], axis=0)
        return found
    if "plan" in values:
        # Rows of no weight, and of levels that are not named, take no part.
        plan = Plan.of(values["plan"])
        roles = {
            role: column
            for role, column in plan.roles.items()
            if plan.kinds.get(role) != CATEGORY or column in plan.levels  # before levels are agreed it is not read
        }
        return read_rows(table, replace(plan, roles=roles)).kept
    return table.complete(columns)


class _Notes:
    """Groups as they are found, and their counts in an order that all sites share."""

    def __init__(self, part: Bools) -> None:
        self._part = part
        self.groups: list[Group] = []
        self.support = [float(np.count_nonzero(part))]

    def __call__(self, label: str, rows: Bools, *, group: bool = True, plain: bool = True) -> None:
        rows = self._part & rows
        count = int(np.count_nonzero(rows))
        if group and count:
            self.groups.append(Group(label, rows, plain, len(self.support)))
        self.support.append(float(count))

    def cells(self, name: str, cell: NDArray[np.int64], width: int) -> None:
        """Take the groups of a partition; all sites share its places if they lie within what they send."""
        shared = bool(cell.max(initial=-1) < width)
        there = np.flatnonzero(self._part & (cell >= 0))
        order = there[np.argsort(cell[there], kind="stable")]
        found, starts = np.unique(cell[order], return_index=True)
        for one, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True) if found.size else ():
            mask = np.zeros_like(self._part)
            mask[rows] = True
            self.groups.append(Group(f"cell {one} of {name}", mask, True, len(self.support) + one if shared else -1))
        if shared:
            self.support += np.bincount(cell[there], minlength=width).astype(np.float64).tolist()

    def nothing(self, places: int) -> None:
        self.support += [0.0] * places


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


def _levels(value: Any) -> dict[str, list[str]]:
    """Return every list of texts that stands under a name in a mapping, by that name."""
    found: dict[str, list[str]] = {}
    if isinstance(value, Mapping):
        for name, one in value.items():
            if isinstance(one, (list, tuple)) and one and all(isinstance(level, str) for level in one):
                found[str(name)] = list(one)
            else:
                found |= _levels(one)
    return found


def parameters(answer: Answer) -> int:
    """Return how many coefficients an answer informs: the side of its largest square of sums, 0 where there is none."""
    return max((one.shape[0] for one in answer.sums.values() if _square(one)), default=0)


def _square(one: NDArray[np.float64]) -> bool:
    return one.ndim == 2 and one.shape[0] == one.shape[1] and bool(np.array_equal(one, one.T))


def numbers_sent(answer: Answer) -> int:
    """Return how many numbers an answer gives that say more than sums by group, and counts, do.

    A symmetric square counts once, with what is as long as its side. Sums by cell are held against the cells instead.
    """
    sides = {one.shape[0] for one in answer.sums.values() if _square(one)}

    def told(one: NDArray[np.float64]) -> int:
        if _square(one):
            return int(one.shape[0] * (one.shape[0] + 1) // 2)
        beside = one.size == 1 or (one.ndim == 1 and one.size in sides)
        counts = bool(answer.cells) or bool((one == np.rint(one)).all())
        return int(one.size) if beside or not counts else 0

    return sum(told(one) for one in answer.sums.values())
