"""How well scores predict in stays that they have not seen: discrimination, calibration and utility, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    return Predicted(risk, np.zeros(len(risk), dtype=np.bool_) if model.threshold is None else risk >= model.threshold)


def cross_validated(cohort: Cohort, seed: int, done: Callable[[int], None]) -> dict[str, Predicted]:
    """Predict every stay by models that were trained, calibrated and given their threshold without it."""
    stays, _ = cohort.stays()
    rows = len(cohort.stay)
    predicted = {name: Predicted(np.empty(rows), np.empty(rows, dtype=np.bool_)) for name in LEARNERS}
    for number, fold in enumerate(folds_of_stays(cohort, OUTER_FOLDS, np.random.default_rng([seed, 2]))):
        inside, held = cohort.of_stays(np.setdiff1d(stays, fold)), cohort.of_stays(fold)
        place = np.isin(cohort.stay, fold)
        for name, learner in LEARNERS.items():
            answer = predict(calibrate(learner, inside, seed + 100 * (number + 1)), held)
            predicted[name].risk[place], predicted[name].alarm[place] = answer.risk, answer.alarm
            done(1)
    return predicted


def judge(cohort: Cohort, predicted: Mapping[str, Predicted], seed: int, resamples: int) -> dict[str, Any]:
    """Return every measure of every model with its interval, and how much the first model is better than the others.

    Parameters
    ----------
    cohort : Cohort
    predicted : mapping of str to Predicted
    seed : int
    resamples : int
        Bootstrap resamples of stays, the same for all models; of calibration a fifth of them, for it is slow.

    Returns
    -------
    dict
        By model and measure: `value`, `low`, `high` (95 %). ``auroc_gain`` is the first model's area minus this one's.
    """
    judged = cohort.judged
    label, stay = cohort.label[judged], cohort.stay[judged]
    utility = cohort.utility()
    rankings = {name: Ranking.of(label, one.risk[judged]) for name, one in predicted.items()}
    draws: dict[str, dict[str, list[float]]] = {name: {} for name in predicted}
    points = {name: _measures(rankings[name], predicted[name], label, judged, utility, None) for name in predicted}
    for number, counts in enumerate(group_resamples(stay, np.random.default_rng([seed, 3]), resamples)):
        for name, one in predicted.items():
            slow = number % _CALIBRATION_EVERY == 0
            for measure, value in _measures(rankings[name], one, label, judged, utility, counts, slow=slow).items():
                draws[name].setdefault(measure, []).append(value)
    first = next(iter(predicted))
    table: dict[str, Any] = {}
    for name in predicted:
        table[name] = {
            measure: _with_interval(value, np.array(draws[name][measure])) for measure, value in points[name].items()
        }
        if name != first:
            gains = np.array(draws[first]["auroc"]) - np.array(draws[name]["auroc"])
            table[name]["auroc_gain"] = _with_interval(points[first]["auroc"] - points[name]["auroc"], gains)
    return table


def _measures(
    ranking: Ranking,
    predicted: Predicted,
    label: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    utility: Any,
    counts: NDArray[np.int64] | None,
    *,
    slow: bool = True,
) -> dict[str, float]:
    risk = predicted.risk[judged]
    measures = {
        "auroc": ranking.area_under_roc(counts),
        "auprc": ranking.area_under_precision_recall(counts),
        "brier": float(np.average((risk - label) ** 2, weights=counts)),
    }
    if utility is not None:
        measures["utility"] = utility.normalised(predicted.alarm, counts)
    if slow:
        line = calibration(label, risk, counts)
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
