"""What the reader of the file had to guess: encodings, names, rows of another width; and letters that were misread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from fyr.learn.checks.finding import Finding, Severity
from fyr.learn.checks.table import CheckedTable

__all__ = ["reading"]

_MOJIBAKE: Final = (
    "\u00c3[\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c"
    "\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]"
    "|\u00e2\u20ac|\u00c2[ \u00b0\u00b5\u00b1\u00b2\u00b3\u00a7]|\u00ef\u00bf\u00bd|\ufffd"
)
"""UTF-8 read as a Western encoding (Ã\u00b8 for ø), and the sign that stands for a byte that could not be read."""
_SEVERITIES: Final[dict[str, Severity]] = {"error": "error", "warning": "warning"}


def reading(table: CheckedTable) -> Iterator[Finding]:
    """Pass on what the reader remarked, and find letters that were read in the wrong encoding."""
    for remark in table.remarks:
        yield Finding(
            remark.kind,
            _SEVERITIES.get(remark.severity, "note"),
            remark.columns,
            remark.what,
            remark.mend,
            len(remark.rows),
            len(table),
            remark.rows[:10],
        )
    named = [column.name for column in table.columns if _misread(column.name)]
    if named:
        yield Finding(
            "mojibake",
            "error",
            tuple(named),
            f"{len(named)} column names hold letters of a wrong encoding, such as '{named[0]}'",
            "read the file in its own encoding and export it again as UTF-8",
        )
    for column in table.columns:
        if column.typed or column.kind == "number":
            continue
        wrong = np.asarray(column.text.str.contains(_MOJIBAKE).to_numpy())
        if wrong.any():
            place = int(np.flatnonzero(wrong)[0])
            yield Finding(
                "mojibake",
                "error",
                (column.name,),
                f"{wrong.sum()} cells hold letters of a wrong encoding, such as '{column.show(place)[:40]}'",
                "read the file in its own encoding and export it again as UTF-8",
                int(wrong.sum()),
                len(table),
                table.rows(wrong),
            )


def _misread(name: str) -> bool:
    import re

    return re.search(_MOJIBAKE, name) is not None
