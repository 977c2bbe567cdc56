"""A fitted Cox regression: coefficients, how sure they are, and the survival that they imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["Baseline", "CoxFit", "Test"]

Floats = NDArray[np.float64]
_WHERE = "Cox regression"
_MOST = 700.0  # the exponential of more is no number


@dataclass(frozen=True, slots=True)
class Test:
    """A chi-square test that all coefficients are 0.

    Parameters
    ----------
    statistic : float
    degrees : int
    p : float
    """

    statistic: float
    degrees: int
    p: float

    @classmethod
    def of(cls, statistic: float, degrees: int) -> Test:
        """Return the test with its p value."""
        from scipy.special import gammaincc

        return cls(statistic, degrees, float(gammaincc(degrees / 2, max(statistic, 0.0) / 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The cumulative hazard of the mean row in one stratum: a step at each event time.

    Parameters
    ----------
    times, cumulative_hazard : ndarray of float64, shape (event times,)
        Rising; 0 before the first.
    follow_up : float
        The last time that any row of the stratum was seen: nothing is known after it.
    """

    times: Floats
    cumulative_hazard: Floats
    follow_up: float

    def at(self, years: ArrayLike) -> Floats:
        """Return the cumulative hazard at some times, in their shape.

        Raises
        ------
        BadInput
            If a time is below 0 or after the follow-up.
        """
        asked = np.asarray(years, dtype=np.float64)
        if not bool(((asked >= 0) & (asked <= self.follow_up)).all()):
            raise BadInput(
                f"a time asked for is not within the follow-up of 0 to {self.follow_up:g}",
                where=_WHERE,
                mend="a survival cannot be known beyond the last row; ask for an earlier time",
            )
        place = np.searchsorted(self.times, asked, side="right")
        hazard: Floats = np.concatenate([[0.0], self.cumulative_hazard])[place]
        return hazard


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """What `fit_cox` found.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    coefficients : ndarray of float64, shape (columns,)
        Log hazard ratios for one unit of each column.
    covariance : ndarray of float64, shape (columns, columns)
        The inverse of the information (with the penalty in it, if there is one).
    robust_covariance : ndarray of float64, shape (columns, columns), or None
        The sandwich over clusters; None where none were given.
    log_likelihood, null_log_likelihood : float
        Of the fit, without the penalty, and with all coefficients at 0.
    score_statistic : float
        Of the score test that all coefficients are 0.
    mean : ndarray of float64, shape (columns,)
        The row that linear predictors and baselines are relative to.
    baseline : mapping of Any to Baseline
        By stratum, as the caller named it; 0 where there were none.
    ties, emphasis : str
    ridge : float
    rows, events, steps : int
        Rows with a weight, events among them, and Newton steps.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    robust_covariance: Floats | None
    log_likelihood: float
    null_log_likelihood: float
    score_statistic: float
    mean: Floats
    baseline: Mapping[Any, Baseline]
    ties: str
    emphasis: str
    ridge: float
    rows: int
    events: int
    steps: int

    @property
    def standard_errors(self) -> Floats:
        """Of the coefficients, from the model; shape (columns,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def robust_standard_errors(self) -> Floats:
        """Of the coefficients, from the sandwich; shape (columns,).

        Raises
        ------
        BadInput
            If the fit was made without clusters.
        """
        if self.robust_covariance is None:
            raise BadInput("no robust variance was asked for", where=_WHERE, mend="give each row's cluster to the fit")
        return np.sqrt(np.diag(self.robust_covariance))

    @property
    def hazard_ratios(self) -> Floats:
        """For one unit of each column; shape (columns,)."""
        return np.exp(self.coefficients)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return both ends of the coefficients' intervals: robust where clusters were given."""
        from scipy.special import ndtri

        errors = self.standard_errors if self.robust_covariance is None else self.robust_standard_errors
        reach = float(ndtri((1 + level) / 2)) * errors
        return self.coefficients - reach, self.coefficients + reach

    @property
    def p_values(self) -> Floats:
        """Two-sided, of each coefficient being 0 (Wald; robust where clusters were given); shape (columns,).

        NaN where the standard error is 0.
        """
        from scipy.special import ndtr

        errors = self.standard_errors if self.robust_covariance is None else self.robust_standard_errors
        sizes = np.divide(self.coefficients, errors, out=np.full(len(errors), np.nan), where=errors > 0)
        chances: Floats = 2 * ndtr(-np.abs(sizes))
        return chances

    @property
    def wald_test(self) -> Test:
        """That all coefficients are 0, from the model's variance."""
        statistic = float(self.coefficients @ np.linalg.solve(self.covariance, self.coefficients))
        return Test.of(statistic, len(self.names))

    @property
    def likelihood_ratio_test(self) -> Test:
        """That all coefficients are 0, from the two log likelihoods."""
        self._likelihood_only()
        return Test.of(2 * (self.log_likelihood - self.null_log_likelihood), len(self.names))

    @property
    def score_test(self) -> Test:
        """That all coefficients are 0, from the slope where they are 0: the log-rank test for groups."""
        self._likelihood_only()
        return Test.of(self.score_statistic, len(self.names))

    def _likelihood_only(self) -> None:
        if self.emphasis != "even":
            raise BadInput(
                "with events that count unevenly there is no likelihood to test", where=_WHERE, mend="use the Wald test"
            )

    def linear_predictor(self, rows: ArrayLike) -> Floats:
        """Return the log hazard of each row relative to the mean row.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)

        Raises
        ------
        BadInput
            If there are more or fewer columns, or a value is not finite.
        """
        table = np.asarray(rows, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(self.names):
            raise BadInput(f"a table of shape {table.shape} where {len(self.names)} columns belong", where=_WHERE)
        if not np.isfinite(table).all():
            row, column = (int(one[0]) for one in np.nonzero(~np.isfinite(table)))
            raise BadInput(f"'{self.names[column]}' is no finite number in row {row + 1}", where=_WHERE)
        predictor: Floats = (table - self.mean) @ self.coefficients
        return predictor

    def survival(self, rows: ArrayLike, years: ArrayLike, stratum: Any = None) -> Floats:
        """Return the probability of no event by some times.

        Parameters
        ----------
        rows : array of float, shape (rows, columns)
        years : float, or array of float, shape (times,)
        stratum : hashable, optional
            Whose baseline; may be left out where there is one.

        Returns
        -------
        ndarray of float64, shape (rows,), or (rows, times)

        Raises
        ------
        BadInput
            If the stratum was not in the fit, or a time is after its follow-up.
        """
        if stratum is None and len(self.baseline) == 1:
            stratum = next(iter(self.baseline))
        if stratum not in self.baseline:
            known = ", ".join(str(one) for one in list(self.baseline)[:10])
            raise BadInput(f"stratum '{stratum}' has no baseline", where=_WHERE, mend=f"it has those of {known}")
        hazard = self.baseline[stratum].at(years)
        ratio = np.exp(np.clip(self.linear_predictor(rows), -_MOST, _MOST))
        survived: Floats = np.exp(-np.multiply.outer(ratio, hazard))
        return survived
