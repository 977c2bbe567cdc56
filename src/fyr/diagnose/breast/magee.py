"""The new Magee equations 1, 2 and 3: the 21-gene recurrence score, estimated from pathology.

Source: Klein ME, Dabbs DJ, Shuai Y, et al. Prediction of the Oncotype DX recurrence score: use of pathology-generated
equations derived by linear regression analysis. Mod Pathol 2013;26:658-664. The coefficients stand alike in the
calculator of the equations' own group; those of equation 3 are printed in Farrugia DJ, Landmann A, Zhu L, et al. Mod
Pathol 2017;30:1078-1085 too, and those of 1 and 2 (HER2-positive and equivocal of equation 2 excepted) in a second
public implementation. Those two terms of equation 2 stand in one place alone, so it answers for HER2-negative disease
only. One public copy uses the HER2 terms of equation 1 in all three.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fyr.diagnose.breast.inputs import HER2, KI67_PERCENT, SIZE, varied
from fyr.diagnose.breast.recurrence import ER_H_SCORE
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal, looked_up

__all__ = ["MAGEE_1", "MAGEE_2", "MAGEE_3", "Magee"]

_INPUTS: Final = {
    "nottingham_score": ModelInput(
        "nottingham_score",
        "Nottingham score: sum of tubule formation, nuclear pleomorphism and mitotic count",
        "integer",
        "{score}",
        low=3,
        high=9,
    ),
    "er_h_score": ER_H_SCORE,
    "pr_h_score": ModelInput(
        "pr_h_score", "H-score of the progesterone receptor", "number", "{score}", low=0, high=300
    ),
    "tumour_size_mm": varied(SIZE, low=0.1, high=200),
    "ki67_percent": KI67_PERCENT,
}
_HER2_ISH: Final = ModelInput(
    "her2_ish",
    "HER2 by in-situ hybridisation",
    "category",
    categories=("negative", "positive", "equivocal"),
    required=False,
    missing="needed where her2_status is equivocal",
)
_MM_PER_CM: Final = 10


class Magee(Model):
    """One of the new Magee equations.

    Parameters
    ----------
    card : ModelCard
        Its parameters hold the constant, the coefficients by input, and the terms of HER2.

    Examples
    --------
    >>> tumour = dict(nottingham_score=6, er_h_score=270, pr_h_score=200, her2_status="negative", tumour_size_mm=15,
    ...               ki67_percent=12)
    >>> [round(model.predict(tumour).estimates["recurrence_score"].value, 2) for model in (MAGEE_1, MAGEE_2, MAGEE_3)]
    [15.47, 16.66, 14.9]
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse HER2 2+ without ISH, a HER2 status whose term could not be verified, and ER-negative disease."""
        equivocal = columns["her2_status"] == "equivocal"
        yield RowRefusal(
            equivocal & (columns["her2_ish"] != "equivocal"),
            "HER2 2+ needs an ISH result: state her2_status by it, or her2_ish equivocal",
            ("her2_status", "her2_ish"),
        )
        for status in HER2.categories:
            if status not in self.card.parameters["her2_status"]:
                yield RowRefusal(
                    columns["her2_status"] == status,
                    f"the term of HER2-{status} disease in this equation stands in one public source alone; "
                    "equations 1 and 3 answer",
                    ("her2_status",),
                )
        yield RowRefusal(columns["er_h_score"] < 1, "the equation is for ER-positive disease only", ("er_h_score",))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the estimated recurrence score."""
        return {"recurrence_score": self.card.parameters["constant"] + sum(self._parts(columns).values())}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions, beside the constant."""
        return {"contributions": self._parts(columns), "constant": self.card.parameters["constant"]}

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        found = {}
        for name, coefficient in numbers["coefficients"].items():
            value = columns[name] / _MM_PER_CM if name == "tumour_size_mm" else columns[name]
            found[name] = coefficient * value
        terms = dict.fromkeys(HER2.categories, math.nan) | numbers["her2_status"]
        found["her2_status"] = looked_up(columns["her2_status"], terms)
        return found


def _equation(
    number: int, constant: float, coefficients: Mapping[str, float], her2: Mapping[str, float], validity: str = ""
) -> Magee:
    return Magee(
        ModelCard(
            name=f"magee-{number}",
            version="2013",
            title=f"New Magee equation {number}: estimated 21-gene recurrence score",
            intended_use="ER-positive, node-negative invasive breast cancer: whether the 21-gene test is likely to "
            "tell more.",
            not_for="ER-negative disease, and any decision that rests on the estimate alone. It is not the 21-gene "
            "test.",
            inputs=(*(_INPUTS[name] for name in coefficients), HER2, _HER2_ISH),
            outputs=(ModelOutput("recurrence_score", "Estimated recurrence score", "{score}", higher_is="worse"),),
            citation="Klein ME, Dabbs DJ, Shuai Y, et al. Mod Pathol 2013;26:658-664.",
            licence="A published formula; Magee Equations is a trade mark of its owner.",
            validity="H-scores 0 to 300; the size is in mm and enters the equation in cm. The line can leave the 0 to "
            "100 of the "
            "test. Classes of the paper: low under 18, high from 31." + validity,
            explanation="What each input contributes, beside the constant.",
            parameters={
                "constant": constant,
                "coefficients": coefficients,
                "her2_status": {"negative": 0.0, **her2},
            },
        )
    )


MAGEE_1: Final = _equation(
    1,
    15.31385,
    {
        "nottingham_score": 1.4055,
        "er_h_score": -0.01924,
        "pr_h_score": -0.02925,
        "tumour_size_mm": 0.78677,
        "ki67_percent": 0.13269,
    },
    {"equivocal": 0.77681, "positive": 11.58134},
)
MAGEE_2: Final = _equation(
    2,
    18.8042,
    {"nottingham_score": 2.34123, "er_h_score": -0.03749, "pr_h_score": -0.03065, "tumour_size_mm": 0.04267},
    {},
    " HER2-negative disease alone: the other two terms could not be verified in a second place.",
)
MAGEE_3: Final = _equation(
    3,
    24.30812,
    {"er_h_score": -0.02177, "pr_h_score": -0.02884, "ki67_percent": 0.18649},
    {"equivocal": 1.46495, "positive": 12.75525},
)
