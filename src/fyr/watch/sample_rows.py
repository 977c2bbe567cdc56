"""Samples as the kernel takes them: columns in order of time, patients and signals by their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SampleRows"]


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
