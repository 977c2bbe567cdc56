"""The order in which samples are released: by time, patient, signal, device, period, quality and value.

Most of what arrives is in that order already, or nearly: that is looked at before anything is sorted.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["order_of", "repeated"]


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
    order = np.lexsort((stream, time_us))
    if _has_ties(time_us, stream, order):
        return np.lexsort((value_bits, quality, stream, time_us))
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
