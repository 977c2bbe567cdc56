"""Who lies where, and who lay where a while ago: what decides whom a bed's monitor speaks of.

It follows from the movements alone, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fyr.clock import DAY_US
from fyr.record import PatientId

__all__ = ["Place", "Stay", "Stays"]

_KEEP_US = 7 * DAY_US
"""How long an ended stay is remembered: longer than any sample is on its way."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A bed of a ward."""

    ward: str
    bed: str

    def __str__(self) -> str:
        return f"{self.ward}/{self.bed}"


@dataclass(frozen=True, slots=True)
class Stay:
    """A patient in a bed from a time on, until another (``None``: still there); microseconds UTC."""

    patient: PatientId
    place: Place
    start_us: int
    end_us: int | None = None

    def covers(self, time_us: int) -> bool:
        """Return whether the patient lay there at that time."""
        return self.start_us <= time_us and (self.end_us is None or time_us < self.end_us)


class Stays:
    """The stays of a hospital's wards; a bed holds one patient at a time."""

    def __init__(self) -> None:
        self._now: dict[PatientId, Stay] = {}
        self._in_bed: dict[Place, PatientId] = {}
        self._ended: list[Stay] = []

    @property
    def present(self) -> tuple[Stay, ...]:
        """The stays that go on."""
        return tuple(self._now.values())

    def begin(self, patient: PatientId, place: Place, time_us: int) -> None:
        """Put a patient into a bed, out of the one before; see :meth:`occupant` for whether it is free."""
        self.end(patient, time_us)
        self._now[patient] = Stay(patient, place, time_us)
        self._in_bed[place] = patient

    def end(self, patient: PatientId, time_us: int) -> None:
        """Let a patient leave; one who is not here leaves nothing."""
        stay = self._now.pop(patient, None)
        if stay is None:
            return
        if self._in_bed.get(stay.place) == patient:
            del self._in_bed[stay.place]
        self._ended.append(replace(stay, end_us=max(time_us, stay.start_us)))
        self._forget_before(time_us - _KEEP_US)

    def of(self, patient: PatientId) -> Stay | None:
        """Return the stay of a patient that goes on."""
        return self._now.get(patient)

    def occupant(self, place: Place) -> Stay | None:
        """Return who lies in a bed now."""
        patient = self._in_bed.get(place)
        return None if patient is None else self._now[patient]

    def in_bed_at(self, place: Place, time_us: int) -> Stay | None:
        """Return who lay in a bed at a time; whoever lies there now, for a time to come."""
        stay = self.occupant(place)
        if stay is not None and stay.covers(time_us):
            return stay
        return next((one for one in reversed(self._ended) if one.place == place and one.covers(time_us)), None)

    def places_of_bed(self, bed: str) -> list[Place]:
        """Return the places of that bed's name that somebody lies in, on whatever ward."""
        return sorted(place for place in self._in_bed if place.bed == bed)

    def ended(self, patient: PatientId) -> Iterator[Stay]:
        """Give the stays of a patient that are over, the newest first."""
        return (one for one in reversed(self._ended) if one.patient == patient)

    def copy(self) -> Stays:
        """Return stays that go their own way from here."""
        other = Stays()
        other._now, other._in_bed, other._ended = dict(self._now), dict(self._in_bed), list(self._ended)
        return other

    def _forget_before(self, time_us: int) -> None:
        while self._ended and (self._ended[0].end_us or 0) < time_us:
            self._ended.pop(0)
