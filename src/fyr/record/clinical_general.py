"""Facts about the whole person: age, body, function, habits and history."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["GENERAL"]

GENERAL: Final = (
    ClinicalFact("age", "Age", "number", "a", low=0, high=125, meaning="Completed or decimal years at that time."),
    ClinicalFact(
        "sex",
        "Sex",
        "category",
        categories=("female", "male"),
        aliases={"f": "female", "m": "male", "woman": "female", "man": "male"},
        meaning="As the models were fitted on it; administrative sex where nothing else is known.",
    ),
    ClinicalFact("height_cm", "Body height", "number", "cm", "loinc:8302-2", low=30, high=260),
    ClinicalFact("weight_kg", "Body weight", "number", "kg", "loinc:29463-7", low=0.3, high=500),
    ClinicalFact("body_mass_index", "Body mass index", "number", "kg/m2", "loinc:39156-5", low=5, high=150),
    ClinicalFact(
        "ecog_performance_status",
        "ECOG performance status",
        "integer",
        "1",
        "loinc:89247-1",
        low=0,
        high=4,
        meaning="0 fully active to 4 completely disabled (Oken 1982); 5, dead, is not a state to predict from.",
    ),
    ClinicalFact(
        "karnofsky_performance_status", "Karnofsky performance status", "integer", "1", "loinc:89243-0", low=0, high=100
    ),
    ClinicalFact("charlson_index", "Charlson comorbidity index", "integer", "1", low=0, high=40),
    ClinicalFact(
        "smoking_status",
        "Smoking status",
        "category",
        code="loinc:72166-2",
        categories=("never", "former", "current"),
        aliases={
            "never smoker": "never",
            "ex-smoker": "former",
            "former smoker": "former",
            "current smoker": "current",
            "smoker": "current",
        },
    ),
    ClinicalFact(
        "smoking_pack_years",
        "Pack-years smoked",
        "number",
        "{pack-years}",
        "loinc:8664-5",
        low=0,
        high=400,
        also=("snomed:401201003",),
        meaning="Packs of 20 cigarettes a day, times years.",
    ),
    ClinicalFact("cigarettes_per_day", "Cigarettes smoked a day", "number", "/d", low=0, high=200),
    ClinicalFact("smoking_duration_years", "Years of smoking", "number", "a", low=0, high=110),
    ClinicalFact("years_since_quit", "Years since smoking stopped", "number", "a", low=0, high=110),
    ClinicalFact("family_history_lung_cancer", "Lung cancer in a first-degree relative", "boolean"),
    ClinicalFact(
        "family_history_onset",
        "Lung cancer in a first-degree relative, by age",
        "category",
        categories=("none", "early", "late"),
        meaning="Early: diagnosed before 60 years of age (Cassidy 2008).",
    ),
    ClinicalFact(
        "extrathoracic_cancer_history",
        "A cancer outside the chest, diagnosed more than five years ago",
        "boolean",
        meaning="As Swensen 1997 asked for it.",
    ),
    ClinicalFact("personal_history_cancer", "An earlier cancer of the patient's own", "boolean"),
    ClinicalFact("copd", "Chronic obstructive pulmonary disease", "boolean"),
    ClinicalFact("emphysema", "Emphysema", "boolean"),
    ClinicalFact("pneumonia_history", "An earlier pneumonia", "boolean"),
    ClinicalFact("asbestos_exposure", "Exposure to asbestos at work", "boolean"),
    ClinicalFact(
        "education_level",
        "Education",
        "integer",
        "1",
        low=1,
        high=6,
        meaning="1 less than high school, 2 high school, 3 some training after it, 4 some college, 5 college, "
        "6 postgraduate (Tammemägi 2013).",
    ),
    ClinicalFact(
        "race_ethnicity",
        "Race or ethnicity",
        "category",
        categories=(
            *("white", "black", "hispanic", "asian", "american indian or alaskan native"),
            *("native hawaiian or pacific islander", "other"),
        ),
        aliases={
            "african american": "black",
            "american indian": "american indian or alaskan native",
            "alaskan native": "american indian or alaskan native",
            "american indian or alaska native": "american indian or alaskan native",
            "native hawaiian": "native hawaiian or pacific islander",
            "pacific islander": "native hawaiian or pacific islander",
        },
        meaning="The categories of PLCOm2012 (Tammemägi 2013); whether to use them is the hospital's to decide.",
    ),
    ClinicalFact(
        "cancer_type",
        "Type of cancer",
        "category",
        categories=(
            *("breast", "nsclc", "sclc", "melanoma", "renal", "bladder", "head and neck", "colorectal", "gastric"),
            *("esophageal", "ovarian", "pancreatic", "hepatobiliary", "endometrial", "mesothelioma", "sarcoma"),
            "other",
        ),
        aliases={
            "non-small cell lung cancer": "nsclc",
            "small cell lung cancer": "sclc",
            "oesophageal": "esophageal",
            "head & neck": "head and neck",
            "head&neck": "head and neck",
            "breast cancer": "breast",
        },
    ),
    ClinicalFact("systemic_therapy_history", "Systemic treatment before this one", "boolean"),
)
