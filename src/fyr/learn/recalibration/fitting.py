"""Fit one recalibration to a cohort's predicted risks and outcomes, with the band of how sure it is."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.bootstrap import group_resamples
from fyr.learn.horizon_status import HorizonStatus, status_at
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.baseline import baseline_hazard
from fyr.learn.recalibration.isotonic import away_from_ends, fit_isotonic
from fyr.learn.recalibration.line import fit_line
from fyr.learn.recalibration.links import Link, linked
from fyr.learn.recalibration.maps import Band, Method, Recalibration
from fyr.learn.recalibration.refusals import check_enough, check_risk

__all__ = ["bootstrap_band", "fit_recalibration", "link_of", "map_of"]

_KNOTS: Final = 60
_PLACE: Final = "recalibration"


def link_of(outcome: Outcome) -> Link:
    """Return the scale on which an outcome is recalibrated: log odds without times, the log hazard with them."""
    return "logit" if outcome.years is None else "cloglog"


def fit_recalibration(
    risk: NDArray[np.float64], outcome: Outcome, method: Method, *, horizon_years: float | None
) -> Recalibration:
    """Fit a recalibration, or refuse.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
        The model's probability of the event by the horizon.
    outcome : Outcome
    method : {"none", "intercept", "baseline", "slope", "isotonic"}
    horizon_years : float or None
        ``None`` for an outcome without times.

    Raises
    ------
    BadInput
        If a risk is no probability, or the outcome has no times and the method needs them.
    Refused
        If there are too few events, the risks are all the same or separate the events completely, or the model ranks
        backwards here.
    """
    status = status_at(outcome, horizon_years)
    link = link_of(outcome)
    check_enough(method, status, _PLACE)
    check_risk(risk, status, link, _PLACE)
    fitted = map_of(risk, outcome, status, method, horizon_years)
    if fitted.method == "isotonic" and fitted.values[0] == fitted.values[-1]:
        raise Refused("the observed risk does not rise with the predicted one", where=_PLACE, mend="use another model")
    return fitted


def map_of(
    risk: NDArray[np.float64],
    outcome: Outcome,
    status: HorizonStatus,
    method: Method,
    horizon_years: float | None,
) -> Recalibration:
    """Fit without asking whether there is enough: for folds and resamples of what was asked before.

    Raises
    ------
    BadInput
        If a risk is exactly 0 or 1 and the method needs its logarithm, or the method needs times that are not there.
    """
    link = link_of(outcome)
    if method == "none":
        return Recalibration("none", link)
    if method == "isotonic":
        knots, shares, weights = fit_isotonic(risk, status.happened, status.weight)
        values = away_from_ends(shares, weights)
        return Recalibration("isotonic", link, knots=tuple(knots.tolist()), values=tuple(values.tolist()))
    ends = int(((risk <= 0) | (risk >= 1)).sum())
    if ends:
        raise BadInput(
            f"{ends} predicted risks are exactly 0 or 1, where {method} has no finite scale",
            where=_PLACE,
            mend="use --method isotonic",
        )
    line = linked(risk, link)
    if method == "baseline":
        if horizon_years is None:
            raise BadInput("baseline needs an outcome with times", where=_PLACE, mend="use --method intercept")
        return Recalibration("baseline", link, intercept=float(np.log(baseline_hazard(line, outcome, horizon_years))))
    intercept, slope = fit_line(line, status.happened, status.weight, link, slope=method == "slope")
    return Recalibration(method, link, intercept=intercept, slope=slope)


def bootstrap_band(
    risk: NDArray[np.float64],
    outcome: Outcome,
    fitted: Recalibration,
    *,
    horizon_years: float | None,
    patient: NDArray[Any],
    generator: np.random.Generator,
    resamples: int = 300,
    level: float = 0.95,
) -> tuple[Band, dict[str, tuple[float, float]]]:
    """Return how sure the map is: the percentiles of maps fitted to resampled patients (Efron and Tibshirani 1993).

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    outcome : Outcome
    fitted : Recalibration
    horizon_years : float or None
    patient : ndarray, shape (rows,)
        All rows of a patient are drawn together.
    generator : numpy.random.Generator
    resamples : int
    level : float

    Returns
    -------
    band : Band
    parameters : dict of str to tuple of float and float
        The interval of `intercept` and `slope`, where the method has them.

    Raises
    ------
    Refused
        If hardly any resample can be fitted.
    """
    status = status_at(outcome, horizon_years)
    if fitted.method == "none":
        ends_of_risk = (float(risk.min()), float(risk.max()))
        return Band(level, ends_of_risk, ends_of_risk, ends_of_risk), {}
    at = np.unique(np.quantile(risk[status.known], np.linspace(0.0, 1.0, _KNOTS)))
    maps = []
    for counts in group_resamples(patient, generator, resamples):
        rows = np.repeat(np.arange(len(risk)), counts)
        drawn = outcome.take(rows)
        try:
            seen = status_at(drawn, horizon_years)
            if seen.events and seen.without:
                maps.append(map_of(risk[rows], drawn, seen, fitted.method, horizon_years))
        except BadInput:  # a resample whose slope falls, or that nobody was followed in
            continue
    if len(maps) < 0.9 * resamples:
        raise Refused(
            f"only {len(maps)} of {resamples} resamples of the patients could be fitted: the map is not certain at all",
            where=_PLACE,
            mend="take a simpler method or a larger cohort",
        )
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile([drawn.apply(at) for drawn in maps], ends, axis=0)
    parameters = {}
    if fitted.method != "isotonic":
        named = {"intercept": [drawn.intercept for drawn in maps], "slope": [drawn.slope for drawn in maps]}
        spread = {name: np.quantile(values, ends).tolist() for name, values in named.items()}
        parameters = {name: (low_end, high_end) for name, (low_end, high_end) in spread.items() if low_end < high_end}
    return Band(level, tuple(at.tolist()), tuple(low.tolist()), tuple(high.tolist())), parameters
