"""Keeps patients and their stays in the record as movements come, so that a new start finds everybody in their beds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fyr.exchange.incoming import Movement
from fyr.record import Encounter, PatientId
from fyr.record.record import Record
from fyr.serve.ward_inputs import Admitted, Discharged, Moved

__all__ = ["RecordRegister"]

_Told = tuple[PatientId, Movement, Admitted | Moved | Discharged | None]


class RecordRegister:
    """The patients and stays of a record.

    Parameters
    ----------
    record : Record
        Open on behalf of the software itself.
    on_patient : callable
        Called with every patient who is told of.
    """

    def __init__(self, record: Record, on_patient: Callable[[PatientId], object] = lambda _: None) -> None:
        self._record = record
        self._on_patient = on_patient

    def keep(self, movements: Sequence[_Told]) -> None:
        """Keep what movements say; said twice it is kept once.

        Stays are ended before others are begun: what is cut short in between is no open stay, never two.

        Raises
        ------
        ServiceUnavailable
            If it cannot be kept; some of it may be, and is kept once when it is said again.
        """
        for some in _of_different_patients(movements):
            self._end(some)
            self._begin(some)

    def _end(self, movements: Sequence[_Told]) -> None:
        ends = [(told.patient, told) for _, _, told in movements if isinstance(told, Moved | Discharged)]
        ending = []
        for patient, told in ends:
            for stay in self._record.encounters(patient, at_us=told.time_us):
                stays_here = isinstance(told, Moved) and (stay.ward, stay.bed) == (told.ward, told.bed)
                if stay.end_us is None and not stays_here:
                    ending.append((patient, told.time_us))
        if ending:
            with self._record.importing(source="movements") as batch:
                for patient, end_us in dict(ending).items():
                    batch.end_encounter(patient, end_us)

    def _begin(self, movements: Sequence[_Told]) -> None:
        if not movements:
            return
        with self._record.importing(source="movements") as batch:
            for patient, movement, told in movements:
                self._on_patient(patient)
                batch.add_patient(patient, attributes=dict(movement.attributes))
                if isinstance(told, Admitted) or (isinstance(told, Moved) and not self._is_there(told)):
                    batch.add_encounter(Encounter(told.patient, told.ward, told.bed, told.time_us))

    def _is_there(self, told: Moved) -> bool:
        stays = self._record.encounters(told.patient)
        return any(stay.end_us is None and (stay.ward, stay.bed) == (told.ward, told.bed) for stay in stays)


def _of_different_patients(movements: Sequence[_Told]) -> Iterator[list[_Told]]:
    """Part movements so that no patient is in one part twice."""
    some: list[_Told] = []
    for one in movements:
        if any(one[0] == other[0] for other in some):
            yield some
            some = []
        some.append(one)
    yield some
