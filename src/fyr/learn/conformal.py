"""Conformal sets: which answers, event or no event by the horizon, cannot be ruled out for a patient at a level.

The sets are Mondrian by class (Vovk, Gammerman and Shafer 2005, chapter 4; Vovk 2012, ACML): of patients who will have
the event at least `level` get a set that holds it, and of patients who will not at least `level` get a set that holds
that. The score is the model's own risk. The model was not fitted to these patients and so the whole cohort calibrates:
nothing is split off, the guarantee holds for any number of rows, and a recalibration of the model changes nothing,
for it only rises with the risk. It holds for patients like the cohort's, and so not at another hospital: that is why
coverage is measured by hospital, and at hospitals left out.

With censoring a row whose status at the horizon is known weighs the inverse of its chance of having been followed
(Tibshirani et al. 2019, NeurIPS, weighted exchangeability; Candès, Lei and Ren 2023, JRSS B 85:24-45, for survival).
Those weights are estimated, so that the guarantee is one for many rows. A bound on the survival time itself, as in the
latter paper, needs a model of that time: a model that gives the risk at one horizon has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import HorizonStatus

__all__ = ["SETS", "ConformalSets", "fit_sets", "least_rows", "set_figures"]

SETS = ("event", "no_event", "either", "neither")
"""What a set may hold; ``neither``: the patient is unlike those with the event and unlike those without it."""


@dataclass(frozen=True, slots=True)
class ConformalSets:
    """Two thresholds on the model's risk.

    Parameters
    ----------
    level : float
    event_from : float
        The event is in the set from this risk on.
    no_event_to : float
        No event is in the set up to this risk.
    """

    level: float
    event_from: float
    no_event_to: float

    def holds(self, risk: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return whether the set holds the event, and whether it holds no event; each of shape (rows,)."""
        return risk >= self.event_from, risk <= self.no_event_to

    def place(self, risk: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place of each row's set in :data:`SETS`, shape (rows,)."""
        event, none = self.holds(risk)
        places: NDArray[np.int64] = np.where(event & none, 2, np.where(event, 0, np.where(none, 1, 3)))
        return places

    def as_dict(self) -> dict[str, float]:
        """Return the thresholds as JSON-able values."""
        return {"level": self.level, "event_from": self.event_from, "no_event_to": self.no_event_to}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ConformalSets:
        """Read what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it is no such document.
        """
        try:
            return cls(*(float(document[name]) for name in ("level", "event_from", "no_event_to")))
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"these are not conformal thresholds: {problem}") from None


def least_rows(level: float) -> int:
    """Return the least number of rows of a class that can rule anything out at a level.

    >>> least_rows(0.9), least_rows(0.95)
    (9, 19)
    """
    return int(np.ceil(1 / (1 - level) - 1e-9)) - 1


def fit_sets(risk: NDArray[np.float64], status: HorizonStatus, level: float) -> ConformalSets:
    """Find the thresholds of a cohort.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
        Of a model that was not fitted to these rows.
    status : HorizonStatus
    level : float

    Raises
    ------
    BadInput
        If the level is not between 0 and 1.
    Refused
        If a class has too few rows to rule anything out.
    """
    if not 0 < level < 1:
        raise BadInput(f"a conformal level of {level:g} is not between 0 and 1", mend="for example 0.9")
    least = least_rows(level)
    for count, what in ((status.events, "with the event"), (status.without, "known to be without it")):
        if count < least:
            raise Refused(
                f"a level of {level:g} needs {least} rows {what} and there are {count}",
                where="conformal sets",
                mend="choose a lower level or a larger cohort",
            )
    yes, no = status.happened, status.known & ~status.happened
    lowest = _ruled_out_below(risk[yes], status.weight[yes], 1 - level)
    highest = -_ruled_out_below(-risk[no], status.weight[no], 1 - level)
    return ConformalSets(level, lowest, highest)


def _ruled_out_below(score: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    """Return the highest score with at most `share` of the weight below it, the patient to come counted below.

    The weight of the patient to come is not known: the largest of the class stands for it.
    """
    order = np.argsort(score, kind="stable")
    ranked, counted = score[order], weight[order]
    below = np.concatenate([[0.0], np.cumsum(counted)[:-1]])
    within = below + counted.max() <= share * (counted.sum() + counted.max()) * (1 + 1e-12)
    return float(ranked[within][-1]) if within.any() else -np.inf


def set_figures(places: NDArray[np.int64], happened: NDArray[np.bool_], weight: NDArray[np.float64]) -> dict[str, Any]:
    """Measure sets on rows that they were not made of.

    Parameters
    ----------
    places : ndarray of int, shape (rows,)
        What each row's set holds, by its place in :data:`SETS`.
    happened : ndarray of bool, shape (rows,)
    weight : ndarray of float64, shape (rows,)
        0 where the status is not known.

    Returns
    -------
    dict
        `coverage` of all, of `event` and of `no_event`, each with ``estimate``, ``low``, ``high`` (95 %, Wilson, on the
        effective number of rows) and ``rows``, or ``None`` where there is no such row; and the share of each set.
    """
    right = np.where(happened, (places == 0) | (places == 2), (places == 1) | (places == 2))
    known = weight > 0
    classes = {"all": known, "event": happened & known, "no_event": known & ~happened}
    coverage = {name: _share(right[rows], weight[rows]) for name, rows in classes.items()}
    share = np.bincount(places, minlength=len(SETS)) / max(len(places), 1)
    return {"coverage": coverage, "sets": dict(zip(SETS, share.tolist(), strict=True))}


def _share(right: NDArray[np.bool_], weight: NDArray[np.float64]) -> dict[str, float] | None:
    """Return a weighted share with Wilson's interval (1927), the rows counted by Kish's effective number."""
    if not len(right):
        return None
    share = float((weight * right).sum() / weight.sum())
    count, z = float(weight.sum() ** 2 / (weight**2).sum()), 1.959963984540054
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return {
        "estimate": share,
        "low": max(float(middle - half), 0.0),
        "high": min(float(middle + half), 1.0),
        "rows": len(right),
    }
