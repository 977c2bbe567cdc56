"""Samples of one signal, or of one computed column, on their way into the kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Stream", "Streams"]


class Stream(NamedTuple):
    """Samples of one signal that have one period: in order of time, NaN where there is no value."""

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    period_us: int


Streams = Mapping[str, Sequence[Stream]]
"""By signal; several where a signal came with several periods."""
