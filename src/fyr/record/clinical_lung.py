"""Facts about a lung nodule or lung cancer as imaging shows it."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["LUNG"]

LUNG: Final = (
    ClinicalFact(
        "nodule_diameter_mm",
        "Diameter of the nodule",
        "number",
        "mm",
        low=0,
        high=300,
        meaning="The longest; Fleischner, Lung-RADS and the British guideline measure the mean.",
    ),
    ClinicalFact(
        "nodule_mean_diameter_mm", "Mean of the nodule's long and short axis", "number", "mm", low=0, high=300
    ),
    ClinicalFact(
        "nodule_type",
        "Type of the nodule",
        "category",
        categories=("solid", "part-solid", "non-solid"),
        aliases={
            "part solid": "part-solid",
            "subsolid": "part-solid",
            "ground glass": "non-solid",
            "ground-glass": "non-solid",
            "nonsolid": "non-solid",
            "ggn": "non-solid",
        },
    ),
    ClinicalFact("nodule_count", "Number of nodules", "integer", "1", low=0, high=200),
    ClinicalFact("upper_lobe", "In an upper lobe", "boolean"),
    ClinicalFact("spiculation", "Spiculated margin", "boolean"),
    ClinicalFact(
        "fdg_avidity",
        "Uptake of FDG",
        "category",
        categories=("none", "faint", "moderate", "intense"),
        meaning="None; faint: up to the mediastinal blood pool; moderate: above it; intense: far above (Herder 2005).",
    ),
    ClinicalFact("solid_component_mm", "Diameter of the solid component", "number", "mm", low=0, high=300),
    ClinicalFact("previous_nodule_diameter_mm", "Mean diameter at the earlier scan", "number", "mm", low=0, high=300),
    ClinicalFact("nodule_volume_mm3", "Volume of the nodule", "number", "mm3", low=0, high=1e7),
    ClinicalFact("previous_nodule_volume_mm3", "Volume at the earlier scan", "number", "mm3", low=0, high=1e7),
    ClinicalFact("interval_days", "Days between the two scans", "number", "d", low=0, high=20000),
    ClinicalFact(
        "nodule_change",
        "The nodule since the earlier scan",
        "category",
        categories=("baseline", "new", "growing", "slowly growing", "stable"),
        aliases={"unchanged": "stable", "decreased": "stable", "smaller": "stable"},
        meaning="As Lung-RADS 2022 defines them; baseline: there is no earlier scan.",
    ),
    ClinicalFact(
        "solid_component_change",
        "The solid component since the earlier scan",
        "category",
        categories=("baseline", "new", "growing", "stable"),
    ),
    ClinicalFact(
        "screening_finding",
        "The most suspicious finding of a screening scan",
        "category",
        categories=(
            *("incomplete", "none", "benign", "solid", "part-solid", "non-solid", "juxtapleural"),
            *("airway subsegmental", "airway segmental or proximal", "thick-walled cyst"),
            *("thick-walled cyst with growing cavity", "multilocular cyst"),
        ),
        aliases={
            "ground-glass": "non-solid",
            "part solid": "part-solid",
            "non solid": "non-solid",
            "no nodule": "none",
        },
        meaning="As Lung-RADS 2022 defines them.",
    ),
    ClinicalFact(
        "previous_category",
        "Lung-RADS category at the earlier scan",
        "category",
        categories=("2", "3", "4A", "4B"),
        meaning="Of the same finding.",
    ),
    ClinicalFact(
        "suspicious_features",
        "Features that raise the suspicion",
        "boolean",
        meaning="Spiculation, enlarged lymph nodes, a ground-glass nodule that doubled in a year (Lung-RADS 2022).",
    ),
    ClinicalFact(
        "fleischner_risk",
        "Clinical risk after the Fleischner Society",
        "category",
        categories=("low", "high"),
        meaning="Low: an estimated cancer risk under 5 %; high: the intermediate and the high risk together.",
    ),
    ClinicalFact("known_cancer_or_immunosuppression", "A known primary cancer, or suppressed immunity", "boolean"),
)
