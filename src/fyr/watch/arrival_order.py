"""The order in which samples are released: by time, patient, signal, device, period, quality and value.

Most of what arrives is in that order already, or nearly: that is looked at before anything is sorted.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["order_of", "repeated", "streams_of"]

_MOST_COUNTED: Final = 4
"""Streams a sample up to which counting is less work than comparing."""


def order_of(
    time_us: NDArray[np.int64],
    stream: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value_bits: NDArray[np.uint64],
) -> NDArray[np.intp] | None:
    """Return the order of samples; ``None`` where they stand in it.

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
        return None
    order = _in_order(time_us, stream)
    if _has_ties(time_us, stream, order):
        return np.lexsort((value_bits, quality, stream, time_us))
    return order


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
def repeated(
    time_us: NDArray[np.int64],
    stream: NDArray[np.int64],
    quality: NDArray[np.uint8],
    value_bits: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    """Return which rows, in order, equal the one before in everything; shape (n,)."""
    again = np.zeros(len(time_us), np.bool_)
    for i in range(1, len(time_us)):
        again[i] = (
            time_us[i] == time_us[i - 1]
            and stream[i] == stream[i - 1]
            and quality[i] == quality[i - 1]
            and value_bits[i] == value_bits[i - 1]
        )
    return again


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
