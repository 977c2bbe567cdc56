"""Four scores of a blood sample: NLR, ALBI, mGPS and LIPI.

Sources:

- NLR, neutrophils over lymphocytes: Zahorec R. Bratisl Lek Listy 2001;102:5-14.
- ALBI: Johnson PJ, Berhane S, Kagebayashi C, et al. Assessment of liver function in patients with hepatocellular
carcinoma: a new evidence-based approach - the ALBI grade. J Clin Oncol 2015;33:550-558.
  0.66 log10(bilirubin in umol/L) - 0.085 (albumin in g/L); some copies have 0.0852. Grade 1 up to -2.60, grade 2 up to
  -1.39, grade 3 above. - mGPS: McMillan DC. The systemic inflammation-based Glasgow Prognostic Score: a decade of
  experience in patients with cancer. Cancer Treat Rev 2013;39:534-540. C-reactive protein up to 10 mg/L: 0; above it:
  1, and 2 with albumin under 35 g/L. - LIPI: Mezquita L, Auclin E, Ferrara R, et al. Association of the Lung Immune
  Prognostic Index with immune checkpoint inhibitor outcomes in patients with advanced non-small cell lung cancer. JAMA
  Oncol 2018;4:351-357. One point each for a derived ratio neutrophils / (leukocytes - neutrophils) above 3, and for
  lactate dehydrogenase above the laboratory's upper limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.blood.inputs import (
    ALBUMIN,
    BILIRUBIN,
    C_REACTIVE_PROTEIN,
    LACTATE_DEHYDROGENASE,
    LACTATE_DEHYDROGENASE_LIMIT,
    LEUKOCYTES,
    LYMPHOCYTES,
    NEUTROPHILS,
)
from fyr.models import Column, Model, ModelCard, ModelOutput, RowRefusal

__all__ = [
    "ALBI",
    "LIPI",
    "MGPS",
    "NLR",
    "AlbuminBilirubinGrade",
    "LungImmunePrognosticIndex",
    "ModifiedGlasgowPrognosticScore",
    "NeutrophilLymphocyteRatio",
]

_NOT_ALONE: Final = "Acute infection, steroids and growth factors, which move the values, and any decision on it alone."
_FORMULA: Final = "A published formula."
_PLAUSIBLE: Final = "The accepted ranges are limits of plausibility. "


class NeutrophilLymphocyteRatio(Model):
    """Neutrophils over lymphocytes.

    Examples
    --------
    >>> NLR.predict({"neutrophils_e9_l": 6.0, "lymphocytes_e9_l": 1.5}).estimates["nlr"].value
    4.0
    """

    card = ModelCard(
        name="nlr",
        version="2001",
        title="Neutrophil-to-lymphocyte ratio",
        intended_use="A sign of inflammation that goes with outcome in many cancers, lung cancer under immunotherapy "
        "too.",
        not_for=_NOT_ALONE,
        inputs=(NEUTROPHILS, LYMPHOCYTES),
        outputs=(ModelOutput("nlr", "Neutrophil-to-lymphocyte ratio", "1", low=0, higher_is="worse"),),
        citation="Zahorec R. Ratio of neutrophil to lymphocyte counts. Bratisl Lek Listy 2001;102:5-14.",
        licence=_FORMULA,
        validity=_PLAUSIBLE + "Both counts are absolute and of the same sample.",
        explanation="Nothing: the ratio is the explanation.",
        parameters={},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the ratio."""
        return {"nlr": columns["neutrophils_e9_l"] / columns["lymphocytes_e9_l"]}


