"""Boosted trees by LightGBM: of log hazards, with Cox's partial likelihood as the loss, or of log odds.

Ke et al. 2017 (NeurIPS 30); the loss of hazards after Ridgeway 1999 (Computing Science and Statistics 31:172), ties
after Efron.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.training.truth import Truth

__all__ = ["grow"]

Floats = NDArray[np.float64]

_RATE: Final = 0.05
_LEAST_HESSIAN: Final = 1e-6


def grow(design: Floats, truth: Truth, *, trees: int, leaves: int, seed: int) -> tuple[str, float]:
    """Grow trees, the same ones for the same seed.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)
        NaN where missing.
    truth : Truth
    trees, leaves : int
    seed : int

    Returns
    -------
    text : str
        The trees as LightGBM writes them.
    shift : float
        Added to their sum: the log odds of the mean row, or 0 for hazards.

    Raises
    ------
    BadInput
        If LightGBM can make nothing of the rows.
    """
    import lightgbm

    counted = truth.weight > 0
    rows, weight = design[counted], truth.weight[counted]
    parameters: dict[str, Any] = {
        "learning_rate": _RATE,
        "num_leaves": leaves,
        "min_data_in_leaf": max(1, min(10, len(rows) // 5), min(50, len(rows) // 20)),
        "feature_pre_filter": False,
        "lambda_l2": 1.0,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.8 if rows.shape[1] > 3 else 1.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        "max_bin": 127,
    }
    if truth.years is None:
        share = float((truth.weight * truth.event).sum() / truth.weight.sum())
        shift = float(np.log(share) - np.log1p(-share))
        parameters |= {"objective": "binary", "boost_from_average": False}
        data = lightgbm.Dataset(
            rows, truth.event[counted].astype(np.float64), weight=weight, init_score=np.full(len(rows), shift)
        )
    else:
        shift = 0.0
        parameters |= {"objective": _hazard_loss(truth.years[counted], truth.event[counted])}
        data = lightgbm.Dataset(rows, truth.event[counted].astype(np.float64))
    try:
        booster = lightgbm.train(parameters, data, num_boost_round=trees)
    except lightgbm.basic.LightGBMError as problem:
        raise BadInput(
            f"trees cannot grow on {len(rows)} rows: {problem}", mend="take --learner cox or logistic"
        ) from None
    return str(booster.model_to_string(num_iteration=trees)), shift


def _hazard_loss(years: Floats, event: NDArray[np.bool_]) -> Any:
    """Return LightGBM's objective: slope and curvature of the negative log partial likelihood in each row's score."""
    from fyr.learn.survival.boosted import hazard_slopes
    from fyr.learn.survival.risk_sets import RiskSets

    rows = len(years)
    sets = RiskSets.of(
        np.zeros((rows, 1)),
        years,
        event.astype(np.float64),
        efron=True,
        stratum=np.zeros(rows, dtype=np.int64),
        weight=np.ones(rows),
        offset=np.zeros(rows),
    )

    def loss(score: Floats, _data: Any) -> tuple[Floats, Floats]:
        slope, bend = hazard_slopes(sets, score)
        return slope, np.maximum(bend, _LEAST_HESSIAN)

    return loss
