"""Every piece of work that a site will do, by name: there is no other, and none can be sent to it."""

from __future__ import annotations

from typing import Final

from fyr.errors import BadInput
from fyr.learn.federation.rounds import SiteStep

__all__ = ["STEPS", "step"]

STEPS: Final[dict[str, str]] = {
    "boosting_cells": "fyr.learn.federation.boosting.steps:cells_step",
    "boosting_histograms": "fyr.learn.federation.boosting.steps:histograms_step",
    "boosting_outcome": "fyr.learn.federation.boosting.steps:outcome_step",
    "logistic": "fyr.learn.federation.generalised_linear:logistic_step",
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
