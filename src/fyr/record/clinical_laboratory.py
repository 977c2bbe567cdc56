"""Blood tests that models of cancer read."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["LABORATORY"]

LABORATORY: Final = (
    ClinicalFact("albumin_g_l", "Albumin", "number", "g/L", "loinc:1751-7", low=1, high=100),
    ClinicalFact(
        "ldh_u_l",
        "Lactate dehydrogenase",
        "number",
        "U/L",
        "loinc:2532-0",
        low=1,
        high=50000,
        also=("loinc:14804-9",),
        meaning="The reaction from pyruvate to lactate (LOINC 14805-6) has other limits and is not taken.",
    ),
    ClinicalFact(
        "ldh_upper_limit_u_l",
        "Upper reference limit of lactate dehydrogenase",
        "number",
        "U/L",
        low=50,
        high=1500,
        meaning="Of the laboratory that measured; the value alone says little.",
    ),
    ClinicalFact("ldh_ratio", "Lactate dehydrogenase over its upper limit", "number", "1", low=0, high=200),
    ClinicalFact(
        "neutrophils_e9_l", "Neutrophils", "number", "10*9/L", "loinc:26499-4", low=0, high=500, also=("loinc:751-8",)
    ),
    ClinicalFact(
        "lymphocytes_e9_l", "Lymphocytes", "number", "10*9/L", "loinc:26474-7", low=0, high=1000, also=("loinc:731-0",)
    ),
    ClinicalFact("nlr", "Neutrophil-to-lymphocyte ratio", "number", "1", low=0, high=1000),
    ClinicalFact(
        "leukocytes_e9_l", "Leukocytes", "number", "10*9/L", "loinc:26464-8", low=0, high=1000, also=("loinc:6690-2",)
    ),
    ClinicalFact(
        "bilirubin_umol_l",
        "Total bilirubin",
        "number",
        "umol/L",
        "loinc:14631-6",
        low=0,
        high=2000,
        also=("loinc:1975-2",),
        molar_mass_g_mol=584.66,
    ),
    ClinicalFact("crp_mg_l", "C-reactive protein", "number", "mg/L", "loinc:1988-5", low=0, high=1000),
)
