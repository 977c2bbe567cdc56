"""Coded answers and what they mean in our words, and the codes that our words are written with.

SNOMED CT and LOINC as mCODE STU 4, US Core and the IHE smoking status value sets use them. A code that is not here is
read by its display or text where that is a word of ours, and else not guessed at.
"""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.elements import LOINC, SNOMED

__all__ = ["ANSWERS", "CANCER_TYPES", "DISEASES", "WRITTEN"]

ANSWERS: Final[dict[tuple[str, str], str]] = {
    (SNOMED, "10828004"): "positive",
    (SNOMED, "260385009"): "negative",
    (SNOMED, "42425007"): "equivocal",
    (LOINC, "LA6576-8"): "positive",
    (LOINC, "LA6577-6"): "negative",
    (LOINC, "LA9633-4"): "positive",  # Present
    (LOINC, "LA9634-2"): "negative",  # Absent
    (SNOMED, "373066001"): "true",  # Yes
    (SNOMED, "373067005"): "false",  # No
    (SNOMED, "266919005"): "never",  # Never smoked tobacco
    (SNOMED, "8517006"): "former",  # Ex-smoker
    (SNOMED, "77176002"): "current",  # Smoker
    (SNOMED, "449868002"): "current",  # Smokes tobacco daily
    (LOINC, "LA27824-4"): "2",  # Nottingham grade 2
}

_POSITIVE: Final = (SNOMED, "10828004", "Positive")
_NEGATIVE: Final = (SNOMED, "260385009", "Negative")

WRITTEN: Final[dict[tuple[str, str | bool], tuple[str, str, str]]] = {
    **{(name, True): _POSITIVE for name in ("er_positive", "pr_positive")},
    **{(name, False): _NEGATIVE for name in ("er_positive", "pr_positive")},
    **{(name, "positive"): _POSITIVE for name in ("her2_status", "her2_ish")},
    **{(name, "negative"): _NEGATIVE for name in ("her2_status", "her2_ish")},
    ("her2_status", "equivocal"): (SNOMED, "42425007", "Equivocal"),
    ("smoking_status", "never"): (SNOMED, "266919005", "Never smoked tobacco"),
    ("smoking_status", "former"): (SNOMED, "8517006", "Ex-smoker"),
    ("smoking_status", "current"): (SNOMED, "77176002", "Smoker"),
}
"""The code of a fact's value, with its display; values that are not here are written with words of ours alone."""

CANCER_TYPES: Final[dict[str, str]] = {
    "254837009": "breast",  # Malignant neoplasm of breast
    "353431000119107": "breast",  # Primary malignant neoplasm of female left breast
    "254637007": "nsclc",  # Non-small cell lung cancer
    "254632001": "sclc",  # Small cell carcinoma of lung
}
"""SNOMED CT disorders."""

DISEASES: Final[dict[str, str]] = {"13645005": "copd", "87433001": "emphysema"}
"""SNOMED CT disorders that are facts of their own."""
