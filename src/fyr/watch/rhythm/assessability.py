"""Which seconds of a waveform can be judged at all: missing, flat, saturated and noisy ones cannot.

Nothing is concluded from a second that cannot be judged: neither "there are beats" nor "there are none". The rules are
Fyr's own choices, except the likeness of beats, which follows

    Orphanidou C, Bonnici T, Charlton P, Clifton D, Vallance D, Tarassenko L. Signal-quality indices for the
    electrocardiogram and photoplethysmogram: derivation and applications to wireless monitoring.
    IEEE J Biomed Health Inform 2015;19(3):832-838: mean correlation at least 0.66 (ECG)

whose method is followed for the pulse wave too; there the 0.86 is recalled from the paper and was not verified at the
source. Two things differ. They correlate every beat with the mean beat, which fails in bigeminy, where half of the
beats have another shape; here a beat must be like a quarter of the beats around it. And in an ECG five beats running
are held to it besides ten seconds, lest real beats speak for an artefact beside them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.watch.rhythm.channels import ChannelKind

__all__ = ["CELL_S", "Fault", "cell_faults", "likeness"]

CELL_S: Final = 1.0
"""Signals are judged second by second."""

_MOST_MISSING: Final = 0.1
"""A second with more than a tenth of its samples missing is missing."""
_FLAT_CELLS: Final = 2
"""A line without any change for two seconds in a row: no connected electrode, and no arrested heart, is that flat."""
_RAIL_S: Final = 0.05
_RAIL_FRACTION: Final = 0.2
"""Saturated: a fifth of the second at the largest or smallest value, for 50 ms or longer at a time."""
_SMOOTH_S: Final = 0.04
_NOISE_OF_BEAT: Final = 0.15
"""Noisy: what is faster than 25 Hz is over 15 % of the usual height of a beat."""
_NOISE_MV: Final = 0.1
"""Noisy where no beat gives the scale (ECG): 0.1 mV root mean square above 25 Hz."""

LEAST_LIKENESS: Final = {ChannelKind.ECG: 0.66, ChannelKind.PULSE: 0.86}
"""The ECG's: Orphanidou 2015, as independent implementations have it. The pulse wave's: recalled, not verified."""
_LONGEST_SHAPE_S: Final = {ChannelKind.ECG: 0.6, ChannelKind.PULSE: 1.0}
"""A beat's shape is as long as the median interval (Orphanidou 2015), but no longer than this."""
_BEFORE: Final = 0.4
"""Two fifths of a beat's shape lie before its peak."""
_SEGMENT_S: Final = 10.0
_NEIGHBOURS_S: Final = 10.0
_LEAST_BEATS: Final = 4
_RUN: Final = 5
_LIKE_PERCENTILE: Final = 75.0


class Fault(IntEnum):
    """Why a second cannot be judged."""

    NONE = 0
    MISSING = 1
    FLAT = 2
    SATURATED = 3
    NOISE = 4


