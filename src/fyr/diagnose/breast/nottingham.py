"""The Nottingham grade and the Nottingham Prognostic Index.

Sources: Elston CW, Ellis IO. Pathological prognostic factors in breast cancer. I. The value of histological grade in
breast cancer. Histopathology 1991;19:403-410; Galea MH, Blamey RW, Elston CE, Ellis IO. The Nottingham Prognostic
Index in primary breast cancer. Breast Cancer Res Treat 1992;22:207-219; Blamey RW, Ellis IO, Pinder SE, et al.
Survival of invasive breast cancer according to the Nottingham Prognostic Index in cases diagnosed in 1990-1999. Eur J
Cancer 2007;43:1548-1555 (the six groups). The index takes the size in centimetres, 0.2 for each: a table in
circulation was made with sizes ten times too small, and its ranking does not show it. Here the size is asked for in mm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.breast.inputs import GRADE, NODES, SIZE
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput

__all__ = ["NOTTINGHAM_GRADE", "NPI", "NottinghamGrade", "NottinghamPrognosticIndex"]

_GROUPS: Final = ("excellent", "good", "moderate I", "moderate II", "poor", "very poor")


def _score(name: str, title: str) -> ModelInput:
    return ModelInput(name, title, "integer", "{score}", low=1, high=3)


class NottinghamGrade(Model):
    """The histological grade from its three scores.

    Examples
    --------
    >>> NOTTINGHAM_GRADE.predict({"tubule_score": 3, "nuclear_score": 2, "mitotic_score": 2}).estimates["grade"].value
    2.0
    """

    card = ModelCard(
        name="nottingham-grade",
        version="1991",
        title="Nottingham grade of invasive breast cancer",
        intended_use="Invasive carcinoma of the breast, as graded by a pathologist.",
        not_for="Carcinoma in situ, and tissue after treatment.",
        inputs=(
            _score("tubule_score", "Tubule formation: 1 more than 75 %, 2 10 to 75 %, 3 less than 10 %"),
            _score("nuclear_score", "Nuclear pleomorphism: 1 small and regular to 3 marked variation"),
            _score("mitotic_score", "Mitotic count: 1 to 3, by the diameter of the field of view"),
        ),
        outputs=(
            ModelOutput("grade", "Grade", "1", low=1, high=3, higher_is="worse"),
            ModelOutput("nottingham_score", "Sum of the three scores", "{score}", low=3, high=9, higher_is="worse"),
        ),
        citation="Elston CW, Ellis IO. Histopathology 1991;19:403-410.",
        licence="A published classification.",
        validity="Each score is 1, 2 or 3. The limits of the mitotic count depend on the microscope and are the "
        "pathologist's.",
        explanation="The sum.",
        parameters={"grade_2_from": 6, "grade_3_from": 8},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the grade and the sum."""
        total = columns["tubule_score"] + columns["nuclear_score"] + columns["mitotic_score"]
        limits = [self.card.parameters["grade_2_from"], self.card.parameters["grade_3_from"]]
        return {"grade": 1 + np.searchsorted(limits, total, side="right"), "nottingham_score": total}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the sum."""
        return {"sum": outputs["nottingham_score"]}


class NottinghamPrognosticIndex(Model):
    """The NPI and its group.

    Examples
    --------
    32 mm, grade 3, five positive nodes:

    >>> round(NPI.predict({"tumour_size_mm": 32, "grade": 3, "positive_nodes": 5}).estimates["npi"].value, 6)
    6.64
    """

    card = ModelCard(
        name="npi",
        version="1992",
        title="Nottingham Prognostic Index",
        intended_use="Women with operable primary breast cancer: prognosis after surgery.",
        not_for="Metastases, treatment before surgery, and any decision that rests on the index alone.",
        inputs=(SIZE, GRADE, NODES),
        outputs=(
            ModelOutput("npi", "Nottingham Prognostic Index", "{score}", low=2, higher_is="worse"),
            ModelOutput("npi_group", "Prognostic group (Blamey 2007)", "1", categories=_GROUPS),
        ),
        citation="Galea MH, Blamey RW, Elston CE, Ellis IO. Breast Cancer Res Treat 1992;22:207-219; Blamey RW, Ellis "
        "IO, Pinder "
        "SE, et al. Eur J Cancer 2007;43:1548-1555.",
        licence="A published formula.",
        validity="The size is in mm and enters the formula in cm. Studied up to 5 cm; larger tumours are answered all "
        "the same.",
        explanation="What size, grade and nodes contribute.",
        evidence="METABRIC: C-index for breast-cancer death 0.681.",
        parameters={
            "per_cm": 0.2,
            "mm_per_cm": 10,
            "node_stage_from": [1, 4],
            "groups_up_to": [2.4, 3.4, 4.4, 5.4, 6.4],
        },
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the index and its group."""
        parts = self._parts(columns)
        index = parts["tumour_size_mm"] + parts["grade"] + parts["positive_nodes"]
        limits = np.array(self.card.parameters["groups_up_to"]) + 1e-9  # 2.4 and its sums are not binary fractions
        return {"npi": index, "npi_group": np.searchsorted(limits, index, side="left")}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions."""
        return {"contributions": self._parts(columns)}

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        return {
            "tumour_size_mm": numbers["per_cm"] * columns["tumour_size_mm"] / numbers["mm_per_cm"],
            "grade": columns["grade"],
            "positive_nodes": 1 + np.searchsorted(numbers["node_stage_from"], columns["positive_nodes"], side="right"),
        }


NOTTINGHAM_GRADE: Final = NottinghamGrade()
NPI: Final = NottinghamPrognosticIndex()
