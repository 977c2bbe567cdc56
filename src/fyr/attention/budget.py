"""A ward's alarm budget: when the load passes what the staff on duty can take, the lowest-value notifications wait.

What waits is listed and said to wait; nothing is lost. Safety rules and high priority never wait.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from fyr.attention.notification import AlarmEvent, AlarmEventKind, NotificationKind, Priority
from fyr.attention.policy import Tier
from fyr.clock import HOUR_US, MINUTE_US, format_duration
from fyr.errors import BadInput
from fyr.record import PatientId

__all__ = ["AlarmBudget", "Release", "Waiting"]

_Kind: Final = AlarmEventKind
_TELLINGS: Final = frozenset({_Kind.RAISED, _Kind.RE_RAISED, _Kind.RESUMED})
_ENDS_OF_WAITING: Final = frozenset({_Kind.CLEARED, _Kind.LATCHED, _Kind.ACKNOWLEDGED, _Kind.PAUSED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification that is listed and of which nobody is told yet, since `since_us`."""

    patient: PatientId
    notification: str
    subject: str
    priority: Priority
    is_technical: bool
    since_us: int

    @property
    def value(self) -> tuple[int, bool, int, str]:
        """Sort key, the greatest first to be told: priority, the patient before the sensor, then the longest wait."""
        return self.priority.urgency, not self.is_technical, -self.since_us, self.notification


@dataclass(frozen=True, slots=True)
class Release:
    """A notification that waited and of which staff are to be told; hand it to `PatientAlarms.tell`."""

    time_us: int
    patient: PatientId
    notification: str
    reason: str


