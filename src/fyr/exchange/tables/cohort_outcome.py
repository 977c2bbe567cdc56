"""The outcome columns of a cohort: what happened and after how many years, and which rows cannot say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import plain_number
from fyr.exchange.tables.cohort_mapping import EVENT_WORDS, TIME_UNITS, EventRule, TimeUse
from fyr.units import convert

__all__ = ["OutcomeColumns", "event_codes", "follow_up_years", "joined"]

_CODES: Final = {word: code for code, word in enumerate(EVENT_WORDS)}
_PLAIN: Final[dict[str, int]] = {
    **_CODES,
    **dict.fromkeys(("0", "false", "no", "censored"), 0),
    **dict.fromkeys(("1", "true", "yes"), 1),
    "2": 2,
}
"""What needs no words: numbers as everyone writes them, and the meanings themselves."""

_WHOLE: Final = re.compile(r"([+-]?[0-9]+)\.0*")
_UNKNOWN: Final = -1
_LONGEST_MEDIAN_YEARS: Final = 25.0
_LONGEST_YEARS: Final = 90.0
_SHORTEST_MEDIAN_YEARS: Final = 0.08
_HINTS: Final = (
    ("d", re.compile(r"days?|_d$", re.IGNORECASE)),
    ("wk", re.compile(r"weeks?|_wk$", re.IGNORECASE)),
    ("mo", re.compile(r"months?|mths?|_mo$", re.IGNORECASE)),
    ("a", re.compile(r"years?|yrs?", re.IGNORECASE)),
)


@dataclass(slots=True)
class OutcomeColumns:
    """What happened, row by row.

    Parameters
    ----------
    code : ndarray of int8, shape (rows,)
        0 none, 1 event, 2 competing.
    years : ndarray of float64, shape (rows,), or None
        Of 365.25 days.
    left_out : dict of str to ndarray of bool, each of shape (rows,)
        Rows whose outcome is not known, by the reason; their `code` and `years` mean nothing.
    notes : list of str
    """

    code: NDArray[np.int8]
    years: NDArray[np.float64] | None
    left_out: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def event_codes(texts: Sequence[str], rule: EventRule, where: str) -> NDArray[np.int8]:
    """Read a column of events.

    Returns
    -------
    ndarray of int8, shape (rows,)
        0 none, 1 event, 2 competing, -1 where the cell is missing.

    Raises
    ------
    BadInput
        If a word is not mapped, or the column looks as if 1 meant alive and 2 dead.
    """
    present = {text: texts.count(text) for text in dict.fromkeys(texts) if text not in rule.missing}
    known = {text: _CODES[meaning] for text, meaning in rule.words.items()} if rule.words else _PLAIN
    folded = {text: text if text in known else _whole(text.casefold()) for text in present}
    unmapped = {text: count for text, count in present.items() if folded[text] not in known}
    if unmapped:
        shown = ", ".join(f"'{text}' ({count})" for text, count in list(unmapped.items())[:4])
        more = f" and {len(unmapped) - 4} more" if len(unmapped) > 4 else ""
        first = next(iter(unmapped))
        raise BadInput(
            f"column '{rule.column}' holds {shown}{more}, and nothing says what that means",
            where=where,
            mend=f"say so in the mapping: words: {{'{first}': event}} (or none, or competing), or missing: unknown",
        )
    if not rule.words and {"1", "2"} == set(folded.values()):
        raise BadInput(
            f"column '{rule.column}' holds 1 and 2 and never 0: is 1 alive and 2 dead?",
            where=where,
            mend="say so in the mapping: words: {'1': none, '2': event}",
        )
    codes = {text: known[folded[text]] for text in present}
    return np.fromiter((codes.get(text, _UNKNOWN) for text in texts), dtype=np.int8, count=len(texts))


def _whole(text: str) -> str:
    """Return a whole number without the decimals that a program gave it: ``1`` for ``1.0``."""
    number = _WHOLE.fullmatch(text)
    return number.group(1) if number else text


def joined(
    event: NDArray[np.int8] | None, cause: NDArray[np.int8] | None, left_out: dict[str, NDArray[np.bool_]]
) -> NDArray[np.int8]:
    """Bring 'whether' and 'of what' together: the cause says which event it was, where there was one."""
    if cause is None or event is None:
        code = event if cause is None else cause
        if code is None:
            raise BadInput("nothing says what happened")
        left_out["the outcome is not known"] = code == _UNKNOWN
        return np.maximum(code, 0).astype(np.int8)
    left_out["the outcome is not known"] = event == _UNKNOWN
    happened = event > 0
    left_out["the event has no cause"] = happened & (cause == _UNKNOWN)
    left_out["event and cause contradict each other"] = (happened & (cause == 0)) | ((event == 0) & (cause > 0))
    return np.where(happened, np.maximum(cause, 0), 0).astype(np.int8)


def follow_up_years(
    texts: Sequence[str], use: TimeUse, unit: str | None, decimal: str, missing: Sequence[str], where: str
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.bool_]], list[str]]:
    """Read a column of follow-up times.

    Parameters
    ----------
    texts : sequence of str, length rows
    use : TimeUse
    unit : str or None
        What was said on top of the mapping.
    decimal : str
    missing : sequence of str
        The texts that stand for no value.
    where : str

    Returns
    -------
    years : ndarray of float64, shape (rows,)
        0 where it cannot be used.
    left_out : dict of str to ndarray of bool
        By the reason.
    notes : list of str
        A unit that is doubtful.

    Raises
    ------
    BadInput
        If no unit is given, or no cell is a time.
    """
    unit = unit or use.unit
    hint = next((code for code, pattern in _HINTS if pattern.search(use.column)), None)
    if unit is None:
        looks = f"; the name looks like {TIME_UNITS[hint]}" if hint else ""
        raise BadInput(
            f"nothing says in which unit column '{use.column}' is{looks}",
            where=where,
            mend=f"add --time-unit {hint or 'd, wk, mo or a'}, or the unit in the mapping",
        )
    numbers = np.array([_number(text, decimal) for text in texts], dtype=np.float64)
    empty = np.array([text in missing for text in texts])
    left_out = {
        "no follow-up time": empty,
        "the follow-up time is no number": ~empty & np.isnan(numbers),
        "a negative follow-up time": numbers < 0,
    }
    used = numbers >= 0
    if not used.any():
        example = next((text for text in texts if text not in missing), "")
        raise BadInput(
            f"no cell of column '{use.column}' is a follow-up time (the first is '{example}')",
            where=where,
            mend="name the column of times, or two of dates: outcome: time: {column: last_seen, since: diagnosed}",
        )
    years = np.where(used, convert(numbers, unit, "a"), 0.0)
    return years, left_out, _doubts(use.column, years[used], unit, hint)


def _number(text: str, decimal: str) -> float:
    number = plain_number(text, decimal)
    return np.nan if number is None else number


def _doubts(column: str, years: NDArray[np.float64], unit: str, hint: str | None) -> list[str]:
    median, longest = float(np.median(years)), float(years.max())
    doubts = []
    if median > _LONGEST_MEDIAN_YEARS or longest > _LONGEST_YEARS:
        meant = _unit_for(median, unit, longest)
        doubts.append(
            f"column '{column}' said in {TIME_UNITS[unit]} gives a follow-up of {median:.1f} years in the middle and "
            f"{longest:.0f} at the longest: is it in {TIME_UNITS[meant]}?"
        )
    elif median < _SHORTEST_MEDIAN_YEARS:
        doubts.append(
            f"column '{column}' said in {TIME_UNITS[unit]} gives a follow-up of {365.25 * median:.1f} days in the "
            "middle: is the unit right?"
        )
    if hint is not None and hint != unit:
        doubts.append(f"column '{column}' is read in {TIME_UNITS[unit]}, and its name says {TIME_UNITS[hint]}")
    return doubts


def _unit_for(median: float, unit: str, longest: float) -> str:
    """Return the longest unit, shorter than the one that was said, that gives a follow-up one can live."""
    for other in ("mo", "d"):
        factor = float(convert(1.0, other, "a") / convert(1.0, unit, "a"))
        if factor < 1 and median * factor <= _LONGEST_MEDIAN_YEARS and longest * factor <= _LONGEST_YEARS:
            return other
    return "d"
