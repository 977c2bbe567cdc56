"""The nouns of an alarm's life: condition change in, notification and alarm events out.

A *condition* is what the patient's signals say (normal, deviating, not assessable). A *notification* is what staff
are told about it. The two are kept apart, as IEC 60601-1-8 keeps alarm condition and alarm signal apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Final

from fyr.record import PatientId

__all__ = [
    "LIVE_STATES",
    "Acknowledge",
    "Act",
    "Action",
    "AlarmEvent",
    "AlarmEventKind",
    "Change",
    "ConditionChange",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Pause",
    "Priority",
    "notification_id",
]


class Priority(StrEnum):
    """Alarm priority as in IEC 60601-1-8."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def urgency(self) -> int:
        """Three for high, one for low: greater is more urgent."""
        return {"high": 3, "medium": 2, "low": 1}[self.value]


class NotificationKind(StrEnum):
    """A patient in danger, or a measurement that cannot be trusted: never mixed."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class NotificationState(StrEnum):
    """Where a notification is in its life."""

    RAISED = "raised"
    WAITING = "waiting"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    PAUSED = "paused"
    LATCHED = "latched"
    CLEARED = "cleared"


LIVE_STATES: Final = frozenset(NotificationState) - {NotificationState.CLEARED}


class Change(IntEnum):
    """What a stream of samples can do to a rule or a signal; the kernel writes these numbers."""

    ONSET = 1
    """A rule's deviation has lasted as long as the rule asks."""
    CLEAR = 2
    """The signal has been back beyond the rule's clearing limit for long enough."""
    BRIEF = 3
    """A deviation ended before it lasted long enough."""
    INTERRUPTED = 4
    """A deviation was cut off by a gap before it lasted long enough."""
    LOST = 5
    """The signal cannot be assessed any more."""
    BACK = 6
    """The signal can be assessed again."""
    IMPLAUSIBLE = 7
    """A stretch of values outside the plausible range ended; they were not used."""


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """One change of one rule's (or one signal's) condition.

    Parameters
    ----------
    time_us : int
        Event time, microseconds UTC.
    change : Change
    subject : str
        The rule's key, or the signal's name for lost, back and implausible.
    start_us : int
        When the stretch began.
    amount : float
        How much of it there was: microseconds, or a number of readings.
    value : float
        The most extreme value in it.
    """

    time_us: int
    change: Change
    subject: str
    start_us: int
    amount: float
    value: float


class AlarmEventKind(StrEnum):
    """Everything that can happen in a patient's alarms."""

    ONSET = "onset"
    RAISED = "raised"
    RE_RAISED = "re_raised"
    """Acknowledged long ago, and the condition still stands: staff are asked again."""
    WAITING = "waiting"
    """Listed, but nobody is told yet: the staff on duty have as much as they can take."""
    RELEASED = "released"
    """It waited, and is told now."""
    SUPPRESSED = "suppressed"
    ESCALATED = "escalated"
    DE_ESCALATED = "de_escalated"
    ACKNOWLEDGED = "acknowledged"
    ACTED_ON = "acted_on"
    """A person wrote down what was done about it."""
    PAUSED = "paused"
    RESUMED = "resumed"
    LATCHED = "latched"
    CLEARED = "cleared"
    NOT_ASSESSABLE = "not_assessable"
    ASSESSABLE = "assessable"
    OVERRIDDEN = "overridden"
    """Other limits hold for this patient from now on; the subject is the policy's name."""


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One thing that happened, never edited: the notifications are a fold over these.

    Parameters
    ----------
    patient : PatientId
    sequence : int
        1, 2, 3 … within the patient.
    time_us : int
        Event time, microseconds UTC.
    kind : AlarmEventKind
    subject : str
        The rule's key or the signal's name.
    notification : str or None
        Identifier of the notification it belongs to.
    reason : str
        Why; for a suppression, why nobody was told.
    by : str
        The person who acted; empty where no person did.
    detail : mapping
        Evidence: value, threshold, duration, limits, until, role.
    """

    patient: PatientId
    sequence: int
    time_us: int
    kind: AlarmEventKind
    subject: str
    notification: str | None = None
    reason: str = ""
    by: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values; :meth:`from_dict` reads it back."""
        return {**asdict(self), "patient": str(self.patient), "kind": self.kind.value, "detail": dict(self.detail)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> AlarmEvent:
        """Read what :meth:`as_dict` wrote."""
        return cls(
            **{
                **document,
                "patient": PatientId.parse(document["patient"]),
                "kind": AlarmEventKind(document["kind"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Notification:
    """What staff are told, as it stands now.

    Parameters
    ----------
    id : str
        Follows from patient, subject and time, so that a replay gives the same.
    patient : PatientId
    subject : str
        The rule's key, or the signal's name for a technical notification.
    title : str
    kind : NotificationKind
    priority : Priority
    state : NotificationState
    raised_at_us, changed_at_us : int
    unanswered_since_us : int
        From when escalation counts: raised, raised again, told after a wait, resumed after a pause, or stepped back.
    by : str
        Who acknowledged or paused it.
    condition_present : bool
        Whether the condition behind it still holds.
    assessable : bool
        Whether the signal behind it can be assessed at this moment.
    escalated_to : str
        The role that it went to; empty until then.
    escalation_step : int
        How many steps of the rule's escalation have been taken.
    paused_until_us : int or None
    tier : str
        ``safety`` for what no model, budget or override may silence; otherwise ``rules``.
    evidence : mapping
    """

    id: str
    patient: PatientId
    subject: str
    title: str
    kind: NotificationKind
    priority: Priority
    state: NotificationState
    raised_at_us: int
    changed_at_us: int
    unanswered_since_us: int
    by: str = ""
    condition_present: bool = True
    assessable: bool = True
    escalated_to: str = ""
    escalation_step: int = 0
    paused_until_us: int | None = None
    tier: str = "rules"
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Whether it still stands."""
        return self.state is not NotificationState.CLEARED

    @property
    def needs_someone(self) -> bool:
        """Whether nobody has taken it yet."""
        return self.state in (NotificationState.RAISED, NotificationState.ESCALATED, NotificationState.LATCHED)

    @property
    def can_be_taken(self) -> bool:
        """Whether a person may acknowledge it: it needs someone, or waits in the list until it does."""
        return self.needs_someone or self.state is NotificationState.WAITING


def notification_id(patient: PatientId, subject: str, time_us: int, again: int = 0) -> str:
    """Return the identifier of the notification raised for that patient, subject and time.

    `again` tells those apart that follow each other within one instant; 0 for the first.
    """
    text = f"{patient}|{subject}|{time_us}{f'|{again}' if again else ''}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person has seen the notification and takes it."""

    notification: str
    person: str
    time_us: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A person asks not to be told again before a time, and says why."""

    notification: str
    person: str
    time_us: int
    until_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Act:
    """A person writes down what was done about a notification; whoever acts has also taken it.

    Parameters
    ----------
    notification, person : str
    time_us : int
        When it was written down, microseconds UTC.
    what : str
        For example "oxygen 2 L/min by nasal cannula".
    done_us : int or None
        When it was done, if that was earlier.
    """

    notification: str
    person: str
    time_us: int
    what: str
    done_us: int | None = None


Action = Acknowledge | Pause | Act
