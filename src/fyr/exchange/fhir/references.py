"""Whom an Observation is about: references resolved within the bundle that brings it, never beyond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.incoming import Addressee, ProblemKind

__all__ = ["CONTEXT", "Surroundings"]

CONTEXT: Final = frozenset(
    {"Patient", "Encounter", "Location", "Device", "DeviceMetric", "MessageHeader", "Practitioner", "PractitionerRole"}
    | {"Organization"}
)
"""Resources that say more about Observations beside them. They are read for that, and not kept."""

_EVENT_LOCATION: Final = "http://hl7.org/fhir/StructureDefinition/event-location"
_PLACE_KIND: Final = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_MEDICAL_RECORD: Final = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")
_DEEPEST: Final = 8
_MORE_TO_LOOK_AT: Final = frozenset({"contained", "encounter", "extension"})


class Surroundings:
    """What stands beside the Observations of a bundle, by the addresses that they refer to it with.

    Parameters
    ----------
    entries : sequence of dict
        The bundle's entries.
    patient_system : str
        The system of the hospital's own patient numbers; where it is empty, any single identifier is taken as one.
    """

    def __init__(self, entries: Sequence[dict[str, Any]] = (), patient_system: str = "") -> None:
        self._patient_system = patient_system
        self._known: dict[str, dict[str, Any]] = {}
        self._found: dict[tuple[str | None, str | None], Addressee] = {}
        for entry in entries:
            resource = entry.get("resource")
            if type(resource) is not dict or resource.get("resourceType") not in CONTEXT:
                continue
            if type(entry.get("fullUrl")) is str:
                self._known[entry["fullUrl"]] = resource
            if type(resource.get("id")) is str:
                self._known[f"{resource['resourceType']}/{resource['id']}"] = resource

    def addressee(self, observation: dict[str, Any]) -> Addressee:
        """Return whom an Observation is about and where that is, as far as it is plainly given.

        Raises
        ------
        Refusal
            If it is about nobody, about two, or about something that is no patient.
        """
        subject = observation.get("subject")
        if type(subject) is dict and not _MORE_TO_LOOK_AT & observation.keys() and "identifier" not in subject:
            key = (subject.get("reference"), subject.get("type"))
            known = self._found.get(key)
            if known is None:
                known = self._found[key] = self._addressee(observation)
            return known
        return self._addressee(observation)

    def _addressee(self, observation: dict[str, Any]) -> Addressee:
        contained = {f"#{one.get('id')}": one for one in objects(observation, "contained")}
        ward, bed = self._place(observation, contained)
        subject = observation.get("subject")
        if subject is None:
            if not bed:
                raise Refusal(
                    ProblemKind.INCOMPLETE, "it names neither a patient nor a bed", "subject", "give subject.identifier"
                )
            return Addressee("", ward, bed)
        if type(subject) is not dict:
            raise Refusal(ProblemKind.UNREADABLE, "the subject is not a Reference", "subject")
        return Addressee(self._patient(subject, contained), ward, bed)

    def _patient(self, subject: dict[str, Any], contained: dict[str, dict[str, Any]]) -> str:
        if subject.get("type", "Patient") != "Patient":
            raise Refusal(ProblemKind.UNSUPPORTED, f"its subject is a {subject['type']}, not a Patient", "subject.type")
        reference = subject.get("reference")
        resource = self._resolve(reference, contained)
        number = self._number([subject["identifier"]], "subject.identifier") if "identifier" in subject else ""
        if resource is not None:
            if resource.get("resourceType") != "Patient":
                raise Refusal(ProblemKind.UNSUPPORTED, "its subject is not a Patient", "subject.reference")
            identifiers = objects(resource, "identifier")
            if number and identifiers and number not in {one.get("value") for one in identifiers}:
                raise Refusal(
                    ProblemKind.CONTRADICTION,
                    "its subject's identifier is not the Patient's that it refers to",
                    "subject",
                )
            if not number and identifiers:
                number = self._number(identifiers, "subject.resolve().identifier")
        return number or self._from_address(reference)

    def _number(self, identifiers: list[Any], where: str) -> str:
        if not all(type(one) is dict for one in identifiers):
            raise Refusal(ProblemKind.UNREADABLE, "it is not an Identifier", where)
        own = [one for one in identifiers if not self._patient_system or one.get("system") == self._patient_system]
        if len({one.get("value") for one in own}) > 1:
            own = [one for one in own if "type" in one and _MEDICAL_RECORD in codings(one["type"], f"{where}.type")]
        values = {one.get("value") for one in own}
        if len(values) != 1:
            wanted = f" of the system {self._patient_system}" if self._patient_system else ""
            raise Refusal(ProblemKind.INCOMPLETE, f"there is not exactly one patient's number{wanted}", where)
        value = values.pop()
        if type(value) is not str or not value.strip():
            raise Refusal(ProblemKind.INCOMPLETE, "the patient's number is empty", where)
        return value.strip()

    def _from_address(self, reference: Any) -> str:
        """Take ``Patient/123`` for the number 123; an address on another server says nothing about our numbers."""
        if type(reference) is not str:
            raise Refusal(ProblemKind.INCOMPLETE, "the subject names no patient", "subject", "give subject.identifier")
        steps = reference.split("/")
        if len(steps) in (2, 4) and steps[0] == "Patient" and steps[1] and steps[2:3] in ([], ["_history"]):
            if self._patient_system:
                raise Refusal(
                    ProblemKind.INCOMPLETE,
                    f"{reference} is no number of the system {self._patient_system}",
                    "subject",
                    "give subject.identifier, or the Patient beside it",
                )
            return steps[1]
        kind = ProblemKind.UNSUPPORTED if "://" in reference or steps[0] != "Patient" else ProblemKind.UNREADABLE
        raise Refusal(
            kind, f"'{reference[:80]}' leads to no patient known here", "subject.reference", "give subject.identifier"
        )

    def _resolve(self, reference: Any, contained: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
        if type(reference) is not str:
            return None
        if not reference.startswith("#"):
            return self._known.get(reference.split("/_history/")[0])
        if reference not in contained:
            raise Refusal(ProblemKind.INCOMPLETE, f"nothing contained is called {reference}", "contained")
        return contained[reference]

    def _place(self, observation: dict[str, Any], contained: dict[str, dict[str, Any]]) -> tuple[str, str]:
        """Return ward and bed where one bed is plainly given; empty text otherwise."""
        referred = [
            extension.get("valueReference")
            for extension in objects(observation, "extension")
            if extension.get("url") == _EVENT_LOCATION
        ]
        encounter = observation.get("encounter")
        if not referred and type(encounter) is dict:
            stay = self._resolve(encounter.get("reference"), contained) or {}
            referred = [
                one.get("location") for one in objects(stay, "location") if one.get("status", "active") == "active"
            ]
        places = set()
        for one in referred:
            resource = self._resolve(one.get("reference"), contained) if type(one) is dict else None
            if resource is not None:
                places.add(self._ward_and_bed(resource, contained))
        with_bed = {place for place in places if place[1]} or places
        return with_bed.pop() if len(with_bed) == 1 else ("", "")

    def _ward_and_bed(self, place: dict[str, Any] | None, contained: dict[str, dict[str, Any]]) -> tuple[str, str]:
        ward = bed = ""
        for _ in range(_DEEPEST):
            if place is None:
                break
            kinds = {
                code for system, code in codings(place.get("physicalType", {}), "physicalType") if system == _PLACE_KIND
            }
            name = place.get("name")
            if type(name) is str and name.strip():
                if "bd" in kinds and not bed:
                    bed = name.strip()
                elif "wa" in kinds and not ward:
                    ward = name.strip()
            part_of = place.get("partOf")
            place = self._resolve(part_of.get("reference"), contained) if type(part_of) is dict else None
        return ward, bed
