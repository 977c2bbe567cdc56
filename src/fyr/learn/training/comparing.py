"""Whether one model does better than another on the same held-out patients: differences, paired, with intervals.

Each resample draws patients and judges both models on the same draw, so what makes patients hard for both cancels out.
A model *beats* another in a figure only where the interval of the difference lies on its side of 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.bootstrap import group_resamples
from fyr.learn.judging.brier import brier_score
from fyr.learn.judging.figures import figure_of
from fyr.learn.judging.net_benefit import net_benefits, usual_threshold
from fyr.learn.judging.sample import Sample
from fyr.learn.outcome import Outcome
from fyr.learn.survival.aalen_johansen import aalen_johansen
from fyr.learn.survival.censoring import censoring_weights

__all__ = ["compare"]

Floats = NDArray[np.float64]

_GREATER_IS_BETTER = {"c_index": True, "auc": True, "brier": False, "net_benefit": True}


def compare(
    risk: Floats,
    rival: Floats,
    outcome: Outcome,
    *,
    horizon_years: float | None,
    patient: NDArray[Any],
    generator: np.random.Generator,
    resamples: int,
    threshold: float | None = None,
    rival_is_risk: bool = True,
    level: float = 0.95,
) -> dict[str, Any]:
    """Compare two models on the rows that both answer.

    Parameters
    ----------
    risk, rival : ndarray of float64, shape (rows,)
        Probabilities, NaN where a model has no answer; a rival that only ranks may be on any scale, higher is worse.
    outcome : Outcome
    horizon_years : float or None
    patient : ndarray, shape (rows,)
    generator : numpy.random.Generator
    resamples : int
    threshold : float, optional
        At which risk one would act; by default the observed risk.
    rival_is_risk : bool
    level : float

    Returns
    -------
    dict
        ``rows``, ``patients``, ``threshold``, and for each figure ``model``, ``rival``, ``difference`` and
        ``verdict``: ``beats``, ``is beaten`` or ``no difference shown``. The figures are ``c_index`` (``auc`` for an
        outcome without times), ``brier`` and ``net_benefit``; the last two are ``None`` for a rival that only ranks.
        ``beats`` is whether the model beats the rival in rank.
    """
    both = np.isfinite(risk) & np.isfinite(rival)
    rank = "auc" if outcome.years is None else "c_index"
    if len(np.unique(patient[both].astype(str))) < 2:
        return {"rows": int(both.sum()), "beats": None, "not_assessable": {rank: "no patients that both answer"}}
    part = outcome.take(both)
    mine = Sample.of(risk[both], None, part, horizon_years)
    theirs = Sample.of(rival[both] if rival_is_risk else None, rival[both], part, horizon_years)
    observed = _observed(mine)
    at = usual_threshold(observed) if threshold is None else threshold
    measures: dict[str, Callable[[Sample, Floats], float]] = {rank: _concordance}
    if rival_is_risk:
        measures |= {"brier": _brier, "net_benefit": lambda sample, weight: _benefit(sample, weight, at)}
    once = np.ones(int(both.sum()), dtype=np.int64)
    weights = [once, *group_resamples(patient[both].astype(str), generator, resamples)]
    found: dict[str, Any] = {
        "rows": int(both.sum()),
        "patients": len(np.unique(patient[both].astype(str))),
        "threshold": at,
        "brier": None,
        "net_benefit": None,
    }
    why: dict[str, str] = {}
    for name, measure in measures.items():
        values = np.array([[measure(mine, mine.weight_of(w)), measure(theirs, theirs.weight_of(w))] for w in weights])
        found[name] = _compared(name, values, level, why)
    verdict = found[rank]["verdict"] if found[rank] else None
    return {**found, "beats": None if verdict is None else verdict == "beats", "not_assessable": why}


def _compared(name: str, values: Floats, level: float, why: dict[str, str]) -> dict[str, Any] | None:
    """Return both values, their difference with its interval, and who is better; by row: all patients, then draws."""
    differences = values[:, 0] - values[:, 1]
    figure, reasons = figure_of(name, float(differences[0]), differences[1:], level, {}, False)
    why.update(reasons)
    if figure is None:
        return None
    verdict = "no difference shown"
    if figure.low is not None and figure.high is not None:
        above, below = figure.low > 0, figure.high < 0
        better, worse = (above, below) if _GREATER_IS_BETTER[name] else (below, above)
        verdict = "beats" if better else "is beaten" if worse else verdict
    return {
        "model": float(values[0, 0]),
        "rival": float(values[0, 1]),
        "difference": figure.as_dict(),
        "verdict": verdict,
    }


def _concordance(sample: Sample, weight: Floats) -> float:
    back = np.empty_like(weight)
    back[sample.pairs.order] = weight
    return sample.pairs.harrell(back)


def _brier(sample: Sample, weight: Floats) -> float:
    if sample.risk is None:
        return float("nan")
    known = weight * censoring_weights(sample.years, sample.cause, sample.horizon, weight)
    return brier_score(sample.risk, sample.had, known, float(weight.sum()))


def _benefit(sample: Sample, weight: Floats, threshold: float) -> float:
    if sample.risk is None:
        return float("nan")
    at = np.array([threshold])
    return float(net_benefits(sample.risk, sample.years, sample.cause, weight, sample.horizon, at)[0])


def _observed(sample: Sample) -> float:
    if not sample.timed:
        return float(sample.had.mean())
    return float(aalen_johansen(sample.years, sample.cause).at(sample.horizon))
