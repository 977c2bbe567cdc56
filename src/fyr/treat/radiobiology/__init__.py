"""Radiobiology as plain functions of arrays: effect of fractions, one dose for a distribution, response to it."""

from fyr.treat.radiobiology.linear_quadratic import (
    biologically_effective_dose,
    equivalent_dose,
    incomplete_repair_factor,
    protraction_factor,
    repopulation_loss,
)
from fyr.treat.radiobiology.response import (
    linear_predictor_logistic,
    logistic_by_ratio,
    logistic_by_slope,
    lyman,
    poisson_control,
    relative_seriality,
    surviving_share,
)
from fyr.treat.radiobiology.uniform_dose import (
    generalised_mean,
    generalised_mean_of_draws,
    generalised_means,
    mean_dose,
    volume_shares,
)

__all__ = [
    "biologically_effective_dose",
    "equivalent_dose",
    "generalised_mean",
    "generalised_mean_of_draws",
    "generalised_means",
    "incomplete_repair_factor",
    "linear_predictor_logistic",
    "logistic_by_ratio",
    "logistic_by_slope",
    "lyman",
    "mean_dose",
    "poisson_control",
    "protraction_factor",
    "relative_seriality",
    "repopulation_loss",
    "surviving_share",
    "volume_shares",
]
