"""What a person sees of one patient now: one state, the newest values, scores, what stands and what was suppressed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fyr.attention import AlarmEvent, Notification, NotificationKind, NotificationState, Override, Policy, Priority
from fyr.models.answers import Prediction
from fyr.record import Observation, PatientId, Refusal, Status

__all__ = [
    "LatestValue",
    "PatientState",
    "PatientView",
    "ScoreInputUsed",
    "ScoreView",
    "patient_state",
    "urgency_order",
]


class PatientState(StrEnum):
    """The one thing that a tile says."""

    ACT_NOW = "act_now"
    LOOK_SOON = "look_soon"
    FINE = "fine"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest usable value of a signal.

    Parameters
    ----------
    signal : str
    value : float or None
        ``None`` if there never was one.
    time_us : int or None
    is_lost : bool
        Whether the policy counts the signal as not assessable now.
    is_watched : bool
        Whether the policy asks about the signal at all.
    """

    signal: str
    value: float | None
    time_us: int | None
    is_lost: bool
    is_watched: bool


@dataclass(frozen=True, slots=True)
class ScoreInputUsed:
    """What a score was given for one of its inputs.

    Parameters
    ----------
    value : float, str, bool or None
        ``None`` where nothing was known that is young enough.
    status : Status
        Imputed where the policy says what to use if nobody recorded it.
    time_us : int or None
        When it was measured or written down, microseconds UTC.
    """

    value: float | str | bool | None
    status: Status
    time_us: int | None


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The newest answer of a score's model, and what it was given, by the names of the model's inputs."""

    time_us: int
    answer: Prediction | Refusal
    inputs: Mapping[str, ScoreInputUsed]


@dataclass(frozen=True, slots=True)
class PatientView:
    """Everything a tile shows.

    Parameters
    ----------
    patient : PatientId
    state : PatientState
    latest : mapping of str to LatestValue
        By signal.
    scores : mapping of str to ScoreView
        By the score's name in the policy.
    observations : mapping of str to Observation
        The newest of each code.
    notifications : tuple of Notification
        The live ones, most urgent first.
    suppressed : tuple of AlarmEvent
        Those of the last hour, newest first.
    policy : Policy
        The patient's own.
    own_limits : tuple of Override
        What makes it another than the ward's.
    """

    patient: PatientId
    state: PatientState
    latest: Mapping[str, LatestValue]
    scores: Mapping[str, ScoreView]
    observations: Mapping[str, Observation]
    notifications: tuple[Notification, ...]
    suppressed: tuple[AlarmEvent, ...]
    policy: Policy
    own_limits: tuple[Override, ...]


def patient_state(notifications: Iterable[Notification], *, anything_lost: bool) -> PatientState:
    """Say in one word what the ward must do: a danger comes before a doubt, a doubt before *fine*.

    *Act now*: nobody has taken an urgent notification, or one was escalated. *Look soon*: any other physiological
    notification stands. *Cannot tell*: nothing stands, but a watched signal is not assessable. An urgent technical
    notification (all signals gone at once) counts like one about the body.
    """
    told = [n for n in notifications if n.kind is NotificationKind.PHYSIOLOGICAL or n.priority is Priority.HIGH]
    for notification in told:
        is_urgent = notification.priority is Priority.HIGH or notification.state is NotificationState.ESCALATED
        if notification.needs_someone and is_urgent:
            return PatientState.ACT_NOW
    if told:
        return PatientState.LOOK_SOON
    return PatientState.CANNOT_TELL if anything_lost else PatientState.FINE


def urgency_order(notification: Notification) -> tuple[bool, bool, int, int]:
    """Sort key: physiological before technical, untaken first, by priority, then the longest standing."""
    return (
        notification.kind is NotificationKind.TECHNICAL,
        not notification.needs_someone,
        -notification.priority.urgency,
        notification.raised_at_us,
    )
