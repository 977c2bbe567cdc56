"""The Liverpool Lung Project risk model, version 2: lung cancer within five years.

Sources: Cassidy A, Myles JP, van Tongeren M, et al. The LLP risk model: an individual risk prediction model for lung
cancer. Br J Cancer 2008;98:270-276 (odds ratios, Table 2; intercepts by age and sex, Table A1; equation A3); Field JK,
Vulkan D, Davies MPA, Duffy SW, Gabe R. Liverpool Lung Project lung cancer risk stratification model: calibration and
prospective validation. Thorax 2021;76:161-168 (versions 2 and 3). The numbers of version 2, to four digits, and its
classes of smoking duration (under 20, 20 to 39, 40 to 59, 60 years and more, where the 2008 paper has 1-20, 21-40, ...)
stand alike in two independent public implementations: that of the Erasmus MC, with parameters from the model's author,
and that of the International Agency for Research on Cancer (IARC), with parameters from the UK team.

The intercept of a person aged x completed years is the mean of the intercepts of the age groups in which the next five
years will be lived, the exact age being taken as x + 0.5 (equation A3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import (
    AGE,
    ASBESTOS,
    FAMILY_HISTORY_ONSET,
    PERSONAL_HISTORY,
    PNEUMONIA,
    SEX,
    SMOKING_DURATION,
    within,
)
from fyr.models import Column, Model, ModelCard, ModelOutput, RowRefusal, UnavailableModel, looked_up

__all__ = ["LLP_V2", "LLP_V3", "LlpVersion2"]

_FIRST_AGE: Final = 40
_GROUP: Final = 5

_INPUTS: Final = (
    within(AGE, 40, 84),
    SEX,
    SMOKING_DURATION,
    PNEUMONIA,
    ASBESTOS,
    PERSONAL_HISTORY,
    FAMILY_HISTORY_ONSET,
)
_OUTPUT: Final = ModelOutput("lung_cancer_risk_5y", "Risk of lung cancer within five years", "1", low=0, high=1)
_LICENCE: Final = (
    "A published formula. The University of Liverpool offers a licence for the use of the LLP risk model: ask there "
    "before using it in care."
)
_PARAMETERS: Final[dict[str, Any]] = {
    "intercepts": {
        "first_age": _FIRST_AGE,
        "years_in_a_group": _GROUP,
        "male": [-9.06, -8.16, -7.31, -6.63, -5.97, -5.56, -5.31, -4.83, -4.68],
        "female": [-9.90, -8.06, -7.46, -6.50, -6.22, -5.99, -5.49, -5.23, -5.42],
    },
    "smoking_duration": {"from_years": [20, 40, 60], "coefficients": [0.7692, 1.4516, 2.5072, 2.7243]},
    "pneumonia_history": 0.6025,
    "asbestos_exposure": 0.6343,
    "personal_history_cancer": 0.6754,
    "family_history_onset": {"none": 0.0, "early": 0.7034, "late": 0.1677},
}


class LlpVersion2(Model):
    """LLPv2.

    Examples
    --------
    A man of 51 years who has smoked for 25, nothing else: the example of Cassidy 2008, p. 276.

    >>> person = dict(age=51, sex="male", smoking_duration_years=25, pneumonia_history=False, asbestos_exposure=False,
    ...               personal_history_cancer=False, family_history_onset="none")
    >>> round(LLP_V2.predict(person).estimates["lung_cancer_risk_5y"].value, 4)
    0.0035
    """

    card = ModelCard(
        name="llp",
        version="v2",
        title="Liverpool Lung Project risk model, version 2: lung cancer within five years",
        intended_use="Selecting persons of 50 to 79 years for screening with low-dose CT, by questionnaire.",
        not_for="Persons with symptoms or with lung cancer, and any decision that rests on the number alone.",
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        citation="Cassidy A, Myles JP, van Tongeren M, et al. The LLP risk model. Br J Cancer 2008;98:270-276; Field "
        "JK, Vulkan D, Davies MPA, Duffy SW, Gabe R. Thorax 2021;76:161-168.",
        licence=_LICENCE,
        validity="Ages 40 to 84, for which there are intercepts (Liverpool 2002-2004). The incidence has fallen since: "
        "in 75,958 persons of the UK Lung Screening trial 58 % fewer cancers occurred than predicted (Field 2021), so "
        "read the number as a rank. From version 2 on, the question on pneumonia also asks for bronchitis, emphysema, "
        "tuberculosis and COPD.",
        explanation="The intercept of age and sex, and the contribution of each input to the log-odds.",
        evidence="Area under the curve 0.81 (0.79-0.82) in 75,958 persons (Field 2021).",
        parameters=_PARAMETERS,
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse more years of smoking than of life."""
        yield RowRefusal(
            columns["smoking_duration_years"] > columns["age"],
            "there are more years of smoking than of life",
            ("age", "smoking_duration_years"),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the risk."""
        log_odds = self.intercept(columns) + sum(self.contributions(columns).values())
        return {"lung_cancer_risk_5y": probability(log_odds)}

    def intercept(self, columns: Mapping[str, Column]) -> Column:
        """Return the intercept of each row's age and sex (Cassidy 2008, equation A3)."""
        tables = self.card.parameters["intercepts"]
        by_sex = np.array([tables["female"], tables["male"]])
        completed = np.floor(columns["age"]) - _FIRST_AGE
        group = (completed // _GROUP).astype(np.intp)
        following = np.minimum(group + 1, by_sex.shape[1] - 1)
        lived = completed - _GROUP * group + 0.5
        row = (columns["sex"] == "male").astype(np.intp)
        mixed = (_GROUP - lived) * by_sex[row, group] + lived * by_sex[row, following]
        return np.asarray(mixed / _GROUP)

    def contributions(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Return what each input but age and sex adds to the log-odds."""
        numbers = self.card.parameters
        duration = columns["smoking_duration_years"]
        classes = np.array(numbers["smoking_duration"]["coefficients"])
        place = np.searchsorted(np.array(numbers["smoking_duration"]["from_years"]), duration, side="right")
        return {
            "smoking_duration_years": np.where(duration > 0, classes[place], 0.0),
            "pneumonia_history": numbers["pneumonia_history"] * columns["pneumonia_history"],
            "asbestos_exposure": numbers["asbestos_exposure"] * columns["asbestos_exposure"],
            "personal_history_cancer": numbers["personal_history_cancer"] * columns["personal_history_cancer"],
            "family_history_onset": looked_up(columns["family_history_onset"], numbers["family_history_onset"]),
        }

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the intercept and the contributions to the log-odds."""
        return {"intercept": self.intercept(columns), "log_odds": self.contributions(columns)}


LLP_V2: Final = LlpVersion2()

LLP_V3: Final = UnavailableModel(
    ModelCard(
        name="llp",
        version="v3",
        title="Liverpool Lung Project risk model, version 3: lung cancer within five years",
        intended_use="As version 2, calibrated to the incidence in England in 2017.",
        not_for="Persons with symptoms or with lung cancer.",
        inputs=_INPUTS,
        outputs=(_OUTPUT,),
        citation="Field JK, Vulkan D, Davies MPA, Duffy SW, Gabe R. Liverpool Lung Project lung cancer risk "
        "stratification model: calibration and prospective validation. Thorax 2021;76:161-168.",
        licence=_LICENCE,
        validity="None: the model is not computed.",
        explanation="None: the model is not computed.",
        parameters={},
        not_available="the intercepts of version 3 were found in one public place only (a script of the International "
        "Agency for Research on Cancer); the paper's own table could not be read, and no second implementation was "
        "found. Version 2 is given, with its overestimation stated on its card",
    )
)
"""Known by name, so that whoever asks for it learns why there is no number."""
