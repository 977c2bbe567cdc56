"""What a recalibrated model will do on patients that it never saw, beside the model as it is; and whether to use it.

Every figure is that of risks given to patients who were held out when the map was fitted (and the method chosen),
averaged over the repeats of the folds; so are the ends of its interval, each the interval of a bootstrap over patients.
The advice rests on the Brier score alone, which no miscalibration can better (Gneiting and Raftery 2007, JASA
102:359-378): recalibrate where the 95 % interval of the gain, patient by patient, lies above 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.bootstrap import group_resamples
from fyr.learn.horizon_status import status_at
from fyr.learn.judging.judgement import judge
from fyr.learn.recalibration.choice import squared_errors
from fyr.learn.recalibration.held_out import Ground, HeldOut

__all__ = ["FIGURES", "advice", "brier_gain", "figures_beside", "judged", "promise"]

FIGURES: Final[dict[str, tuple[str, ...]]] = {
    "ici": ("calibration", "ici"),
    "slope": ("calibration", "slope"),
    "intercept": ("calibration", "intercept"),
    "in_the_large": ("calibration", "in_the_large"),
    "e_over_o": ("calibration", "e_over_o"),
    "brier": ("brier",),
    "c_index": ("c_index",),
    "auc": ("auc",),
}
"""What is promised, and where a judgement says it."""


def judged(risk: NDArray[np.float64], ground: Ground, generator: np.random.Generator, resamples: int) -> dict[str, Any]:
    """Return the judgement of risks on these rows, as JSON-able values."""
    return judge(
        risk,
        ground.outcome,
        horizon_years=ground.horizon_years,
        patient=ground.patient,
        generator=generator,
        resamples=resamples,
    ).as_dict()


def promise(
    ground: Ground,
    rounds: Sequence[HeldOut],
    before: Mapping[str, Any],
    generator: np.random.Generator,
    resamples: int,
) -> dict[str, Any]:
    """Return what is promised: each figure of :data:`FIGURES` for the model as it is and for the recalibrated one.

    Parameters
    ----------
    ground : Ground
    rounds : sequence of HeldOut
        One for each repeat.
    before : mapping
        The judgement of the model as it is.
    generator : numpy.random.Generator
    resamples : int
        Of all repeats together; at least 50 in each.
    """
    each = max(resamples // len(rounds), 50)
    after = [_figures(judged(one.risk, ground, generator, each)) for one in rounds]
    methods: Counter[str] = Counter()
    for one in rounds:
        methods.update(one.methods)
    return {
        "folds": len(rounds[0].parts),
        "repeats": len(rounds),
        "methods": dict(methods.most_common()),
        "before": _figures(before),
        "after": _averaged(after),
        "brier_gain": brier_gain(ground, rounds, generator, resamples),
    }


def figures_beside(
    ground: Ground, risk: NDArray[np.float64], generator: np.random.Generator, resamples: int
) -> dict[str, Any]:
    """Return the figures of the model as it is and of other risks on the same rows, and the gain of the Brier score."""
    return {
        "rows": len(ground),
        "before": _figures(judged(ground.risk, ground, generator, resamples)),
        "after": _figures(judged(risk, ground, generator, resamples)),
        "brier_gain": brier_gain(ground, (HeldOut((), risk),), generator, resamples),
    }


def brier_gain(
    ground: Ground, rounds: Sequence[HeldOut], generator: np.random.Generator, resamples: int
) -> dict[str, float]:
    """Return how much the Brier score falls on held-out patients, with its 95 % interval over patients."""
    status = status_at(ground.outcome, ground.horizon_years)
    before = squared_errors(ground.risk, status)
    gains = before - np.mean([squared_errors(one.risk, status) for one in rounds], axis=0)
    drawn = [
        float((counts * gains).sum() / (counts * status.weight).sum())
        for counts in group_resamples(ground.patient, generator, resamples)
        if (counts * status.weight).sum() > 0
    ]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return {"estimate": float(gains.sum() / status.weight.sum()), "low": low, "high": high}


def advice(promised: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Return whether to use the recalibrated model, and one sentence that says why."""
    gain = promised["brier_gain"]
    said = f"{gain['estimate']:+.4f} (95 % interval {gain['low']:+.4f} to {gain['high']:+.4f})"
    if method == "none":
        return {"recalibrate": False, "reason": "the model as it is is not contradicted by these patients: keep it"}
    if gain["low"] > 0:
        return {"recalibrate": True, "reason": f"on patients it never saw the Brier score gains {said}"}
    if gain["high"] < 0:
        return {"recalibrate": False, "reason": f"it does harm on patients it never saw: the Brier score gains {said}"}
    return {
        "recalibrate": False,
        "reason": f"nothing shows that it helps on patients it never saw: the Brier score gains {said}; keep the "
        "model as it is",
    }


def _figures(judgement: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of :data:`FIGURES`, ``None`` with its reason under ``not_assessable`` where there is none."""
    figures: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, path in FIGURES.items():
        holder: Mapping[str, Any] = judgement if len(path) == 1 else judgement[path[0]]
        found = holder.get(path[-1])
        figures[name] = None if found is None else {end: found[end] for end in ("estimate", "low", "high")}
        if found is None:
            reasons[name] = str(holder.get("not_assessable", {}).get(path[-1], "it cannot be computed"))
    return {**figures, "not_assessable": reasons}


def _averaged(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the means over the repeats; a figure that one of them lacks is not there, with the reason."""
    reasons = {name: reason for one in rounds for name, reason in one["not_assessable"].items()}
    figures: dict[str, Any] = dict.fromkeys(FIGURES)
    for name in FIGURES:
        if name not in reasons:
            figures[name] = {end: _mean([one[name][end] for one in rounds]) for end in ("estimate", "low", "high")}
    return {**figures, "not_assessable": reasons}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None
