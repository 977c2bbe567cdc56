"""Observed risk in tenths of predicted risk, and how the predictions are spread: what a reader can count by hand."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.judging.sample import Sample
from fyr.learn.survival.aalen_johansen import aalen_johansen

__all__ = ["calibration_groups", "distribution", "effective_interval"]

Floats = NDArray[np.float64]

GROUPS = 10
ROWS_A_GROUP = 10
BINS = 20


def calibration_groups(sample: Sample, risk: Floats, independent: float, level: float) -> list[dict[str, Any]]:
    """Return predicted and observed risk in groups of rising predicted risk.

    Ten groups of equal size, fewer where a group would have fewer than 10 rows; equal risks stay together.

    Parameters
    ----------
    sample : Sample
    risk : ndarray of float64, shape (rows,)
    independent : float
        Patients a row: rows of one patient count as one where the width is found.
    level : float

    Returns
    -------
    list of dict
        ``predicted`` (mean), ``observed``, ``low``, ``high``, ``rows``, ``events`` by the horizon; observed ``None``
        where follow-up of the group ends before the horizon.
    """
    wanted = min(GROUPS, max(1, len(risk) // ROWS_A_GROUP))
    cuts = np.unique(np.quantile(risk, np.arange(1, wanted) / wanted)) if wanted > 1 else np.zeros(0)
    place = np.searchsorted(cuts, risk, side="left")
    groups = []
    for one in np.unique(place):
        inside = place == one
        curve = aalen_johansen(sample.years[inside], sample.cause[inside])
        observed, error = float(curve.at(sample.horizon)), float(curve.standard_error_at(sample.horizon))
        known = bool(np.isfinite(observed))
        followed = float((sample.had | sample.spared)[inside].sum())
        low, high = effective_interval(observed, error, followed, independent, level) if known else (None, None)
        groups.append(
            {
                "predicted": float(risk[inside].mean()),
                "observed": observed if known else None,
                "low": low,
                "high": high,
                "rows": int(inside.sum()),
                "events": int(sample.had[inside].sum()),
            }
        )
    return groups


def effective_interval(
    share: float, error: float, followed: float, independent: float, level: float
) -> tuple[float, float]:
    """Return Wilson's interval with as many patients as the standard error is worth (Rothman 1978, J Chron Dis 31:557).

    Parameters
    ----------
    share, error : float
        The estimate and its standard error.
    followed : float
        Rows whose state is known: their number is used where the share is 0 or 1, and no error can tell.
    independent : float
        Patients a row, at most 1.
    level : float
    """
    worth = share * (1 - share) / error**2 if error > 0 and 0 < share < 1 else followed
    count = max(worth * independent, 1e-9)
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def distribution(sample: Sample, risk: Floats) -> dict[str, list[float]]:
    """Count predictions in twentieths: with the event by the horizon, known to be without, and not known."""
    edges = np.linspace(0, 1, BINS + 1)
    unknown = ~(sample.had | sample.spared)
    counts = {
        name: np.histogram(risk[which], edges)[0].tolist()
        for name, which in (("event", sample.had), ("none", sample.spared), ("unknown", unknown))
    }
    return {"edges": edges.round(2).tolist(), **counts}
