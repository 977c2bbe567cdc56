"""What a file turned out to hold: one patient's series and observations, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fyr.record.identity import PatientId
from fyr.record.observation import Observation
from fyr.record.series import Series

__all__ = ["Recording", "Skipped"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of a file that was not read.

    Parameters
    ----------
    name : str
        The signal, column or file as it is called there.
    reason : str
        Why it was left out.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one file says about one patient.

    Parameters
    ----------
    patient : PatientId
    series : list of Series
        Never two of the same signal that overlap in time.
    skipped : list of Skipped
        What the file also holds and was not read.
    notes : list of str
        What a reader must know about how it was read; plain sentences.
    source : str
        The file, by the name that the record keeps.
    observations : list of Observation
        Single values that are not samples of a signal.
    attributes : mapping of str to object
        What the file says about the patient, for example ``{"age": 60, "sex": "F"}``.
    limits : list of mapping
        Limits of the patient's own, as :mod:`fyr.exchange.recorded_limits` reads them.
    """

    patient: PatientId
    series: list[Series]
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    source: str = ""
    observations: list[Observation] = field(default_factory=list)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    limits: list[Mapping[str, Any]] = field(default_factory=list)
