"""One patient's recording replayed as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy, patient_policy
from fyr.clock import MINUTE_US
from fyr.record import Observation, PatientSamples
from fyr.watch.columnar.alarm_desk import ALERT, Desk, new_desk
from fyr.watch.columnar.alarm_kernel import tell
from fyr.watch.columnar.alarm_tables import AlarmTables, alarm_tables
from fyr.watch.columnar.computed import computed_columns
from fyr.watch.columnar.merging import merged_order
from fyr.watch.columnar.pool import ColumnPool
from fyr.watch.columnar.streams import Stream
from fyr.watch.compiled_policy import CompiledPolicy, compile_policy
from fyr.watch.kernel import CHANGE, State, advance, changes_capacity, new_state, scan
from fyr.watch.own_policy import OwnPolicy
from fyr.watch.readings import as_reading

__all__ = ["AlertRule", "Outcome", "PatientReplay", "Plan"]


class AlertRule(NamedTuple):
    """What all alerts of one rule have in common."""

    rule: str
    title: str
    priority: str
    signal: str


class Plan(NamedTuple):
    """A policy in the forms that the kernels read; `number` tells it from the replay's other policies."""

    policy: Policy
    compiled: CompiledPolicy
    tables: AlarmTables
    rules: tuple[AlertRule, ...]
    number: int
    idle: NDArray[np.bool_]
    """By signal: whether nobody hears of it but by implausible values, as of one that only other signals read."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came out of one patient's recording.

    Parameters
    ----------
    rules : tuple of AlertRule
        Those of the patient's own policy; none where no sample is of a signal that the policy reads.
    alerts : ndarray of ALERT
        In order of time; by the places of `rules`.
    technical, suppressed : int
        How many notifications about sensors there were, and of how many deviations nobody was told.
    not_assessable_us : dict of str to int
        By signal that the ward's policy has a rule about.
    span_us : int
        From the first sample to the end of the last.
    """

    rules: tuple[AlertRule, ...]
    alerts: NDArray[np.void]
    technical: int
    suppressed: int
    not_assessable_us: dict[str, int]
    span_us: int


@dataclass(slots=True, eq=False)
class _Room:
    """What the kernels write into; for one plan and one thread."""

    state: State
    fresh: State
    desk: Desk
    alerts: NDArray[np.void] = field(default_factory=lambda: np.empty(1024, ALERT))


class PatientReplay:
    """Replays patients under one ward policy, one after the other.

    Parameters
    ----------
    policy : Policy
        The ward's.
    assumed_response_us : int or None
        As of :func:`fyr.watch.replay.replay_patient`.

    Notes
    -----
    Not thread-safe, but as many as there are threads may run beside each other: the kernels hold no lock of Python's.
    """

    def __init__(self, policy: Policy, assumed_response_us: int | None) -> None:
        self.policy = policy
        self.assumed_response_us = assumed_response_us
        inputs = {entry.source for score in policy.scores.values() for entry in score.inputs.values()}
        self._read = {*policy.signals, *inputs}
        self._asked = tuple(dict.fromkeys(rule.signal for rule in policy.rules))
        self._plans: dict[str, Plan] = {}
        self._rooms: dict[int, _Room] = {}
        self._changes = np.empty(0, CHANGE)
        self._pool = ColumnPool()

    def __call__(self, samples: PatientSamples, observations: Sequence[Observation] = ()) -> Outcome:
        """Replay one patient; `observations` are that patient's."""
        span_us = samples.span()
        used = [
            index
            for index, name in enumerate(samples.signals)
            if name in self._read and samples.first[index] < samples.first[index + 1]
        ]
        length_us = span_us[1] - span_us[0]
        if not used:
            deaf = dict.fromkeys(self._asked, length_us)
            return Outcome((), np.empty(0, ALERT), 0, 0, deaf, length_us)
        start_us = min(int(samples.time_us[samples.first[index]]) for index in used)
        end_us = max(
            int(samples.time_us[samples.first[index + 1] - 1]) + int(samples.period_us[index]) for index in used
        )
        known = [one for one in observations if one.time_us < end_us]
        plan = self._plan(samples, known, start_us)
        streams: dict[str, list[Stream]] = {}
        for index in used:
            part = samples.part(index)
            stream = Stream(samples.time_us[part], samples.value[part], int(samples.period_us[index]))
            streams.setdefault(samples.signals[index], []).append(stream)
        for name, stream in _written_readings(plan.policy, known):
            streams.setdefault(name, []).append(stream)
        self._pool.begin()
        replay_us = (start_us, end_us)
        computed = computed_columns(samples.patient, plan.policy, streams, known, replay_us, self._pool)
        for name, stream in computed.items():
            streams.setdefault(name, []).append(stream)
        return self._run(plan, streams, replay_us, span_us)

    def changes_midway(self, samples: PatientSamples, observations: Sequence[Observation]) -> bool:
        """Whether what becomes known during the recording bends the policy, which only the ward engine follows."""
        codes = {condition.code for condition in self.policy.when_finding if condition.code}
        told = [one for one in observations if one.code in codes]
        if any(condition.model for condition in self.policy.when_finding) and self.policy.scores:
            return True
        if not told:
            return False
        start_us, end_us = samples.span()
        own = OwnPolicy(self.policy, samples.patient, start_us, told)
        return own.due_us < end_us

    def _plan(self, samples: PatientSamples, known: Sequence[Observation], start_us: int) -> Plan:
        policy = self.policy
        if policy.when_finding:
            policy = patient_policy(policy, samples.patient, start_us, observations=known)
        plan = self._plans.get(policy.digest)
        if plan is None:
            compiled = compile_policy(policy)
            tables = alarm_tables(policy, compiled, self.assumed_response_us)
            rules = tuple(AlertRule(rule.key, rule.title, rule.priority.value, rule.signal) for rule in compiled.rules)
            plan = Plan(policy, compiled, tables, rules, len(self._plans), _idle(policy, compiled))
            self._plans[policy.digest] = plan
        return plan

    def _run(
        self, plan: Plan, streams: dict[str, list[Stream]], replay_us: tuple[int, int], span_us: tuple[int, int]
    ) -> Outcome:
        compiled = plan.compiled
        room = self._room(plan)
        longest = sum(len(stream.value) for parts in streams.values() for stream in parts)
        capacity = changes_capacity(longest, compiled.most_rules)
        if len(self._changes) < capacity:
            self._changes = np.empty(capacity, CHANGE)
        first = np.zeros(compiled.watched + 1, np.int64)
        for index, name in enumerate(compiled.signals[: compiled.watched]):
            first[index + 1] = first[index]
            parts = streams.get(name, [])
            if plan.idle[index] and all(_is_plausible(part.value, compiled.signal_table[index]) for part in parts):
                continue
            first[index + 1] += _scan(parts, index, compiled, room.state, self._changes[first[index] :])
        order = merged_order(self._changes, first)
        arguments = (room.state.newest[0], compiled.signal_table, plan.tables, room.desk, replay_us, span_us)
        count = tell(self._changes, order, *arguments, room.alerts)
        if count > len(room.alerts):
            room.alerts = np.empty(2 * count, ALERT)
            tell(self._changes, order, *arguments, room.alerts)
        alerts = room.alerts[:count].copy()
        place = {name: index for index, name in enumerate(compiled.signals[: compiled.watched])}
        deaf_us = room.desk.deaf_us
        return Outcome(
            rules=plan.rules,
            alerts=alerts,
            technical=room.desk.technical,
            suppressed=room.desk.suppressed,
            not_assessable_us={name: int(deaf_us[place[name]]) for name in self._asked},
            span_us=span_us[1] - span_us[0],
        )

    def _room(self, plan: Plan) -> _Room:
        """Return the plan's room, as nothing were known."""
        room = self._rooms.get(plan.number)
        if room is None:
            size = (1, len(plan.compiled.signals), len(plan.compiled.rules))
            desk = new_desk(len(plan.compiled.rules), plan.compiled.watched)
            room = self._rooms[plan.number] = _Room(new_state(*size), new_state(*size), desk)
        for mine, fresh in zip(room.state, room.fresh, strict=True):
            mine[:] = fresh
        return room


