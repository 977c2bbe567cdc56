"""What a patient's coming, moving and leaving does to the stays, or why it cannot be.

A bed holds one patient. Said twice, a movement is taken once: a sender that never heard the answer sends it again.
"""

from __future__ import annotations

from typing import Final

from fyr.clock import MINUTE_US, to_iso
from fyr.errors import BadInput
from fyr.exchange.incoming import Movement, MovementKind, Problem, ProblemKind
from fyr.record import PatientId
from fyr.serve.stays import Place, Stays
from fyr.serve.ward_inputs import Admitted, Discharged, Moved

__all__ = ["moved"]

_AHEAD_US: Final = 5 * MINUTE_US
"""How far ahead of our clock a movement may be and still count as of now: Fyr's own choice."""


def moved(
    movement: Movement, hospital: str, stays: Stays, now_us: int
) -> tuple[PatientId, Admitted | Moved | Discharged | None] | Problem:
    """Apply a movement to the stays.

    Returns
    -------
    tuple of PatientId and input, or Problem
        The patient, and what the ward is to be told (``None``: it knows already); or why it cannot be, and then the
        stays are as they were.
    """
    try:
        patient = PatientId.of_number(hospital, movement.addressee.patient)
    except BadInput as problem:
        return Problem(ProblemKind.INCOMPLETE, problem.what, "patient's number", "let the sender give the number")
    if movement.time_us > now_us + _AHEAD_US:
        return Problem(
            ProblemKind.CONTRADICTION,
            f"the movement is to happen at {to_iso(movement.time_us)}, which is not yet",
            mend="send it when it has happened, or check the sender's clock and time zone",
        )
    time_us = min(movement.time_us, now_us)
    if movement.kind is MovementKind.DISCHARGE:
        return _leave(patient, stays, time_us)
    return _come(patient, movement, stays, time_us)


def _leave(
    patient: PatientId, stays: Stays, time_us: int
) -> tuple[PatientId, Admitted | Moved | Discharged | None] | Problem:
    if stays.of(patient) is not None:
        stays.end(patient, time_us)
        return patient, Discharged(patient, time_us)
    if any(stay.end_us == time_us for stay in stays.ended(patient)):
        return patient, None
    return Problem(
        ProblemKind.UNKNOWN_PATIENT,
        f"nobody of the number {patient.number} is admitted, so nobody can leave",
        mend="check the patient's number",
    )


def _come(
    patient: PatientId, movement: Movement, stays: Stays, time_us: int
) -> tuple[PatientId, Admitted | Moved | Discharged | None] | Problem:
    here = stays.of(patient)
    said = Place(movement.addressee.ward, movement.addressee.bed)
    if movement.kind is MovementKind.UPDATE and here is not None:
        said = Place(said.ward or here.place.ward, said.bed or here.place.bed)
    if not said.ward or not said.bed:
        if movement.kind is MovementKind.UPDATE:
            return patient, None
        return Problem(
            ProblemKind.INCOMPLETE,
            "the movement names no ward and bed",
            mend="let the sender give the ward and the bed (PV1-3)",
        )
    other = stays.occupant(said)
    if other is not None and other.patient != patient:
        return Problem(
            ProblemKind.CONTRADICTION,
            f"bed {said} holds another patient",
            mend="move or discharge that patient first (ADT A02, A03)",
        )
    if here is None:
        if movement.kind is MovementKind.UPDATE:
            return patient, None
        stays.begin(patient, said, time_us)
        return patient, Admitted(patient, said.ward, said.bed, time_us)
    if here.place != said:
        stays.begin(patient, said, max(time_us, here.start_us))
    return patient, Moved(patient, said.ward, said.bed, time_us)
