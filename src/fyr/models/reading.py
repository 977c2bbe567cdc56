"""Reading raw values as what a card says they are: strictly, a column at a time, without guessing.

A raw column is a numpy array of numbers or truth values, an :class:`Encoded` column of text, or any sequence of
Python values. Whatever its form, the same value is read the same way: :func:`read_value` is the definition, and the
columnar paths agree with it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.models.card import ModelInput
from fyr.models.categories import Categories
from fyr.models.given_object import GivenObject
from fyr.record.clinical_fact import folded_word

__all__ = ["Encoded", "Problem", "ReadColumn", "describe_problem", "problem_in_brief", "read_column", "read_value"]

_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BETWEEN_NUMBERS: Final = re.compile(r"\s*[;\s]\s*")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
_MISSING_WORDS: Final = frozenset({"", "na", "n/a", "<na>", "nan", "null", "none", "unknown", "not done"})
_TRUTH_WORDS: Final = {
    "true": True,
    "yes": True,
    "1": True,
    "1.0": True,
    "false": False,
    "no": False,
    "0": False,
    "0.0": False,
}
_LONGEST_QUOTE: Final = 40


class Problem(IntEnum):
    """What is wrong with a value."""

    NONE = 0
    MISSING = 1
    NOT_A_NUMBER = 2
    DECIMAL_COMMA = 3
    NOT_FINITE = 4
    NOT_WHOLE = 5
    OUT_OF_RANGE = 6
    NOT_TRUE_OR_FALSE = 7
    UNKNOWN_CATEGORY = 8
    NOT_AN_OBJECT = 9
    OTHER_MEDIA_TYPE = 10
    NOT_NUMBERS = 11


_MISSING: Final = int(Problem.MISSING)

_IN_BRIEF: Final = {
    Problem.MISSING: "is missing",
    Problem.NOT_A_NUMBER: "is not a number",
    Problem.DECIMAL_COMMA: "has a decimal comma",
    Problem.NOT_FINITE: "is not a finite number",
    Problem.NOT_WHOLE: "is not a whole number",
    Problem.OUT_OF_RANGE: "is out of range",
    Problem.NOT_TRUE_OR_FALSE: "is neither true nor false",
    Problem.UNKNOWN_CATEGORY: "is not a known category",
    Problem.NOT_AN_OBJECT: "is not an object of the record",
    Problem.OTHER_MEDIA_TYPE: "is of another media type",
    Problem.NOT_NUMBERS: "is not a list of numbers",
}


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A column of few distinct values: row ``i`` holds ``distinct[codes[i]]``.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
    distinct : sequence
        Python values; ``None`` for nothing.
    """

    codes: NDArray[Any]
    distinct: Sequence[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Any:
        return self.distinct[int(self.codes[row])]


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumn:
    """A column as the model sees it, and what is wrong with each row.

    Parameters
    ----------
    entry : ModelInput
    values : ndarray, shape (rows,)
        float64 for numbers and integers (NaN: missing); bool for a required boolean, float64 1, 0 or NaN for an
        optional one; :class:`~fyr.models.categories.Categories`; :class:`~fyr.models.given_object.GivenObject` or
        ``None`` for an object; an ndarray of float64 or ``None`` for numbers. Meaningless where there is a problem.
    problems : ndarray of uint8, shape (rows,)
        A :class:`Problem` for each row.
    raw : object
        What was given, indexed by row; ``None`` if the whole column was not.
    clean : bool
        Whether it is known that no row has a problem.
    """

    entry: ModelInput
    values: NDArray[Any]
    problems: NDArray[np.uint8]
    raw: Any
    clean: bool = False

    def problem(self, row: int) -> str | None:
        """Say what is wrong with a row's value, or ``None``."""
        problem = Problem(int(self.problems[row]))
        if problem is Problem.NONE:
            return None
        return describe_problem(self.entry, problem, None if self.raw is None else self.raw[row])

    def described(self) -> Iterator[tuple[int, str]]:
        """Yield every row that has a problem, and the problem; the same value is described once."""
        texts: dict[int, str] = {}
        codes = self.raw.codes if isinstance(self.raw, Encoded) else None
        for row in np.flatnonzero(self.problems).tolist():
            key = -1 if self.problems[row] == _MISSING else row if codes is None else int(codes[row])
            if key not in texts:
                texts[key] = self.problem(row) or ""
            yield row, texts[key]


def read_column(entry: ModelInput, raw: Any, rows: int) -> ReadColumn:
    """Read a raw column as its input's kind.

    Parameters
    ----------
    entry : ModelInput
    raw : ndarray, Encoded, sequence or None
        ``None`` if there is no such column: every row lacks it.
    rows : int

    Raises
    ------
    BadInput
        If the column has another length than `rows`.
    """
    if raw is None:
        raw_rows: Encoded | Any = Encoded(np.zeros(rows, dtype=np.intp), [None])
        return _read_encoded(entry, raw_rows, None)
    if isinstance(raw, np.ndarray) and raw.ndim != 1:
        raise BadInput(f"the column has {raw.ndim} dimensions, not 1", where=f"input '{entry.name}'")
    if len(raw) != rows:
        raise BadInput(f"the column has {len(raw)} rows, the others {rows}", where=f"input '{entry.name}'")
    if isinstance(raw, (Encoded, Categories)):
        encoded = raw if isinstance(raw, Encoded) else Encoded(raw.codes, [*raw.categories, None])
        return _read_encoded(entry, encoded, encoded)
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub":
        if entry.kind not in ("category", "numbers") and raw.dtype.kind != "b":
            return _read_numeric(entry, raw)
        if entry.kind == "boolean" and entry.required:
            return ReadColumn(entry, raw, np.zeros(rows, dtype=np.uint8), raw)
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiubU":
        distinct, codes = np.unique(raw, return_inverse=True)
        return _read_encoded(entry, Encoded(codes, distinct.tolist()), raw)
    values = raw.tolist() if isinstance(raw, np.ndarray) else raw
    return _read_encoded(entry, Encoded(np.arange(rows), values), raw)


def read_value(entry: ModelInput, value: Any) -> tuple[Any, Problem]:
    """Read one raw value as its input's kind.

    Returns
    -------
    value : float, bool or str
        As the model sees it; NaN or ``""`` where an optional value is missing.
    problem : Problem

    Examples
    --------
    >>> age = ModelInput("age", "Age", "number", "a", low=18, high=110)
    >>> read_value(age, " 64.5 ")
    (64.5, <Problem.NONE: 0>)
    >>> read_value(age, "64,5")[1].name
    'DECIMAL_COMMA'
    """
    value = value.item() if isinstance(value, np.generic) else value
    read, problem = _READERS[entry.kind](entry, value)
    if problem is Problem.MISSING and not entry.required:
        problem = Problem.NONE
    return read, problem


def describe_problem(entry: ModelInput, problem: Problem, found: Any) -> str:
    """Say which input, what was found, and what is accepted."""
    if problem is Problem.MISSING:
        return f"{entry.name} is missing ({entry.missing})"
    shown = _quoted(found)
    if problem is Problem.OUT_OF_RANGE:
        unit = "" if entry.unit in (None, "1") else f" {entry.unit}"
        return f"{entry.name} is {shown}{unit}, out of range (accepted: {entry.accepted})"
    if problem is Problem.DECIMAL_COMMA:
        point = str(found).strip().replace(",", ".")
        return f"{entry.name} is {shown}, with a comma (write {point}; accepted: {entry.accepted})"
    hint = _with_unit_hint(entry, found) if problem is Problem.NOT_A_NUMBER else ""
    said = _IN_BRIEF[problem].removeprefix("is ")
    said = "neither true nor false" if problem is Problem.NOT_TRUE_OR_FALSE else said
    return f"{entry.name} is {shown}, {said} ({hint}accepted: {entry.accepted})"


def problem_in_brief(entry: ModelInput, problem: Problem) -> str:
    """Say the problem without the value, so that rows can be counted by it."""
    return f"{entry.name} {_IN_BRIEF[problem]}"


def _read_numeric(entry: ModelInput, raw: NDArray[Any]) -> ReadColumn:
    numbers = raw.astype(np.float64, copy=False)
    problems = np.zeros(len(raw), dtype=np.uint8)
    values: NDArray[Any] = numbers
    if entry.kind in ("number", "integer") and _all_accepted(entry, numbers):
        return ReadColumn(entry, values, problems, raw, clean=True)
    missing = np.isnan(numbers)
    if entry.kind == "boolean":
        problems[(numbers != 0) & (numbers != 1)] = Problem.NOT_TRUE_OR_FALSE
        values = numbers == 1 if entry.required else numbers
    else:
        low = -math.inf if entry.low is None else entry.low
        high = math.inf if entry.high is None else entry.high
        problems[(numbers < low) | (numbers > high)] = Problem.OUT_OF_RANGE
        if entry.kind == "integer":
            problems[numbers != np.trunc(numbers)] = Problem.NOT_WHOLE
        problems[np.isinf(numbers)] = Problem.NOT_FINITE
    problems[missing] = Problem.MISSING if entry.required else Problem.NONE
    return ReadColumn(entry, values, problems, raw)


def _all_accepted(entry: ModelInput, numbers: NDArray[np.float64]) -> bool:
    """Say in as few passes as can be whether every number is there and in its range: as a rule it is."""
    if not len(numbers):
        return True
    low, high = float(numbers.min()), float(numbers.max())  # NaN if there is any
    inside = (entry.low is None or low >= entry.low) and (entry.high is None or high <= entry.high)
    if not (inside and math.isfinite(low) and math.isfinite(high)):
        return False
    return entry.kind == "number" or bool((numbers == np.trunc(numbers)).all())


def _read_encoded(entry: ModelInput, column: Encoded, raw: Any) -> ReadColumn:
    read = [read_value(entry, value) for value in column.distinct]
    problems = np.array([problem for _, problem in read], dtype=np.uint8)
    values: NDArray[Any]
    if entry.kind == "category":
        place = {category: code for code, category in enumerate(entry.categories)}
        codes = np.array([place.get(value, -1) for value, _ in read], dtype=np.int8)
        values = Categories.of(codes[column.codes], entry.categories)
    elif entry.kind in ("object", "numbers"):
        values = np.empty(len(read), dtype=object)
        for at, (value, _) in enumerate(read):
            values[at] = value
        values = values[column.codes]
    else:
        kind = np.bool_ if entry.kind == "boolean" and entry.required else np.float64
        values = np.array([value for value, _ in read], dtype=kind)[column.codes]
    clean = not problems.any()
    found = np.zeros(len(column), dtype=np.uint8) if clean else problems[column.codes]
    return ReadColumn(entry, values, found, raw, clean=clean)


def _read_number(entry: ModelInput, value: Any) -> tuple[float, Problem]:
    number, problem = _as_number(value)
    if problem is not Problem.NONE:
        return math.nan, problem
    if math.isinf(number):
        return math.nan, Problem.NOT_FINITE
    if entry.kind == "integer" and number != math.trunc(number):
        return math.nan, Problem.NOT_WHOLE
    if (entry.low is not None and number < entry.low) or (entry.high is not None and number > entry.high):
        return math.nan, Problem.OUT_OF_RANGE
    return number, Problem.NONE


def _as_number(value: Any) -> tuple[float, Problem]:
    if isinstance(value, str):
        return _text_as_number(value.strip())
    if value is None:
        return math.nan, Problem.MISSING
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return math.nan, Problem.NOT_A_NUMBER
    try:
        number = float(value)
    except OverflowError:
        return math.nan, Problem.NOT_FINITE
    return number, Problem.MISSING if math.isnan(number) else Problem.NONE


def _text_as_number(text: str) -> tuple[float, Problem]:
    if _NUMBER.fullmatch(text):
        return float(text), Problem.NONE
    if text.casefold() in _MISSING_WORDS:
        return math.nan, Problem.MISSING
    return math.nan, Problem.DECIMAL_COMMA if _DECIMAL_COMMA.fullmatch(text) else Problem.NOT_A_NUMBER


def _read_boolean(entry: ModelInput, value: Any) -> tuple[bool | float, Problem]:
    nothing = False if entry.required else math.nan
    if isinstance(value, str):
        word = folded_word(value)
        target = entry.spellings.get(word)
        truth = _TRUTH_WORDS.get(word) if target is None else target == "true"
        if truth is not None:
            return truth, Problem.NONE
        return nothing, Problem.MISSING if word in _MISSING_WORDS else Problem.NOT_TRUE_OR_FALSE
    number, problem = (float(value), Problem.NONE) if isinstance(value, bool) else _as_number(value)
    if problem is Problem.MISSING:
        return nothing, problem
    return (number == 1, Problem.NONE) if number in (0, 1) else (nothing, Problem.NOT_TRUE_OR_FALSE)


def _read_category(entry: ModelInput, value: Any) -> tuple[str, Problem]:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "", Problem.MISSING
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    word = folded_word(str(value)) if isinstance(value, (str, int)) else ""
    category = entry.spellings.get(word)
    if category is not None:
        return category, Problem.NONE
    return "", Problem.MISSING if isinstance(value, str) and word in _MISSING_WORDS else Problem.UNKNOWN_CATEGORY


def _read_object(entry: ModelInput, value: Any) -> tuple[GivenObject | None, Problem]:
    if value is None or (isinstance(value, str) and folded_word(value) in _MISSING_WORDS):
        return None, Problem.MISSING
    if not isinstance(value, GivenObject):
        return None, Problem.NOT_AN_OBJECT
    if value.stored.media_type not in entry.media_types:
        return None, Problem.OTHER_MEDIA_TYPE
    return value, Problem.NONE


def _read_numbers(entry: ModelInput, value: Any) -> tuple[NDArray[np.float64] | None, Problem]:
    if isinstance(value, str):
        text = value.strip()
        if text.casefold() in _MISSING_WORDS:
            return None, Problem.MISSING
        parts: list[Any] = _list_in_json(text) if text.startswith("[") else _BETWEEN_NUMBERS.split(text.strip(";"))
    elif isinstance(value, (list, tuple, np.ndarray)):
        parts = list(value)
    elif value is None or (isinstance(value, float) and math.isnan(value)):
        return None, Problem.MISSING
    else:
        parts = [value]
    numbers = np.empty(len(parts))
    for place, part in enumerate(parts):
        numbers[place], problem = _as_number(part.item() if isinstance(part, np.generic) else part)
        if problem is not Problem.NONE:
            return None, Problem.DECIMAL_COMMA if problem is Problem.DECIMAL_COMMA else Problem.NOT_NUMBERS
    if not len(numbers):
        return None, Problem.MISSING
    if np.isinf(numbers).any():
        return None, Problem.NOT_FINITE
    low = -math.inf if entry.low is None else entry.low
    high = math.inf if entry.high is None else entry.high
    inside = bool(((numbers >= low) & (numbers <= high)).all())
    return (numbers, Problem.NONE) if inside else (None, Problem.OUT_OF_RANGE)


def _list_in_json(text: str) -> list[Any]:
    """Return what a list that JSON or CSV carried as text holds, or one thing that is no number."""
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return [text]
    return found if isinstance(found, list) else [text]


_READERS: Final[dict[str, Callable[[ModelInput, Any], tuple[Any, Problem]]]] = {
    "number": _read_number,
    "integer": _read_number,
    "boolean": _read_boolean,
    "category": _read_category,
    "object": _read_object,
    "numbers": _read_numbers,
}


def _quoted(found: Any) -> str:
    found = found.item() if isinstance(found, np.generic) else found
    if isinstance(found, str) and not _NUMBER.fullmatch(found.strip()):
        text = " ".join(found.split())
        return f"'{text[:_LONGEST_QUOTE]}{'…' if len(text) > _LONGEST_QUOTE else ''}'"
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return f"{found:.10g}" if abs(found) < 1e15 else f"{float(found):.3g}" if abs(found) < 1e300 else "huge"
    text = " ".join(str(found).split())
    text = text.lower() if isinstance(found, bool) else text
    return f"{text[:_LONGEST_QUOTE]}{'…' if len(text) > _LONGEST_QUOTE else ''}"


def _with_unit_hint(entry: ModelInput, found: Any) -> str:
    if not isinstance(found, str):
        return ""
    begins = re.match(r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*[^\s0-9.,]", found)
    return f"write the number alone, in {entry.unit}; " if begins else ""
