"""What one policy said about one patient, and how long it could say anything: the rows that an evaluation counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fyr.record import PatientId

__all__ = ["Alert", "Course", "Event", "Suppression"]


@dataclass(frozen=True, slots=True)
class Event:
    """A true deterioration.

    Parameters
    ----------
    patient : PatientId
    kind : str
        For example ``sepsis``.
    onset_us, end_us : int
        Microseconds UTC.
    """

    patient: PatientId
    kind: str
    onset_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One notification about the patient's body that staff were told of.

    Parameters
    ----------
    time_us : int
    cleared_us : int or None
        When it stopped standing; ``None``: it stood until the recording's end.
    rule, title, priority : str
    signal : str
    value : float
        The most extreme value of the stretch that raised it.
    """

    time_us: int
    cleared_us: int | None
    rule: str
    title: str
    priority: str
    signal: str
    value: float


@dataclass(frozen=True, slots=True)
class Suppression:
    """A deviation about which nobody was told, and why."""

    time_us: int
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Course:
    """What a policy said about one patient.

    Parameters
    ----------
    patient : PatientId
    alerts : tuple of Alert
        In order of time; technical notifications are not among them.
    technical : int
        How many technical notifications were raised.
    suppressed : tuple of Suppression, or None
        In order of time; ``None`` where they were only counted.
    not_assessable_us : mapping of str to int
        By signal that a rule asks about: how long it could not be assessed, of the time that the recording spans.
    span_us : int
        From the first sample to the end of the last.
    """

    patient: PatientId
    alerts: tuple[Alert, ...]
    technical: int
    suppressed: tuple[Suppression, ...] | None
    not_assessable_us: Mapping[str, int]
    span_us: int
