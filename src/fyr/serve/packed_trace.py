"""A long trace of one signal in few bytes, exact to the bit: regular times are counted, tenths take two bytes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["PackedTimes", "pack_times", "pack_values", "unpack_times", "unpack_values"]

_MISSING: Final = -32_768
_MOST: Final = 32_767
_SCALES: Final = (10, 100)
_FEW: Final = 8
"""Where one step in so many is another than the usual one, every step is written."""

PackedTimes = tuple[int, int, int, NDArray[Any], NDArray[Any]]
"""How many, the first, the usual step, at which places another step follows, and which; no places: every step."""


def pack_times(time_us: NDArray[np.int64], usual_us: int) -> PackedTimes:
    """Pack rising times; most follow each other by the usual step."""
    count, none = len(time_us), np.empty(0, np.int64)
    if not count:
        return 0, 0, usual_us, none, none
    steps = np.diff(time_us)
    places = np.flatnonzero(steps != usual_us)
    first = int(time_us[0])
    if len(places) * _FEW <= count:
        return count, first, usual_us, places.astype(np.uint32), steps[places]
    return count, first, 0, none, _narrow(steps)


def unpack_times(packed: PackedTimes) -> NDArray[np.int64]:
    """Return the times.

    Raises
    ------
    BadInput
        If they are none.
    """
    count, first, usual_us, places, others = packed
    if not count:
        return np.empty(0, np.int64)
    steps = np.full(count - 1, usual_us, np.int64)
    if usual_us == 0 and not len(places):
        if len(others) != len(steps):
            raise BadInput("a trace has another number of steps than of times", mend="delete what holds it")
        steps[:] = others
    else:
        steps[places] = others
    return np.concatenate([np.array([first], np.int64), first + np.cumsum(steps)])


def pack_values(value: NDArray[np.float64]) -> tuple[int, NDArray[Any]]:
    """Pack values; the first number is the scale of whole numbers, or 0 where they stand as they are."""
    for scale in _SCALES:
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = np.rint(value * scale)
            whole = np.where(np.isnan(scaled), _MISSING, scaled)
            if np.fmin.reduce(scaled, initial=0.0) < -_MOST or np.fmax.reduce(scaled, initial=0.0) > _MOST:
                continue
            whole = whole.astype(np.int16)
        if _same_bits(unpack_values((scale, whole)), value):
            return scale, whole
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = value.astype(np.float32)
    return 0, narrow if _same_bits(narrow.astype(np.float64), value) else value.copy()


def unpack_values(packed: tuple[int, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the values."""
    scale, whole = packed
    if not scale:
        return whole.astype(np.float64)
    value: NDArray[np.float64] = whole / scale
    value[whole == _MISSING] = np.nan
    return value


def _narrow(steps: NDArray[np.int64]) -> NDArray[Any]:
    return steps.astype(np.uint32) if len(steps) and steps.min() >= 0 and steps.max() < 1 << 32 else steps


def _same_bits(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.array_equal(one.view(np.uint64), other.view(np.uint64)))
