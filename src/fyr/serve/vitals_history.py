"""The last hours of every signal in memory, for spark lines and the time line; rebuilt from the journal at a start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.clock import DAY_US, MINUTE_US
from fyr.record import SIGNALS, Observation, PatientId, Quality, SampleBatch
from fyr.serve.packed_trace import pack_times, pack_values, unpack_times, unpack_values

__all__ = ["Trace", "TraceColumn", "VitalsHistory", "spark_values", "thinned", "with_gaps"]

_MOST_WAITING: Final = 1_000_000
_MOST_AT_ONCE: Final = 30_000
"""How many columns are put in place while as many samples come as may wait: more than a large house has."""
_AT_A_TIME: Final = 20
_NOTHING: Final = (np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int64), np.empty(0, np.bool_))
_READING_PERIOD_US: Final = MINUTE_US
_USABLE: Final = (int(Quality.PRESENT), int(Quality.IMPUTED))


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

    A sample that comes late is put in its place; of two samples with the same time the later one stands. Batches are
    put into their columns when somebody asks, or when many wait: most of what comes in is looked at by nobody.
    """

    def __init__(self, keep_us: int = DAY_US) -> None:
        self._keep_us = keep_us
        self._columns: dict[tuple[PatientId, str], TraceColumn] = {}
        self._waiting: list[SampleBatch] = []
        self._waiting_samples = 0
        self._numbered = _Numbered()
        self._sorted = _Sorted({}, *_NOTHING)

    def add(self, batch: SampleBatch) -> None:
        """Add the samples of a batch."""
        if len(batch):
            self._waiting.append(batch)
            self._waiting_samples += len(batch)
        if self._waiting_samples > _MOST_WAITING:
            self._put(len(self._sorted))
            self._sort()
        elif len(self._sorted):  # a little at a time: nobody is to wait for it
            self._put(max(_AT_A_TIME, _MOST_AT_ONCE * len(batch) // _MOST_WAITING))

    def add_reading(self, observation: Observation) -> None:
        """Add what a person measured and wrote down, where it is a signal's value."""
        if observation.code in SIGNALS and isinstance(observation.value, float | int):
            self.put_in_place()
            column = self._columns.setdefault((observation.patient, observation.code), TraceColumn(_READING_PERIOD_US))
            time_us, value = np.array([observation.time_us], np.int64), np.array([observation.value], np.float64)
            column.append(time_us, value, self._keep_us)

    def signals(self, patient: PatientId) -> list[str]:
        """Return the names of the signals that the patient has samples of."""
        self.put_in_place()
        return [signal for whose, signal in self._columns if whose == patient]

    def trace(self, patient: PatientId, signal: str, start_us: int, end_us: int) -> Trace:
        """Return the samples with ``start_us <= time < end_us``."""
        self.put_in_place()
        column = self._columns.get((patient, signal))
        if column is None:
            return Trace(np.empty(0, np.int64), np.empty(0, np.float64), 0)
        return column.between(start_us, end_us)

    def forget(self, patient: PatientId) -> None:
        """Drop everything about a patient."""
        self.put_in_place()
        for name in [name for name in self._columns if name[0] == patient]:
            del self._columns[name]
        self._numbered = _Numbered()

    def put_in_place(self) -> None:
        """Leave nothing waiting: give every column the samples that wait for it, in the order in which they came."""
        self._put(len(self._sorted))
        if self._waiting:
            self._sort()
            self._put(len(self._sorted))

    def _sort(self) -> None:
        """Sort what waits by column; what was sorted before has been put in place."""
        place = np.concatenate([self._numbered.of(batch) for batch in self._waiting])
        time_us = np.concatenate([batch.time_us for batch in self._waiting])
        value = np.concatenate([_usable_values(batch) for batch in self._waiting])
        self._waiting, self._waiting_samples = [], 0
        self._sorted = _Sorted(self._numbered.names, *_grouped(place, time_us, value, len(self._numbered.names)))

    def _put(self, columns: int) -> None:
        """Put some of what is sorted into its columns."""
        for name, period_us, times, values, rises in islice(self._sorted, columns):
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = TraceColumn(period_us)
            order = slice(None) if rises else np.argsort(times, kind="stable")
            column.append(times[order], values[order], self._keep_us, strictly=rises)


class _Sorted:
    """Samples side by side by their columns, handed out column by column."""

    def __init__(
        self,
        names: Mapping[tuple[PatientId, str], int],
        time_us: NDArray[np.int64],
        value: NDArray[np.float64],
        ends: NDArray[np.int64],
        rising: NDArray[np.bool_],
    ) -> None:
        used = np.flatnonzero(np.diff(ends, prepend=0))
        self._names = list(names.items())
        self._time_us, self._value = time_us, value
        self._rest = zip(used.tolist(), ends[used].tolist(), rising[used].tolist(), strict=True)
        self._begin = 0
        self._left = len(used)

    def __len__(self) -> int:
        return self._left

    def __iter__(self) -> Iterator[tuple[tuple[PatientId, str], int, NDArray[np.int64], NDArray[np.float64], bool]]:
        """Hand out columns, each once: name, period, times, values, and whether each time is later than the last."""
        for column, end, rises in self._rest:
            begin, self._begin = self._begin, end
            self._left -= 1
            yield *self._names[column], self._time_us[begin:end], self._value[begin:end], rises


class _Numbered:
    """The columns that some batches have samples of, numbered as they are met, with their periods."""

    def __init__(self) -> None:
        self.names: dict[tuple[PatientId, str], int] = {}
        self._numbers: dict[tuple[PatientId, str], int] = {}
        self._whose: tuple[tuple[PatientId, ...], tuple[str, ...]] = ((), ())
        self._table: NDArray[np.int64] = np.empty(0, np.int64)

    def of(self, batch: SampleBatch) -> NDArray[np.int64]:
        """Return the number of each sample's column; shape (n,)."""
        key = batch.patient_index.astype(np.int64) * len(batch.signals) + batch.signal_index
        if self._whose != (batch.patients, batch.signals):
            self._whose = (batch.patients, batch.signals)
            self._table = np.full(len(batch.patients) * len(batch.signals), -1, np.int64)
        number: NDArray[np.int64] = self._table[key]
        if (number < 0).any():
            for one in np.flatnonzero(np.bincount(key[number < 0])).tolist():
                patient, signal = divmod(one, len(batch.signals))
                self._table[one] = self._number((batch.patients[patient], batch.signals[signal]), batch, signal)
            number = self._table[key]
        return number

    def _number(self, name: tuple[PatientId, str], batch: SampleBatch, signal: int) -> int:
        self.names.setdefault(name, int(batch.period_us[signal]))
        return self._numbers.setdefault(name, len(self._numbers))


def _usable_values(batch: SampleBatch) -> NDArray[np.float64]:
    unusable = (batch.quality != _USABLE[0]) & (batch.quality != _USABLE[1])
    return np.where(unusable, np.nan, batch.value) if unusable.any() else batch.value


@numba.njit(cache=True, nogil=True)
def _grouped(
    place: NDArray[np.int64], time_us: NDArray[np.int64], value: NDArray[np.float64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Put the samples of one group side by side, each group's in their old order.

    Returns
    -------
    tuple of ndarray
        Times and values; where each group ends; whether each group's times rise.
    """
    ends = np.zeros(groups, np.int64)
    for i in range(len(place)):
        ends[place[i]] += 1
    ends = np.cumsum(ends)
    at = np.zeros(groups, np.int64)
    at[1:] = ends[:-1]
    newest = np.full(groups, np.iinfo(np.int64).min, np.int64)
    rising = np.ones(groups, np.bool_)
    times, values = np.empty_like(time_us), np.empty_like(value)
    for i in range(len(place)):
        group = place[i]
        to = at[group]
        times[to], values[to] = time_us[i], value[i]
        at[group] = to + 1
        if time_us[i] <= newest[group]:
            rising[group] = False
        newest[group] = time_us[i]
    return times, values, ends, rising


class TraceColumn:
    """One signal of one patient: two growing arrays with room at the end; the front is dropped when it is old."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._time_us = np.empty(1024, np.int64)
        self._value = np.empty(1024, np.float64)
        self._length = 0

    def append(
        self, time_us: NDArray[np.int64], value: NDArray[np.float64], keep_us: int, *, strictly: bool = False
    ) -> None:
        """Add samples in rising order of time; drop what is older than `keep_us` when room is needed.

        Parameters
        ----------
        time_us : ndarray of int64, shape (n,)
        value : ndarray of float64, shape (n,)
        keep_us : int
        strictly : bool
            Whether no two have the same time.
        """
        if time_us[0] < time_us[-1] - keep_us:
            first = int(np.searchsorted(time_us, time_us[-1] - keep_us))
            time_us, value = time_us[first:], value[first:]
        is_late = self._length > 0 and time_us[0] <= self._time_us[self._length - 1]
        if is_late or not (strictly or (time_us[1:] > time_us[:-1]).all()):
            time_us, value = self._merged(time_us, value)
        if self._length + len(time_us) > len(self._time_us):
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
        first = int(np.searchsorted(self._time_us[: self._length], oldest_us))
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
