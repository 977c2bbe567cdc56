"""A row of ``cancer-disease-status-information.csv`` as an Observation: its trend and the evidence."""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import (
    LOINC,
    MCODE,
    SNOMED,
    Json,
    absent,
    category,
    concept,
    concept_extension,
    content_id,
    extensions,
    reference,
)

__all__ = ["disease_status_of"]

_REQUESTED: Final = "http://hl7.org/fhir/us/mcode/CodeSystem/snomed-requested-cs"
_NOT_ASKED: Final = "not-asked"
_STATUS: Final = {
    "281900007": "No abnormality detected (finding)",
    "268910001": "Patient condition improved (finding)",
    "359746009": "Patient's condition stable (finding)",
    "271299001": "Patient's condition worsened (finding)",
    "709137006": "Patient condition undetermined (finding)",
    "USCRS-352236": "Cancer in complete remission(finding)",
    "USCRS-352237": "Cancer in partial remission (finding)",
}
"""mCODE's ConditionStatusTrend, with codes of its earlier editions."""
_EVIDENCE: Final = {
    "363679005": "imaging",
    "252416005": "pathology",
    "711015009": "symptoms",
    "5880005": "physical exam",
    "386344002": "lab results",
}


def disease_status_of(row: Row, patient: str) -> Json:
    """Return the Observation; where nobody asked, it says so in place of a value."""
    condition, code = row.need("conditionId"), row.need("diseaseStatusCode")
    effective, status = row.needed_moment("dateOfObservation"), row.get("observationStatus") or "final"
    system = _REQUESTED if "USCRS" in code else SNOMED
    display = row.get("diseaseStatusText") or _STATUS.get(code)
    evidence = [one for one in row.parts("evidence") if one]
    content = {
        "status": status,
        "value": {"code": code, "system": system, "display": display},
        "subject": {"id": patient},
        "condition": {"id": condition},
        "effectiveDateTime": effective,
        "evidence": [{"code": one, "display": _EVIDENCE.get(one)} for one in evidence] or None,
    }
    return {
        "resourceType": "Observation",
        "id": content_id(content),
        "meta": {"profile": [f"{MCODE}mcode-cancer-disease-status"]},
        **extensions(
            *(concept_extension(f"{MCODE}mcode-evidence-type", one, SNOMED, _EVIDENCE.get(one)) for one in evidence)
        ),
        "status": status,
        "category": category("therapy", "Therapy"),
        "code": concept("97509-4", LOINC, "Cancer Disease Progression"),
        "effectiveDateTime": effective,
        "focus": [reference("Condition", condition)],
        "subject": reference("Patient", patient),
        "valueCodeableConcept": absent(code) if code == _NOT_ASKED else concept(code, system, display),
    }
