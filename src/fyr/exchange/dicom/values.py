"""Take values out of a data set: each checked, or refused by the name of its element."""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["decimals", "integer", "items", "number", "numbers", "optional_integer", "optional_number", "text", "words"]

_LONG: Final = 16


def text(dataset: Dataset, keyword: str, default: str | None = None) -> str:
    """Return a text without the spaces around it; the parts of one of several with the backslashes between them.

    Raises
    ------
    BadInput
        If there is none and no default, or it cannot be read.
    """
    said = "\\".join(words(dataset, keyword)).strip(" \0")
    if said:
        return said
    if default is None:
        raise _missing(keyword)
    return default


def words(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the parts of a text of several, none where there is nothing."""
    value = _value(dataset, keyword)
    if value is None or value == "":
        return ()
    return tuple(str(one) for one in value) if isinstance(value, MutableSequence) else (str(value),)


def integer(dataset: Dataset, keyword: str) -> int:
    """Return a whole number.

    Raises
    ------
    BadInput
        If there is none.
    """
    found = optional_integer(dataset, keyword)
    if found is None:
        raise _missing(keyword)
    return found


def optional_integer(dataset: Dataset, keyword: str) -> int | None:
    """Return a whole number, ``None`` where there is nothing.

    Raises
    ------
    BadInput
        If it is none.
    """
    value = _number(dataset, keyword)
    if value is not None and value != int(value):
        raise BadInput(f"{value:g} is not a whole number", where=_named(keyword))
    return None if value is None else int(value)


def number(dataset: Dataset, keyword: str) -> float:
    """Return a finite number.

    Raises
    ------
    BadInput
        If there is none.
    """
    found = _number(dataset, keyword)
    if found is None:
        raise _missing(keyword)
    return found


def optional_number(dataset: Dataset, keyword: str) -> float | None:
    """Return a finite number, ``None`` where there is nothing.

    Raises
    ------
    BadInput
        If it is none.
    """
    return _number(dataset, keyword)


@overload
def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> NDArray[np.float64]: ...
@overload
def numbers(dataset: Dataset, keyword: str, count: int | None, *, optional: bool) -> NDArray[np.float64] | None: ...
def numbers(
    dataset: Dataset, keyword: str, count: int | None = None, *, optional: bool = False
) -> NDArray[np.float64] | None:
    """Return finite numbers, of which there must be `count` where that is given.

    Long lists are parsed at once, past pydicom's objects for each number.

    Raises
    ------
    BadInput
        If there are none and `optional` is false, or too few, too many, or one is no number.
    """
    found = _array(dataset, keyword)
    if found is None or not len(found):
        if optional:
            return None
        raise _missing(keyword)
    if count is not None and len(found) != count:
        raise BadInput(f"there are {len(found)} numbers, not {count}", where=_named(keyword))
    if not np.isfinite(found).all():
        raise BadInput("a number is not finite", where=_named(keyword))
    return found


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none where there is no such sequence.

    Raises
    ------
    BadInput
        If it is no sequence.
    """
    value = _value(dataset, keyword)
    if value is None or (isinstance(value, str | bytes) and not value):
        return []
    from pydicom.sequence import Sequence

    if not isinstance(value, Sequence):
        raise BadInput("this should be a sequence", where=_named(keyword), mend="take the file again")
    return list(value)


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception as problem:
        said = " ".join(str(problem).split())[:160]
        raise BadInput(
            f"the value cannot be read ({said})", where=_named(keyword), mend="take the file again"
        ) from problem


def _number(dataset: Dataset, keyword: str) -> float | None:
    value = _value(dataset, keyword)
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise BadInput(f"'{str(value)[:40]}' is not a number", where=_named(keyword)) from None
    if not math.isfinite(found):
        raise BadInput(f"{found} is not a finite number", where=_named(keyword))
    return found


def _array(dataset: Dataset, keyword: str) -> NDArray[np.float64] | None:
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.dataelem import RawDataElement

    tag = tag_for_keyword(keyword)
    raw: Any = None if tag is None or tag not in dataset else dataset.get_item(tag)
    try:
        if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes) and dictionary_VR(keyword) in {"DS", "IS"}:
            return decimals(raw.value.decode("ascii").rstrip(" \0"))
        value = _value(dataset, keyword)
        if value is None or value == "":
            return None
        return np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as problem:
        raise BadInput(f"a value is not a number ({str(problem)[:80]})", where=_named(keyword)) from None


def decimals(said: str) -> NDArray[np.float64] | None:
    """Return the numbers that a text holds between backslashes, ``None`` where it is empty.

    A long one is read in one go where it is as plain as nearly all are.

    Raises
    ------
    ValueError
        If one is no number.
    """
    if not said:
        return None
    count = said.count("\\") + 1
    if count > _LONG:
        last = np.array([said[said.rindex("\\") + 1 :]], dtype=np.float64)
        try:
            found = np.fromstring(said, dtype=np.float64, sep="\\")
        except (DeprecationWarning, ValueError):  # what cannot be read to its end, where warnings are errors
            found = np.empty(0)
        if len(found) == count and found[-1] == last[0]:  # it stops at what is no number, which may be the last
            return found
    return np.array(said.split("\\"), dtype=np.float64)


def _missing(keyword: str) -> BadInput:
    return BadInput("the file says nothing here, and must", where=_named(keyword), mend="take the file again")


def _named(keyword: str) -> str:
    from pydicom.datadict import dictionary_description, tag_for_keyword

    tag = tag_for_keyword(keyword)
    return keyword if tag is None else f"{dictionary_description(tag)} ({tag >> 16:04X},{tag & 0xFFFF:04X})"
