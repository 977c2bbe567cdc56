"""What a Condition says about facts that models read: which cancer, and diseases that are facts of their own."""

from __future__ import annotations

import re
from typing import Final

from fyr.exchange.fhir.mcode.answers import CANCER_TYPES, DISEASES
from fyr.exchange.fhir.mcode.elements import SNOMED, Json
from fyr.exchange.fhir.mcode.fact_reading import Told
from fyr.exchange.fhir.refusing import codings
from fyr.record import Status

__all__ = ["diagnosis_told"]

_ICD10: Final = re.compile(r"http://hl7\.org/fhir/sid/icd-10.*|urn:oid:2\.16\.840\.1\.113883\.6\.(3|90)")
_OF_ICD10: Final = (
    (re.compile(r"C50(\..*)?"), "cancer_type", "breast"),
    (re.compile(r"J43(\..*)?"), "emphysema", True),
    (re.compile(r"J44(\..*)?"), "copd", True),
)
"""ICD-10; C34, a cancer of the lung, does not say of which kind, so nothing follows from it."""
_RULED_OUT: Final = frozenset({"refuted", "entered-in-error"})


def diagnosis_told(condition: Json) -> list[Told]:
    """Return the facts; none of a diagnosis that was ruled out."""
    status = {code for _, code in codings(condition.get("verificationStatus", {}), "verificationStatus")}
    if status & _RULED_OUT:
        return []
    told: dict[str, Told] = {}
    for system, code in codings(condition.get("code", {}), "code"):
        if system == SNOMED and code in CANCER_TYPES:
            told["cancer_type"] = Told("cancer_type", CANCER_TYPES[code], Status.PRESENT)
        elif system == SNOMED and code in DISEASES:
            told[DISEASES[code]] = Told(DISEASES[code], True, Status.PRESENT)
        elif _ICD10.fullmatch(system):
            for pattern, name, value in _OF_ICD10:
                if pattern.fullmatch(code):
                    told[name] = Told(name, value, Status.PRESENT)
    return list(told.values())
