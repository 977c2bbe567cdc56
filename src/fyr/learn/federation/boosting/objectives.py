"""What trees may be grown for, and where their scores begin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.rounds import Answers
from fyr.learn.federation.site_table import SiteTable

__all__ = ["LOSSES", "Loss", "Start", "outcome_of", "outcome_sums"]

Floats = NDArray[np.float64]

_FINE: Final = 16


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss.

    Parameters
    ----------
    code : int
        Of :func:`~fyr.learn.federation.boosting.levels.slopes`; 3 of hazards.
    output : str
        What is predicted.
    """

    code: int
    output: str


LOSSES: Final[Mapping[str, Loss]] = {
    "logistic": Loss(0, "risk"),
    "squared_error": Loss(1, "mean"),
    "poisson": Loss(2, "rate"),
    "cox": Loss(3, "log_hazard"),
}


@dataclass(frozen=True, slots=True)
class Start:
    """Where scores begin, and in which steps slopes are counted.

    Parameters
    ----------
    score : float
        Before the first tree, in units of `unit` for a mean.
    unit : float
        A power of two: of slopes; of a mean's score too.
    slope_levels, curve_levels : float
        Levels in a unit.
    """

    score: float
    unit: float
    slope_levels: float
    curve_levels: float

    @classmethod
    def of(cls, objective: str, answers: Answers) -> Start:
        """Return the start of a study, from its outcome's sums.

        Raises
        ------
        BadInput
            If there is nothing to learn: no rows, or an outcome that never differs.
        """
        rows, first, second = (float(one) for one in answers.total("outcome"))
        if rows <= 0 or (objective != "squared_error" and first <= 0):
            raise BadInput(f"{rows:.0f} rows with an outcome, {first:g} in sum: there is nothing to learn from")
        if objective == "logistic":
            if first >= rows:
                raise BadInput("every row has the outcome: there is nothing to learn from")
            return cls(math.log(first / (rows - first)), 1.0, 8192.0, 32768.0)
        if objective == "cox":
            return cls(0.0, 1.0, 512.0, 512.0)
        mean = first / rows
        if objective == "poisson":
            return cls(_rounded(math.log(mean), 1.0), _power(max(1.0, mean)), 512.0, 512.0)
        spread = math.sqrt(max(0.0, second / rows - mean * mean))
        if not spread > 1e-9 * abs(mean):
            raise BadInput("the outcome is the same in every row: there is nothing to learn from")
        unit = _power(spread)
        return cls(_rounded(mean / unit, 1.0), unit, 512.0, 4096.0)


def outcome_of(
    table: SiteTable, objective: str, options: Mapping[str, Any]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return outcome, time (1 where there is none) and which rows have both; each of shape (rows,).

    Raises
    ------
    BadInput
        If a value is none that the objective takes.
    """
    event = table.numbers(str(options["outcome"]))
    time = table.numbers(str(options["time"])) if objective == "cox" else np.ones(table.rows)
    kept = ~(np.isnan(event) | np.isnan(time))
    known, when = event[kept], time[kept]
    named = f"column '{options['outcome']}'"
    if objective in ("logistic", "cox") and not bool(np.isin(known, (0.0, 1.0)).all()):
        raise BadInput(f"{named} is not 0 or 1", where=table.site)
    if objective == "poisson" and not bool(((known >= 0) & (known == np.floor(known)) & (known < 2**31)).all()):
        raise BadInput(f"{named} is no count: 0, 1, 2, …", where=table.site)
    if not bool(np.isfinite(known).all()):
        raise BadInput(f"{named} is infinite", where=table.site)
    if not bool((np.isfinite(when) & (when >= 0)).all()):
        raise BadInput(f"column '{options.get('time')}' is negative or infinite", where=table.site)
    return event, time, kept


def outcome_sums(outcome: Floats) -> Floats:
    """Return rows, sum and sum of squares of the outcome; shape (3,)."""
    return np.array([float(len(outcome)), math.fsum(outcome), math.fsum(outcome * outcome)])


def _power(value: float) -> float:
    return math.ldexp(1.0, math.frexp(value)[1] - 1)


def _rounded(value: float, unit: float) -> float:
    """Return the nearest of steps so wide that the order in which sums were added does not show."""
    step = unit / (1 << _FINE)
    return round(value / step) * step
