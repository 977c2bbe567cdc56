"""Nested cross-validation: everything is learned anew in each fold, tuning included, and judged on the rest.

The outer folds give honest figures; the inner ones, inside :func:`fyr.learn.training.recipe.train`, see training rows
alone. What is predicted of a patient never comes from a model that saw the patient, and each fold's model refuses what
the model that is kept would refuse: a value that its training rows did not come near, a category that they lacked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort
from fyr.learn.training.carding import Naming, trained_card
from fyr.learn.training.folds import hospital_folds, patient_folds
from fyr.learn.training.model import TrainedModel
from fyr.learn.training.recipe import Recipe, train
from fyr.learn.training.trained import TrainedRisk, present_rows
from fyr.models import Answers

__all__ = ["MODEL", "NULL", "HeldOut", "Plan", "cross_validate", "without"]

Floats = NDArray[np.float64]
Column = NDArray[Any]

MODEL: Final = "model"
NULL: Final = "null"
"""The model that gives everyone the risk that training rows had on the whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are held out.

    Parameters
    ----------
    way : {"folds", "hospitals", "split"}
    folds : int
    repeats : int
        Of dealing patients into folds.
    seed : int
    """

    way: str = "folds"
    folds: int = 5
    repeats: int = 1
    seed: int = 1

    def steps(self, cohort: Cohort) -> int:
        """Return how many times a model is trained."""
        return {"folds": self.folds * self.repeats, "hospitals": len(cohort.hospitals), "split": 1}[self.way]

    def in_words(self) -> str:
        """Say how rows were held out."""
        if self.way == "hospitals":
            return "each hospital held out in turn"
        if self.way == "split":
            return "trained on the rows marked train, judged on those marked test"
        again = f", dealt {self.repeats} times" if self.repeats > 1 else ""
        return f"{self.folds} folds of patients{again}"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Predictions of rows that their models never saw.

    Parameters
    ----------
    cohort : Cohort
        The rows that were held out; a row comes once for each repeat.
    place : ndarray of int64, shape (rows,)
        Where each of them is in the cohort that was given.
    risks : mapping of str to ndarray of float64, each of shape (rows, horizons)
        By model: :data:`MODEL`, :data:`NULL`, ``MODALITY alone``, ``without MODALITY``, and rivals. NaN: no answer.
    fold : ndarray of int64, shape (rows,)
        Which training made the predictions.
    chosen : list of dict
        What tuning chose in each.
    reasons : tuple of str or None, length rows
        Why the model refused a row.
    refusals : mapping of str to int
        Rows by what was wrong.
    """

    cohort: Cohort
    place: NDArray[np.int64]
    risks: Mapping[str, Floats]
    fold: NDArray[np.int64]
    chosen: list[dict[str, Any]]
    reasons: tuple[str | None, ...]
    refusals: Mapping[str, int]


def cross_validate(
    recipe: Recipe,
    cohort: Cohort,
    plan: Plan,
    *,
    rivals: Mapping[str, Recipe] | None = None,
    done: Callable[[int], None] = lambda _steps: None,
) -> HeldOut:
    """Train in every fold and predict the rows that it left out.

    Parameters
    ----------
    recipe : Recipe
    cohort : Cohort
        With a group ``split`` of ``train`` and ``test`` where the plan asks for it.
    plan : Plan
    rivals : mapping of str to Recipe, optional
        Trained in the same folds.
    done : callable
        Told of each training.
    """
    rows: list[NDArray[np.intp]] = []
    numbers: list[NDArray[np.int64]] = []
    risks: dict[str, list[Floats]] = {}
    chosen = []
    reasons: list[str | None] = []
    refusals: Counter[str] = Counter()
    for number, (inside, outside) in enumerate(_splits(cohort, plan)):
        seen, unseen = cohort.take(inside), cohort.take(outside)
        trained, told = train(recipe, seen)
        chosen.append({name: one["chosen"] for name, one in told.items()})
        model = TrainedModel(trained_card(trained, recipe, seen, Naming("fold"), evidence="", units={}))
        answers = model.predict_columns(unseen.columns, rows=len(unseen))
        reasons += answers.refusal_reasons()
        refusals += answers.count_problems()
        found = {MODEL: _said(answers), NULL: _nothing(recipe, seen, len(unseen))}
        for name, columns in _lacking(recipe, unseen.columns):
            found[name] = _said(model.predict_columns(columns, rows=len(unseen)))
        for name, rival in (rivals or {}).items():
            answered = present_rows(unseen.columns, rival.predictors)
            found[name] = np.where(answered[:, None], _risks(train(rival, seen)[0], unseen.columns, rival), np.nan)
        for name, risk in found.items():
            risks.setdefault(name, []).append(risk)
        rows.append(outside)
        numbers.append(np.full(len(outside), number, dtype=np.int64))
        done(1)
    together = {name: np.concatenate(parts) for name, parts in risks.items()}
    # Everyone's risk differs between folds by chance alone, lowest where most events were held out: no rank at all.
    together[NULL] = np.broadcast_to(together[NULL].mean(axis=0), together[NULL].shape).copy()
    return HeldOut(
        cohort.take(np.concatenate(rows)),
        np.concatenate(rows).astype(np.int64),
        together,
        np.concatenate(numbers),
        chosen,
        tuple(reasons),
        dict(refusals.most_common()),
    )