class AlarmBudget:
    """How many notifications the nurses of a ward are told of in any hour, and which wait.

    Parameters
    ----------
    per_nurse_hour : float
        How many one nurse can take in an hour.
    nurses : int
        How many are on duty.
    max_wait_us : int
        The longest that a notification waits, however great the load: 30 minutes, Fyr's own choice.

    Raises
    ------
    BadInput
        If a number is out of range.

    Notes
    -----
    The load is what was told within the last hour: raised, raised again, and back after a pause. Safety rules and high
    priority count, and are told whatever the load. When a more urgent rule of its group is raised, a waiting
    notification is covered by it: that is how a rising priority ends a wait.

    Time is event time and never goes back: an event older than the newest one counts as of now. Feed the events of the
    ward in order of time; the same events give the same decisions.
    """

    def __init__(self, per_nurse_hour: float, nurses: int, *, max_wait_us: int = 30 * MINUTE_US) -> None:
        if max_wait_us <= 0:
            raise BadInput("the longest wait must be longer than 0 s", mend="give for example 30 min")
        self.per_nurse_hour = _rate(per_nurse_hour)
        self.max_wait_us = max_wait_us
        self.now_us = 0
        self.nurses = _counted(nurses)
        self._told_us: deque[int] = deque()
        self._known: dict[str, Waiting] = {}
        self._exempt: set[str] = set()
        self._waiting: dict[str, Waiting] = {}
        self._releases: list[Release] = []

    @property
    def capacity(self) -> int:
        """How many notifications an hour the staff on duty can take."""
        return math.floor(self.per_nurse_hour * self.nurses)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits, in the order in which it will be told."""
        return tuple(sorted(self._waiting.values(), key=lambda one: one.value, reverse=True))

    def load(self, at_us: int) -> int:
        """Return how many notifications staff were told of in the hour that ends at a time not before now."""
        return sum(told_us > at_us - HOUR_US for told_us in self._told_us)

    def hear(self, event: AlarmEvent) -> str | None:
        """Take an event of a patient of the ward; return why staff are not told of it yet, or ``None``."""
        if event.notification is None:
            return None
        self._run_until(event.time_us)
        if event.kind is _Kind.RAISED:
            self._learn(event, event.notification)
        if event.kind in _TELLINGS and event.notification in self._known:
            return self._tell_or_wait(event.notification)
        if event.kind in _ENDS_OF_WAITING:
            self._waiting.pop(event.notification, None)
            self._releases = [one for one in self._releases if one.notification != event.notification]
        if event.kind is _Kind.CLEARED:
            self._known.pop(event.notification, None)
            self._exempt.discard(event.notification)
        return None

    def advance(self, now_us: int) -> list[Release]:
        """Let time pass; return what staff are told of now, in the order in which it fell due."""
        self._run_until(now_us)
        releases, self._releases = self._releases, []
        return releases

    def on_duty(self, nurses: int, time_us: int, per_nurse_hour: float | None = None) -> list[Release]:
        """Note how many nurses are on duty from a time on, and how many notifications one can take, if that changes.

        Returns
        -------
        list of Release
            What staff are told of now.

        Raises
        ------
        BadInput
            If a number is out of range; nothing has changed then.
        """
        rate = self.per_nurse_hour if per_nurse_hour is None else _rate(per_nurse_hour)
        counted = _counted(nurses)
        self._run_until(time_us)
        self.nurses, self.per_nurse_hour = counted, rate
        return self.advance(time_us)

    def let_go(self, patient: PatientId, time_us: int) -> list[Release]:
        """Release everything about a patient who goes to another ward, and forget it."""
        self._run_until(time_us)
        waiting = [one.notification for one in self.waiting if one.patient == patient]
        due = [one.notification for one in self._releases if one.patient == patient]
        self.forget(patient)
        reason = "budget: the patient has gone to another ward"
        return [Release(self.now_us, patient, notification, reason) for notification in (*due, *waiting)]

    def forget(self, patient: PatientId) -> None:
        """Let go of a patient who has left the ward; what was told still counts as load."""
        for kept in (self._waiting, self._known):
            for notification in [key for key, one in kept.items() if one.patient == patient]:
                del kept[notification]
                self._exempt.discard(notification)
        self._releases = [one for one in self._releases if one.patient != patient]

    def _learn(self, event: AlarmEvent, notification: str) -> None:
        priority = Priority(event.detail["priority"])
        is_technical = event.detail["kind"] == NotificationKind.TECHNICAL.value
        self._known[notification] = Waiting(
            event.patient, notification, event.subject, priority, is_technical, self.now_us
        )
        if priority is Priority.HIGH or event.detail.get("tier") == Tier.SAFETY.value:
            self._exempt.add(notification)

    def _tell_or_wait(self, notification: str) -> str | None:
        self._forget_old()
        told = len(self._told_us)
        if notification in self._exempt or told < self.capacity:
            self._told_us.append(self.now_us)
            return None
        known = self._known[notification]
        self._waiting[notification] = Waiting(
            known.patient, notification, known.subject, known.priority, known.is_technical, self.now_us
        )
        return (
            f"budget: {told} told in the last hour, {self.nurses} "
            f"{'nurse' if self.nurses == 1 else 'nurses'} can take {self.capacity}"
        )

    def _run_until(self, time_us: int) -> None:
        while self._waiting:
            oldest = min(self._waiting.values(), key=lambda one: (one.since_us, one.notification))
            expires_us = oldest.since_us + self.max_wait_us
            free_us = self._free_from()
            due_us = expires_us if free_us is None else min(free_us, expires_us)
            if due_us > time_us:
                break
            self.now_us = max(self.now_us, due_us)
            if free_us is not None and free_us <= due_us:
                self._release(self.waiting[0], "budget: the load has fallen")
            else:
                longest = format_duration(self.max_wait_us)
                self._release(oldest, f"budget: waited {longest}, the longest that it may")
        self.now_us = max(self.now_us, time_us)

    def _release(self, one: Waiting, reason: str) -> None:
        del self._waiting[one.notification]
        self._told_us.append(self.now_us)
        self._releases.append(Release(self.now_us, one.patient, one.notification, reason))

    def _free_from(self) -> int | None:
        """Return when the next notification may be told, at the earliest now; ``None`` if the budget allows none."""
        self._forget_old()
        capacity, told = self.capacity, len(self._told_us)
        if capacity == 0:
            return None
        return self.now_us if told < capacity else self._told_us[told - capacity] + HOUR_US

    def _forget_old(self) -> None:
        while self._told_us and self._told_us[0] <= self.now_us - HOUR_US:
            self._told_us.popleft()


def _rate(per_nurse_hour: float) -> float:
    if not (math.isfinite(per_nurse_hour) and per_nurse_hour > 0):
        raise BadInput(
            f"an alarm budget of {per_nurse_hour:g} a nurse and hour cannot be", mend="give a number above 0"
        )
    return per_nurse_hour


def _counted(nurses: int) -> int:
    if nurses < 0:
        raise BadInput(f"{nurses} nurses cannot be on duty", mend="give 0 or more")
    return nurses
