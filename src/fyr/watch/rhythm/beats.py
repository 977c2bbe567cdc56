"""Beats of one channel, and the stretches in which they can be relied on.

ECG: the XQRS detector of the WFDB Python package (Xie C, McCullum L, Johnson A, Pollard T, Gow B, Moody B, MIT).
Pulse wave: :mod:`fyr.watch.rhythm.pulses`. A recording is worked on in overlapping chunks, so that days fit in memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import SECOND_US
from fyr.watch.rhythm.assessability import CELL_S, Fault, cell_faults
from fyr.watch.rhythm.channels import Channel, ChannelKind, Piece, pieces_of

__all__ = ["Beats", "Unusable", "find_beats"]

_CHUNK_S: Final = 300.0
_OVERLAP_S: Final = 20.0
"""A chunk is worked on with this much before and after it: filters settle and the detector learns on real beats."""
_SHORTEST_S: Final = 5.0
"""A piece shorter than this is too short for the detector to learn from."""
_REFRACTORY_US: Final = 200_000
"""Two beats are never nearer than 200 ms; the detector's own refractory period."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A stretch of a channel that cannot be judged, and why.

    Parameters
    ----------
    start_us, end_us : int
    fault : Fault
    """

    start_us: int
    end_us: int
    fault: Fault


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """The beats of one channel.

    Parameters
    ----------
    channel : str
    kind : ChannelKind
    time_us : ndarray of int64, shape (n,)
        All that the detector found, increasing; only those in `assessable_us` are to be relied on.
    assessable_us : ndarray of int64, shape (m, 2)
        Start and end of the stretches that can be judged, increasing.
    unusable : tuple of Unusable
        The stretches that cannot.
    """

    channel: str
    kind: ChannelKind
    time_us: NDArray[np.int64]
    assessable_us: NDArray[np.int64]
    unusable: tuple[Unusable, ...]

    @property
    def assessable_s(self) -> float:
        """How many seconds can be judged."""
        return float((self.assessable_us[:, 1] - self.assessable_us[:, 0]).sum()) / SECOND_US

    def within(self, start_us: int, end_us: int) -> NDArray[np.int64]:
        """Return the beats in a stretch, its end not included."""
        first, last = np.searchsorted(self.time_us, [start_us, end_us])
        return self.time_us[first:last]

    def is_assessable(self, start_us: int, end_us: int) -> bool:
        """Tell whether a whole stretch can be judged."""
        index = int(np.searchsorted(self.assessable_us[:, 0], start_us, side="right")) - 1
        return index >= 0 and bool(self.assessable_us[index, 1] >= end_us)


def find_beats(channel: Channel) -> Beats:
    """Find the beats of one channel, chunk by chunk.

    Returns
    -------
    Beats
        Without beats where the whole channel is missing or flat; that is then said by `unusable`.
    """
    beats: list[NDArray[np.int64]] = []
    unusable: list[Unusable] = []
    assessable: list[tuple[int, int]] = []
    for piece in pieces_of(channel):
        for found, stretches in _work_through(piece, channel.kind):
            beats.append(found)
            for start_us, end_us, fault in stretches:
                if fault != Fault.NONE:
                    _append(unusable, Unusable(start_us, end_us, fault))
                elif assessable and assessable[-1][1] == start_us:
                    assessable[-1] = (assessable[-1][0], end_us)
                else:
                    assessable.append((start_us, end_us))
    return Beats(
        channel=channel.name,
        kind=channel.kind,
        time_us=_apart(np.concatenate([np.zeros(0, np.int64), *beats])),
        assessable_us=np.array(assessable, np.int64).reshape(-1, 2),
        unusable=tuple(unusable),
    )


def _work_through(piece: Piece, kind: ChannelKind) -> Iterator[tuple[NDArray[np.int64], list[tuple[int, int, Fault]]]]:
    """Yield the beats and the judged stretches of each chunk of a piece."""
    frequency_hz, samples = piece.frequency_hz, len(piece.value)
    per_cell = max(2, round(CELL_S * frequency_hz))
    overlap = round(_OVERLAP_S / CELL_S) * per_cell
    per_chunk = round(_CHUNK_S / CELL_S) * per_cell
    for first in range(0, max(1, samples - per_cell), per_chunk):
        last = samples if samples - first - per_chunk <= per_cell else first + per_chunk
        begin, end = max(0, first - overlap), min(samples, last + overlap)
        value = piece.value[begin:end]
        found = _detect(value, frequency_hz, kind)
        faults = cell_faults(value, found, frequency_hz, kind)
        if samples < _SHORTEST_S * frequency_hz:
            faults[:] = Fault.MISSING
        skipped = (first - begin) // per_cell
        faults = faults[skipped : skipped + max(1, (last - first) // per_cell)]
        kept = found[(found + begin >= first) & (found + begin < last)] + begin
        stretches = []
        edges = [0, *(np.flatnonzero(np.diff(faults)) + 1).tolist(), len(faults)]
        end_us = (
            int(piece.time_us[last]) if last < samples else int(piece.time_us[-1]) + round(SECOND_US / frequency_hz)
        )
        for cell, next_cell in pairwise(edges):
            until = end_us if next_cell == len(faults) else int(piece.time_us[first + next_cell * per_cell])
            stretches.append((int(piece.time_us[first + cell * per_cell]), until, Fault(faults[cell])))
        yield piece.time_us[kept], stretches
        if last == samples:
            return


def _detect(value: NDArray[np.float64], frequency_hz: float, kind: ChannelKind) -> NDArray[np.int64]:
    from fyr.watch.rhythm.pulses import find_pulses

    missing = np.isnan(value)
    if missing.all() or len(value) < _SHORTEST_S * frequency_hz:
        return np.zeros(0, np.int64)
    if missing.any():
        index = np.arange(len(value))
        value = np.interp(index, index[~missing], value[~missing])
    if np.ptp(value) == 0:
        return np.zeros(0, np.int64)
    return find_pulses(value, frequency_hz) if kind is ChannelKind.PULSE else _qrs(value, frequency_hz)


def _qrs(value: NDArray[np.float64], frequency_hz: float) -> NDArray[np.int64]:
    with warnings.catch_warnings():  # wfdb calls pandas in ways that pandas has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        from wfdb.processing import XQRS
    detector = XQRS(sig=np.ascontiguousarray(value), fs=frequency_hz)
    with np.errstate(all="ignore"):  # it normalises flat stretches, which divides by nothing
        detector.detect(verbose=False)
    return np.asarray(detector.qrs_inds, np.int64)


def _append(unusable: list[Unusable], one: Unusable) -> None:
    if unusable and unusable[-1].end_us == one.start_us and unusable[-1].fault == one.fault:
        one = Unusable(unusable[-1].start_us, one.end_us, one.fault)
        unusable.pop()
    unusable.append(one)


def _apart(time_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out what a seam between chunks has doubled."""
    if len(time_us) < 2:
        return time_us
    apart = np.concatenate([[True], np.diff(time_us) >= _REFRACTORY_US])
    return np.asarray(time_us[apart])
