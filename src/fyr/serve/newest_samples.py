"""The newest samples of every trace, a row a trace, until they are put into its column.

A batch holds a few samples of each of thousands of traces. One pass lays them into the rows, with no sorting; a column
takes a stretch of hundreds of them at a time. Time and value of a sample lie side by side, so that laying it touches
one place in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.record import PatientId, Quality, SampleBatch
from fyr.serve.trace_column import STRETCH, Stretch

__all__ = ["NewestSamples", "TraceName", "usable_values"]

TraceName = tuple[PatientId, str]
_ROOM: Final = 2 * STRETCH
"""Samples of one trace."""
_SAMPLE: Final = np.dtype([("time_us", np.int64), ("value", np.float64)])
_BEFORE_ALL: Final = np.iinfo(np.int64).min
_PRESENT: Final = int(Quality.PRESENT)
_IMPUTED: Final = int(Quality.IMPUTED)


class NewestSamples:
    """Rows of rising times, each the end of one trace."""

    def __init__(self) -> None:
        self._rows: dict[TraceName, int] = {}
        self._free: list[int] = []
        self._whose: tuple[tuple[PatientId, ...], tuple[str, ...]] = ((), ())
        self._table: NDArray[np.int64] = np.empty(0, np.int64)
        self._samples = np.empty((0, _ROOM), _SAMPLE)
        self._length = np.empty(0, np.int64)
        self._newest_us = np.empty(0, np.int64)

    def strangers(self, batch: SampleBatch) -> dict[TraceName, int]:
        """Return the traces that a batch has samples of and that have no row yet, with their periods."""
        if self._whose != (batch.patients, batch.signals):
            self._whose = (batch.patients, batch.signals)
            self._table = np.full(len(batch.patients) * len(batch.signals), -1, np.int64)
        if not _has_unnumbered(batch.patient_index, batch.signal_index, len(batch.signals), self._table):
            return {}
        key = batch.patient_index.astype(np.int64) * len(batch.signals) + batch.signal_index
        unknown: dict[TraceName, int] = {}
        for one in np.flatnonzero(np.bincount(key[self._table[key] < 0])).tolist():
            patient, signal = divmod(one, len(batch.signals))
            name = (batch.patients[patient], batch.signals[signal])
            self._table[one] = self._rows.get(name, -1)
            if self._table[one] < 0:
                unknown.setdefault(name, int(batch.period_us[signal]))
        return unknown

    def has_room_for(self, more: int) -> bool:
        """Say whether so many traces can have a row; where not, :meth:`make_room` when nothing waits."""
        return len(self._rows) + more <= len(self._length)

    def make_room(self, more: int) -> None:
        """Make room for so many more traces; what waits is lost."""
        size = max(2 * len(self._length), len(self._rows) + more)
        newest_us = np.full(size, _BEFORE_ALL, np.int64)
        newest_us[: len(self._newest_us)] = self._newest_us
        self._free.extend(range(size - 1, len(self._length) - 1, -1))
        self._samples = np.empty((size, _ROOM), _SAMPLE)
        self._length, self._newest_us = np.zeros(size, np.int64), newest_us

    def begin(self, name: TraceName, newest_us: int | None) -> int:
        """Give a trace a row and return it, told up to when the trace has samples already."""
        row = self._rows[name] = self._free.pop()
        self._length[row] = 0
        self._newest_us[row] = _BEFORE_ALL if newest_us is None else newest_us
        return row

    def forget(self, name: TraceName) -> int | None:
        """Take a trace's row away and return which it was, if it had one; what was in it is lost."""
        row = self._rows.pop(name, None)
        if row is not None:
            self._free.append(row)
            self._length[row] = 0
            self._whose, self._table = ((), ()), np.empty(0, np.int64)
        return row

    def reach(self, name: TraceName, time_us: int) -> None:
        """Note that a trace has a sample of a time that did not come this way."""
        row = self._rows.get(name)
        if row is not None:
            self._newest_us[row] = max(int(self._newest_us[row]), time_us)

    def lay(self, batch: SampleBatch, begin: int, late: NDArray[np.int64], lates: int) -> tuple[int, int]:
        """Lay the samples from one on into their rows, until one finds its row full.

        Parameters
        ----------
        batch : SampleBatch
            Whose traces all have a row.
        begin : int
        late : ndarray of int64, shape (n,)
            Takes the places of the samples that are not newer than their trace: they belong elsewhere.
        lates : int
            How many it has already.

        Returns
        -------
        tuple of int
            The first sample that was not laid, and how many are late by then.
        """
        return _laid(
            begin,
            batch.patient_index,
            batch.signal_index,
            len(batch.signals),
            batch.time_us,
            batch.value,
            batch.quality,
            self._table,
            (self._samples, self._length, self._newest_us),
            late,
            lates,
        )

    def rows_of(self, batch: SampleBatch, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of some samples of a batch; shape as `samples`."""
        key = batch.patient_index[samples].astype(np.int64) * len(batch.signals) + batch.signal_index[samples]
        rows: NDArray[np.int64] = self._table[key]
        return rows

    def row(self, name: TraceName) -> int | None:
        """Return a trace's row, if it has one."""
        return self._rows.get(name)

    def waiting(self, at_least: int = 1) -> list[int]:
        """Return the rows with so many samples or more, in the order of the rows."""
        return np.flatnonzero(self._length >= at_least).tolist()

    def taken(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Empty a row; return what was in it."""
        length, self._length[row] = int(self._length[row]), 0
        samples = self._samples[row, :length]
        return samples["time_us"].copy(), samples["value"].copy()

    def stretches(self, rows: list[int]) -> Iterator[tuple[int, Stretch]]:
        """Take the oldest samples of full rows, as many as a stretch has; what is left waits on."""
        if not rows:
            return
        some, value = np.array(rows, np.int64), np.empty((len(rows), STRETCH), np.float64)
        place = _places_of_uneven(some, self._samples, STRETCH)
        time_us = np.empty((int(place.max()) + 1, STRETCH), np.int64)
        first_us, last_us = _taken_off(some, place, self._samples, self._length, time_us, value)
        told = zip(rows, first_us.tolist(), last_us.tolist(), value, place.tolist(), strict=True)
        for row, first, last, values, at in told:
            yield row, Stretch(first, last, values, None if at < 0 else time_us[at])


def usable_values(batch: SampleBatch, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of some samples, NaN where nothing was measured."""
    quality = batch.quality[rows]
    return np.where((quality == _PRESENT) | (quality == _IMPUTED), batch.value[rows], np.nan)


@numba.njit(cache=True, nogil=True)
def _has_unnumbered(
    patient: NDArray[np.int32], signal: NDArray[np.int16], signals: int, table: NDArray[np.int64]
) -> bool:
    found = False
    for i in range(len(patient)):
        found |= table[np.int64(patient[i]) * signals + signal[i]] < 0
    return found


@numba.njit(cache=True, nogil=True)
def _laid(
    begin: int,
    patient: NDArray[np.int32],
    signal: NDArray[np.int16],
    signals: int,
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    quality: NDArray[np.uint8],
    table: NDArray[np.int64],
    rows: tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.int64]],
    late: NDArray[np.int64],
    lates: int,
) -> tuple[int, int]:
    samples, length, newest_us = rows
    for i in range(begin, len(time_us)):
        row = table[np.int64(patient[i]) * signals + signal[i]]
        if time_us[i] <= newest_us[row]:
            late[lates] = i
            lates += 1
            continue
        at = length[row]
        if at == samples.shape[1]:
            return i, lates
        sample = samples[row, at]
        sample.time_us = time_us[i]
        sample.value = value[i] if quality[i] == _PRESENT or quality[i] == _IMPUTED else np.nan
        length[row] = at + 1
        newest_us[row] = time_us[i]
    return len(time_us), lates


