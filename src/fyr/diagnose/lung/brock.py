"""The Brock (PanCan) model: the probability that a nodule on a first screening CT is cancer.

Source: McWilliams A, Tammemägi MC, Mayo JR, et al. Probability of cancer in pulmonary nodules detected on first
screening CT. N Engl J Med 2013;369:910-919, Table 2, full model with spiculation (model 2b). The size of the nodule
enters as (diameter in mm / 10)^-0.5, centred at 4 mm; age is centred at 62 years and the number of nodules at 4. The
coefficients agree with the odds ratios that the paper prints beside them (female 1.82, part-solid 1.46, upper lobe
1.93, spiculation 2.17) and with a second public transcription (the validation harness of the NTOG lung-risk tool).

Copies that go round under the same name are wrong: one uses the coefficients of the Mayo model, several leave the
centring or the power of the diameter out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import (
    AGE,
    EMPHYSEMA,
    FAMILY_HISTORY,
    NODULE_COUNT,
    NODULE_DIAMETER,
    NODULE_TYPE,
    SEX,
    SPICULATION,
    UPPER_LOBE,
    within,
)
from fyr.models import Column, Model, ModelCard, ModelOutput, UnavailableModel, looked_up

__all__ = ["BROCK", "BROCK_WITHOUT_SPICULATION", "Brock"]

_CITATION: Final = (
    "McWilliams A, Tammemägi MC, Mayo JR, et al. Probability of cancer in pulmonary nodules detected on first "
    "screening CT. N Engl J Med 2013;369:910-919."
)
_OUTPUT: Final = ModelOutput("cancer_probability", "Probability that the nodule is cancer", "1", low=0, high=1)
_INTENDED: Final = (
    "Nodules of 1 to 30 mm found on a first low-dose screening CT of current and former smokers; recommended by the "
    "British Thoracic Society (2015) for solid nodules from 8 mm or 300 mm3."
)
_NOT_FOR: Final = (
    "Known cancer in the last five years, suspected metastases, never-smokers, lymph nodes in a fissure, benign "
    "calcification, and any decision that rests on the number alone."
)
_INPUTS: Final = (
    within(AGE, 40, 90),
    SEX,
    FAMILY_HISTORY,
    EMPHYSEMA,
    NODULE_DIAMETER,
    NODULE_TYPE,
    UPPER_LOBE,
    NODULE_COUNT,
)

_PARAMETERS: Final[dict[str, Any]] = {
    "constant": -6.7892,
    "age": {"coefficient": 0.0287, "centre": 62},
    "female": 0.6011,
    "family_history_lung_cancer": 0.2961,
    "emphysema": 0.2953,
    "nodule_diameter": {"coefficient": -5.3854, "divisor_mm": 10, "power": -0.5, "centre": 1.58113883},
    "nodule_type": {"solid": 0.0, "part-solid": 0.377, "non-solid": -0.1276},
    "upper_lobe": 0.6581,
    "nodule_count": {"coefficient": -0.0824, "centre": 4},
    "spiculation": 0.7729,
}


class Brock(Model):
    """The full Brock model with spiculation.

    Examples
    --------
    >>> nodule = dict(age=62, sex="female", family_history_lung_cancer=True, emphysema=True, nodule_diameter_mm=12,
    ...               nodule_type="part-solid", upper_lobe=True, nodule_count=2, spiculation=True)
    >>> round(BROCK.predict(nodule).estimates["cancer_probability"].value, 6)
    0.493748
    """

    card = ModelCard(
        name="brock",
        version="2013",
        title="Brock (PanCan) full model with spiculation: cancer in a nodule on a first screening CT",
        intended_use=_INTENDED,
        not_for=_NOT_FOR,
        inputs=(*_INPUTS, SPICULATION),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence="A published formula.",
        validity="Ages 40 to 90 and diameters up to 30 mm are Fyr's limits of plausibility around the study's 50 to 75 "
        "years; the diameter is the largest on axial CT, in mm. No interval: the covariance was not published.",
        explanation="The contribution of each input to the log-odds, beside the constant.",
        evidence="PanCan and BCCA screening cohorts: area under the curve 0.94 and 0.97 (McWilliams 2013); two Dutch "
        "hospitals, routine care: 0.90 and 0.91 (Chung, Thorax 2018;73:857).",
        parameters=_PARAMETERS,
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability."""
        log_odds = self.card.parameters["constant"] + sum(self.contributions(columns).values())
        return {"cancer_probability": probability(log_odds)}

    def contributions(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Return what each input adds to the log-odds."""
        numbers = self.card.parameters
        size, age, count = numbers["nodule_diameter"], numbers["age"], numbers["nodule_count"]
        scaled = columns["nodule_diameter_mm"] / size["divisor_mm"]
        return {
            "age": age["coefficient"] * (columns["age"] - age["centre"]),
            "sex": numbers["female"] * (columns["sex"] == "female"),
            "family_history_lung_cancer": numbers["family_history_lung_cancer"] * columns["family_history_lung_cancer"],
            "emphysema": numbers["emphysema"] * columns["emphysema"],
            "nodule_diameter_mm": size["coefficient"] * (1 / np.sqrt(scaled) - size["centre"]),
            "nodule_type": looked_up(columns["nodule_type"], numbers["nodule_type"]),
            "upper_lobe": numbers["upper_lobe"] * columns["upper_lobe"],
            "nodule_count": count["coefficient"] * (columns["nodule_count"] - count["centre"]),
            "spiculation": numbers["spiculation"] * columns["spiculation"],
        }

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions to the log-odds."""
        return {"log_odds": self.contributions(columns), "constant": self.card.parameters["constant"]}


BROCK: Final = Brock()

BROCK_WITHOUT_SPICULATION: Final = UnavailableModel(
    ModelCard(
        name="brock-without-spiculation",
        version="2013",
        title="Brock (PanCan) full model without spiculation (model 2a)",
        intended_use=_INTENDED,
        not_for=_NOT_FOR,
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence="A published formula.",
        validity="None: the model is not computed.",
        explanation="None: the model is not computed.",
        parameters={},
        not_available="the coefficients of model 2a could not be read in the paper or found in two independent public "
        "implementations; leaving spiculation out of model 2b would give another, wrong model. State whether the "
        "nodule is spiculated and use 'brock'",
    )
)
"""Known by name, so that whoever asks for it learns why there is no number."""
