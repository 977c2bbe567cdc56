"""Baseline hazards, held-out partial likelihood, and the risk that hazards of competing causes make together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Steps", "breslow_steps", "held_out_log_likelihood", "incidence"]

Floats = NDArray[np.float64]

_MOST_LOG_HAZARD = 30.0
"""A log hazard ratio is held within ±30: beyond it a risk is 0 or 1 in double precision whatever the baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A cumulative hazard that rises in steps.

    Parameters
    ----------
    times, cumulative : ndarray of float64, shape (steps,)
        In years, rising; 0 before the first.
    """

    times: Floats
    cumulative: Floats

    def at(self, years: float) -> float:
        """Return the cumulative hazard at a time."""
        place = int(np.searchsorted(self.times, years, side="right"))
        return float(self.cumulative[place - 1]) if place else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the steps as JSON-able values."""
        return {"years": self.times.tolist(), "cumulative_hazard": self.cumulative.tolist()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Steps:
        """Return the steps that :meth:`as_dict` described."""
        return cls(
            np.array(document["years"], dtype=np.float64), np.array(document["cumulative_hazard"], dtype=np.float64)
        )


def breslow_steps(years: Floats, event: NDArray[np.bool_], score: Floats) -> Steps:
    """Return the baseline cumulative hazard of given log hazard ratios (Breslow 1974, Biometrics 30:89).

    Parameters
    ----------
    years : ndarray of float64, shape (rows,)
    event : ndarray of bool, shape (rows,)
    score : ndarray of float64, shape (rows,)
        Log hazard ratios; the baseline is the hazard of a score of 0.
    """
    times, counts = np.unique(years[event], return_counts=True)
    order = np.argsort(years, kind="stable")
    hazard = np.exp(np.clip(score, -_MOST_LOG_HAZARD, _MOST_LOG_HAZARD))[order]
    at_risk = np.append(np.cumsum(hazard[::-1])[::-1], 0.0)[np.searchsorted(years[order], times, side="left")]
    return Steps(times, np.cumsum(counts / at_risk))


def held_out_log_likelihood(years: Floats, event: NDArray[np.bool_], score: Floats) -> float:
    """Return the log partial likelihood of scores that were made without these rows, ties after Breslow.

    How well a model that was fitted elsewhere orders and spreads hazards here: too wide a spread costs as much as a
    wrong order (van Houwelingen 2006, Stat Med 25:3201).
    """
    if not event.any():
        return 0.0
    order = np.argsort(years, kind="stable")
    held = np.clip(score, -_MOST_LOG_HAZARD, _MOST_LOG_HAZARD)
    later = np.append(np.cumsum(np.exp(held[order])[::-1])[::-1], 0.0)
    at_risk = later[np.searchsorted(years[order], years[event], side="left")]
    return float((held[event] - np.log(at_risk)).sum())


def incidence(
    horizon: float, event: Steps, score: Floats, other: Steps | None = None, other_score: Floats | None = None
) -> Floats:
    """Return the risk of the event by a horizon, shape (rows,).

    Without a competing cause it is one less the survival; with one, the sum over the event's steps of the chance to be
    free of both causes just before the step times the step's hazard (Prentice 1978; Putter 2007, Stat Med 26:2389).

    Parameters
    ----------
    horizon : float
        In years.
    event, other : Steps
    score, other_score : ndarray of float64, shape (rows,)
        Log hazard ratios.
    """
    ratio = np.exp(np.clip(score, -_MOST_LOG_HAZARD, _MOST_LOG_HAZARD))
    if other is None or other_score is None:
        risk: Floats = -np.expm1(-event.at(horizon) * ratio)
        return risk
    other_ratio = np.exp(np.clip(other_score, -_MOST_LOG_HAZARD, _MOST_LOG_HAZARD))
    steps = np.diff(event.cumulative, prepend=0.0)
    total = np.zeros(len(score))
    before = 0.0
    for time, step in zip(event.times.tolist(), steps.tolist(), strict=True):
        if time > horizon:
            break
        place = int(np.searchsorted(other.times, time, side="left"))
        free = np.exp(-before * ratio - (other.cumulative[place - 1] if place else 0.0) * other_ratio)
        total += free * -np.expm1(-step * ratio)
        before += step
    return total
