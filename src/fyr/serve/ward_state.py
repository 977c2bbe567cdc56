"""What the inputs make of the wards: who lies where, what the engine knows, the vital signs, the alarms.

The state follows from the inputs alone, in their order; that is why the journal can build it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fyr.attention import AlarmBudget, AlarmEvent, AlarmEventKind, Notification, Override, Policy, Revocation
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import Finding, Observation, PatientId
from fyr.serve.alarm_log import AlarmLog
from fyr.serve.outbox import Mark
from fyr.serve.stays import Place, Stays
from fyr.serve.tiles import Occupant, age_at
from fyr.serve.vitals_history import VitalsHistory
from fyr.serve.ward_inputs import (
    Admitted,
    Advanced,
    Discharged,
    Input,
    Moved,
    Observed,
    Opened,
    Recalled,
    Sampled,
    drive,
)
from fyr.serve.ward_journal import EventDigest
from fyr.watch.arriving import ArrivingWard, DeviceState
from fyr.watch.engine import WardEngine
from fyr.watch.ranking import RankedRisk, RiskRanking
from fyr.watch.view import PatientView

__all__ = ["Sending", "WardState"]

Sending = Callable[[AlarmEvent, Notification, Occupant, Policy], OutgoingAlarm | None]


class WardState:
    """The wards of one hospital as they are now.

    Parameters
    ----------
    policy : Policy
    attributes : callable
        Gives what is known about a patient (pseudonym, birth year, sex, reason).
    ranking : RiskRanking, optional
        Orders the equally urgent.
    send : callable, optional
        Says how an event leaves the house, or ``None`` for one that does not.
    """

    def __init__(
        self,
        policy: Policy,
        attributes: Callable[[PatientId], Mapping[str, Any]],
        ranking: RiskRanking | None = None,
        send: Sending | None = None,
    ) -> None:
        self.policy = policy
        self.history = VitalsHistory()
        self.stays = Stays()
        self.occupants: dict[PatientId, Occupant] = {}
        self.digest = EventDigest()
        self.now_us = 0
        self.opened_us = 0
        self._attributes = attributes
        self._send = send
        self._to_send: list[tuple[Mark, OutgoingAlarm]] = []
        self._engine = WardEngine(policy)
        self._ranking = ranking
        self._ward = ArrivingWard(self._engine, ranking=ranking)
        self._logs: dict[PatientId, AlarmLog] = {}
        self._whose: dict[str, PatientId] = {}
        self._recalled: dict[PatientId, tuple[tuple[Observation, ...], tuple[Finding, ...]]] = {}

    def feed(self, entry: Input) -> list[AlarmEvent]:
        """Take one input and return the alarm events that it caused."""
        match entry:
            case Opened(time_us):
                self.opened_us = time_us
            case Admitted(patient, ward, bed, time_us, moved_from):
                attributes = self._attributes(patient)
                self.occupants[patient] = Occupant(patient, ward, bed, time_us, attributes, moved_from, time_us)
                self.stays.begin(patient, Place(ward, bed), time_us)
                if self._ranking is not None:
                    self._ranking.admit(patient, time_us, age_at(attributes, time_us))
            case Moved(patient, ward, bed, time_us):
                self._move(patient, Place(ward, bed), time_us)
            case Recalled(patient, _, observations, findings):
                self._recalled[patient] = (observations, findings)
                if self._ranking is not None:
                    self._ranking.recall(observations)
            case Sampled(batch):
                self.history.add(batch)
            case Observed(observation):
                self.history.add_reading(observation)
        if isinstance(entry, Admitted | Advanced):
            self.now_us = max(self.now_us, entry.time_us)
        events = drive(self._ward, entry)
        for event in events:
            self._fold(event)
        if isinstance(entry, Discharged):
            self._forget(entry.patient, entry.time_us)
        return events

    def take_findings(self) -> list[Finding]:
        """Return the findings made since this was last asked."""
        found = self._engine.take_findings()
        return found if self._ranking is None else [*found, *self._ranking.take_findings()]

    def take_alarms(self) -> list[tuple[Mark, OutgoingAlarm]]:
        """Return the alarms that are to leave the house since this was last asked, with their marks."""
        alarms, self._to_send = self._to_send, []
        return alarms

    def risk(self, patient: PatientId) -> RankedRisk | None:
        """Return what the risk score last said of a patient, if there is one and it was asked."""
        return None if self._ranking is None else self._ranking.of(patient)

    def view(self, patient: PatientId) -> PatientView:
        """Return what the engine knows of a patient."""
        return self._engine.view(patient)

    def is_news(self, recalled: Recalled) -> bool:
        """Whether the record says anything else of a patient than when it was last asked."""
        said = (recalled.observations, recalled.findings)
        return said != self._recalled.get(recalled.patient, ((), ()))

    def own_limits(self, patient: PatientId) -> tuple[Override | Revocation, ...]:
        """Return what people have set of a patient's own limits, and what they have ended of it, in that order."""
        return self._engine.own_limits(patient)

    def check_limits(self, event: Override | Revocation) -> None:
        """Stop here unless the patient's own limits could be applied, now and whenever they change of themselves.

        Raises
        ------
        BadInput
            If they could not.
        """
        self._engine.check_limits(event)

    @property
    def devices(self) -> list[DeviceState]:
        """Every device that sent anything: what became of its samples, and how its clock is."""
        return self._ward.devices

    @property
    def lateness_us(self) -> int:
        """How late a sample may come and still be taken: what it adds to every alarm's delay."""
        return self._ward.lateness_us

    def budget(self, ward: str) -> AlarmBudget | None:
        """Return the alarm budget of a ward, if it has one."""
        return self._engine.budget(ward)

    def alarms(self, patient: PatientId) -> AlarmLog:
        """Return the patient's alarms of the last days."""
        return self._logs.get(patient) or AlarmLog()

    def patient_of(self, notification: str) -> PatientId | None:
        """Return whom a notification is about, or ``None`` if there never was such a one."""
        return self._whose.get(notification)

    def standing(self, notification: str) -> Notification | None:
        """Return the notification if it still stands."""
        patient = self._whose.get(notification)
        if patient is None or patient not in self.occupants:
            return None
        return next((entry for entry in self.view(patient).notifications if entry.id == notification), None)

    def _move(self, patient: PatientId, place: Place, time_us: int) -> None:
        """Let a patient lie elsewhere; said of the same bed, what is known about the patient has changed."""
        before = self.occupants.get(patient)
        if before is None:
            return
        since_us = before.since_us
        if Place(before.ward, before.bed) != place:
            self.stays.begin(patient, place, time_us)
            since_us = time_us
        self.occupants[patient] = Occupant(
            patient,
            place.ward,
            place.bed,
            since_us,
            self._attributes(patient),
            before.moved_from,
            before.watched_since_us,
        )

    def _forget(self, patient: PatientId, time_us: int) -> None:
        self.occupants.pop(patient, None)
        self.stays.end(patient, time_us)
        self._recalled.pop(patient, None)
        if self._ranking is not None:
            self._ranking.discharge(patient)
        self.history.forget(patient)

    def _fold(self, event: AlarmEvent) -> None:
        self.digest.add(event)
        self._logs.setdefault(event.patient, AlarmLog()).add(event)
        if event.notification is None:
            return
        if event.kind is AlarmEventKind.RAISED:
            self._whose[event.notification] = event.patient
        occupant, notification = self.occupants.get(event.patient), self._logs[event.patient].find(event.notification)
        if self._send is not None and occupant is not None and notification is not None:
            alarm = self._send(event, notification, occupant, self.policy)
            if alarm is not None:
                self._to_send.append(((self.opened_us, self.digest.count - 1), alarm))
