"""The ward that is being watched: a source of samples, the journal, the engine, and what everyone sees of them.

Every input is in the journal before the engine takes it, and every event that it causes is in the journal before
anybody is shown it. Opening the service again replays the journal: acknowledgements survive, and the events come out
the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from fyr.attention import (
    Acknowledge,
    Act,
    Action,
    AlarmEvent,
    Notification,
    Override,
    Pause,
    Policy,
    PolicyChange,
    Revocation,
    in_force,
)
from fyr.clock import MINUTE_US, Clock, SystemClock
from fyr.errors import BadInput, FyrError
from fyr.record import Estimate, Finding, Observation, PatientId, SampleBatch
from fyr.serve.alarm_log import AlarmsSince, RaisedAlarm
from fyr.serve.live import TileChange
from fyr.serve.own_limits import PatientLimits
from fyr.serve.problems import Conflict, NotFound
from fyr.serve.replay_check import Replay, ReplayCheck
from fyr.serve.shown_tiles import ShownTiles
from fyr.serve.tiles import Occupant
from fyr.serve.vitals_history import Trace
from fyr.serve.ward_journal import (
    Acted,
    Admitted,
    Advanced,
    Happened,
    Input,
    Observed,
    Opened,
    OwnLimits,
    Recalled,
    Sampled,
    WardJournal,
)
from fyr.serve.ward_state import WardState
from fyr.version import __version__

__all__ = ["NothingComes", "Pulse", "SampleSource", "WardService"]

_LOG: Final = logging.getLogger("fyr.serve")
_TICK_S: Final = 1.0
_LAGGING_AFTER_S: Final = 5.0


class SampleSource(Protocol):
    """Where samples and observations come from."""

    def advance(self, until_us: int) -> tuple[SampleBatch, Sequence[Observation]]:
        """Return everything that came since the last call, up to `until_us`."""
        ...


class NothingComes:
    """The source of a hospital that has none connected yet."""

    def advance(self, until_us: int) -> tuple[SampleBatch, Sequence[Observation]]:  # noqa: ARG002
        """Return nothing."""
        return SampleBatch.from_series(()), ()


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the service is: ``ok``, ``lagging`` or ``failed``, how far behind, and what is wrong."""

    status: str
    behind_s: float
    problem: str | None