def cell_faults(
    value: NDArray[np.float64], beats: NDArray[np.int64], frequency_hz: float, kind: ChannelKind
) -> NDArray[np.uint8]:
    """Judge a waveform second by second.

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
        NaN where missing.
    beats : ndarray of int64, shape (b,)
        The samples at which a detector found beats.
    frequency_hz : float
    kind : ChannelKind

    Returns
    -------
    ndarray of uint8, shape (cells,)
        :class:`Fault` of each second; what is left after the last whole second belongs to that one.
    """
    per_cell = max(2, round(CELL_S * frequency_hz))
    count = max(1, len(value) // per_cell)
    cells = value[: count * per_cell].reshape(count, -1)
    missing = np.isnan(cells)
    whole = _without_missing(value)
    filled = whole[: count * per_cell].reshape(count, -1)
    faults = np.zeros(count, np.uint8)
    faults[_is_noisy(whole, filled, beats, frequency_hz, kind)] = Fault.NOISE
    faults[_is_unlike(whole, count, beats, frequency_hz, kind)] = Fault.NOISE
    faults[_is_saturated(filled, frequency_hz)] = Fault.SATURATED
    faults[_is_flat(filled)] = Fault.FLAT
    faults[missing.mean(axis=1) > _MOST_MISSING] = Fault.MISSING
    return faults


def likeness(
    value: NDArray[np.float64], beats: NDArray[np.int64], frequency_hz: float, kind: ChannelKind
) -> NDArray[np.float64]:
    """Return how much each beat looks like others: the 75th percentile of its correlations with them.

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
        Nowhere missing.
    beats : ndarray of int64, shape (b,)
        Samples; of a stretch of about half a minute, for every beat is compared with every other.
    frequency_hz : float
    kind : ChannelKind

    Returns
    -------
    ndarray of float64, shape (b,)
        NaN for beats too close to an end of the waveform.
    """
    interval = float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
    length = min(interval, _LONGEST_SHAPE_S[kind] * frequency_hz)
    before, after = round(_BEFORE * length), round((1 - _BEFORE) * length)
    inside = (beats >= before) & (beats + after < len(value))
    alike = np.full(len(beats), np.nan)
    if inside.sum() < 2:
        return alike
    shapes = value[beats[inside][:, None] + np.arange(-before, after + 1)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    size = np.sqrt((shapes**2).sum(axis=1, keepdims=True))
    shapes = shapes / np.where(size > 0, size, 1.0)
    correlation = shapes @ shapes.T
    np.fill_diagonal(correlation, np.nan)
    alike[inside] = np.nanpercentile(correlation, _LIKE_PERCENTILE, axis=1)
    return alike


def _without_missing(value: NDArray[np.float64]) -> NDArray[np.float64]:
    missing = np.isnan(value)
    if not missing.any():
        return value
    if missing.all():
        return np.zeros_like(value)
    index = np.arange(len(value))
    return np.interp(index, index[~missing], value[~missing])


def _is_flat(cells: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell the seconds that lie in a run of flat ones; flat is: no change beyond the smallest step of the recording."""
    steps = np.abs(np.diff(cells, axis=1))
    steps = steps[steps > 0]
    step = float(steps.min()) if steps.size else 0.0
    flat = np.ptp(cells, axis=1) <= step * (1 + 1e-6)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    long_enough = np.zeros(len(flat), dtype=bool)
    for first, last in edges.reshape(-1, 2):
        long_enough[first:last] = last - first >= _FLAT_CELLS
    return long_enough


def _is_saturated(cells: NDArray[np.float64], frequency_hz: float) -> NDArray[np.bool_]:
    low, high = cells.min(), cells.max()
    run = max(2, round(_RAIL_S * frequency_hz))
    saturated = np.zeros(len(cells), dtype=bool)
    for rail in (low, high):
        at_rail = cells == rail
        for index in np.flatnonzero(at_rail.mean(axis=1) >= _RAIL_FRACTION):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], at_rail[index], [False]]).astype(np.int8)))
            lengths = edges[1::2] - edges[::2]
            saturated[index] |= lengths[lengths >= run].sum() >= _RAIL_FRACTION * cells.shape[1]
    return saturated


def _is_noisy(
    value: NDArray[np.float64],
    cells: NDArray[np.float64],
    beats: NDArray[np.int64],
    frequency_hz: float,
    kind: ChannelKind,
) -> NDArray[np.bool_]:
    width = max(3, round(_SMOOTH_S * frequency_hz)) | 1
    fast = value - np.convolve(np.pad(value, width // 2, mode="edge"), np.full(width, 1 / width), mode="valid")
    # The median keeps out the beats themselves, which fill a small part of a second.
    loudness = 1.4826 * np.median(np.abs(fast[: cells.size].reshape(cells.shape)), axis=1)
    reach = round(0.1 * frequency_hz)
    inside = beats[(beats >= reach) & (beats + reach < len(value))]
    if len(inside) >= _LEAST_BEATS:
        height = float(np.median(np.ptp(value[inside[:, None] + np.arange(-reach, reach + 1)], axis=1)))
        return np.asarray(loudness > _NOISE_OF_BEAT * height)
    return np.asarray(loudness > _NOISE_MV) if kind is ChannelKind.ECG else np.zeros(len(cells), dtype=bool)


def _is_unlike(
    value: NDArray[np.float64], count: int, beats: NDArray[np.int64], frequency_hz: float, kind: ChannelKind
) -> NDArray[np.bool_]:
    """Tell the ten-second segments whose beats are not alike enough on average, and in an ECG such runs of five."""
    unlike = np.zeros(count, dtype=bool)
    alike = np.full(len(beats), np.nan)
    segment, reach = _SEGMENT_S * frequency_hz, _NEIGHBOURS_S * frequency_hz
    for start in np.arange(0.0, len(value), segment):
        first, last = np.searchsorted(beats, [start, start + segment])
        begin, end = np.searchsorted(beats, [start - reach, start + segment + reach])
        if last > first and end - begin >= _LEAST_BEATS:
            alike[first:last] = likeness(value, beats[begin:end], frequency_hz, kind)[first - begin : last - begin]
            here = alike[first:last][np.isfinite(alike[first:last])]
            if here.size and here.mean() < LEAST_LIKENESS[kind]:
                unlike[int(start / frequency_hz / CELL_S) : round((start + segment) / frequency_hz / CELL_S)] = True
    known = np.flatnonzero(np.isfinite(alike))
    run = min(_RUN, len(known))
    if run < 2 or kind is not ChannelKind.ECG:
        return unlike
    means = np.convolve(alike[known], np.full(run, 1 / run), mode="valid")
    for index in np.flatnonzero(means < LEAST_LIKENESS[kind]).tolist():
        cells = np.minimum(beats[known[[index, index + run - 1]]] / (CELL_S * frequency_hz), count - 1).astype(int)
        unlike[cells[0] : cells[1] + 1] = True
    return unlike
