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
from fyr.learn.logistic import fit_logistic, probability
from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.cohort import Cohort

__all__ = ["INNER_FOLDS", "LEARNERS", "Calibrated", "TreeScorer", "calibrate", "fit_trees", "folds_of_stays"]

INNER_FOLDS: Final = 3
_MEMBERS: Final = 3
_RIDGE: Final = 100.0
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
        The risk from which an hourly target alarms.
    """

    score: Scorer
    slope: float
    intercept: float
    threshold: float | None

    def risk(self, cohort: Cohort) -> _Scores:
        """Return the calibrated probability of each row."""
        return probability(self.intercept + self.slope * self.score(cohort))


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
    utility = cohort.utility()
    threshold = None
    if utility is not None:
        threshold = utility.best_threshold(probability(intercept + slope * scores))
    return Calibrated(learner(cohort, seed), slope, intercept, threshold)


def fit_trees(cohort: Cohort, seed: int) -> BoostedTrees:
    """Grow trees with lightgbm: the mean of a few members that differ in their random draws."""
    import lightgbm

    target = cohort.target
    rows = cohort.weight > 0
    settings = {**target.settings, "monotone_constraints": list(target.directions.values())}
    members = []
    for member in range(_MEMBERS):
        table = lightgbm.Dataset(
            cohort.features[rows], cohort.wanted[rows].astype(np.float64), weight=cohort.weight[rows]
        )
        grown = lightgbm.train({**settings, "seed": seed * _MEMBERS + member}, table, target.rounds)
        members.append(BoostedTrees.of_lightgbm(grown.model_to_string()).scaled(1 / _MEMBERS))
    return BoostedTrees.together(members)


@dataclass(frozen=True, slots=True)
class TreeScorer:
    """The score of boosted trees.

    Parameters
    ----------
    trees : BoostedTrees
    """

    trees: BoostedTrees

    def __call__(self, cohort: Cohort) -> _Scores:
        """Return the score of each row."""
        return self.trees.score(cohort.features)


def _boosted_trees(cohort: Cohort, seed: int) -> Scorer:
    return TreeScorer(fit_trees(cohort, seed))


def _logistic(cohort: Cohort, _seed: int) -> Scorer:
    rows = cohort.weight > 0
    model = fit_logistic(cohort.features[rows], cohort.wanted[rows], ridge=_RIDGE, weight=cohort.weight[rows])
    return lambda scored: model.log_odds(scored.features)


def _news5(_cohort: Cohort, _seed: int) -> Scorer:
    return lambda rows: rows.news5


LEARNERS: Final[Mapping[str, Learner]] = {"boosted_trees": _boosted_trees, "logistic": _logistic, "news5": _news5}
"""What stands in the same table: the model, and the baselines that it must beat."""
