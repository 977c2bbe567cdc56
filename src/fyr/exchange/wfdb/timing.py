"""When a sample was taken, exactly, from a header's sampling frequency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US

__all__ = ["offset_us", "offsets_us", "period_us"]


def period_us(frequency_hz: float) -> int:
    """Return the time between samples, microseconds, rounded.

    >>> period_us(0.0166666666667)
    60000000
    """
    return max(1, round(SECOND_US / frequency_hz))


def offsets_us(frequency_hz: float, samples: int) -> NDArray[np.int64]:
    """Return each sample's time after the first, microseconds, shape (samples,), each rounded on its own.

    A frequency written with as many digits as headers give, ``0.0166666666667``, means one sample a minute exactly:
    a period within 1e-9 of a whole number of microseconds is that number.
    """
    index = np.arange(samples, dtype=np.int64)
    if _is_whole(frequency_hz):
        return index * np.int64(period_us(frequency_hz))
    return np.asarray(np.rint(index * float(SECOND_US) / frequency_hz), dtype=np.int64)


def offset_us(frequency_hz: float, frame: int) -> int:
    """Return the time of one frame after the first, microseconds; the same as :func:`offsets_us` gives.

    >>> offset_us(360.0, 360), offset_us(0.0166666666667, 1_000_000)
    (1000000, 60000000000000)
    """
    return frame * period_us(frequency_hz) if _is_whole(frequency_hz) else round(frame * SECOND_US / frequency_hz)


def _is_whole(frequency_hz: float) -> bool:
    exact_us = SECOND_US / frequency_hz
    return abs(exact_us - round(exact_us)) <= 1e-9 * exact_us
