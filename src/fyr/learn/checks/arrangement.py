"""How rows are arranged and figures end: sorted by the outcome, or rounded to 0 and 5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from fyr.learn.checks.finding import Finding
from fyr.learn.checks.names import has_word
from fyr.learn.checks.table import CheckedTable

__all__ = ["digit_preference", "sorted_by_outcome"]

_FEWEST: Final = 40
_RUNS: Final = 0.2
"""With fewer than this share of the changes that chance would give, rows are sorted."""
_ROUND: Final = 0.6
"""Share of values ending in 0 or 5 (chance: 0.2) from which figures were rounded by hand."""


def sorted_by_outcome(table: CheckedTable) -> Iterator[Finding]:
    """Tell whether rows are sorted by the event: then a split by row is a split by outcome."""
    name = table.event_name
    if name is None or table.event is None:
        return
    event = table.event[np.isfinite(table.event)]
    if len(event) < _FEWEST:
        return
    rate = float(event.mean())
    changes = int((np.diff(event) != 0).sum())
    if changes < _RUNS * 2 * rate * (1 - rate) * (len(event) - 1):
        fewest = int(min(event.sum(), len(event) - event.sum()))
        yield Finding(
            "sorted_by_outcome",
            "warning" if changes <= 2 and fewest >= 10 else "note",
            (name,),
            f"'{name}' changes {changes} times from row to row; chance would give about "
            f"{2 * rate * (1 - rate) * len(event):.0f}",
            "shuffle, or split by patient at random: never by the order of rows",
            len(event),
            len(table),
        )


def digit_preference(table: CheckedTable) -> Iterator[Finding]:
    """Tell which measurements end in 0 or 5 far too often."""
    for column in table.numbers(100):
        if not column.whole or len(column.distinct) < 20 or has_word(column.name, r"karno\w*|kps|year|dose|\w*karno"):
            continue
        values = column.values[column.values != 0]
        if len(values) < 100 or float(np.median(np.abs(values))) < 20:
            continue
        share = float((values % 5 == 0).mean())
        if share > _ROUND:
            yield Finding(
                "digit_preference",
                "note",
                (column.name,),
                f"{share:.0%} of values end in 0 or 5 (chance gives 20 %)",
                "do not cut such a column at a value ending in 0 or 5",
                int((values % 5 == 0).sum()),
                len(values),
            )
