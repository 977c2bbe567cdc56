"""A figure with its interval, from the values that bootstrap resamples gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Figure", "figure_of"]

ENOUGH_RESAMPLES = 0.95
"""The share of resamples in which a figure must exist for its percentiles to mean anything."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate and its percentile interval.

    Parameters
    ----------
    estimate : float
    low, high : float or None
        ``None`` where there is no interval; the reason stands beside the figure.
    """

    estimate: float
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return ``{"estimate", "low", "high"}``."""
        return {"estimate": self.estimate, "low": self.low, "high": self.high}


def figure_of(
    name: str, estimate: float, resampled: NDArray[np.float64], level: float, why: Mapping[str, str], one: bool
) -> tuple[Figure | None, dict[str, str]]:
    """Return a figure, and why it or its interval is not there.

    Parameters
    ----------
    name : str
        What the figure is called in the reasons.
    estimate : float
        NaN where it cannot be computed.
    resampled : ndarray of float64, shape (resamples,)
        The same figure in each resample, NaN where it could not be computed.
    level : float
    why : mapping of str to str
        Reasons already known, by figure.
    one : bool
        There is one patient only, whom every resample draws.

    Returns
    -------
    figure : Figure or None
    reasons : dict of str to str
        Under `name` if there is no figure, under ``NAME.interval`` if it has no interval.
    """
    if name in why or not np.isfinite(estimate):
        return None, {name: why.get(name, "the data do not determine it")}
    kept = resampled[np.isfinite(resampled)]
    reason = _no_interval(len(kept), len(resampled), one)
    if reason:
        return Figure(estimate, None, None), {f"{name}.interval": reason}
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Figure(estimate, low, high), {}


def _no_interval(kept: int, resamples: int, one: bool) -> str:
    if one:
        return "one patient cannot be resampled"
    if resamples == 0:
        return "no resamples were asked for"
    if kept < ENOUGH_RESAMPLES * resamples:
        return f"it could be computed in only {kept} of {resamples} resamples"
    return ""
