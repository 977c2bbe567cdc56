"""The Herder model: the Mayo probability of malignancy, brought up to date with what PET shows.

Source: Herder GJ, van Tinteren H, Golding RP, et al. Clinical prediction model to characterize pulmonary nodules:
validation and added value of 18F-fluorodeoxyglucose positron emission tomography. Chest 2005;128:2490-2496. This is the
logistic model of that paper: -4.739 + 3.691 times the Mayo probability (0 to 1), plus 2.322, 4.617 or 4.771 for faint,
moderate or intense uptake; the same numbers stand in three independent public implementations.

What many calculators call Herder is something else: the odds times a likelihood ratio for each grade of uptake (0.08,
0.17, 1.9, 9.9), which is not in the paper. It is not what is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import FDG_AVIDITY
from fyr.diagnose.lung.mayo import MAYO_INPUTS, MAYO_PARAMETERS, mayo_contributions
from fyr.models import Column, Model, ModelCard, ModelOutput, looked_up

__all__ = ["HERDER", "Herder"]


class Herder(Model):
    """The Herder model on top of the Mayo model.

    Examples
    --------
    >>> nodule = dict(age=68, smoking_status="former", extrathoracic_cancer_history=False, nodule_diameter_mm=15,
    ...               spiculation=True, upper_lobe=True, fdg_avidity="moderate")
    >>> round(HERDER.predict(nodule).estimates["cancer_probability"].value, 4)
    0.8861
    """

    card = ModelCard(
        name="herder",
        version="2005",
        title="Herder model: malignancy of a pulmonary nodule after PET",
        intended_use="Solitary nodules whose malignancy the Mayo model left open, after an FDG PET.",
        not_for="Nodules under 8 mm and non-solid nodules, in which PET is often negative though there is cancer, and "
        "any decision that rests on the number alone.",
        inputs=(*MAYO_INPUTS, FDG_AVIDITY),
        outputs=(ModelOutput("cancer_probability", "Probability that the nodule is malignant", "1", low=0, high=1),),
        citation="Herder GJ, van Tinteren H, Golding RP, et al. Clinical prediction model to characterize pulmonary "
        "nodules. Chest 2005;128:2490-2496.",
        licence="A published formula.",
        validity="106 patients of one Dutch hospital; the ranges are those of the Mayo model. Uptake is graded by eye: "
        "none, faint (at or below the mediastinal blood pool), moderate, intense. No interval was published.",
        explanation="The Mayo probability that the model starts from, and what the uptake adds to the log-odds.",
        evidence="Area under the curve 0.92 with PET, 0.79 without (Herder 2005).",
        parameters={
            "constant": -4.739,
            "mayo_probability": 3.691,
            "fdg_avidity": {"none": 0.0, "faint": 2.322, "moderate": 4.617, "intense": 4.771},
            "mayo": MAYO_PARAMETERS,
        },
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the probability."""
        numbers = self.card.parameters
        log_odds = numbers["constant"] + numbers["mayo_probability"] * self._before(columns) + self._uptake(columns)
        return {"cancer_probability": probability(log_odds)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the probability before PET, and the contribution of PET."""
        return {"mayo_probability": self._before(columns), "log_odds": {"fdg_avidity": self._uptake(columns)}}

    def _before(self, columns: Mapping[str, Column]) -> Column:
        mayo = self.card.parameters["mayo"]
        return probability(mayo["constant"] + sum(mayo_contributions(columns, mayo).values()))

    def _uptake(self, columns: Mapping[str, Column]) -> Column:
        return looked_up(columns["fdg_avidity"], self.card.parameters["fdg_avidity"])


HERDER: Final = Herder()
