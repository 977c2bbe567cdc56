"""From several leads to one course of beats: the best lead, and the next best where that one cannot be judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.watch.rhythm.beats import Beats, Unusable

__all__ = ["by_quality", "combine", "intervals", "overlap"]


def by_quality(leads: Sequence[Beats]) -> list[Beats]:
    """Return the leads, the one that can be judged longest first; equal ones in their order."""
    return sorted(leads, key=lambda lead: -lead.assessable_s)


def combine(leads: Sequence[Beats]) -> Beats:
    """Return one course of beats: every stretch from the best lead that can be judged there.

    No interval crosses from one lead to another, since the same beat is found some milliseconds apart in two leads: the
    stretches of different leads stay apart in `assessable_us` and may touch.
    """
    ranked = by_quality(leads)
    taken = np.zeros((0, 2), np.int64)
    stretches: list[tuple[int, int, Beats]] = []
    for lead in ranked:
        new = _without(lead.assessable_us, taken)
        stretches += [(int(start), int(end), lead) for start, end in new]
        taken = _union(taken, new)
    stretches.sort(key=lambda stretch: stretch[0])
    times = [lead.within(start, end) for start, end, lead in stretches]
    left = ranked[0].unusable
    gaps = [
        Unusable(int(start), int(end), one.fault)
        for one in left
        for start, end in _without(np.array([[one.start_us, one.end_us]], np.int64), taken)
    ]
    return Beats(
        channel="+".join(dict.fromkeys(lead.channel for _, _, lead in stretches)) or ranked[0].channel,
        kind=ranked[0].kind,
        time_us=np.concatenate([np.zeros(0, np.int64), *times]),
        assessable_us=np.array([(start, end) for start, end, _ in stretches], np.int64).reshape(-1, 2),
        unusable=tuple(gaps),
    )


def intervals(beats: Beats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the starts and ends of the intervals between beats that lie wholly on signal that can be judged."""
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start_us, end_us in beats.assessable_us:
        inside = beats.within(int(start_us), int(end_us))
        starts.append(inside[:-1])
        ends.append(inside[1:])
    return np.concatenate(starts), np.concatenate(ends)


def overlap(stretches: NDArray[np.int64], start_us: int, end_us: int) -> int:
    """Return how many microseconds of a span the stretches, shape (m, 2), cover."""
    inside = np.clip(stretches, start_us, end_us)
    return int((inside[:, 1] - inside[:, 0]).sum())


def _without(stretches: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    left: list[tuple[int, int]] = []
    for start, end in stretches.tolist():
        position = start
        for first, last in taken.tolist():
            if last <= position or first >= end:
                continue
            if first > position:
                left.append((position, first))
            position = max(position, last)
        if position < end:
            left.append((position, end))
    return np.array(left, np.int64).reshape(-1, 2)


def _union(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    merged: list[list[int]] = []
    for start, end in sorted([*one.tolist(), *other.tolist()]):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return np.array(merged, np.int64).reshape(-1, 2)
