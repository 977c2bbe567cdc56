"""One patient's alarm events as they are written: numbered, folded into what stands, heard by the ward's budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from fyr.attention.fold import apply_event
from fyr.attention.notification import AlarmEvent, AlarmEventKind, Notification, notification_id
from fyr.record import PatientId

__all__ = ["AlarmBook", "Budget"]


class Budget(Protocol):
    """Whatever decides whether staff are told now; :class:`fyr.attention.budget.AlarmBudget` is one."""

    def hear(self, event: AlarmEvent) -> str | None:
        """Take an event of a patient of the ward; return why staff are not told of it yet, or ``None``."""
        ...


class AlarmBook:
    """Writes the events of one patient, and keeps the notifications that follow from them.

    Parameters
    ----------
    patient : PatientId
    budget : Budget, optional
        Shared by the patients of a ward.
    """

    def __init__(self, patient: PatientId, budget: Budget | None = None) -> None:
        self.patient = patient
        self.budget = budget
        self.live: dict[str, Notification] = {}
        self._sequence = 0
        self._named: dict[str, tuple[int, int]] = {}

    def write(
        self,
        time_us: int,
        kind: AlarmEventKind,
        subject: str,
        notification: str | None = None,
        reason: str = "",
        by: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> list[AlarmEvent]:
        """Write an event; if the budget makes it wait, the event that says so follows it at once."""
        self._sequence += 1
        event = AlarmEvent(
            self.patient, self._sequence, time_us, kind, subject, notification, reason, by, dict(detail or {})
        )
        apply_event(self.live, event)
        if self.budget is None or notification is None or kind is AlarmEventKind.SUPPRESSED:
            return [event]
        wait = self.budget.hear(event)
        if wait is None:
            return [event]
        return [event, *self.write(time_us, AlarmEventKind.WAITING, subject, notification, wait)]

    def new_id(self, subject: str, time_us: int) -> str:
        """Return the identifier of a notification to be raised, which no other has."""
        last_us, again = self._named.get(subject, (time_us, -1))
        again = again + 1 if last_us == time_us else 0
        self._named[subject] = (time_us, again)
        return notification_id(self.patient, subject, time_us, again)

    def end(self, notification: Notification, time_us: int, reason: str) -> list[AlarmEvent]:
        """Write that a notification is over."""
        return self.write(time_us, AlarmEventKind.CLEARED, notification.subject, notification.id, reason)

    def by_id(self, notification: str) -> Notification | None:
        """Return the notification of that identifier, if it stands."""
        return next((one for one in self.live.values() if one.id == notification), None)
