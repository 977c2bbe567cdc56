"""What is known of a patient from the start (``copd``: true), in the form in which everything else becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.record import SIGNALS, Observation, PatientId, Status

__all__ = ["CONTEXT", "context_observations"]

CONTEXT: Final = "context"
"""The source of such observations."""


def context_observations(patient: PatientId, context: Mapping[str, Any], time_us: int) -> list[Observation]:
    """Return a patient's context as observations made when the recording begins.

    What is named like a vital sign is none: a value without a time is no reading.

    Parameters
    ----------
    patient : PatientId
    context : mapping of str to object
    time_us : int
        When the recording begins, microseconds UTC.
    """
    return [
        Observation(patient, code, time_us, value, None, Status.PRESENT, CONTEXT)
        for code, value in context.items()
        if code not in SIGNALS and isinstance(value, bool | int | float | str)
    ]
