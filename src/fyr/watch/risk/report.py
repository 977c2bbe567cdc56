"""One training from beginning to end: held-out stays, cross-validation, other sites, and the model that is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fyr.errors import FyrError
from fyr.models.folders import write_model_folder
from fyr.watch.risk.cohort import Cohort
from fyr.watch.risk.evaluation import OUTER_FOLDS, cross_validated, judge, predict, split
from fyr.watch.risk.model import KIND, EarlyWarningModel, early_warning_card, model_files
from fyr.watch.risk.training import LEARNERS, Calibrated, EnsembleScorer, calibrate

__all__ = ["Trained", "model_of", "steps", "train_and_judge"]

_FORM: Final = "2"


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model and how well such models do.

    Parameters
    ----------
    model : EarlyWarningModel
    figures : dict
        `data` says who was seen; `metrics` holds `held_out`, `cross_validation` and, by site, `external`: for each
        model and measure `value`, `low`, `high`.
    """

    model: EarlyWarningModel
    figures: dict[str, Any]

    def write(self, folder: Path) -> None:
        """Write the model folder."""
        write_model_folder(folder, KIND, self.model, model_files(self.model))


def train_and_judge(
    home: tuple[str, Cohort],
    others: Sequence[tuple[str, Cohort]],
    *,
    name: str | None = None,
    credit: str | None = None,
    seed: int,
    repeats: int,
    resamples: int,
    done: Callable[[int], None],
) -> Trained:
    """Judge models on stays that they have not seen, then train the one to keep on all stays of a site.

    Parameters
    ----------
    home : (str, Cohort)
        The site to train on, with its name.
    others : sequence of (str, Cohort)
        Other sites, only predicted.
    name : str, optional
        What the kept model is called; by default after its target.
    credit : str, optional
        Whose data these are and on what terms, for the card.
    seed : int
    repeats : int
        Of the cross-validation.
    resamples : int
    done : callable
        Told of steps done, :func:`steps` in all.

    Raises
    ------
    BadInput
        If there are too few stays with or without the event.
    """
    site, cohort = home
    training, test = split(cohort, seed)
    held_out = {}
    for which, learner in LEARNERS.items():
        held_out[which] = (predict(calibrate(learner, training, seed), test),)
        done(1)
    crossed = cross_validated(cohort, seed, repeats, done)
    kept = {which: calibrate(learner, cohort, seed) for which, learner in LEARNERS.items()}
    done(3)
    metrics: dict[str, Any] = {
        "held_out": judge(test, held_out, seed, resamples),
        "cross_validation": judge(cohort, crossed, seed, resamples),
        "external": {
            other: judge(rows, {which: (predict(one, rows),) for which, one in kept.items()}, seed, resamples)
            for other, rows in others
        },
    }
    done(1)
    data: dict[str, Any] = {
        "site": site,
        "all": _counts(cohort),
        "training": _counts(training),
        "held_out": _counts(test),
        "cross_validation": {**_counts(cohort), "folds": OUTER_FOLDS, "repeats": repeats},
        "external": {other: _counts(rows) for other, rows in others},
        "left_out": list(cohort.left_out),
    }
    model = model_of(
        kept["early_warning"],
        cohort,
        name=name or f"early_warning_{cohort.target.name}",
        site=site,
        seed=seed,
        evidence=_evidence(metrics, data),
        credit=credit,
    )
    return Trained(model, {"data": data, "metrics": metrics})


def model_of(
    best: Calibrated, cohort: Cohort, *, name: str, site: str, seed: int, evidence: str, credit: str | None = None
) -> EarlyWarningModel:
    """Return what was learnt from a cohort as a model with its card.

    Parameters
    ----------
    best : Calibrated
        Of the learner ``early_warning``.
    cohort : Cohort
        All that it was learnt from.
    name, site : str
    seed : int
        With which it was learnt.
    evidence : str
    credit : str, optional
    """
    if not isinstance(best.score, EnsembleScorer):
        raise FyrError(f"the model became a {type(best.score).__name__}")
    counts = _counts(cohort)
    card = early_warning_card(
        cohort.target,
        name=name,
        ensemble=best.score.ensemble,
        slope=best.slope,
        intercept=best.intercept,
        threshold=best.threshold,
        version=_version(cohort, seed),
        trained_on=f"{counts['stays']} intensive-care stays ({counts['stays_with_event']} with the event) of '{site}'",
        evidence=evidence,
        credit=credit,
    )
    return EarlyWarningModel(card)


def steps(repeats: int) -> int:
    """Return how many steps :func:`train_and_judge` tells of."""
    return len(LEARNERS) * (2 + OUTER_FOLDS * repeats) + 1


def _counts(cohort: Cohort) -> dict[str, int]:
    stays, event = cohort.stays()
    return {
        "stays": len(stays),
        "stays_with_event": int(event.sum()),
        "judged_rows": int(cohort.judged.sum()),
        "judged_rows_with_event": int((cohort.judged & cohort.label).sum()),
    }


def _version(cohort: Cohort, seed: int) -> str:
    """Return a version that other stays, or another seed, change."""
    content = hashlib.sha256(f"{_FORM} {seed}".encode())
    for part in (cohort.stay, cohort.features, cohort.label):
        content.update(np.ascontiguousarray(part).tobytes())
    return f"{_FORM}+{content.hexdigest()[:8]}"


def _evidence(metrics: dict[str, Any], data: dict[str, Any]) -> str:
    """Say in words how models made in the same way did."""
    said = []
    for part, words in (("cross_validation", "cross-validation by stay"), ("held_out", "held-out stays")):
        table, counts = metrics[part], data[part]
        figures = [f"area under the ROC curve {_figure(table['early_warning']['auroc'])}"]
        figures += [f"{name} {_figure(table[name]['auroc'])}" for name in ("logistic", "news5")]
        figures.append(f"average precision {_figure(table['early_warning']['auprc'])}")
        figures.append(f"calibration slope {_figure(table['early_warning']['calibration_slope'])}")
        if "utility" in table["early_warning"]:
            figures.append(f"normalised utility (CinC 2019) {_figure(table['early_warning']['utility'])}")
        times = f", median of {counts['repeats']} repeats" if counts.get("repeats", 1) > 1 else ""
        who = f"{counts['stays']} stays, {counts['stays_with_event']} with the event"
        said.append(f"{words}{times} ({who}): {', '.join(figures)}")
    return (
        f"Models made in the same way, without the stays they were judged on; 95 % intervals by bootstrap of stays. "
        f"{'; '.join(said)}. The settings were chosen on these stays, so expect somewhat less elsewhere."
    )


def _figure(entry: dict[str, float | None]) -> str:
    if entry["value"] is None:
        return "not defined"
    interval = "" if entry["low"] is None else f" ({entry['low']:.3f} to {entry['high']:.3f})"
    return f"{entry['value']:.3f}{interval}"
