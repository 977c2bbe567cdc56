"""A row of ``procedure-information.csv`` as a Procedure: surgery or radiotherapy."""

from __future__ import annotations

from fyr.exchange.fhir.mcode.csv_condition import body_site
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import MCODE, Json, concept, concept_extension, extensions, reference

__all__ = ["procedure_of"]


def procedure_of(row: Row, patient: str) -> Json:
    """Return the Procedure."""
    reason = tuple(row.get(name) for name in ("reasonCode", "reasonCodeSystem", "reasonDisplayName"))
    condition, site = row.get("conditionId"), row.get("bodySite")
    return {
        "resourceType": "Procedure",
        "id": row.need("procedureId"),
        "status": row.need("status"),
        "code": concept(row.need("code"), row.need("codeSystem"), row.get("displayName")),
        "subject": reference("Patient", patient),
        "performedDateTime": row.needed_moment("effectiveDate"),
        **({"reasonCode": [concept(*reason)]} if any(reason) else {}),
        **({"reasonReference": [reference("Condition", condition)]} if condition else {}),
        **extensions(concept_extension(f"{MCODE}mcode-treatment-intent", row.get("treatmentIntent"))),
        **({"bodySite": [body_site(site, row.get("laterality"))]} if site else {}),
    }
