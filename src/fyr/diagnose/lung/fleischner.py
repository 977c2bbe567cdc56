"""The Fleischner Society's guideline of 2017: what follows a pulmonary nodule that CT found by chance.

Source: MacMahon H, Naidich DP, Goo JM, et al. Guidelines for management of incidental pulmonary nodules detected on CT
images: from the Fleischner Society 2017. Radiology 2017;284:228-243, Table 1; read against three independent summaries
of that table. Sizes are means of long and short axis, rounded to the nearest millimetre, as the guideline measures
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.lung.inputs import AGE, NODULE_COUNT, NODULE_TYPE, within
from fyr.models import Categories, Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["FLEISCHNER", "Fleischner"]

_FOLLOW_UPS: Final = (
    "no routine follow-up",
    "optional CT at 12 months",
    "CT at 6 to 12 months, then consider CT at 18 to 24 months",
    "CT at 6 to 12 months, then CT at 18 to 24 months",
    "CT at 3 to 6 months, then consider CT at 18 to 24 months",
    "CT at 3 to 6 months, then CT at 18 to 24 months",
    "consider CT at 3 months, PET/CT or tissue sampling",
    "CT at 6 to 12 months to confirm persistence, then CT every 2 years until 5 years",
    "CT at 3 to 6 months to confirm persistence, then CT every year for 5 years if the solid part stays below 6 mm",
    "CT at 3 to 6 months; if stable, consider CT at 2 and 4 years",
    "CT at 3 to 6 months, then by the most suspicious nodule",
)
_NONE, _OPTIONAL, _LATE_MAYBE, _LATE, _SOON_MAYBE, _SOON, _WORK_UP, _GLASS, _PART, _FEW_SMALL, _FEW = range(11)


class Fleischner(Model):
    """The recommended follow-up of an incidental nodule.

    Examples
    --------
    >>> nodule = dict(age=58, nodule_type="solid", nodule_mean_diameter_mm=7, nodule_count=1, fleischner_risk="high")
    >>> FLEISCHNER.predict(nodule).estimates["follow_up"].category
    'CT at 6 to 12 months, then CT at 18 to 24 months'
    """

    card = ModelCard(
        name="fleischner",
        version="2017",
        title="Fleischner Society 2017: follow-up of an incidental pulmonary nodule",
        intended_use="Nodules that CT found by chance in persons of 35 years and older.",
        not_for="Screening (see lung-rads-2022), persons under 35, known primary cancer, suppressed immunity, and any "
        "decision that rests on the table alone.",
        inputs=(
            within(AGE, 18, 110),
            NODULE_TYPE,
            ModelInput(
                "nodule_mean_diameter_mm",
                "Mean of the long and the short axis of the largest nodule",
                "number",
                "mm",
                low=0.5,
                high=200,
            ),
            NODULE_COUNT,
            ModelInput(
                "fleischner_risk",
                "Clinical risk: low (estimated cancer risk under 5 %) or high (intermediate and high together)",
                "category",
                categories=("low", "high"),
                required=False,
                missing="needed for a solid nodule",
            ),
            ModelInput(
                "known_cancer_or_immunosuppression",
                "A known primary cancer, or suppressed immunity",
                "boolean",
                required=False,
                missing="taken as no",
            ),
        ),
        outputs=(ModelOutput("follow_up", "Recommended follow-up", "1", categories=_FOLLOW_UPS),),
        citation="MacMahon H, Naidich DP, Goo JM, et al. Guidelines for management of incidental pulmonary nodules "
        "detected on CT images: from the Fleischner Society 2017. Radiology 2017;284:228-243.",
        licence="A published guideline.",
        validity="Diameters are rounded half up to whole millimetres, as the guideline's limits are meant: below 6, 6 "
        "to 8, above 8 mm. The words are ours.",
        explanation="The size as it was compared, whether there are several nodules, and the class of size.",
        parameters={"small_below_mm": 6, "large_above_mm": 8, "youngest": 35},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse persons whom the guideline leaves out, and solid nodules without a risk."""
        yield RowRefusal(
            columns["age"] < self.card.parameters["youngest"], "the guideline is for 35 years and older", ("age",)
        )
        yield RowRefusal(
            np.nan_to_num(columns["known_cancer_or_immunosuppression"]) == 1,
            "the guideline leaves out known cancer and suppressed immunity",
            ("known_cancer_or_immunosuppression",),
        )
        yield RowRefusal(
            (columns["nodule_type"] == "solid") & (columns["fleischner_risk"] == ""),
            "a solid nodule needs the clinical risk, low or high",
            ("fleischner_risk",),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the place of the follow-up in the list."""
        kind, several = columns["nodule_type"], columns["nodule_count"] > 1
        high = columns["fleischner_risk"] == "high"
        size = _whole_millimetres(columns["nodule_mean_diameter_mm"])
        small, large = size < self.card.parameters["small_below_mm"], size > self.card.parameters["large_above_mm"]
        after = np.where(high, _SOON, _SOON_MAYBE)
        solid = np.select(
            [small, several, large],
            [np.where(high, _OPTIONAL, _NONE), after, np.full(len(size), _WORK_UP)],
            np.where(high, _LATE, _LATE_MAYBE),
        )
        single = np.where(kind == "non-solid", _GLASS, _PART)
        subsolid = np.where(several, np.where(small, _FEW_SMALL, _FEW), np.where(small, _NONE, single))
        return {"follow_up": np.where(kind == "solid", solid, subsolid)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the size as compared, and the recommendation."""
        follow_up = outputs["follow_up"]
        return {
            "compared_diameter_mm": _whole_millimetres(columns["nodule_mean_diameter_mm"]),
            "several_nodules": columns["nodule_count"] > 1,
            "follow_up": follow_up if isinstance(follow_up, Categories) else "",
        }


def _whole_millimetres(size: Column) -> Column:
    return np.floor(size + 0.5)


FLEISCHNER: Final = Fleischner()
