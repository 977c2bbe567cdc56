"""One signal of one patient, packed: where it began, how far its samples lie apart, and a code for each value.

A packed series is a row of a table (Parquet, compressed with zstd); its columns are bytes, little-endian:

- `times` are kept as `start_us` and `step_us` with one code for every step where the samples lie on a grid, otherwise
  one by one in `time_us`.
- `codes` (one byte a sample, or two) are places in the series' own dictionary of the values that occur, `values`, bit
  for bit: 0 says that there is no sample at this step, 1 that there is one without a value, ``2 + i`` is ``values[i]``.
- A series with more different values than two bytes can tell keeps each in `values`, and no codes.

What is unpacked equals, bit for bit, what was packed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["PackedSeries", "pack_series", "unpack_series"]

_NO_SAMPLE: Final = 0
_NO_VALUE: Final = 1
_FIRST_VALUE: Final = 2
_MOST_STEPS: Final = 4
"""A grid may have at most so many steps for each sample; beyond, the times are kept one by one."""

_MOST_VALUES: Final = {np.uint8: 254, np.uint16: 65_534}


@dataclass(frozen=True, slots=True, eq=False)
class PackedSeries:
    """See the module.

    Parameters
    ----------
    period_us : int
        The nominal time between samples.
    samples : int
    start_us, step_us : int
        `step_us` is 0 where `time_us` holds the times.
    values : ndarray of float64
    codes : ndarray of uint8 or uint16
    time_us : ndarray of int64
    """

    period_us: int
    samples: int
    start_us: int
    step_us: int
    values: NDArray[np.float64]
    codes: NDArray[Any]
    time_us: NDArray[np.int64]

    @property
    def code_bytes(self) -> int:
        """How many bytes a code has; 0 where there are no codes."""
        return self.codes.itemsize if len(self.codes) else 0


def pack_series(time_us: NDArray[np.int64], value: NDArray[np.float64], period_us: int) -> PackedSeries:
    """Pack samples in order of time; NaN is a missing value."""
    missing = np.isnan(value)
    distinct, place = np.unique(value.view(np.int64)[~missing], return_inverse=True)
    start_us = int(time_us[0])
    for kind, most in _MOST_VALUES.items():
        if len(distinct) > most:
            continue
        codes = np.full(len(value), _NO_VALUE, kind)
        codes[~missing] = place + _FIRST_VALUE
        step_us = _grid_step(time_us, period_us)
        if step_us == 0:
            return PackedSeries(period_us, len(value), start_us, 0, distinct.view(np.float64), codes, time_us)
        steps = (time_us - start_us) // step_us
        on_grid = np.full(int(steps[-1]) + 1, _NO_SAMPLE, kind)
        on_grid[steps] = codes
        nothing = np.empty(0, np.int64)
        return PackedSeries(period_us, len(value), start_us, step_us, distinct.view(np.float64), on_grid, nothing)
    return PackedSeries(period_us, len(value), start_us, 0, value, np.empty(0, np.uint8), time_us)


def unpack_series(packed: PackedSeries, time_us: NDArray[np.int64], value: NDArray[np.float64]) -> bool:
    """Write the samples into arrays of shape (samples,).

    Returns
    -------
    bool
        Whether the parts fit each other; where they do not, the arrays hold nothing of use.
    """
    if packed.step_us < 0 or packed.period_us <= 0 or (np.diff(packed.time_us) < 0).any():
        return False
    if not len(packed.codes):
        if len(packed.values) != packed.samples or len(packed.time_us) != packed.samples:
            return False
        time_us[:], value[:] = packed.time_us, packed.values
        return True
    table = np.full(_FIRST_VALUE + len(packed.values), np.nan)
    table[_FIRST_VALUE:] = packed.values
    if packed.step_us == 0 and len(packed.time_us) != len(packed.codes):
        return False
    times = packed.time_us
    return bool(_decode(packed.codes, table, times, packed.start_us, packed.step_us, time_us, value))


def _grid_step(time_us: NDArray[np.int64], period_us: int) -> int:
    """Return the grid on which the times lie, 0 where keeping them one by one is shorter."""
    since = time_us - time_us[0]
    if period_us <= 0 or not (np.diff(time_us) > 0).all() or (since % period_us).any():
        return 0
    return period_us if since[-1] // period_us < _MOST_STEPS * len(time_us) else 0


@numba.njit(cache=True, nogil=True)
def _decode(
    codes: NDArray[Any],
    table: NDArray[np.float64],
    times: NDArray[np.int64],
    start_us: int,
    step_us: int,
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
) -> bool:
    place, room, known = 0, len(value), len(table)
    for step in range(len(codes)):
        code = codes[step]
        if code == _NO_SAMPLE:
            continue
        if place == room or code >= known:
            return False
        time_us[place] = start_us + step * step_us if step_us else times[step]
        value[place] = table[code]
        place += 1
    return place == room
