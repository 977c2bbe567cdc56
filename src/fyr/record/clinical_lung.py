"""Facts about a lung nodule or lung cancer as imaging shows it."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["LUNG"]

LUNG: Final = (
    ClinicalFact("nodule_diameter_mm", "Diameter of the nodule", "number", "mm", low=0, high=300),
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
    ClinicalFact("previous_diameter_mm", "Diameter at the earlier scan", "number", "mm", low=0, high=300),
    ClinicalFact("nodule_volume_mm3", "Volume of the nodule", "number", "mm3", low=0, high=1e7),
    ClinicalFact("previous_nodule_volume_mm3", "Volume at the earlier scan", "number", "mm3", low=0, high=1e7),
    ClinicalFact("interval_days", "Days between the two scans", "number", "d", low=0, high=20000),
)
