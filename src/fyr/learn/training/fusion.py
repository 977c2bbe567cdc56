"""Late fusion: a score for each modality, and for every set of modalities that a patient may have, its own weights.

The scores that are weighed are out-of-fold, so a modality that overfits is not believed (stacking: Wolpert 1992,
Neural Networks 5:241; weights of at least 0: Breiman 1996, Machine Learning 24:49). A patient who lacks a modality is
answered by weights that were fitted without it, on all training patients who have the others: a submodel for each
pattern of what is missing, fitted to every row that is complete for it (Fletcher Mercaldo and Blume 2020, Biostatistics
21:236). So the modalities that are there take over what the missing one would have said, and nothing is imputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.training.hazards import Steps, breslow_steps
from fyr.learn.training.truth import Truth

__all__ = ["Combiner", "combine", "fixed_combiner"]

Floats = NDArray[np.float64]

_FEWEST_EVENTS: Final = 10
_SHRINK: Final = 1.0
"""The ridge penalty on the weight of a standardised score: worth one event of evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Combiner:
    """The weights of one set of modalities.

    Parameters
    ----------
    modalities : tuple of str
    weights, centre : ndarray of float64, shape (modalities,)
        The combined score is the sum of ``weights * (score - centre)``, and the intercept.
    intercept : float
    steps : Steps or None
        The baseline hazard; ``None`` where the combined score is a log odds.
    rows, events : int
        What the weights were fitted to.
    """

    modalities: tuple[str, ...]
    weights: Floats
    centre: Floats
    intercept: float
    steps: Steps | None
    rows: int
    events: int

    def of(self, scores: Mapping[str, Floats]) -> Floats:
        """Return the combined score of each row, shape (rows,)."""
        parts = [
            weight * (scores[name] - centre)
            for name, weight, centre in zip(self.modalities, self.weights.tolist(), self.centre.tolist(), strict=True)
        ]
        combined: Floats = self.intercept + np.sum(parts, axis=0)
        return combined

    def as_dict(self) -> dict[str, Any]:
        """Return the weights as JSON-able values."""
        return {
            "modalities": list(self.modalities),
            "weights": self.weights.tolist(),
            "centre": self.centre.tolist(),
            "intercept": self.intercept,
            "steps": None if self.steps is None else self.steps.as_dict(),
            "rows": self.rows,
            "events": self.events,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Combiner:
        """Return the combiner that :meth:`as_dict` described."""
        steps = document["steps"]
        return cls(
            tuple(document["modalities"]),
            np.array(document["weights"], dtype=np.float64),
            np.array(document["centre"], dtype=np.float64),
            float(document["intercept"]),
            None if steps is None else Steps.from_dict(steps),
            int(document["rows"]),
            int(document["events"]),
        )


def fixed_combiner(name: str, scores: Floats, truth: Truth) -> Combiner:
    """Take the one score as it is; for hazards, with the baseline that belongs to it."""
    if truth.years is None:
        return Combiner((name,), np.ones(1), np.zeros(1), 0.0, None, len(scores), truth.events)
    centre = float(scores.mean())
    steps = breslow_steps(truth.years, truth.event, scores - centre)
    return Combiner((name,), np.ones(1), np.array([centre]), 0.0, steps, len(scores), truth.events)


def combine(
    scores: Mapping[str, Floats], present: Mapping[str, NDArray[np.bool_]], truth: Truth
) -> tuple[Combiner, ...]:
    """Fit the weights of every set of modalities that enough training patients have, the largest sets first.

    Parameters
    ----------
    scores : mapping of str to ndarray of float64, each of shape (rows,)
        Out-of-fold; whatever where the modality is not present.
    present : mapping of str to ndarray of bool, each of shape (rows,)
    truth : Truth

    Returns
    -------
    tuple of Combiner
        A single modality always has one where it has an event.
    """
    found = []
    names = tuple(scores)
    for size in range(len(names), 0, -1):
        for several in combinations(names, size):
            rows = np.logical_and.reduce([present[name] for name in several])
            part = truth.take(rows)
            if part.fewest >= (_FEWEST_EVENTS if size > 1 else 1):
                table = np.column_stack([scores[name][rows] for name in several])
                found.append(_fitted(several, table, part))
    return tuple(found)


def _fitted(names: tuple[str, ...], table: Floats, truth: Truth) -> Combiner:
    centre = table.mean(axis=0)
    spread = table.std(axis=0)
    told = spread > 1e-9
    standard = (table - centre) / np.where(told, spread, 1.0)
    intercept, weights = _odds_weights(standard, truth) if truth.years is None else _hazard_weights(standard, truth)
    weights = np.where(told, weights / np.where(told, spread, 1.0), 0.0)
    combined = (table - centre) @ weights
    steps = None if truth.years is None else breslow_steps(truth.years, truth.event, combined)
    return Combiner(names, weights, centre, intercept, steps, len(table), truth.events)


def _odds_weights(standard: Floats, truth: Truth) -> tuple[float, Floats]:
    from fyr.learn.signed_logistic import fit_signed_logistic

    counted = truth.weight > 0
    return fit_signed_logistic(
        standard[counted],
        truth.event[counted],
        np.ones(standard.shape[1]),
        ridge=_SHRINK,
        weight=truth.weight[counted],
    )


def _hazard_weights(standard: Floats, truth: Truth) -> tuple[float, Floats]:
    """Return weights of at least 0: what would weigh less is left out, one at a time, and the rest fitted again."""
    from fyr.learn.survival.cox import fit_cox
    from fyr.learn.training.kernel_cox import principal_directions

    weights = np.zeros(standard.shape[1])
    kept = np.flatnonzero(standard.std(axis=0) > 0)
    while len(kept) and truth.years is not None:
        # Among the principal directions no score says only what others say, and a ridge means the same.
        places, back = principal_directions(standard[:, kept])
        fitted = back @ fit_cox(places, truth.years, truth.event, ridge=_SHRINK, ridge_on="raw").coefficients
        if (fitted >= 0).all():
            weights[kept] = fitted
            break
        kept = np.delete(kept, int(np.argmin(fitted)))
    return 0.0, weights
