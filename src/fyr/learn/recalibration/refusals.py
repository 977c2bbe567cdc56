"""When a recalibration is refused: too little to learn from, or nothing that a map of risk could mend.

The least numbers of rows with and without the event by the horizon:

- one number to estimate (``intercept``, ``baseline``): 25 of each. Observed over expected events is then known to about
  a factor ``exp(1.96 / sqrt(events))``, 1.5, with 95 % confidence (Riley et al. 2021, Statistics in Medicine
  40:4230-4251).
- intercept and slope: 100 of each (Vergouwe et al. 2005, Journal of Clinical Epidemiology 58:475-483; Collins, Ogundimu
  and Altman 2016, Statistics in Medicine 35:214-226).
- a free curve (``isotonic``): 200 of each (Van Calster et al. 2016, Journal of Clinical Epidemiology 74:167-176).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import HorizonStatus
from fyr.learn.recalibration.line import fit_line
from fyr.learn.recalibration.links import Link, linked
from fyr.learn.recalibration.maps import Method

__all__ = ["LEAST", "check_enough", "check_risk", "why_too_few"]

LEAST: Final[dict[Method, tuple[int, str]]] = {
    "intercept": (25, "so that the mean risk is known to a factor of 1.5: Riley 2021"),
    "baseline": (25, "so that the mean risk is known to a factor of 1.5: Riley 2021"),
    "slope": (100, "Vergouwe 2005, Collins 2016"),
    "isotonic": (200, "a free curve: Van Calster 2016"),
}
"""The least number of rows with the event, and without it, for each method, and why."""


def why_too_few(method: Method, status: HorizonStatus) -> str:
    """Return what is lacking for a method, or empty text where there is enough."""
    if method == "none":
        return ""
    least, reason = LEAST[method]
    for count, what in ((status.events, "with the event"), (status.without, "known to be without it")):
        if count < least:
            return f"{method} needs {least} rows {what} and there are {count} ({reason})"
    return ""


def check_enough(method: Method, status: HorizonStatus, place: str) -> None:
    """Refuse a method for which there are too few rows with the event, or without it.

    Raises
    ------
    Refused
        With how many are needed and why.
    """
    lacking = why_too_few(method, status)
    if lacking:
        raise Refused(lacking, where=place, mend="take a simpler method or a larger cohort")


def check_risk(risk: NDArray[np.float64], status: HorizonStatus, link: Link, place: str) -> None:
    """Refuse risks that no map of risk can mend.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    status : HorizonStatus
    link : {"logit", "cloglog"}
    place : str
        What is said to be at fault.

    Raises
    ------
    BadInput
        If a risk is no probability.
    Refused
        If all are the same, they separate the rows with the event completely, or they rank the wrong way round.
    """
    if len(risk) != len(status.weight):
        raise BadInput(f"{len(risk)} risks and {len(status.weight)} outcomes do not belong together", where=place)
    if not bool(((risk >= 0) & (risk <= 1)).all()):
        raise BadInput("a predicted risk is no probability from 0 to 1", where=place)
    if not (status.events and status.without):
        missing = "without" if status.events else "with"
        raise Refused(f"there is no row {missing} the event by the horizon", where=place, mend="take a larger cohort")
    known = risk[status.known]
    if np.ptp(known) < 1e-9:
        raise Refused(
            f"the model gives every row the same risk ({known[0]:.4g}): it tells no patients apart",
            where=place,
            mend="use another model",
        )
    yes, no = risk[status.happened], risk[status.known & ~status.happened]
    if yes.min() > no.max() or yes.max() < no.min():
        raise Refused(
            "the predicted risk separates the rows with and without the event completely, so that no slope is finite",
            where=place,
            mend="look for an input that gives the outcome away: fyr learn check",
        )
    slope = _slope(risk, status, link)
    if slope <= 0:
        raise Refused(
            f"the model ranks backwards here: the slope from predicted to observed is {slope:.2f}",
            where=place,
            mend="check how the outcome and the inputs are coded; else do not use this model here",
        )


def _slope(risk: NDArray[np.float64], status: HorizonStatus, link: Link) -> float:
    """Return the slope of the line from predicted to observed; where it has none, the difference of the mean risks."""
    inside = status.known & (risk > 0) & (risk < 1)
    happened, weight = status.happened[inside], status.weight[inside]
    if happened.any() and not happened.all() and np.ptp(risk[inside]) > 1e-9:
        return fit_line(linked(risk[inside], link), happened, weight, link, slope=True)[1]
    without = status.weight * ~status.happened
    return float(np.average(risk, weights=status.weight * status.happened) - np.average(risk, weights=without))
