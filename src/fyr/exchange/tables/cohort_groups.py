"""What results are given by: columns of few words, or bands between cuts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import plain_number
from fyr.exchange.tables.cohort_mapping import GroupRule
from fyr.exchange.tables.mapped_sheet import MappedSheet, near_name

__all__ = ["groups_of"]

_MOST_NUMBERS: Final = 12
_MOST_WORDS: Final = 60


def groups_of(table: MappedSheet, by: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return what results are given by, besides the hospital.

    Parameters
    ----------
    table : MappedSheet
    by : sequence of str
        Groups of the mapping, inputs, or columns of the table; none: every group of the mapping.

    Returns
    -------
    dict of str to ndarray of str (object), each of shape (rows,)
        ``""`` where unknown.

    Raises
    ------
    BadInput
        If there is no such group or column, or it has too many values.
    """
    names = [name for name in by or table.mapping.groups if name != "hospital"]
    return {name: _labels(table, name, _rule(table, name)) for name in names}


def _rule(table: MappedSheet, name: str) -> GroupRule:
    mapping = table.mapping
    if name in mapping.groups:
        return mapping.groups[name]
    column = next((column for column, use in mapping.columns.items() if use.name == name), name)
    if column not in table.sheet.frame.columns:
        near = near_name(name, ["hospital", *mapping.groups, *table.sheet.frame.columns])
        known = ", ".join(["hospital", *mapping.groups])
        mend = f"did you mean '{near}'?" if near else f"the mapping's groups are {known}"
        raise BadInput(
            f"there is neither a group nor a column '{name}' to give results by", where=table.place, mend=mend
        )
    return GroupRule(column, missing=mapping.missing)


def _labels(table: MappedSheet, name: str, rule: GroupRule) -> NDArray[Any]:
    texts, decimal = table.texts(rule.column, f"group '{name}'"), table.mapping.decimal
    use = table.mapping.columns.get(rule.column)
    missing = {*rule.missing, *(use.missing if use else ())}
    present = set(texts) - missing
    if rule.cuts:
        numbers = {text: plain_number(text, decimal) for text in present}
        if present and all(number is None for number in numbers.values()):
            raise BadInput(
                f"no cell of column '{rule.column}' is a number to cut for the group '{name}'",
                where=table.place,
                mend="name a column of numbers, or leave 'cuts' out",
            )
        return np.array([_band(numbers.get(text), rule.cuts) for text in texts], dtype=object)
    strange = sorted(present - set(rule.words)) if rule.words else []
    if strange:
        raise BadInput(
            f"column '{rule.column}' holds '{strange[0]}', which is none of the words of the group '{name}'",
            where=table.place,
            mend="add it to the group's words, or to missing",
        )
    numeric = all(plain_number(text, decimal) is not None for text in present)
    if len({rule.words.get(text, text) for text in present}) > (_MOST_NUMBERS if numeric else _MOST_WORDS):
        cut = f"cut it in the mapping: groups: {{{name}: {{column: {rule.column}, cuts: [50, 70]}}}}"
        raise BadInput(
            f"the group '{name}' (column '{rule.column}') has {len(present)} different values",
            where=table.place,
            mend=cut if numeric else "name a column with few values",
        )
    return np.array(["" if text in missing else rule.words.get(text, text) for text in texts], dtype=object)


def _band(number: float | None, cuts: Sequence[float]) -> str:
    """Return the band of a number: ``<50``, ``50 to <70``, ``≥70``."""
    if number is None:
        return ""
    place = sum(number >= cut for cut in cuts)
    if place == 0:
        return f"<{cuts[0]:g}"
    return f"≥{cuts[-1]:g}" if place == len(cuts) else f"{cuts[place - 1]:g} to <{cuts[place]:g}"
