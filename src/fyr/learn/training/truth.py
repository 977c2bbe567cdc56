"""What a learner is taught: times and events of one cause, or whether the event was there by the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.outcome import Outcome

__all__ = ["Truth", "truth_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Events of one cause.

    Parameters
    ----------
    event : ndarray of bool, shape (rows,)
    years : ndarray of float64, shape (rows,), or None
        ``None`` where the question is whether, not when.
    weight : ndarray of float64, shape (rows,)
        1, except where the question is whether the event came by a horizon: then the inverse of the chance of not
        being censored, and 0 for rows that were censored before it (Graf 1999, Stat Med 18:2529).
    """

    event: NDArray[np.bool_]
    years: Floats | None
    weight: Floats

    def take(self, rows: NDArray[Any]) -> Truth:
        """Return some rows: their places, or a mask."""
        return Truth(self.event[rows], None if self.years is None else self.years[rows], self.weight[rows])

    @property
    def fewest(self) -> int:
        """How many rows there are of the rarer kind that must be there: events, or without times also the others."""
        others = int((~self.event & (self.weight > 0)).sum())
        return self.events if self.years is not None else min(self.events, others)

    @property
    def events(self) -> int:
        """How many rows have the event and count."""
        return int((self.event & (self.weight > 0)).sum())


def truth_of(outcome: Outcome, *, cause: int = 1, by_years: float | None = None) -> Truth:
    """Return what to teach of an outcome.

    Parameters
    ----------
    outcome : Outcome
    cause : {1, 2}
        The event of interest, or its competing event. The other one ends follow-up: hazards are cause-specific
        (Prentice 1978, Biometrics 34:541).
    by_years : float, optional
        Ask whether the event came by then, instead of when.
    """
    event = outcome.event if cause == 1 or outcome.competing is None else outcome.competing
    if outcome.years is None or by_years is None:
        return Truth(event, outcome.years, np.ones(len(outcome)))
    from fyr.learn.survival.censoring import censoring_weights

    weight = censoring_weights(outcome.years, outcome.cause, by_years)
    return Truth(event & (outcome.years <= by_years), None, weight)
