"""Many samples of one signal: columns of times, values and statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record.identity import PatientId

__all__ = ["Quality", "Series"]


class Quality(IntEnum):
    """A sample's status as a byte; the same words as :class:`fyr.record.Status`, and one more."""

    PRESENT = 0
    UNKNOWN = 1
    NOT_DONE = 2
    IMPUTED = 3
    IMPLAUSIBLE = 4


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One signal of one patient over time.

    Parameters
    ----------
    patient : PatientId
    signal : str
        A name of :data:`fyr.record.vocabulary.SIGNALS`, or ``waveform:NAME`` for a raw waveform.
    unit : str
        UCUM.
    time_us : ndarray of int64, shape (n,)
        Event times, microseconds UTC, never decreasing.
    value : ndarray of float64, shape (n,)
        NaN where the quality is unknown or not done.
    quality : ndarray of uint8, shape (n,)
        :class:`Quality` of each sample.
    period_us : int
        The nominal time between samples; a sample stands for at most that long.
    source : str
        Where it came from.

    Raises
    ------
    BadInput
        If the columns differ in length, or a time goes backwards.
    """

    patient: PatientId
    signal: str
    unit: str
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    period_us: int
    source: str = field(default="")

    def __post_init__(self) -> None:
        n = len(self.time_us)
        if len(self.value) != n or len(self.quality) != n:
            raise BadInput(
                f"a series of {self.signal} has {n} times, {len(self.value)} values and {len(self.quality)} qualities",
                where=self.source,
            )
        backwards = np.flatnonzero(np.diff(self.time_us) < 0)
        if backwards.size:
            raise BadInput(
                f"the time of {self.signal} goes backwards at sample {int(backwards[0]) + 2} of {n}",
                where=self.source,
                mend="sort the samples by time",
            )

    def __len__(self) -> int:
        return len(self.time_us)
