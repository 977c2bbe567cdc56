"""What the models of the lung ask for, each once: the same column has the same name, unit and categories everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fyr.models import ModelInput

__all__ = [
    "AGE",
    "ASBESTOS",
    "BODY_MASS_INDEX",
    "CIGARETTES_PER_DAY",
    "COPD",
    "EDUCATION",
    "EMPHYSEMA",
    "EXTRATHORACIC_CANCER",
    "FAMILY_HISTORY",
    "FAMILY_HISTORY_ONSET",
    "FDG_AVIDITY",
    "NODULE_COUNT",
    "NODULE_DIAMETER",
    "NODULE_TYPE",
    "PERSONAL_HISTORY",
    "PNEUMONIA",
    "RACE",
    "SEX",
    "SMOKING_DURATION",
    "SMOKING_STATUS",
    "SPICULATION",
    "UPPER_LOBE",
    "YEARS_SINCE_QUIT",
    "within",
]

_YES_NO: Final = "state yes or no: unknown is not no"

AGE: Final = ModelInput("age", "Age", "number", "a", "loinc:30525-0", low=18, high=110)
SEX: Final = ModelInput(
    "sex",
    "Sex",
    "category",
    code="loinc:46098-0",
    categories=("female", "male"),
    aliases={"f": "female", "m": "male"},
)
NODULE_DIAMETER: Final = ModelInput(
    "nodule_diameter_mm", "Largest diameter of the nodule", "number", "mm", low=1, high=30
)
NODULE_TYPE: Final = ModelInput(
    "nodule_type",
    "Type of the nodule on CT",
    "category",
    categories=("solid", "part-solid", "non-solid"),
    aliases={
        "part solid": "part-solid",
        "partially solid": "part-solid",
        "non solid": "non-solid",
        "nonsolid": "non-solid",
        "ground-glass": "non-solid",
        "ground glass": "non-solid",
    },
)
NODULE_COUNT: Final = ModelInput("nodule_count", "Number of nodules on the CT", "integer", "1", low=1, high=100)
UPPER_LOBE: Final = ModelInput("upper_lobe", "The nodule lies in an upper lobe", "boolean", missing=_YES_NO)
SPICULATION: Final = ModelInput("spiculation", "The nodule is spiculated", "boolean", missing=_YES_NO)
EMPHYSEMA: Final = ModelInput("emphysema", "Emphysema on CT", "boolean", code="snomed:87433001", missing=_YES_NO)
FAMILY_HISTORY: Final = ModelInput(
    "family_history_lung_cancer", "A first-degree relative had lung cancer", "boolean", missing=_YES_NO
)
FAMILY_HISTORY_ONSET: Final = ModelInput(
    "family_history_onset",
    "Lung cancer of a first-degree relative: none, diagnosed before 60 years of age (early), or later (late)",
    "category",
    categories=("none", "early", "late"),
    missing=_YES_NO,
)
PERSONAL_HISTORY: Final = ModelInput(
    "personal_history_cancer", "The person has had a cancer before", "boolean", missing=_YES_NO
)
EXTRATHORACIC_CANCER: Final = ModelInput(
    "extrathoracic_cancer_history",
    "A cancer outside the chest, diagnosed more than five years ago",
    "boolean",
    missing=_YES_NO,
)
SMOKING_STATUS: Final = ModelInput(
    "smoking_status",
    "Smoking of cigarettes",
    "category",
    code="loinc:72166-2",
    categories=("never", "former", "current"),
    aliases={"ex": "former", "ex-smoker": "former"},
)
CIGARETTES_PER_DAY: Final = ModelInput(
    "cigarettes_per_day", "Cigarettes a day, on average over the years of smoking", "number", "/d", low=0.5, high=120
)
SMOKING_DURATION: Final = ModelInput(
    "smoking_duration_years", "Years of smoking, without the pauses", "number", "a", low=0, high=90
)
YEARS_SINCE_QUIT: Final = ModelInput(
    "years_since_quit", "Years since the last cigarette; 0 for who smokes", "number", "a", low=0, high=80
)
COPD: Final = ModelInput(
    "copd", "Chronic obstructive pulmonary disease", "boolean", code="snomed:13645005", missing=_YES_NO
)
PNEUMONIA: Final = ModelInput(
    "pneumonia_history", "A pneumonia before, as the risk questionnaire asks for it", "boolean", missing=_YES_NO
)
ASBESTOS: Final = ModelInput("asbestos_exposure", "Asbestos at work", "boolean", missing=_YES_NO)
EDUCATION: Final = ModelInput(
    "education_level",
    "Education: 1 less than high school, 2 high school, 3 some training after high school, 4 some college, 5 college, "
    "6 postgraduate",
    "integer",
    "1",
    low=1,
    high=6,
)
BODY_MASS_INDEX: Final = ModelInput(
    "body_mass_index", "Body mass index", "number", "kg/m2", "loinc:39156-5", low=10, high=80
)
RACE: Final = ModelInput(
    "race_ethnicity",
    "Race or ethnic group, as the person says it, in the groups of the study",
    "category",
    categories=(
        "white",
        "black",
        "hispanic",
        "asian",
        "american indian or alaskan native",
        "native hawaiian or pacific islander",
    ),
    aliases={
        "american indian": "american indian or alaskan native",
        "alaskan native": "american indian or alaskan native",
        "native hawaiian": "native hawaiian or pacific islander",
        "pacific islander": "native hawaiian or pacific islander",
    },
)
FDG_AVIDITY: Final = ModelInput(
    "fdg_avidity",
    "Uptake of FDG in the nodule on PET, by eye",
    "category",
    categories=("none", "faint", "moderate", "intense"),
    aliases={"absent": "none"},
)


def within(entry: ModelInput, low: float, high: float) -> ModelInput:
    """Return the input with the range in which one model takes it."""
    return replace(entry, low=low, high=high)
