"""Pauses: how long the heart went without a beat, on signal that can be judged.

From 3 s a pause is one that cardiology looks into (Kusumoto FM et al., 2018 ACC/AHA/HRS guideline on bradycardia and
cardiac conduction delay, Circulation 2019;140:e382-e482, counts sinus pauses over 3 s as sinus node dysfunction). From
4 s it is asystole, as monitors alarm it (PhysioNet/Computing in Cardiology Challenge 2015: "no QRS for at least 4
seconds").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fyr.clock import SECOND_US
from fyr.watch.rhythm.beats import Beats

__all__ = ["ASYSTOLE_S", "PAUSE_S", "Pause", "find_pauses"]

PAUSE_S: Final = 3.0
ASYSTOLE_S: Final = 4.0

_SAME_BEAT_US: Final = 150_000
"""The same beat in two leads is at most this far apart; the match window of ANSI/AAMI EC57."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch without a beat.

    Parameters
    ----------
    start_us, end_us : int
        The beats before and after it, or where the signal begins or ceases to be judged.
    open : bool
        Whether it may have been longer, since signal that cannot be judged lies before or after it.
    """

    start_us: int
    end_us: int
    open: bool

    @property
    def seconds(self) -> float:
        """How long it was, at least."""
        return (self.end_us - self.start_us) / SECOND_US

    @property
    def is_asystole(self) -> bool:
        """Whether it was at least 4 s long."""
        return self.seconds >= ASYSTOLE_S


def find_pauses(combined: Beats, leads: Sequence[Beats], *, shortest_s: float = PAUSE_S) -> list[Pause]:
    """Return the pauses that no lead contradicts.

    Parameters
    ----------
    combined : Beats
        One course of beats, from :func:`fyr.watch.rhythm.leads.combine`.
    leads : sequence of Beats
        Every lead. A beat that any of them shows, where it can be judged, ends a pause: a beat that one lead does not
        show is no pause of the heart.
    shortest_s : float

    Returns
    -------
    list of Pause
        In order of time.
    """
    found = []
    for start_us, end_us in combined.assessable_us.tolist():
        inside = combined.within(start_us, end_us)
        marks = np.concatenate([[start_us], inside, [end_us]])
        wide = np.flatnonzero(np.diff(marks) >= shortest_s * SECOND_US)
        for index in wide.tolist():
            first, last = int(marks[index]), int(marks[index + 1])
            seen = _seen_elsewhere(first, last, leads)
            edges = np.concatenate([[first], seen, [last]])
            found += [
                Pause(
                    int(edges[part]),
                    int(edges[part + 1]),
                    open=(index == 0 and part == 0) or (index == len(inside) and part == len(seen)),
                )
                for part in np.flatnonzero(np.diff(edges) >= shortest_s * SECOND_US).tolist()
            ]
    return found


def _seen_elsewhere(start_us: int, end_us: int, leads: Sequence[Beats]) -> np.ndarray:
    """Return the beats strictly between that any lead shows where it can be judged."""
    seen = [np.zeros(0, np.int64)]
    for lead in leads:
        inside = lead.within(start_us + _SAME_BEAT_US, end_us - _SAME_BEAT_US)
        seen.append(np.array([beat for beat in inside.tolist() if lead.is_assessable(beat, beat + 1)], np.int64))
    return np.unique(np.concatenate(seen))
