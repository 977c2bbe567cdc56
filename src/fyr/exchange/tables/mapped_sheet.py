"""A table under a cohort's mapping: its columns as text, and the name that was meant where one is not there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import cell_text
from fyr.exchange.tables.cohort_mapping import CohortMapping
from fyr.exchange.tables.sheet import Sheet

__all__ = ["MappedSheet", "input_name", "near_name"]

_LISTED = 12


class MappedSheet:
    """A table and what its columns mean.

    Parameters
    ----------
    sheet : Sheet
    mapping : CohortMapping

    Attributes
    ----------
    taken : set of str
        The columns that were asked for.
    """

    def __init__(self, sheet: Sheet, mapping: CohortMapping) -> None:
        self.sheet = sheet
        self.mapping = mapping
        self.taken: set[str] = set()
        self._texts: dict[str, list[str]] = {}

    @property
    def place(self) -> str:
        """Where a mistake is to be mended: the mapping, or the table that has none."""
        return self.mapping.source or str(self.sheet.path)

    def texts(self, column: str, purpose: str = "") -> list[str]:
        """Return the cells of a column as text.

        Raises
        ------
        BadInput
            If the table has no such column; the error says which one is meant.
        """
        import polars as pl

        if column not in self.sheet.frame.columns:
            raise self._no_column(column, purpose)
        self.taken.add(column)
        if column not in self._texts:
            cells = self.sheet.frame.get_column(column)
            if cells.dtype == pl.String:
                self._texts[column] = cells.fill_null("").str.strip_chars().to_list()
            else:
                self._texts[column] = [cell_text(cell) for cell in cells.to_list()]
        return self._texts[column]

    def _no_column(self, column: str, purpose: str) -> BadInput:
        names = self.sheet.frame.columns
        near = near_name(column, names)
        listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        mend = f"did you mean '{near}'?" if near else f"the table has {listed}"
        if len(names) == 1 and (other := next((mark for mark in ";\t|," if mark in names[0]), None)):
            shown = "\\t" if other == "\t" else other
            mend = f"its header is one column with '{shown}' in it: write separator: \"{shown}\" in the mapping"
        said = f" ({purpose})" if purpose else ""
        return BadInput(f"the table {self.sheet.path.name} has no column '{column}'{said}", where=self.place, mend=mend)


def input_name(column: str) -> str:
    """Return a column's name as an input of a model can have it; empty where it has neither letter nor digit.

    >>> input_name("ph.ecog"), input_name("X200726_at"), input_name("5 years")
    ('ph_ecog', 'x200726_at', 'x_5_years')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
    return plain if not plain or plain[0].isalpha() else f"x_{plain}"


def near_name(name: str, known: Iterable[str]) -> str | None:
    """Return the name that is probably meant, whatever its case, spaces and brackets; ``None`` where none is near.

    >>> near_name("os_months", ["OS (Months)", "Age"])
    'OS (Months)'
    """
    folded = {_folded(entry): entry for entry in known}
    close = difflib.get_close_matches(_folded(name), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else None


def _folded(name: str) -> str:
    return "_".join(name.casefold().replace("(", " ").replace(")", " ").replace("-", " ").split())
