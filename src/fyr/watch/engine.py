"""The ward engine: samples, observations, actions and time in; alarm events, findings and views out.

One engine serves live monitoring, replay and evaluation. It keeps event time: what comes out depends only on what
went in and on the times it carries, never on the clock of the machine.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import (
    Action,
    AlarmEvent,
    AlarmEventKind,
    Change,
    ConditionChange,
    PatientAlarms,
    Policy,
)
from fyr.clock import HOUR_US, MINUTE_US
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId, Quality, SampleBatch, Status
from fyr.watch.compiled_policy import compile_policy
from fyr.watch.grid import MinuteGrid
from fyr.watch.kernel import CHANGE, NEVER, State, advance_some, changes_capacity, new_state
from fyr.watch.view import LatestValue, PatientState, PatientView, patient_state, urgency_order

__all__ = ["WardEngine", "as_reading"]

_CHUNK: Final = 65_536
"""Rows that the kernel takes at a time, so that the space for their changes stays small."""

_WORTH_THREADS: Final = 500_000
"""Rows from which on the patients are divided among threads; the kernel holds no lock of Python's."""


@dataclass(slots=True)
class _Patient:
    """What the engine keeps of a patient beside the kernel's arrays."""

    id: PatientId
    row: int
    alarms: PatientAlarms
    admitted_us: int
    observations: dict[str, Observation] = field(default_factory=dict)
    suppressed: deque[AlarmEvent] = field(default_factory=deque)