def _idle(policy: Policy, compiled: CompiledPolicy) -> NDArray[np.bool_]:
    """Say which signals no rule asks about and nobody is told the loss of.

    One that comes before a signal whose loss is told is none of them: its own changes let time pass for the others.
    """
    names = compiled.signals[: compiled.watched]
    told = [index for index, name in enumerate(names) if policy.signals[name].technical_after_us is not None]
    rows = compiled.signal_table
    return np.array(
        [rows[i]["first_rule"] == rows[i]["end_rule"] and i > max(told, default=-1) for i in range(len(names))],
        np.bool_,
    )


def _is_plausible(value: NDArray[np.float64], read: np.void) -> bool:
    return bool(_is_within(value, read["plausible_low"], read["plausible_high"]))


@numba.njit(cache=True, nogil=True)
def _is_within(value: NDArray[np.float64], low: float, high: float) -> bool:
    """Whether no value lies outside a range."""
    outside = 0
    for i in range(len(value)):
        outside += (value[i] < low) | (value[i] > high)
    return bool(outside == 0)


def _scan(parts: Sequence[Stream], index: int, compiled: CompiledPolicy, state: State, out: NDArray[np.void]) -> int:
    """Run one signal through its rules; return how many changes that gave."""
    if not parts:
        return 0
    if len(parts) == 1:
        time_us, value, period_us = parts[0]
        return int(scan(index, time_us, value, period_us, compiled.signal_table, compiled.rule_table, state, out))
    time_us = np.concatenate([part.time_us for part in parts])
    order = np.argsort(time_us, kind="stable")
    return int(
        advance(
            np.zeros(len(order), np.int32),
            np.full(len(order), index, np.int16),
            time_us[order],
            np.concatenate([part.value for part in parts])[order],
            np.repeat([part.period_us for part in parts], [len(part.value) for part in parts])[order],
            compiled.signal_table,
            compiled.rule_table,
            state,
            out,
        )
    )


def _written_readings(policy: Policy, observations: Sequence[Observation]) -> list[tuple[str, Stream]]:
    """Return the readings that a person wrote down, which count like a device's."""
    counted = {name for name, signal in policy.signals.items() if not signal.continuous}
    found = []
    for one in sorted(
        (one for one in observations if one.code in counted), key=lambda observation: observation.time_us
    ):
        reading = as_reading(policy, one)
        if reading is not None:
            found.append((one.code, Stream(np.array([one.time_us], np.int64), np.array([reading]), MINUTE_US)))
    return found
