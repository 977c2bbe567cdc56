"""A file as a table to check: bytes to columns, and what a cohort mapping says of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.learn.checks import CheckedTable

__all__ = ["Given", "given_of", "read_checked"]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody said about a table, so that it need not be guessed.

    Parameters
    ----------
    roles : mapping of str to str
        ``patient``, ``hospital``, ``time``, ``event``, ``split``: the column.
    units : mapping of str to str
        By column, UCUM.
    event_words : mapping of str to str
        What the cells of the event mean: ``event``, ``none`` or ``competing``.
    encoding, separator, sheet : str or None
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    event_words: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None

    def reading(self, *, encoding: str | None, separator: str | None, sheet: str | None) -> Given:
        """Return the same with the options of reading that are given."""
        return dataclasses.replace(
            self,
            encoding=encoding or self.encoding,
            separator=separator or self.separator,
            sheet=sheet or self.sheet,
        )


def given_of(mapping: Path | None, roles: Mapping[str, str]) -> Given:
    """Read a mapping, if there is one; roles given by hand go before it.

    Raises
    ------
    BadInput
        If the mapping cannot be read.
    """
    if mapping is None:
        return Given(roles=dict(roles))
    from fyr.exchange.tables.cohort_mapping import read_cohort_mapping

    read = read_cohort_mapping(mapping)
    said = {"patient": read.patient, "hospital": read.hospital_column}
    units = {name: use.unit for name, use in read.columns.items() if use.unit}
    words: Mapping[str, str] = {}
    if read.outcome is not None:
        if read.outcome.time is not None:
            said["time"] = read.outcome.time.column
            if read.outcome.time.unit:
                units[read.outcome.time.column] = read.outcome.time.unit
        if read.outcome.event is not None:
            said["event"] = read.outcome.event.column
            words = read.outcome.event.words
    if read.split is not None:
        said["split"] = read.split.column
    named = {role: name for role, name in said.items() if name}
    encoding = None if read.encoding == "utf-8" else read.encoding
    return Given({**named, **roles}, units, words, encoding, read.separator, read.sheet)


def read_checked(path: Path, given: Given, against: CheckedTable | None) -> list[CheckedTable]:
    """Read a file as tables to check.

    Raises
    ------
    BadInput
        If the file cannot be read at all, or has no column of a name that was given.
    """
    from fyr.exchange.tables.raw_table import read_raw_tables
    from fyr.learn.checks import CheckedTable, ReadingRemark

    raw = read_raw_tables(path, encoding=given.encoding, separator=given.separator, sheet=given.sheet)
    known = {name for one in raw for name in one.frame.columns}
    for role, name in given.roles.items():
        if name not in known:
            shown = ", ".join(sorted(known)[:12])
            raise BadInput(
                f"there is no column '{name}' for the {role}", where=str(path), mend=f"the columns are {shown}"
            )
    return [
        CheckedTable.of(
            one.name,
            one.frame,
            one.row.to_numpy().astype(np.int64),
            sheet=one.sheet,
            remarks=[
                ReadingRemark(mark.kind, mark.severity, mark.what, mark.mend, mark.columns, mark.rows)
                for mark in one.remarks
            ],
            given={role: name for role, name in given.roles.items() if name in one.frame.columns},
            units=given.units,
            event_words=given.event_words,
            against=against,
        )
        for one in raw
    ]