class WardService:
    """Watches the patients of one hospital's wards.

    Parameters
    ----------
    policy : Policy
    journal : WardJournal
    source : SampleSource
    clock : Clock
        The ward's clock; a demonstration may run it faster.
    attributes : callable
        Gives what is known about a patient (pseudonym, birth year, sex, reason).
    recall : callable
        Gives what the record holds of a patient: observations and findings. A policy may select limits by it.
    keep : callable
        Takes the observations that came and the findings that the engine made, to be kept in the record; after a
        crash it may be given some of them twice.
    on_tiles : callable
        Takes changed tiles, called in order from whichever thread caused them.
    """

    def __init__(
        self,
        policy: Policy,
        journal: WardJournal,
        source: SampleSource,
        clock: Clock,
        *,
        attributes: Callable[[PatientId], Mapping[str, Any]],
        recall: Callable[[PatientId], tuple[Sequence[Observation], Sequence[Finding]]] = lambda _: ((), ()),
        keep: Callable[[Sequence[Observation], Sequence[Finding]], object] = lambda _observations, _findings: None,
        on_tiles: Callable[[list[TileChange]], None] = lambda _: None,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self._journal = journal
        self._source = source
        self._recall = recall
        self._keep = keep
        self._on_tiles = on_tiles
        self._state = WardState(policy, attributes)
        self._tiles = ShownTiles(self._state)
        self._inputs_to_keep: list[Input] = []
        self._events_to_keep: list[AlarmEvent] = []
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._finished_s = time.monotonic()
        self._problem: str | None = None

    @property
    def now_us(self) -> int:
        """Up to when the ward has been watched."""
        return self._state.now_us

    @property
    def opened_us(self) -> int:
        """When the ward was opened by the machine's clock; greater every time, so it is the live stream's epoch."""
        return self._state.opened_us

    def open(self) -> Replay:
        """Replay the journal, keep what a crash left out of it, and note that the ward is open again."""
        with self._lock:
            replay = self._replay()
            if not replay.same:
                _LOG.warning("the replayed alarm events differ from those in the journal; please report it")
            opened_us = max(SystemClock().now_us(), self._state.opened_us + 1)
            self._take([Opened(opened_us, __version__, self.policy.name, self.policy.version, self.policy.digest)])
            return replay

    def admit(self, arrivals: Sequence[Admitted]) -> None:
        """Begin to watch patients; of one who is watched already, ask the record anew."""
        with self._lock:
            self._take([arrival for arrival in arrivals if arrival.patient not in self._state.occupants])
            recalled = [self._recalled(arrival.patient) for arrival in arrivals]
            self._take([one for one in recalled if self._state.is_news(one)])

    def catch_up(
        self, until_us: int, step_us: int = 5 * MINUTE_US, progress: Callable[[int], None] | None = None
    ) -> None:
        """Take everything from the source up to `until_us` in steps, without showing it in between."""
        while self.now_us < until_us:
            with self._lock:
                self._round(min(self.now_us + step_us, until_us))
            if progress is not None:
                progress(self.now_us)

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        self._stop.clear()
        self._finished_s = time.monotonic()
        with self._lock:
            self._show(self._state.occupants)
        self._thread = threading.Thread(target=self._run, name="fyr-ward", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; returns when the round that runs has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def tick(self) -> None:
        """Run one round: take what came, let time pass, show what changed."""
        with self._lock:
            self._round(self.present_us())
            self._show(self._state.occupants)
        self._finished_s = time.monotonic()
        self._problem = None

    def pulse(self) -> Pulse:
        """Say how the service is."""
        behind_s = time.monotonic() - self._finished_s
        if self._problem is not None:
            return Pulse("failed", behind_s, self._problem)
        return Pulse("lagging" if behind_s > _LAGGING_AFTER_S else "ok", behind_s, None)

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

    def present_us(self) -> int:
        """Return the ward's time; it never goes back behind what has been watched."""
        return max(self.clock.now_us(), self.now_us)

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

    def _run(self) -> None:
        while not self._stop.is_set():
            begun_s = time.monotonic()
            try:
                self.tick()
            except FyrError as problem:
                self._problem = problem.what
                _LOG.error("the ward's round failed: %s", problem)
            except Exception:  # noqa: BLE001  the thread outlives a fault of our own; health says so
                self._problem = "the engine failed; the server's log has the details"
                _LOG.exception("the ward's round failed")
            self._stop.wait(max(0.05, _TICK_S - (time.monotonic() - begun_s)))

    def _round(self, now_us: int) -> None:
        if not self._inputs_to_keep:
            batch, observations = self._source.advance(now_us)
            if not self._state.occupants and not len(batch) and not observations:
                return
            samples = [Sampled(batch)] if len(batch) else []
            self._inputs_to_keep = [*samples, *map(Observed, observations), Advanced(now_us)]
        waiting = self._inputs_to_keep
        self._take(waiting, kept=self._inputs_to_keep.clear)

    def _take(self, inputs: Sequence[Input], kept: Callable[[], None] = lambda: None) -> None:
        """Keep inputs, give them to the engine, keep what came of it.

        If the disk fails before the inputs are kept, nothing has happened; if it fails after, the events are kept
        first thing the next time, before anything is shown.
        """
        self._keep_events()
        self._journal.append(inputs)
        taken = list(inputs)
        kept()
        self._events_to_keep = [event for entry in taken for event in self._state.feed(entry)]
        self._keep_events()
        self._keep_in_record(taken)

    def _keep_in_record(self, inputs: Sequence[Input]) -> None:
        observations = [entry.observation for entry in inputs if isinstance(entry, Observed)]
        findings = self._state.take_findings()
        if observations or findings:
            self._keep(observations, findings)

    def _keep_events(self) -> None:
        if self._events_to_keep:
            self._journal.append_events(self._events_to_keep, opened_us=self._state.opened_us)
            self._events_to_keep = []

    def _replay(self) -> Replay:
        check = ReplayCheck(__version__, self.policy.digest)
        inputs, last_round = 0, list[Input]()
        for entry in self._journal.read():
            if isinstance(entry, Happened):
                check.stored(entry.event)
                continue
            if isinstance(entry, Opened):
                check.opened(entry)
            if last_round and isinstance(last_round[-1], Advanced):
                self._state.take_findings()
                last_round = []
            last_round.append(entry)
            inputs += 1
            check.produced(self._state.feed(entry))
        self._events_to_keep = check.missing
        self._keep_events()
        self._keep_in_record(last_round)
        return Replay(inputs, self._state.digest.count, check.same, self._state.digest.hexdigest())

    def _recalled(self, patient: PatientId) -> Recalled:
        observations, findings = self._recall(patient)
        codes = {one.code: one for one in sorted(observations, key=lambda one: one.time_us)}
        outputs = {
            (one.model.name, one.answer.output): one
            for one in sorted(findings, key=lambda one: one.time_us)
            if isinstance(one.answer, Estimate)
        }
        return Recalled(patient, self.present_us(), tuple(codes.values()), tuple(outputs.values()))

    def _act(self, notification: str, action: Callable[[int], Action]) -> Notification:
        with self._lock:
            patient = self.patient_of(notification)
            standing = self._state.standing(notification)
            if standing is None:
                raise Conflict("this notification has ended", where=notification, mend="nothing more is needed")
            wanted = action(self.present_us())
            if isinstance(wanted, Acknowledge) and not standing.needs_someone:
                what = f"'{standing.title}' is already {standing.state}{f' by {standing.by}' if standing.by else ''}"
                raise Conflict(what, where=notification, mend="nothing more is needed")
            self._take([Acted(patient, wanted)])
            self._show([patient])
            return self._state.alarms(patient).find(notification) or standing

    def _require_here(self, patient: PatientId) -> None:
        if patient not in self._state.occupants:
            raise NotFound(f"{patient} is on no ward", mend="see GET /api/patients")

    def _show(self, patients: Sequence[PatientId] | Mapping[PatientId, Occupant]) -> None:
        self._on_tiles(self._tiles.changed(patients, self.present_us()))
