"""The last hours of every signal in memory, for spark lines and the time line; rebuilt from the journal at a start."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import DAY_US, MINUTE_US
from fyr.record import SIGNALS, Observation, PatientId, SampleBatch
from fyr.serve.newest_samples import NewestSamples, TraceName, usable_values
from fyr.serve.trace_column import STRETCH, Trace, TraceColumn

__all__ = ["Trace", "TraceColumn", "VitalsHistory", "spark_values", "thinned", "with_gaps"]

_HASTE: Final = 3
"""How much faster than samples come they are put in place, so that no row ever is full where all fill alike."""
_AT_A_TIME: Final = 20
_MOST_LATE: Final = 50_000
_READING_PERIOD_US: Final = MINUTE_US


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
        some = max(_AT_A_TIME, _HASTE * len(batch) // STRETCH)
        full = self._newest.waiting(STRETCH)[:some]  # a little at a time: nobody is to wait for it
        for row, stretch in self._newest.stretches(full):
            self._column_of[row].add(stretch, self._keep_us)

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
