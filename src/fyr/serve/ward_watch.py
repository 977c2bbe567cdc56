"""The ward that is being watched: the journal, the engine that follows it, and what everyone sees of them.

Whatever is to reach the engine is put into the journal, by whichever thread it comes from; one thread at a time takes
the entries from there, in their order. So every input is durable before the engine knows of it, and every event that it
causes is in the journal before anybody is shown it. Opening the service again replays the journal from the newest
snapshot on: acknowledgements survive, and the events come out the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.attention import AlarmBudget, AlarmEvent, AlarmEventKind, Policy
from fyr.clock import MINUTE_US, SECOND_US, Clock, SystemClock
from fyr.errors import FyrError
from fyr.exchange.outgoing import OutgoingAlarm
from fyr.record import Estimate, Finding, Observation, PatientId
from fyr.serve.live import Change
from fyr.serve.metrics import Metrics
from fyr.serve.outbox import Mark, Outbox
from fyr.serve.problems import NotFound
from fyr.serve.replay_check import Replay, ReplayCheck
from fyr.serve.sample_source import SampleSource
from fyr.serve.shown_budgets import ShownBudgets
from fyr.serve.shown_tiles import ShownTiles
from fyr.serve.snapshot_store import SnapshotStore
from fyr.serve.stays import Place, Stays
from fyr.serve.tiles import Occupant
from fyr.serve.ward_inputs import (
    Admitted,
    Advanced,
    Discharged,
    Happened,
    Input,
    Moved,
    Observed,
    OnDuty,
    Opened,
    Recalled,
    Sampled,
)
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_snapshot import Externals, snapshot
from fyr.serve.ward_state import Sending, WardState
from fyr.version import __version__
from fyr.watch.arriving import DEFAULT_LATENESS_US, DeviceState, checked_lateness
from fyr.watch.ranking import RiskRanking

__all__ = ["DEFAULT_PER_NURSE_HOUR", "Pulse", "WardWatch"]

_LOG: Final = logging.getLogger("fyr.serve")
_TICK_S: Final = 1.0
DEFAULT_PER_NURSE_HOUR: Final = 6.0
"""One notification every ten minutes: Fyr's own choice, from no source. A ward sets its own."""

_LAGGING_AFTER_S: Final = 5.0
_PROMPT_S: Final = 0.02
"""How soon a round may follow another where samples are not waited for: a ward with a lateness below a second."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the service is: ``ok``, ``lagging`` or ``failed``, how far behind, and what is wrong."""

    status: str
    behind_s: float
    problem: str | None