class AlbuminBilirubinGrade(Model):
    """The ALBI score and grade of liver function.

    Examples
    --------
    >>> ALBI.predict({"albumin_g_l": 40, "bilirubin_umol_l": 10}).estimates["albi_grade"].value
    1.0
    """

    card = ModelCard(
        name="albi",
        version="2015",
        title="Albumin-bilirubin (ALBI) score and grade",
        intended_use="Liver function in patients with cancer; developed in hepatocellular carcinoma.",
        not_for="Jaundice from a blocked bile duct, Gilbert's syndrome, and any decision that rests on it alone.",
        inputs=(ALBUMIN, BILIRUBIN),
        outputs=(
            ModelOutput("albi_score", "ALBI linear predictor", "1", higher_is="worse"),
            ModelOutput("albi_grade", "ALBI grade", "1", low=1, high=3, higher_is="worse"),
        ),
        citation="Johnson PJ, Berhane S, Kagebayashi C, et al. Assessment of liver function in patients with "
        "hepatocellular "
        "carcinoma. J Clin Oncol 2015;33:550-558.",
        licence=_FORMULA,
        validity=_PLAUSIBLE + "Albumin in g/L and bilirubin in umol/L: with g/dL and mg/dL the formula is another one.",
        explanation="What albumin and bilirubin contribute.",
        parameters={"log10_bilirubin": 0.66, "albumin": -0.085, "grade_1_up_to": -2.60, "grade_2_up_to": -1.39},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return score and grade."""
        numbers = self.card.parameters
        parts = self._parts(columns)
        score: Column = parts["bilirubin_umol_l"] + parts["albumin_g_l"]
        above = np.asarray([numbers["grade_1_up_to"], numbers["grade_2_up_to"]])
        return {"albi_score": score, "albi_grade": 1 + np.searchsorted(above, score, side="left")}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the two contributions."""
        return {"contributions": self._parts(columns)}

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        return {
            "bilirubin_umol_l": numbers["log10_bilirubin"] * np.log10(columns["bilirubin_umol_l"]),
            "albumin_g_l": numbers["albumin"] * columns["albumin_g_l"],
        }


class ModifiedGlasgowPrognosticScore(Model):
    """The mGPS: 0, 1 or 2.

    Examples
    --------
    >>> MGPS.predict({"crp_mg_l": 24, "albumin_g_l": 31}).estimates["mgps"].value
    2.0
    """

    card = ModelCard(
        name="mgps",
        version="2013",
        title="Modified Glasgow Prognostic Score",
        intended_use="Systemic inflammation in patients with cancer: 0 best, 2 worst.",
        not_for=_NOT_ALONE,
        inputs=(C_REACTIVE_PROTEIN, ALBUMIN),
        outputs=(
            ModelOutput("mgps", "Modified Glasgow Prognostic Score", "{score}", low=0, high=2, higher_is="worse"),
        ),
        citation="McMillan DC. The systemic inflammation-based Glasgow Prognostic Score. Cancer Treat Rev "
        "2013;39:534-540.",
        licence=_FORMULA,
        validity=_PLAUSIBLE + "A low albumin counts only with a raised C-reactive protein; in the older GPS it counts "
        "alone.",
        explanation="Which of the two limits is passed.",
        parameters={"crp_above_mg_l": 10, "albumin_below_g_l": 35},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the score."""
        inflamed, low = self._limits(columns)
        return {"mgps": inflamed.astype(np.int64) + (inflamed & low)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return which limits are passed."""
        inflamed, low = self._limits(columns)
        return {"crp_raised": inflamed, "albumin_low": low}

    def _limits(self, columns: Mapping[str, Column]) -> tuple[Column, Column]:
        numbers = self.card.parameters
        return (
            columns["crp_mg_l"] > numbers["crp_above_mg_l"],
            columns["albumin_g_l"] < numbers["albumin_below_g_l"],
        )


class LungImmunePrognosticIndex(Model):
    """LIPI: 0 good, 1 intermediate, 2 poor.

    Examples
    --------
    >>> sample = dict(neutrophils_e9_l=8, leukocytes_e9_l=10, ldh_u_l=300, ldh_upper_limit_u_l=250)
    >>> LIPI.predict(sample).estimates["lipi_group"].category
    'poor'
    """

    card = ModelCard(
        name="lipi",
        version="2018",
        title="Lung Immune Prognostic Index",
        intended_use="Advanced non-small cell lung cancer before treatment with a checkpoint inhibitor.",
        not_for=_NOT_ALONE,
        inputs=(NEUTROPHILS, LEUKOCYTES, LACTATE_DEHYDROGENASE, LACTATE_DEHYDROGENASE_LIMIT),
        outputs=(
            ModelOutput("lipi", "Points", "{score}", low=0, high=2, higher_is="worse"),
            ModelOutput("lipi_group", "Prognostic group", "1", categories=("good", "intermediate", "poor")),
        ),
        citation="Mezquita L, Auclin E, Ferrara R, et al. Association of the Lung Immune Prognostic Index with immune "
        "checkpoint inhibitor outcomes. JAMA Oncol 2018;4:351-357.",
        licence=_FORMULA,
        validity=_PLAUSIBLE + "The limit of lactate dehydrogenase is the laboratory's own.",
        explanation="The derived ratio, and which of the two limits is passed.",
        parameters={"derived_nlr_above": 3},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse more neutrophils than leukocytes."""
        yield RowRefusal(
            columns["neutrophils_e9_l"] >= columns["leukocytes_e9_l"],
            "there cannot be as many neutrophils as leukocytes",
            ("neutrophils_e9_l", "leukocytes_e9_l"),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the points, and their group."""
        points = (self._ratio(columns) > self.card.parameters["derived_nlr_above"]).astype(np.int64)
        points += columns["ldh_u_l"] > columns["ldh_upper_limit_u_l"]
        return {"lipi": points, "lipi_group": points}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the derived ratio and the state of lactate dehydrogenase."""
        return {"derived_nlr": self._ratio(columns), "ldh_raised": columns["ldh_u_l"] > columns["ldh_upper_limit_u_l"]}

    def _ratio(self, columns: Mapping[str, Column]) -> Column:
        ratio: Column = columns["neutrophils_e9_l"] / (columns["leukocytes_e9_l"] - columns["neutrophils_e9_l"])
        return ratio


NLR: Final = NeutrophilLymphocyteRatio()
ALBI: Final = AlbuminBilirubinGrade()
MGPS: Final = ModifiedGlasgowPrognosticScore()
LIPI: Final = LungImmunePrognosticIndex()
