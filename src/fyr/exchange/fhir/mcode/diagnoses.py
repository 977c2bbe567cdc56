"""What a Condition says about facts that models read: which cancer, and diseases that are facts of their own."""

from __future__ import annotations

import re
from typing import Any, Final

from fyr.exchange.fhir.mcode.answers import CANCER_TYPES, DISEASES
from fyr.exchange.fhir.mcode.elements import MCODE, SNOMED, Json
from fyr.exchange.fhir.mcode.fact_reading import Told
from fyr.exchange.fhir.refusing import codings, objects
from fyr.record import Status

__all__ = ["comorbidities_told", "diagnosis_told"]

_COMORBIDITIES: Final = (SNOMED, "398192003")
"""Co-morbid conditions, an Observation of mCODE whose extensions say which there are and which there are not."""
_RELATED: Final = {f"{MCODE}mcode-related-condition": True, f"{MCODE}mcode-related-condition-absent": False}

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
    return _facts_of(condition.get("code", {}), there=True)


def comorbidities_told(observation: Json) -> list[Told]:
    """Return the facts of an Observation of comorbidities: of what is there, and of what is said not to be."""
    told: list[Told] = []
    if _COMORBIDITIES not in codings(observation.get("code", {}), "code"):
        return told
    for extension in objects(observation, "extension"):
        there = _RELATED.get(str(extension.get("url")))
        if there is not None and "valueCodeableConcept" in extension:
            told += _facts_of(extension["valueCodeableConcept"], there=there)
    return [one for one in told if one.name != "cancer_type"]


def _facts_of(concept: Any, *, there: bool) -> list[Told]:
    """Return the facts of a disease that is there, or is not."""
    told: dict[str, Told] = {}
    for system, code in codings(concept, "code"):
        if system == SNOMED and code in CANCER_TYPES:
            told["cancer_type"] = Told("cancer_type", CANCER_TYPES[code], Status.PRESENT)
        elif system == SNOMED and code in DISEASES:
            told[DISEASES[code]] = Told(DISEASES[code], there, Status.PRESENT)
        elif _ICD10.fullmatch(system):
            for pattern, name, value in _OF_ICD10:
                if pattern.fullmatch(code):
                    told[name] = Told(name, there if value is True else value, Status.PRESENT)
    return list(told.values())
