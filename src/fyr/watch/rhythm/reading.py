"""Everything about the rhythm of one recording: beats, irregularity a minute, atrial fibrillation, pauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import MINUTE_US, SECOND_US, to_iso
from fyr.errors import BadInput
from fyr.record import Quality, Series, signal
from fyr.watch.rhythm.beats import Beats, find_beats
from fyr.watch.rhythm.channels import ChannelKind, channels_of
from fyr.watch.rhythm.irregularity import METHOD, THRESHOLD, Episode, fibrillation_episodes, irregularity
from fyr.watch.rhythm.leads import combine, intervals, overlap
from fyr.watch.rhythm.pauses import PAUSE_S, Pause, find_pauses

__all__ = ["Rhythm", "read_rhythm"]

_LEAST_ASSESSABLE_US: Final = 30 * SECOND_US
"""A minute of which less than half can be judged has no longest pause, unless it shows one of 3 s all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """What an ECG says about a patient's rhythm.

    Parameters
    ----------
    leads : tuple of Beats
        Each ECG lead on its own.
    beats : Beats
        One course of beats from all of them.
    irregularity, longest_pause : Series
        Signals ``rr_irregularity`` and ``longest_pause_s``, one value at the end of every minute, about what is known
        by then; NaN with the quality "unknown" where the signal cannot be judged.
    episodes : tuple of Episode
        Atrial fibrillation.
    pauses : tuple of Pause
        Of 3 s or longer.
    """

    leads: tuple[Beats, ...]
    beats: Beats
    irregularity: Series
    longest_pause: Series
    episodes: tuple[Episode, ...]
    pauses: tuple[Pause, ...]

    @property
    def series(self) -> tuple[Series, Series]:
        """The two signals that the ward engine can take."""
        return self.irregularity, self.longest_pause

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for a JSON document."""
        start_us, end_us = intervals(self.beats)
        rate = float(60 * SECOND_US / np.median(end_us - start_us)) if len(end_us) else None
        return {
            "beats": {
                "lead": self.beats.channel,
                "count": len(self.beats.time_us),
                "median_rate_per_min": rate,
                "assessable_s": self.beats.assessable_s,
                "not_assessable": _unusable(self.beats),
            },
            "leads": [
                {
                    "lead": lead.channel,
                    "beats": len(lead.time_us),
                    "assessable_s": lead.assessable_s,
                    "not_assessable": _unusable(lead),
                }
                for lead in self.leads
            ],
            "rr_irregularity": {"method": METHOD, "threshold": THRESHOLD, **_columns(self.irregularity)},
            "longest_pause_s": _columns(self.longest_pause),
            "atrial_fibrillation": [
                {"start": to_iso(one.start_us), "end": to_iso(one.end_us), "highest_irregularity": one.highest}
                for one in self.episodes
            ],
            "pauses": [
                {
                    "start": to_iso(one.start_us),
                    "end": to_iso(one.end_us),
                    "seconds": one.seconds,
                    "at_least": one.open,
                    "asystole": one.is_asystole,
                }
                for one in self.pauses
            ],
        }


def read_rhythm(series: Sequence[Series]) -> Rhythm:
    """Find beats in every ECG lead and say what they amount to.

    Parameters
    ----------
    series : sequence of Series
        One patient's; those that are no ECG lead (``waveform:II``, ``waveform:MLII``, ...) are left aside.

    Raises
    ------
    BadInput
        If there is no ECG lead, or the waveforms are of several patients.
    """
    ecg = [channel for channel in channels_of(series) if channel.kind is ChannelKind.ECG and len(channel.series)]
    if not ecg:
        raise BadInput(
            "there is no ECG lead, and a pulse wave alone gives no rhythm",
            where=series[0].source,
            mend="give a recording with a waveform such as II, V5 or MLII",
        )
    leads = tuple(find_beats(channel) for channel in ecg)
    beats = combine(leads)
    start_us, end_us = intervals(beats)
    values = irregularity(start_us, end_us)
    grid_us = _minutes(min(int(one.series.time_us[0]) for one in ecg), max(int(one.series.time_us[-1]) for one in ecg))
    like = ecg[0].series
    return Rhythm(
        leads=leads,
        beats=beats,
        irregularity=_series(like, "rr_irregularity", grid_us, _last_of_minute(grid_us, end_us, values)),
        longest_pause=_series(like, "longest_pause_s", grid_us, _longest_of_minute(grid_us, beats, leads)),
        episodes=tuple(fibrillation_episodes(end_us, values)),
        pauses=tuple(find_pauses(beats, leads)),
    )


def _minutes(first_us: int, last_us: int) -> NDArray[np.int64]:
    """Return the whole minutes UTC that end after the first sample, up to the one that ends after the last."""
    return np.arange(first_us // MINUTE_US + 1, last_us // MINUTE_US + 2, dtype=np.int64) * MINUTE_US


def _last_of_minute(
    grid_us: NDArray[np.int64], end_us: NDArray[np.int64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    last = np.searchsorted(end_us, grid_us, side="right") - 1
    recent = (last >= 0) & (end_us[np.maximum(last, 0)] > grid_us - MINUTE_US) if len(end_us) else last >= 0
    result = np.full(len(grid_us), np.nan)
    result[recent] = values[last[recent]]
    return result


def _longest_of_minute(grid_us: NDArray[np.int64], beats: Beats, leads: Sequence[Beats]) -> NDArray[np.float64]:
    result = np.full(len(grid_us), np.nan)
    gaps = find_pauses(beats, leads, shortest_s=0.0)
    for index, minute_us in enumerate(grid_us.tolist()):
        covered = overlap(beats.assessable_us, minute_us - MINUTE_US, minute_us)
        result[index] = 0.0 if covered else np.nan
    for gap in gaps:
        first, last = np.searchsorted(grid_us, [gap.start_us, gap.end_us], side="left")
        for index in range(int(first), min(int(last), len(grid_us) - 1) + 1):
            known = (min(gap.end_us, int(grid_us[index])) - gap.start_us) / SECOND_US
            result[index] = np.fmax(result[index], known)
    for index, minute_us in enumerate(grid_us.tolist()):
        little = overlap(beats.assessable_us, minute_us - MINUTE_US, minute_us) < _LEAST_ASSESSABLE_US
        if little and not result[index] >= PAUSE_S:
            result[index] = np.nan
    return result


def _series(like: Series, name: str, time_us: NDArray[np.int64], value: NDArray[np.float64]) -> Series:
    return Series(
        patient=like.patient,
        signal=name,
        unit=signal(name).unit,
        time_us=time_us,
        value=value,
        quality=np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
        period_us=MINUTE_US,
        source=like.source,
    )


def _columns(series: Series) -> dict[str, Any]:
    return {"time": [to_iso(one) for one in series.time_us.tolist()], "value": series.value}


def _unusable(beats: Beats) -> dict[str, float]:
    seconds: Counter[str] = Counter()
    for one in beats.unusable:
        seconds[one.fault.name.lower()] += (one.end_us - one.start_us) / SECOND_US  # type: ignore[assignment]
    return dict(seconds)
