"""Tuning by cross-validation on training rows alone, and the scores that it leaves for stacking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.learn.logistic import log_odds
from fyr.learn.training.hazards import held_out_log_likelihood
from fyr.learn.training.learners import LearnerName, Setting, fit_parts, settings_of
from fyr.learn.training.truth import Truth

__all__ = ["Tuned", "held_out_loss", "tune"]

Column = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What tuning chose.

    Parameters
    ----------
    setting : Setting
    losses : mapping of Setting to float
        The held-out loss of an event for each setting that was tried.
    scores : ndarray of float64, shape (rows,)
        What the chosen setting said of each training row without having seen it.
    best : mapping of str to (Setting, ndarray of float64)
        The same of each learner's own best setting.
    """

    setting: Setting
    losses: Mapping[Setting, float]
    scores: Floats
    best: Mapping[LearnerName, tuple[Setting, Floats]]

    def as_dict(self) -> dict[str, Any]:
        """Return the choice and what it was made from, as JSON-able values."""
        tried = [{**setting.as_dict(), "loss": loss} for setting, loss in self.losses.items()]
        return {"chosen": self.setting.as_dict(), "tried": tried}


def tune(
    columns: Mapping[str, Column],
    predictors: Sequence[str],
    truth: Truth,
    learners: Sequence[LearnerName],
    fold: NDArray[np.int64],
    *,
    splines: Sequence[str] = (),
    seed: int = 1,
) -> Tuned:
    """Choose learner and setting by the loss in held-out folds.

    Within a learner the setting of the least loss is taken; a later learner of `learners`, less plain than an earlier
    one, is taken over it only if its gain is more than one standard error of its differences between the folds.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
    predictors : sequence of str
    truth : Truth
    learners : sequence of str
        The plainest first.
    fold : ndarray of int64, shape (rows,)
    splines : sequence of str
    seed : int
    """
    folds = np.unique(fold)
    settings = tuple(setting for learner in learners for setting in settings_of(learner, len(predictors), truth))
    scores = np.zeros((len(settings), len(fold)))
    losses = np.zeros((len(settings), len(folds)))
    for number, held in enumerate(folds.tolist()):
        inside, outside = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        seen = {name: columns[name][inside] for name in predictors}
        unseen = {name: columns[name][outside] for name in predictors}
        parts = fit_parts(seen, predictors, truth.take(inside), settings, splines=splines, seed=seed)
        for place, part in enumerate(parts):
            scores[place, outside] = part.of(unseen)
            losses[place, number] = held_out_loss(truth.take(outside), scores[place, outside])
    total = losses.sum(axis=1) / max(truth.events, 1)
    chosen = -1
    best_of: dict[LearnerName, tuple[Setting, Floats]] = {}
    for learner in learners:
        mine = [place for place, setting in enumerate(settings) if setting.learner == learner]
        best = min(mine, key=lambda place: (total[place], place))
        best_of[learner] = (settings[best], scores[best])
        if chosen < 0 or _clearly_better(losses[best], losses[chosen]):
            chosen = best
    return Tuned(settings[chosen], dict(zip(settings, total.tolist(), strict=True)), scores[chosen], best_of)


def held_out_loss(truth: Truth, score: Floats) -> float:
    """Return the loss of scores of rows that were not learned from, summed over events.

    The negative log partial likelihood of log hazards, or the negative weighted log likelihood of log odds.
    """
    if truth.years is not None:
        return -held_out_log_likelihood(truth.years, truth.event, score)
    odds = np.clip(score, *log_odds([0.0, 1.0]))
    return float((truth.weight * (np.logaddexp(0.0, odds) - truth.event * odds)).sum())


def _clearly_better(losses: Floats, others: Floats) -> bool:
    gain = others - losses
    error = float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else 0.0
    return float(gain.mean()) > error
