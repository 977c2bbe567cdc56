"""Laboratory values that several models ask for, each once."""

from __future__ import annotations

from typing import Final

from fyr.models import ModelInput

__all__ = [
    "ALBUMIN",
    "BILIRUBIN",
    "C_REACTIVE_PROTEIN",
    "LACTATE_DEHYDROGENASE",
    "LACTATE_DEHYDROGENASE_LIMIT",
    "LEUKOCYTES",
    "LYMPHOCYTES",
    "NEUTROPHILS",
    "NLR_INPUT",
]

ALBUMIN: Final = ModelInput("albumin_g_l", "Albumin in serum", "number", "g/L", "loinc:1751-7", low=10, high=70)
BILIRUBIN: Final = ModelInput(
    "bilirubin_umol_l", "Total bilirubin in serum", "number", "umol/L", "loinc:14631-6", low=1, high=1000
)
C_REACTIVE_PROTEIN: Final = ModelInput(
    "crp_mg_l", "C-reactive protein", "number", "mg/L", "loinc:1988-5", low=0, high=700
)
NEUTROPHILS: Final = ModelInput(
    "neutrophils_e9_l", "Neutrophils in blood", "number", "10*9/L", "loinc:26499-4", low=0.1, high=100
)
LYMPHOCYTES: Final = ModelInput(
    "lymphocytes_e9_l", "Lymphocytes in blood", "number", "10*9/L", "loinc:26474-7", low=0.05, high=100
)
LEUKOCYTES: Final = ModelInput(
    "leukocytes_e9_l", "Leukocytes in blood", "number", "10*9/L", "loinc:26464-8", low=0.2, high=200
)
LACTATE_DEHYDROGENASE: Final = ModelInput(
    "ldh_u_l", "Lactate dehydrogenase in serum", "number", "U/L", "loinc:14804-9", low=20, high=20_000
)
LACTATE_DEHYDROGENASE_LIMIT: Final = ModelInput(
    "ldh_upper_limit_u_l",
    "Upper limit of normal of lactate dehydrogenase in the laboratory that measured it",
    "number",
    "U/L",
    low=100,
    high=700,
    missing="ask the laboratory: methods differ by a factor of two",
)
NLR_INPUT: Final = ModelInput(
    "nlr", "Neutrophils over lymphocytes (neutrophil-to-lymphocyte ratio)", "number", "1", low=0.05, high=200
)
