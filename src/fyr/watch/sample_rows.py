"""Samples as the kernel takes them: columns in order of time, patients and signals by their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.watch.compiled_policy import CompiledPolicy
from fyr.watch.kernel import State

__all__ = ["SampleRows", "usable_once"]


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
