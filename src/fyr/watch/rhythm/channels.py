"""Which waveforms show beats: ECG leads and pulse waves, by name; and the stretches recorded without a gap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr import units
from fyr.clock import SECOND_US
from fyr.errors import BadInput
from fyr.record import Series

__all__ = ["Channel", "ChannelKind", "Piece", "as_channel", "channels_of", "pieces_of"]

_ECG: Final = re.compile(
    r"^(ECG|EKG|M?LI{1,3}|I{1,3}|A?V[RLF]|V[1-9]?|MCL\d?|MV\d?|CM\d|CC5|ECG(LEAD)?(I{1,3}|V\d?|\d))$"
)
"""Standard leads and the modified leads of PhysioNet's ECG databases, letters and digits only, upper case."""
_PULSE: Final = re.compile(r"^(PLETH|PPG|SPO2PLETH|PLETHL|PLETHR|PLETHT)$")
_PREFIX: Final = "waveform:"
_GAP_PERIODS: Final = 1.5
"""A step longer than this many sampling periods is a gap in the recording."""


class ChannelKind(StrEnum):
    """What a waveform measures."""

    ECG = "ecg"
    PULSE = "pulse"


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One waveform in which beats can be found.

    Parameters
    ----------
    name : str
        As in the recording, for example ``MLII``.
    kind : ChannelKind
    series : Series
    """

    name: str
    kind: ChannelKind
    series: Series


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of one channel without a gap in time.

    Parameters
    ----------
    time_us : ndarray of int64, shape (n,)
    value : ndarray of float64, shape (n,)
        Millivolt where the recording's unit is a voltage; NaN where a sample is missing.
    frequency_hz : float
    """

    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    frequency_hz: float


def as_channel(series: Series) -> Channel | None:
    """Return the series as a channel, or ``None`` where its name is not one of an ECG lead or pulse wave."""
    if not series.signal.startswith(_PREFIX):
        return None
    name = series.signal.removeprefix(_PREFIX)
    plain = re.sub(r"[^A-Za-z0-9]", "", re.sub(r"\(\d+\)$", "", name)).upper()
    if _ECG.match(plain):
        return Channel(name, ChannelKind.ECG, series)
    return Channel(name, ChannelKind.PULSE, series) if _PULSE.match(plain) else None


def channels_of(series: Sequence[Series]) -> list[Channel]:
    """Return the ECG leads and pulse waves among one patient's series, in their order.

    Raises
    ------
    BadInput
        If there is none, or the series are of more than one patient.
    """
    found = [channel for one in series if (channel := as_channel(one)) is not None]
    patients = sorted({str(channel.series.patient) for channel in found})
    if len(patients) > 1:
        raise BadInput(f"the waveforms are of {len(patients)} patients: {', '.join(patients)}", mend="give one's")
    if not found:
        names = ", ".join(one.signal for one in series) or "nothing"
        raise BadInput(
            f"there is no ECG lead and no pulse wave among {names}",
            where=series[0].source if series else "",
            mend="give a recording with a waveform such as II, V5, MLII or PLETH",
        )
    return found


def pieces_of(channel: Channel) -> Iterator[Piece]:
    """Yield the stretches that were recorded without a gap, each with its own sampling frequency.

    The frequency is counted from the times themselves: a nominal period in whole microseconds is 0.06 % off at 360 Hz.
    """
    series = channel.series
    factor = _to_millivolt(series.unit) if channel.kind is ChannelKind.ECG else 1.0
    breaks = np.flatnonzero(np.diff(series.time_us) > _GAP_PERIODS * series.period_us) + 1
    edges = [0, *breaks.tolist(), len(series)]
    for first, last in pairwise(edges):
        time_us = series.time_us[first:last]
        if len(time_us) < 2 or time_us[-1] == time_us[0]:
            continue
        frequency_hz = (len(time_us) - 1) * SECOND_US / float(time_us[-1] - time_us[0])
        yield Piece(time_us, series.value[first:last] * factor, frequency_hz)


def _to_millivolt(unit: str) -> float:
    try:
        return float(units.convert(1.0, unit, "mV"))
    except BadInput:
        return 1.0
