"""A patient's alarms played in minutes, for the tests of the alarm state machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fyr.attention import (
    Acknowledge,
    Act,
    AlarmEvent,
    Change,
    ConditionChange,
    PatientAlarms,
    Pause,
    Policy,
    Priority,
    Tier,
    load_policy,
)
from fyr.attention.budget import AlarmBudget
from fyr.clock import HOUR_US, MINUTE_US
from fyr.record import PatientId

PATIENT = PatientId("test", "1")
POLICY: Policy = load_policy("haahr2022")
SLOW, VERY_SLOW = "rr<11/5min", "rr<5/1min"
PATIENTLY: Policy = replace(
    POLICY,
    rules=tuple(
        replace(
            rule,
            re_raise_after_us=HOUR_US,
            latch=rule.priority is not Priority.LOW,
            tier=Tier.SAFETY if rule.key == "spo2<88/10min" else Tier.RULES,
        )
        for rule in POLICY.rules
    ),
)
"""With everything that a policy may ask for and the published criteria do not: made for these tests."""


def condition_change(minute: float, change: Change, subject: str = SLOW) -> ConditionChange:
    time_us = round(minute * MINUTE_US)
    return ConditionChange(time_us, change, subject, time_us - 5 * MINUTE_US, 5.0 * MINUTE_US, 9.0)


@dataclass
class Life:
    """A patient's alarms with everything that they said."""

    alarms: PatientAlarms = field(default_factory=lambda: PatientAlarms(PATIENT, POLICY))
    events: list[AlarmEvent] = field(default_factory=list)
    budget: AlarmBudget | None = None

    def change(self, minute: float, change: Change, subject: str = SLOW) -> list[str]:
        return self._say(self.alarms.change(condition_change(minute, change, subject)))

    def advance(self, minute: float) -> list[str]:
        events = self.alarms.advance(round(minute * MINUTE_US))
        if self.budget is not None:
            for release in self.budget.advance(round(minute * MINUTE_US)):
                events += self.alarms.tell(release.notification, release.time_us, release.reason)
        return self._say(events)

    def acknowledge(self, minute: float, subject: str = SLOW) -> list[str]:
        action = Acknowledge(self.alarms.live[subject].id, "nurse", round(minute * MINUTE_US))
        return self._say(self.alarms.act(action))

    def pause(self, minute: float, minutes: float, subject: str = SLOW) -> list[str]:
        now, until = round(minute * MINUTE_US), round((minute + minutes) * MINUTE_US)
        return self._say(
            self.alarms.act(Pause(self.alarms.live[subject].id, "nurse", now, until, "turning the patient"))
        )

    def act(self, minute: float, what: str, subject: str = SLOW) -> list[str]:
        return self._say(self.alarms.act(Act(self.alarms.live[subject].id, "doctor", round(minute * MINUTE_US), what)))

    def _say(self, events: list[AlarmEvent]) -> list[str]:
        self.events += events
        return [f"{event.kind} {event.subject}" for event in events]
