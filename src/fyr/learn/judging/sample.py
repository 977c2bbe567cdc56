"""Predictions and outcomes in the order of time, ready to be weighed many times.

An outcome without times is the same thing with everybody followed to a horizon of 1: Kaplan-Meier's estimate is then
the plain share, every censoring weight is 1, and a pseudo-observation is the outcome itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.outcome import Outcome
from fyr.learn.survival.concordance import Pairs

__all__ = ["Sample"]

Floats = NDArray[np.float64]

_SAME_TIME = 1e-6
"""Times this near to the horizon, in relation to it, are at it: 120 months are 10 years."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows from the earliest time on.

    Parameters
    ----------
    pairs : Pairs
        Time, cause and rank of each row, and the order from the given rows.
    risk : ndarray of float64, shape (rows,), or None
        Probability of the event by the horizon; in the order of time, as all below.
    score : ndarray of float64, shape (rows,)
        What ranks: the risk, or a rank of its own.
    by_score : ndarray of int64, shape (rows,)
        Rows from the lowest score up.
    horizon : float
    timed : bool
        False for an outcome without times.
    had, spared : ndarray of bool, shape (rows,)
        Known to have had the event by the horizon; known not to have had it by then (free of it, or competing).
    """

    pairs: Pairs
    risk: Floats | None
    score: Floats
    by_score: NDArray[np.int64]
    horizon: float
    timed: bool
    had: NDArray[np.bool_]
    spared: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.score)

    @property
    def years(self) -> Floats:
        """Times in their order."""
        return self.pairs.years

    @property
    def cause(self) -> NDArray[np.int8]:
        """0 censored, 1 event, 2 competing; in the order of time."""
        return self.pairs.cause

    @property
    def certain(self) -> NDArray[np.bool_]:
        """Rows whose predicted risk is exactly 0 or 1."""
        if self.risk is None:
            return np.zeros(len(self), dtype=np.bool_)
        return np.asarray((self.risk <= 0) | (self.risk >= 1))

    @property
    def held(self) -> Floats | None:
        """The risks, those of exactly 0 or 1 held at the nearest other prediction; ``None`` where there is no other.

        0 and 1 have no place on the scales of calibration. A forest gives them where all its trees agree, a table
        where it is rounded: they mean "beyond the least (or highest) that I say otherwise", and there they are put,
        so that they pull on a line as hard as their neighbours, not as hard as an arbitrary small number would.
        """
        certain = self.certain
        if self.risk is None or certain.all():
            return None
        others = self.risk[~certain]
        return np.clip(self.risk, others.min(), others.max())

    @property
    def followed(self) -> int:
        """How many rows are under observation up to the horizon."""
        return int((self.years >= self.horizon).sum())

    def weight_of(self, counts: NDArray[np.int64]) -> Floats:
        """Bring counts of the given rows into the order of time."""
        return counts[self.pairs.order].astype(np.float64)

    @classmethod
    def of(cls, risk: ArrayLike | None, rank: ArrayLike | None, outcome: Outcome, horizon: float | None) -> Sample:
        """Check and sort.

        Raises
        ------
        BadInput
            If neither risk nor rank is given, a risk is no number from 0 to 1, a rank no number, columns differ in
            length, or an outcome with times comes without a horizon above 0.
        """
        chance = None if risk is None else _checked(risk, "risk", len(outcome))
        if chance is not None and len(chance) and not (chance.min() >= 0 and chance.max() <= 1):
            worst = chance[np.argmax(np.abs(chance - 0.5))]
            raise BadInput(f"a risk is {worst:g}", mend="give probabilities from 0 to 1, not percent or points")
        score = chance if rank is None else _checked(rank, "rank", len(outcome))
        if score is None:
            raise BadInput("there is neither a risk nor a rank to judge")
        if outcome.years is None:
            years, until = np.ones(len(outcome)), 1.0
        elif horizon is None or not 0 < horizon < np.inf:
            raise BadInput(
                f"the horizon is {horizon}", mend="say by how many years the risk is meant: a number above 0"
            )
        else:
            years, until = outcome.years.copy(), float(horizon)
            years[np.abs(years - until) <= _SAME_TIME * until] = until
        pairs = Pairs.of(years, outcome.event, score, outcome.competing)
        by_then = (pairs.cause > 0) & (pairs.years <= until)
        had = by_then & (pairs.cause == 1)
        return cls(
            pairs,
            None if chance is None else chance[pairs.order],
            score[pairs.order],
            np.argsort(score[pairs.order], kind="stable"),
            until,
            outcome.years is not None,
            had,
            (by_then | (pairs.years >= until)) & ~had,
        )


def _checked(column: ArrayLike, name: str, rows: int) -> Floats:
    values = np.asarray(column, dtype=np.float64)
    if values.shape != (rows,):
        raise BadInput(f"{values.size} values of {name} and {rows} outcomes do not belong together")
    missing = int((~np.isfinite(values)).sum())
    if missing:
        raise BadInput(
            f"{missing} values of {name} are no number",
            mend="leave out the rows that the model refused, and count them",
        )
    return values
