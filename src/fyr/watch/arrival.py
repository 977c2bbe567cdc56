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
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US, to_iso
from fyr.errors import BadInput
from fyr.record import PatientId, SampleBatch

__all__ = ["Arrival", "ArrivalCounts", "ArrivingDevice", "ClockEvent", "ClockState"]

_NEVER: Final = np.iinfo(np.int64).min // 2
"""Before every event; half the least number, so that a lateness can be taken from it."""

_ROW: Final = np.dtype(
    [
        ("time_us", np.int64),
        ("patient", np.int64),
        ("signal", np.int64),
        ("device", np.int64),
        ("period_us", np.int64),
        ("quality", np.uint8),
        ("value", np.float64),
    ]
)


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
        self._signals: dict[str, int] = {}
        self._held: list[NDArray[np.void]] = []
        self._clock_events: list[ClockEvent] = []

    @property
    def held(self) -> int:
        """How many samples wait, duplicates among them."""
        return sum(len(rows) for rows in self._held)

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
        ahead = rows["time_us"] - arrived_us
        late = rows["time_us"] < self.complete_us
        device.counts.arrived += len(rows)
        device.counts.late += int(late.sum())
        device.counts.ahead += int((ahead > self.skew_us).sum())
        self._judge_clock(batch.source, device, int(ahead.max()))
        believed = rows["time_us"][ahead <= self.skew_us]
        device.newest_us = max(device.newest_us, int(believed.max(initial=_NEVER)))
        self._held.append(rows[~late])
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
        rows = np.concatenate([np.empty(0, _ROW), *self._held])
        is_complete = rows["time_us"] < self.complete_us
        self._held = [rows[~is_complete]]
        rows = self._once_each(self._in_order(rows[is_complete]))
        return self._batch(rows)

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

    def _rows(self, batch: SampleBatch) -> NDArray[np.void]:
        """Return a batch's samples under numbers that hold for all batches."""
        patients = np.array([self._patients.setdefault(p, len(self._patients)) for p in batch.patients], np.int64)
        signals = np.array([self._signals.setdefault(s, len(self._signals)) for s in batch.signals], np.int64)
        rows = np.empty(len(batch), _ROW)
        rows["time_us"] = batch.time_us + self.offsets_us.get(batch.source, 0)
        rows["patient"] = patients[batch.patient_index]
        rows["signal"] = signals[batch.signal_index]
        rows["device"] = list(self._devices).index(batch.source)
        rows["period_us"] = batch.period_us[batch.signal_index]
        rows["quality"] = batch.quality
        rows["value"] = batch.value
        return rows

    def _in_order(self, rows: NDArray[np.void]) -> NDArray[np.void]:
        """Sort by what the samples say, not by the numbers under which names were first heard."""
        names = (list(self._patients), list(self._signals), list(self._devices))
        patient, signal, device = (_ranks([str(name) for name in some]) for some in names)
        by = (
            rows["value"].view(np.uint64),
            rows["quality"],
            rows["period_us"],
            device[rows["device"]],
            signal[rows["signal"]],
            patient[rows["patient"]],
            rows["time_us"],
        )
        return rows[np.lexsort(by)]

    def _once_each(self, rows: NDArray[np.void]) -> NDArray[np.void]:
        """Drop and count duplicates, which lie side by side; values are compared bit by bit, so that NaN equals NaN."""
        is_new = np.ones(len(rows), np.bool_)
        bits = rows["value"].view(np.uint64)
        others = [rows[name] for name in _ROW.names or () if name != "value"]
        is_new[1:] = np.any([column[1:] != column[:-1] for column in (bits, *others)], axis=0)
        for number, device in enumerate(self._devices.values()):
            own = rows["device"] == number
            device.counts.released += int((own & is_new).sum())
            device.counts.duplicate += int((own & ~is_new).sum())
        return rows[is_new]

    def _batch(self, rows: NDArray[np.void]) -> SampleBatch:
        patients, signals, devices = list(self._patients), list(self._signals), list(self._devices)
        used_patients = sorted(np.unique(rows["patient"]).tolist(), key=lambda number: str(patients[number]))
        pairs = sorted({(signals[s], p) for s, p in np.unique(rows[["signal", "period_us"]]).tolist()})
        place = {pair: index for index, pair in enumerate(pairs)}
        of_patient = np.zeros(len(patients), np.int32)
        of_patient[used_patients] = np.arange(len(used_patients))
        return SampleBatch(
            patients=tuple(patients[number] for number in used_patients),
            patient_index=of_patient[rows["patient"]],
            signals=tuple(name for name, _ in pairs),
            signal_index=_places(rows, signals, place),
            time_us=rows["time_us"].copy(),
            value=rows["value"].copy(),
            quality=rows["quality"].copy(),
            period_us=np.array([period for _, period in pairs], np.int64),
            source=", ".join(sorted(devices[number] for number in np.unique(rows["device"]).tolist())),
        )


def _ranks(names: list[str]) -> NDArray[np.int64]:
    ranks = np.empty(len(names), np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks


def _places(rows: NDArray[np.void], signals: list[str], place: dict[tuple[str, int], int]) -> NDArray[Any]:
    """Return each row's position among the pairs of a signal and a period."""
    pairs, inverse = np.unique(rows[["signal", "period_us"]], return_inverse=True)
    positions = [place[signals[signal], period] for signal, period in pairs.tolist()]
    return np.array(positions, np.int16)[inverse]
