"""Tumour control, where the user brings the numbers of the tumour: no set of them could be verified as a default.

Both models refuse what is missing. The spread of alpha between patients is part of the Poisson model, for without it
the
curve is far too steep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.given_histogram import (
    DVH_KIND,
    Refused,
    as_differential,
    differential,
    histogram_problem,
    refusals,
)
from fyr.treat.outcome.parameter_set import from_standard_error
from fyr.treat.outcome.reduced_dose import DOSE_KIND, MOST_PER_FRACTION_GY, most_per_fraction
from fyr.treat.outcome.uncertainty import DRAWS, SEED, draw, interval
from fyr.treat.radiobiology import equivalent_dose, generalised_means, logistic_by_ratio, poisson_control, volume_shares

__all__ = [
    "LOGISTIC_CONTROL",
    "POISSON_CONTROL",
    "LogisticControl",
    "PoissonControl",
    "histogram_problems",
    "in_two_gray_fractions",
]

_DOSE: Final = ModelInput("dvh_dose_gy", "Physical dose of each bin", "numbers", "Gy", low=0, high=300)
_VOLUME: Final = ModelInput("dvh_volume_cm3", "Volume in each bin", "numbers", "cm3", low=0, high=100_000)
_FRACTIONS: Final = ModelInput("fractions", "Number of fractions", "integer", "1", low=1, high=100)
_RATIO: Final = ModelInput("alpha_beta_gy", "alpha/beta of the tumour", "number", "Gy", low=0.3, high=30)
_UNCONVERTED: Final = "the model refuses, unless dose_kind is EQD2"
_NOT_FOR: Final = (
    "Any decision about a patient: the answer is as good as the numbers that are given. Not a medical device."
)


class PoissonControl(Model):
    """Poisson-LQ control probability with variation between patients."""

    card = ModelCard(
        name="tcp-poisson-lq",
        version="1",
        title="Tumour control: Poisson, linear-quadratic, with variation between patients",
        intended_use="Research: what a plan does to control under stated numbers, compared with another plan.",
        not_for=_NOT_FOR,
        inputs=(
            _DOSE,
            _VOLUME,
            DVH_KIND,
            _FRACTIONS,
            _RATIO,
            ModelInput("alpha_per_gy", "Mean alpha of the patients", "number", "/Gy", low=0.001, high=2),
            ModelInput(
                "alpha_sd_per_gy", "Standard deviation of alpha between patients", "number", "/Gy", low=0, high=1
            ),
            ModelInput("clonogens_per_cm3", "Clonogens per volume", "number", "/cm3", low=1, high=1e12),
            ModelInput(
                "regrowth",
                "How many times clonogens multiply during the course",
                "number",
                "1",
                low=1,
                high=1e6,
                required=False,
                missing="no growth during the course",
            ),
        ),
        outputs=(ModelOutput("tcp", "Probability that no clonogen survives", "1", low=0, high=1, higher_is="better"),),
        citation="Webb S, Nahum AE. A model for calculating tumour control probability in radiotherapy including the "
        "effects "
        "of inhomogeneous distributions of dose and clonogenic cell density. Phys Med Biol 1993;38:653-666.",
        licence="A published formula.",
        validity="The numbers are the user's. Ranges are limits of plausibility; above 10 Gy a fraction in any bin the "
        "linear-quadratic model is not relied on, and the model refuses.",
        explanation="The clonogens at the start, and the probability of control of the patient with the mean alpha.",
        evidence="Level: that of the numbers that are given. "
        "The integral over alpha is taken until it does not change by 1e-9.",
        parameters={"most_gy_per_fraction": MOST_PER_FRACTION_GY},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and fractions above what the model is relied on for."""
        yield from histogram_problems(columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability of control."""
        columns = as_differential(columns)
        return {"tcp": np.array([_control(columns, row, spread=True) for row in range(len(columns["fractions"]))])}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the clonogens, and control without variation."""
        columns = as_differential(columns)
        rows = range(len(columns["fractions"]))
        return {
            "clonogens": np.array([_clonogens(columns, row) for row in rows]),
            "control at the mean alpha": np.array([_control(columns, row, spread=False) for row in rows]),
        }


class LogisticControl(Model):
    """Logistic control probability of the gEUD, with the interval of its two numbers."""

    card = ModelCard(
        name="tcp-logistic",
        version="1",
        title="Tumour control: logistic in the equivalent uniform dose",
        intended_use="Research: what a plan does to control under a published TCD50 and gamma50, compared with "
        "another plan.",
        not_for=_NOT_FOR,
        inputs=(
            _DOSE,
            _VOLUME,
            DVH_KIND,
            DOSE_KIND,
            replace(_FRACTIONS, required=False, missing=_UNCONVERTED),
            replace(_RATIO, required=False, missing=_UNCONVERTED),
            ModelInput("a", "Exponent of the gEUD of the tumour (negative)", "number", "1", low=-100, high=-0.1),
            ModelInput("tcd50_gy", "Dose in 2 Gy fractions that controls half", "number", "Gy", low=1, high=200),
            ModelInput("tcd50_se_gy", "Standard error of TCD50", "number", "Gy", low=0.001, high=100),
            ModelInput("gamma50", "Normalised slope at TCD50", "number", "1", low=0.1, high=20),
            ModelInput("gamma50_se", "Standard error of gamma50", "number", "1", low=0.001, high=20),
        ),
        outputs=(ModelOutput("tcp", "Probability of control", "1", interval=True, low=0, high=1, higher_is="better"),),
        citation="Okunieff P, Morgan D, Niemierko A, Suit HD. Radiation dose-response of human tumors. Int J Radiat "
        "Oncol Biol "
        "Phys 1995;32:1227-1237. Form: Gay HA, Niemierko A. Phys Med 2007;23:115-125.",
        licence="A published formula.",
        validity="The numbers are the user's, as published for the tumour in question. The histogram is converted to "
        "2 Gy "
        "fractions bin by bin, up to 10 Gy a fraction.",
        explanation="The equivalent uniform dose in 2 Gy fractions.",
        evidence="Level: that of the numbers that are given. "
        "TCD50 and gamma50 are drawn independently, each on a logarithmic scale.",
        parameters={"draws": DRAWS, "seed": SEED, "most_gy_per_fraction": MOST_PER_FRACTION_GY},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and fractions above what the model is relied on for."""
        yield from histogram_problems(columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability of control with its interval."""
        eud = self._eud(columns)
        tcp = logistic_by_ratio(eud, columns["tcd50_gy"], 4 * columns["gamma50"])
        ends = [self._interval(columns, row, dose) for row, dose in enumerate(eud)]
        low, high = np.array(ends).T
        return {"tcp": tcp, "tcp_low": np.minimum(low, tcp), "tcp_high": np.maximum(high, tcp)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the equivalent uniform dose."""
        return {"gEUD in 2 Gy fractions, Gy": self._eud(columns)}

    def _eud(self, given: Mapping[str, Column]) -> NDArray[np.float64]:
        found, columns = [], as_differential(given)
        for row, a in enumerate(columns["a"]):
            converted, shares = in_two_gray_fractions(columns, row)
            found.append(float(generalised_means(converted, shares, np.array([a]))[0]))
        return np.array(found)

    def _interval(self, columns: Mapping[str, Column], row: int, dose: float) -> tuple[float, float]:
        given = {
            name: from_standard_error(float(columns[name][row]), float(columns[error][row]), "log")
            for name, error in (("tcd50_gy", "tcd50_se_gy"), ("gamma50", "gamma50_se"))
        }
        drawn = draw(given, DRAWS, np.random.default_rng(SEED))
        low, high = interval(logistic_by_ratio(dose, drawn["tcd50_gy"], 4 * drawn["gamma50"])[:, None])
        return float(low[0]), float(high[0])


def histogram_problems(columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
    """Return what is wrong with histograms, and with fractions for which the model is not relied on."""
    count = len(columns["fractions"])
    given = (columns[name] for name in ("dvh_dose_gy", "dvh_volume_cm3", "fractions", "alpha_beta_gy"))
    said = columns["dose_kind"].tolist() if "dose_kind" in columns else [""] * count
    rows = zip(*given, columns["dvh_kind"].tolist(), said, strict=True)
    return refusals((_problem(*one) for one in rows), count)


def in_two_gray_fractions(columns: Mapping[str, Column], row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a differential histogram's doses in 2 Gy fractions, where `dose_kind` says so as given, and its shares."""
    doses, shares = volume_shares(columns["dvh_dose_gy"][row], columns["dvh_volume_cm3"][row])
    if columns["dose_kind"][row] == "EQD2":
        return doses, shares
    return equivalent_dose(doses, float(columns["fractions"][row]), float(columns["alpha_beta_gy"][row])), shares


def _problem(
    doses: Column, volumes: Column, fractions: float, ratio: float, kind: str, dose_kind: str
) -> Refused | None:
    problem = histogram_problem(doses, volumes, kind)
    if problem is not None or dose_kind == "EQD2":
        return problem
    for name, value in (("fractions", fractions), ("alpha_beta_gy", ratio)):
        if np.isnan(value):
            why = "doses that are converted already need none: say dose_kind EQD2"
            return f"{name} is missing, and the histogram is converted to 2 Gy fractions with it ({why})", (name,)
    if kind == "cumulative":
        doses, volumes = differential(doses, volumes)
    return most_per_fraction(doses, volumes, fractions)


def _clonogens(columns: Mapping[str, Column], row: int) -> float:
    return float(columns["clonogens_per_cm3"][row] * columns["dvh_volume_cm3"][row].sum())


def _control(columns: Mapping[str, Column], row: int, *, spread: bool) -> float:
    growth = float(columns["regrowth"][row])
    doses, shares = volume_shares(columns["dvh_dose_gy"][row], columns["dvh_volume_cm3"][row])
    return poisson_control(
        doses,
        shares,
        clonogens=_clonogens(columns, row),
        fractions=float(columns["fractions"][row]),
        alpha_per_gy=float(columns["alpha_per_gy"][row]),
        alpha_beta_gy=float(columns["alpha_beta_gy"][row]),
        alpha_sd_per_gy=float(columns["alpha_sd_per_gy"][row]) if spread else 0.0,
        regrowth=1.0 if np.isnan(growth) else growth,
    )


POISSON_CONTROL: Final = PoissonControl()
LOGISTIC_CONTROL: Final = LogisticControl()
