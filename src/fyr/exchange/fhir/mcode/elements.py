"""The small parts of mCODE resources, and the id that a resource without one gets from its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "CANCER_STAGING",
    "CATEGORY",
    "DATA_ABSENT",
    "LOINC",
    "MCODE",
    "NCI_THESAURUS",
    "SNOMED",
    "UCUM",
    "Json",
    "absent",
    "bundle",
    "category",
    "coding",
    "concept",
    "concept_extension",
    "content_id",
    "entry",
    "extensions",
    "present",
    "reference",
]

Json = dict[str, Any]

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
NCI_THESAURUS: Final = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
CANCER_STAGING: Final = "http://cancerstaging.org"
"""The system of AJCC's codes as mCODE has them (``cT2``, ``3C``)."""
MCODE: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
DATA_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"


def present(**elements: Any) -> Json:
    """Return the elements that there are."""
    return {name: value for name, value in elements.items() if value is not None}


def coding(code: str | None, system: str | None = None, display: str | None = None, version: str | None = None) -> Json:
    """Return a Coding of what is known of it."""
    return present(system=system, version=version, code=code, display=display)


def concept(code: str | None, system: str | None = None, display: str | None = None, text: str | None = None) -> Json:
    """Return a CodeableConcept of one coding."""
    return {"coding": [coding(code, system, display)], **present(text=text)}


def reference(kind: str | None, identity: str) -> Json:
    """Return a reference to a resource of the same bundle."""
    return {"reference": f"urn:uuid:{identity}", **present(type=kind)}


def absent(reason: str) -> Json:
    """Return what stands where an element should be and is not: an extension that says why."""
    return {"extension": [{"url": DATA_ABSENT, "valueCode": reason}]}


def concept_extension(url: str, code: str | None, system: str = SNOMED, display: str | None = None) -> Json | None:
    """Return an extension that holds a code; nothing where there is no code."""
    return None if code is None else {"url": url, "valueCodeableConcept": concept(code, system, display)}


def extensions(*found: Json | None) -> Json:
    """Return the element ``extension`` of those that there are; nothing without any."""
    some = [one for one in found if one is not None]
    return {"extension": some} if some else {}


def category(code: str, display: str | None = None) -> list[Json]:
    """Return the category of an Observation."""
    return [concept(code, CATEGORY, display)]


def entry(resource: Json) -> Json:
    """Return the entry of a bundle that holds the resource."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def bundle(entries: list[Json]) -> Json:
    """Return a collection."""
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def content_id(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a resource is made from, so that the same content has the same id everywhere.

    The content is written as compact JSON in its own order of keys, ``null`` where something is not known; this is how
    the mCODE extraction framework (Apache-2.0) makes its ids, so that a bundle of one can be told from the other's.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
