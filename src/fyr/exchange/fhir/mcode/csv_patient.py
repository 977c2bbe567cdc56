"""A row of ``patient-information.csv`` as an mCODE CancerPatient."""

from __future__ import annotations

from typing import Final

from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import Json, absent, coding, extensions, present

__all__ = ["patient_of"]

_US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
_RACE_AND_ETHNICITY: Final = "urn:oid:2.16.840.1.113883.6.238"
_NULL_FLAVOR: Final = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_RECORD_NUMBER: Final = {
    "coding": [coding("MR", "http://terminology.hl7.org/CodeSystem/v2-0203", "Medical Record Number")],
    "text": "Medical Record Number",
}

# CDC Race and Ethnicity, the categories of the US Office of Management and Budget
_RACES: Final = {
    "1002-5": (_RACE_AND_ETHNICITY, "American Indian or Alaska Native"),
    "2028-9": (_RACE_AND_ETHNICITY, "Asian"),
    "2054-5": (_RACE_AND_ETHNICITY, "Black or African American"),
    "2076-8": (_RACE_AND_ETHNICITY, "Native Hawaiian or Other Pacific Islander"),
    "2106-3": (_RACE_AND_ETHNICITY, "White"),
    "UNK": (_NULL_FLAVOR, "Unknown Description: A proper value is applicable, but not known"),
    "ASKU": (_NULL_FLAVOR, "Asked but no answer"),
}
_ETHNICITIES: Final = {
    "2135-2": (_RACE_AND_ETHNICITY, "Hispanic or Latino"),
    "2186-5": (_RACE_AND_ETHNICITY, "Non Hispanic or Latino"),
}


def patient_of(row: Row) -> Json:
    """Return the Patient; name and gender, which mCODE requires, say that they are unknown where they are."""
    number = row.need("mrn")
    gender = row.get("gender")
    language = row.get("language")
    return {
        "resourceType": "Patient",
        "id": number,
        **({"gender": gender} if gender else {"_gender": absent("unknown")}),
        "identifier": [{"type": _RECORD_NUMBER, "system": "http://example.com/system/mrn", "value": number}],
        "name": [_name(row) or absent("unknown")],
        **_address(row),
        **present(birthDate=row.get("dateOfBirth")),
        **({"communication": [{"language": {"coding": [coding(language, "urn:ietf:bcp:47")]}}]} if language else {}),
        **extensions(
            _omb("us-core-race", _RACES, row.get("race")),
            _omb("us-core-ethnicity", _ETHNICITIES, row.get("ethnicity")),
            _birth_sex(row.get("birthsex")),
        ),
    }


def _name(row: Row) -> Json:
    family, given = row.get("familyName"), row.get("givenName")
    if family is None and given is None:
        return {}
    text = " ".join(part for part in (given, family) if part)
    return present(text=text, family=family, given=given.split(" ") if given else None)


def _address(row: Row) -> Json:
    line, city, state, postal_code = (row.get(name) for name in ("addressLine", "city", "state", "zip"))
    if not any((line, city, state, postal_code)):
        return {}
    parts = present(line=[line] if line else None, city=city, state=state, postalCode=postal_code, country="US")
    return {"address": [parts]}


def _omb(name: str, known: dict[str, tuple[str, str]], code: str | None) -> Json | None:
    if code is None or code not in known:
        return None
    system, text = known[code]
    return {
        "extension": [
            {"url": "ombCategory", "valueCoding": coding(code, system)},
            {"url": "text", "valueString": text},
        ],
        "url": f"{_US_CORE}{name}",
    }


def _birth_sex(code: str | None) -> Json | None:
    return None if code is None else {"url": f"{_US_CORE}us-core-birthsex", "valueCode": code}
