"""Effective dose and skin dose as models with cards: the same numbers as the functions of this room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, looked_up
from fyr.treat.exposure.effective_dose import COEFFICIENTS

__all__ = ["EFFECTIVE_DOSE_CT", "PEAK_SKIN_DOSE", "EffectiveDoseCt", "PeakSkinDose"]

_SET: Final = COEFFICIENTS["lee-icrp103"]


class EffectiveDoseCt(Model):
    """Effective dose of adults' CT from the dose-length product.

    Examples
    --------
    >>> scan = dict(dlp_mgy_cm=500, region="chest", age=60)
    >>> round(EFFECTIVE_DOSE_CT.predict(scan).estimates["effective_dose_msv"].value, 2)
    10.5
    """

    card = ModelCard(
        name="effective-dose-ct",
        version="2012",
        title="Effective dose of adults' CT, ICRP 103 weights",
        intended_use="Research and audit: to compare kinds of examinations and protocols in groups of adults.",
        not_for="The risk of one person, children, organ dose; any decision about a patient.",
        inputs=(
            ModelInput(
                "dlp_mgy_cm",
                "Dose-length product, in the phantom of the region",
                "number",
                "mGy.cm",
                low=0.1,
                high=20_000,
            ),
            ModelInput(
                "region",
                "Body region: head in the 16 cm phantom, the others in the 32 cm phantom",
                "category",
                categories=tuple(_SET),
            ),
            ModelInput("age", "Age", "number", "a", code="loinc:30525-0", low=18, high=120),
        ),
        outputs=(ModelOutput("effective_dose_msv", "Effective dose", "mSv"),),
        citation="Lee C, Kim KP, Long DJ, Bolch WE. Organ doses for reference pediatric and adolescent patients "
        "undergoing computed tomography estimated by Monte Carlo simulation. Med Phys 2012;39:2129-2146, table XII "
        "(120 kV, adult).",
        licence="Published coefficients; free to use.",
        validity="Adults, 120 kV. Another published set (Shrimpton, ICRP 60 weights) differs by up to a half. That the "
        "coefficients refer to the 16 cm phantom for the head and the 32 cm phantom for the trunk is what scanners "
        "display; the paper's own words could not be read.",
        evidence="Level: Monte Carlo simulation of one scanner and one reference phantom; the table was read in the "
        "open copy of the paper (PMC3326072).",
        explanation="The dose-length product times the coefficient of the region.",
        parameters={"msv_per_mgy_cm": dict(_SET)},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the product."""
        return {"effective_dose_msv": columns["dlp_mgy_cm"] * looked_up(columns["region"], _SET)}


def _factor(name: str, title: str, unit: str, low: float, high: float) -> ModelInput:
    missing = "the model refuses: without its geometry a kerma says nothing of the skin"
    return ModelInput(name, title, "number", unit, low=low, high=high, missing=missing)


class PeakSkinDose(Model):
    """The greatest dose to the skin if all kerma falls on one place."""

    card = ModelCard(
        name="peak-skin-dose",
        version="2011",
        title="Peak skin dose after fluoroscopy, upper estimate",
        intended_use="Research and audit: whether a procedure asks for follow-up of the skin.",
        not_for="The diagnosis of an injury; procedures whose geometry is not known; any decision.",
        inputs=(
            _factor("reference_air_kerma_mgy", "Cumulative reference point air kerma", "mGy", 0, 100_000),
            _factor("source_to_reference_mm", "Source to reference point", "mm", 100, 2000),
            _factor("source_to_skin_mm", "Source to skin", "mm", 100, 2000),
            _factor("backscatter", "Backscatter factor", "1", 1.0, 1.8),
            _factor("tissue_to_air", "Skin to air, ratio of mass energy absorption coefficients", "1", 0.9, 1.2),
            _factor("table_transmission", "Transmission of table and mattress", "1", 0.3, 1.0),
        ),
        outputs=(ModelOutput("peak_skin_dose_mgy", "Peak skin dose, upper estimate", "mGy"),),
        citation="Jones AK, Pasciak AS. Calculating the peak skin dose resulting from fluoroscopically guided "
        "interventions. Part I: Methods. J Appl Clin Med Phys 2011;12(4):3670.",
        licence="A published formula.",
        validity="All kerma on one place of the skin; fields that did not overlap lower it. Ranges: plausibility.",
        explanation="Kerma, the inverse square of the distances, and the three factors.",
        parameters={},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return kerma times its factors."""
        square = (np.asarray(columns["source_to_reference_mm"]) / columns["source_to_skin_mm"]) ** 2
        factors = columns["backscatter"] * columns["tissue_to_air"] * columns["table_transmission"]
        return {"peak_skin_dose_mgy": columns["reference_air_kerma_mgy"] * square * factors}


EFFECTIVE_DOSE_CT: Final = EffectiveDoseCt()
PEAK_SKIN_DOSE: Final = PeakSkinDose()
