"""Rows of ``encounter-information.csv`` and ``appointment-information.csv``."""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import SNOMED, Json, coding, concept, present, reference

__all__ = ["appointment_of", "encounter_of"]

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"


def encounter_of(row: Row, patient: str) -> Json:
    """Return the Encounter."""
    kind, system = row.get("typeCode"), row.get("typeSystem")
    period = present(start=row.moment("startDate"), end=row.moment("endDate"))
    return {
        "resourceType": "Encounter",
        "id": row.need("encounterId"),
        "status": row.need("status"),
        "class": coding(row.need("classCode"), row.need("classSystem")),
        "subject": reference("Patient", patient),
        **({"type": [concept(kind, system)]} if kind and system else {}),
        **({"period": period} if period else {}),
    }


def appointment_of(row: Row, patient: str) -> Json:
    """Return the Appointment."""

    def coded(column: str, system: str) -> Json | None:
        code = row.get(column)
        return None if code is None else concept(code, system)

    category = coded("serviceCategory", f"{_TERMINOLOGY}service-category")
    service = coded("serviceType", f"{_TERMINOLOGY}service-type")
    specialty = coded("specialty", SNOMED)
    return {
        "resourceType": "Appointment",
        "id": row.need("appointmentId"),
        "status": row.need("status"),
        **present(
            serviceCategory=None if category is None else [category],
            serviceType=None if service is None else [service],
            appointmentType=coded("appointmentType", f"{_TERMINOLOGY}v2-0276"),
            specialty=None if specialty is None else [specialty],
        ),
        "participant": [{"actor": reference("Patient", patient), "status": "tentative"}],
        **present(
            start=row.moment("start"),
            end=row.moment("end"),
            cancelationReason=coded("cancelationCode", f"{_TERMINOLOGY}appointment-cancellation-reason"),
            description=row.get("description"),
        ),
    }
