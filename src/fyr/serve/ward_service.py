"""The wards as people use them: what they do about alarms and limits, and what they see of patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fyr.attention import (
    Acknowledge,
    Act,
    Action,
    Notification,
    Override,
    Pause,
    Policy,
    PolicyChange,
    Revocation,
    in_force,
)
from fyr.clock import MINUTE_US
from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.serve.alarm_log import AlarmsSince, RaisedAlarm
from fyr.serve.own_limits import PatientLimits
from fyr.serve.problems import Conflict, NotFound
from fyr.serve.tiles import Occupant
from fyr.serve.vitals_history import Trace
from fyr.serve.ward_inputs import Acted, OwnLimits
from fyr.serve.ward_watch import WardWatch

__all__ = ["WardService"]


class WardService(WardWatch):
    """The watched wards of one hospital, and what people do there and see; see :class:`WardWatch`."""

    def acknowledge(self, notification: str, person: str, note: str = "") -> Notification:
        """Let a person take a notification.

        Raises
        ------
        NotFound
            If there never was such a notification.
        Conflict
            If it no longer stands, or somebody has taken it already.
        """
        return self._act(notification, lambda now_us: Acknowledge(notification, person, now_us, note))

    def pause(self, notification: str, person: str, minutes: float, reason: str) -> Notification:
        """Let a person ask not to be told again for some minutes.

        Raises
        ------
        NotFound
            If there never was such a notification.
        Conflict
            If it no longer stands.
        """
        pause_us = int(minutes * MINUTE_US)
        return self._act(notification, lambda now_us: Pause(notification, person, now_us, now_us + pause_us, reason))

    def act(self, notification: str, person: str, what: str, done_us: int | None = None) -> Notification:
        """Let a person write down what was done about a notification, and when if that was earlier.

        Raises
        ------
        NotFound
            If there never was such a notification.
        Conflict
            If it no longer stands.
        BadInput
            If it was done later than now.
        """
        if done_us is not None and done_us > self.present_us():
            raise BadInput("it cannot be done after it was written down", where="done_at", mend="check the time")
        return self._act(notification, lambda now_us: Act(notification, person, now_us, what, done_us))

    def limits(self, patient: PatientId) -> PatientLimits:
        """Return the limits that hold for a patient, and what people have set and ended of them.

        Raises
        ------
        NotFound
            If the patient is not on a ward.
        """
        with self._lock:
            self._require_here(patient)
            view, events = self._state.view(patient), self._state.own_limits(patient)
            selected = [one for one in view.own_limits if one.by_policy]
            holding = (*selected, *in_force(events, self.present_us()))
            return PatientLimits(patient, self.policy, view.policy, holding, events)

    def set_limits(
        self, patient: PatientId, person: str, changes: Sequence[PolicyChange], reason: str, until_us: int | None = None
    ) -> Override:
        """Let a person set limits of a patient's own, from now on.

        Raises
        ------
        NotFound
            If the patient is not on a ward.
        BadInput
            If a change goes further than it may, or cannot stand beside what holds already.
        """
        with self._lock:
            self._require_here(patient)
            override = Override(patient, self.present_us(), person, reason, tuple(changes), until_us)
            self._state.check_limits(override)
            self._take([OwnLimits(override)])
            self._show([patient])
            return override

    def revoke_limits(self, patient: PatientId, person: str, override: str, reason: str) -> Override:
        """Let a person end limits of a patient's own.

        Raises
        ------
        NotFound
            If the patient is not on a ward, or no person set such limits.
        Conflict
            If they have ended already.
        BadInput
            If what would be left cannot stand.
        """
        with self._lock:
            self._require_here(patient)
            events = self._state.own_limits(patient)
            meant = next((one for one in events if isinstance(one, Override) and one.id == override), None)
            if meant is None:
                raise NotFound(f"nobody set limits {override} for {patient}", mend="see GET …/overrides")
            now_us = self.present_us()
            if any(isinstance(one, Revocation) and one.override == override for one in events) or (
                meant.until_us is not None and meant.until_us <= now_us
            ):
                raise Conflict("these limits have ended", where=override, mend="nothing more is needed")
            revocation = Revocation(patient, now_us, person, reason, override)
            self._state.check_limits(revocation)
            self._take([OwnLimits(revocation)])
            self._show([patient])
            return meant

    def wards(self) -> dict[str, list[Occupant]]:
        """Return who lies where, by ward, in the order of arrival."""
        with self._lock:
            wards: dict[str, list[Occupant]] = {}
            for occupant in self._state.occupants.values():
                wards.setdefault(occupant.ward, []).append(occupant)
            return wards

    def occupant(self, patient: PatientId) -> Occupant | None:
        """Return where the patient lies, or ``None`` if nowhere here."""
        return self._state.occupants.get(patient)

    def patient_of(self, notification: str) -> PatientId:
        """Return whom a notification is about.

        Raises
        ------
        NotFound
            If there never was such a notification.
        """
        patient = self._state.patient_of(notification)
        if patient is None:
            raise NotFound(f"there is no notification {notification}", mend="look at the board again")
        return patient

    def tile(self, patient: PatientId) -> dict[str, Any]:
        """Return the tile of a patient who is here, as it is now."""
        with self._lock:
            return self._tiles.tile(self._state.occupants[patient], self.present_us())

    def state_of(self, patient: PatientId) -> str:
        """Return the one word that the tile of a patient who is here says."""
        with self._lock:
            return self._state.view(patient).state.value

    def traces(self, patient: PatientId, start_us: int, end_us: int) -> dict[str, Trace]:
        """Return the vital signs of a patient with ``start_us <= time < end_us``."""
        with self._lock:
            history = self._state.history
            return {name: history.trace(patient, name, start_us, end_us) for name in history.signals(patient)}

    def alarms(self, patient: PatientId, since_us: int) -> AlarmsSince:
        """Return the patient's alarms since a time: raised, held back, and what could not be assessed."""
        with self._lock:
            return self._state.alarms(patient).since(since_us)

    def raised(self, notification: str) -> RaisedAlarm:
        """Return a notification with all that happened to it.

        Raises
        ------
        NotFound
            If there never was such a notification, or it ended too long ago.
        """
        with self._lock:
            alarm = self._state.alarms(self.patient_of(notification)).raised(notification)
        if alarm is None:
            raise NotFound(f"the notification {notification} ended too long ago", mend="look at the board again")
        return alarm

    def policy_of(self, patient: PatientId) -> Policy:
        """Return the patient's own policy; the ward's for one who is not here."""
        with self._lock:
            return self._state.view(patient).policy if patient in self._state.occupants else self.policy

    def event_digest(self) -> tuple[int, str]:
        """Return how many alarm events there were, and the digest over all of them."""
        with self._lock:
            return self._state.digest.count, self._state.digest.hexdigest()

    def _act(self, notification: str, action: Callable[[int], Action]) -> Notification:
        with self._lock:
            patient = self.patient_of(notification)
            standing = self._state.standing(notification)
            if standing is None:
                raise Conflict("this notification has ended", where=notification, mend="nothing more is needed")
            wanted = action(self.present_us())
            if isinstance(wanted, Acknowledge) and not standing.can_be_taken:
                what = f"'{standing.title}' is already {standing.state}{f' by {standing.by}' if standing.by else ''}"
                raise Conflict(what, where=notification, mend="nothing more is needed")
            self._take([Acted(patient, wanted)])
            self._show([patient])
            return self._state.alarms(patient).find(notification) or standing

    def _require_here(self, patient: PatientId) -> None:
        if patient not in self._state.occupants:
            raise NotFound(f"{patient} is on no ward", mend="see GET /api/patients")
