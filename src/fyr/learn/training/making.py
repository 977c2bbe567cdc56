"""Train, judge on patients never seen, hold it against its rivals, and say all of it in one document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.cohort import Cohort
from fyr.learn.discrimination import area_under_roc
from fyr.learn.judging.judgement import judge
from fyr.learn.predictions import Predictions
from fyr.learn.training.carding import Naming, trained_card
from fyr.learn.training.comparing import compare
from fyr.learn.training.explaining import mean_contributions
from fyr.learn.training.guards import check_cohort
from fyr.learn.training.model import TrainedModel, model_files, model_kind, output_name
from fyr.learn.training.nested import MODEL, NULL, HeldOut, Plan, cross_validate
from fyr.learn.training.preparation import prepare
from fyr.learn.training.recipe import Recipe, train
from fyr.learn.training.sample_size import sample_size_notes
from fyr.learn.training.trained import TrainedRisk
from fyr.learn.validation import validate
from fyr.models.folders import write_model_folder

__all__ = ["GivenRival", "Judging", "Made", "make_model"]

Floats = NDArray[np.float64]

_NULL_TITLE: Final = "the same risk for everyone"


@dataclass(frozen=True, slots=True, eq=False)
class GivenRival:
    """A model that exists already, and what it says of every row of the cohort.

    Parameters
    ----------
    name, title : str
    values : ndarray of float64, shape (rows,)
        NaN where it refuses; a higher value is worse.
    is_risk : bool
        Whether the values are probabilities of the event by the first horizon.
    notes : tuple of str
    """

    name: str
    title: str
    values: Floats
    is_risk: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A model, and what is known of it.

    Parameters
    ----------
    model : TrainedModel
    document : dict
        As ``fyr learn train --json`` prints it.
    """

    model: TrainedModel
    document: dict[str, Any]

    def write(self, folder: Path, more: Mapping[str, bytes] | None = None) -> None:
        """Write the model's folder; `more` are files beside the model that a person reads."""
        files = {**model_files(self.model), **(more or {})}
        write_model_folder(folder, model_kind(self.model.trained), self.model, files)


@dataclass(frozen=True, slots=True)
class Judging:
    """How figures are made.

    Parameters
    ----------
    resamples : int
    threshold : float or None
        The risk at which one would act.
    by : tuple of str or None
        The groups that figures are given by; all of the cohort's where nothing is said.
    level : float
    sha256 : str
        Of the table.
    """

    resamples: int = 500
    threshold: float | None = None
    by: tuple[str, ...] | None = None
    level: float = 0.95
    sha256: str = ""
    units: Mapping[str, str] = field(default_factory=dict)


def make_model(
    recipe: Recipe,
    cohort: Cohort,
    plan: Plan,
    naming: Naming,
    judging: Judging,
    *,
    single: Mapping[str, str] | None = None,
    given: Sequence[GivenRival] = (),
    notes: Sequence[str] = (),
    done: Callable[[int], None] = lambda _steps: None,
) -> Made:
    """Make a model and its document.

    Parameters
    ----------
    recipe : Recipe
    cohort : Cohort
    plan : Plan
    naming : Naming
    judging : Judging
    single : mapping of str to str, optional
        Rivals of one column: what they are called, and the column.
    given : sequence of GivenRival, optional
    notes : sequence of str
        Warnings that the caller has.
    done : callable
        Told of each of ``plan.steps(cohort) + 2`` steps.
    """
    check_cohort(cohort, recipe.horizons_years)
    learned_from = cohort
    if plan.way == "split":
        learned_from = cohort.take(cohort.groups["split"] == "train") if "split" in cohort.groups else cohort
    warnings = [*notes, *sample_size_notes(learned_from.outcome, _parameters(recipe, learned_from))]
    rivals = {name: _single(recipe, column) for name, column in (single or {}).items()}
    held = cross_validate(recipe, cohort, plan, rivals=rivals, done=done)
    trained, tuning = train(recipe, learned_from)
    done(1)
    figures = _figures(held, recipe, judging, plan)
    warnings += _doubts(trained, learned_from, recipe, held)
    compared = _compared(held, recipe, judging, given, single or {})
    evidence = _evidence(figures, plan, compared)
    card = trained_card(trained, recipe, learned_from, naming, evidence=evidence, units=judging.units)
    model = TrainedModel(card)
    figures["model"] |= {
        "name": card.name,
        "version": card.version,
        "digest": card.digest,
        "title": card.title,
        "output_title": card.outputs[0].title,
    }
    done(1)
    return Made(
        model,
        {
            "model": {
                "name": card.name,
                "version": card.version,
                "digest": card.digest,
                "kind": model_kind(trained),
                "outputs": [output.name for output in card.outputs],
                "inputs": len(card.inputs),
            },
            "nested_cv": {**figures, "how": plan.in_words(), "inner_folds": recipe.inner},
            "horizons": _further(held, recipe, judging),
            "rivals": compared,
            "tuning": {"final": tuning, "in_folds": held.chosen},
            "explanation": mean_contributions(trained, learned_from.columns),
            "data": _data(learned_from, recipe, judging),
            "warnings": list(dict.fromkeys([*warnings, *figures["warnings"]])),
            "seed": recipe.seed,
            "research_use_only": True,
        },
    )


