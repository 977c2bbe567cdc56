"""What a site does with the network that it is sent: some steps of gradient descent on its own rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, ServiceUnavailable
from fyr.learn.federation.neural.losses import loss_and_slope

__all__ = ["LocalTraining", "batches", "trained"]

Floats = NDArray[np.float64]

_WHERE = "federated network"


@dataclass(frozen=True, slots=True)
class LocalTraining:
    """How a site trains.

    Parameters
    ----------
    objective : {"logistic", "squared_error", "cox"}
    hidden : tuple of int
    steps : int
        Batches in a round.
    batch : int
        Rows of a batch.
    rate : float
    pull : float
        FedProx's mu: how strongly weights are held to those that were sent (Li et al. 2020, MLSys 2, eq. 2).
    l2 : float
        Penalty on weights, squared.
    clip : float
        Longest slope of a batch; a longer one is shortened. 0 for no such bound.
    """

    objective: str
    hidden: tuple[int, ...]
    steps: int
    batch: int
    rate: float
    pull: float
    l2: float
    clip: float


def batches(rows: int, batch: int, steps: int, seed: int, number: int, site: str) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each batch: the rows in a new order, again and again.

    The order follows from the study's seed, the round and the site's name.
    """
    name = int.from_bytes(hashlib.sha256(site.encode()).digest()[:8], "little")
    draw = np.random.default_rng([seed, number, name])
    order, at = draw.permutation(rows), 0
    for _ in range(steps):
        if at >= rows:
            order, at = draw.permutation(rows), 0
        yield order[at : at + batch]
        at += batch


def trained(
    weights: Floats, rows: Floats, outcome: Floats, time: Floats, how: LocalTraining, picked: Iterator[NDArray[np.intp]]
) -> tuple[Floats, float]:
    """Return the weights after training, and the mean loss of the batches.

    Parameters
    ----------
    weights : ndarray of float64
        As they were sent.
    rows : ndarray of float64, shape (rows, features)
        Centred and scaled.
    outcome, time : ndarray of float64, shape (rows,)
    how : LocalTraining
    picked : iterator of ndarray of int

    Raises
    ------
    BadInput
        If the weights run away.
    ServiceUnavailable
        If there are hidden layers, and torch is not installed.
    """
    now, losses = weights.copy(), []
    slope_of = _deep if how.hidden else _linear
    for some in picked:
        loss, slope = slope_of(now, rows[some], outcome[some], time[some], how)
        slope = slope + how.pull * (now - weights) + how.l2 * now
        length = float(np.sqrt(slope @ slope))
        if not np.isfinite(length):
            raise BadInput("the weights run away", where=_WHERE, mend="take a smaller learning rate, or clip slopes")
        if how.clip and length > how.clip:
            slope = slope * (how.clip / length)
        now = now - how.rate * slope
        losses.append(loss)
    if not np.isfinite(now).all():
        raise BadInput("the weights run away", where=_WHERE, mend="take a smaller learning rate, or clip slopes")
    return now, float(np.mean(losses))


def _linear(weights: Floats, rows: Floats, outcome: Floats, time: Floats, how: LocalTraining) -> tuple[float, Floats]:
    loss, slope = loss_and_slope(how.objective, rows @ weights[:-1] + weights[-1], outcome, time)
    return loss, np.append(rows.T @ slope, slope.sum())


def _deep(weights: Floats, rows: Floats, outcome: Floats, time: Floats, how: LocalTraining) -> tuple[float, Floats]:
    """Return loss and slope by torch: the layers' slopes are torch's, the loss's own is :func:`loss_and_slope`'s."""
    torch = _torch()
    flat = torch.tensor(weights, requires_grad=True)
    found = torch.from_numpy(np.ascontiguousarray(rows))
    widths, at = [rows.shape[1], *how.hidden, 1], 0
    for place, (one, other) in enumerate(pairwise(widths)):
        matrix = flat[at : at + one * other].reshape(one, other)
        added = flat[at + one * other : at + (one + 1) * other]
        found = found @ matrix + added
        at += (one + 1) * other
        if place < len(widths) - 2:
            found = torch.relu(found)
    score = found[:, 0]
    loss, slope = loss_and_slope(how.objective, score.detach().numpy(), outcome, time)
    score.backward(torch.from_numpy(slope))
    grown: Floats = flat.grad.numpy().copy()
    return loss, grown


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError:
        raise ServiceUnavailable(
            "a network with hidden layers needs torch, which is not installed",
            where=_WHERE,
            mend="pip install 'fyr[deep]', or leave out hidden",
        ) from None
    return torch
