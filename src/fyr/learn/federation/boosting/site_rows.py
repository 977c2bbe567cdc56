"""A site's rows as trees see them: bins, scores, levels and leaves; kept from one question to the next.

A question holds everything that its answer follows from. What is kept here only saves time: a site that was restarted
makes it again from the question, to the same bits.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.histograms import deal, histogram, threads
from fyr.learn.federation.boosting.levels import packed, row_keys, slopes, tree_key
from fyr.learn.federation.boosting.objectives import LOSSES, Start, outcome_of
from fyr.learn.federation.boosting.sketch import Cuts
from fyr.learn.federation.boosting.trees import Tree
from fyr.learn.federation.site_table import SiteTable

__all__ = ["FIRST_LABEL", "SHOWN", "THIN", "SiteRows", "hazard_losses", "kept_rows", "numbers_of"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_CODE_COX: Final = 3
THIN: Final = 5
"""Sums of fewer rows are shown to the leak meter."""
SHOWN: Final = 8
"""How many of them: one is enough to refuse."""
FIRST_LABEL: Final = 1 << 40
"""Beyond any place in an answer: the numbers of thin bins are this site's own."""


def numbers_of(table: SiteTable, name: str) -> Floats:
    """Return a column of numbers; -0 as 0.

    Raises
    ------
    BadInput
        If it holds text, or an infinite number.
    """
    column: Floats = table.numbers(name) + 0.0
    if bool(np.isinf(column).any()):
        raise BadInput(f"column '{name}' holds an infinite number", where=table.site, mend="a missing value is NaN")
    return column


@dataclass(slots=True, eq=False)
class SiteRows:
    """Rows with an outcome.

    Parameters
    ----------
    kept : ndarray of bool, shape (rows of the table,)
    by_row : ndarray of uint8, shape (rows, columns)
        Bins.
    by_column : ndarray of uint8, shape (columns, rows)
        The same.
    offsets : ndarray of uint64, shape (columns + 1,)
    outcome : ndarray of float64, shape (rows,)
    losses : callable
        Writes slopes and curvatures of scores.
    keys : ndarray of uint64, shape (rows,)
    seed : int
    start : Start
    """

    kept: NDArray[np.bool_]
    by_row: NDArray[np.uint8]
    by_column: NDArray[np.uint8]
    offsets: NDArray[np.uint64]
    outcome: Floats
    losses: Callable[[Floats, Floats, Floats], None]
    keys: NDArray[np.uint64]
    seed: int
    start: Start
    score: Floats = field(init=False)
    levels: Whole = field(init=False)
    order: NDArray[np.int32] = field(init=False)
    finished: list[Tree] = field(init=False)
    current: list[tuple[int, int, int, int]] = field(init=False)
    spans: dict[int, tuple[int, int]] = field(init=False)
    counts: dict[int, Whole] = field(init=False)

    def __post_init__(self) -> None:
        self.order = np.empty(len(self.outcome), np.int32)
        self.levels = np.empty(len(self.outcome), np.int64)
        self._begin()

    @classmethod
    def of(cls, table: SiteTable, values: Mapping[str, Any], start: Start) -> SiteRows:
        """Return the rows of a site, before the first tree."""
        objective = str(values["objective"])
        names = [str(name) for name in values["features"]]
        event, time, kept = outcome_of(table, objective, values)
        cuts = Cuts(values["cuts"], values["cut_sizes"])
        if len(cuts.sizes) != len(names) or int(cuts.sizes.sum()) != len(cuts.values) or cuts.sizes.max() > 254:
            raise BadInput("the question's bins do not fit its features", where=table.site)
        outcome = event[kept]
        by_column = np.empty((len(names), len(outcome)), np.uint8)

        def cut(place: int) -> None:
            _into_bins(numbers_of(table, names[place])[kept], cuts.of(place), by_column[place])

        list(threads().map(cut, range(len(names))))
        by_row = np.ascontiguousarray(by_column.T)
        code = LOSSES[objective].code
        if code == _CODE_COX:
            losses = hazard_losses(time[kept], outcome)
        else:
            scaled = outcome / start.unit if objective == "squared_error" else outcome

            def losses(score: Floats, slope: Floats, curve: Floats) -> None:
                slopes(code, score, scaled, start.unit, slope, curve)

        bits = (outcome + time[kept] * 0.5 + 0.0).view(np.uint64) if code == _CODE_COX else outcome.view(np.uint64)
        keys = row_keys(by_row, np.ascontiguousarray(bits))
        return cls(kept, by_row, by_column, cuts.offsets, outcome, losses, keys, int(values["seed"]), start)

    def _begin(self) -> None:
        self.score = np.full(len(self.outcome), self.start.score)
        self.finished = []
        self._plant()

    def _plant(self) -> None:
        """Put all rows into the root of the next tree, with levels of their scores."""
        self.current = []
        rows = len(self.outcome)
        self.order[:] = np.arange(rows, dtype=np.int32)
        self.spans = {0: (0, rows)}
        self.counts = {}
        slope, curve = np.empty(rows), np.empty(rows)
        self.losses(self.score, slope, curve)
        if not (np.isfinite(slope).all() and np.isfinite(curve).all()):
            raise BadInput("a slope is not finite: the trees have run away", mend="take a smaller learning rate")
        tree = np.uint64(tree_key(self.seed, len(self.finished)))
        packed(slope, curve, self.keys, tree, self.start.slope_levels, self.start.curve_levels, self.levels)

    def follow(self, finished: Sequence[Tree], current: Sequence[tuple[int, int, int, int]]) -> None:
        """Come to where the question is: so many finished trees, and the splits of the one that grows."""
        have = len(self.finished)
        same = have <= len(finished) and all(
            mine.splits == theirs.splits and np.array_equal(mine.values, theirs.values)
            for mine, theirs in zip(self.finished, finished, strict=False)
        )
        if not same or (have == len(finished) and list(current[: len(self.current)]) != self.current):
            self._begin()
        for tree in finished[len(self.finished) :]:
            self._grow(tree.splits)
            for leaf in tree.leaves:
                first, end = self.spans[leaf]
                self.score[self.order[first:end]] += tree.values[leaf]
            self.finished.append(tree)
            self._plant()
        self._grow(current)

    def _grow(self, splits: Sequence[tuple[int, int, int, int]]) -> None:
        if list(splits[: len(self.current)]) != self.current:
            self._plant()
        for place in range(len(self.current), len(splits)):
            leaf, column, highest, missing_left = splits[place]
            if leaf not in self.spans or not 0 <= column < len(self.by_column):
                raise BadInput("the question splits a leaf or column that is not there", where="boosting")
            first, end = self.spans.pop(leaf)
            missing = int(self.offsets[column + 1] - self.offsets[column]) - 1
            part = self.order[first:end]
            middle = first + deal(
                self.by_column[column], part, highest, missing, bool(missing_left), np.empty(len(part), np.int32)
            )
            self.spans[2 * place + 1], self.spans[2 * place + 2] = (first, middle), (middle, end)
            self.current.append((leaf, column, highest, missing_left))

    def sums(self, leaf: int) -> Whole:
        """Return levels of slope and curvature and rows of a leaf, shape (3, bins of all columns)."""
        first, end = self.spans[leaf]
        return histogram(self.by_row, self.order[first:end], self.levels, self.offsets)

    def leaf_of_rows(self) -> Whole:
        """Return the leaf that each row of the table lies in, -1 for rows that are not used."""
        labels = np.full(len(self.outcome), -1, np.int64)
        for leaf, (first, end) in self.spans.items():
            labels[self.order[first:end]] = leaf
        return self._of_table(labels)

    def thin_bins(self, leaves: Sequence[int], rows: Floats) -> Whole:
        """Return some bins of leaves that hold fewer than five rows here, as a number for each row of the table.

        A histogram that is not masked tells the slope of the one row in such a bin, and so its outcome. These bins are
        for the leak meter: the smallest first, no more than it takes to see that there are some, each with a number of
        its own, and -1 for rows in none of them.

        Parameters
        ----------
        leaves : sequence of int
        rows : ndarray of float64, shape (leaves, bins of all columns)
        """
        labels = np.full(len(self.outcome), -1, np.int64)
        at, bins = np.nonzero((rows > 0) & (rows < THIN))
        smallest = np.argsort(rows[at, bins], kind="stable")[:SHOWN]
        starts = self.offsets.astype(np.int64)
        for number, (place, one) in enumerate(zip(at[smallest].tolist(), bins[smallest].tolist(), strict=True)):
            column = int(np.searchsorted(starts, one, "right")) - 1
            first, end = self.spans[leaves[place]]
            some = self.order[first:end]
            some = some[self.by_column[column][some] == one - starts[column]]
            if (labels[some] < 0).all():
                labels[some] = FIRST_LABEL + number
        return self._of_table(labels)

    def _of_table(self, labels: Whole) -> Whole:
        all_rows = np.full(len(self.kept), -1, np.int64)
        all_rows[self.kept] = labels
        return all_rows


