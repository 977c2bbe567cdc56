"""Which recalibration to take: by closed testing where its conditions hold, else by cross-validation.

Closed testing (Vergouwe et al. 2017, Statistics in Medicine 36:4529-4539) compares the original model, a new
intercept, and a new intercept and slope by likelihood ratios: the more extensive is taken only where a test says that
it is needed, and all tests together err with the chance `significance`. The last step of the paper, all coefficients
anew, makes another model and is left out. Its conditions: an outcome that is simply there or not, so that there is a
likelihood (with censoring the weighted one is none), and one row for each patient, so that rows are independent.

Cross-validation: the simplest method whose Brier score on patients it never saw is within one standard error of the
best (Breiman et al. 1984, section 3.4.3; Hastie, Tibshirani and Friedman 2009, section 7.10). The standard error is
that of the difference between the two on the same patients, since what patients share says nothing about methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.horizon_status import HorizonStatus, status_at
from fyr.learn.outcome import Outcome
from fyr.learn.recalibration.fitting import map_of
from fyr.learn.recalibration.folds import patient_folds
from fyr.learn.recalibration.line import fit_line, log_likelihood
from fyr.learn.recalibration.links import linked
from fyr.learn.recalibration.maps import METHODS, Method
from fyr.learn.recalibration.refusals import why_too_few

__all__ = ["Choice", "by_closed_testing", "by_cross_validation", "choose", "possible_methods", "squared_errors"]

_SIGNIFICANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Choice:
    """A method and why it was chosen.

    Parameters
    ----------
    method : {"none", "intercept", "baseline", "slope", "isotonic"}
    how : str
        ``closed testing`` or ``cross-validation``.
    reason : str
        One sentence.
    left_out : mapping of str to str
        The methods that could not be considered, with the reason.
    scores : mapping of str to float
        P values of the tests, or Brier scores on unseen patients.
    """

    method: Method
    how: str
    reason: str
    left_out: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the choice as JSON-able values."""
        return {
            "method": self.method,
            "how": self.how,
            "reason": self.reason,
            "left_out": self.left_out,
            "scores": self.scores,
        }


def possible_methods(outcome: Outcome, status: HorizonStatus) -> tuple[tuple[Method, ...], dict[str, str]]:
    """Return the methods for which there is enough to learn from, and why each of the others is left out.

    Raises
    ------
    Refused
        If there are too few rows with the event, or without it, for every method.
    """
    left_out: dict[str, str] = {}
    for method in METHODS:
        lacking = why_too_few(method, status)
        if method == "baseline" and outcome.years is None:
            lacking = "baseline needs an outcome with times"
        if lacking:
            left_out[method] = lacking
    possible = tuple(method for method in METHODS if method not in left_out)
    if possible == ("none",):
        raise Refused(
            f"there are too few patients for any recalibration: {next(iter(left_out.values()))}",
            where="recalibration",
            mend="take a larger cohort",
        )
    return possible, left_out


def choose(
    risk: NDArray[np.float64],
    outcome: Outcome,
    *,
    horizon_years: float | None,
    patient: NDArray[Any],
    generator: np.random.Generator,
    folds: int = 5,
    methods: tuple[Method, ...] | None = None,
) -> Choice:
    """Choose by closed testing where its conditions hold, else by cross-validation.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    outcome : Outcome
    horizon_years : float or None
    patient : ndarray, shape (rows,)
    generator : numpy.random.Generator
    folds : int
    methods : tuple of str, optional
        Among which to choose: those of all patients, where these rows are a part of them. By default those for which
        there is enough here.

    Raises
    ------
    Refused
        If there are too few rows with the event, or without it, for every method.
    """
    status = status_at(outcome, horizon_years)
    possible, left_out = possible_methods(outcome, status) if methods is None else (methods, {})
    independent = len(np.unique(patient)) == len(patient)
    inside = bool(((risk > 0) & (risk < 1)).all())
    if outcome.years is None and independent and inside and "slope" in possible:
        return by_closed_testing(risk, status)
    return by_cross_validation(
        risk,
        outcome,
        horizon_years=horizon_years,
        patient=patient,
        generator=generator,
        folds=folds,
        methods=possible,
        left_out=left_out,
    )


