"""The Mayo Clinic model: the probability that a solitary pulmonary nodule is malignant.

Source: Swensen SJ, Silverstein MD, Ilstrup DM, Schleck CD, Edell ES. The probability of malignancy in solitary
pulmonary nodules: application to small radiologically indeterminate nodules. Arch Intern Med 1997;157:849-855. The
coefficients agree with the odds ratios that the paper prints (ever smoked 2.21, earlier cancer 3.81, spiculation 2.83,
upper lobe 2.19) and with two independent public transcriptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import (
    AGE,
    EXTRATHORACIC_CANCER,
    NODULE_DIAMETER,
    SMOKING_STATUS,
    SPICULATION,
    UPPER_LOBE,
    within,
)
from fyr.models import Column, Model, ModelCard, ModelOutput

__all__ = ["MAYO", "MAYO_INPUTS", "MAYO_PARAMETERS", "Mayo", "mayo_contributions"]

MAYO_INPUTS: Final = (
    within(AGE, 18, 100),
    SMOKING_STATUS,
    EXTRATHORACIC_CANCER,
    within(NODULE_DIAMETER, 4, 30),
    SPICULATION,
    UPPER_LOBE,
)
MAYO_PARAMETERS: Final[dict[str, Any]] = {
    "constant": -6.8272,
    "age": 0.0391,
    "ever_smoked": 0.7917,
    "extrathoracic_cancer_history": 1.3388,
    "nodule_diameter_mm": 0.1274,
    "spiculation": 1.0407,
    "upper_lobe": 0.7838,
}


def mayo_contributions(columns: Mapping[str, Column], numbers: Mapping[str, Any]) -> dict[str, Column]:
    """Return what each input adds to the log-odds of malignancy.

    Parameters
    ----------
    columns : mapping of str to ndarray, each of shape (rows,)
        As :data:`MAYO_INPUTS` names them.
    numbers : mapping
        :data:`MAYO_PARAMETERS`.
    """
    return {
        "age": numbers["age"] * columns["age"],
        "smoking_status": numbers["ever_smoked"] * (columns["smoking_status"] != "never"),
        "extrathoracic_cancer_history": numbers["extrathoracic_cancer_history"]
        * columns["extrathoracic_cancer_history"],
        "nodule_diameter_mm": numbers["nodule_diameter_mm"] * columns["nodule_diameter_mm"],
        "spiculation": numbers["spiculation"] * columns["spiculation"],
        "upper_lobe": numbers["upper_lobe"] * columns["upper_lobe"],
    }


class Mayo(Model):
    """The Mayo Clinic (Swensen) model.

    Examples
    --------
    >>> nodule = dict(age=68, smoking_status="former", extrathoracic_cancer_history=False, nodule_diameter_mm=15,
    ...               spiculation=True, upper_lobe=True)
    >>> round(MAYO.predict(nodule).estimates["cancer_probability"].value, 4)
    0.5887
    """

    card = ModelCard(
        name="mayo",
        version="1997",
        title="Mayo Clinic (Swensen) model: malignancy of a solitary pulmonary nodule",
        intended_use="Solitary nodules of 4 to 30 mm, found on chest radiograph or CT, that are indeterminate.",
        not_for="A cancer in the last five years, lung cancer at any time, more than one nodule, screening, and any "
        "decision that rests on the number alone.",
        inputs=MAYO_INPUTS,
        outputs=(ModelOutput("cancer_probability", "Probability that the nodule is malignant", "1", low=0, high=1),),
        citation="Swensen SJ, Silverstein MD, Ilstrup DM, Schleck CD, Edell ES. The probability of malignancy in "
        "solitary pulmonary nodules. Arch Intern Med 1997;157:849-855.",
        licence="A published formula.",
        validity="629 patients with nodules of 4 to 30 mm; the range of age is Fyr's limit of plausibility. Smoking "
        "counts as ever or never. No interval: the covariance was not published.",
        explanation="The contribution of each input to the log-odds, beside the constant.",
        evidence="Area under the curve in the study's validation part: 0.80 (Swensen 1997).",
        parameters=MAYO_PARAMETERS,
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability."""
        numbers = self.card.parameters
        return {"cancer_probability": probability(numbers["constant"] + sum(self._contributions(columns).values()))}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions to the log-odds."""
        return {"log_odds": self._contributions(columns), "constant": self.card.parameters["constant"]}

    def _contributions(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        return mayo_contributions(columns, self.card.parameters)


MAYO: Final = Mayo()
