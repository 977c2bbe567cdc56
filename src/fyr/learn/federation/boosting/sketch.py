"""Bins that all sites agree on, from counts alone: no site tells a value, not even its smallest or largest.

Numbers are told apart by their bits. With its sign turned round, an IEEE 754 double is a whole number of 64 bits that
sorts as the double does; a cell is all numbers that share their first bits. The first question counts rows in 2,048
cells of sign and size; the next ones part the cells that hold many rows, until they are narrow enough for bins. A site
counts the rows of a cell with fewer than `least` of them in the next cell, so no count that leaves it is smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cell", "Cuts", "Sketch", "cell_counts", "edges_of", "in_keys"]

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_BITS: Final = 64
_FIRST: Final = 11
_WIDE: Final = 4096
"""How many cells one column is parted into in one round, at most."""
_ROUNDS: Final = 4
_NARROW: Final = 2
_TOP: Final = np.uint64(1 << 63)


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Where bins begin.

    Parameters
    ----------
    values : ndarray of float64
        Of all columns, one after another, rising in each: a value below the first is in bin 0.
    sizes : ndarray of int64, shape (columns,)
        How many each column has.
    """

    values: Floats
    sizes: NDArray[np.int64]

    def of(self, column: int) -> Floats:
        """Return the cuts of one column."""
        start = int(self.sizes[:column].sum())
        return self.values[start : start + int(self.sizes[column])]

    @property
    def offsets(self) -> NDArray[np.uint64]:
        """Where each column's bins begin among those of all columns; one bin more for missing values."""
        return np.concatenate([[0], np.cumsum(self.sizes + 2)]).astype(np.uint64)


@dataclass(slots=True)
class Cell:
    """Numbers whose keys lie from `start` to `start + 2**width`.

    Parameters
    ----------
    start, width : int
    rows : float
        Counted over all sites.
    alone : int
        How many times in a row parting it found all its rows in one part: it may be a single value.
    """

    start: int
    width: int
    rows: float = 0.0
    alone: int = 0