class WardWatch:
    """Watches the patients of one hospital's wards, round by round.

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
    lateness_us : int
        How late a sample may come and still be taken: what is added to the delay of every alarm.
    ranking : RiskRanking, optional
        A risk score, new, that orders the equally urgent.
    send : callable, optional
        Says how an alarm event leaves the house.
    outbox : Outbox, optional
        Where what is to leave the house is kept until it has.
    snapshots : SnapshotStore, optional
        Where the wards' state is kept now and then, so that a start need not replay everything.
    snapshot_every_us : int
        How often, by the machine's clock.
    metrics : Metrics, optional
        Counts what is done.
    keep : callable
        Takes the observations that came and the findings that the engine made, to be kept in the record; after a
        crash it may be given some of them twice.
    on_tiles : callable
        Takes changed tiles and alarm budgets, called in order from whichever thread caused them.
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
        lateness_us: int = DEFAULT_LATENESS_US,
        ranking: RiskRanking | None = None,
        send: Sending | None = None,
        outbox: Outbox | None = None,
        snapshots: SnapshotStore | None = None,
        snapshot_every_us: int = 5 * MINUTE_US,
        metrics: Metrics | None = None,
        keep: Callable[[Sequence[Observation], Sequence[Finding]], object] = lambda _observations, _findings: None,
        on_tiles: Callable[[Sequence[Change]], None] = lambda _: None,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self._journal = journal
        self._source = source
        self._recall = recall
        self._lateness_us = checked_lateness(lateness_us)
        self._outbox = outbox
        self._externals = Externals(policy, attributes, ranking, send)
        self._snapshots = snapshots
        self._snapshot_every_s = snapshot_every_us / SECOND_US
        self._snapshot_s = time.monotonic()
        self._metrics = metrics or Metrics()
        self._alarms_to_keep: list[tuple[Mark, OutgoingAlarm]] = []
        self._keep = keep
        self._on_tiles = on_tiles
        self._state = WardState(policy, attributes, ranking, send)
        self._tiles = ShownTiles(self._state)
        self._budgets = ShownBudgets(self._state)
        self._cursor = 0
        self._inputs_to_keep: list[Input] = []
        self._events_to_keep: list[tuple[int, AlarmEvent]] = []
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._finished_s = time.monotonic()
        self._problem: str | None = None

    @property
    def now_us(self) -> int:
        """Up to when the ward has been watched."""
        return self._state.now_us

    @property
    def journal(self) -> WardJournal:
        """Where whatever is to reach the ward is put."""
        return self._journal

    @property
    def opened_us(self) -> int:
        """When the ward was opened by the machine's clock; greater every time, so it is the live stream's epoch."""
        return self._state.opened_us

    def open(self) -> Replay:
        """Replay the journal, keep what a crash left out of it, and note that the ward is open again."""
        with self._lock:
            replay = self._replay(from_snapshot=self._resume())
            if not replay.same:
                _LOG.warning("the replayed alarm events differ from those in the journal; please report it")
            opened_us = max(SystemClock().now_us(), self._state.opened_us + 1)
            policy = self.policy
            self._take([Opened(opened_us, __version__, policy.name, policy.version, policy.digest, self._lateness_us)])
            return replay

    def admit(self, arrivals: Sequence[Admitted]) -> None:
        """Begin to watch patients, and let those who lie elsewhere now move; ask the record anew of each."""
        with self._lock:
            self._take([told for arrival in arrivals if (told := self._arrival(arrival)) is not None])
            known = [self._recalled(arrival.patient) for arrival in arrivals]
            self._take([one for one in known if self._state.is_news(one)])

    def discharge(self, departures: Sequence[Discharged]) -> None:
        """Stop watching patients."""
        with self._lock:
            self._take([one for one in departures if one.patient in self._state.occupants])

    def take_relayed(self) -> None:
        """Take what another process has put for the wards by now, without letting time pass."""
        with self._lock:
            self._journal.take_relayed()
            self._take([])

    def stays(self) -> Stays:
        """Return who lies where, to go its own way from here."""
        with self._lock:
            return self._state.stays.copy()

    def wake(self) -> None:
        """Say that there is something new in the journal; any thread may call it."""
        self._woken.set()

    def catch_up(
        self, until_us: int, step_us: int = 5 * MINUTE_US, progress: Callable[[int], None] | None = None
    ) -> None:
        """Take everything from the source up to `until_us` in steps, without showing it in between."""
        while self.now_us < until_us:
            with self._lock:
                self._journal.take_relayed()
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
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            with self._lock:
                data = self._snapshot()
            self._write_snapshot(data)

    def tick(self) -> None:
        """Run one round: take what came, let time pass, show what changed."""
        begun_s = time.monotonic()
        with self._lock:
            # This may wait for the journal, and what it takes must not seem to be ahead of a time from before.
            self._journal.take_relayed()
            self._round(self.present_us())
            self._show(self._state.occupants)
            self._finished_s = time.monotonic()
            self._problem = None
            self._metrics.round(self._finished_s - begun_s)
            data = self._snapshot() if self._finished_s - self._snapshot_s > self._snapshot_every_s else None
        self._write_snapshot(data)

    def pulse(self) -> Pulse:
        """Say how the service is."""
        behind_s = time.monotonic() - self._finished_s
        if self._problem is not None:
            return Pulse("failed", behind_s, self._problem)
        return Pulse("lagging" if behind_s > _LAGGING_AFTER_S else "ok", behind_s, None)

    def present_us(self) -> int:
        """Return the ward's time; it never goes back behind what has been watched."""
        return max(self.clock.now_us(), self.now_us)

    def devices(self) -> tuple[int, list[DeviceState]]:
        """Return how late a sample may come, and what became of the samples of each device."""
        with self._lock:
            return self._state.lateness_us, self._state.devices

    def budget(self, ward: str) -> dict[str, Any] | None:
        """Return what the alarm budget of a ward says; ``None`` for a ward that has none, where nothing waits."""
        with self._lock:
            return self._budgets.document(ward, self.present_us())

    def on_duty(self, ward: str, nurses: int, per_nurse_hour: float | None = None) -> dict[str, Any]:
        """Let an alarm budget hold on a ward for so many nurses, unless the same holds already; return what it says.

        Parameters
        ----------
        ward : str
        nurses : int
        per_nurse_hour : float, optional
            How many notifications one nurse can take in an hour; as before, or :data:`DEFAULT_PER_NURSE_HOUR`.

        Raises
        ------
        NotFound
            If there is no such ward.
        BadInput
            If a number is out of range.
        """
        with self._lock:
            if ward not in {occupant.ward for occupant in self._state.occupants.values()}:
                raise NotFound(f"there is no ward '{ward}'", mend="see GET /api/wards")
            known = self._state.budget(ward)
            before = DEFAULT_PER_NURSE_HOUR if known is None else known.per_nurse_hour
            rate = before if per_nurse_hour is None else per_nurse_hour
            AlarmBudget(rate, nurses)  # refuses what cannot be, before it is in the journal
            if known is None or (known.nurses, known.per_nurse_hour) != (nurses, rate):
                self._take([OnDuty(ward, nurses, rate, self.present_us())])
                self._show(self._state.occupants)
            return self._budgets.document(ward, self.present_us()) or {}

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
            self._rest(_TICK_S - (time.monotonic() - begun_s))

    def _rest(self, seconds: float) -> None:
        """Wait until the next round is due; where no sample is waited for, that is as soon as one has come."""
        if self._lateness_us >= SECOND_US:
            self._stop.wait(max(0.05, seconds))
            return
        self._stop.wait(_PROMPT_S)
        self._woken.wait(max(0.0, seconds - _PROMPT_S))
        self._woken.clear()

    def _round(self, now_us: int) -> None:
        """Keep what came from the source and that time passed, and follow the journal past it.

        What a failed round could not keep is kept first, under its own time: the source gives it once. Time alone is
        told anew, as it is by now. Senders may have been served meanwhile, and are not ahead of it.
        """
        if not self._inputs_to_keep or isinstance(self._inputs_to_keep[0], Advanced):
            batch, observations = self._source.advance(now_us)
            if not self._state.occupants and not len(batch) and not observations and self._cursor >= self._journal.end:
                return
            samples = [Sampled(batch)] if len(batch) else []
            self._inputs_to_keep = [*samples, *map(Observed, observations), Advanced(now_us)]
        waiting = self._inputs_to_keep
        self._take(waiting, kept=self._inputs_to_keep.clear)

    def _take(self, inputs: Sequence[Input], kept: Callable[[], None] = lambda: None) -> None:
        """Keep inputs, then follow the journal past them.

        If the disk fails before the inputs are kept, nothing has happened; if it fails after, the events are kept
        first thing the next time, before anything is shown.
        """
        self._keep_events()
        begun_s = time.monotonic()
        self._journal.append(list(inputs))
        self._metrics.appended(len(inputs), time.monotonic() - begun_s)
        kept()
        self._follow()

    def _follow(self) -> None:
        """Take what stands in the journal and was not taken yet, whoever put it there; keep what comes of it.

        It ends with everything taken and every event behind the cursor: here a snapshot would be whole.
        """
        while self._cursor < self._journal.end:
            taken: list[Input] = []
            for offset, entry in self._journal.follow(self._cursor):
                self._cursor = offset + 1
                if isinstance(entry, Happened):
                    continue
                taken.append(entry)
                self._events_to_keep.extend(self._fed(entry))
            self._keep_events()
            self._keep_in_record(taken)
            came = [entry.patient for entry in taken if isinstance(entry, Admitted)]
            self._journal.append([one for one in map(self._recalled, came) if self._state.is_news(one)])

    def _resume(self) -> bool:
        """Take up the newest snapshot, if one fits."""
        found = None if self._snapshots is None else self._snapshots.newest(self._journal.end, self._externals)
        if found is None:
            return False
        self._state, self._cursor = found.state, found.offset
        self._tiles, self._budgets = ShownTiles(self._state), ShownBudgets(self._state)
        self._journal.resume(found.offset, found.relayed)
        return True

    def _snapshot(self) -> tuple[bytes, int] | None:
        """Return the wards' state and the offset it is true at, unless something is still on its way."""
        self._snapshot_s = time.monotonic()
        if self._snapshots is None or self._events_to_keep or self._alarms_to_keep or self._cursor < self._journal.end:
            return None
        partition, relayed = self._journal.partition, self._journal.relayed
        try:
            return snapshot(self._state, partition=partition, offset=self._cursor, relayed=relayed), self._cursor
        except FyrError as problem:
            _LOG.warning("no snapshot could be made: %s", problem)
            return None

    def _write_snapshot(self, made: tuple[bytes, int] | None) -> None:
        """Keep a snapshot, without holding anybody up; without one a start takes longer, no more."""
        if self._snapshots is None or made is None:
            return
        try:
            self._snapshots.write(*made)
            self._metrics.snapshot(SystemClock().now_us())
        except FyrError as problem:
            _LOG.warning("no snapshot could be kept: %s", problem)

    def _fed(self, entry: Input) -> list[tuple[int, AlarmEvent]]:
        """Give one input to the ward; return the events that it caused, numbered through."""
        first = self._state.digest.count
        return list(enumerate(self._state.feed(entry), first))

    def _keep_in_record(self, inputs: Sequence[Input]) -> None:
        observations = [entry.observation for entry in inputs if isinstance(entry, Observed)]
        findings = self._state.take_findings()
        if observations or findings:
            self._keep(observations, findings)

    def _keep_events(self) -> None:
        if self._events_to_keep:
            for _, event in self._events_to_keep:
                if event.kind is AlarmEventKind.RAISED:
                    self._metrics.raised(str(event.detail.get("priority", "")))
            self._journal.append_events(self._events_to_keep, opened_us=self._state.opened_us)
            self._events_to_keep = []
        self._alarms_to_keep.extend(self._state.take_alarms())
        if self._outbox is not None and self._alarms_to_keep:
            self._outbox.add(self._alarms_to_keep)
        self._alarms_to_keep = []

    def _replay(self, *, from_snapshot: bool) -> Replay:
        check = ReplayCheck(__version__, self.policy.digest)
        if from_snapshot:
            check.go_on()
        inputs, last_round = 0, list[Input]()
        for offset, entry in self._journal.follow(self._cursor):
            self._cursor = offset + 1
            if isinstance(entry, Happened):
                check.stored(entry.event)
                continue
            if isinstance(entry, Opened):
                check.opened(entry)
                if not check.is_comparable:
                    self._state.take_alarms()  # what another policy would have told is told to nobody
            if last_round and isinstance(last_round[-1], Advanced):
                self._state.take_findings()
                last_round = []
            last_round.append(entry)
            inputs += 1
            check.produced(self._fed(entry))
        self._events_to_keep = check.missing
        last = None if self._outbox is None else self._outbox.last
        told = self._state.take_alarms() if last is not None and check.same else []
        self._alarms_to_keep = [one for one in told if last is not None and one[0] > last]
        self._keep_events()
        self._keep_in_record(last_round)
        return Replay(inputs, self._state.digest.count, check.same, self._state.digest.hexdigest())

    def _arrival(self, arrival: Admitted) -> Admitted | Moved | None:
        here = self._state.occupants.get(arrival.patient)
        if here is None:
            return arrival
        if Place(here.ward, here.bed) == Place(arrival.ward, arrival.bed):
            return None
        return Moved(arrival.patient, arrival.ward, arrival.bed, arrival.time_us)

    def _recalled(self, patient: PatientId) -> Recalled:
        observations, findings = self._recall(patient)
        codes = {one.code: one for one in sorted(observations, key=lambda one: one.time_us)}
        outputs = {
            (one.model.name, one.answer.output): one
            for one in sorted(findings, key=lambda one: one.time_us)
            if isinstance(one.answer, Estimate)
        }
        return Recalled(patient, self.present_us(), tuple(codes.values()), tuple(outputs.values()))

    def _show(self, patients: Sequence[PatientId] | Mapping[PatientId, Occupant]) -> None:
        changed_budgets = self._budgets.changed(self.present_us())
        self._on_tiles([*self._tiles.changed(patients, self.present_us()), *changed_budgets])
