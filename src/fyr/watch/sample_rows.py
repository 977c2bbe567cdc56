"""Samples as the kernel takes them: columns in order of time, patients and signals by their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.record import Quality, SampleBatch
from fyr.watch.compiled_policy import CompiledPolicy
from fyr.watch.kernel import State

__all__ = ["SampleRows", "rows_of", "usable_once"]

_UNKNOWN: Final = int(Quality.UNKNOWN)
_NOT_DONE: Final = int(Quality.NOT_DONE)
_NONE: Final = np.empty(0, np.intp)


@dataclass(slots=True)
class SampleRows:
    """Rows in order of time; every column of shape (rows,)."""

    patient: NDArray[np.int32]
    signal: NDArray[np.int16]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    period_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.patient)

    def at(self, part: slice | NDArray[np.intp]) -> SampleRows:
        """Return some of the rows, in their order."""
        return SampleRows(
            self.patient[part], self.signal[part], self.time_us[part], self.value[part], self.period_us[part]
        )


def rows_of(
    samples: SampleBatch,
    patients: NDArray[np.int32],
    signals: NDArray[np.int16],
    computed: NDArray[np.bool_] | None = None,
) -> SampleRows:
    """Return the rows of the samples whose signal is known, in order of time; NaN where nothing was measured.

    Parameters
    ----------
    samples : SampleBatch
    patients : ndarray of int32, shape (n_patients,)
        The engine's number of each of the batch's patients.
    signals : ndarray of int16, shape (n_signals,)
        The engine's number of each of the batch's signals, -1 for one that it does not know.
    computed : ndarray of bool, shape (n_known_signals,), optional
        Which of the engine's signals come after the others of their instant.
    """
    if computed is not None:
        order = np.lexsort((computed[signals[samples.signal_index]], samples.time_us)) if len(samples) else _NONE
    elif _rise(samples.time_us):
        order = None
    else:
        order = np.argsort(samples.time_us, kind="stable")
    return SampleRows(
        *_chosen(
            order,
            samples.patient_index,
            samples.signal_index,
            samples.time_us,
            samples.value,
            samples.quality,
            patients,
            signals,
            samples.period_us,
        )
    )


@numba.njit(cache=True, nogil=True)
def _rise(time_us: NDArray[np.int64]) -> bool:
    rise = True
    for i in range(1, len(time_us)):
        rise &= time_us[i] >= time_us[i - 1]
    return rise


@numba.njit(cache=True, nogil=True)
def _chosen(
    order: NDArray[np.intp] | None,
    patient_index: NDArray[np.int32],
    signal_index: NDArray[np.int16],
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    quality: NDArray[np.uint8],
    patients: NDArray[np.int32],
    signals: NDArray[np.int16],
    period_us: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    n = len(time_us)
    patient, signal = np.empty(n, np.int32), np.empty(n, np.int16)
    times, values, periods = np.empty(n, np.int64), np.empty(n, np.float64), np.empty(n, np.int64)
    to = 0
    for at in range(n):
        i = at if order is None else order[at]
        known = signals[signal_index[i]]
        if known < 0:
            continue
        patient[to], signal[to] = patients[patient_index[i]], known
        times[to], periods[to] = time_us[i], period_us[signal_index[i]]
        values[to] = np.nan if quality[i] == _UNKNOWN or quality[i] == _NOT_DONE else value[i]
        to += 1
    return patient[:to], signal[:to], times[:to], values[:to], periods[:to]


def usable_once(rows: SampleRows, compiled: CompiledPolicy, state: State) -> NDArray[np.bool_]:
    """Return which rows the kernel will use, before it takes them: watched, plausible, neither late nor double.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    read = compiled.signal_table[rows.signal]
    plausible = (rows.value >= read["plausible_low"]) & (rows.value <= read["plausible_high"])
    is_new = rows.time_us > state.last_us[rows.patient, rows.signal]
    use = (rows.signal < compiled.watched) & plausible & is_new
    order = np.lexsort((rows.time_us, rows.signal, rows.patient))
    earlier, later = order[:-1], order[1:]
    same = rows.time_us[earlier] == rows.time_us[later]
    same &= (rows.signal[earlier] == rows.signal[later]) & (rows.patient[earlier] == rows.patient[later])
    use[later[same]] = False
    return np.asarray(use, np.bool_)
