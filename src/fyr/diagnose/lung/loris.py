"""LORIS: the probability of an objective response to a checkpoint inhibitor, from six routine features.

Source: Chang TG, Cao Y, Sfreddo HJ, et al. LORIS robustly predicts patient outcomes with immune checkpoint blockade
therapy using common clinical, pathologic and genomic features. Nature Cancer 2024;5:1158-1175. The formula is the
published one, with its rounded coefficients; they agree to the last printed digit with the fitted parameters (mean,
scale and coefficient of each feature, 10,000 fits) that the authors publish beside it, and the response of their ten
cohorts is ranked as they report.

Albumin is asked for in g/L, as laboratories here report it, and enters the formula in g/dL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.blood.inputs import ALBUMIN, NLR_INPUT
from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import AGE, within
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, looked_up

__all__ = ["LORIS_NSCLC", "LORIS_PANCANCER", "Loris"]

_TMB: Final = ModelInput(
    "tmb_mut_mb",
    "Tumour mutational burden, by panel sequencing",
    "number",
    "1/1000000{Base}",
    "loinc:94076-7",
    low=0,
    high=1000,
)
_THERAPY: Final = ModelInput(
    "systemic_therapy_history",
    "Chemotherapy or targeted therapy before the checkpoint inhibitor",
    "boolean",
    missing="state yes or no: unknown is not no",
)
_PD_L1: Final = ModelInput(
    "pd_l1_tps_percent", "PD-L1 tumour proportion score", "number", "%", "loinc:85147-7", low=0, high=100
)
_CANCER_TERMS: Final = {
    "bladder": -0.3323,
    "breast": -0.3323,
    "colorectal": -0.102,
    "endometrial": -0.0079,
    "esophageal": 0.55,
    "gastric": 0.2306,
    "head and neck": 0.0678,
    "hepatobiliary": -0.1189,
    "melanoma": -0.0086,
    "mesothelioma": 0.1255,
    "nsclc": 0.0008,
    "ovarian": -0.052,
    "pancreatic": -1.1169,
    "renal": 0.5451,
    "sarcoma": 0.0542,
    "sclc": -0.0033,
}
_CANCER: Final = ModelInput(
    "cancer_type",
    "Type of cancer",
    "category",
    categories=tuple(_CANCER_TERMS),
    aliases={"oesophageal": "esophageal", "head & neck": "head and neck", "head&neck": "head and neck"},
    missing="the model is calibrated by type of cancer",
)
_CITATION: Final = (
    "Chang TG, Cao Y, Sfreddo HJ, et al. LORIS robustly predicts patient outcomes with immune checkpoint blockade "
    "therapy "
    "using common clinical, pathologic and genomic features. Nature Cancer 2024;5:1158-1175."
)
_CAPS: Final = {"tmb_mut_mb": 50, "nlr": 25, "age": 85}
_NOT_FOR: Final = (
    "Combination with chemotherapy, adjuvant treatment, and any decision that rests on the score alone. It is not a "
    "reason "
    "to withhold a treatment."
)
_OUTPUT: Final = ModelOutput(
    "loris", "LORIS: probability of an objective response, as the model has it", "1", low=0, high=1, higher_is="better"
)


class Loris(Model):
    """One of the two LORIS formulas.

    Parameters
    ----------
    card : ModelCard
        Its parameters hold the constant, a coefficient for each numeric input, caps, and the terms of cancer types, if
        any.

    Examples
    --------
    >>> patient = dict(tmb_mut_mb=10, pd_l1_tps_percent=50, systemic_therapy_history=False, albumin_g_l=40, nlr=4)
    >>> round(LORIS_NSCLC.predict(patient).estimates["loris"].value, 4)
    0.6171
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the score."""
        total = self.card.parameters["constant"] + sum(self.contributions(columns).values())
        return {"loris": probability(total)}

    def contributions(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Return what each input adds to the log-odds."""
        numbers = self.card.parameters
        found: dict[str, Column] = {}
        for name, coefficient in numbers["coefficients"].items():
            value = columns[name]
            if name in numbers["caps"]:
                value = np.minimum(value, numbers["caps"][name])
            if name == "albumin_g_l":
                value = value / numbers["albumin_g_l_per_g_dl"]
            found[name] = coefficient * value
        if "cancer_type" in numbers:
            found["cancer_type"] = looked_up(columns["cancer_type"], numbers["cancer_type"])
        return found

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions to the log-odds."""
        return {"log_odds": self.contributions(columns), "constant": self.card.parameters["constant"]}


LORIS_NSCLC: Final = Loris(
    ModelCard(
        name="loris-nsclc",
        version="2024",
        title="LORIS for non-small cell lung cancer: response to a checkpoint inhibitor",
        intended_use="Advanced non-small cell lung cancer before a checkpoint inhibitor alone.",
        not_for=_NOT_FOR,
        inputs=(_TMB, _PD_L1, _THERAPY, ALBUMIN, NLR_INPUT),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence="A published formula.",
        validity="Tumour mutational burden counts up to 50, the ratio up to 25: higher values count as these. The "
        "authors fitted "
        "age too and left it out, its weight being nil. No interval was published.",
        explanation="The contribution of each input to the log-odds, beside the constant.",
        evidence="Area under the curve for response 0.74 in the training cohort; 0.66 to 0.77 in four others.",
        parameters={
            "constant": -1.5593,
            "coefficients": {
                "tmb_mut_mb": 0.0353,
                "pd_l1_tps_percent": 0.0111,
                "systemic_therapy_history": -0.375,
                "albumin_g_l": 0.2924,
                "nlr": -0.0103,
            },
            "caps": {"tmb_mut_mb": _CAPS["tmb_mut_mb"], "nlr": _CAPS["nlr"]},
            "albumin_g_l_per_g_dl": 10,
        },
    )
)

LORIS_PANCANCER: Final = Loris(
    ModelCard(
        name="loris-pancancer",
        version="2024",
        title="LORIS for sixteen types of cancer: response to a checkpoint inhibitor",
        intended_use="Advanced cancer of one of the sixteen types before a checkpoint inhibitor alone.",
        not_for=_NOT_FOR,
        inputs=(_TMB, _THERAPY, ALBUMIN, NLR_INPUT, within(AGE, 18, 110), _CANCER),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence="A published formula.",
        validity="Tumour mutational burden counts up to 50, the ratio up to 25, age up to 85: higher values count as "
        "these. No "
        "interval was published.",
        explanation="The contribution of each input to the log-odds, beside the constant.",
        evidence="Area under the curve for response 0.64 to 0.79 over the authors' cohorts.",
        parameters={
            "constant": -2.0886,
            "coefficients": {
                "tmb_mut_mb": 0.0371,
                "systemic_therapy_history": -0.8775,
                "albumin_g_l": 0.5382,
                "nlr": -0.033,
                "age": 0.0049,
            },
            "caps": _CAPS,
            "albumin_g_l_per_g_dl": 10,
            "cancer_type": _CANCER_TERMS,
        },
    )
)
