"""Whom a message is about: a patient's number, a bed at a time, or both that must agree.

Nothing is ever given to a patient on a guess. The rules:

- A number stands for the patient of that number who is admitted. Of one who is not, nothing is taken.
- A bed stands for whoever lay in it when the sample was taken. Where that is somebody else than lies there when it
  arrives, and the sample is older than the allowed lateness, the device's clock may be wrong: nothing is taken.
- A number and a bed that belong to two patients contradict each other: a monitor that was not told of a change of beds.
  The bed of a patient who has moved, with nobody else in it, is no contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import to_iso
from fyr.errors import BadInput
from fyr.exchange.incoming import Addressee, IncomingSamples, Problem, ProblemKind
from fyr.record import PatientId
from fyr.serve.stays import Place, Stays

__all__ = ["Attributed", "Attribution"]

_ANY_TIME: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class Attributed:
    """The samples of whom is known, and what is wrong with the others.

    Parameters
    ----------
    patients : tuple of PatientId
    patient_index : ndarray of int32, shape (n,)
        Position in `patients` of each sample; -1 where it is refused.
    problems : dict of int to Problem
        By the number of the message.
    """

    patients: tuple[PatientId, ...]
    patient_index: NDArray[np.int32]
    problems: dict[int, Problem]


class Attribution:
    """Finds the patient of a message.

    Parameters
    ----------
    hospital : str
        Whose patient numbers are meant.
    stays : Stays
        Read as they are at each call.
    lateness_us : int
        How old a sample may be and still be about whoever has left the bed since.
    """

    def __init__(self, hospital: str, stays: Stays, lateness_us: int) -> None:
        self._hospital = hospital
        self._stays = stays
        self._lateness_us = lateness_us

    def of(self, addressee: Addressee, time_us: int, now_us: int) -> PatientId | Problem:
        """Return the patient whom something observed at a time is about, or why that cannot be said."""
        answer = self._meant(addressee, time_us, now_us)
        if isinstance(answer, Problem) and addressee.where:
            return replace(answer, where=addressee.where)
        return answer

    def _meant(self, addressee: Addressee, time_us: int, now_us: int) -> PatientId | Problem:
        if addressee.patient:
            return self._by_number(addressee, time_us)
        if not addressee.bed:
            return Problem(
                ProblemKind.INCOMPLETE,
                "the message names neither a patient nor a bed",
                mend="let the sender give the patient's number or the bed",
            )
        return self._by_bed(addressee, time_us, now_us)

    def of_samples(self, samples: IncomingSamples, now_us: int) -> Attributed:
        """Find the patient of each sample; a message with one that cannot be attributed is refused whole."""
        patients: dict[PatientId, int] = {}
        found = np.full(len(samples.addressees), -1, np.int32)
        since_us = np.full(len(samples.addressees), _ANY_TIME, np.int64)
        for number, addressee in enumerate(samples.addressees):
            patient, from_us = self._now(addressee)
            if patient is not None:
                found[number] = patients.setdefault(patient, len(patients))
                since_us[number] = from_us
        index = found[samples.addressee_index]
        problems: dict[int, Problem] = {}
        unsure = np.flatnonzero((index < 0) | (samples.time_us < since_us[samples.addressee_index]))
        for row in unsure.tolist():
            addressee = samples.addressees[int(samples.addressee_index[row])]
            answer = self.of(addressee, int(samples.time_us[row]), now_us)
            if isinstance(answer, Problem):
                index[row] = -1
                problems.setdefault(int(samples.message_index[row]), answer)
            else:
                index[row] = patients.setdefault(answer, len(patients))
        if problems:
            index[np.isin(samples.message_index, list(problems))] = -1
        return Attributed(tuple(patients), index, problems)

    def _now(self, addressee: Addressee) -> tuple[PatientId | None, int]:
        """Return who is meant by a sample from a time on, as things are now; nobody where that takes a closer look."""
        if addressee.patient:
            answer = self._by_number(addressee, np.iinfo(np.int64).max)
            # A bed that others have lain in asks for a look at the time of each sample.
            place = self._place(addressee)
            stay = None if place is None else self._stays.occupant(place)
            from_us = _ANY_TIME if place is None or stay is None else stay.start_us
            return (None, 0) if isinstance(answer, Problem) else (answer, from_us)
        place = self._place(addressee)
        stay = None if place is None else self._stays.occupant(place)
        return (None, 0) if stay is None else (stay.patient, stay.start_us)

    def _by_number(self, addressee: Addressee, time_us: int) -> PatientId | Problem:
        try:
            patient = PatientId.of_number(self._hospital, addressee.patient)
        except BadInput as problem:
            return Problem(ProblemKind.UNREADABLE, problem.what, "patient's number", problem.mend)
        if self._stays.of(patient) is None:
            return self._not_here(patient)
        place = self._place(addressee)
        if place is None:
            return patient
        other = self._stays.in_bed_at(place, time_us)
        if other is None or other.patient == patient:
            return patient
        return Problem(
            ProblemKind.CONTRADICTION,
            f"the message names patient {addressee.patient} and bed {place}, in which another patient lies",
            mend="admit the patient anew on the monitor, or correct the bed",
        )

    def _by_bed(self, addressee: Addressee, time_us: int, now_us: int) -> PatientId | Problem:
        place = self._place(addressee)
        if place is None:
            several = self._stays.places_of_bed(addressee.bed)
            if len(several) > 1:
                return Problem(
                    ProblemKind.CONTRADICTION,
                    f"bed {addressee.bed} is on several wards: {', '.join(place.ward for place in several)}",
                    mend="let the sender name the ward too",
                )
            return self._nobody(addressee.bed, time_us)
        then, now = self._stays.in_bed_at(place, time_us), self._stays.occupant(place)
        if then is None:
            return self._nobody(str(place), time_us)
        if (now is None or now.patient != then.patient) and time_us < now_us - self._lateness_us:
            return Problem(
                ProblemKind.CONTRADICTION,
                f"bed {place} has changed hands between the time of the sample, {to_iso(time_us)}, and its arrival",
                mend="check the device's clock, or let the sender give the patient's number",
            )
        return then.patient

    def _place(self, addressee: Addressee) -> Place | None:
        if not addressee.bed:
            return None
        if addressee.ward:
            return Place(addressee.ward, addressee.bed)
        places = self._stays.places_of_bed(addressee.bed)
        return places[0] if len(places) == 1 else None

    def _not_here(self, patient: PatientId) -> Problem:
        left = next(self._stays.ended(patient), None)
        what = f"nobody of the number {patient.number} is admitted"
        if left is not None and left.end_us is not None:
            what = f"patient {patient.number} left at {to_iso(left.end_us)}"
        return Problem(ProblemKind.UNKNOWN_PATIENT, what, mend="admit the patient first (ADT A01)")

    @staticmethod
    def _nobody(bed: str, time_us: int) -> Problem:
        return Problem(
            ProblemKind.UNKNOWN_PATIENT,
            f"nobody lay in bed {bed} at {to_iso(time_us)}",
            mend="admit a patient to that bed first (ADT A01), or check the device's clock",
        )
