"""Technical alarms: what keeps us from knowing how the patient is. Never mixed with the patient's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from fyr.attention.alarm_book import AlarmBook
from fyr.attention.notification import (
    AlarmEvent,
    AlarmEventKind,
    ConditionChange,
    NotificationKind,
    Priority,
)
from fyr.attention.policy import SignalPolicy
from fyr.record.vocabulary import SIGNALS

__all__ = ["TechnicalAlarms", "TechnicalCondition", "TechnicalKind", "technical_subject"]

_Kind: Final = AlarmEventKind


class TechnicalKind(StrEnum):
    """What can be wrong with a sensor or device."""

    NOT_ASSESSABLE = "not assessable"
    BATTERY_LOW = "battery low"
    CLOCK_SKEW = "clock skew"
    SENSOR_OFF = "sensor off"


def technical_subject(about: str, kind: TechnicalKind = TechnicalKind.NOT_ASSESSABLE) -> str:
    """Name the technical notification about a signal or a device.

    >>> technical_subject("spo2"), technical_subject("patch 7", TechnicalKind.BATTERY_LOW)
    ('spo2 not assessable', 'patch 7 battery low')
    """
    return f"{about} {kind.value}"


@dataclass(frozen=True, slots=True)
class TechnicalCondition:
    """What a device says about itself, or what its samples show about it.

    Parameters
    ----------
    time_us : int
        Event time, microseconds UTC.
    about : str
        The signal, or the device.
    kind : TechnicalKind
    present : bool
        ``False`` when it is over.
    priority : Priority
    detail : mapping
        For example the charge left, or by how much the clock is wrong.
    """

    time_us: int
    about: str
    kind: TechnicalKind
    present: bool
    priority: Priority = Priority.LOW
    detail: Mapping[str, Any] = field(default_factory=dict)


class TechnicalAlarms:
    """The technical side of one patient's alarms.

    Parameters
    ----------
    book : AlarmBook
    """

    def __init__(self, book: AlarmBook) -> None:
        self._book = book
        self._lost_since_us: dict[str, int] = {}
        self._due: dict[str, tuple[int, Priority]] = {}

    def lost(self, change: ConditionChange, signal: SignalPolicy) -> list[AlarmEvent]:
        """Note that a signal cannot be assessed any more; staff hear of it after the policy's time."""
        self._lost_since_us[signal.signal] = change.time_us
        if signal.technical_after_us is not None:
            self._due[signal.signal] = (change.time_us + signal.technical_after_us, signal.technical_priority)
        return self._book.write(change.time_us, _Kind.NOT_ASSESSABLE, signal.signal)

    def back(self, change: ConditionChange) -> list[AlarmEvent]:
        """Note that a signal can be assessed again."""
        signal = change.subject
        since_us = self._lost_since_us.pop(signal, None)
        self._due.pop(signal, None)
        detail = {"since_us": since_us} if since_us is not None else {}
        events = self._book.write(change.time_us, _Kind.ASSESSABLE, signal, detail=detail)
        standing = self._book.live.get(technical_subject(signal))
        if standing is not None:
            events.extend(self._book.end(standing, change.time_us, "the signal is back"))
        return events

    def timers(self) -> Iterator[tuple[int, str]]:
        """Give when staff are to be told of which lost signal."""
        for signal, (due_us, _) in self._due.items():
            yield due_us, signal

    def tell_of_loss(self, signal: str, time_us: int) -> list[AlarmEvent]:
        """Tell staff of a signal that has been lost for too long."""
        _, priority = self._due.pop(signal)
        detail = {"signal": signal, "since_us": self._lost_since_us[signal]}
        return self._raise(time_us, signal, TechnicalKind.NOT_ASSESSABLE, priority, detail)

    def condition(self, condition: TechnicalCondition) -> list[AlarmEvent]:
        """Take what a device says; saying the same thing twice tells nobody twice."""
        if condition.present:
            detail = {"about": condition.about, "since_us": condition.time_us, **condition.detail}
            return self._raise(condition.time_us, condition.about, condition.kind, condition.priority, detail)
        standing = self._book.live.get(technical_subject(condition.about, condition.kind))
        return [] if standing is None else self._book.end(standing, condition.time_us, "it is in order again")

    def _raise(
        self, time_us: int, about: str, kind: TechnicalKind, priority: Priority, detail: Mapping[str, Any]
    ) -> list[AlarmEvent]:
        subject = technical_subject(about, kind)
        if subject in self._book.live:
            return []
        known = SIGNALS.get(about)
        return self._book.write(
            time_us,
            _Kind.RAISED,
            subject,
            self._book.new_id(subject, time_us),
            detail={
                **detail,
                "title": f"{known.title if known else about}: {kind.value}",
                "priority": priority.value,
                "kind": NotificationKind.TECHNICAL.value,
            },
        )