@dataclass(slots=True)
class _Rows:
    """Samples as the kernel takes them, in order of time; shape (rows,)."""

    patient: NDArray[np.int32]
    signal: NDArray[np.int16]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    period_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.patient)

    def part(self, start: int, stop: int) -> _Rows:
        """Return the rows from `start` up to `stop`."""
        part = slice(start, stop)
        return _Rows(self.patient[part], self.signal[part], self.time_us[part], self.value[part], self.period_us[part])


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
    """

    def __init__(
        self, policy: Policy, *, assumed_response_us: int | None = None, computed_before: bool = False
    ) -> None:
        self.policy = policy
        self.assumed_response_us = assumed_response_us
        self.now_us = NEVER
        self._compiled = compile_policy(policy)
        self._signal_index = {name: index for index, name in enumerate(self._compiled.signals)}
        self._rule_signal = np.array([self._signal_index[rule.signal] for rule in self._compiled.rules])
        self._grid = MinuteGrid(replace(policy, scores={}, derived={}) if computed_before else policy)
        self._computed = MinuteGrid(policy).computed_signals if computed_before else self._grid.computed_signals
        self._patients: dict[PatientId, _Patient] = {}
        self._by_row: list[_Patient | None] = []
        self._state = new_state(0, len(self._compiled.signals), len(self._compiled.rules))

    @property
    def patients(self) -> tuple[PatientId, ...]:
        """Who is watched now."""
        return tuple(self._patients)

    def admit(self, patient: PatientId, time_us: int) -> list[AlarmEvent]:
        """Begin to watch a patient, of whom nothing can be assessed yet.

        Raises
        ------
        BadInput
            If the patient is watched already.
        """
        if patient in self._patients:
            raise BadInput(f"{patient} is already watched", mend="discharge the patient first")
        alarms = PatientAlarms(patient, self.policy, assumed_response_us=self.assumed_response_us)
        entry = _Patient(patient, len(self._by_row), alarms, time_us)
        self._patients[patient] = entry
        self._by_row.append(entry)
        self._make_room()
        self._state.lost[entry.row, self._compiled.watched :] = False
        changes = [
            ConditionChange(time_us, Change.LOST, name, time_us, 0.0, float("nan"))
            for name in self._compiled.signals[: self._compiled.watched]
        ]
        return [event for change in changes for event in self._take(entry, change)]

    def discharge(self, patient: PatientId) -> None:
        """Stop watching a patient; what stood is no longer anybody's task here."""
        entry = self._entry(patient)
        del self._patients[patient]
        self._by_row[entry.row] = None
        self._grid.forget(entry.row)

    def ingest(self, samples: SampleBatch) -> list[AlarmEvent]:
        """Take samples, in any order within the batch.

        Raises
        ------
        BadInput
            If a sample is about a patient who is not watched.
        """
        rows = self._rows(samples)
        events: list[AlarmEvent] = []
        if not self._grid.is_needed:
            parts = [rows.part(start, start + _CHUNK) for start in range(0, len(rows), _CHUNK)]
            events.extend(self._run_kernel(*parts))
            if parts:
                self.now_us = max(self.now_us, int(rows.time_us[-1]))
            return events
        start = 0
        while start < len(rows):
            events.extend(self._minutes_until(int(rows.time_us[start])))
            stop = int(np.searchsorted(rows.time_us, self._grid.next_us, side="right"))
            stop = max(start + 1, min(stop, start + _CHUNK))
            part = rows.part(start, stop)
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
        events = self._minutes_until(observation.time_us)
        newest = entry.observations.get(observation.code)
        if newest is None or observation.time_us >= newest.time_us:
            entry.observations[observation.code] = observation
        reading = as_reading(self.policy, observation)
        if reading is not None:
            rows = _Rows(
                np.array([entry.row], np.int32),
                np.array([self._signal_index[observation.code]], np.int16),
                np.array([observation.time_us], np.int64),
                np.array([reading], np.float64),
                np.array([MINUTE_US], np.int64),
            )
            self._remember(rows)
            events.extend(self._run_kernel(rows))
        self.now_us = max(self.now_us, observation.time_us)
        return events

    def act(self, patient: PatientId, action: Action) -> list[AlarmEvent]:
        """Take what a person did about a notification.

        Raises
        ------
        BadInput
            If the notification does not stand, or the action does not fit it.
        """
        return self._keep(self._entry(patient), self._entry(patient).alarms.act(action))

    def advance(self, now_us: int) -> list[AlarmEvent]:
        """Let time pass: scores that are due, signals that fell silent, escalation, the ends of pauses.

        What is due at `now_us` itself waits until that instant is over: a sample of it may still come.
        """
        events = self._minutes_until(now_us)
        self.now_us = max(self.now_us, now_us)
        for entry, signal, change in self._silent(now_us):
            self._state.lost[entry.row, signal] = True
            events.extend(self._take(entry, change))
        for entry in self._patients.values():
            events.extend(self._keep(entry, entry.alarms.advance(now_us - 1)))
        return events

    def take_findings(self) -> list[Finding]:
        """Return the findings made since this was last asked."""
        findings, self._grid.findings = self._grid.findings, []
        return findings

    def view(self, patient: PatientId) -> PatientView:
        """Return what a person sees of a patient now."""
        entry = self._entry(patient)
        latest = {name: self._latest(entry, index) for name, index in self._signal_index.items()}
        notifications = tuple(sorted(entry.alarms.live.values(), key=urgency_order))
        while entry.suppressed and entry.suppressed[0].time_us < self.now_us - HOUR_US:
            entry.suppressed.popleft()
        continuous = [name for name, signal in self.policy.signals.items() if signal.continuous]
        measured = [name for name in continuous if not self._is_computed(name)]
        return PatientView(
            patient=patient,
            state=patient_state(notifications, anything_lost=any(latest[name].is_lost for name in measured)),
            latest={name: value for name, value in latest.items() if not self._is_computed(name)},
            scores=self._grid.views(patient),
            observations=dict(entry.observations),
            notifications=notifications,
            suppressed=tuple(reversed(entry.suppressed)),
        )

    def state_of(self, patient: PatientId) -> PatientState:
        """Return the one word that the patient's tile says."""
        return self.view(patient).state

    def usage(self, patient: PatientId) -> dict[str, dict[str, int]]:
        """Count, by watched signal: usable samples, the time they stand for, and late or double ones dropped."""
        row = self._entry(patient).row
        return {
            name: {
                "valid_samples": int(self._state.valid_count[row, index]),
                "assessable_us": int(self._state.valid_time_us[row, index]),
                "dropped": int(self._state.dropped[row, index]),
            }
            for name, index in self._signal_index.items()
            if index < self._compiled.watched and not self._is_computed(name)
        }

    def _entry(self, patient: PatientId) -> _Patient:
        try:
            return self._patients[patient]
        except KeyError:
            raise BadInput(f"{patient} is not watched on this ward", mend="admit the patient first") from None

    def _is_computed(self, signal: str) -> bool:
        return signal in self._computed

    def _make_room(self) -> None:
        self._grid.make_room(len(self._by_row))
        have, need = self._state.last_us.shape[0], len(self._by_row)
        if need <= have:
            return
        grown = new_state(max(need, 2 * have, 8), len(self._compiled.signals), len(self._compiled.rules))
        for old, new in zip(self._state, grown, strict=True):
            new[:have] = old
        self._state = State(*grown)

    def _rows(self, samples: SampleBatch) -> _Rows:
        patients = np.array([self._entry(patient).row for patient in samples.patients], np.int32)
        signals = np.array([self._signal_index.get(name, -1) for name in samples.signals], np.int16)
        signal = signals[samples.signal_index] if len(samples) else np.empty(0, np.int16)
        order = np.argsort(samples.time_us, kind="stable")
        order = order[signal[order] >= 0]
        unusable = np.isin(samples.quality[order], (Quality.UNKNOWN, Quality.NOT_DONE))
        return _Rows(
            patient=patients[samples.patient_index[order]] if len(order) else np.empty(0, np.int32),
            signal=signal[order],
            time_us=samples.time_us[order],
            value=np.where(unusable, np.nan, samples.value[order]),
            period_us=samples.period_us[samples.signal_index[order]] if len(order) else np.empty(0, np.int64),
        )

    def _run_kernel(self, *parts: _Rows) -> list[AlarmEvent]:
        """Take rows that follow each other; what they change is told in order of time, however they are parted."""
        patients = len(self._by_row)
        threads = min(os.cpu_count() or 1, patients) if sum(map(len, parts)) >= _WORTH_THREADS else 1
        ends = [patients * number // threads for number in range(threads + 1)]
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                taken = list(pool.map(lambda first, end: self._take_rows(parts, first, end), ends[:-1], ends[1:]))
            found = [changes for of_thread in taken for changes in of_thread]
        else:
            found = self._take_rows(parts, 0, patients)
        if not found:
            return []
        changes = np.concatenate(found) if len(found) > 1 else found[0]
        events: list[AlarmEvent] = []
        for entry, change in self._changes(tuple(changes[name] for name in CHANGE.names or ())):
            events.extend(self._take(entry, change))
        return events

    def _take_rows(self, parts: Sequence[_Rows], first_patient: int, end_patient: int) -> list[NDArray[np.void]]:
        """Run the kernel over the rows of some patients, whose state no other thread touches."""
        out = np.empty(changes_capacity(max(map(len, parts), default=0), self._compiled.most_rules), CHANGE)
        found = []
        for rows in parts:
            count = advance_some(
                first_patient,
                end_patient,
                rows.patient,
                rows.signal,
                rows.time_us,
                rows.value,
                rows.period_us,
                self._compiled.signal_table,
                self._compiled.rule_table,
                self._state,
                out,
            )
            found.append(out[:count].copy())
        return found

    def _changes(self, columns: tuple[NDArray[Any], ...]) -> Iterator[tuple[_Patient, ConditionChange]]:
        """Put changes in order of time, signal and patient: it does not matter how samples were batched or divided."""
        about_rule = np.isin(columns[1], (Change.ONSET, Change.CLEAR, Change.BRIEF, Change.INTERRUPTED))
        rule_signal = self._rule_signal[np.where(about_rule, columns[2], 0)]
        order = np.lexsort((columns[0], np.where(about_rule, rule_signal, columns[2]), columns[3]))
        for row, kind, subject, time_us, start_us, amount, value, is_rule in zip(
            *(column[order].tolist() for column in (*columns, about_rule)), strict=True
        ):
            entry = self._by_row[row]
            if entry is None:
                continue
            if is_rule:
                name = self._compiled.rules[subject].key
            elif subject < self._compiled.watched:
                name = self._compiled.signals[subject]
            else:
                continue
            yield entry, ConditionChange(time_us, Change(kind), name, start_us, amount, value)

    def _take(self, entry: _Patient, change: ConditionChange) -> list[AlarmEvent]:
        return self._keep(entry, entry.alarms.change(change))

    @staticmethod
    def _keep(entry: _Patient, events: list[AlarmEvent]) -> list[AlarmEvent]:
        entry.suppressed.extend(event for event in events if event.kind is AlarmEventKind.SUPPRESSED)
        return events

    def _silent(self, now_us: int) -> list[tuple[_Patient, int, ConditionChange]]:
        state, watched = self._state, self._compiled.watched
        tolerance = self._compiled.signal_table["tolerance_us"][:watched]
        rows = [entry.row for entry in self._patients.values()]
        valid, period = state.valid_us[rows, :watched], state.period_us[rows, :watched]
        assessable = (valid != NEVER) & ~state.lost[rows, :watched]
        age = np.where(assessable, now_us - np.where(assessable, valid, now_us), 0)
        silent = assessable & (age - period > tolerance + period // 2)
        found = []
        for position, signal in zip(*np.nonzero(silent), strict=True):
            entry = self._by_row[rows[position]]
            if entry is None:
                continue
            since_us = int(valid[position, signal])
            time_us = since_us + int(period[position, signal]) + int(tolerance[signal])
            change = ConditionChange(time_us, Change.LOST, self._compiled.signals[signal], since_us, 0.0, float("nan"))
            found.append((entry, int(signal), change))
        return sorted(found, key=lambda one: (one[2].time_us, one[1]))

    def _minutes_until(self, time_us: int) -> list[AlarmEvent]:
        """Compute the scores and derived signals of every minute that has ended before a time."""
        events: list[AlarmEvent] = []
        if not self._grid.is_needed or not self._patients:
            return events
        for at_us in self._grid.minutes_until(time_us, self.now_us):
            events.extend(self._minute(at_us))
        return events

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
        events: list[AlarmEvent] = []
        for signal, (period_us, column) in due.items():
            n = len(rows)
            events.extend(
                self._run_kernel(
                    _Rows(
                        np.array(rows, np.int32),
                        np.full(n, self._signal_index[signal], np.int16),
                        np.full(n, at_us, np.int64),
                        column,
                        np.full(n, period_us, np.int64),
                    )
                )
            )
        return events

    def _remember(self, rows: _Rows) -> None:
        """Give the grid the samples that the kernel will use: plausible, and neither late nor double."""
        if not self._grid.remembers:
            return
        watched = rows.signal < self._compiled.watched
        read = self._compiled.signal_table[rows.signal]
        plausible = (rows.value >= read["plausible_low"]) & (rows.value <= read["plausible_high"])
        use = watched & plausible & (rows.time_us > self._state.last_us[rows.patient, rows.signal])
        order = np.lexsort((rows.time_us, rows.signal, rows.patient))
        earlier, later = order[:-1], order[1:]
        same = rows.time_us[earlier] == rows.time_us[later]
        same &= (rows.signal[earlier] == rows.signal[later]) & (rows.patient[earlier] == rows.patient[later])
        use[later[same]] = False
        self._grid.add(rows.patient[use], rows.signal[use], rows.value[use])

    def _newest(self, signal: str, rows: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        index = self._signal_index.get(signal)
        if index is None:
            return np.full(len(rows), NEVER, np.int64), np.full(len(rows), np.nan)
        return self._state.valid_us[rows, index], self._state.valid_value[rows, index]

    def _latest(self, entry: _Patient, index: int) -> LatestValue:
        name = self._compiled.signals[index]
        time_us, value = int(self._state.valid_us[entry.row, index]), float(self._state.valid_value[entry.row, index])
        observation = entry.observations.get(name)
        if observation is not None and observation.time_us > time_us and isinstance(observation.value, float | int):
            time_us, value = observation.time_us, float(observation.value)
        known = time_us != NEVER
        return LatestValue(
            signal=name,
            value=value if known else None,
            time_us=time_us if known else None,
            is_lost=bool(self._state.lost[entry.row, index]),
            is_watched=index < self._compiled.watched,
        )


def as_reading(policy: Policy, observation: Observation) -> float | None:
    """Return the value of an observation that counts as a reading (a cuff pressure written down), else ``None``."""
    signal = policy.signals.get(observation.code)
    if signal is None or signal.continuous or observation.status is not Status.PRESENT:
        return None
    return float(observation.value) if isinstance(observation.value, float | int) else None
