"""Ways to learn a score from a cohort, and what makes any score usable: its calibration and its alarm threshold.

Calibration (Platt 1999: a logistic line) and threshold are made from predictions for stays that the scoring model did
not see: inner folds of the training stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.bootstrap import group_resamples
from fyr.learn.logistic import fit_logistic, probability
from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.ensemble import Ensemble
from fyr.watch.risk.fitting import fit_ensemble
from fyr.watch.risk.standing_alarm import highest_of_hours

__all__ = ["INNER_FOLDS", "LEARNERS", "Calibrated", "EnsembleScorer", "calibrate", "folds_of_stays"]

INNER_FOLDS: Final = 5
_THRESHOLD_RESAMPLES: Final = 50
_RIDGE: Final = 100.0
_DIGITS: Final = 10
_Scores = NDArray[np.float64]
Scorer = Callable[[Cohort], _Scores]
Learner = Callable[[Cohort, int], Scorer]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A score with its line to log odds and its threshold.

    Parameters
    ----------
    score : callable
        Cohort to score, shape (rows,).
    slope, intercept : float
        Log odds = intercept + slope * score.
    threshold : float or None
        The risk from which an hourly target alarms; the alarm then stands for the target's hours.
    """

    score: Scorer
    slope: float
    intercept: float
    threshold: float | None

    def risk(self, cohort: Cohort) -> _Scores:
        """Return the calibrated probability of each row."""
        return probability(self.intercept + self.slope * self.score(cohort))

    def alarm(self, cohort: Cohort, risk: _Scores) -> NDArray[np.bool_]:
        """Return whether an alarm stands in each row; none where the target has none."""
        if self.threshold is None:
            return np.zeros(len(risk), dtype=np.bool_)
        alarms: NDArray[np.bool_] = (
            highest_of_hours(cohort.stay, cohort.hour, risk, cohort.target.held_h) >= self.threshold
        )
        return alarms


def folds_of_stays(cohort: Cohort, folds: int, generator: np.random.Generator) -> list[NDArray[np.int64]]:
    """Share stays among folds at random, those with the event and those without separately.

    Raises
    ------
    BadInput
        If a fold would have no stay with the event, or none without.
    """
    stays, event = cohort.stays()
    shares: list[list[int]] = [[] for _ in range(folds)]
    for happened in (True, False):
        chosen = generator.permutation(stays[event == happened])
        if len(chosen) < folds:
            said = "with" if happened else "without"
            raise BadInput(
                f"{len(chosen)} stays {said} the event are too few for {folds} folds",
                where=cohort.target.name,
                mend="give more stays",
            )
        for place, one in enumerate(chosen.tolist()):
            shares[place % folds].append(one)
    return [np.array(sorted(share), dtype=np.int64) for share in shares]


def calibrate(learner: Learner, cohort: Cohort, seed: int) -> Calibrated:
    """Learn a score from a cohort, and its calibration and threshold from inner folds of it."""
    stays, _ = cohort.stays()
    scores = np.empty(len(cohort.stay))
    for number, fold in enumerate(folds_of_stays(cohort, INNER_FOLDS, np.random.default_rng([seed, 1]))):
        scorer = learner(cohort.of_stays(np.setdiff1d(stays, fold)), seed + 1000 * (number + 1))
        scores[np.isin(cohort.stay, fold)] = scorer(cohort.of_stays(fold))
    judged = cohort.judged
    line = fit_logistic(scores[judged, None], cohort.label[judged], ridge=1e-6)
    slope = float(line.weights[0] / line.spread[0])
    intercept = line.intercept - slope * float(line.mean[0])
    slope, intercept = round(slope, _DIGITS), round(intercept, _DIGITS)
    utility = cohort.utility()
    threshold = None
    if utility is not None:
        risk = probability(intercept + slope * scores)
        highest = highest_of_hours(cohort.stay, cohort.hour, risk, cohort.target.held_h)
        resamples = group_resamples(cohort.stay, np.random.default_rng([seed, 4]), _THRESHOLD_RESAMPLES)
        threshold = round(utility.steady_threshold(highest, resamples), _DIGITS)
    return Calibrated(learner(cohort, seed), slope, intercept, threshold)


@dataclass(frozen=True, slots=True)
class EnsembleScorer:
    """The score of trees and lines.

    Parameters
    ----------
    ensemble : Ensemble
    """

    ensemble: Ensemble

    def __call__(self, cohort: Cohort) -> _Scores:
        """Return the score of each row."""
        return self.ensemble.score(cohort.features)


def _early_warning(cohort: Cohort, seed: int) -> Scorer:
    return EnsembleScorer(fit_ensemble(cohort, seed).rounded())


def _logistic(cohort: Cohort, _seed: int) -> Scorer:
    rows = cohort.weight > 0
    model = fit_logistic(cohort.features[rows], cohort.wanted[rows], ridge=_RIDGE, weight=cohort.weight[rows])
    return lambda scored: model.log_odds(scored.features)


def _news5(_cohort: Cohort, _seed: int) -> Scorer:
    return lambda rows: rows.news5


LEARNERS: Final[Mapping[str, Learner]] = {"early_warning": _early_warning, "logistic": _logistic, "news5": _news5}
"""What stands in the same table: the model, and the baselines that it must beat."""
