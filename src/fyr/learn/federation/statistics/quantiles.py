"""Quantiles of columns over hospitals, closed in on by counts of bins, with bounds that they are sure to lie within.

The first bracket holds for every distribution (Cantelli 1928): the q-quantile lies between ``m - s sqrt((1 - q) / q)``
and ``m + s sqrt(q / (1 - q))``. It is cut into equal parts, rows are counted, and the part that the quantile is in is
cut again. Cuts stay for good, and a cut is made only where every count, and so every difference of counts, is of no
rows or of at least the minimum: so the bracket ends where it would come to single patients.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.statistics.grids import cells_of, kept_cuts
from fyr.learn.federation.study import Study

__all__ = ["find_quantiles", "histogram_step"]

Floats = NDArray[np.float64]

_PARTS: Final = 16
_ROUNDS: Final = 12


def find_quantiles(
    study: Study,  # noqa: ARG001
    names: Sequence[str],
    left_out: list[str],
    present: Floats,
    mean: Floats,
    spread: Floats,
    shares: Sequence[float],
    accuracy: float,
    minimum: int,
) -> Generator[Question, Answers, dict[str, list[dict[str, float]]]]:
    """Return, by column, each quantile with the bounds that it lies within.

    Parameters
    ----------
    study : Study
    names : sequence of str
    left_out : list of str
        Hospitals that answer with nothing.
    present, mean, spread : ndarray of float64, shape (columns,)
        The spread divides by the number of rows.
    shares : sequence of float
    accuracy : float
        In standard deviations.
    minimum : int
    """
    known = [place for place in range(len(names)) if present[place] > 0]
    brackets = {
        (place, share): (
            mean[place] - spread[place] * np.sqrt((1 - share) / share) * (1 + 1e-9) - 1e-12 * abs(mean[place]),
            mean[place] + spread[place] * np.sqrt(share / (1 - share)) * (1 + 1e-9) + 1e-12 * abs(mean[place]),
        )
        for place in known
        for share in shares
    }
    told = {place: np.zeros(0) for place in known}
    ask: dict[str, Any] = {"names": list(names), "left_out": left_out, "minimum": minimum}
    for _ in range(_ROUNDS):
        wide = [key for key, (low, high) in brackets.items() if high - low > accuracy * spread[key[0]]]
        cuts = {place: np.unique(np.concatenate([told[place], *(np.linspace(*brackets[key], _PARTS + 1) for key in wide
                                                                if key[0] == place)])) for place in known}  # fmt: skip
        if not wide:
            break
        send = {"cuts": [cuts.get(place, np.zeros(0)) for place in range(len(names))],
                "fixed": [told.get(place, np.zeros(0)) for place in range(len(names))]}  # fmt: skip
        answers = yield Question("histogram", {**ask, **send, "propose": True})
        agreed = [_common(answers, place) for place in range(len(names))]
        if all(len(agreed[place]) == len(told[place]) for place in known):
            break
        answers = yield Question("histogram", {**ask, "cuts": agreed, "fixed": agreed, "propose": False})
        before = dict(brackets)
        for place in known:
            told[place] = agreed[place]
            below = np.cumsum(answers.total(f"counts of {names[place]}"))
            for share in shares:
                brackets[place, share] = _closer(brackets[place, share], told[place], below, share)
        if brackets == before:
            break
    return {names[place]: [_told(share, *brackets[place, share]) for share in shares] for place in known}


def histogram_step(table: SiteTable, values: Payload) -> Answer:
    """Count the rows up to each cut of each column; or say which cuts can be."""
    proposed: list[Floats | None] = []
    sums: dict[str, Floats] = {}
    cells: dict[str, NDArray[np.int64]] = {}
    for name, cuts, fixed in zip(values["names"], values["cuts"], values["fixed"], strict=True):
        place = np.full(table.rows, -1, dtype=np.int64)
        if table.site not in values["left_out"] and table.rows and len(cuts):
            column = table.numbers(name) if bool(table.complete([name]).any()) else np.full(table.rows, np.nan)
            here = ~np.isnan(column)
            place[here] = cells_of(column[here], cuts, right=True)
        counts = np.bincount(place[place >= 0], minlength=len(cuts) + 1).astype(np.float64)
        if values["propose"]:
            kept = kept_cuts(counts[:, None], cuts, int(values["minimum"]), fixed)
            proposed.append(fixed if kept is None else kept)
        else:
            sums[f"counts of {name}"], cells[name] = counts, place
    return Answer(sums, {"cuts": proposed} if values["propose"] else {}, cells)


def _common(answers: Answers, place: int) -> Floats:
    several = [set(said["cuts"][place].tolist()) for said in answers.said.values()]
    return np.array(sorted(set.intersection(*several)), dtype=np.float64)


def _closer(bracket: tuple[float, float], cuts: Floats, below: Floats, share: float) -> tuple[float, float]:
    """Return the part of a bracket in which the smallest value lies that at least the share of rows reach."""
    low, high = bracket
    wanted = max(1.0, float(np.ceil(share * below[-1] - 1e-9)))
    reached = below[:-1] >= wanted
    if (~reached).any():
        low = max(low, float(cuts[~reached][-1]))
    if reached.any():
        high = min(high, float(cuts[reached][0]))
    return low, high


def _told(share: float, low: float, high: float) -> dict[str, float]:
    return {"share": share, "value": float((low + high) / 2), "low": float(low), "high": float(high)}
