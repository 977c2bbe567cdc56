"""`fyr watch evaluate --model`: a trained early-warning model on hourly tables of stays that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.train import print_table, read_cohort
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.watch.risk.model import EarlyWarningModel

__all__ = ["evaluate_model", "print_model_document"]

_DEFINITIONS = {
    "interval": "95 %, by resampling stays",
    "news5": "points of five vital signs, last known values, missing counts 0; its alarm: 5 points or more",
    "auroc_gain": "the model's area minus that of news5, in the same resamples",
    "utility": "of the PhysioNet/CinC Challenge 2019: 0 for never alarming, 1 for the best possible",
    "refused": "rows in which the model declined: no alarm, and the risk of a row without the values refused",
}


def evaluate_model(paths: Sequence[Path], name: str, *, seed: int, resamples: int) -> dict[str, Any]:
    """Return how well a model does at each site, as a JSON-able document.

    Parameters
    ----------
    paths : sequence of Path
        Folders with dyn, outc and sta.parquet, or folders of such folders.
    name : str
        A model of the registry, or the folder that it was trained into.
    seed, resamples : int
        Of the intervals.

    Raises
    ------
    BadInput
        If the model is no early-warning model, or a path holds no hourly tables of its target.
    """
    from fyr.exchange.icu_tables import find_icu_folders
    from fyr.models import registry
    from fyr.watch.risk.judging import judge_model
    from fyr.watch.risk.model import EarlyWarningModel
    from fyr.watch.risk.targets import TARGETS

    model = registry.model(name)
    if not isinstance(model, EarlyWarningModel):
        raise BadInput(
            f"{model.card.name} is no early-warning model",
            where="--model",
            mend="name a model that 'fyr watch train' made",
        )
    target = TARGETS[model.target]
    folders = [folder for path in paths for folder in find_icu_folders(path, target.name)]
    sites = [folder.name for folder in folders]
    if len(set(sites)) < len(sites):
        raise UsageError("two folders have the same name", where="DATA", mend="judge them one after the other")
    found = {}
    for folder in folders:
        _, columns, cohort = read_cohort(folder, target)
        found[folder.name] = judge_model(model, cohort, columns, seed=seed, resamples=resamples)
    return {
        "folders": [str(folder) for folder in folders],
        "model": _brief(model),
        "data": {site: one.data for site, one in found.items()},
        "metrics": {site: one.metrics for site, one in found.items()},
        "definitions": _DEFINITIONS,
        "research_use_only": True,
    }


def print_model_document(document: dict[str, Any]) -> None:
    """Print a table for each site."""
    model = document["model"]
    click.echo(f"{model['name']} {model['version']} ({model['digest'][:12]})")
    for site, table in document["metrics"].items():
        counts = document["data"][site]
        said = f"{counts['stays']} stays, {counts['stays_with_event']} with the event"
        click.echo(f"\n{site}: {said}; {counts['refused_rows']} rows refused")
        print_table(table)
    click.echo("\nWorth something only for stays that the model has not seen. Research use only.")


def _brief(model: EarlyWarningModel) -> dict[str, Any]:
    card = model.card
    return {
        "name": card.name,
        "version": card.version,
        "digest": card.digest,
        "target": model.target,
        "threshold": card.parameters["threshold"],
        "alarm_stands_h": card.parameters["held_h"],
    }
