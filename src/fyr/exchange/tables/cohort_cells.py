"""The cells of a cohort's baseline as columns: numbers in the input's unit, truth values as 1 and 0, words as words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.cells import NUMBER
from fyr.exchange.tables.cohort_mapping import ColumnUse
from fyr.record.clinical import FACTS
from fyr.record.clinical_fact import folded_word
from fyr.units import convert, is_convertible

__all__ = ["InputColumn", "cell_text", "plain_number", "read_input", "readable_numbers"]

_NUMBER: Final = re.compile(NUMBER)
_TRUTH: Final = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
_UNMAPPED: Final = " (no word of the mapping)"
"""Put behind a cell that the mapping's words leave out: whoever reads strictly refuses it and says why."""


@dataclass(frozen=True, slots=True)
class InputColumn:
    """What a column must become.

    Parameters
    ----------
    name : str
    kind : str or None
        ``number``, ``integer``, ``boolean``, ``category``; ``None`` where nothing is known: numbers if all cells are.
    unit : str or None
        UCUM.
    spellings : mapping of str to str
        Folded words to what they stand for.
    """

    name: str
    kind: str | None = None
    unit: str | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_fact(cls, name: str) -> InputColumn:
        """Return what the vocabulary says of a name; nothing is known of one that it does not have."""
        fact = FACTS.get(name)
        if fact is None or fact.kind == "text":
            return cls(name)
        return cls(name, fact.kind, fact.unit, fact.spellings)


def cell_text(value: object) -> str:
    """Return a cell as a person would write it: ``3`` for 3.0, nothing for null and NaN."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def plain_number(text: str, decimal: str = ".") -> float | None:
    """Read a number with the decimal mark that the file uses; ``None`` where it is none."""
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def read_input(
    texts: Sequence[str], units: Sequence[str] | None, use: ColumnUse, wanted: InputColumn, decimal: str
) -> tuple[NDArray[Any], dict[str, int]]:
    """Read the cells of one column.

    Parameters
    ----------
    texts : sequence of str, length rows
    units : sequence of str or None, length rows
        Each row's own unit, where the table says it.
    use : ColumnUse
    wanted : InputColumn
    decimal : str
        ``.`` or ``,``.

    Returns
    -------
    column : ndarray of float64 or of str (object), shape (rows,)
        Float64 with NaN where missing (a truth value is 1 or 0). Text with ``""`` where missing for categories, and
        wherever a cell cannot be read, so that a model refuses that row by its own words and answers the others.
    unread : dict of str to int
        What could not be read, and in how many rows.
    """
    keys = list(zip(texts, units, strict=True)) if units is not None else [(text, use.unit) for text in texts]
    distinct = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter((distinct[key] for key in keys), dtype=np.intp, count=len(keys))
    read = [_cell(text, unit, use, wanted, decimal) for text, unit in distinct]
    counts = np.bincount(codes, minlength=len(read))
    kind = wanted.kind or ("number" if all(value is None or isinstance(value, float) for value, _ in read) else "text")
    unread: dict[str, int] = {}
    if kind in ("number", "integer", "boolean"):
        for (value, said), count in zip(read, counts.tolist(), strict=True):
            if isinstance(value, str):
                unread[said] = unread.get(said, 0) + count
        if not unread:
            numbers = np.array([math.nan if value is None else value for value, _ in read], dtype=np.float64)
            return numbers[codes], {}
    words = np.empty(len(read), dtype=object)
    words[:] = ["" if value is None else _written(value, kind) for value, _ in read]
    return words[codes], unread


def _written(value: float | str, kind: str) -> str:
    if isinstance(value, str):
        return value
    return ("true" if value else "false") if kind == "boolean" else cell_text(value)


def _cell(
    text: str, unit: str | None, use: ColumnUse, wanted: InputColumn, decimal: str
) -> tuple[float | str | None, str]:
    """Return a cell's value (text where it cannot be read as its kind, nothing where missing), and how to call it."""
    said = f"'{text if len(text) <= 40 else text[:37] + '...'}'"
    if text in use.missing:
        return None, said
    if use.words:
        if text not in use.words:
            return f"{text}{_UNMAPPED}", f"{said}, none of the words {', '.join(use.words)}"
        text = use.words[text]
        decimal = "."
    return _as_kind(text, unit, wanted, decimal), said


def _as_kind(text: str, unit: str | None, wanted: InputColumn, decimal: str) -> float | str:
    if wanted.kind == "boolean":
        word = folded_word(text)
        target = wanted.spellings.get(word, _TRUTH.get(word))
        return text if target is None else float(target == "true")
    if wanted.kind == "category":
        return wanted.spellings.get(folded_word(text), text)
    number = plain_number(text, decimal)
    if number is None:
        return text
    try:
        return _converted(number, unit, wanted)
    except BadInput:
        return f"{text} {unit}"  # no unit that can be converted: text, which a model refuses


def _converted(number: float, unit: str | None, wanted: InputColumn) -> float:
    if not unit or wanted.unit is None or unit == wanted.unit:
        return number
    fact = FACTS.get(wanted.name)
    molar_mass = None if fact is None else fact.molar_mass_g_mol
    if molar_mass is not None and is_convertible(unit, "g/L") and not is_convertible(wanted.unit, "g/L"):
        return float(convert(convert(number, unit, "g/L") / molar_mass, "mol/L", wanted.unit))
    return float(convert(number, unit, wanted.unit))


def readable_numbers(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return a column that was kept as text as numbers, what cannot be read missing."""
    truth = {"true": 1.0, "false": 0.0}
    return np.array([truth.get(text, plain_number(text)) for text in column.tolist()], dtype=np.float64)
