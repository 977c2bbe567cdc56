"""FHIR resources as other programs send them, and what the independent package ``fhir.resources`` says of them."""

from __future__ import annotations

import importlib
from typing import Any

import orjson

LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
MDC = "urn:iso:std:iso:11073:10101"
TIME = "2026-11-22T09:00:00+01:00"


def validated(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource if ``fhir.resources`` (R4B) finds nothing wrong with it."""
    name = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{name.lower()}")
    getattr(module, name).model_validate_json(orjson.dumps(resource))
    return resource


def concept(*terms: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for system, code in terms]}


def quantity(value: float, unit: str = "/min") -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def observation(*codes: str, **elements: Any) -> dict[str, Any]:
    """Return an Observation with these LOINC codes; an element that is None is left out."""
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(*((LOINC, code) for code in codes)),
        "subject": {"reference": "Patient/123"},
        "effectiveDateTime": TIME,
        **elements,
    }
    return {key: value for key, value in resource.items() if value is not None}


def bundle(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle; what is posted has its request, and a Patient its fullUrl."""
    entries = []
    for number, resource in enumerate(resources):
        entry: dict[str, Any] = {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012d}", "resource": resource}
        if kind in ("batch", "transaction"):
            entry["request"] = {"method": "POST", "url": resource["resourceType"]}
        entries.append(entry)
    return {"resourceType": "Bundle", "type": kind, "entry": entries}
