"""One thing observed about a patient, with the status that says whether it was observed at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fyr.errors import BadInput
from fyr.record.identity import PatientId

__all__ = ["Observation", "Status"]


class Status(StrEnum):
    """Missing is a value: what is known about a value, before the value itself."""

    PRESENT = "present"
    UNKNOWN = "unknown"
    NOT_DONE = "not done"
    IMPUTED = "imputed"


@dataclass(frozen=True, slots=True)
class Observation:
    """A coded value at a time.

    Parameters
    ----------
    patient : PatientId
    code : str
        A name of :mod:`fyr.record.vocabulary` (``heart_rate``) or a coded term (``loinc:8867-4``).
    time_us : int
        When it was true of the patient, microseconds UTC.
    value : float, str, bool or None
        ``None`` exactly when the status is unknown or not done.
    unit : str or None
        UCUM; ``None`` for text, categories and truth values.
    status : Status
    source : str
        Where it came from: a file, a device, a person.

    Raises
    ------
    BadInput
        If status and value contradict each other.
    """

    patient: PatientId
    code: str
    time_us: int
    value: float | str | bool | None
    unit: str | None
    status: Status
    source: str

    def __post_init__(self) -> None:
        has_value = self.value is not None
        if has_value != (self.status in (Status.PRESENT, Status.IMPUTED)):
            raise BadInput(
                f"an observation of {self.code} is '{self.status}' but its value is {self.value!r}",
                mend="give a value with present or imputed, none with unknown or not done",
            )
