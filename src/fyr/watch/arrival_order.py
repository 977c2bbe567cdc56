"""The order in which samples are released: by time, patient, signal, device, period, quality and value.

Most of what arrives is in that order already, or nearly: that is looked at before anything is sorted.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["counted", "numbered", "order_of", "put_in_order", "repeats", "streams_of", "times_told"]

_MOST_COUNTED: Final = 4
"""Streams a sample up to which counting is less work than comparing."""


def order_of(
    time_us: NDArray[np.int64],
    stream: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value_bits: NDArray[np.uint64],
) -> tuple[NDArray[np.intp], bool]:
    """Return the order of samples, and whether some of one stream have the same time.

    Parameters
    ----------
    time_us : ndarray of int64, shape (n,)
    stream : ndarray of int64, shape (n,)
        The rank of patient, signal, device and period together.
    quality : ndarray of uint8, shape (n,)
    value_bits : ndarray of uint64, shape (n,)
        The values bit by bit, so that NaN has its place.
    """
    if _is_in_order(time_us, stream, quality, value_bits):
        order = np.arange(len(time_us), dtype=np.intp)
        return order, _has_ties(time_us, stream, order)
    order = _in_order(time_us, stream)
    if _has_ties(time_us, stream, order):
        return np.lexsort((value_bits, quality, stream, time_us)), True
    return order, False


@numba.njit(cache=True, nogil=True)
def streams_of(
    patient: NDArray[np.int32],
    signal: NDArray[np.int32],
    device: NDArray[np.int32],
    of_patient: NDArray[np.int64],
    of_signal: NDArray[np.int64],
    of_device: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the rank of each sample's stream: what its patient, its signal and its device add to it; shape (n,)."""
    stream = np.empty(len(patient), np.int64)
    for i in range(len(patient)):
        stream[i] = of_patient[patient[i]] + of_signal[signal[i]] + of_device[device[i]]
    return stream


def _in_order(time_us: NDArray[np.int64], stream: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the stable order by time and stream; by counting, where times do not fall and streams are few."""
    streams = int(stream.max()) + 1
    if streams <= _MOST_COUNTED * len(stream):
        order = _counted_order(time_us, stream, streams)
        if len(order):
            return order
    return np.lexsort((stream, time_us))


@numba.njit(cache=True, nogil=True)
def _counted_order(time_us: NDArray[np.int64], stream: NDArray[np.int64], streams: int) -> NDArray[np.intp]:
    """Return the order by time and stream, empty where times fall: sort by stream, then by which time it is."""
    n = len(time_us)
    instant = np.zeros(n, np.int64)
    for i in range(1, n):
        if time_us[i] < time_us[i - 1]:
            return np.empty(0, np.intp)
        instant[i] = instant[i - 1] + (time_us[i] != time_us[i - 1])
    ends = np.zeros(streams + 1, np.int64)
    for i in range(n):
        ends[stream[i] + 1] += 1
    begins = np.cumsum(ends)
    by_stream = np.empty(n, np.intp)
    for i in range(n):
        by_stream[begins[stream[i]]] = i
        begins[stream[i]] += 1
    # The samples of an instant stand together already, from its first one on.
    to = np.zeros(instant[n - 1] + 1, np.int64)
    for i in range(n - 1, -1, -1):
        to[instant[i]] = i
    order = np.empty(n, np.intp)
    for row in by_stream:
        order[to[instant[row]]] = row
        to[instant[row]] += 1
    return order


@numba.njit(cache=True, nogil=True)
def repeats(
    order: NDArray[np.intp],
    time_us: NDArray[np.int64],
    stream: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value_bits: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    """Return which samples, in order, equal the one before in everything; shape (n,)."""
    again = np.zeros(len(order), np.bool_)
    for at in range(1, len(order)):
        i, before = order[at], order[at - 1]
        again[at] = (
            time_us[i] == time_us[before]
            and stream[i] == stream[before]
            and quality[i] == quality[before]
            and value_bits[i] == value_bits[before]
        )
    return again


@numba.njit(cache=True, nogil=True)
def counted(numbers: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Count how often each number below `size` stands there; shape (size,)."""
    count = np.zeros(size, np.int64)
    for number in numbers:
        count[number] += 1
    return count


@numba.njit(cache=True, nogil=True)
def numbered(
    patient_index: NDArray[np.int32],
    signal_index: NDArray[np.int16],
    patients: NDArray[np.int32],
    signals: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the number of each sample's patient and signal; both of shape (n,)."""
    patient, signal = np.empty(len(patient_index), np.int32), np.empty(len(patient_index), np.int32)
    for i in range(len(patient_index)):
        patient[i] = patients[patient_index[i]]
        signal[i] = signals[signal_index[i]]
    return patient, signal


@numba.njit(cache=True, nogil=True)
def put_in_order(
    order: NDArray[np.intp],
    patient: NDArray[np.int32],
    signal: NDArray[np.int32],
    time_us: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value: NDArray[np.float64],
    of_patient: NDArray[np.int32],
    of_signal: NDArray[np.int16],
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64]]:
    """Return columns in an order, patients and signals by their places."""
    n = len(order)
    patients, signals, times = np.empty(n, np.int32), np.empty(n, np.int16), np.empty(n, np.int64)
    qualities, values = np.empty(n, np.uint8), np.empty(n, np.float64)
    for to in range(n):
        i = order[to]
        patients[to], signals[to] = of_patient[patient[i]], of_signal[signal[i]]
        times[to], qualities[to], values[to] = time_us[i], quality[i], value[i]
    return patients, signals, times, qualities, values


@numba.njit(cache=True, nogil=True)
def times_told(time_us: NDArray[np.int64], complete_us: int, believed_until_us: int) -> tuple[int, int, int, int]:
    """Return how many samples are late, how many are ahead, the newest time, and the newest that is believed.

    Parameters
    ----------
    time_us : ndarray of int64, shape (n,)
        At least one.
    complete_us : int
        What lies before it is late.
    believed_until_us : int
        What lies behind it is ahead.
    """
    late, ahead = 0, 0
    newest_us, believed_us = time_us[0], np.iinfo(np.int64).min
    for i in range(len(time_us)):
        t = time_us[i]
        late += t < complete_us
        newest_us = max(newest_us, t)
        if t > believed_until_us:
            ahead += 1
        else:
            believed_us = max(believed_us, t)
    return late, ahead, newest_us, believed_us


@numba.njit(cache=True, nogil=True)
def _is_in_order(
    time_us: NDArray[np.int64],
    stream: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value_bits: NDArray[np.uint64],
) -> bool:
    for i in range(1, len(time_us)):
        if time_us[i] != time_us[i - 1]:
            if time_us[i] < time_us[i - 1]:
                return False
        elif stream[i] != stream[i - 1]:
            if stream[i] < stream[i - 1]:
                return False
        elif quality[i] != quality[i - 1]:
            if quality[i] < quality[i - 1]:
                return False
        elif value_bits[i] < value_bits[i - 1]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _has_ties(time_us: NDArray[np.int64], stream: NDArray[np.int64], order: NDArray[np.intp]) -> bool:
    for i in range(1, len(order)):
        here, before = order[i], order[i - 1]
        if time_us[here] == time_us[before] and stream[here] == stream[before]:
            return True
    return False
