"""What a check found: where, how much of it, on what evidence, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SEVERITIES", "Finding", "Severity", "row_list"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""From what falsifies a result, over what must be looked at, to what is good to know."""

_ROWS_NAMED: Final = 10
"""Row numbers that a finding names: enough to look the matter up, not a copy of the table."""


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
        The first of them, as a person finds them in the file.
    hospital : str or None
        Where it holds in one hospital only.
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

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "check": self.check,
            "severity": self.severity,
            "columns": list(self.columns),
            "hospital": self.hospital,
            "rows_affected": self.rows_affected,
            "rows_total": self.rows_total,
            "row_numbers": list(self.row_numbers),
            "evidence": self.evidence,
            "mend": self.mend,
        }


def row_list(row: NDArray[np.int64], affected: NDArray[np.bool_] | NDArray[np.intp] | Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of the first affected rows: a mask, or places."""
    places = np.asarray(affected if isinstance(affected, np.ndarray) else list(affected))
    places = np.flatnonzero(places) if places.dtype == np.bool_ else places
    return tuple(int(number) for number in row[places[:_ROWS_NAMED].astype(np.intp)])
