"""What a site does when trees are boosted: counts of its outcome, of its values by cell, and histograms of leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.histograms import thin_splits, threads
from fyr.learn.federation.boosting.objectives import LOSSES, Start, outcome_of, outcome_sums
from fyr.learn.federation.boosting.site_rows import FIRST_LABEL, SHOWN, THIN, SiteRows, kept_rows, numbers_of
from fyr.learn.federation.boosting.sketch import cell_counts, in_keys
from fyr.learn.federation.boosting.trees import trees_from_payload
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable

__all__ = ["cells_step", "histograms_step", "outcome_step"]

_MOST_BITS = 11


def outcome_step(table: SiteTable, values: Payload) -> Answer:
    """Return rows with an outcome, its sum and its sum of squares, and whether the features are there."""
    event, _, kept = outcome_of(table, _objective(values), values)
    for name in values["features"]:
        numbers_of(table, str(name))
    rows = np.where(kept, 0, -1).astype(np.int64)
    return Answer({"outcome": outcome_sums(event[kept])}, cells={"rows": rows})


def cells_step(table: SiteTable, values: Payload) -> Answer:
    """Return how many rows lie in the parts of some cells of some columns, and lack a value of each feature.

    See :mod:`~fyr.learn.federation.boosting.sketch`.
    """
    _, _, kept = outcome_of(table, _objective(values), values)
    names, least = [str(name) for name in values["features"]], int(values["least_cell"])
    columns, starts = values["column"].tolist(), values["start"].tolist()
    widths, bits = values["width"].tolist(), values["bits"].tolist()
    if max(bits, default=0) > _MOST_BITS or any(b > w or w > 64 for b, w in zip(bits, widths, strict=True)):
        raise BadInput("the question parts cells into more than this site counts", where=table.site)
    asked: dict[int, list[int]] = {}
    for place, column in enumerate(columns):
        asked.setdefault(column, []).append(place)

    def counted(column: int) -> list[NDArray[np.float64]]:
        numbers = numbers_of(table, names[column])[kept]
        ordered = np.sort(numbers[~np.isnan(numbers)])
        return [cell_counts(ordered, starts[one], widths[one], bits[one], least) for one in asked[column]]

    found: dict[int, NDArray[np.float64]] = {}
    for column, several in zip(asked, threads().map(counted, asked), strict=True):
        found.update(zip(asked[column], several, strict=True))
    cells = {"rows": np.where(kept, 0, -1).astype(np.int64)}
    if least < THIN:
        thin = np.full(table.rows, -1, np.int64)
        for place, counts in found.items():
            here = np.where(kept, numbers_of(table, names[columns[place]]), np.nan)
            _show_thin(thin, here, counts, starts[place], widths[place], bits[place], place)
        cells |= {"thin cells": thin} if (thin >= 0).any() else {}
    return Answer({"counts": np.concatenate([found[place] for place in range(len(columns))])}, cells=cells)


def _show_thin(
    thin: NDArray[np.int64],
    numbers: NDArray[np.float64],
    counts: NDArray[np.float64],
    start: int,
    width: int,
    bits: int,
    place: int,
) -> None:
    """Give the rows of some small counts a number for the leak meter; each counts the empty parts before it too."""
    full = np.flatnonzero(counts).tolist()
    small = [one for one in range(len(full)) if counts[full[one]] < THIN]
    for one in small[:SHOWN]:
        first = start + ((full[one - 1] + 1 if one else 0) << (width - bits))
        end = start + ((full[one] + 1) << (width - bits)) if one < len(full) - 1 else start + (1 << width)
        inside = in_keys(numbers, first, end)
        if (thin[inside] < 0).all():
            thin[inside] = FIRST_LABEL + (place << _MOST_BITS) + full[one]


def histograms_step(table: SiteTable, values: Payload) -> Answer:
    """Return sums by bin of every column of the rows in some leaves of the tree that grows.

    The sums are whole numbers of levels. With `least_cell` above 1, ``thin`` says of each split of these leaves and
    their siblings whether it would leave this site with some rows, yet fewer than that, on a side.
    """
    start = Start(*(float(one) for one in values["start"]))
    _objective(values)
    rows = kept_rows(table, values, start)
    rows.follow(
        trees_from_payload(values["trees"]), [(a, b, c, d) for a, b, c, d in values["current"].reshape(-1, 4).tolist()]
    )
    leaves, siblings = values["leaves"].tolist(), values["siblings"].tolist()
    strange = [one for one in (*leaves, *siblings) if one >= 0 and one not in rows.spans]
    if strange or len(leaves) != len(siblings):
        raise BadInput(f"the question asks about leaf {strange[:1]}, which is not there", where=table.site)
    sums = [rows.sums(leaf) for leaf in leaves]
    found = np.array(sums, dtype=np.float64).reshape(len(leaves), 3, -1)
    answer: dict[str, Any] = {"slope": found[:, 0], "curve": found[:, 1], "rows": found[:, 2]}
    least = int(values["least_cell"])
    if least > 1:
        answer["thin"] = _thin(rows, leaves, siblings, [one[2] for one in sums], least)
    thin = rows.thin_bins(leaves, found[:, 2])
    # Only where there are some: the meter counts cells that all sites name as one list.
    cells = {"leaf": rows.leaf_of_rows()} | ({"thin bins": thin} if (thin >= 0).any() else {})
    return Answer(answer, cells=cells)


def _thin(
    rows: SiteRows, leaves: list[int], siblings: list[int], counted: list[NDArray[np.int64]], least: int
) -> NDArray[np.float64]:
    """Return thin splits of leaves, then of their siblings; shape (2, leaves, bins of all columns)."""
    thin = np.zeros((2, len(leaves), int(rows.offsets[-1])))
    for place, (leaf, sibling, counts) in enumerate(zip(leaves, siblings, counted, strict=True)):
        rows.counts[leaf] = counts
        thin[0, place] = thin_splits(counts, rows.offsets, least)
        if sibling >= 0:
            parent = rows.counts.get(rows.current[(leaf - 1) // 2][0])
            rows.counts[sibling] = rows.sums(sibling)[2] if parent is None else parent - counts
            thin[1, place] = thin_splits(rows.counts[sibling], rows.offsets, least)
    return thin


def _objective(values: Payload) -> str:
    objective = str(values["objective"])
    if objective not in LOSSES:
        raise BadInput(f"there is no objective '{objective}'", where="boosting", mend=f"choose {', '.join(LOSSES)}")
    return objective
