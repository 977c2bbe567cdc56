"""What was raised, what was held back and why, and what could not be assessed: a fold over the alarm events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from fyr.attention import AlarmEvent, AlarmEventKind, Notification, NotificationState, apply_event
from fyr.clock import DAY_US

__all__ = ["AlarmLog", "AlarmsSince", "NotAssessable", "RaisedAlarm"]


@dataclass(slots=True)
class RaisedAlarm:
    """A notification as it stands, or as it ended, with everything that happened to it."""

    notification: Notification
    history: list[AlarmEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NotAssessable:
    """A stretch in which a signal could not be assessed; `end_us` is ``None`` while it lasts."""

    signal: str
    start_us: int
    end_us: int | None


@dataclass(frozen=True, slots=True)
class AlarmsSince:
    """The alarms of one patient since some time, oldest first."""

    raised: list[RaisedAlarm]
    suppressed: list[AlarmEvent]
    not_assessable: list[NotAssessable]


class AlarmLog:
    """The alarms of one patient over the last `keep_us`."""

    def __init__(self, keep_us: int = 2 * DAY_US) -> None:
        self._keep_us = keep_us
        self._live: dict[str, Notification] = {}
        self._raised: dict[str, RaisedAlarm] = {}
        self._suppressed: deque[AlarmEvent] = deque()
        self._not_assessable: list[NotAssessable] = []

    def add(self, event: AlarmEvent) -> None:
        """Fold one event in."""
        if event.kind is AlarmEventKind.SUPPRESSED:
            self._suppressed.append(event)
        elif event.kind is AlarmEventKind.NOT_ASSESSABLE:
            self._not_assessable.append(NotAssessable(event.subject, event.time_us, None))
        elif event.kind is AlarmEventKind.ASSESSABLE:
            self._assessable_again(event)
        apply_event(self._live, event)
        if event.notification is not None and event.kind is not AlarmEventKind.SUPPRESSED:
            self._follow(event)
        self._forget_before(event.time_us - self._keep_us)

    def find(self, notification: str) -> Notification | None:
        """Return a notification as it stands, or as it ended."""
        alarm = self._raised.get(notification)
        return None if alarm is None else self._as_it_stands(alarm)

    def raised(self, notification: str) -> RaisedAlarm | None:
        """Return a notification with all that happened to it; ``None`` if it ended too long ago, or never was."""
        alarm = self._raised.get(notification)
        return None if alarm is None else RaisedAlarm(self._as_it_stands(alarm), list(alarm.history))

    def since(self, since_us: int) -> AlarmsSince:
        """Return what stood, was held back or could not be assessed at or after a time, oldest first."""
        return AlarmsSince(
            raised=[
                RaisedAlarm(self._as_it_stands(alarm), list(alarm.history))
                for alarm in self._raised.values()
                if alarm.notification.is_live or alarm.notification.changed_at_us >= since_us
            ],
            suppressed=[event for event in self._suppressed if event.time_us >= since_us],
            not_assessable=[
                stretch for stretch in self._not_assessable if stretch.end_us is None or stretch.end_us >= since_us
            ],
        )

    def _as_it_stands(self, alarm: RaisedAlarm) -> Notification:
        notification = alarm.notification
        return self._live.get(notification.subject, notification) if notification.is_live else notification

    def _follow(self, event: AlarmEvent) -> None:
        assert event.notification is not None  # noqa: S101  the caller asked
        now = self._live.get(event.subject)
        alarm = self._raised.get(event.notification)
        if alarm is None:
            if now is None or event.kind is not AlarmEventKind.RAISED:
                return
            alarm = self._raised[event.notification] = RaisedAlarm(now)
        alarm.history.append(event)
        if event.kind is AlarmEventKind.CLEARED:
            alarm.notification = replace(
                alarm.notification, state=NotificationState.CLEARED, changed_at_us=event.time_us
            )
        elif now is not None and now.id == event.notification:
            alarm.notification = now

    def _assessable_again(self, event: AlarmEvent) -> None:
        for place in range(len(self._not_assessable) - 1, -1, -1):
            stretch = self._not_assessable[place]
            if stretch.signal == event.subject and stretch.end_us is None:
                self._not_assessable[place] = replace(stretch, end_us=event.time_us)
                return

    def _forget_before(self, time_us: int) -> None:
        while self._suppressed and self._suppressed[0].time_us < time_us:
            self._suppressed.popleft()
        while self._not_assessable and (self._not_assessable[0].end_us or time_us) < time_us:
            self._not_assessable.pop(0)
        for key, alarm in list(self._raised.items()):
            if alarm.notification.is_live or alarm.notification.changed_at_us >= time_us:
                break
            del self._raised[key]
