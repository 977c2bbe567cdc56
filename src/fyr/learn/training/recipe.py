"""A recipe: what is trained, and how; and the training of it on some rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.cohort import Cohort
from fyr.learn.training.folds import patient_folds
from fyr.learn.training.fusion import combine, fixed_combiner
from fyr.learn.training.learners import LearnerName, fit_parts
from fyr.learn.training.stacking import AnyPart, StackedPart
from fyr.learn.training.trained import TrainedRisk, TrainedScore, present_rows
from fyr.learn.training.truth import Truth, truth_of
from fyr.learn.training.tuning import Tuned, tune

__all__ = ["ONE_MODALITY", "Recipe", "train"]

Floats = NDArray[np.float64]

ONE_MODALITY: Final = "all"
_FEWEST_EVENTS_TO_TUNE: Final = 2


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is trained, and how.

    Parameters
    ----------
    modalities : mapping of str to tuple of str
        Predictors by modality; one modality alone makes a plain model, several a fused one.
    learners : tuple of str
        Between which tuning chooses, the plainest first.
    horizons_years : tuple of float
        Empty for an outcome without times.
    inner : int
        Folds of the tuning.
    splines : tuple of str
        Predictors whose effect may bend in linear learners.
    seed : int
    stack : bool
        Weigh all learners, instead of choosing one.
    """

    modalities: Mapping[str, tuple[str, ...]]
    learners: tuple[LearnerName, ...]
    horizons_years: tuple[float, ...] = ()
    inner: int = 3
    splines: tuple[str, ...] = ()
    seed: int = 1
    stack: bool = False

    @property
    def predictors(self) -> tuple[str, ...]:
        """Every predictor, each once."""
        return tuple(dict.fromkeys(name for several in self.modalities.values() for name in several))

    @property
    def asks_whether(self) -> bool:
        """Whether log odds are learned: whether the event comes by the horizon, not when."""
        return "logistic" in self.learners


def train(recipe: Recipe, cohort: Cohort) -> tuple[TrainedRisk, dict[str, Any]]:
    """Tune and train on every row of a cohort.

    Returns
    -------
    TrainedRisk
    dict
        What tuning tried and chose, by modality.
    """
    horizon = recipe.horizons_years[0] if recipe.asks_whether and cohort.outcome.years is not None else None
    event, told = _trained(recipe, cohort, truth_of(cohort.outcome, by_years=horizon))
    competing = cohort.outcome.competing
    if recipe.asks_whether or competing is None or not competing.any():
        return TrainedRisk(event), told
    other, _ = _trained(recipe, cohort, truth_of(cohort.outcome, cause=2))
    return TrainedRisk(event, other), told


def _trained(recipe: Recipe, cohort: Cohort, truth: Truth) -> tuple[TrainedScore, dict[str, Any]]:
    fused = len(recipe.modalities) > 1
    parts: dict[str, AnyPart] = {}
    scores, present = {}, {}
    told: dict[str, Any] = {}
    for name, predictors in recipe.modalities.items():
        known = present_rows(cohort.columns, predictors) if fused else np.ones(len(cohort), dtype=np.bool_)
        if fused and truth.take(known).fewest < _FEWEST_EVENTS_TO_TUNE:
            continue
        part = cohort.take(known)
        mine = truth.take(known)
        tuned = _tuned(recipe, part, predictors, mine)
        parts[name], unseen, chosen = _part(recipe, part, predictors, mine, tuned)
        present[name] = known
        scores[name] = np.zeros(len(cohort))
        scores[name][known] = unseen
        told[name] = {**tuned.as_dict(), "chosen": chosen}
    name, *others = parts
    if others or any(part.setting.learner == "boosted" for part in parts[name].plain):
        combiners = combine(scores, present, truth)
    else:
        combiners = (fixed_combiner(name, parts[name].of(cohort.columns), truth),)
    kept = {modality: recipe.modalities[modality] for modality in parts}
    return TrainedScore(kept, parts, combiners), told


def _part(
    recipe: Recipe, cohort: Cohort, predictors: Sequence[str], truth: Truth, tuned: Tuned
) -> tuple[AnyPart, Floats, dict[str, Any]]:
    """Return the part of a modality, what it says of rows that it has not seen, and what was chosen."""
    stack = recipe.stack and len(recipe.learners) > 1
    settings = [setting for setting, _ in tuned.best.values()] if stack else [tuned.setting]
    fitted = fit_parts(cohort.columns, predictors, truth, settings, splines=recipe.splines, seed=recipe.seed)
    if not stack:
        return fitted[0], tuned.scores, tuned.setting.as_dict()
    unseen = {str(learner): scores for learner, (_, scores) in tuned.best.items()}
    everybody = dict.fromkeys(unseen, np.ones(len(cohort), dtype=np.bool_))
    weighed = combine(unseen, everybody, truth)[0]
    if len(weighed.modalities) < len(unseen):  # too few events to weigh: the chosen one alone
        return fitted[settings.index(tuned.setting)], tuned.scores, tuned.setting.as_dict()
    chosen: dict[str, Any] = {"learner": "stacked"}
    for setting, weight in zip(settings, weighed.weights.tolist(), strict=True):
        chosen[setting.learner] = {**setting.as_dict(), "weight": weight}
    return StackedPart.of_combiner(fitted, weighed), weighed.of(unseen), chosen


def _tuned(recipe: Recipe, cohort: Cohort, predictors: Sequence[str], truth: Truth) -> Tuned:
    """Tune in folds of patients; the folds follow from the seed and the rows alone."""
    generator = np.random.default_rng([recipe.seed, len(cohort)])
    counted = truth.event & (truth.weight > 0)
    timed = truth.years is not None
    having = len(np.unique(cohort.patient[counted].astype(str)))
    fewest = having if timed else min(having, len(np.unique(cohort.patient.astype(str))) - having)
    fold = patient_folds(cohort.patient, counted, max(2, min(recipe.inner, fewest)), generator, timed=timed)
    return tune(cohort.columns, predictors, truth, recipe.learners, fold, splines=recipe.splines, seed=recipe.seed)
