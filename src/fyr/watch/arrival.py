"""Samples as they arrive, late, doubled and out of order; samples in the order of event time out.

Every device (the source of a batch) has a *watermark*: the event time before which nothing more is expected of it. The
rules:

- A device's watermark is its newest event time (but no later than the time of arrival), less the allowed lateness. If
  the device falls silent, its watermark follows the time of arrival, less the allowed lateness and the allowed silence.
- Where no device is waited for (no allowed silence is given), time alone is the watermark, whenever something is asked
  for: the time of asking, less the allowed lateness.
- The stream is *complete* before the least watermark of all devices; that never goes back. What lies before it is
  released, in the order of time, patient, signal, device, period, quality and value: the same in whatever order it
  came. So a sample that arrives within the allowed lateness of its own time is always taken.
- A sample of a time that is complete already is *late*: dropped and counted.
- A sample that equals one that is held in everything, its device too, is a *duplicate*: released once and counted.
  Two that differ in value are both released, and the kernel, which keeps the first, drops and counts the other.
- A sample that is ahead of its arrival by more than the allowed skew shows that the device's clock is wrong. It is held
  until the stream is complete up to it, and does not move the watermark. The first batch with such a sample is
  reported as a technical event, and so is the first one without.
- A constant offset of a device's clock is corrected only where it was stated. A clock that is behind cannot be told
  from a slow line: its samples are late, and counted as that.

What is released depends on what arrived and on the stated times of arrival, never on the clock of the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US, to_iso
from fyr.errors import BadInput
from fyr.record import PatientId, SampleBatch
from fyr.watch.arrival_order import (
    counted,
    numbered,
    order_of,
    put_in_order,
    repeats,
    streams_of,
    times_told,
)

__all__ = ["Arrival", "ArrivalCounts", "ArrivedRows", "ArrivingDevice", "ClockEvent", "ClockState"]

_NEVER: Final = np.iinfo(np.int64).min // 2
"""Before every event; half the least number, so that a lateness can be taken from it."""


class ArrivedRows(NamedTuple):
    """Samples under numbers that hold for all batches; every column of shape (n,)."""

    time_us: NDArray[np.int64]
    patient: NDArray[np.int32]
    signal: NDArray[np.int32]
    device: NDArray[np.int32]
    quality: NDArray[np.uint8]
    value: NDArray[np.float64]

    def at(self, rows: NDArray[Any]) -> ArrivedRows:
        """Return some of them."""
        return ArrivedRows(*(column[rows] for column in self))


class ClockState(StrEnum):
    """What a device's clock was found to be."""

    AHEAD = "ahead"
    """Ahead of the time of arrival by more than the allowed skew."""
    IN_STEP = "in step"
    """So no more."""


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """That a device's clock was found to be wrong, or right again: a technical event.

    Parameters
    ----------
    device : str
    state : ClockState
    arrived_us : int
        When the batch that showed it arrived, microseconds UTC.
    ahead_us : int
        How far its newest sample was ahead of that; negative if behind.
    """

    device: str
    state: ClockState
    arrived_us: int
    ahead_us: int


@dataclass(slots=True)
class ArrivalCounts:
    """What became of a device's samples: `arrived` is `released`, `late`, `duplicate` and what is still held.

    Parameters
    ----------
    arrived, released, late, duplicate : int
    ahead : int
        How many came ahead of their arrival by more than the allowed skew, whatever became of them.
    """

    arrived: int = 0
    released: int = 0
    late: int = 0
    duplicate: int = 0
    ahead: int = 0


@dataclass(slots=True)
class ArrivingDevice:
    """What is known of a device: its newest event time that was believed, its clock, and its samples."""

    newest_us: int = _NEVER
    clock: ClockState = ClockState.IN_STEP
    counts: ArrivalCounts = field(default_factory=ArrivalCounts)


