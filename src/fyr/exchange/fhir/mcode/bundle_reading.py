"""FHIR bundles and single resources as what the record keeps of each patient.

Facts of the vocabulary become observations by their name; every other resource about a patient is kept whole
(:mod:`fyr.exchange.fhir.mcode.kept`). What cannot be read is refused alone, with its address and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fyr.clock import DAY_US
from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.diagnoses import comorbidities_told, diagnosis_told
from fyr.exchange.fhir.mcode.elements import Json
from fyr.exchange.fhir.mcode.fact_reading import Told, check_usable, is_own, told_by
from fyr.exchange.fhir.mcode.fact_writing import SOURCE
from fyr.exchange.fhir.mcode.hearing_thresholds import thresholds_told
from fyr.exchange.fhir.mcode.kept import KEPT, kept_name, kept_text, summary_of
from fyr.exchange.fhir.mcode.patients import attributes_of, birth_us, patient_id_of
from fyr.exchange.fhir.mcode.times import moment_of
from fyr.exchange.fhir.mcode.variants import is_variant, variant_told
from fyr.exchange.fhir.refusing import Refusal, objects
from fyr.exchange.incoming import ProblemKind
from fyr.exchange.patient_facts import OfPatient, PatientFacts
from fyr.record import Observation, PatientId, Status
from fyr.record.audiogram import Threshold
from fyr.record.clinical import FACTS
from fyr.record.clinical_reading import clinical_value
from fyr.record.hearing import HEARING_LEVEL, hearing_code

__all__ = ["Patients", "read_resources", "resources_of"]

_TYPE: Final = re.compile("[A-Z][A-Za-z]{1,63}")
_YEAR_US: Final = 365.2425 * DAY_US


class Patients:
    """Whose a reference is: Patient resources by every address that they are referred to by."""

    def __init__(self, hospital: str | None) -> None:
        self._hospital = hospital
        self._known: dict[str, PatientId] = {}
        self._persons: dict[PatientId, Json] = {}
        self._told: set[PatientId] = set()

    def add(self, patient: Json, address: str | None) -> PatientId:
        """Take a Patient in; raises :class:`Refusal` where nobody can say whose it is."""
        who = patient_id_of(patient, self._hospital)
        self._persons[who] = patient
        if isinstance(patient.get("id"), str):
            self._known[f"Patient/{patient['id']}"] = who
            self._known[f"urn:uuid:{patient['id']}"] = who
        if address:
            self._known[address] = who
        return who

    def pop_person(self, who: PatientId) -> Json:
        """Return the Patient, once; nothing of it afterwards."""
        if who in self._told:
            return {}
        self._told.add(who)
        return self._persons.pop(who, {})

    def subject_of(self, resource: Json) -> PatientId | None:
        """Return whose a resource is; ``None`` for one that is of no patient."""
        for element in ("subject", "patient", "individual"):
            reference = resource.get(element)
            if isinstance(reference, dict):
                return self._referred(reference, element)
        participants = resource.get("participant")
        if isinstance(participants, list):
            for one in objects(resource, "participant"):
                actor = one.get("actor")
                literal = str(actor.get("reference")) if isinstance(actor, dict) else ""
                if isinstance(actor, dict) and (actor.get("type") == "Patient" or "Patient/" in literal):
                    return self._referred(actor, "participant")
        return None

    def _referred(self, reference: Json, where: str) -> PatientId:
        literal = reference.get("reference")
        if isinstance(literal, str):
            found = self._find(literal)
            if found is not None:
                return found
            if self._hospital is not None and "Patient/" in literal:
                return patient_id_of({"id": literal.rpartition("Patient/")[2].split("/")[0]}, self._hospital)
        identifier = reference.get("identifier")
        if isinstance(identifier, dict):
            return patient_id_of({"identifier": [identifier]}, self._hospital)
        what = f"the patient '{literal or ''}' is not among the resources"
        raise Refusal(ProblemKind.INCOMPLETE, what, where, "send the Patient too, or name the hospital (--hospital)")

    def _find(self, literal: str) -> PatientId | None:
        found = self._known.get(literal)
        if found is None and "Patient/" in literal:
            found = self._known.get(f"Patient/{literal.rpartition('Patient/')[2].split('/')[0]}")
        return found


def resources_of(document: Any, where: str, refused: list[BadInput]) -> Iterator[tuple[Json, str | None, str]]:
    """Yield each resource of a document (a bundle, bundles within, or a resource) with its address and its place.

    What is no resource is added to `refused`.
    """
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        mend = "give a Bundle, or one resource a line"
        refused.append(BadInput("this is no FHIR resource", where=where, mend=mend))
        return
    if kind != "Bundle":
        yield document, None, where
        return
    entries = document.get("entry", [])
    if not isinstance(entries, list):
        mend = "export it again from its source"
        refused.append(BadInput("the bundle's entry is no list", where=where, mend=mend))
        return
    for number, one in enumerate(entries):
        place = f"{where} entry[{number}]"
        resource = one.get("resource") if isinstance(one, dict) else None
        for found, _, within in resources_of(resource, place, refused):
            address = one.get("fullUrl")
            yield found, address if found is resource and isinstance(address, str) else None, within


def read_resources(found: Iterable[tuple[Json, str | None, str]], patients: Patients, source: str) -> PatientFacts:
    """Read resources whose patients are known.

    Parameters
    ----------
    found : iterable of (resource, address, place)
        As :func:`resources_of` yields them; Patients come before what refers to them.
    patients : Patients
        Those of other files too; the Patients of these resources are added.
    source : str
        The file, by the name that the record keeps.
    """
    reading = PatientFacts(source)
    for resource, address, place in found:
        try:
            _take(reading, patients, resource, address, source)
        except Refusal as problem:
            where = f"{place} {resource['resourceType']}" + (f" {problem.where}" if problem.where else "")
            reading.refused.append(BadInput(problem.what, where=where, mend=problem.mend))
    for who, one in reading.patients.items():
        if one.observations:
            person = _of_person(who, one, patients.pop_person(who), source)
            one.observations = list(dict.fromkeys((*one.observations, *person)))
    return reading


def _take(reading: PatientFacts, patients: Patients, resource: Json, address: str | None, source: str) -> None:
    check_usable(resource)
    if resource["resourceType"] == "Patient":
        of_patient = reading.patients.setdefault(patients.add(resource, address), OfPatient())
        of_patient.attributes |= attributes_of(resource)
        return
    who = patients.subject_of(resource)
    if who is None:
        reading.kept[f"not about a patient, left out: {resource['resourceType']}"] += 1
        return
    time_us = moment_of(resource)
    written = _source(resource) or source
    observations = reading.patients.setdefault(who, OfPatient()).observations
    if resource["resourceType"] == "Observation" and not is_own(resource):
        thresholds, is_all = thresholds_told(resource)
        observations += [_of_hearing(who, one, time_us, written) for one in thresholds]
        if thresholds and is_all:
            return
    told, whole = _told(resource)
    observations += [_observation(who, one, time_us, written) for one in told]
    if whole:
        reading.kept[summary_of(resource)] += 1
        text = kept_text(resource)
        observations.append(Observation(who, kept_name(resource), time_us, text, None, Status.PRESENT, written))


def _told(resource: Json) -> tuple[list[Told], bool]:
    """Return the facts of a resource, and whether it says more, so that it is to be kept whole."""
    if resource["resourceType"] == "Condition":
        return diagnosis_told(resource), True
    if resource["resourceType"] != "Observation":
        return [], True
    if is_variant(resource) and not is_own(resource):
        return variant_told(resource), True
    told, unknown = told_by(resource)
    return [*told, *comorbidities_told(resource)], bool(unknown)


def _observation(who: PatientId, told: Told, time_us: int, source: str) -> Observation:
    return Observation(who, told.name, time_us, told.value, FACTS[told.name].unit, told.status, source)


def _of_hearing(who: PatientId, one: Threshold, time_us: int, source: str) -> Observation:
    return Observation(who, hearing_code(one), time_us, one.level_db, HEARING_LEVEL, Status.PRESENT, source)


def _source(resource: Json) -> str | None:
    for extension in objects(resource, "extension"):
        if extension.get("url") == SOURCE and isinstance(extension.get("valueString"), str):
            return str(extension["valueString"])
    return None


def _of_person(who: PatientId, one: OfPatient, person: Json, source: str) -> Iterator[Observation]:
    """Yield age and sex at the first diagnosis, else the first fact, where no resource says them."""
    named = {found.code for found in one.observations}
    diagnoses = [found.time_us for found in one.observations if found.code == f"{KEPT}Condition"]
    time_us = min(diagnoses or [found.time_us for found in one.observations])
    sex, born_us = person.get("gender"), birth_us(person)
    if "sex" not in named and sex in ("female", "male"):
        yield Observation(who, "sex", time_us, sex, None, Status.PRESENT, source)
    if "age" not in named and born_us is not None and born_us <= time_us:
        age = clinical_value("age", round((time_us - born_us) / _YEAR_US, 2), "a")
        yield Observation(who, "age", time_us, age, "a", Status.PRESENT, source)
