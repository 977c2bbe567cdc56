"""The one door for everything that live sources send: attributed, kept, and only then answered.

What is accepted is in the ward's journal before the sender hears so; what is refused is in quarantine, with the reason.
If neither can be kept (a full disk), the sender is told to send it again, and nothing has happened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US, Clock
from fyr.errors import BadInput, FyrError
from fyr.exchange.incoming import (
    Incoming,
    IncomingObservation,
    IncomingSamples,
    Movement,
    Problem,
    ProblemKind,
    Verdict,
)
from fyr.record import Observation, PatientId, SampleBatch
from fyr.serve.attribution import Attribution
from fyr.serve.late_beds import LateBed, LateBeds
from fyr.serve.movements import moved
from fyr.serve.quarantine import Quarantine
from fyr.serve.stays import Stays
from fyr.serve.ward_inputs import Admitted, Discharged, Input, Moved, Observed, Sampled

__all__ = ["InputKeeper", "Intake", "PatientRegister", "SourceCounts"]

_LOG: Final = logging.getLogger("fyr.serve")
_SKEW_US: Final = 5 * SECOND_US
"""How far ahead of its arrival a sample may be before its device is watched by itself; as in fyr.watch.arrival."""

_CANNOT_KEEP: Final = "it cannot be kept now"


@dataclass(slots=True)
class SourceCounts:
    """What came from a source since this server was started.

    Parameters
    ----------
    messages, accepted, refused, samples : int
    last_message_us, last_accepted_us : int or None
        Microseconds UTC.
    """

    messages: int = 0
    accepted: int = 0
    refused: int = 0
    samples: int = 0
    last_message_us: int | None = None
    last_accepted_us: int | None = None


class InputKeeper(Protocol):
    """Where inputs are put for the wards."""

    def append(self, inputs: Sequence[Input]) -> None:
        """Keep inputs; durable when it returns."""
        ...


class PatientRegister(Protocol):
    """Where patients and their stays are kept for good."""

    def keep(self, movements: Sequence[tuple[PatientId, Movement, Admitted | Moved | Discharged | None]]) -> None:
        """Keep what movements say, all or none; said twice it is kept once."""
        ...


@dataclass(slots=True)
class _Taking:
    """What is made of the messages of one call."""

    stays: Stays
    inputs: list[Input] = field(default_factory=list)
    movements: list[tuple[PatientId, Movement, Admitted | Moved | Discharged | None]] = field(default_factory=list)
    problems: dict[int, Problem] = field(default_factory=dict)
    samples: int = 0
    newest_us: dict[PatientId, int] = field(default_factory=dict)


class Intake:
    """Takes what sources read.

    Parameters
    ----------
    hospital : str
        Whose patient numbers the senders mean.
    journal : InputKeeper
        Keeps what is to reach the wards.
    stays : Stays
        As they are when the first message comes; the intake's own from then on.
    register : PatientRegister
    quarantine : Quarantine
    clock : Clock
    lateness_us : int
        See :class:`fyr.serve.attribution.Attribution`.
    on_taken : callable
        Called when something new is in the journal, from whichever thread brought it.
    on_trouble : callable
        Called with what is wrong where nothing can be kept, and with ``None`` when it can again.
    """

    def __init__(
        self,
        hospital: str,
        journal: InputKeeper,
        stays: Stays,
        register: PatientRegister,
        quarantine: Quarantine,
        clock: Clock,
        *,
        lateness_us: int,
        on_taken: Callable[[], None] = lambda: None,
        on_trouble: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self.quarantine = quarantine
        self._hospital = hospital
        self._journal = journal
        self._stays = stays
        self._register = register
        self._clock = clock
        self._lateness_us = lateness_us
        self._on_taken = on_taken
        self._on_trouble = on_trouble
        self._lock = threading.Lock()
        self._counts: dict[str, SourceCounts] = {}
        self._watched_devices: set[tuple[str, PatientId]] = set()
        self._late = LateBeds()

    def late_beds(self, source: str) -> list[LateBed]:
        """Return the beds from which a source brings everything too late to be judged."""
        with self._lock:
            return list(self._late.standing(source, self._stays, self._clock.now_us()))

    def counts(self, source: str) -> SourceCounts:
        """Return what came from a source."""
        with self._lock:
            return replace(self._counts.get(source, SourceCounts()))

    def take(self, incoming: Incoming) -> list[Verdict]:
        """Attribute and keep messages; one verdict each. Never raises; any thread may call it."""
        with self._lock:
            now_us = self._clock.now_us()
            taking = _Taking(self._stays.copy() if incoming.movements else self._stays)
            taking.problems = {n: problem for n, problem in enumerate(incoming.problems) if problem is not None}
            try:
                self._understand(incoming, taking, now_us)
            except BadInput as problem:  # a column that a source made wrongly: refuse it all, attribute nothing
                _LOG.error("what %s handed over cannot be used: %s", incoming.source, problem.what)
                answer = Problem(ProblemKind.UNREADABLE, problem.what, problem.where or "", problem.mend or "")
                taking = _Taking(self._stays, problems=dict.fromkeys(range(len(incoming.raw)), answer))
            verdicts = self._keep(incoming, taking, now_us)
            self._count(incoming.source, verdicts, taking.samples, now_us)
            if any(verdict.is_accepted for verdict in verdicts):
                self._late.arrived(incoming.source, taking.newest_us, now_us, self._lateness_us)
        if taking.inputs and any(verdict.is_accepted for verdict in verdicts):
            self._on_taken()
        return verdicts

    def _understand(self, incoming: Incoming, taking: _Taking, now_us: int) -> None:
        """Go through the messages in their order: a movement holds for the samples after it."""
        begin = 0
        for movement in sorted(incoming.movements, key=lambda one: one.message):
            self._between(incoming, taking, begin, movement.message, now_us)
            self._move(movement, taking, now_us)
            begin = movement.message
        self._between(incoming, taking, begin, len(incoming.raw), now_us)

    def _move(self, movement: Movement, taking: _Taking, now_us: int) -> None:
        if movement.message in taking.problems:
            return
        answer = moved(movement, self._hospital, taking.stays, now_us)
        if isinstance(answer, Problem):
            taking.problems[movement.message] = answer
            return
        patient, told = answer
        taking.movements.append((patient, movement, told))
        if told is not None:
            taking.inputs.append(told)

    def _between(self, incoming: Incoming, taking: _Taking, begin: int, end: int, now_us: int) -> None:
        """Take the samples and observations of the messages from `begin` up to `end`."""
        attribution = Attribution(self._hospital, taking.stays, self._lateness_us)
        some = incoming.samples
        rows = slice(*np.searchsorted(some.message_index, (begin, end)).tolist())
        found = attribution.of_samples(_rows(some, rows), now_us)
        taking.problems.update(found.problems)
        seen = [
            self._observed(one, attribution, taking, incoming.source, now_us)
            for one in incoming.observations
            if begin <= one.message < end and one.message not in taking.problems
        ]
        refused = list(taking.problems)
        keep = (found.patient_index >= 0) & ~np.isin(some.message_index[rows], refused)
        for batch in self._batches(
            incoming.source, _rows(some, rows), found.patients, found.patient_index, keep, now_us
        ):
            taking.inputs.append(Sampled(batch))
            taking.samples += len(batch)
            _note_newest(batch, taking.newest_us)
        taking.inputs.extend(
            Observed(observation)
            for message, observation in seen
            if observation is not None and message not in taking.problems
        )

    def _observed(
        self, one: IncomingObservation, attribution: Attribution, taking: _Taking, source: str, now_us: int
    ) -> tuple[int, Observation | None]:
        patient = attribution.of(one.addressee, one.time_us, now_us)
        if isinstance(patient, Problem):
            taking.problems.setdefault(one.message, patient)
            return one.message, None
        return one.message, Observation(patient, one.code, one.time_us, one.value, one.unit, one.status, source)

    def _batches(
        self,
        source: str,
        samples: IncomingSamples,
        patients: tuple[PatientId, ...],
        patient_index: NDArray[np.int32],
        keep: NDArray[np.bool_],
        now_us: int,
    ) -> list[SampleBatch]:
        """Return the samples as one batch, and one more for each device whose clock was ever found to be ahead."""
        if not keep.any():
            return []
        ahead = keep & (samples.time_us > now_us + _SKEW_US)
        for number in np.unique(patient_index[ahead]).tolist():
            self._watched_devices.add((source, patients[number]))
        by_itself = [n for n, patient in enumerate(patients) if (source, patient) in self._watched_devices]
        parts = [(source, keep & ~np.isin(patient_index, by_itself))]
        parts.extend((self._device(source, patients[n]), keep & (patient_index == n)) for n in by_itself)
        return [_batch(name, samples, patients, patient_index, rows) for name, rows in parts if rows.any()]

    def _device(self, source: str, patient: PatientId) -> str:
        stay = self._stays.of(patient)
        return source if stay is None else f"{source} {stay.place}"

    def _keep(self, incoming: Incoming, taking: _Taking, now_us: int) -> list[Verdict]:
        try:
            self._register.keep(taking.movements)
            self._journal.append(taking.inputs)
        except FyrError as problem:
            return self._not_kept(len(incoming.raw), problem)
        self._stays = taking.stays
        refused = [(incoming.raw[message], problem) for message, problem in sorted(taking.problems.items())]
        kept = True
        try:
            self.quarantine.add(incoming.source, now_us, refused)
        except FyrError as problem:
            self._not_kept(0, problem)
            kept = False
        else:
            self._on_trouble(None)
        return [
            Verdict(taking.problems[n], kept=kept) if n in taking.problems else Verdict()
            for n in range(len(incoming.raw))
        ]

    def _not_kept(self, messages: int, problem: FyrError) -> list[Verdict]:
        _LOG.error("nothing can be kept: %s", problem.what)
        self._on_trouble(problem.what)
        return [Verdict(Problem(ProblemKind.UNREADABLE, _CANNOT_KEEP, mend="send it again"), kept=False)] * messages

    def _count(self, source: str, verdicts: Sequence[Verdict], samples: int, now_us: int) -> None:
        counts = self._counts.setdefault(source, SourceCounts())
        accepted = sum(verdict.is_accepted for verdict in verdicts)
        counts.messages += len(verdicts)
        counts.accepted += accepted
        counts.refused += sum(verdict.problem is not None and verdict.kept for verdict in verdicts)
        if verdicts:
            counts.last_message_us = now_us
        if accepted:
            counts.samples += samples
            counts.last_accepted_us = now_us


def _note_newest(batch: SampleBatch, newest_us: dict[PatientId, int]) -> None:
    newest = np.full(len(batch.patients), np.iinfo(np.int64).min)
    np.maximum.at(newest, batch.patient_index, batch.time_us)
    for patient, time_us in zip(batch.patients, newest.tolist(), strict=True):
        newest_us[patient] = max(newest_us.get(patient, time_us), time_us)


def _rows(samples: IncomingSamples, rows: slice) -> IncomingSamples:
    return replace(
        samples,
        addressee_index=samples.addressee_index[rows],
        signal_index=samples.signal_index[rows],
        time_us=samples.time_us[rows],
        value=samples.value[rows],
        quality=samples.quality[rows],
        message_index=samples.message_index[rows],
    )


def _batch(
    source: str,
    samples: IncomingSamples,
    patients: tuple[PatientId, ...],
    patient_index: NDArray[np.int32],
    rows: NDArray[np.bool_],
) -> SampleBatch:
    used, place = np.unique(patient_index[rows], return_inverse=True)
    return SampleBatch(
        patients=tuple(patients[number] for number in used.tolist()),
        patient_index=place.astype(np.int32),
        signals=samples.signals,
        signal_index=samples.signal_index[rows],
        time_us=samples.time_us[rows],
        value=samples.value[rows],
        quality=samples.quality[rows],
        period_us=samples.period_us,
        source=source,
    )
