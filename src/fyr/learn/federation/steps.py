"""Every piece of work that a site will do, by name: there is no other, and none can be sent to it."""

from __future__ import annotations

from typing import Final

from fyr.errors import BadInput
from fyr.learn.federation.rounds import SiteStep

__all__ = ["STEPS", "step"]

STEPS: Final[dict[str, str]] = {
    "columns": "fyr.learn.federation.statistics.column_steps:columns_step",
    "categories": "fyr.learn.federation.statistics.column_steps:categories_step",
    "moments": "fyr.learn.federation.statistics.column_steps:moments_step",
    "glm": "fyr.learn.federation.statistics.generalised_linear:glm_step",
    "glm_separation": "fyr.learn.federation.statistics.separation:glm_separation_step",
    "survival_counts": "fyr.learn.federation.statistics.kaplan_meier:survival_counts_step",
    "log_rank": "fyr.learn.federation.statistics.log_rank:log_rank_step",
    "describe": "fyr.learn.federation.statistics.descriptive:describe_step",
    "histogram": "fyr.learn.federation.statistics.quantiles:histogram_step",
    "risk_bins": "fyr.learn.federation.statistics.risk_bins:risk_bins_step",
    "rank_pairs": "fyr.learn.federation.statistics.discrimination:rank_pairs_step",
    "site_estimates": "fyr.learn.federation.statistics.random_effects:estimates_step",
    "cox": "fyr.learn.federation.statistics.cox:cox_step",
    "cox_folds": "fyr.learn.federation.statistics.cox_cross_validation:cox_folds_step",
    "cox_fold_scores": "fyr.learn.federation.statistics.cox_cross_validation:cox_fold_scores_step",
    "cox_separation": "fyr.learn.federation.statistics.cox:cox_separation_step",
    "mask-keys": "fyr.learn.federation.disclosure.mask_names:nothing",
    "mask-open": "fyr.learn.federation.disclosure.mask_names:nothing",
    "private-logistic": "fyr.learn.federation.disclosure.private_logistic:private_logistic_step",
    "boosting_cells": "fyr.learn.federation.boosting.steps:cells_step",
    "boosting_histograms": "fyr.learn.federation.boosting.steps:histograms_step",
    "boosting_outcome": "fyr.learn.federation.boosting.steps:outcome_step",
    "network_change": "fyr.learn.federation.neural.steps:change_step",
    "network_columns": "fyr.learn.federation.neural.steps:columns_step",
}
"""Where each step lies; loaded when it is first asked for."""


def step(name: str) -> SiteStep:
    """Return a step.

    Raises
    ------
    BadInput
        If this version of Fyr has none of that name.
    """
    from fyr.version import __version__

    if name not in STEPS:
        raise BadInput(f"Fyr {__version__} knows no step '{name}'", where="federated study")
    from importlib import import_module

    module, function = STEPS[name].split(":")
    found: SiteStep = getattr(import_module(module), function)
    return found
