"""Who had the event by a horizon, as a column of truth and a column of weights: one form for all outcomes.

A patient who was lost before the horizon has no known status. Those who were followed stand in for them: each known row
weighs the inverse of the chance of having been followed so long (inverse probability of censoring weighting: Robins
and Rotnitzky 1992; Graf et al. 1999, Statistics in Medicine 18:2529-2545). Censoring must not depend on what will
happen. The weights make the weighted share of events equal to one minus Kaplan-Meier exactly, and with competing
events to Aalen-Johansen (Satten and Datta 2001, American Statistician 55:207-210).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.outcome import Outcome
from fyr.learn.spans import span_words
from fyr.learn.survival.censoring import censoring_weights

__all__ = ["HorizonStatus", "status_at"]


@dataclass(frozen=True, slots=True, eq=False)
class HorizonStatus:
    """The status of each row at the horizon.

    Parameters
    ----------
    happened : ndarray of bool, shape (rows,)
        The event came by the horizon; False where it did not, or where nobody knows.
    weight : ndarray of float64, shape (rows,)
        0 where the status is not known. The weights add up to the number of rows.
    """

    happened: NDArray[np.bool_]
    weight: NDArray[np.float64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whose status is known, shape (rows,)."""
        return self.weight > 0

    @property
    def events(self) -> int:
        """Rows that had the event by the horizon."""
        return int(self.happened.sum())

    @property
    def without(self) -> int:
        """Rows known not to have had it by the horizon; a competing event counts among them."""
        return int((self.known & ~self.happened).sum())

    @property
    def share(self) -> float:
        """The weighted share with the event: the observed risk."""
        return float((self.weight * self.happened).sum() / self.weight.sum())


def status_at(outcome: Outcome, horizon_years: float | None) -> HorizonStatus:
    """Return the status of each row at the horizon.

    Parameters
    ----------
    outcome : Outcome
    horizon_years : float or None
        ``None`` for an outcome without times.

    Raises
    ------
    BadInput
        If an outcome with times has no horizon, or nobody was followed to it.
    """
    if outcome.years is None:
        return HorizonStatus(outcome.event, np.ones(len(outcome)))
    place = f"outcome '{outcome.title}'"
    if horizon_years is None:
        raise BadInput("the outcome has times and no horizon was named", where=place, mend="name one: --horizon 10y")
    years = outcome.years
    longest = float(years.max()) if len(years) else 0.0
    if longest < horizon_years:
        raise BadInput(
            f"nobody was followed to {span_words(horizon_years)}: the longest follow-up is {longest:.1f} years",
            where=place,
            mend="name a nearer horizon",
        )
    weight = censoring_weights(years, outcome.cause, horizon_years)
    return HorizonStatus(outcome.event & (years <= horizon_years), weight)