def without(columns: Mapping[str, Column], predictors: Sequence[str]) -> dict[str, Column]:
    """Return the columns with some predictors missing in every row."""
    return {name: _emptied(column) if name in set(predictors) else column for name, column in columns.items()}


def _emptied(column: Column) -> Column:
    if column.dtype.kind in "fiub":
        return np.full(len(column), np.nan)
    return np.full(len(column), "", dtype=object)


def _splits(cohort: Cohort, plan: Plan) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    if plan.way == "split":
        marks = cohort.groups.get("split")
        if marks is None:
            raise BadInput("the mapping has no split", where=cohort.source, mend="add 'split', or use --folds")
        inside, outside = np.flatnonzero(marks == "train"), np.flatnonzero(marks == "test")
        both = set(cohort.patient[inside].tolist()) & set(cohort.patient[outside].tolist())
        if both:
            raise BadInput(
                f"{len(both)} patients are marked both train and test",
                where=cohort.source,
                mend="a patient belongs to one side: correct the split",
            )
        yield inside, outside
        return
    if plan.way == "hospitals":
        fold, names = hospital_folds(cohort.hospital, cohort.outcome.event)
        folds = [(fold, number) for number in range(len(names))]
    else:
        folds = []
        for repeat in range(plan.repeats):
            generator = np.random.default_rng([plan.seed, repeat])
            timed = cohort.outcome.years is not None
            fold = patient_folds(cohort.patient, cohort.outcome.event, plan.folds, generator, timed=timed)
            folds += [(fold, number) for number in range(plan.folds)]
    for fold, number in folds:
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _said(answers: Answers) -> Floats:
    """Return the risk at each horizon, NaN where the row is refused; shape (rows, horizons)."""
    return np.column_stack([answers.value(output.name) for output in answers.card.outputs if output.name != "score"])


def _risks(trained: TrainedRisk, columns: Mapping[str, Column], recipe: Recipe) -> Floats:
    horizons: tuple[float | None, ...] = recipe.horizons_years or (None,)
    return np.column_stack([trained.risk(columns, horizon) for horizon in horizons])


def _nothing(recipe: Recipe, seen: Cohort, rows: int) -> Floats:
    """Return the risk of the training rows on the whole, for everyone; shape (rows, horizons)."""
    outcome = seen.outcome
    if outcome.years is None:
        return np.full((rows, 1), outcome.event.mean())
    from fyr.learn.survival.aalen_johansen import aalen_johansen

    curve = aalen_johansen(outcome.years, outcome.cause)
    return np.tile([float(curve.at(horizon)) for horizon in recipe.horizons_years], (rows, 1))


def _lacking(recipe: Recipe, columns: Mapping[str, Column]) -> Iterator[tuple[str, dict[str, Column]]]:
    """Yield the columns of patients who have one modality alone, and who lack one."""
    if len(recipe.modalities) < 2:
        return
    for name, predictors in recipe.modalities.items():
        others = [other for other in recipe.predictors if other not in predictors]
        yield f"{name} alone", without(columns, others)
        if len(recipe.modalities) > 2:
            yield f"without {name}", without(columns, predictors)
