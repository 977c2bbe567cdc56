"""How well scores predict in stays that they have not seen: discrimination, calibration and utility, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.bootstrap import group_resamples
from fyr.learn.discrimination import Ranking
from fyr.learn.logistic import calibration
from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.training import LEARNERS, Calibrated, calibrate, folds_of_stays

__all__ = ["OUTER_FOLDS", "Predicted", "cross_validated", "judge", "predict", "split"]

OUTER_FOLDS: Final = 5
_TEST_SHARE: Final = 5
_CALIBRATION_EVERY: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Predictions of one model for the rows of a cohort.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    alarm : ndarray of bool, shape (rows,)
        Whether the risk reaches a threshold that was chosen on other stays.
    """

    risk: NDArray[np.float64]
    alarm: NDArray[np.bool_]


def split(cohort: Cohort, seed: int) -> tuple[Cohort, Cohort]:
    """Split by stay into a training part and a held-out fifth."""
    test, *training = folds_of_stays(cohort, _TEST_SHARE, np.random.default_rng([seed, 0]))
    return cohort.of_stays(np.concatenate(training)), cohort.of_stays(test)


def predict(model: Calibrated, cohort: Cohort) -> Predicted:
    """Return risks and alarms for a cohort."""
    risk = model.risk(cohort)
    return Predicted(risk, model.alarm(cohort, risk))


def cross_validated(
    cohort: Cohort, seed: int, repeats: int, done: Callable[[int], None]
) -> dict[str, tuple[Predicted, ...]]:
    """Predict every stay by models that were trained, calibrated and given their threshold without it.

    Parameters
    ----------
    cohort : Cohort
    seed : int
    repeats : int
        How often, each time with other folds: with few events one division says little.
    done : callable
        Told of steps done, one for each model of each fold.
    """
    stays, _ = cohort.stays()
    rows = len(cohort.stay)
    predicted: dict[str, tuple[Predicted, ...]] = dict.fromkeys(LEARNERS, ())
    for repeat in range(repeats):
        once = {name: Predicted(np.empty(rows), np.empty(rows, dtype=np.bool_)) for name in LEARNERS}
        folds = folds_of_stays(cohort, OUTER_FOLDS, np.random.default_rng([seed, 2, repeat]))
        for number, fold in enumerate(folds):
            inside, held = cohort.of_stays(np.setdiff1d(stays, fold)), cohort.of_stays(fold)
            place = np.isin(cohort.stay, fold)
            for name, learner in LEARNERS.items():
                answer = predict(calibrate(learner, inside, seed + 100 * (number + 1) + 10_000 * repeat), held)
                once[name].risk[place], once[name].alarm[place] = answer.risk, answer.alarm
                done(1)
        predicted = {name: (*before, once[name]) for name, before in predicted.items()}
    return predicted


def judge(
    cohort: Cohort, predicted: Mapping[str, Sequence[Predicted]], seed: int, resamples: int
) -> dict[str, dict[str, Any]]:
    """Return every measure of every model with its interval, and how much the first model is better than the others.

    Parameters
    ----------
    cohort : Cohort
    predicted : mapping of str to sequence of Predicted
        Of each model one, or one for each repeat: then a measure is the median over the repeats, in the cohort as in
        each resample of it.
    seed : int
    resamples : int
        Bootstrap resamples of stays, the same for all models; of calibration a fifth of them, for it is slow.

    Returns
    -------
    dict
        By model and measure: `value`, `low`, `high` (95 %). ``auroc_gain`` and ``utility_gain`` are the first model's
        figure minus this one's.
    """
    judges = {name: _Judge(cohort, several) for name, several in predicted.items()}
    draws: dict[str, dict[str, list[float]]] = {name: {} for name in predicted}
    points = {name: one.measures(None) for name, one in judges.items()}
    stay = cohort.stay[cohort.judged]
    for number, counts in enumerate(group_resamples(stay, np.random.default_rng([seed, 3]), resamples)):
        for name, one in judges.items():
            for measure, value in one.measures(counts, slow=number % _CALIBRATION_EVERY == 0).items():
                draws[name].setdefault(measure, []).append(value)
    first = next(iter(predicted))
    table: dict[str, dict[str, Any]] = {}
    for name in predicted:
        table[name] = {
            measure: _with_interval(value, np.array(draws[name][measure])) for measure, value in points[name].items()
        }
        if name != first:
            for measure in sorted({"auroc", "utility"} & set(points[name])):
                gains = np.array(draws[first][measure]) - np.array(draws[name][measure])
                table[name][f"{measure}_gain"] = _with_interval(points[first][measure] - points[name][measure], gains)
    return table


class _Judge:
    """One model's predictions of a cohort, ready to be weighed many times."""

    def __init__(self, cohort: Cohort, several: Sequence[Predicted]) -> None:
        self.judged, self.label = cohort.judged, cohort.label[cohort.judged]
        self.utility = cohort.utility()
        self.several = several
        self.rankings = [Ranking.of(self.label, one.risk[self.judged]) for one in several]

    def measures(self, counts: NDArray[np.int64] | None, *, slow: bool = True) -> dict[str, float]:
        """Return the median of each measure over the repeats, each judged row counted so often."""
        each = [
            self._of_one(ranking, one, counts, slow=slow)
            for ranking, one in zip(self.rankings, self.several, strict=True)
        ]
        return {measure: float(np.median([one[measure] for one in each])) for measure in each[0]}

    def _of_one(
        self, ranking: Ranking, predicted: Predicted, counts: NDArray[np.int64] | None, *, slow: bool
    ) -> dict[str, float]:
        risk = predicted.risk[self.judged]
        measures = {
            "auroc": ranking.area_under_roc(counts),
            "auprc": ranking.area_under_precision_recall(counts),
            "brier": float(np.average((risk - self.label) ** 2, weights=counts)),
        }
        if self.utility is not None:
            measures["utility"] = self.utility.normalised(predicted.alarm, counts)
        if slow:
            line = calibration(self.label, risk, counts)
            measures |= {
                "calibration_slope": line.slope,
                "calibration_intercept": line.intercept,
                "calibration_in_the_large": line.in_the_large,
            }
        return measures


def _with_interval(value: float, draws: NDArray[np.float64]) -> dict[str, float | None]:
    defined = draws[np.isfinite(draws)]
    if not np.isfinite(value) or len(defined) * 2 < len(draws) or not len(defined):
        return {"value": value if np.isfinite(value) else None, "low": None, "high": None}
    low, high = np.quantile(defined, (0.025, 0.975)).tolist()
    return {"value": value, "low": low, "high": high}
