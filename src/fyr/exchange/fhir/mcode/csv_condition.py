"""A row of ``condition-information.csv`` as a Condition: the cancer, or another disease."""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import MCODE, Json, coding, concept, concept_extension, extensions, reference

__all__ = ["body_site", "condition_of"]

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_ASSERTED: Final = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def condition_of(row: Row, patient: str) -> Json:
    """Return the Condition."""
    system, display = row.need("codeSystem"), row.get("displayName")
    row.need("code")
    row.need("category")
    codes = [coding(code, system, display) for code in row.parts("code") if code]
    asserted = row.moment("dateOfDiagnosis")
    site = row.parts("bodySite")[0]
    return {
        "resourceType": "Condition",
        "id": row.need("conditionId"),
        **extensions(
            None if asserted is None else {"url": _ASSERTED, "valueDateTime": asserted},
            concept_extension(f"{MCODE}mcode-histology-morphology-behavior", row.get("histology")),
        ),
        **_status(row, "clinicalStatus", "condition-clinical"),
        **_status(row, "verificationStatus", "condition-ver-status"),
        "category": [concept(one, f"{_TERMINOLOGY}condition-category") for one in row.parts("category")],
        "code": {"coding": codes},
        **({"bodySite": [body_site(site, row.get("laterality"))]} if site and row.get("laterality") else {}),
        "subject": reference("Patient", patient),
    }


def body_site(site: str, laterality: str | None) -> Json:
    """Return a place in the body, with its side where that is known."""
    return {
        **extensions(concept_extension(f"{MCODE}mcode-laterality", laterality)),
        **concept(site, "http://snomed.info/sct"),
    }


def _status(row: Row, column: str, codes: str) -> Json:
    found = row.get(column)
    return {} if found is None else {column: concept(found, f"{_TERMINOLOGY}{codes}")}
