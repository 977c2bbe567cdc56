"""Who a bundle is about: the hospital's own number, and the little that models read of a person."""

from __future__ import annotations

import re
from typing import Any, Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.elements import Json, concept
from fyr.exchange.fhir.mcode.times import day_or_moment
from fyr.exchange.fhir.refusing import Refusal, codings, objects
from fyr.exchange.incoming import ProblemKind
from fyr.record import PatientId

__all__ = ["OWN_PATIENT", "attributes_of", "birth_us", "patient_id_of", "written_patient"]

OWN_PATIENT: Final = "urn:fyr:patient:"
"""The system of a hospital's own numbers, before the hospital's name."""
_RECORD_NUMBER: Final = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")
_GENDERS: Final = ("female", "male", "other", "unknown")
_DATE: Final = re.compile(r"(?P<year>\d{4})(-\d\d(-\d\d)?)?")


def patient_id_of(patient: Json, hospital: str | None) -> PatientId:
    """Return whose the resource is: by our own number, else the medical record number, another number, the id.

    Raises
    ------
    Refusal
        If no hospital is named, or there is no number at all.
    """
    numbers = [one for one in objects(patient, "identifier") if isinstance(one.get("value"), str)]
    for one in numbers:
        system = one.get("system")
        if isinstance(system, str) and system.startswith(OWN_PATIENT):
            return _made(system.removeprefix(OWN_PATIENT), one["value"])
    if hospital is None:
        what = "nothing says which hospital's number this is"
        raise Refusal(ProblemKind.INCOMPLETE, what, "identifier", "name the hospital (--hospital)")
    by_type = [one for one in numbers if _RECORD_NUMBER in codings(one.get("type", {}), "identifier.type")]
    number = next((one["value"] for one in (*by_type, *numbers)), patient.get("id"))
    if not isinstance(number, str):
        raise Refusal(ProblemKind.INCOMPLETE, "the patient has neither identifier nor id", "identifier")
    return _made(hospital, number)


def _made(hospital: str, number: str) -> PatientId:
    try:
        return PatientId.of_number(hospital, number)
    except BadInput as problem:
        raise Refusal(ProblemKind.UNREADABLE, problem.what, "identifier", problem.mend) from None


def attributes_of(patient: Json) -> dict[str, Any]:
    """Return year of birth and sex; names and addresses are not taken."""
    attributes: dict[str, Any] = {}
    born, gender = patient.get("birthDate"), patient.get("gender")
    found = _DATE.fullmatch(born) if isinstance(born, str) else None
    if found is not None:
        attributes["birth_year"] = int(found["year"])
    if gender in _GENDERS:
        attributes["sex"] = gender
    return attributes


def birth_us(patient: Json) -> int | None:
    """Return the day of birth, microseconds UTC; ``None`` where only the year or nothing is known."""
    try:
        return day_or_moment(patient.get("birthDate"), "birthDate")
    except Refusal:
        return None


def written_patient(who: PatientId, attributes: dict[str, Any], identity: str) -> Json:
    """Return the Patient: the hospital's number, sex and year of birth."""
    sex, year = attributes.get("sex"), attributes.get("birth_year")
    spelled = {"F": "female", "M": "male"}.get(str(sex), sex)
    return {
        "resourceType": "Patient",
        "id": identity,
        "identifier": [
            {
                "type": concept(_RECORD_NUMBER[1], _RECORD_NUMBER[0]),
                "system": f"{OWN_PATIENT}{who.hospital}",
                "value": who.number,
            }
        ],
        **({"gender": spelled} if spelled in _GENDERS else {}),
        **({"birthDate": f"{year:04d}"} if isinstance(year, int) else {}),
    }
