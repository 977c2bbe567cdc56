"""One signal of one patient over the last hours: stretches of samples, one behind the other.

A stretch is never copied again: it comes, is read, and goes as a whole when it is old. Where its samples follow each
other at one step, which is the rule, their times are not kept but counted.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.serve.packed_trace import pack_times, pack_values, unpack_times, unpack_values

__all__ = ["STRETCH", "Stretch", "Trace", "TraceColumn"]

STRETCH: Final = 256
"""The most samples of a stretch."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A stretch of one signal: times (int64 µs, rising) and values (float64, NaN where nothing was measured)."""

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    period_us: int

    def __len__(self) -> int:
        return len(self.time_us)


class Stretch(NamedTuple):
    """Samples of rising times, at least one.

    Parameters
    ----------
    first_us, last_us : int
    value : ndarray of float64, shape (n,)
    time_us : ndarray of int64, shape (n,), optional
        Absent where the times lie evenly between the first and the last.
    """

    first_us: int
    last_us: int
    value: NDArray[np.float64]
    time_us: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, time_us: NDArray[np.int64], value: NDArray[np.float64]) -> Stretch:
        """Return the stretch of these samples."""
        first_us, last_us = int(time_us[0]), int(time_us[-1])
        steps = time_us[1:] - time_us[:-1]
        return cls(first_us, last_us, value, None if not len(steps) or (steps == steps[0]).all() else time_us)

    def times(self) -> NDArray[np.int64]:
        """Return the times; shape (n,)."""
        if self.time_us is not None:
            return self.time_us
        n = len(self.value)
        step_us = (self.last_us - self.first_us) // max(n - 1, 1)
        return self.first_us + step_us * np.arange(n, dtype=np.int64)


class TraceColumn:
    """The samples of one signal of one patient."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._stretches: list[Stretch] = []

    def __len__(self) -> int:
        return sum(len(stretch.value) for stretch in self._stretches)

    @property
    def newest_us(self) -> int | None:
        """The time of the newest sample, if there is one."""
        return self._stretches[-1].last_us if self._stretches else None

    def append(self, time_us: NDArray[np.int64], value: NDArray[np.float64], keep_us: int) -> None:
        """Add samples in rising order of time, late ones too; drop stretches all of which is older than `keep_us`.

        Parameters
        ----------
        time_us : ndarray of int64, shape (n,)
        value : ndarray of float64, shape (n,)
        keep_us : int
        """
        if time_us[0] < time_us[-1] - keep_us:
            first = int(np.searchsorted(time_us, time_us[-1] - keep_us))
            time_us, value = time_us[first:], value[first:]
        newest_us = self.newest_us
        is_late = newest_us is not None and time_us[0] <= newest_us
        if is_late or not (time_us[1:] > time_us[:-1]).all():
            time_us, value = self._merged(time_us, value)
        self.extend(time_us, value, keep_us)

    def extend(self, time_us: NDArray[np.int64], value: NDArray[np.float64], keep_us: int) -> None:
        """Add samples each of which is newer than the one before and than all that are there; as :meth:`append`."""
        if self._stretches and len(self._stretches[-1].value) + len(value) <= STRETCH:
            last = self._stretches.pop()
            time_us, value = np.concatenate((last.times(), time_us)), np.concatenate((last.value, value))
        for begin in range(0, len(time_us), STRETCH):
            end = begin + STRETCH
            self.add(Stretch.of(time_us[begin:end], value[begin:end]), keep_us)

    def add(self, stretch: Stretch, keep_us: int) -> None:
        """Add a stretch that is newer than all that are there, as it is."""
        stretches = self._stretches
        stretches.append(stretch)
        if stretches[0].last_us < stretch.last_us - keep_us:
            del stretches[: bisect_left(stretches, stretch.last_us - keep_us, key=_last_us)]

    def between(self, start_us: int, end_us: int) -> Trace:
        """Return the samples with ``start_us <= time < end_us``."""
        first = bisect_left(self._stretches, start_us, key=_last_us)
        last = bisect_left(self._stretches, end_us, key=_first_us)
        trace = self._joined(self._stretches[first:last])
        begin, end = np.searchsorted(trace.time_us, (start_us, end_us))
        return Trace(trace.time_us[begin:end], trace.value[begin:end], self._period_us)

    def packed(self) -> tuple[Any, ...]:
        """Return everything in few bytes; where stretches end belongs to it, for that says what is dropped when."""
        trace = self._joined(self._stretches)
        lengths = np.array([len(stretch.value) for stretch in self._stretches], np.uint16)
        return self._period_us, lengths, pack_times(trace.time_us, self._period_us), pack_values(trace.value)

    @classmethod
    def of_packed(cls, packed: tuple[Any, ...]) -> TraceColumn:
        """Return what :meth:`packed` packed.

        Raises
        ------
        BadInput
            If it is none.
        """
        period_us, lengths, times, values = packed
        column, time_us, value = cls(period_us), unpack_times(times), unpack_values(values)
        ends = np.cumsum(lengths, dtype=np.int64).tolist() if isinstance(lengths, np.ndarray) else [-1]
        if (ends[-1] if ends else 0) != len(time_us) or len(time_us) != len(value):
            raise BadInput("a trace has stretches of another length", mend="delete what holds it")
        for begin, end in zip([0, *ends], ends, strict=False):
            column._stretches.append(Stretch.of(time_us[begin:end], value[begin:end]))
        return column

    def _joined(self, stretches: list[Stretch]) -> Trace:
        """Return stretches as one, in arrays of its own."""
        if not stretches:
            return Trace(np.empty(0, np.int64), np.empty(0, np.float64), self._period_us)
        times = np.concatenate([stretch.times() for stretch in stretches])
        return Trace(times, np.concatenate([stretch.value for stretch in stretches]), self._period_us)

    def _merged(self, time_us: NDArray[Any], value: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Take back what is as new as the late samples, and merge the two; the newcomer wins a tie."""
        first = bisect_left(self._stretches, int(time_us[0]), key=_last_us)
        there = self._joined(self._stretches[first:])
        del self._stretches[first:]
        times, values = np.concatenate((there.time_us, time_us)), np.concatenate((there.value, value))
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last_of_its_time = np.append(np.diff(times) > 0, True)
        return times[last_of_its_time], values[last_of_its_time]


def _first_us(stretch: Stretch) -> int:
    return stretch.first_us


def _last_us(stretch: Stretch) -> int:
    return stretch.last_us
