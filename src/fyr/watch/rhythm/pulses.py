"""Beats of a pulse wave (photoplethysmogram).

Elgendi M, Norton I, Brearley M, Abbott D, Schuurmans D. Systolic peak detection in acceleration photoplethysmograms
measured from emergency responders in tropical conditions. PLoS ONE 2013;8(10):e76585, the event-related moving averages
with threshold: W1 = 111 ms, W2 = 667 ms, offset 2 % of the mean.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_pulses"]

_BAND_HZ: Final = (0.5, 8.0)
_PEAK_S: Final = 0.111
_BEAT_S: Final = 0.667
_OFFSET: Final = 0.02


def find_pulses(value: NDArray[np.float64], frequency_hz: float) -> NDArray[np.int64]:
    """Find the systolic peaks.

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
        Nowhere missing; any unit, upright.
    frequency_hz : float
        At least 20 Hz.

    Returns
    -------
    ndarray of int64, shape (b,)
        Samples of the peaks, increasing.
    """
    from scipy.signal import butter, sosfiltfilt

    filtered = sosfiltfilt(butter(2, _BAND_HZ, btype="bandpass", fs=frequency_hz, output="sos"), value)
    squared = np.maximum(filtered, 0.0) ** 2
    peak = _moving_average(squared, round(_PEAK_S * frequency_hz))
    beat = _moving_average(squared, round(_BEAT_S * frequency_hz))
    above = peak > beat + _OFFSET * squared.mean()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(np.int8))).reshape(-1, 2)
    wide = edges[edges[:, 1] - edges[:, 0] >= round(_PEAK_S * frequency_hz)]
    return np.array([first + int(np.argmax(filtered[first:last])) for first, last in wide], np.int64)


def _moving_average(value: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    width = max(1, width) | 1
    return np.convolve(np.pad(value, width // 2), np.full(width, 1 / width), mode="valid")
