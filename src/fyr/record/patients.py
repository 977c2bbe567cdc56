"""Patients and their stays, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import or_, select, update

from fyr.errors import BadInput
from fyr.record.canonical import canonical_json
from fyr.record.identity import Encounter, PatientId
from fyr.record.schema import encounter, patient
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "add_encounters",
    "add_patient",
    "attributes_of",
    "attributes_of_all",
    "encounters",
    "end_encounters",
    "patient_key",
    "patients",
]


def patient_key(connection: Connection, who: PatientId) -> int:
    """Return the patient's row number.

    Raises
    ------
    BadInput
        If the record does not know the patient.
    """
    wanted = select(patient.c.key).where(patient.c.hospital == who.hospital, patient.c.local == who.local)
    key = connection.scalar(wanted)
    if key is None:
        raise BadInput(f"the record knows no patient {who}", mend="add the patient first")
    return int(key)


def add_patient(connection: Connection, who: PatientId, attributes: Mapping[str, Any]) -> bool:
    """Add a patient, or take new attributes over into one that is known; tells whether the patient is new."""
    row = {"hospital": who.hospital, "local": who.local, "attributes": canonical_json(attributes, where=str(who))}
    added = add_new(connection, patient, [row])
    if not added and attributes:
        key = patient_key(connection, who)
        merged = attributes_of(connection, who) | dict(attributes)
        text = canonical_json(merged, where=str(who))
        connection.execute(update(patient).where(patient.c.key == key).values(attributes=text))
    return bool(added)


def attributes_of(connection: Connection, who: PatientId) -> dict[str, Any]:
    """Return what was given with the patient."""
    text = connection.scalar(select(patient.c.attributes).where(patient.c.key == patient_key(connection, who)))
    attributes: dict[str, Any] = orjson.loads(text or "{}")
    return attributes


def attributes_of_all(connection: Connection, hospital: str | None) -> dict[PatientId, dict[str, Any]]:
    """Return what was given with each known patient, sorted by patient."""
    known = select(patient.c.hospital, patient.c.local, patient.c.attributes)
    if hospital is not None:
        known = known.where(patient.c.hospital == hospital)
    found = {PatientId(at, local): orjson.loads(text or "{}") for at, local, text in connection.execute(known)}
    return dict(sorted(found.items(), key=lambda one: one[0]))


def patients(connection: Connection, hospital: str | None) -> list[PatientId]:
    """Return the known patients, sorted."""
    known = select(patient.c.hospital, patient.c.local)
    if hospital is not None:
        known = known.where(patient.c.hospital == hospital)
    return sorted(PatientId(*row) for row in connection.execute(known))


def add_encounters(connection: Connection, stays: Sequence[Encounter]) -> int:
    """Add stays that are not known yet; returns how many were new."""
    rows = [
        {
            "patient_key": patient_key(connection, stay.patient),
            "ward": stay.ward,
            "bed": stay.bed,
            "start_us": stay.start_us,
            "end_us": stay.end_us,
        }
        for stay in stays
    ]
    return add_new(connection, encounter, rows)


def end_encounters(connection: Connection, who: PatientId, end_us: int) -> int:
    """End the patient's open stays that began by then; returns how many.

    Raises
    ------
    BadInput
        If there is none.
    """
    is_open = (encounter.c.patient_key == patient_key(connection, who)) & encounter.c.end_us.is_(None)
    ending = update(encounter).where(is_open, encounter.c.start_us <= end_us).values(end_us=end_us)
    ended: int = connection.execute(ending).rowcount
    if not ended:
        raise BadInput(f"{who} has no open stay that began by then", mend="see the patient's encounters")
    return ended


def encounters(connection: Connection, who: PatientId | None, ward: str | None, at_us: int | None) -> list[Encounter]:
    """Return stays by their start: of a patient, in a ward, at a time (the end itself is no longer part of a stay)."""
    stay = encounter.c
    wanted = select(patient.c.hospital, patient.c.local, stay.ward, stay.bed, stay.start_us, stay.end_us).join_from(
        encounter, patient
    )
    if who is not None:
        wanted = wanted.where(stay.patient_key == patient_key(connection, who))
    if ward is not None:
        wanted = wanted.where(stay.ward == ward)
    if at_us is not None:
        wanted = wanted.where(stay.start_us <= at_us, or_(stay.end_us.is_(None), stay.end_us > at_us))
    rows = connection.execute(wanted.order_by(stay.start_us, stay.ward, stay.bed, stay.key))
    return [
        Encounter(PatientId(hospital, local), ward_name, bed, start_us, end_us)
        for hospital, local, ward_name, bed, start_us, end_us in rows
    ]