def by_closed_testing(risk: NDArray[np.float64], status: HorizonStatus, significance: float = _SIGNIFICANCE) -> Choice:
    """Compare the original, a new intercept, and a new intercept and slope by likelihood ratio tests.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    status : HorizonStatus
        Of independent rows, all known.
    significance : float
    """
    from scipy.stats import chi2

    line = linked(risk, "logit")

    def likelihood(intercept: float, slope: float) -> float:
        return log_likelihood(intercept + slope * line, status.happened, status.weight, "logit")

    original = likelihood(0.0, 1.0)
    shifted = likelihood(*fit_line(line, status.happened, status.weight, "logit", slope=False))
    both = likelihood(*fit_line(line, status.happened, status.weight, "logit", slope=True))
    against_original = float(chi2.sf(2 * (both - original), 2))
    against_shifted = float(chi2.sf(2 * (both - shifted), 1))
    scores = {"slope against none, p": against_original, "slope against intercept, p": against_shifted}
    method: Method
    if against_original >= significance:
        method, reason = "none", f"the model as it is is not contradicted (p = {against_original:.2g})"
    elif against_shifted >= significance:
        method, reason = "intercept", f"a new slope is not needed beside a new intercept (p = {against_shifted:.2g})"
    else:
        method, reason = "slope", f"a new intercept alone is contradicted (p = {against_shifted:.2g})"
    return Choice(method, "closed testing", reason, {}, scores)


def by_cross_validation(
    risk: NDArray[np.float64],
    outcome: Outcome,
    *,
    horizon_years: float | None,
    patient: NDArray[Any],
    generator: np.random.Generator,
    folds: int = 5,
    methods: Sequence[Method] = METHODS,
    left_out: Mapping[str, str] | None = None,
) -> Choice:
    """Take the simplest method within one standard error of the best on patients that it never saw.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    outcome : Outcome
    horizon_years : float or None
    patient : ndarray, shape (rows,)
    generator : numpy.random.Generator
    folds : int
    methods : sequence of str
        From the simplest to the most flexible; the first is ``none``.
    left_out : mapping of str to str, optional
        Methods that are not considered, with the reason, to be said.
    """
    status = status_at(outcome, horizon_years)
    unfit = dict(left_out or {})
    fold = patient_folds(patient, status.happened.astype(np.int64) + 2 * status.known, folds, generator)
    losses: dict[Method, NDArray[np.float64]] = {}
    for method in methods:
        try:
            held_out = _held_out(risk, outcome, method, horizon_years, fold)
        except BadInput as problem:
            unfit[method] = problem.what
            continue
        losses[method] = squared_errors(held_out, status)
    scores = {str(method): float(loss.mean()) for method, loss in losses.items()}
    best = min(losses, key=lambda method: scores[method])
    apart = {method: loss - losses[best] for method, loss in losses.items()}
    method = next(name for name in losses if apart[name].mean() <= _standard_error(apart[name], patient))
    reason = f"it has the best Brier score on unseen patients, {scores[best]:.4f}"
    if method != best:
        reason = (
            f"it is the simplest within one standard error of {best} by the Brier score on unseen patients, "
            f"{scores[method]:.4f} and {scores[best]:.4f}"
        )
    return Choice(method, "cross-validation", reason, unfit, scores)


def squared_errors(risk: NDArray[np.float64], status: HorizonStatus) -> NDArray[np.float64]:
    """Return each row's weighted squared error: their mean is the Brier score (Graf et al. 1999); shape (rows,)."""
    errors: NDArray[np.float64] = status.weight * (status.happened - risk) ** 2
    return errors


def _held_out(
    risk: NDArray[np.float64],
    outcome: Outcome,
    method: Method,
    horizon_years: float | None,
    fold: NDArray[np.int64],
) -> NDArray[np.float64]:
    new = np.empty(len(risk))
    for held in range(int(fold.max()) + 1):
        others = fold != held
        seen = outcome.take(others)
        new[~others] = map_of(risk[others], seen, status_at(seen, horizon_years), method, horizon_years).apply(
            risk[~others]
        )
    return new


def _standard_error(values: NDArray[np.float64], patient: NDArray[Any]) -> float:
    """Return the standard error of the mean over rows, all rows of a patient together."""
    _, place = np.unique(patient, return_inverse=True)
    sums = np.bincount(place, weights=values - values.mean())
    return float(np.sqrt((sums**2).sum()) / len(values))
