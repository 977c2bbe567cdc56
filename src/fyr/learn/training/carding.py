"""The card of a trained model: what it takes, as training saw it, and what nested cross-validation says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.cohort import Cohort
from fyr.learn.spans import span_words
from fyr.learn.training.model import output_name
from fyr.learn.training.recipe import Recipe
from fyr.learn.training.trained import TrainedRisk
from fyr.models import ModelCard, ModelInput, ModelOutput
from fyr.record.clinical import FACTS

__all__ = ["Naming", "trained_card"]

Column = NDArray[Any]

_SIGNATURE: Final = 50
_WIDER: Final = 0.5
"""How far beyond what training saw a number is still taken, in spans of what it saw."""
_LISTED: Final = 30
_CITATIONS: Final = {
    "cox": "Cox 1972 (J R Stat Soc B 34:187) with a ridge penalty (Verweij and van Houwelingen 1994, Stat Med 13:2427)",
    "logistic": "logistic regression with a ridge penalty (le Cessie and van Houwelingen 1992, Appl Stat 41:191)",
    "boosted": "trees grown with LightGBM (Ke et al., NeurIPS 2017)",
}
_STACKED: Final = "both weighed by what they said of rows held out (Breiman 1996, Machine Learning 24:49)"
_FUSED: Final = (
    "stacked by modality (Wolpert 1992, Neural Networks 5:241), a submodel for each pattern of missing modalities "
    "(Fletcher Mercaldo and Blume 2020, Biostatistics 21:236)"
)
_COMPETING: Final = (
    "competing events by cause-specific hazards, each with a model of its own (Prentice 1978, Biometrics 34:541; "
    "Putter 2007, Stat Med 26:2389)"
)


@dataclass(frozen=True, slots=True)
class Naming:
    """What a person says of the model.

    Parameters
    ----------
    name : str
    version : str
    credit : str
        Whose data it was made from, and on what terms.
    """

    name: str
    version: str = "1"
    credit: str = ""


def trained_card(
    trained: TrainedRisk, recipe: Recipe, cohort: Cohort, naming: Naming, *, evidence: str, units: Mapping[str, str]
) -> ModelCard:
    """Return the card.

    Parameters
    ----------
    trained : TrainedRisk
    recipe : Recipe
    cohort : Cohort
        The rows that it was trained on.
    naming : Naming
    evidence : str
    units : mapping of str to str
        UCUM units of inputs that are no clinical facts; ``1`` where none is known.
    """
    inputs, never = _inputs(trained, cohort, units)
    event = cohort.outcome.title
    learners = {one.setting.learner for part in trained.event.parts.values() for one in part.plain}
    stacked = any(len(part.plain) > 1 for part in trained.event.parts.values())
    fused = len(trained.event.modalities) > 1
    cited = "; ".join(
        [_CITATIONS[one] for one in sorted(learners)]
        + ([_STACKED] if stacked else [])
        + ([_FUSED] if fused else [])
        + ([_COMPETING] if trained.other is not None else [])
    )
    hospitals = ", ".join(cohort.hospitals[:_LISTED])
    horizons: tuple[float | None, ...] = recipe.horizons_years if trained.hazards else (None,)
    if not trained.hazards and recipe.horizons_years:
        horizons = recipe.horizons_years[:1]
    return ModelCard(
        name=naming.name,
        version=naming.version,
        title=f"Risk of {event}, trained on {len(set(cohort.patient.tolist()))} patients",
        intended_use=f"Research: the risk of {event} in patients like those that it was trained on: {cohort.source}, "
        f"{len(cohort)} rows, {int(cohort.outcome.event.sum())} with the event, hospitals {hospitals}.",
        not_for="Patients unlike those; any decision about a patient. Judge it on your own patients first "
        "(fyr learn validate), and mend its calibration there (fyr learn recalibrate).",
        inputs=inputs,
        outputs=tuple(
            [ModelOutput(output_name(one), _output_title(event, one), "1", low=0, high=1) for one in horizons]
            + [
                ModelOutput(
                    "score",
                    "Log hazard ratio" if trained.hazards else "Log odds: the sum that the explanation divides",
                    "1",
                )
            ]
        ),
        citation=f"Trained with Fyr: {cited}.",
        licence=naming.credit or "As the data that it was trained on; nobody has said what that is.",
        validity=f"Trained on {cohort.source} ({hospitals}). " + _validity(trained, cohort),
        explanation="The inputs that moved the score most (Shapley values: exact for linear scores, path-dependent for "
        "trees), the base that all of them add to, the sum of the others"
        + ("; what each modality added, and which modalities the answer comes from." if fused else "."),
        parameters={
            "trained": trained.as_dict(),
            "horizons_years": list(recipe.horizons_years) if trained.hazards else [],
            "never_missing": sorted(never),
            "seed": recipe.seed,
        },
        evidence=evidence,
    )


def _output_title(event: str, horizon: float | None) -> str:
    return f"Risk of {event}" if horizon is None else f"Risk of {event} by {span_words(horizon)}"


def _inputs(
    trained: TrainedRisk, cohort: Cohort, units: Mapping[str, str]
) -> tuple[tuple[ModelInput, ...], frozenset[str]]:
    fused = len(trained.event.modalities) > 1
    scores = [trained.event] + ([trained.other] if trained.other is not None else [])
    used: dict[str, tuple[str, int]] = {}
    for score in scores:
        for modality, part in score.parts.items():
            for name in part.predictors:
                used.setdefault(name, (modality, len(part.predictors)))
    never = frozenset(name for name in used if not _missing(cohort.columns[name]).any())
    made = [
        _input(name, cohort.columns[name], modality if fused else "", several, name in never, units.get(name, "1"))
        for name, (modality, several) in used.items()
    ]
    return tuple(made), never


def _input(name: str, column: Column, modality: str, several: int, never: bool, unit: str) -> ModelInput:
    fact = FACTS.get(name)
    lacking = int(_missing(column).sum())
    required = never and not modality
    if required:
        missing = "the model refuses: no training row lacked it"
    elif modality and never and several <= _SIGNATURE:
        missing = f"answered without {modality} if all of it is missing, else refused: no training row lacked it alone"
    elif modality and never:
        missing = f"answered without {modality} if all of it is missing, else the median of training"
    else:
        missing = f"a value of its own: {lacking} of {len(column)} training rows lacked it"
    title = fact.title if fact else f"{name}, as in the training table"
    code = fact.code if fact else None
    if column.dtype.kind not in "fiub":
        seen = tuple(word for word in sorted(set(column.tolist())) if word)
        aliases = {word: to for word, to in (fact.aliases if fact else {}).items() if to in seen}
        aliases = {word: to for word, to in aliases.items() if word.casefold() not in {one.casefold() for one in seen}}
        return ModelInput(
            name, title, "category", code=code, categories=seen, aliases=aliases, required=required, missing=missing
        )
    if fact is not None and fact.kind == "boolean":
        return ModelInput(
            name, title, "boolean", code=code, aliases=dict(fact.aliases), required=required, missing=missing
        )
    low, high = (None, None) if several > _SIGNATURE else _range(column)
    if fact is not None and low is not None and high is not None and fact.low is not None and fact.high is not None:
        low, high = max(low, float(fact.low)), min(high, float(fact.high))
    return ModelInput(
        name,
        title,
        "number",
        fact.unit if fact and fact.unit else unit,
        code,
        low=low,
        high=high,
        required=required,
        missing=missing,
    )


def _range(column: Column) -> tuple[float, float]:
    low, high = float(np.nanmin(column)), float(np.nanmax(column))
    wider = _WIDER * (high - low)
    return (0.0 if low >= 0 > low - wider else low - wider), high + wider


def _missing(column: Column) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = np.isnan(column) if column.dtype.kind in "fiub" else column == ""
    return missing


def _validity(trained: TrainedRisk, cohort: Cohort) -> str:
    seen = []
    for part in trained.event.parts.values():
        kept = part.plain[0].preparation
        if len(part.predictors) > _SIGNATURE:
            seen.append(f"{len(part.predictors)} features of a signature")
            continue
        seen += [
            f"{name} {low:g} to {high:g}"
            for name, low, high in zip(kept.numbers, kept.low.tolist(), kept.high.tolist(), strict=True)
        ]
        seen += [f"{name}: {', '.join(word or 'missing' for word in known)}" for name, known in kept.known.items()]
    words: Sequence[str] = seen[:_LISTED]
    more = f" and {len(seen) - _LISTED} more" if len(seen) > _LISTED else ""
    followed = ""
    if cohort.outcome.years is not None:
        followed = f" Follow-up reached {float(cohort.outcome.years.max()):.1f} years."
    return (
        f"Seen in training: {'; '.join(words)}{more}. A number beyond that, up to half of its span, is taken and "
        f"counts as the nearest that was seen; further out it is refused.{followed}"
    )
