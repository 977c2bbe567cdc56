"""What became of the patients whom a model put low, in the middle and high: observed curves beside what it expected."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.outcome import Outcome
from fyr.learn.survival.aalen_johansen import aalen_johansen
from fyr.learn.survival.kaplan_meier import kaplan_meier
from fyr.learn.survival.risk_table import step_values

__all__ = ["risk_groups"]

_NAMES: Final = ("low", "middle", "high")
_POINTS: Final = 121
_FEWEST: Final = 10
"""Rows under observation below which a curve is not drawn on."""


def risk_groups(
    score: NDArray[np.float64],
    risk: NDArray[np.float64] | None,
    outcome: Outcome,
    horizon_years: float | None,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Return the observed incidence in thirds of the score.

    Parameters
    ----------
    score : ndarray of float64, shape (rows,)
        Higher means worse; equal scores stay together.
    risk : ndarray of float64, shape (rows,), or None
        The probability of the event by the horizon.
    outcome : Outcome
    horizon_years : float or None
    level : float
        Of the pointwise intervals.

    Returns
    -------
    list of dict
        From the lowest third up: ``name``, ``rows``, ``events``, ``score`` (lowest and highest), ``predicted`` (mean
        risk), ``observed`` (share with the event by the horizon), and with times ``curve`` (``years``, ``incidence``,
        ``low``, ``high``; it ends where fewer than ten are under observation) and ``at_risk``. The incidence is one
        minus Kaplan-Meier's survival, or Aalen and Johansen's where another event may come first.
    """
    if not len(score):
        return []
    cuts = np.quantile(score, [1 / 3, 2 / 3])
    place = np.searchsorted(cuts, score, side="left")
    if len(set(place.tolist())) < len(_NAMES) - 1:  # nearly all rows score alike: cut between what there is
        distinct = np.unique(score)
        edges = distinct[np.linspace(0, len(distinct), 4).astype(int)[1:-1] - 1] if len(distinct) > 1 else cuts
        place = np.searchsorted(edges, score, side="left")
    found = []
    for number, name in enumerate(_NAMES):
        rows = place == number
        if rows.any():
            found.append(_group(name, rows, score, risk, outcome, horizon_years, level))
    return found


def _group(
    name: str,
    rows: NDArray[np.bool_],
    score: NDArray[np.float64],
    risk: NDArray[np.float64] | None,
    outcome: Outcome,
    horizon_years: float | None,
    level: float,
) -> dict[str, Any]:
    here = outcome.take(rows)
    group: dict[str, Any] = {
        "name": name,
        "rows": int(rows.sum()),
        "events": int(here.event.sum()),
        "score": [float(score[rows].min()), float(score[rows].max())],
        "predicted": None if risk is None else float(risk[rows].mean()),
    }
    if here.years is None or horizon_years is None:
        return {**group, "observed": float(here.event.mean())}
    curve = _curve(here, horizon_years, level)
    return {**group, **curve}


def _curve(here: Outcome, horizon_years: float, level: float) -> dict[str, Any]:
    years = here.years if here.years is not None else np.zeros(0)
    if here.competing is None:
        survival = kaplan_meier(years, here.event)
        times, incidence, at_risk = survival.times, 1 - survival.survival, survival.at_risk
        free_low, free_high = survival.interval(level)
        low, high = 1 - free_high, 1 - free_low
        observed = 1 - float(survival.at(horizon_years))
    else:
        happened = aalen_johansen(years, here.cause)
        times, incidence, at_risk = happened.times, happened.incidence, happened.at_risk
        low, high = happened.interval(level)
        observed = float(happened.at(horizon_years))
    enough = times[at_risk >= min(_FEWEST, len(years))]
    end = min(float(enough[-1]) if len(enough) else 0.0, 1.25 * horizon_years)
    grid = np.linspace(0, end, _POINTS)
    ticks = np.linspace(0, horizon_years, 6)
    return {
        "observed": observed if np.isfinite(observed) else None,
        "curve": {
            "years": np.round(grid, 4).tolist(),
            "incidence": step_values(times, incidence, grid, 0.0).tolist(),
            "low": step_values(times, low, grid, 0.0).tolist(),
            "high": step_values(times, high, grid, 0.0).tolist(),
        },
        "at_risk": {"years": ticks.tolist(), "rows": [int((years >= tick).sum()) for tick in ticks]},
    }
