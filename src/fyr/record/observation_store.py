"""Observations as rows; the same observation from the same source is one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from fyr.errors import BadInput
from fyr.record.canonical import canonical_json, digest
from fyr.record.identity import PatientId
from fyr.record.observation import Observation, Status
from fyr.record.patients import patient_key
from fyr.record.schema import observation, patient
from fyr.record.storage import add_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["add_observations", "observations", "patients_with"]


def add_observations(connection: Connection, observed: Sequence[Observation]) -> int:
    """Add what is not known yet; returns how many were new.

    Raises
    ------
    BadInput
        If a patient is unknown, or a number is NaN or infinite: what is not known has a status, not a number.
    """
    keys = {who: patient_key(connection, who) for who in sorted({one.patient for one in observed})}
    rows = [_row(one, keys[one.patient]) for one in observed]
    return add_new(connection, observation, rows)


def observations(
    connection: Connection, who: PatientId, code: str | None, start_us: int | None, end_us: int | None
) -> list[Observation]:
    """Return the patient's observations by time, from `start_us` up to but without `end_us`."""
    row = observation.c
    wanted = select(observation).where(row.patient_key == patient_key(connection, who))
    if code is not None:
        wanted = wanted.where(row.code == code)
    if start_us is not None:
        wanted = wanted.where(row.time_us >= start_us)
    if end_us is not None:
        wanted = wanted.where(row.time_us < end_us)
    return [_observation(who, found) for found in connection.execute(wanted.order_by(row.time_us, row.key))]


def patients_with(connection: Connection, codes: Sequence[str]) -> list[PatientId]:
    """Return the patients of whom a value of any of the codes was observed, sorted."""
    row = observation.c
    wanted = (
        select(patient.c.hospital, patient.c.local)
        .join(observation, row.patient_key == patient.c.key)
        .where(row.code.in_(codes), row.status.in_([Status.PRESENT.value, Status.IMPUTED.value]))
        .distinct()
    )
    return sorted(PatientId(found.hospital, found.local) for found in connection.execute(wanted))


def _row(one: Observation, key: int) -> dict[str, Any]:
    value = one.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not math.isfinite(float(value or 0)):
        raise BadInput(
            f"an observation of {one.code} is {value}", where=one.source, mend="give it the status unknown and no value"
        )
    kind = "number" if is_number else type(value).__name__
    content = [str(one.patient), one.code, one.time_us, kind, value, one.unit, one.status, one.source]
    return {
        "patient_key": key,
        "code": one.code,
        "time_us": one.time_us,
        "value_number": float(value or 0) if is_number else None,
        "value_text": value if isinstance(value, str) else None,
        "value_truth": value if isinstance(value, bool) else None,
        "unit": one.unit,
        "status": one.status.value,
        "source": one.source,
        "digest": digest(canonical_json(content)),
    }


def _observation(who: PatientId, row: Any) -> Observation:
    values = (row.value_number, row.value_text, row.value_truth)
    return Observation(
        patient=who,
        code=row.code,
        time_us=row.time_us,
        value=next((value for value in values if value is not None), None),
        unit=row.unit,
        status=Status(row.status),
        source=row.source,
    )
