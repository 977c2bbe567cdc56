"""What a model said about a patient, and with what: never edited, only added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fyr.record.identity import PatientId

__all__ = ["Estimate", "Finding", "ModelReference", "Refusal"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its unit and, where the model has one, its interval; or a category.

    Parameters
    ----------
    output : str
        The card's name of what is estimated.
    value : float
    unit : str
        UCUM; ``1`` for probabilities, ``{score}`` for points.
    low, high : float or None
        Ends of the interval.
    level : float or None
        Coverage of the interval, for example 0.95.
    category : str or None
        What is estimated, where it is a category (``IIB``); `value` is then its place in the card's list, from 0.
    """

    output: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    category: str | None = None

    @property
    def text(self) -> str:
        """The category, or the number with its unit.

        >>> Estimate("stage", 4.0, "1", category="IIB").text
        'IIB'
        >>> Estimate("risk", 0.25, "1").text
        '0.25 1'
        """
        return self.category if self.category is not None else f"{self.value:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a model declined, and because of which inputs."""

    reason: str
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Which model exactly: name, version and the digest of its parameters."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer of one model about one patient at one time.

    Parameters
    ----------
    patient : PatientId
    model : ModelReference
    time_us : int
        The time in the patient's course that the answer is about, microseconds UTC.
    answer : Estimate or Refusal
    inputs : mapping of str to object
        The inputs used, as the model saw them.
    explanation : mapping of str to object
        What moved the answer, in the model's own terms.
    """

    patient: PatientId
    model: ModelReference
    time_us: int
    answer: Estimate | Refusal
    inputs: Mapping[str, Any] = field(default_factory=dict)
    explanation: Mapping[str, Any] = field(default_factory=dict)
