"""A model that is there, on stays that it has not seen, beside an early warning score of points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.evaluation import Predicted, judge
from fyr.watch.risk.model import EarlyWarningModel

__all__ = ["JudgedModel", "judge_model"]

_URGENT_POINTS: Final = 5
"""The total from which the Royal College of Physicians asks for an urgent response (NEWS2, 2017, chart 2)."""
_OF_POINTS: Final = ("auroc", "auprc", "utility", "auroc_gain", "utility_gain")


@dataclass(frozen=True, slots=True)
class JudgedModel:
    """How well a model did.

    Parameters
    ----------
    data : dict
        Who was judged, and how many rows the model refused.
    metrics : dict
        ``early_warning`` and ``news5``: by measure `value`, `low`, `high`.
    """

    data: dict[str, Any]
    metrics: dict[str, Any]


def judge_model(
    model: EarlyWarningModel,
    cohort: Cohort,
    columns: Mapping[str, NDArray[Any]],
    *,
    seed: int,
    resamples: int,
) -> JudgedModel:
    """Ask the model about every hour as ``fyr models run`` does, and judge its answers.

    Parameters
    ----------
    model : EarlyWarningModel
    cohort : Cohort
        Of the model's target, made of the same columns.
    columns : mapping of str to ndarray, shape (hours,)
        What the model is told.
    seed, resamples : int
        Of the intervals.
    """
    answers = model.predict_columns(columns)
    place = _places(cohort, columns)
    answered = answers.answered[place]
    risk = np.where(answered, answers.value("risk")[place], model.risk(cohort.features))
    alarm = np.zeros(len(risk), dtype=np.bool_)
    if cohort.target.hourly:
        alarm = answered & (answers.value("alarm")[place] == 1)
    predicted = {
        "early_warning": (Predicted(risk, alarm),),
        "news5": (Predicted(cohort.news5, cohort.news5 >= _URGENT_POINTS),),
    }
    metrics = judge(cohort, predicted, seed, resamples)
    metrics["news5"] = {name: entry for name, entry in metrics["news5"].items() if name in _OF_POINTS}
    stays, event = cohort.stays()
    data = {
        "stays": len(stays),
        "stays_with_event": int(event.sum()),
        "judged_rows": int(cohort.judged.sum()),
        "judged_rows_with_event": int((cohort.judged & cohort.label).sum()),
        "refused_rows": int((cohort.judged & ~answered).sum()),
        "left_out": list(cohort.left_out),
    }
    return JudgedModel(data, metrics)


def _places(cohort: Cohort, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.intp]:
    """Return where each row of the cohort stands in the columns, which are sorted by stay and time."""
    stay, hour = columns["stay_id"], columns["time"]
    _, number = np.unique(stay, return_inverse=True)
    which = np.searchsorted(np.unique(stay), cohort.stay)
    span = float(hour.max()) + 1.0
    return np.searchsorted(number * span + hour, which * span + cohort.hour)
