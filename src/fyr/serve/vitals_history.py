"""The last hours of every signal in memory, for spark lines and the time line; rebuilt from the journal at a start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import DAY_US, MINUTE_US
from fyr.record import SIGNALS, Observation, PatientId, SampleBatch
from fyr.serve.newest_samples import NewestSamples, TraceName, usable_values
from fyr.serve.packed_trace import pack_times, pack_values, unpack_times, unpack_values

__all__ = ["Trace", "TraceColumn", "VitalsHistory", "spark_values", "thinned", "with_gaps"]

_MANY: Final = 256
"""How many samples of a trace wait before they are put into its column unasked."""
_HASTE: Final = 3
"""How much faster than samples come they are put in place, so that no row ever is full where all fill alike."""
_AT_A_TIME: Final = 20
_MOST_LATE: Final = 50_000
_READING_PERIOD_US: Final = MINUTE_US


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A stretch of one signal: times (int64 µs, rising) and values (float64, NaN where nothing was measured)."""

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    period_us: int

    def __len__(self) -> int:
        return len(self.time_us)


class VitalsHistory:
    """Keeps the samples of the last `keep_us` by patient and signal.

    A sample that comes late is put in its place; of two samples with the same time the later one stands. What is new
    is put into its column when somebody asks, or when many samples wait: most of what comes in is looked at by nobody.
    """

    def __init__(self, keep_us: int = DAY_US) -> None:
        self._keep_us = keep_us
        self._columns: dict[TraceName, TraceColumn] = {}
        self._newest = NewestSamples()
        self._column_of: dict[int, TraceColumn] = {}
        self._late: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
        self._lates = 0

    def add(self, batch: SampleBatch) -> None:
        """Add the samples of a batch."""
        if not len(batch):
            return
        while strangers := self._newest.strangers(batch):
            self._begin(strangers)
        late, lates = np.empty(len(batch), np.int64), 0
        laid, lates = self._newest.lay(batch, 0, late, lates)
        while laid < len(batch):
            self._put(int(self._newest.rows_of(batch, np.array([laid]))[0]))
            laid, lates = self._newest.lay(batch, laid, late, lates)
        if lates:
            self._wait(batch, late[:lates])
        some = max(_AT_A_TIME, _HASTE * len(batch) // _MANY)
        for row in self._newest.waiting(_MANY)[:some]:  # a little at a time: nobody is to wait for it
            self._put(row)

    def add_reading(self, observation: Observation) -> None:
        """Add what a person measured and wrote down, where it is a signal's value."""
        if observation.code in SIGNALS and isinstance(observation.value, float | int):
            name = (observation.patient, observation.code)
            self._put_of(name)
            column = self._columns.setdefault(name, TraceColumn(_READING_PERIOD_US))
            time_us, value = np.array([observation.time_us], np.int64), np.array([observation.value], np.float64)
            column.append(time_us, value, self._keep_us)
            self._newest.reach(name, observation.time_us)

    def signals(self, patient: PatientId) -> list[str]:
        """Return the names of the signals that the patient has samples of."""
        return [signal for whose, signal in self._columns if whose == patient]

    def trace(self, patient: PatientId, signal: str, start_us: int, end_us: int) -> Trace:
        """Return the samples with ``start_us <= time < end_us``."""
        column = self._columns.get((patient, signal))
        if column is None:
            return Trace(np.empty(0, np.int64), np.empty(0, np.float64), 0)
        self._put_of((patient, signal))
        return column.between(start_us, end_us)

    def forget(self, patient: PatientId) -> None:
        """Drop everything about a patient."""
        self._put_late()
        for name in [name for name in self._columns if name[0] == patient]:
            del self._columns[name]
            row = self._newest.forget(name)
            if row is not None:
                del self._column_of[row]

    def put_in_place(self) -> None:
        """Leave nothing waiting: give every column the samples that wait for it, in the order in which they came."""
        for row in self._newest.waiting():
            self._put(row)
        self._put_late()

    def _begin(self, names: Mapping[TraceName, int]) -> None:
        """Begin traces, or go on with those that have samples already."""
        if not self._newest.has_room_for(len(names)):
            self.put_in_place()
            self._newest.make_room(len(names))
        for name, period_us in names.items():
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = TraceColumn(period_us)
            self._column_of[self._newest.begin(name, column.newest_us)] = column

    def _put_of(self, name: TraceName) -> None:
        self._put_late()
        row = self._newest.row(name)
        if row is not None:
            self._put(row)

    def _put(self, row: int) -> None:
        """Put what waits for one column into it."""
        time_us, value = self._newest.taken(row)
        if len(time_us):
            self._column_of[row].extend(time_us, value, self._keep_us)

    def _wait(self, batch: SampleBatch, late: NDArray[np.int64]) -> None:
        """Let samples wait that are not newer than their trace: whatever is laid meanwhile is newer than they are."""
        self._late.append((self._newest.rows_of(batch, late), batch.time_us[late], usable_values(batch, late)))
        self._lates += len(late)
        if self._lates > _MOST_LATE:
            self._put_late()

    def _put_late(self) -> None:
        """Put the late samples where they belong, after what had come before them."""
        if not self._late:
            return
        rows, time_us, value = (np.concatenate(columns) for columns in zip(*self._late, strict=True))
        self._late, self._lates = [], 0
        order = np.lexsort((time_us, rows))
        rows, time_us, value = rows[order], time_us[order], value[order]
        begins = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for begin, end in pairwise([*begins, len(rows)]):
            row = int(rows[begin])
            self._put(row)
            self._column_of[row].append(time_us[begin:end], value[begin:end], self._keep_us)


class TraceColumn:
    """One signal of one patient: two growing arrays with room at the end; the front is dropped when it is old."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._time_us = np.empty(1024, np.int64)
        self._value = np.empty(1024, np.float64)
        self._length = 0

    @property
    def newest_us(self) -> int | None:
        """The time of the newest sample, if there is one."""
        return int(self._time_us[self._length - 1]) if self._length else None

    def append(self, time_us: NDArray[np.int64], value: NDArray[np.float64], keep_us: int) -> None:
        """Add samples in rising order of time, late ones too; drop what is older than `keep_us` as room is needed.

        Parameters
        ----------
        time_us : ndarray of int64, shape (n,)
        value : ndarray of float64, shape (n,)
        keep_us : int
        """
        if time_us[0] < time_us[-1] - keep_us:
            first = int(np.searchsorted(time_us, time_us[-1] - keep_us))
            time_us, value = time_us[first:], value[first:]
        is_late = self._length > 0 and time_us[0] <= self._time_us[self._length - 1]
        if is_late or not (time_us[1:] > time_us[:-1]).all():
            time_us, value = self._merged(time_us, value)
        self.extend(time_us, value, keep_us)

    def extend(self, time_us: NDArray[np.int64], value: NDArray[np.float64], keep_us: int) -> None:
        """Add samples each of which is newer than the one before and than all that are there; as :meth:`append`."""
        end = self._length + len(time_us)
        if end > len(self._time_us):
            self._make_room(len(time_us), int(time_us[-1]) - keep_us)
            end = self._length + len(time_us)
        self._time_us[self._length : end] = time_us
        self._value[self._length : end] = value
        self._length = end

    def between(self, start_us: int, end_us: int) -> Trace:
        """Return the samples with ``start_us <= time < end_us``."""
        first, last = np.searchsorted(self._time_us[: self._length], (start_us, end_us))
        return Trace(self._time_us[first:last].copy(), self._value[first:last].copy(), self._period_us)

    def packed(self) -> tuple[Any, ...]:
        """Return everything in few bytes; how much room there is belongs to it, for that says what is dropped when."""
        time_us, value = self._time_us[: self._length], self._value[: self._length]
        return self._period_us, len(self._time_us), pack_times(time_us, self._period_us), pack_values(value)

    @classmethod
    def of_packed(cls, packed: tuple[Any, ...]) -> TraceColumn:
        """Return what :meth:`packed` packed."""
        period_us, room, times, values = packed
        column = cls(period_us)
        time_us, value = unpack_times(times), unpack_values(values)
        column._time_us, column._value = np.empty(room, np.int64), np.empty(room, np.float64)
        column._length = len(time_us)
        column._time_us[: column._length], column._value[: column._length] = time_us, value
        return column

    def _merged(self, time_us: NDArray[Any], value: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Take back what is as new as the late samples, and merge the two; the newcomer wins a tie."""
        first = int(np.searchsorted(self._time_us[: self._length], time_us[0]))
        times = np.concatenate((self._time_us[first : self._length], time_us))
        values = np.concatenate((self._value[first : self._length], value))
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last_of_its_time = np.append(np.diff(times) > 0, True)
        self._length = first
        return times[last_of_its_time], values[last_of_its_time]

    def _make_room(self, more: int, oldest_us: int) -> None:
        first = int(self._time_us[: self._length].searchsorted(oldest_us))
        kept = self._length - first
        size = max(2 * (kept + more), 1024)
        time_us, value = np.empty(size, np.int64), np.empty(size, np.float64)
        time_us[:kept] = self._time_us[first : self._length]
        value[:kept] = self._value[first : self._length]
        self._time_us, self._value, self._length = time_us, value, kept


def spark_values(trace: Trace, start_us: int, step_us: int, count: int) -> list[float | None]:
    """Return the median of each step, rounded to 0.1, and ``None`` where a step has no value."""
    usable = ~np.isnan(trace.value)
    step = (trace.time_us[usable] - start_us) // step_us
    values = trace.value[usable]
    medians: list[float | None] = [None] * count
    starts = np.flatnonzero(np.diff(step, prepend=-1))
    for rows in np.split(np.arange(len(step)), starts[1:]) if len(step) else []:
        place = int(step[rows[0]])
        if 0 <= place < count:
            medians[place] = round(float(np.median(values[rows])), 1)
    return medians


def thinned(trace: Trace, most: int) -> Trace:
    """Return at most about `most` samples: of each stretch its smallest and its greatest, so that no spike is lost."""
    if len(trace) <= most:
        return trace
    bounds = np.linspace(0, len(trace), most // 2 + 1).astype(np.int64)
    kept: list[int] = []
    for first, last in pairwise(bounds):
        stretch = trace.value[first:last]
        if np.isnan(stretch).all():
            kept.append(int(first))
            continue
        kept.extend({int(first + np.nanargmin(stretch)), int(first + np.nanargmax(stretch))})
        missing = np.flatnonzero(np.isnan(stretch))
        if missing.size:
            kept.append(int(first + missing[0]))
    rows = np.unique(np.array(kept, np.int64))
    return Trace(trace.time_us[rows], trace.value[rows], trace.period_us)


def with_gaps(trace: Trace, gap_us: int) -> Trace:
    """Return the trace with a missing value put into every silence longer than `gap_us`: a line never crosses it."""
    silences = np.flatnonzero(np.diff(trace.time_us) > gap_us)
    if not silences.size:
        return trace
    middle = trace.time_us[silences] + np.maximum(gap_us // 2, 1)
    return Trace(
        np.insert(trace.time_us, silences + 1, middle), np.insert(trace.value, silences + 1, np.nan), trace.period_us
    )
