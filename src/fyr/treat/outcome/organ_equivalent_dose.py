"""Second cancers at the doses of radiotherapy: organ equivalent dose.

Schneider 2005, Int J Radiat Oncol Biol Phys 61:1510; 2011, Theor Biol Med Model 8:27: the mean over the volume of
what each
dose does, in the dose that would do the same if the response were linear. Three shapes: linear, linear-exponential
(cells
that are killed make no cancer), plateau (repopulation makes up for them), and the model with fractionation between the
two, whose limits for no and for full repopulation are the other two.

The alphas of 2005 (table 1) and their limits were read in two files of a public program that cites the table; the
numbers for
the breast in the abstract of Schneider 2011, Radiat Oncol 6:67, whose words on the shape (greatest at about 20 Gy,
then a
slight fall) the formula gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.given_histogram import DVH_KIND, as_differential, histogram_problems_of, refusals
from fyr.treat.outcome.reduced_dose import MOST_PER_FRACTION_GY

__all__ = [
    "BREAST_OED",
    "LINEAR_EXPONENTIAL_OED",
    "BreastOed",
    "LinearExponentialOed",
    "linear_exponential_response",
    "mechanistic_response",
    "organ_equivalent_dose",
    "plateau_response",
]

Doses = NDArray[np.float64]


def linear_exponential_response(dose_gy: ArrayLike, alpha: float) -> Doses:
    """Return D exp(-alpha D)."""
    dose = np.asarray(dose_gy, dtype=np.float64)
    found: Doses = dose * np.exp(-alpha * dose)
    return found


def plateau_response(dose_gy: ArrayLike, delta: float) -> Doses:
    """Return (1 - exp(-delta D)) / delta."""
    found: Doses = -np.expm1(-delta * np.asarray(dose_gy, dtype=np.float64)) / delta
    return found


def mechanistic_response(
    dose_gy: ArrayLike, fractions: float, *, alpha: float, alpha_beta_gy: float, repopulation: float
) -> Doses:
    """Return what Schneider's model with fractionation makes of a dose.

    exp(-x) / (a R) (1 - 2R + R² exp(x) - (1 - R)² exp(-x R/(1-R))), x = a D, a = alpha (1 + d/(alpha/beta)).

    Parameters
    ----------
    dose_gy : array_like
    fractions : float
        Every dose has its own fraction dose d.
    alpha : float
        1/Gy.
    alpha_beta_gy : float
    repopulation : float
        R, above 0 and below 1.
    """
    dose, r = np.asarray(dose_gy, dtype=np.float64), repopulation
    kill = alpha * (1 + dose / fractions / alpha_beta_gy)
    x = kill * dose
    brackets = (1 - 2 * r) * np.exp(-x) + r**2 - (1 - r) ** 2 * np.exp(-x * r / (1 - r) - x)
    found: Doses = brackets / (kill * r)
    return found


def organ_equivalent_dose(responses: ArrayLike, volume: ArrayLike) -> float:
    """Return the mean over the volume of what each dose does, in Gy.

    Parameters
    ----------
    responses : array_like, shape (bins,)
        Of a response above, or the doses themselves for the linear one.
    volume : array_like, shape (bins,)
    """
    share = np.asarray(volume, dtype=np.float64)
    return float(np.asarray(responses, dtype=np.float64) @ share / share.sum())


_ALPHAS: Final[Mapping[str, tuple[float, float, float]]] = {
    "stomach": (0.149, 0.136, 0.163),
    "colon": (0.240, 0.179, 0.315),
    "bone": (0.033, 0.006, 0.076),
    "liver": (0.487, 0.235, 0.872),
    "lungs": (0.129, 0.117, 0.145),
    "bladder": (1.592, 1.236, 2.026),
    "thyroid": (0.033, 0.020, 0.047),
    "prostate": (0.804, 0.308, 1.426),
}
"""1/Gy, with its limits."""
_DOSE: Final = ModelInput("dvh_dose_gy", "Physical dose of each bin", "numbers", "Gy", low=0, high=100)
_VOLUME: Final = ModelInput("dvh_volume_cm3", "Volume in each bin", "numbers", "cm3", low=0, high=100_000)
_NOT_FOR: Final = (
    "A risk: organ equivalent doses of two plans compare them, and an initial slope of the risk would have to be "
    "brought. "
    "Children; chemotherapy; any decision. Not a medical device."
)


class LinearExponentialOed(Model):
    """Organ equivalent dose of eight organs, linear-exponential, beside the linear one."""

    card = ModelCard(
        name="second-cancer-oed-schneider",
        version="2005",
        title="Organ equivalent dose for second cancers, linear-exponential (Schneider 2005)",
        intended_use="Research: which of two plans would induce fewer second cancers in an organ.",
        not_for=_NOT_FOR,
        inputs=(ModelInput("organ", "Organ", "category", categories=tuple(_ALPHAS)), _DOSE, _VOLUME, DVH_KIND),
        outputs=(
            ModelOutput(
                "oed", "Organ equivalent dose, linear-exponential", "Gy", interval=True, low=0, higher_is="worse"
            ),
            ModelOutput("oed_linear", "Organ equivalent dose, linear: the mean dose", "Gy", low=0, higher_is="worse"),
        ),
        citation="Schneider U, Zwahlen D, Ross D, Kaser-Hotz B. Estimation of radiation-induced cancer from "
        "three-dimensional "
        "dose distributions: concept of organ equivalent dose. Int J Radiat Oncol Biol Phys 2005;61:1510-1515.",
        licence="Published numbers.",
        validity="Survivors of the bombs and patients treated for Hodgkin's disease with up to about 40 Gy in 2 Gy "
        "fractions; "
        "the range here is a limit of plausibility.",
        explanation="Nothing: two sums over the histogram.",
        evidence="Level: a concept for comparing plans, fitted to two cohorts. "
        "The interval is that of the published limits of alpha alone.",
        parameters={organ: {"alpha_per_gy": list(one)} for organ, one in _ALPHAS.items()},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none."""
        yield from refusals(histogram_problems_of(columns), len(columns["organ"]))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the organ equivalent doses."""
        alphas = [_ALPHAS[organ] for organ in columns["organ"].tolist()]
        ends = (("oed", 0), ("oed_low", 2), ("oed_high", 1))  # more killing, fewer cancers
        found = {name: self._equivalent(columns, [alpha[place] for alpha in alphas]) for name, place in ends}
        return found | {"oed_linear": _each(columns, lambda dose, _: dose)}

    def _equivalent(self, columns: Mapping[str, Column], alphas: Sequence[float]) -> Doses:
        return _each(columns, lambda dose, row: linear_exponential_response(dose, alphas[row]))


class BreastOed(Model):
    """Organ equivalent dose of the breast, by the model with fractionation."""

    card = ModelCard(
        name="second-cancer-oed-breast-schneider",
        version="2011",
        title="Organ equivalent dose of the breast for second cancers, with fractionation (Schneider 2011)",
        intended_use="Research: which of two plans would induce fewer second cancers of the breast.",
        not_for=_NOT_FOR,
        inputs=(
            _DOSE,
            _VOLUME,
            DVH_KIND,
            ModelInput("fractions", "Number of fractions", "integer", "1", low=1, high=100),
        ),
        outputs=(ModelOutput("oed", "Organ equivalent dose", "Gy", low=0, higher_is="worse"),),
        citation="Schneider U, Sumila M, Robotka J, Gruber G, Mack A, Besserer J. Dose-response relationship for "
        "breast cancer "
        "induction at radiotherapy dose. Radiat Oncol 2011;6:67.",
        licence="Published numbers.",
        validity="Hodgkin's patients and survivors of the bombs; alpha 0.067 /Gy and R 0.62 for alpha/beta 3 Gy. "
        "Above 10 Gy a "
        "fraction the linear-quadratic model is not relied on, and the model refuses.",
        explanation="Nothing: a sum over the histogram.",
        evidence="Level: a concept for comparing plans, fitted to two cohorts. "
        "No limits of the parameters are in the sources that were read, so that no interval is given.",
        parameters={"alpha_per_gy": 0.067, "repopulation": 0.62, "alpha_beta_gy": 3.0},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and fractions above what the model is relied on for."""
        yield from refusals(histogram_problems_of(columns), len(columns["fractions"]))
        pairs = zip(columns["dvh_dose_gy"], columns["dvh_volume_cm3"], strict=True)
        most = np.array([_greatest(*one) for one in pairs]) / columns["fractions"]
        reason = f"above {MOST_PER_FRACTION_GY:g} Gy per fraction the linear-quadratic model is not relied on"
        yield RowRefusal(most > MOST_PER_FRACTION_GY, reason, ("dvh_dose_gy", "fractions"))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the organ equivalent dose."""
        numbers, fractions = self.card.parameters, columns["fractions"]

        def response(dose: Doses, row: int) -> Doses:
            return mechanistic_response(
                dose,
                float(fractions[row]),
                alpha=numbers["alpha_per_gy"],
                alpha_beta_gy=numbers["alpha_beta_gy"],
                repopulation=numbers["repopulation"],
            )

        return {"oed": _each(columns, response)}


def _greatest(dose: Doses, volume: Doses) -> float:
    """Return the greatest dose that any volume gets; that of all where the two do not go together."""
    return float(dose[volume > 0].max() if len(dose) == len(volume) and (volume > 0).any() else dose.max())


def _each(given: Mapping[str, Column], response: Callable[[Doses, int], Any]) -> Doses:
    columns = as_differential(given)
    pairs = zip(columns["dvh_dose_gy"], columns["dvh_volume_cm3"], strict=True)
    return np.array([organ_equivalent_dose(response(dose, row), share) for row, (dose, share) in enumerate(pairs)])


LINEAR_EXPONENTIAL_OED: Final = LinearExponentialOed()
BREAST_OED: Final = BreastOed()
