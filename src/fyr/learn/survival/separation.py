"""Why a Cox regression has no answer: no events, columns that say nothing or the same, a likelihood without a top.

A coefficient runs to infinity where some combination of columns ranks every event above (or level with) all rows at
risk with it: the likelihood then rises for ever (Bryson and Johnson 1981, Technometrics 23:381; Heinze and Schemper
2001, Biometrics 57:114). A program that stops after some steps reports such a coefficient as a number; it is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.survival.risk_sets import RiskSets

__all__ = ["ranks_first", "refuse_columns_without_information", "refuse_ranking_columns", "refuse_ranking_direction"]

Floats = NDArray[np.float64]
_WHERE = "Cox regression"
_NOTHING = 1e-9
_SHOWN = 5
_SLACK = 1e-3


def refuse_columns_without_information(information: Floats, names: Sequence[str]) -> None:
    """Refuse a column that says nothing where events happen, or nothing that columns before it do not say.

    Parameters
    ----------
    information : ndarray of float64, shape (columns, columns)
        Of standardised columns, with all coefficients at 0.
    names : sequence of str

    Raises
    ------
    BadInput
        Naming the column, and those that it is made of.
    """
    left = information.copy()
    diagonal = np.diag(information).copy()
    largest = float(diagonal.max(initial=0.0))
    for place, name in enumerate(names):
        if diagonal[place] <= _NOTHING * largest or diagonal[place] <= 0:
            raise BadInput(
                f"column '{name}' has the same value in all rows at risk at each event",
                where=_WHERE,
                mend="leave it out; a column that defines the strata says nothing within them",
            )
        if left[place, place] <= _NOTHING * diagonal[place]:
            parts = np.linalg.lstsq(information[:place, :place], information[:place, place], rcond=None)[0]
            others = [f"'{names[int(one)]}'" for one in np.flatnonzero(np.abs(parts) > 1e-4)]
            raise BadInput(
                f"column '{name}' is a combination of {' and '.join(others)}: their coefficients cannot be told apart",
                where=_WHERE,
                mend=f"leave '{name}' out, or fit with a ridge penalty",
            )
        pivot = left[place] / left[place, place]
        left -= np.outer(left[:, place], pivot)


def refuse_ranking_columns(sets: RiskSets, names: Sequence[str]) -> None:
    """Refuse a column that alone ranks every event first, or last, among the rows at risk with it.

    Parameters
    ----------
    sets : RiskSets
    names : sequence of str

    Raises
    ------
    BadInput
        Naming the column, and the rows that are apart.
    """
    for column, name in enumerate(names):
        for sign in (1.0, -1.0):
            if _ranks_first(sign * sets.table[:, column], sets.event, sets.end, sets.first, 0.0):
                raise BadInput(
                    _alone(sets, column, sign, name),
                    where=_WHERE,
                    mend="leave the column out, join its levels, or fit with a ridge penalty",
                )


def refuse_ranking_direction(sets: RiskSets, direction: Floats, names: Sequence[str]) -> None:
    """Refuse a fit whose likelihood rises for ever along a direction in which several columns take part.

    Parameters
    ----------
    sets : RiskSets
        Of standardised columns.
    direction : ndarray of float64, shape (columns,)
        Where the last steps went.
    names : sequence of str

    Raises
    ------
    BadInput
        If more of that direction would only improve the ranking of the events; naming the columns.
    """
    largest = float(np.abs(direction).max(initial=0.0))
    if largest <= 0 or not _ranks_first(sets.table @ (direction / largest), sets.event, sets.end, sets.first, _SLACK):
        return
    involved = [f"'{names[one]}'" for one in np.argsort(-np.abs(direction)) if abs(direction[one]) > 0.05 * largest]
    raise BadInput(
        f"columns {', '.join(involved[:_SHOWN])} together rank every event first among the rows at risk with it, so "
        "their coefficients have no finite value",
        where=_WHERE,
        mend="use fewer columns for these few events, or fit with a ridge penalty",
    )


def ranks_first(sets: RiskSets, direction: Floats) -> bool:
    """Tell whether a direction ranks every event level with or above all rows at risk with it.

    Parameters
    ----------
    sets : RiskSets
        Of standardised columns.
    direction : ndarray of float64, shape (columns,)
        Its largest part is 1.
    """
    return bool(_ranks_first(sets.table @ direction, sets.event, sets.end, sets.first, _SLACK))


@numba.njit(cache=True, nogil=True)
def _ranks_first(
    ranking: Floats, event: Floats, end: NDArray[np.int64], first: NDArray[np.int64], slack: float
) -> bool:
    """Tell whether every event ranks level with or above each row at risk with it."""
    start, highest = 0, -np.inf
    for group in range(len(end)):
        if start == first[group]:
            highest = -np.inf
        for row in range(start, end[group]):
            highest = max(highest, ranking[row])
        for row in range(start, end[group]):
            if event[row] > 0 and ranking[row] < highest - slack:
                return False
        start = end[group]
    return True


def _alone(sets: RiskSets, column: int, sign: float, name: str) -> str:
    values = sets.table[:, column]
    word, ratio = ("highest", "infinite") if sign > 0 else ("lowest", "zero")
    of_events = values[sets.event > 0]
    if np.ptp(of_events) > 0:
        return (
            f"every event has the {word} '{name}' of the rows at risk with it: the hazard ratio would be {ratio}, and "
            "no finite coefficient is the answer"
        )
    apart = np.sort(sets.order[values != of_events[0]]) + 1
    word = "row" if len(apart) == 1 else "rows"
    several = ", ".join(str(row) for row in apart[:_SHOWN]) + (", ..." if len(apart) > _SHOWN else "")
    return (
        f"all {len(of_events)} events have the same '{name}', and none of the {len(apart)} {word} with another value "
        f"({word} {several}) has one: the hazard ratio would be {ratio}, and no finite coefficient is the answer"
    )
