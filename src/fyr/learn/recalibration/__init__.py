"""Local recalibration: a map from a published model's risk to the risk here, and what it promises."""

from fyr.learn.recalibration.choice import Choice, by_closed_testing, by_cross_validation, choose
from fyr.learn.recalibration.fitting import bootstrap_band, fit_recalibration
from fyr.learn.recalibration.maps import METHODS, Band, Method, Recalibration

__all__ = [
    "METHODS",
    "Band",
    "Choice",
    "Method",
    "Recalibration",
    "bootstrap_band",
    "by_closed_testing",
    "by_cross_validation",
    "choose",
    "fit_recalibration",
]
