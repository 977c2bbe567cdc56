"""A small early-warning model of no meaning, for tests of what is done with models."""

from __future__ import annotations

import lightgbm
import numpy as np

from fyr.watch.risk.boosted_trees import BoostedTrees
from fyr.watch.risk.clipped_lines import ClippedLines
from fyr.watch.risk.ensemble import Ensemble
from fyr.watch.risk.model import EarlyWarningModel, early_warning_card
from fyr.watch.risk.targets import TARGETS


def make_model(target: str = "sepsis", threshold: float | None = 0.5) -> EarlyWarningModel:
    """Return trees grown on noise, with a few lines, that use every feature of the target."""
    chosen = TARGETS[target]
    generator = np.random.default_rng(5)
    rows = generator.normal(40, 40, size=(800, len(chosen.features)))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    settings = {"objective": "binary", "num_leaves": 6, "verbose": -1, "num_threads": 1, "seed": 1}
    grown = lightgbm.train(settings, lightgbm.Dataset(rows, np.nansum(rows, axis=1) > 3000), 60)
    places = np.arange(len(chosen.features), dtype=np.int32)
    lines = ClippedLines(
        len(places),
        0.1,
        feature=places,
        logarithm=places % 2 == 0,
        low=np.zeros(len(places)),
        high=np.full(len(places), 4.0),
        centre=np.full(len(places), 2.0),
        weight=generator.normal(0, 0.2, len(places)),
    )
    ensemble = Ensemble.weighted([(0.6, BoostedTrees.of_lightgbm(grown.model_to_string()))], [(0.4, lines)])
    card = early_warning_card(
        chosen,
        name="early_warning_made",
        ensemble=ensemble,
        slope=0.8,
        intercept=-0.2,
        threshold=threshold,
        version="0",
        trained_on="nobody",
        evidence="none",
    )
    return EarlyWarningModel(card)
