"""What happened to the patients of a cohort, and when: the truth that a model is judged by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Outcome"]

_SAME_TIME = 1e-6
"""Times this near to a horizon, in relation to it, are at it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Whether each row has the event, and after how long; or, with no times, whether it has it at all.

    Parameters
    ----------
    event : ndarray of bool, shape (rows,)
        The event of interest was seen.
    years : ndarray of float64, shape (rows,), or None
        Follow-up from baseline to the event, to the competing event or to the end of observation, in years of 365.25
        days; ``None`` for an outcome that is simply there or not (a response).
    competing : ndarray of bool, shape (rows,), or None
        Another event came first, after which the event of interest cannot come (death of another cause).
    title : str
        What the event is, as a person reads it.

    Raises
    ------
    BadInput
        If the columns differ in length, a time is below 0 or no number, or a row has both events.

    Examples
    --------
    >>> death = Outcome(np.array([True, False, False]), np.array([1.5, 3.0, 2.0]), np.array([False, False, True]))
    >>> death.cause.tolist()
    [1, 0, 2]
    """

    event: NDArray[np.bool_]
    years: NDArray[np.float64] | None = None
    competing: NDArray[np.bool_] | None = None
    title: str = "event"

    def __post_init__(self) -> None:
        place = f"outcome '{self.title}'"
        for name, column in (("times", self.years), ("competing events", self.competing)):
            if column is not None and column.shape != self.event.shape:
                raise BadInput(f"{len(column)} {name} and {len(self.event)} events do not belong together", where=place)
        if self.years is not None and not bool((np.isfinite(self.years) & (self.years >= 0)).all()):
            raise BadInput("a follow-up time is below 0 or is no number", where=place, mend="leave such rows out")
        if self.competing is not None and bool((self.competing & self.event).any()):
            raise BadInput("a row has both the event and its competing event", where=place, mend="keep the first one")

    def __len__(self) -> int:
        return len(self.event)

    @property
    def cause(self) -> NDArray[np.int8]:
        """0 where no event was seen (censored), 1 for the event of interest, 2 for a competing event; shape (rows,)."""
        codes = self.event.astype(np.int8)
        if self.competing is not None:
            codes[self.competing] = 2
        return codes

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Outcome:
        """Return the outcome of some rows: their places, or a mask."""
        return Outcome(
            self.event[rows],
            None if self.years is None else self.years[rows],
            None if self.competing is None else self.competing[rows],
            self.title,
        )

    def at(self, horizons_years: Iterable[float]) -> Outcome:
        """Return the outcome with times that are a horizon but for rounding set to it: 364 days are 52 weeks.

        Examples
        --------
        >>> Outcome(np.array([True]), np.array([364 / 365.25])).at([52 * (7 / 365.25) + 1e-12]).years >= 52 * 7 / 365.25
        array([ True])
        """
        if self.years is None:
            return self
        years = self.years.copy()
        for horizon in horizons_years:
            years[np.abs(years - horizon) <= _SAME_TIME * horizon] = horizon
        return replace(self, years=years)
