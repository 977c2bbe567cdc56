"""One column under two names: the same cells, or the same numbers in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.row_keys import cell_keys
from fyr.learn.checks.table import CheckedTable

__all__ = ["duplicate_columns"]

_FEWEST_ROWS: Final = 12
_RARE: Final = 0.02
"""Two yes-or-no columns that are this lopsided can be equal by chance, or mean the same rare thing."""


def duplicate_columns(table: CheckedTable) -> Iterator[Finding]:
    """Find columns whose cells are all the same."""
    columns = [
        column
        for column in table.columns
        if column.kind != "empty" and len(column.levels) > 1 and sum(column.levels.values()) >= _FEWEST_ROWS
    ]
    groups: dict[tuple[int, int], list[Column]] = {}
    for column in columns:
        keys = _key(column)
        groups.setdefault(keys, []).append(column)
    said: dict[Severity, list[tuple[str, ...]]] = {"warning": [], "note": []}
    for same in groups.values():
        if len(same) < 2:
            continue
        names = tuple(column.name for column in same)
        counts = list(same[0].levels.values())
        lopsided = sum(counts[1:]) <= max(5, _RARE * sum(counts))
        said["note" if lopsided or same[0].counts_rows or table.roles.patient in names else "warning"].append(names)
    for severity, pairs in said.items():
        if pairs:
            shown = "; ".join(" = ".join(f"'{name}'" for name in names) for names in pairs[:4])
            yield Finding(
                "duplicate_columns",
                severity,
                tuple(name for names in pairs for name in names),
                f"columns that hold the same in every one of {len(table)} rows: {shown}",
                "keep one; see which of the names is right",
                len(table),
                len(table),
            )


def _key(column: Column) -> tuple[int, int]:
    """Return a number for the whole column, whatever its name."""
    keys = cell_keys([column])[0]
    places = np.arange(1, len(keys) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (keys ^ places) * np.uint64(0xBF58476D1CE4E5B9)
    return int(mixed.sum(dtype=np.uint64)), int(np.bitwise_xor.reduce(mixed ^ (mixed >> np.uint64(29))))
