"""Tables whose rows are intervals of one patient's course (start, stop], which are no cohort of patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import cell_text, plain_number

__all__ = ["refuse_intervals"]

_ENOUGH: Final = 3
"""Rows that go on where the row before them ended; fewer may be chance."""


def refuse_intervals(stops: Sequence[str], others: Mapping[str, Iterable[object]], decimal: str, where: str) -> None:
    """Refuse a table in which a column says where the row before ended: one patient would count as several.

    Parameters
    ----------
    stops : sequence of str, length rows
        The follow-up times.
    others : mapping of str to iterable of object
        The cells of the other columns, read no further than is needed.
    decimal : str
    where : str

    Raises
    ------
    BadInput
        If every row of such a column starts at 0 or where the row before it ended.
    """
    for column, cells in others.items():
        going_on = _going_on(stops, cells, decimal)
        if going_on >= _ENOUGH:
            raise BadInput(
                f"{going_on} rows go on where the row before ends (column '{column}'): they are intervals",
                where=where,
                mend="keep one row a patient: what was known at the start, and the time from there to the event",
            )


def _going_on(stops: Sequence[str], starts: Iterable[object], decimal: str) -> int:
    """Count the rows that go on where the row before ended; 0 as soon as one neither does nor starts at 0."""
    count, before = 0, 0.0
    for stop, cell in zip(stops, starts, strict=True):
        end, start = plain_number(stop, decimal), plain_number(cell_text(cell), decimal)
        if start is None or end is None or start >= end or start not in (0.0, before):
            return 0
        count += start != 0
        before = end
    return count
