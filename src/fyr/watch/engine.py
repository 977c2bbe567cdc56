"""The ward engine: samples, observations, actions and time in; alarm events, findings and views out.

One engine serves live monitoring, replay and evaluation. It keeps event time: what comes out depends only on what
went in and on the times it carries, never on the clock of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import (
    Action,
    AlarmBudget,
    AlarmEvent,
    Change,
    ConditionChange,
    Override,
    PatientAlarms,
    Policy,
    Release,
    Revocation,
    TechnicalCondition,
)
from fyr.clock import MINUTE_US
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId, SampleBatch
from fyr.watch.agenda import Agenda
from fyr.watch.grid import MinuteGrid
from fyr.watch.kernel import CHANGE, NEVER, State, new_state
from fyr.watch.kernel_runs import changes_of
from fyr.watch.own_policy import NO_CHANGE, Known, OwnPolicy
from fyr.watch.readings import as_reading
from fyr.watch.sample_rows import SampleRows, rows_of, usable_once
from fyr.watch.silence import silent_signals
from fyr.watch.variants import RuleVariants
from fyr.watch.view import PatientView
from fyr.watch.watched_patient import WatchedPatient

__all__ = ["WardEngine"]

_USAGE: Final = ("valid_samples", "assessable_us", "dropped")
_CHUNK: Final = 65_536
"""Rows that the kernel takes at a time, so that the space for their changes stays small."""


class WardEngine:
    """Watches the patients of a ward under one policy.

    Parameters
    ----------
    policy : Policy
    assumed_response_us : int, optional
        See :class:`fyr.attention.PatientAlarms`.
    computed_before : bool
        Whether scores and derived signals come in with the samples, computed for a whole recording at once.

    Notes
    -----
    Calls are made in the order in which things became known; a sample that is not later than its signal's newest one
    is dropped and counted. The engine is not thread-safe: one caller at a time.

    A patient's own limits hold from their event time on: samples of that instant are still read by those before, what
    is computed at its end is read by the new ones, but from the inputs of those before.
    """

    def __init__(
        self, policy: Policy, *, assumed_response_us: int | None = None, computed_before: bool = False
    ) -> None:
        self.policy = policy
        self.assumed_response_us = assumed_response_us
        self.now_us = NEVER
        self._budgets: dict[str, AlarmBudget] = {}
        self._variants = RuleVariants(policy)
        self._compiled = self._variants.ward
        self._turn_us = NO_CHANGE
        self._signal_index = {name: index for index, name in enumerate(self._compiled.signals)}
        self._grid = MinuteGrid(replace(policy, scores={}, derived={}) if computed_before else policy)
        self._computed = MinuteGrid(policy).computed_signals if computed_before else self._grid.computed_signals
        self._comes_computed = np.array([computed_before and self._is_computed(name) for name in self._signal_index])
        self._patients: dict[PatientId, WatchedPatient] = {}
        self._by_row: list[WatchedPatient | None] = []
        self._newest_rows: tuple[tuple[PatientId, ...], NDArray[np.int32]] = ((), np.empty(0, np.int32))
        self._newest_watched: tuple[PatientId, ...] = ()
        self._watched_rows: NDArray[np.int64] | None = None
        self._agenda: Agenda[WatchedPatient] = Agenda()
        self._passed_us = NEVER
        self._state = new_state(0, len(self._compiled.signals), len(self._compiled.rules))

    @property
    def patients(self) -> tuple[PatientId, ...]:
        """Who is watched now."""
        return tuple(self._patients)

    def watches(self, patient: PatientId) -> bool:
        """Return whether a patient is watched now."""
        return patient in self._patients

    def watches_all(self, patients: tuple[PatientId, ...]) -> bool:
        """Return whether all of them are watched now."""
        if patients in (self._newest_rows[0], self._newest_watched):
            return True
        self._newest_watched = patients if all(map(self.watches, patients)) else ()
        return self._newest_watched == patients

    def admit(
        self, patient: PatientId, time_us: int, known: Iterable[Known] = (), *, ward: str = ""
    ) -> list[AlarmEvent]:
        """Begin to watch a patient, of whom nothing can be assessed yet.

        Parameters
        ----------
        patient : PatientId
        time_us : int
        known : iterable of Observation, Finding, Override or Revocation
            What the record says, from which the patient's own limits follow.
        ward : str
            Whose alarm budget counts.

        Raises
        ------
        BadInput
            If the patient is watched already.
        """
        if patient in self._patients:
            raise BadInput(f"{patient} is already watched", mend="discharge the patient first")
        own = OwnPolicy(self.policy, patient, time_us, known)
        alarms = PatientAlarms(patient, own.policy, assumed_response_us=self.assumed_response_us)
        alarms.use_budget(self._budgets.get(ward))
        entry = WatchedPatient(patient, len(self._by_row), alarms, own, self._agenda, ward)
        self._patients[patient] = entry
        self._by_row.append(entry)
        self._watched_rows = None
        self._make_room()
        self._grid.begin(time_us)
        self._use(entry)
        self._turn_us = min(self._turn_us, own.due_us)
        self._state.lost[entry.row, self._compiled.watched :] = False
        changes = [
            ConditionChange(time_us, Change.LOST, name, time_us, 0.0, float("nan"))
            for name in self._compiled.signals[: self._compiled.watched]
        ]
        return [event for change in changes for event in self._take(entry, change)]

    def discharge(self, patient: PatientId, reason: str = "the patient has left") -> list[AlarmEvent]:
        """Stop watching a patient; what stood ends now for that reason: it is no longer anybody's task here."""
        entry = self._entry(patient)
        events = entry.alarms.leave(self.now_us, reason)
        del self._patients[patient]
        self._by_row[entry.row] = None
        self._agenda.forget(entry)
        self._newest_rows, self._newest_watched, self._watched_rows = ((), np.empty(0, np.int32)), (), None
        if entry.ward in self._budgets:
            self._budgets[entry.ward].forget(patient)
        self._grid.forget(entry.row, patient)
        self._variants.forget(entry.row)
        self._turn_us = min((one.own.due_us for one in self._patients.values()), default=NO_CHANGE)
        return events

    def move(self, patient: PatientId, ward: str) -> list[AlarmEvent]:
        """Let another ward's alarm budget count for a patient; what waited on the old ward is told now."""
        entry = self._entry(patient)
        if ward == entry.ward:
            return []
        left = self._budgets.get(entry.ward)
        releases = [] if left is None else left.let_go(patient, self.now_us)
        entry.ward = ward
        entry.alarms.use_budget(None)
        events = self._tell(releases)
        entry.alarms.use_budget(self._budgets.get(ward))
        return events

    def ingest(self, samples: SampleBatch) -> list[AlarmEvent]:
        """Take samples, in any order within the batch.

        Raises
        ------
        BadInput
            If a sample is about a patient who is not watched.
        """
        rows = self._rows(samples)
        events: list[AlarmEvent] = []
        if not self._grid.is_needed and len(rows) and self._turn_us > rows.time_us[-1]:
            # Nothing is computed and nobody's limits turn: what all chunks change is told in order of time.
            events.extend(self._run_kernel(*(rows.at(slice(at, at + _CHUNK)) for at in range(0, len(rows), _CHUNK))))
            self.now_us = max(self.now_us, int(rows.time_us[-1]))
            return events
        start = 0
        while start < len(rows):
            # What was computed at an instant comes after what changed in it.
            events.extend(self._pass_until(int(rows.time_us[start]) + int(self._comes_computed[rows.signal[start]])))
            stop = len(rows)
            if self._grid.is_needed:
                stop = int(np.searchsorted(rows.time_us, self._grid.next_us, side="right"))
            if self._turn_us <= rows.time_us[-1]:
                stop = min(stop, self._rows_before_turn(rows))
            stop = max(start + 1, min(stop, start + _CHUNK))
            part = rows.at(slice(start, stop))
            self._remember(part)
            events.extend(self._run_kernel(part))
            self.now_us = max(self.now_us, int(rows.time_us[stop - 1]))
            start = stop
        return events

    def observe(self, observation: Observation) -> list[AlarmEvent]:
        """Take one observation: what a person saw, asked or wrote down.

        A reading of a signal that the policy reads by readings (a cuff pressure) also runs through its rules.
        """
        entry = self._entry(observation.patient)
        events = self._pass_until(observation.time_us)
        newest = entry.observations.get(observation.code)
        if newest is None or observation.time_us >= newest.time_us:
            entry.observations[observation.code] = observation
        reading = as_reading(self.policy, observation)
        if reading is not None:
            rows = SampleRows(
                np.array([entry.row], np.int32),
                np.array([self._signal_index[observation.code]], np.int16),
                np.array([observation.time_us], np.int64),
                np.array([reading], np.float64),
                np.array([MINUTE_US], np.int64),
            )
            self._remember(rows)
            events.extend(self._run_kernel(rows))
        self.now_us = max(self.now_us, observation.time_us)
        self.foresee(observation.patient, [observation])
        return events

    def act(self, patient: PatientId, action: Action) -> list[AlarmEvent]:
        """Take what a person did about a notification.

        Raises
        ------
        BadInput
            If the notification does not stand, or the action does not fit it.
        """
        entry = self._entry(patient)
        return entry.keep(entry.alarms.act(action))

    def pass_time(self, patient: PatientId, time_us: int) -> list[AlarmEvent]:
        """Let what is due of itself about a patient's notifications happen up to a time."""
        entry = self._entry(patient)
        return entry.keep(entry.alarms.advance(time_us))

    def technical(self, patient: PatientId, condition: TechnicalCondition) -> list[AlarmEvent]:
        """Take what is wrong with a device of a patient, or is in order again."""
        entry = self._entry(patient)
        return entry.keep(entry.alarms.technical(condition))

    def limit(self, event: Override | Revocation) -> list[AlarmEvent]:
        """Take what a person set of a patient's own limits, or ended of them; :class:`BadInput` for a stranger."""
        events = self._pass_until(event.time_us)
        self.foresee(event.patient, [event])
        return events

    def foresee(self, patient: PatientId, known: Iterable[Known]) -> None:
        """Note what is known of a patient, each from its own time on, but not before now.

        Raises
        ------
        BadInput
            If the patient is not watched.
        """
        entry = self._entry(patient)
        for one in known:
            entry.own.learn(one, self.now_us)
        self._turn_us = min(self._turn_us, entry.own.due_us)

    def own_limits(self, patient: PatientId) -> tuple[Override | Revocation, ...]:
        """Return what people have set of a patient's own limits and ended of them, in the order in which they did."""
        return tuple(self._entry(patient).own.overrides)

    def check_limits(self, event: Override | Revocation) -> None:
        """Stop here unless the patient's own limits could be applied, now and whenever they change of themselves.

        Raises
        ------
        BadInput
            If they could not, or the patient is not watched.
        """
        self._entry(event.patient).own.check(max(event.time_us, self.now_us), event)

    def advance(self, now_us: int) -> list[AlarmEvent]:
        """Let time pass: scores that are due, signals that fell silent, escalation, the ends of pauses.

        What is due at `now_us` itself waits until that instant is over: a sample of it may still come.
        """
        events = self._pass_until(now_us)
        self.now_us = max(self.now_us, now_us)
        events.extend(self._fall_silent(now_us))
        self._passed_us = now_us - 1
        for entry in self._agenda.due(self._passed_us):
            events.extend(entry.keep(entry.alarms.advance(self._passed_us)))
        for budget in self._budgets.values():
            events.extend(self._tell(budget.advance(now_us - 1)))
        return events

    def on_duty(self, ward: str, nurses: int, per_nurse_hour: float) -> list[AlarmEvent]:
        """Let an alarm budget hold on a ward: what passes it waits and is listed, safety and high priority never.

        What was raised before a ward had its first budget does not wait.

        Raises
        ------
        BadInput
            If a number is out of range.
        """
        budget = self._budgets.get(ward)
        if budget is not None:
            return self._tell(budget.on_duty(nurses, self.now_us, per_nurse_hour))
        budget = self._budgets[ward] = AlarmBudget(per_nurse_hour, nurses)
        for entry in self._patients.values():
            if entry.ward == ward:
                entry.alarms.use_budget(budget)
        return []

    def budget(self, ward: str) -> AlarmBudget | None:
        """Return the alarm budget of a ward, if it has one."""
        return self._budgets.get(ward)

    def _tell(self, releases: Iterable[Release]) -> list[AlarmEvent]:
        """Tell staff of what waited."""
        events: list[AlarmEvent] = []
        for release in releases:
            entry = self._patients.get(release.patient)
            if entry is not None:
                events.extend(entry.keep(entry.alarms.advance(self._passed_us)))
                told = entry.alarms.tell(release.notification, release.time_us, release.reason)
                events.extend(entry.keep(told))
        return events

    def take_findings(self) -> list[Finding]:
        """Return the findings made since this was last asked."""
        return self._grid.take_findings()

    def view(self, patient: PatientId) -> PatientView:
        """Return what a person sees of a patient now."""
        scores = self._grid.views(patient)
        return self._entry(patient).view(self._compiled, self._state, self._computed, scores, self.now_us)

    def usage(self, patient: PatientId) -> dict[str, dict[str, int]]:
        """Count, by watched signal: usable samples, the time they stand for, and late or double ones dropped."""
        row, state = self._entry(patient).row, self._state
        counts = (state.valid_count, state.valid_time_us, state.dropped)
        return {
            name: dict(zip(_USAGE, (int(count[row, index]) for count in counts), strict=True))
            for name, index in self._signal_index.items()
            if index < self._compiled.watched and not self._is_computed(name)
        }

    def _entry(self, patient: PatientId) -> WatchedPatient:
        try:
            return self._patients[patient]
        except KeyError:
            raise BadInput(f"{patient} is not watched on this ward", mend="admit the patient first") from None

    def _is_computed(self, signal: str) -> bool:
        return signal in self._computed

    def _make_room(self) -> None:
        self._grid.make_room(len(self._by_row))
        self._variants.make_room(len(self._by_row))
        have, need = self._state.last_us.shape[0], len(self._by_row)
        if need <= have:
            return
        grown = new_state(max(need, 2 * have, 8), len(self._compiled.signals), len(self._compiled.rules))
        for old, new in zip(self._state, grown, strict=True):
            new[:have] = old
        self._state = State(*grown)

    def _rows(self, samples: SampleBatch) -> SampleRows:
        if self._newest_rows[0] != samples.patients:  # a gateway sends of the same ones again and again
            rows = [self._entry(patient).row for patient in samples.patients]
            self._newest_rows = (samples.patients, np.array(rows, np.int32))
        signals = np.array([self._signal_index.get(name, -1) for name in samples.signals], np.int16)
        computed = self._comes_computed if self._comes_computed.any() else None
        return rows_of(samples, self._newest_rows[1], signals, computed)

    def _run_kernel(self, *parts: SampleRows) -> list[AlarmEvent]:
        """Take rows that follow each other; what they change is told in order of time, however they are parted."""
        held_to = [
            (rows if some is None else rows.at(some), table)
            for rows in parts
            for table, some in self._variants.parts(rows.patient)
        ]
        found = changes_of(held_to, self._state, len(self._by_row))
        events: list[AlarmEvent] = []
        for row, change in self._variants.changes(tuple(found[name] for name in CHANGE.names or ())):
            if (entry := self._by_row[row]) is not None:
                events.extend(self._take(entry, change))
        return events

    def _take(self, entry: WatchedPatient, change: ConditionChange) -> list[AlarmEvent]:
        return entry.keep(entry.alarms.change(change))

    def _fall_silent(self, now_us: int) -> list[AlarmEvent]:
        tolerance_us = self._compiled.signal_table["tolerance_us"][: self._compiled.watched]
        if self._watched_rows is None:
            self._watched_rows = np.array([entry.row for entry in self._patients.values()], np.int64)
        events: list[AlarmEvent] = []
        for row, signal, lost_us, since_us in silent_signals(self._state, self._watched_rows, tolerance_us, now_us):
            entry = self._by_row[row]
            if entry is not None:
                self._state.lost[row, signal] = True
                name = self._compiled.signals[signal]
                events.extend(
                    self._take(entry, ConditionChange(lost_us, Change.LOST, name, since_us, 0.0, float("nan")))
                )
        return events

    def _pass_until(self, time_us: int) -> list[AlarmEvent]:
        """Do everything that is due before a time: limits that change, the scores and derived signals of minutes."""
        events: list[AlarmEvent] = []
        if self._grid.is_needed and self._patients:
            for at_us in self._grid.minutes_until(time_us, self.now_us):
                events.extend(self._turns_until(at_us - 1))
                events.extend(self._minute(at_us))
        events.extend(self._turns_until(time_us - 1))
        return events

    def _turns_until(self, time_us: int) -> list[AlarmEvent]:
        """Let the patients whose limits change up to a time go over to their new ones, each at its own time."""
        events: list[AlarmEvent] = []
        while self._turn_us <= time_us:
            at_us = self._turn_us
            events.extend(self._fall_silent(at_us))
            for entry in self._patients.values():
                turn = entry.own.turn(at_us) if entry.own.due_us <= at_us else None
                if turn is not None:
                    self._use(entry)
                    adopted = entry.alarms.adopt(turn.policy, at_us, reason=turn.reason, by=turn.by, detail=turn.detail)
                    events.extend(entry.keep(adopted))
            self._turn_us = min(entry.own.due_us for entry in self._patients.values())
        return events

    def _use(self, entry: WatchedPatient) -> None:
        self._variants.use(entry.row, entry.own.policy, self._state)
        self._grid.use(entry.id, entry.own.policy)

    def _rows_before_turn(self, rows: SampleRows) -> int:
        """Return how many rows come before the next change of somebody's limits."""
        stop = int(np.searchsorted(rows.time_us, self._turn_us, side="right"))
        first = int(np.searchsorted(rows.time_us, self._turn_us, side="left"))
        return first + int(np.count_nonzero(~self._comes_computed[rows.signal[first:stop]]))

    def _minute(self, at_us: int) -> list[AlarmEvent]:
        entries = list(self._patients.values())
        rows = [entry.row for entry in entries]
        due = self._grid.compute(
            at_us,
            [entry.id for entry in entries],
            rows,
            lambda signal: self._newest(signal, rows),
            {entry.id: entry.observations for entry in entries},
        )
        for finding in self._grid.new_findings:
            self.foresee(finding.patient, [finding])
        events = self._turns_until(at_us)
        for signal, (period_us, column) in due.items():
            n = len(rows)
            events.extend(
                self._run_kernel(
                    SampleRows(
                        np.array(rows, np.int32),
                        np.full(n, self._signal_index[signal], np.int16),
                        np.full(n, at_us, np.int64),
                        column,
                        np.full(n, period_us, np.int64),
                    )
                )
            )
        return events

    def _remember(self, rows: SampleRows) -> None:
        """Give the grid the samples that the kernel will use: plausible, and neither late nor double."""
        if not self._grid.remembers:
            return
        use = usable_once(rows, self._compiled, self._state)
        self._grid.add(rows.patient[use], rows.signal[use], rows.value[use])

    def _newest(self, signal: str, rows: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        index = self._signal_index.get(signal)
        if index is None:
            return np.full(len(rows), NEVER, np.int64), np.full(len(rows), np.nan)
        return self._state.valid_us[rows, index], self._state.valid_value[rows, index]
