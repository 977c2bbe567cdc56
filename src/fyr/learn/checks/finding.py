"""What a check found: where, how much of it, on what evidence, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["ROWS_NAMED", "SEVERITIES", "Finding", "RowNumbers", "Severity", "in_number", "row_list"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""From what falsifies a result, over what must be looked at, to what is good to know."""

ROWS_NAMED: Final = 10
"""Row numbers that a report names: enough to look the matter up, not a copy of the table."""
_ROWS_KEPT: Final = 50_000
"""Row numbers that a finding keeps, by which two findings about the same rows are known."""
_SINGULAR: Final = {"are": "is", "have": "has", "hold": "holds", "lie": "lies", "look": "looks", "speak": "speaks"}
_ONE: Final = re.compile(
    r"(?<![\d.,])1 (?:of (\d+) )?(row|column|value|time|cell|number|date|line|id|categorie|patient|hospital)s"
    rf"(?:( of [a-z0-9 -]+?)? ({'|'.join(_SINGULAR)})\b)?"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a table.

    Parameters
    ----------
    check : str
        The name of the check.
    severity : {"error", "warning", "note"}
    columns : tuple of str
    evidence : str
        What was seen, in numbers; without a full stop.
    mend : str
    rows_affected, rows_total : int
        Of the rows that the check could judge.
    row_numbers : tuple of int
        Which, as a person finds them in the file; the first ten of them in a report.
    hospital : str or None
        Where it holds in one hospital only.
    by_range : bool
        Whether it was told from what is possible, not by comparison with other rows.
    """

    check: str
    severity: Severity
    columns: tuple[str, ...]
    evidence: str
    mend: str
    rows_affected: int = 0
    rows_total: int = 0
    row_numbers: tuple[int, ...] = ()
    hospital: str | None = None
    by_range: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "check": self.check,
            "severity": self.severity,
            "columns": list(self.columns),
            "hospital": self.hospital,
            "rows_affected": self.rows_affected,
            "rows_total": self.rows_total,
            "row_numbers": list(self.row_numbers[:ROWS_NAMED]),
            "evidence": self.evidence,
            "mend": self.mend,
        }


class RowNumbers(tuple[int, ...]):
    """The numbers of rows as a person finds them, and what those alone do not say.

    Parameters
    ----------
    numbers : iterable of int
    places : frozenset of int
        The rows by their places in the table: a number comes again in each sheet of a spreadsheet.
    sheets : tuple of str
        The sheets that the rows are in; none where the table is one sheet or file.
    """

    places: frozenset[int]
    sheets: tuple[str, ...]

    def __new__(cls, numbers: Iterable[int], places: frozenset[int], sheets: tuple[str, ...] = ()) -> RowNumbers:
        """Make the numbers."""
        made = super().__new__(cls, numbers)
        made.places, made.sheets = places, sheets
        return made


def row_list(
    row: NDArray[np.int64],
    affected: NDArray[np.bool_] | NDArray[np.intp] | Iterable[int],
    sheet: NDArray[np.object_] | None = None,
) -> RowNumbers:
    """Return the numbers of the affected rows: a mask, or places; with the sheets that they are in."""
    places = np.asarray(affected if isinstance(affected, np.ndarray) else list(affected))
    places = np.flatnonzero(places) if places.dtype == np.bool_ else places
    kept = places[:_ROWS_KEPT].astype(np.intp)
    sheets = () if sheet is None else tuple(dict.fromkeys(str(name) for name in sheet[kept]))
    return RowNumbers((int(number) for number in row[kept]), frozenset(kept.tolist()), sheets)


def in_number(words: str) -> str:
    """Let words agree with a count of one.

    >>> in_number("1 rows have no id"), in_number("1 of 40 values of body mass are 0"), in_number("21 rows are equal")
    ('1 row has no id', '1 of 40 values of body mass is 0', '21 rows are equal')
    """

    def agreeing(match: re.Match[str]) -> str:
        among, noun, of, verb = match.groups()
        one = f"1 of {among} {noun}s" if among else f"1 {'category' if noun == 'categorie' else noun}"
        said = f" {_SINGULAR[verb]}" if verb else ""
        return one + (of or "") + said

    return _ONE.sub(agreeing, words)
