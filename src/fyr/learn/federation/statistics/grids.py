"""Bins that hospitals agree on, so that no count is of fewer rows than the rules allow.

Counts are made of bins by groups (with the event or without; a level). A hospital can make a cut if every count on
both sides of it is 0 or at least the minimum. Cuts are offered one a stretch, from the middle, and made where all
hospitals can; a sum of counts that are 0 or large enough is 0 or large enough: so the promise holds at every hospital,
and for all of them together. What a hospital says of a cut is yes or no.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import Refused
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.study import Study

__all__ = ["agree_cuts", "binned", "cells_of", "kept_cuts", "proposal"]

Floats = NDArray[np.float64]


def cells_of(values: Floats, cuts: Floats, *, right: bool) -> NDArray[np.int64]:
    """Return each value's bin, from 0 (before the first cut) to ``len(cuts)``.

    Parameters
    ----------
    values : ndarray of float64, shape (rows,)
    cuts : ndarray of float64, shape (cuts,)
        Rising.
    right : bool
        Whether a value at a cut belongs to the bin before it (times), or after it (risks).
    """
    return np.searchsorted(cuts, values, side="left" if right else "right").astype(np.int64)


def kept_cuts(counts: Floats, cuts: Floats, minimum: int, fixed: Floats | None = None) -> Floats | None:
    """Return the cuts that may stay at this hospital; None if not even all rows together are enough.

    Parameters
    ----------
    counts : ndarray of float64, shape (cuts + 1, groups)
    cuts : ndarray of float64, shape (cuts,)
    minimum : int
    fixed : ndarray of float64, optional
        Cuts whose counts were told before: they stay, so that no difference of counts is of fewer rows either.
    """
    ends = [0, *(np.flatnonzero(np.isin(cuts, fixed)) + 1 if fixed is not None else []), len(counts)]
    kept: list[float] = []
    for begin, end in pairwise(ends):
        inner = _kept_within(counts[begin:end], cuts[begin : end - 1], minimum)
        if inner is None:
            return None
        kept += [*inner, *cuts[end - 1 : end].tolist()]
    return np.array(kept, dtype=np.float64)


def _kept_within(counts: Floats, cuts: Floats, minimum: int) -> list[float] | None:
    bins: list[Floats] = []
    kept: list[int] = []
    current = np.zeros(counts.shape[1])
    for place, row in enumerate(counts):
        current = current + row
        if _enough(current, minimum):
            bins.append(current)
            kept.append(place)
            current = np.zeros(counts.shape[1])
    # What is left at the end goes with the bins before it, as many as it takes.
    while current.any() and bins:
        current = current + bins.pop()
        kept.pop()
        if _enough(current, minimum):
            break
    if current.any() and not _enough(current, minimum):
        return None
    return [float(cuts[place]) for place in kept if place < len(cuts)]


def binned(place: NDArray[np.int64], group: NDArray[np.int64], bins: int, groups: int) -> Floats:
    """Return counts, shape (bins, groups)."""
    flat = np.bincount(place * groups + group, minlength=bins * groups)
    return flat.astype(np.float64).reshape(bins, groups)


def agree_cuts(
    study: Study, step: str, values: dict[str, Any], wanted: Floats, *, leave_out: bool = False
) -> Generator[Question, Answers, tuple[Floats, dict[str, str]]]:
    """Return the cuts that all can make, and the hospitals that cannot take part, with the reason.

    In each round every stretch between agreed cuts is offered one more, the untried one nearest to its middle.

    Parameters
    ----------
    study : Study
    step : str
        Answers, to ``propose``, as :func:`proposal` does.
    values : dict
        Of that step.
    wanted : ndarray of float64, shape (cuts,)
        Rising.
    leave_out : bool
        Whether hospitals that can make the fewest cuts are left out, as long as no cut can be made by all.

    Raises
    ------
    Refused
        If no hospital can take part, or no cut can be made.
    """
    few: dict[str, str] = {}
    able: Counter[str] = Counter()
    agreed: set[int] = set()
    tried: set[int] = set()
    taking_part: list[str] = []
    while True:
        offered = _offered(len(wanted), agreed, tried)
        if not offered:
            least = _least_able(taking_part, able)
            if agreed or not leave_out or not least:
                break
            few |= dict.fromkeys(
                least, f"it can make {able[least[0]]} of {len(wanted)} cuts, and leaves none to others"
            )
            tried.clear()
            able.clear()
            continue
        tried |= set(offered)
        answers = yield Question(
            step, {**values, "cuts": wanted[sorted({*agreed, *offered})], "offered": wanted[offered], "propose": True}
        )
        few |= {site: str(why) for site, why in answers.each("why").items() if why}
        taking_part = [site for site in answers.sites if site not in few]
        if not taking_part:
            raise Refused("; ".join(f"{site}: {why}" for site, why in few.items()), where=study.name)
        for site in taking_part:
            able[site] += int(np.count_nonzero(answers.said[site]["splits"]))
        agreed |= {
            one for place, one in enumerate(offered)
            if all(bool(answers.said[site]["splits"][place]) for site in taking_part)
        }  # fmt: skip
    if not agreed:
        least = _least_able(taking_part, able)
        raise Refused(
            "no cut leaves every hospital with counts of 0 or enough rows on both sides"
            + (f" ({', '.join(least)} can make {able[least[0]]} of {len(wanted)})" if least else ""),
            where=study.name,
            mend="use another grid, or leave the smallest hospitals out",
        )
    return wanted[sorted(agreed)], few


def _least_able(sites: list[str], able: Counter[str]) -> list[str]:
    """Return the hospitals that could make the fewest cuts; none where all could make as many."""
    fewest = min((able[site] for site in sites), default=0)
    least = [site for site in sites if able[site] == fewest]
    return least if len(least) < len(sites) else []


def _offered(count: int, agreed: set[int], tried: set[int]) -> list[int]:
    ends = [-1, *sorted(agreed), count]
    offered = []
    for begin, end in pairwise(ends):
        free = [one for one in range(begin + 1, end) if one not in tried]
        if free:
            offered.append(min(free, key=lambda one: (abs(2 * one - begin - end), one)))
    return offered


def proposal(counts: Floats, values: Payload) -> Answer:
    """Return what a hospital says to ``propose``: which of the offered cuts it can make, or why it cannot take part.

    Parameters
    ----------
    counts : ndarray of float64, shape (cuts + 1, groups)
        Between the agreed and the offered cuts together.
    values : mapping
    """
    minimum = int(values["minimum"])
    at = np.searchsorted(values["cuts"], values["offered"])
    enough = np.array([_enough(row, minimum) for row in counts], dtype=np.bool_)
    whole = _enough(counts.sum(axis=0), minimum)
    why = "" if whole else f"some group has from 1 to {minimum - 1} rows here"
    return Answer({}, {"splits": enough[at] & enough[at + 1], "why": why})


def _enough(counts: Floats, minimum: int) -> bool:
    return bool(((counts == 0) | (counts >= minimum)).all())