@numba.njit(cache=True, nogil=True)
def _places_of_uneven(rows: NDArray[np.int64], samples: NDArray[np.void], stretch: int) -> NDArray[np.int64]:
    """Return a number for each row whose times do not follow each other at one step, -1 for the others."""
    place, uneven = np.full(len(rows), -1, np.int64), 0
    for i in range(len(rows)):
        row = samples[rows[i]]
        step_us = row[1].time_us - row[0].time_us
        is_even = True
        for at in range(1, stretch):
            is_even &= row[at].time_us - row[at - 1].time_us == step_us
        if not is_even:
            place[i] = uneven
            uneven += 1
    return place


@numba.njit(cache=True, nogil=True)
def _taken_off(
    rows: NDArray[np.int64],
    place: NDArray[np.int64],
    samples: NDArray[np.void],
    length: NDArray[np.int64],
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Copy the oldest samples of rows and move the others to the front; return the first times and the last."""
    stretch = value.shape[1]
    first_us, last_us = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        row = samples[rows[i]]
        first_us[i], last_us[i] = row[0].time_us, row[stretch - 1].time_us
        for at in range(stretch):
            value[i, at] = row[at].value
        if place[i] >= 0:
            for at in range(stretch):
                time_us[place[i], at] = row[at].time_us
        left = length[rows[i]] - stretch
        for at in range(left):
            row[at].time_us = row[stretch + at].time_us
            row[at].value = row[stretch + at].value
        length[rows[i]] = left
    return first_us, last_us
