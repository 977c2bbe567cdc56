"""Mean losses of a batch, and their slopes in each row's score."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOSSES", "loss_and_slope"]

Floats = NDArray[np.float64]

LOSSES: Final = ("logistic", "squared_error", "cox")


def loss_and_slope(objective: str, score: Floats, outcome: Floats, time: Floats) -> tuple[float, Floats]:
    """Return the mean loss of a batch and its slope in each score, shape (rows,).

    Of ``cox`` it is the negative log partial likelihood within the batch, divided by its rows; rows at risk at an event
    are those that stand before it when sorted by falling time (ties as they are sorted), as FLamby's baseline has it
    (Ogier du Terrail et al. 2022, NeurIPS 35).
    """
    rows = len(score)
    if objective == "logistic":
        each = np.logaddexp(0.0, score) - outcome * score
        return float(each.mean()), (1.0 / (1.0 + np.exp(-np.clip(score, -700, 700))) - outcome) / rows
    if objective == "squared_error":
        off = score - outcome
        return float((off * off).mean() / 2), off / rows
    order = np.argsort(-time, kind="stable")
    one, event = score[order], outcome[order]
    at_risk = np.logaddexp.accumulate(one)
    loss = float((event * (at_risk - one)).sum() / rows)
    # Row i, column j: the share of j in the sum over the rows at risk at i.
    shares = np.tril(np.exp(np.minimum(one[None, :] - at_risk[:, None], 0.0)))
    slope = np.empty(rows)
    slope[order] = (event @ shares - event) / rows
    return loss, slope