class Sketch:
    """What is known of each column's values.

    Parameters
    ----------
    columns : int
    bins : int
        At most, of each column.
    least : int
        Rows of a bin, over all sites.
    """

    def __init__(self, columns: int, bins: int, least: int) -> None:
        self._bins, self._least = bins, max(1, least)
        self._cells: list[list[Cell]] = [[Cell(0, _BITS)] for _ in range(columns)]
        self._round = 0
        self._asked: list[tuple[int, Cell, int]] = []

    def question(self) -> dict[str, NDArray[np.int64] | Keys] | None:
        """Return which cells to part, or None when that is enough."""
        self._asked = []
        for column, cells in enumerate(self._cells):
            if self._round == 0:
                self._asked.append((column, cells[0], _FIRST))
                continue
            rows = sum(cell.rows for cell in cells)
            most = max(rows / (_NARROW * self._bins), 2 * self._least)
            wide = [cell for cell in cells if cell.rows > most and cell.width > 0 and cell.alone < 2]
            bits = min(_FIRST, (_WIDE // max(1, len(wide))).bit_length() - 1)
            self._asked += [(column, cell, min(bits, cell.width)) for cell in wide]
        self._round += 1
        if not self._asked or self._round > _ROUNDS:
            return None
        return {
            "column": np.array([column for column, _, _ in self._asked], dtype=np.int64),
            "start": np.array([cell.start for _, cell, _ in self._asked], dtype=np.uint64),
            "width": np.array([cell.width for _, cell, _ in self._asked], dtype=np.int64),
            "bits": np.array([bits for _, _, bits in self._asked], dtype=np.int64),
        }

    def learn(self, counts: Floats) -> None:
        """Take the sites' counts, one cell after another."""
        at = 0
        parted: dict[int, list[Cell]] = {}
        gone: dict[int, set[int]] = {}
        for column, cell, bits in self._asked:
            found = counts[at : at + (1 << bits)]
            at += 1 << bits
            full = np.flatnonzero(found > 0).tolist()
            width = cell.width - bits
            alone = cell.alone + 1 if len(full) == 1 and cell.width < _BITS else 0
            several = [Cell(cell.start + (one << width), width, float(found[one]), alone) for one in full]
            parted.setdefault(column, []).extend(several)
            gone.setdefault(column, set()).add(cell.start)
        for column, several in parted.items():
            kept = [cell for cell in self._cells[column] if cell.start not in gone[column]]
            self._cells[column] = sorted([*kept, *several], key=lambda cell: cell.start)

    def cuts(self) -> Cuts:
        """Return where bins begin, each with about as many rows."""
        several = [self._of_column(cells) for cells in self._cells]
        return Cuts(
            np.array([cut for one in several for cut in one], dtype=np.float64),
            np.array([len(one) for one in several], dtype=np.int64),
        )

    def _of_column(self, cells: Sequence[Cell]) -> list[float]:
        left, bins = sum(cell.rows for cell in cells), self._bins
        starts: list[int] = []
        held = 0.0
        for cell in cells:
            share = (left + held) / max(1, bins - len(starts))
            full = held >= share or held + cell.rows / 2 > share or cell.rows > share
            if held >= self._least and full and len(starts) < bins - 1 and left >= self._least:
                starts.append(cell.start)
                held = 0.0
            held += cell.rows
            left -= cell.rows
        if held < self._least and starts:
            starts.pop()
        cuts: list[float] = edges_of(np.array(starts, dtype=np.uint64)).tolist()
        return cuts


def edges_of(keys: Keys) -> Floats:
    """Return the numbers of keys; a key outside the numbers gives infinity.

    >>> edges_of(np.array([1 << 63], dtype=np.uint64)).tolist()
    [0.0]
    """
    low, high = np.uint64(0x000FFFFFFFFFFFFF), np.uint64(0xFFF0000000000000)
    held = np.clip(keys, low, high)
    positive = held >= _TOP
    bits = np.where(positive, held ^ _TOP, ~held)
    return bits.view(np.float64)


def cell_counts(ordered: Floats, start: int, width: int, bits: int, least: int) -> Floats:
    """Return a site's counts in the parts of a cell, none of them below `least` and not 0.

    Parameters
    ----------
    ordered : ndarray of float64, shape (rows,)
        The column's numbers, rising, none missing.
    start, width, bits : int
        The cell, and the bits that tell its parts.
    least : int
    """
    parts = 1 << bits
    inner = [start + (one << (width - bits)) for one in range(1, parts)]
    ends = edges_of(np.array([start, *inner], dtype=np.uint64))
    end = start + (1 << width)
    places = np.searchsorted(ordered, ends, "left")
    last = len(ordered) if end >= 1 << _BITS else np.searchsorted(ordered, edges_of(np.array([end], np.uint64))[0])
    if start == 0:
        places[0] = 0
    counts = np.diff(np.append(places, last)).astype(np.float64)
    return _without_thin(counts, least)


def in_keys(values: Floats, start: int, end: int) -> NDArray[np.bool_]:
    """Return which values have a key from `start` to below `end`; NaN has none."""
    inside = ~np.isnan(values)
    if start > 0:
        inside &= values >= edges_of(np.array([start], dtype=np.uint64))[0]
    if end < 1 << _BITS:
        inside &= values < edges_of(np.array([end], dtype=np.uint64))[0]
    return inside


def _without_thin(counts: Floats, least: int) -> Floats:
    """Count what is thin in the next cell, and what is left over at the end in the last that is not."""
    if least <= 1:
        return counts
    safe = np.zeros(len(counts))
    held, last = 0.0, -1
    for place in np.flatnonzero(counts).tolist():
        held += counts[place]
        if held >= least:
            safe[place], last, held = held, place, 0.0
    if held and last >= 0:
        safe[last] += held
    return safe
