"""The part of Cox's partial likelihood that one hospital computes: its rows are strata of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.statistics.plan import Rows
from fyr.learn.survival.risk_sets import RiskSets

__all__ = ["cox_likelihood", "expected_events", "risk_sets"]

Floats = NDArray[np.float64]


def risk_sets(rows: Rows, ties: str, *, keep: NDArray[np.bool_] | None = None) -> RiskSets | None:
    """Return the hospital's rows in the order of the walk; None where no event happens, and nothing can be said.

    Parameters
    ----------
    rows : Rows
    ties : {"efron", "breslow"}
    keep : ndarray of bool, shape (rows,), optional
        Rows that take part.
    """
    kept = np.ones(rows.count, dtype=np.bool_) if keep is None else keep
    event = rows.role["event"][kept] > 0
    if not bool(event.any()):
        return None
    entry = rows.role.get("entry")
    return RiskSets.of(
        np.ascontiguousarray(rows.design[kept]),
        rows.role["duration"][kept],
        event,
        efron=ties == "efron",
        stratum=rows.stratum[kept],
        weight=rows.weight[kept],
        offset=rows.role.get("offset", np.zeros(rows.count))[kept],
        entry=None if entry is None else entry[kept],
    )


def cox_likelihood(sets: RiskSets | None, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return the log partial likelihood, its slope and minus its curvature; zeros without events."""
    if sets is None:
        return 0.0, np.zeros(len(beta)), np.zeros((len(beta),) * 2)
    found = sets.derivatives(beta)
    return found.log_likelihood, found.gradient, found.information


def expected_events(sets: RiskSets | None, beta: Floats) -> Floats:
    """Return how many events each row is expected to have, and has without coefficients: by so much it counts.

    The shape is (2, rows), in no order of the table's.
    """
    if sets is None:
        return np.zeros((2, 0))
    there, at_start = sets.derivatives(beta).exposed, sets.derivatives(np.zeros(len(beta))).exposed
    return np.stack([there if len(there) else np.zeros_like(at_start), at_start])
