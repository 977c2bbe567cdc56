"""An alarm and a risk as they leave the house: the one form that every sink is given, and what a sink is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["OutgoingAlarm", "OutgoingRisk", "Sink"]


@dataclass(frozen=True, slots=True)
class OutgoingAlarm:
    """One event in the life of a notification, with what a receiver needs to tell somebody.

    Parameters
    ----------
    id : str
        The event's own identifier, the same whenever it is sent again: a receiver that has it already drops it.
    notification : str
        The notification's identifier, the same over its whole life.
    hospital, patient : str
        The hospital's short name and its own number of the patient.
    ward, bed : str
        Where the patient lies.
    subject : str
        The rule, signal or device that it is about, as the policy names it.
    title : str
        What to tell, in the ward's words.
    kind : str
        ``physiological`` or ``technical``.
    priority : str
        ``high``, ``medium`` or ``low`` (IEC 60601-1-8).
    phase : str
        ``start``, ``continue``, ``update``, ``escalate``, ``de-escalate`` or ``end`` (IHE ACM).
    state : str
        ``inactive``, ``active`` or ``latched`` (IHE ACM).
    event : str
        What happened, in the alarm machine's own word: ``raised``, ``acknowledged``, …
    time_us, raised_at_us : int
        When it happened, and when the notification was raised; microseconds UTC.
    signal : str or None
        The name of the signal, where it is about one (:data:`fyr.record.vocabulary.SIGNALS`).
    value : float or None
        The value that decided, in the signal's unit.
    by : str
        The person who acted, if one did.
    reason : str
    escalated_to : str
    policy : str
        Name and version of the policy.
    evidence : mapping
        What the rule saw, in the words of the HTTP API.
    """

    id: str
    notification: str
    hospital: str
    patient: str
    ward: str
    bed: str
    subject: str
    title: str
    kind: str
    priority: str
    phase: str
    state: str
    event: str
    time_us: int
    raised_at_us: int
    signal: str | None = None
    value: float | None = None
    by: str = ""
    reason: str = ""
    escalated_to: str = ""
    policy: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingRisk:
    """What a model said of the probability that something happens to a patient, or that it refused.

    Parameters
    ----------
    id : str
        Its own identifier, the same whenever it is sent again.
    hospital, patient : str
        The hospital's short name and its own number of the patient.
    time_us : int
        The time in the patient's course that it is about, microseconds UTC.
    model, version, digest : str
        Which model exactly.
    output : str
        What the model estimates, as its card names it.
    value : float or None
        The probability, 0 to 1; ``None`` where the model refused.
    refusal : str
        Why it refused.
    low, high : float or None
        Ends of the interval, where the model gives one.
    inputs : mapping
        What the model was given.
    """

    id: str
    hospital: str
    patient: str
    time_us: int
    model: str
    version: str
    digest: str
    output: str
    value: float | None
    refusal: str = ""
    low: float | None = None
    high: float | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)


class Sink(Protocol):
    """Where alarms are sent. One thread calls it; it keeps its connection between calls."""

    name: str

    def send(self, alarm: OutgoingAlarm) -> None:
        """Send one alarm; when it returns, the receiver has taken it.

        Raises
        ------
        ServiceUnavailable
            If the receiver is not there or did not answer: the same alarm is given again later.
        Refused
            If the receiver answered that it will never take this alarm: it is noted, and the next one is given.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