class Arrival:
    """Puts the samples of several devices in the order of event time.

    Parameters
    ----------
    lateness_us : int
        How much older than its device's newest sample a sample may be and still be taken.
    silence_us : int or None, optional
        How long, beyond that, a device that sends nothing holds up the others; ``None``: no device is waited for. The
        default of 30 seconds is Fyr's own choice: what a silent device can add to the time until an alarm.
    skew_us : int, optional
        How far ahead of its arrival a sample may be. The default of 5 seconds is Fyr's own choice.
    offsets_us : mapping of str to int, optional
        What to add to the times of a device whose clock is known to be wrong by a constant.

    Raises
    ------
    BadInput
        If a duration is negative.

    Notes
    -----
    Not thread-safe: one caller at a time.
    """

    def __init__(
        self,
        lateness_us: int,
        *,
        silence_us: int | None = 30 * SECOND_US,
        skew_us: int = 5 * SECOND_US,
        offsets_us: Mapping[str, int] | None = None,
    ) -> None:
        for name, duration_us in (("lateness", lateness_us), ("silence", silence_us or 0), ("skew", skew_us)):
            if duration_us < 0:
                raise BadInput(f"the allowed {name} is {duration_us} microseconds", mend="give zero or more")
        self.lateness_us = lateness_us
        self.silence_us = silence_us
        self.skew_us = skew_us
        self.offsets_us = dict(offsets_us or {})
        self.now_us: int = _NEVER
        self.complete_us: int = _NEVER
        """The event time before which everything is released, or will be when that is next asked."""
        self._devices: dict[str, ArrivingDevice] = {}
        self._patients: dict[PatientId, int] = {}
        self._newest_numbers: tuple[tuple[PatientId, ...], NDArray[np.int32]] = ((), np.empty(0, np.int32))
        self._patient_ranks: NDArray[np.int64] = np.empty(0, np.int64)
        self._newest_named: tuple[NDArray[np.intp], tuple[PatientId, ...], NDArray[np.int32]] = _NOBODY
        self._signals: dict[tuple[str, int], int] = {}
        """Signals with the time between their samples."""
        self._held: list[ArrivedRows] = []
        self._clock_events: list[ClockEvent] = []

    @property
    def held(self) -> int:
        """How many samples wait, duplicates among them."""
        return sum(len(rows.time_us) for rows in self._held)

    @property
    def devices(self) -> dict[str, ArrivalCounts]:
        """What became of the samples of each device that something came from."""
        return {name: device.counts for name, device in self._devices.items()}

    def take_clock_events(self) -> list[ClockEvent]:
        """Return what was found of the devices' clocks since this was last asked."""
        events, self._clock_events = self._clock_events, []
        return events

    def take(self, batch: SampleBatch, arrived_us: int) -> None:
        """Take the samples of one device, the batch's source, in any order.

        Raises
        ------
        BadInput
            If an earlier call told a later time.
        """
        self._let_pass(arrived_us)
        if not len(batch):
            return
        device = self._devices.setdefault(batch.source, ArrivingDevice())
        rows = self._rows(batch)
        late, ahead, newest_us, believed_us = times_told(rows.time_us, self.complete_us, arrived_us + self.skew_us)
        device.counts.arrived += len(batch)
        device.counts.late += late
        device.counts.ahead += ahead
        self._judge_clock(batch.source, device, int(newest_us) - arrived_us)
        device.newest_us = max(device.newest_us, int(believed_us))
        self._held.append(rows.at(rows.time_us >= self.complete_us) if late else rows)
        self._let_pass(arrived_us)

    def release(self, now_us: int) -> SampleBatch:
        """Return what is complete by a time and was not returned before, in the order of event time.

        Raises
        ------
        BadInput
            If an earlier call told a later time.
        """
        self._let_pass(now_us)
        if self.silence_us is None:
            self.complete_us = max(self.complete_us, now_us - self.lateness_us)
        rows = self._complete()
        stream, bits = self._streams(rows), rows.value.view(np.uint64)
        order, tied = order_of(rows.time_us, stream, rows.quality, bits)
        device, doubled = rows.device, _NO_ROWS.device
        if tied:
            again = repeats(order, rows.time_us, stream, rows.quality, bits)
            device, doubled, order = device[order[~again]], device[order[again]], order[~again]
        released = counted(device, len(self._devices))
        self._count(released, counted(doubled, len(self._devices)))
        return self._batch(rows, order, np.flatnonzero(released).tolist())

    def _complete(self) -> ArrivedRows:
        """Return what is held and complete, and hold the rest."""
        if not self._held:
            return _NO_ROWS
        rows = self._held[0]
        if len(self._held) > 1:
            rows = ArrivedRows(*(np.concatenate(columns) for columns in zip(*self._held, strict=True)))
        is_complete = rows.time_us < self.complete_us
        if is_complete.all():
            self._held = []
            return rows
        self._held = [rows.at(~is_complete)]
        return rows.at(is_complete)

    def _let_pass(self, now_us: int) -> None:
        if now_us < self.now_us:
            raise BadInput(
                f"samples arrived at {to_iso(now_us)}, before others that were taken at {to_iso(self.now_us)}",
                mend="tell the times of arrival in their own order",
            )
        self.now_us = now_us
        if self.silence_us is None:
            return
        silent_us = now_us - self.silence_us
        watermarks = [max(min(device.newest_us, now_us), silent_us) for device in self._devices.values()]
        if watermarks:
            self.complete_us = max(self.complete_us, min(watermarks) - self.lateness_us)

    def _judge_clock(self, name: str, device: ArrivingDevice, ahead_us: int) -> None:
        state = ClockState.AHEAD if ahead_us > self.skew_us else ClockState.IN_STEP
        if state is not device.clock:
            device.clock = state
            self._clock_events.append(ClockEvent(name, state, self.now_us, ahead_us))

    def _rows(self, batch: SampleBatch) -> ArrivedRows:
        """Return a batch's samples under numbers that hold for all batches."""
        patients = self._numbers(batch.patients)
        pairs = zip(batch.signals, batch.period_us.tolist(), strict=True)
        signals = np.array([self._signals.setdefault(pair, len(self._signals)) for pair in pairs], np.int32)
        offset_us = self.offsets_us.get(batch.source, 0)
        return ArrivedRows(
            batch.time_us + offset_us if offset_us else batch.time_us,
            *numbered(batch.patient_index, batch.signal_index, patients, signals),
            np.full(len(batch), list(self._devices).index(batch.source), np.int32),
            batch.quality,
            np.ascontiguousarray(batch.value, np.float64),
        )

    def _numbers(self, patients: tuple[PatientId, ...]) -> NDArray[np.int32]:
        """Return the number of each patient; a gateway sends of the same ones again and again."""
        if self._newest_numbers[0] != patients:
            numbers = [self._patients.setdefault(patient, len(self._patients)) for patient in patients]
            self._newest_numbers = (patients, np.array(numbers, np.int32))
        return self._newest_numbers[1]

    def _streams(self, rows: ArrivedRows) -> NDArray[np.int64]:
        """Return the rank of each row's patient, signal, device and period, by what they say.

        Not by the numbers under which their names were first heard: these go by the order of arrival.
        """
        if len(self._patient_ranks) != len(self._patients):
            self._patient_ranks = _ranks([str(name) for name in self._patients])
        signal = _ranks([name for name, _ in self._signals])
        device = _ranks(list(self._devices))
        period = _ranks([period_us for _, period_us in self._signals])
        periods = int(period.max(initial=0)) + 1
        devices = len(self._devices) * periods
        of_patient = self._patient_ranks * ((int(signal.max(initial=0)) + 1) * devices)
        of_signal = signal * devices + period
        return streams_of(rows.patient, rows.signal, rows.device, of_patient, of_signal, device * periods)

    def _count(self, released: NDArray[np.int64], doubled: NDArray[np.int64]) -> None:
        """Count what is released by device, and what is a duplicate."""
        for one, new, double in zip(self._devices.values(), released.tolist(), doubled.tolist(), strict=True):
            one.counts.released += new
            one.counts.duplicate += double

    def _named(self, used: NDArray[np.intp]) -> tuple[tuple[PatientId, ...], NDArray[np.int32]]:
        """Return the patients of these numbers by what they are called, and the place of each number among them."""
        if not np.array_equal(used, self._newest_named[0]):
            numbers = used[np.argsort(self._patient_ranks[used])]
            of_patient = np.zeros(len(self._patients), np.int32)
            of_patient[numbers] = np.arange(len(numbers))
            known = list(self._patients)
            self._newest_named = (used, tuple(known[number] for number in numbers.tolist()), of_patient)
        return self._newest_named[1], self._newest_named[2]

    def _batch(self, rows: ArrivedRows, order: NDArray[np.intp], sending: list[int]) -> SampleBatch:
        """Return samples in an order as a batch of the devices of these numbers."""
        devices = list(self._devices)
        patients, of_patient = self._named(np.flatnonzero(counted(rows.patient, len(self._patients))))
        used = set(np.flatnonzero(counted(rows.signal, len(self._signals))).tolist())
        pairs = sorted((pair, number) for pair, number in self._signals.items() if number in used)
        of_signal = np.zeros(len(self._signals), np.int16)
        of_signal[[number for _, number in pairs]] = np.arange(len(pairs))
        patient_index, signal_index, time_us, quality, value = put_in_order(
            order, rows.patient, rows.signal, rows.time_us, rows.quality, rows.value, of_patient, of_signal
        )
        return SampleBatch(
            patients=patients,
            patient_index=patient_index,
            signals=tuple(name for (name, _), _ in pairs),
            signal_index=signal_index,
            time_us=time_us,
            value=value,
            quality=quality,
            period_us=np.array([period_us for (_, period_us), _ in pairs], np.int64),
            source=", ".join(sorted(devices[number] for number in sending)),
        )


_NOBODY: Final = (np.empty(0, np.intp), (), np.empty(0, np.int32))
_NO_ROWS: Final = ArrivedRows(
    np.empty(0, np.int64),
    np.empty(0, np.int32),
    np.empty(0, np.int32),
    np.empty(0, np.int32),
    np.empty(0, np.uint8),
    np.empty(0, np.float64),
)


def _ranks(names: list[Any]) -> NDArray[np.int64]:
    """Return the rank of each name; equal ones have the same."""
    place = {name: rank for rank, name in enumerate(sorted(set(names)))}
    return np.array([place[name] for name in names], np.int64)