_KEPT: dict[int, tuple[Any, list[Any], SiteRows]] = {}


def kept_rows(table: SiteTable, values: Mapping[str, Any], start: Start) -> SiteRows:
    """Return a table's rows as they were left by the last question about them, or fresh ones.

    They are forgotten when the table is.
    """
    first = next(iter(table.columns.values()))
    said = [
        values[name] if not isinstance(values[name], np.ndarray) else values[name].tobytes()
        for name in ("objective", "features", "outcome", "time", "cuts", "cut_sizes", "seed")
    ]
    said += [start, [id(column) for column in table.columns.values()]]
    found = _KEPT.get(id(first))
    if found is not None and found[0]() is first and found[1] == said:
        return found[2]
    rows = SiteRows.of(table, values, start)
    place = id(first)
    _KEPT[place] = (weakref.ref(first, lambda _: _KEPT.pop(place, None)), said, rows)
    return rows


def hazard_losses(time: Floats, event: Floats) -> Callable[[Floats, Floats, Floats], None]:
    """Return what writes slopes of Cox's partial likelihood among this site's own rows (Breslow's ties)."""
    from fyr.learn.survival.boosted import hazard_slopes
    from fyr.learn.survival.risk_sets import RiskSets

    rows = len(time)
    if not rows:
        return lambda _score, _slope, _curve: None
    sets = RiskSets.of(
        np.zeros((rows, 1)),
        time,
        event > 0,
        efron=False,
        stratum=np.zeros(rows, dtype=np.int64),
        weight=np.ones(rows),
        offset=np.zeros(rows),
    )

    def losses(score: Floats, slope: Floats, curve: Floats) -> None:
        slope[:], curve[:] = hazard_slopes(sets, score)

    return losses


@numba.njit(cache=True, nogil=True)
def _into_bins(values: Floats, cuts: Floats, bins: NDArray[np.uint8]) -> None:
    missing = len(cuts) + 1
    for row in range(len(values)):
        value = values[row]
        if np.isnan(value):
            bins[row] = missing
            continue
        low, high = 0, len(cuts)
        while low < high:
            middle = (low + high) // 2
            if value < cuts[middle]:
                high = middle
            else:
                low = middle + 1
        bins[row] = low
