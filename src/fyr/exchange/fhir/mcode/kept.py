"""Resources that the vocabulary has no name for: kept whole in the record, under the name of their type.

A diagnosis, a comorbidity, an operation, a medicine, a course of radiotherapy, a laboratory value of another kind: its
code in the record is ``fhir:Condition``, ``fhir:Procedure`` and so on, its value the resource as canonical JSON.
"""

from __future__ import annotations

import uuid
from typing import Final

import orjson

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.elements import Json
from fyr.exchange.fhir.mcode.fact_writing import SOURCE
from fyr.exchange.fhir.refusing import objects
from fyr.record import Observation

__all__ = ["KEPT", "kept_name", "kept_text", "summary_of", "written_again"]

KEPT: Final = "fhir:"
"""What the code of such an observation begins with."""

_HOUSE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fyr:kept")
_SUBJECTS: Final = ("subject", "patient", "individual")
_TITLES: Final = ("code", "medicationCodeableConcept", "event", "type", "class")


def kept_name(resource: Json) -> str:
    """Return the code in the record."""
    return f"{KEPT}{resource['resourceType']}"


def kept_text(resource: Json) -> str:
    """Return the value in the record: the resource without what names its patient, always written the same way.

    The patient's place stays, empty; the narrative, which repeats the rest and the patient's name, is left out; a
    resource without an id gets one of its content.

    Raises
    ------
    Refusal
        If its extensions are no list of them.
    """
    left = {name: value for name, value in resource.items() if name != "text"}
    for name in _SUBJECTS:
        if isinstance(left.get(name), dict):
            left[name] = {}
    extension = [one for one in objects(left, "extension") if one.get("url") != SOURCE]
    left.pop("extension", None)
    if extension:
        left["extension"] = extension
    if not isinstance(left.get("id"), str) or not left["id"]:
        left.pop("id", None)
        left["id"] = str(uuid.uuid5(_HOUSE, _canonical(left)))
    return _canonical(left)


def written_again(one: Observation, subject: Json) -> Json:
    """Return the resource of an observation again, about the patient that `subject` refers to.

    Raises
    ------
    BadInput
        If the observation holds none.
    """
    try:
        resource = orjson.loads(str(one.value))
    except orjson.JSONDecodeError:
        resource = None
    if not isinstance(resource, dict) or kept_name({"resourceType": None, **resource}) != one.code:
        raise BadInput(f"an observation of {one.code} holds no such resource", where=one.source, mend="import it again")
    for name in _SUBJECTS:
        if resource.get(name) == {}:
            resource[name] = subject
    return {**resource, "extension": [*resource.get("extension", []), {"url": SOURCE, "valueString": one.source}]}


def _canonical(resource: Json) -> str:
    return orjson.dumps(resource, option=orjson.OPT_SORT_KEYS).decode()


def summary_of(resource: Json) -> str:
    """Return in a few words what a resource is about."""
    kind = str(resource.get("resourceType"))
    for name in _TITLES:
        concept = resource.get(name)
        concept = concept[0] if isinstance(concept, list) and concept else concept
        if not isinstance(concept, dict):
            continue
        listed = concept.get("coding", [concept])
        terms = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        words = [str(one.get("display") or one.get("code") or "") for one in terms]
        text = str(concept.get("text") or next((word for word in words if word), ""))
        if text:
            return f"{kind}: {text[:120]}"
    return kind
