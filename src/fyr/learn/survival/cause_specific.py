"""A Cox regression for each cause, and the share of patients who have each event that they imply together.

Prentice et al. 1978, Biometrics 34:541. Between two event times nothing happens; at one, those without an event leave
as ``exp(-dH)``, split over the causes as their hazards are, so that survival and the incidences add up to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.cox import fit_cox
from fyr.learn.survival.cox_fit import CoxFit

__all__ = ["CauseSpecificFit", "fit_cause_specific"]

Floats = NDArray[np.float64]
_WHERE = "cause-specific Cox regression"


@dataclass(frozen=True, slots=True, eq=False)
class CauseSpecificFit:
    """One fit a cause.

    Parameters
    ----------
    fits : mapping of int to CoxFit
        By cause; the hazard ratios are those of the cause among patients without any event.
    """

    fits: Mapping[int, CoxFit]

    def incidence(self, rows: ArrayLike, years: ArrayLike, of: int = 1) -> Floats:
        """Return the probability of one event by some times, the others heeded.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)
        years : float, or array of float, shape (times,)
        of : int

        Returns
        -------
        ndarray of float64, shape (rows,), or (rows, times)

        Raises
        ------
        BadInput
            If that cause was not fitted, or a time is after the follow-up.
        """
        if of not in self.fits:
            raise BadInput(f"cause {of} was not fitted", where=_WHERE, mend=f"one of {sorted(self.fits)}")
        causes = sorted(self.fits)
        base = [self.fits[one].baseline[0] for one in causes]
        asked = np.asarray(years, dtype=np.float64)
        base[0].at(asked)
        times = np.unique(np.concatenate([one.times for one in base]))
        rises = np.diff(np.column_stack([one.at(times) for one in base]), axis=0, prepend=0.0)
        ratios = np.exp(np.column_stack([self.fits[one].linear_predictor(rows) for one in causes]))
        places = np.searchsorted(times, np.atleast_1d(asked), side="right")
        order = np.argsort(places, kind="stable")
        shares = np.zeros((len(ratios), len(places)))
        _share(rises, ratios, causes.index(of), places[order], order, shares)
        return shares if asked.ndim else shares[:, 0]


def fit_cause_specific(
    columns: ArrayLike,
    years: ArrayLike,
    cause: ArrayLike,
    *,
    ties: Literal["efron", "breslow"] = "efron",
    ridge: float = 0.0,
    weight: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> CauseSpecificFit:
    """Fit a Cox regression to each cause, the others being censored.

    Parameters
    ----------
    columns : array of float, shape (rows, columns)
    years : array of float, shape (rows,)
    cause : array of int, shape (rows,)
        0 where no event was seen, otherwise which.
    ties, ridge, weight, names
        As in `fit_cox`.

    Raises
    ------
    BadInput
        As `fit_cox`, for any of the causes.
    """
    codes = np.asarray(cause)
    causes = [int(one) for one in np.unique(codes) if one != 0]
    if not causes:
        raise BadInput("no row has an event", where=_WHERE)
    return CauseSpecificFit(
        {
            one: fit_cox(columns, years, codes == one, ties=ties, ridge=ridge, weight=weight, names=names)
            for one in causes
        }
    )


@numba.njit(cache=True, nogil=True)
def _share(
    rises: Floats, ratios: Floats, of: int, places: NDArray[np.int64], order: NDArray[np.int64], shares: Floats
) -> None:
    for row in range(len(ratios)):
        free, share, time = 1.0, 0.0, 0
        for asked in range(len(places)):
            while time < places[asked]:
                total = 0.0
                for cause in range(rises.shape[1]):
                    total += rises[time, cause] * ratios[row, cause]
                if total > 0.0:
                    left = free * np.exp(-total)
                    share += (free - left) * rises[time, of] * ratios[row, of] / total
                    free = left
                time += 1
            shares[row, order[asked]] = share