def _single(recipe: Recipe, column: str) -> Recipe:
    learner = (
        recipe.learners[0] if recipe.learners[0] != "boosted" else ("cox" if recipe.horizons_years else "logistic")
    )
    return replace(recipe, modalities={column: (column,)}, learners=(learner,), splines=())


def _figures(held: HeldOut, recipe: Recipe, judging: Judging, plan: Plan) -> dict[str, Any]:
    """Return the same figures as a validation, of rows that were held out."""
    risk = held.risks[MODEL][:, 0]
    answered = np.isfinite(risk)
    horizon = recipe.horizons_years[0] if recipe.horizons_years else None
    predictions = Predictions(
        model={"name": "", "version": "", "digest": "", "output": output_name(horizon), "reading": "risk"},
        answered=answered,
        risk=np.clip(risk[answered], 0.0, 1.0),
        rank=None,
        reasons=held.reasons,
        refusal_reasons=held.refusals,
    )
    figures = validate(
        held.cohort,
        predictions,
        horizon_years=horizon,
        resamples=judging.resamples,
        seed=recipe.seed,
        thresholds=None if judging.threshold is None else _thresholds(judging.threshold),
        level=judging.level,
        sha256=judging.sha256,
        by=judging.by,
    )
    if plan.repeats > 1 and plan.way == "folds":
        figures["repeats"] = plan.repeats
    return figures


def _thresholds(threshold: float) -> list[float]:
    return [threshold, *[round(0.02 * place, 2) for place in range(1, 50)]]


def _further(held: HeldOut, recipe: Recipe, judging: Judging) -> dict[str, Any]:
    """Return the figures at every further horizon."""
    found = {}
    for place, horizon in enumerate(recipe.horizons_years[1:], start=1):
        risk = held.risks[MODEL][:, place]
        answered = np.isfinite(risk)
        part = held.cohort.take(answered)
        found[output_name(horizon)] = judge(
            np.clip(risk[answered], 0.0, 1.0),
            part.outcome,
            horizon_years=horizon,
            patient=part.patient,
            generator=np.random.default_rng([recipe.seed, place]),
            resamples=judging.resamples,
            level=judging.level,
        ).as_dict()
    return found


