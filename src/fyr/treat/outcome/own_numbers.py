"""Complication models whose numbers the user brings: Lyman and relative seriality, for fits not in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.given_histogram import DVH_KIND, as_differential
from fyr.treat.outcome.reduced_dose import DOSE_KIND, MOST_PER_FRACTION_GY
from fyr.treat.outcome.tumour_control import histogram_problems, in_two_gray_fractions
from fyr.treat.radiobiology import generalised_means, lyman, relative_seriality

__all__ = ["LYMAN", "RELATIVE_SERIALITY", "Lyman", "RelativeSeriality"]

_HISTOGRAM: Final = (
    ModelInput("dvh_dose_gy", "Physical dose of each bin", "numbers", "Gy", low=0, high=300),
    ModelInput("dvh_volume_cm3", "Volume in each bin", "numbers", "cm3", low=0, high=100_000),
    DVH_KIND,
    DOSE_KIND,
    ModelInput(
        "fractions",
        "Number of fractions",
        "integer",
        "1",
        low=1,
        high=100,
        required=False,
        missing="the model refuses, unless dose_kind is EQD2",
    ),
    ModelInput(
        "alpha_beta_gy",
        "alpha/beta of the organ and endpoint",
        "number",
        "Gy",
        low=0.3,
        high=30,
        required=False,
        missing="the model refuses, unless dose_kind is EQD2",
    ),
)
_D50: Final = ModelInput("d50_gy", "Uniform dose in 2 Gy fractions that harms half", "number", "Gy", low=1, high=200)


def _card(name: str, title: str, inputs: Sequence[ModelInput], citation: str) -> ModelCard:
    return ModelCard(
        name=name,
        version="1",
        title=title,
        intended_use="Research: a fit that is published and not in Fyr's catalogue, on an organ's histogram.",
        not_for="Any decision about a patient: the answer is as good as the numbers that are given. Not a medical "
        "device.",
        inputs=(*_HISTOGRAM, *inputs),
        outputs=(ModelOutput("ntcp", "Probability of the complication", "1", low=0, high=1, higher_is="worse"),),
        citation=citation,
        licence="A published formula.",
        validity="The numbers are the user's, as fitted in 2 Gy fractions. The histogram is converted bin by bin, up "
        "to 10 Gy a "
        "fraction. Other ranges are limits of plausibility.",
        explanation="Nothing beyond the formula.",
        evidence="Level: that of the numbers that are given. "
        "No interval: it would need standard errors and their covariance.",
        parameters={"most_gy_per_fraction": MOST_PER_FRACTION_GY},
    )


class Lyman(Model):
    """Lyman's model of the gEUD, with the user's numbers."""

    card = _card(
        "ntcp-lyman",
        "Complication by Lyman's model, the numbers given",
        (
            _D50,
            ModelInput("m", "Slope m", "number", "1", low=0.01, high=2),
            ModelInput("n", "Volume parameter n", "number", "1", low=0.005, high=10),
        ),
        "Lyman JT. Complication probability as assessed from dose-volume histograms. Radiat Res 1985;104:S13-S19.",
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and fractions above what the conversion is relied on for."""
        return histogram_problems(columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability."""
        columns = as_differential(columns)
        doses = [
            float(generalised_means(*in_two_gray_fractions(columns, row), np.array([1 / n]))[0])
            for row, n in enumerate(columns["n"])
        ]
        return {"ntcp": lyman(doses, columns["d50_gy"], columns["m"])}


class RelativeSeriality(Model):
    """The relative seriality model, with the user's numbers."""

    card = _card(
        "ntcp-relative-seriality",
        "Complication by the relative seriality model, the numbers given",
        (
            _D50,
            ModelInput("gamma", "Greatest normalised slope", "number", "1", low=0.05, high=20),
            ModelInput("s", "Relative seriality", "number", "1", low=0.0001, high=20),
        ),
        "Källman P, Ågren A, Brahme A. Tumour and normal tissue responses to fractionated non-uniform dose delivery. "
        "Int J "
        "Radiat Biol 1992;62:249-262.",
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and fractions above what the conversion is relied on for."""
        return histogram_problems(columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability."""
        columns = as_differential(columns)
        numbers = zip(columns["d50_gy"], columns["gamma"], columns["s"], strict=True)
        found = [
            float(relative_seriality(*in_two_gray_fractions(columns, row), *given)) for row, given in enumerate(numbers)
        ]
        return {"ntcp": np.array(found)}


LYMAN: Final = Lyman()
RELATIVE_SERIALITY: Final = RelativeSeriality()