def _compared(
    held: HeldOut, recipe: Recipe, judging: Judging, given: Sequence[GivenRival], single: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Hold the model against every rival on the rows that both answer."""
    horizon = recipe.horizons_years[0] if recipe.horizons_years else None
    compared = []

    def add(name: str, kind: str, title: str, values: Floats, *, is_risk: bool, notes: Sequence[str] = ()) -> None:
        difference = compare(
            held.risks[MODEL][:, 0],
            values,
            held.cohort.outcome,
            horizon_years=horizon,
            patient=held.cohort.patient,
            generator=np.random.default_rng([recipe.seed, 1]),  # every rival meets the same draws
            resamples=judging.resamples,
            threshold=judging.threshold,
            rival_is_risk=is_risk,
            level=judging.level,
        )
        compared.append({"name": name, "kind": kind, "title": title, **difference, "notes": list(notes)})

    for name, risks in held.risks.items():
        if name == MODEL:
            continue
        kind, title = "modality", f"the same model, of patients: {name}"
        if name == NULL:
            kind, title = "null", _NULL_TITLE
        elif name in single:
            kind, title = "column", f"the column {single[name]} alone, fitted in the same folds"
        elif name.startswith("without "):
            kind = "without modality"
        add(name, kind, title, risks[:, 0], is_risk=True)
    for rival in given:
        add(rival.name, "model", rival.title, rival.values[held.place], is_risk=rival.is_risk, notes=rival.notes)
    return compared


def _evidence(figures: Mapping[str, Any], plan: Plan, compared: Sequence[Mapping[str, Any]]) -> str:
    """Say in words what nested cross-validation found."""
    rank = "auc" if figures["horizon_years"] is None else "c_index"
    calibration = figures["calibration"]
    parts = [
        f"{'AUC' if rank == 'auc' else 'C'} {_interval(figures[rank])}",
        f"calibration slope {_interval(calibration.get('slope'))}",
        f"observed over expected {_inverse(calibration.get('e_over_o'))}",
        f"scaled Brier score {_interval(figures['scaled_brier'])}",
    ]
    beaten = [one["name"] for one in compared if one["beats"]]
    not_beaten = [one["name"] for one in compared if one["beats"] is False]
    rows = figures["cohort"]["answered"]
    return (
        f"Nested cross-validation ({plan.in_words()}), {rows} predictions, each by a model that had never seen the "
        f"patient: {'; '.join(parts)}. In rank it beats: {', '.join(beaten) or 'none'}"
        f"; not shown to beat: {', '.join(not_beaten) or 'none'}. No other hospital's patients have judged it."
    )


def _interval(figure: Any) -> str:
    if not isinstance(figure, Mapping) or figure.get("estimate") is None:
        return "not assessable"
    if figure.get("low") is None:
        return f"{figure['estimate']:.3f}"
    return f"{figure['estimate']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _inverse(figure: Any) -> str:
    if not isinstance(figure, Mapping) or not figure.get("estimate"):
        return "not assessable"
    if not figure.get("low") or not figure.get("high"):
        return f"{1 / figure['estimate']:.3f}"
    return f"{1 / figure['estimate']:.3f} ({1 / figure['high']:.3f} to {1 / figure['low']:.3f})"


def _parameters(recipe: Recipe, cohort: Cohort) -> int:
    """Return how many columns a linear design of all predictors has."""
    total = 0
    for predictors in recipe.modalities.values():
        try:
            total += len(prepare(cohort.columns, predictors, splines=recipe.splines).names)
        except BadInput:
            continue
    return total


def _doubts(trained: TrainedRisk, cohort: Cohort, recipe: Recipe, held: HeldOut) -> list[str]:
    doubts = []
    absent = [name for name in recipe.modalities if name not in trained.event.modalities]
    if absent:
        doubts.append(f"too few events among patients with {', '.join(absent)}: left out of the model")
    if cohort.outcome.years is None:
        risk = trained.risk(cohort.columns, None)
        seen = np.isfinite(risk)
        if area_under_roc(cohort.outcome.event[seen], risk[seen]) == 1.0:
            doubts.append(
                "complete separation: the predictors together tell every training row apart, by chance or not"
            )
    several = len({_as_text(one) for one in held.chosen})
    if several > 2:
        doubts.append(
            f"tuning chose {several} different settings in {len(held.chosen)} trainings: they hardly matter here"
        )
    return doubts


def _as_text(chosen: Mapping[str, Any]) -> str:
    return json.dumps(chosen, sort_keys=True)


def _data(cohort: Cohort, recipe: Recipe, judging: Judging) -> dict[str, Any]:
    outcome = cohort.outcome
    missing = {}
    for name in recipe.predictors:
        column = cohort.columns[name]
        lacking = int((np.isnan(column) if column.dtype.kind in "fiub" else column == "").sum())
        if lacking:
            missing[name] = lacking
    most = sorted(missing.items(), key=lambda one: (-one[1], one[0]))[:30]
    return {
        "source": cohort.source,
        "sha256": judging.sha256,
        "rows": len(cohort),
        "patients": len(set(cohort.patient.tolist())),
        "hospitals": list(cohort.hospitals),
        "outcome": outcome.title,
        "events": int(outcome.event.sum()),
        "competing": 0 if outcome.competing is None else int(outcome.competing.sum()),
        "longest_follow_up_years": None if outcome.years is None else float(outcome.years.max()),
        "predictors": {name: len(several) for name, several in recipe.modalities.items()},
        "missing": dict(most),
        "notes": list(cohort.notes),
    }
