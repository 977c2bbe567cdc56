"""Is a monitor's asystole or bradycardia alarm true? What every usable lead and pulse wave shows before it.

An alarm is refuted only by beats that were seen, in signal that can be judged to its last second; all else keeps it.
Alarm definitions: PhysioNet/Computing in Cardiology Challenge 2015 (Clifford GD et al., Computing in Cardiology
2015;42:273-276), where an event begins at most 10 s before its alarm: asystole is no QRS for at least 4 s, extreme
bradycardia a heart rate below 40/min for five consecutive beats.

What this cannot see: pacing spikes without capture look like beats (hence `paced`), and so can chest compressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from fyr.clock import SECOND_US, to_iso
from fyr.errors import BadInput
from fyr.record import Series
from fyr.watch.rhythm.beats import Beats, find_beats
from fyr.watch.rhythm.channels import Channel, ChannelKind, channels_of
from fyr.watch.rhythm.pauses import ASYSTOLE_S, PAUSE_S

__all__ = ["Alarm", "AlarmKind", "ChannelEvidence", "Refutation", "Verdict", "refute"]

WINDOW_S: Final = 16.0
"""An event begins at most 10 s before its alarm, and the last 4 s of asystole before that must show; 2 s to spare."""
SLOWEST_RATE: Final = 40.0
_SLOW_BEATS: Final = 5
_CONTEXT_S: Final = 60.0
"""The detector learns this patient's beats on so much signal before the alarm."""


_TOLERANCE_S: Final = 0.05
"""A sampling period or two at the window's ends is not signal that is missing."""


class AlarmKind(StrEnum):
    """The alarms that beats can refute."""

    ASYSTOLE = "asystole"
    BRADYCARDIA = "bradycardia"


class Verdict(StrEnum):
    """What the signals say about an alarm."""

    REFUTED = "refuted"
    CONFIRMED = "confirmed"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that a monitor raised.

    Parameters
    ----------
    kind : AlarmKind
    time_us : int
        When; nothing later is looked at.
    """

    kind: AlarmKind
    time_us: int


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What one channel shows in the seconds before an alarm.

    Parameters
    ----------
    channel, kind : str
    usable : bool
        Whether every second of the window can be judged.
    not_assessable_s : float
        How many seconds cannot.
    beats : int
    longest_gap_s : float or None
        The longest time without a beat on signal that can be judged, from the beat before the window on; ``None`` where
        nothing can be judged.
    slowest_rate_per_min : float or None
        Over five consecutive beats; ``None`` where there are fewer.
    """

    channel: str
    kind: str
    usable: bool
    not_assessable_s: float
    beats: int
    longest_gap_s: float | None
    slowest_rate_per_min: float | None


@dataclass(frozen=True, slots=True)
class Refutation:
    """The verdict on an alarm, with its evidence.

    Parameters
    ----------
    alarm : Alarm
    verdict : Verdict
    reason : str
        In one sentence.
    start_us : int
        Where the window begins; it ends with the alarm.
    evidence : tuple of ChannelEvidence
    """

    alarm: Alarm
    verdict: Verdict
    reason: str
    start_us: int
    evidence: tuple[ChannelEvidence, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for a JSON document."""
        return {
            "alarm": self.alarm.kind.value,
            "time": to_iso(self.alarm.time_us),
            "verdict": self.verdict.value,
            "reason": self.reason,
            "window_start": to_iso(self.start_us),
            "evidence": [asdict(one) for one in self.evidence],
        }


def refute(alarm: Alarm, series: Sequence[Series], *, paced: bool = False) -> Refutation:
    """Judge a monitor's alarm by all leads and pulse waves in the 16 s before it.

    Parameters
    ----------
    alarm : Alarm
    series : sequence of Series
        One patient's waveforms; what is not an ECG lead or pulse wave is left aside.
    paced : bool
        Whether the patient has a pacemaker: then no ECG alone refutes, for a spike without capture looks like a beat.

    Returns
    -------
    Refutation
        Refuted: a channel, usable throughout, shows no gap of 3 s (bradycardia: and no five beats below 40/min), and no
        pulse wave shows that the pulse stopped. Confirmed: a channel shows the event, and none refutes it. Otherwise
        nobody can tell, and the alarm stands.

    Raises
    ------
    BadInput
        If there is neither an ECG lead nor a pulse wave, or nothing was recorded in the window.
    """
    start_us = alarm.time_us - round(WINDOW_S * SECOND_US)
    evidence = tuple(
        _evidence(find_beats(part), alarm.time_us)
        for channel in channels_of(series)
        if (part := _before(channel, alarm.time_us)) is not None
    )
    if not evidence:
        raise BadInput(
            f"nothing was recorded in the {WINDOW_S:g} s before the alarm at {to_iso(alarm.time_us)}",
            where=series[0].source,
            mend="give the alarm's time within the recording",
        )
    verdict, reason = _judge(alarm.kind, evidence, paced=paced)
    return Refutation(alarm, verdict, reason, start_us, evidence)


def _before(channel: Channel, time_us: int) -> Channel | None:
    """Return the channel up to the alarm, with enough before it to learn from; ``None`` where its window is empty."""
    series = channel.series
    begin, window, end = np.searchsorted(
        series.time_us,
        [time_us - round(_CONTEXT_S * SECOND_US), time_us - round(WINDOW_S * SECOND_US), time_us],
    )
    if window == end:
        return None
    part = Series(
        patient=series.patient,
        signal=series.signal,
        unit=series.unit,
        time_us=series.time_us[begin:end],
        value=series.value[begin:end],
        quality=series.quality[begin:end],
        period_us=series.period_us,
        source=series.source,
    )
    return Channel(channel.name, channel.kind, part)


def _evidence(beats: Beats, time_us: int) -> ChannelEvidence:
    start_us = time_us - round(WINDOW_S * SECOND_US)
    stretches = beats.assessable_us[beats.assessable_us[:, 1] > start_us]
    judged_us = int(np.diff(np.clip(stretches, start_us, time_us)).sum())
    longest, slowest = 0.0, np.inf
    for first, last in stretches.tolist():
        # From the last beat before the window: a pause may have begun there.
        known = beats.within(first, min(last, time_us))
        begin = int(np.searchsorted(known, start_us, side="right")) - 1
        marks = np.concatenate(
            [[max(first, start_us)] if begin < 0 else [], known[max(begin, 0) :], [min(last, time_us)]]
        )
        longest = max(longest, float(np.diff(marks).max(initial=0)) / SECOND_US)
        run = known[max(begin - _SLOW_BEATS + 2, 0) :]
        if len(run) >= _SLOW_BEATS:
            spans = (run[_SLOW_BEATS - 1 :] - run[: 1 - _SLOW_BEATS]) / SECOND_US
            slowest = min(slowest, 60.0 * (_SLOW_BEATS - 1) / float(spans.max()))
    missing_s = WINDOW_S - judged_us / SECOND_US
    return ChannelEvidence(
        channel=beats.channel,
        kind=beats.kind.value,
        usable=missing_s < _TOLERANCE_S,
        not_assessable_s=round(max(0.0, missing_s), 3),
        beats=len(beats.within(start_us, time_us)),
        longest_gap_s=longest if judged_us else None,
        slowest_rate_per_min=None if np.isinf(slowest) else slowest,
    )


def _judge(kind: AlarmKind, evidence: Sequence[ChannelEvidence], *, paced: bool) -> tuple[Verdict, str]:
    beating = [one for one in evidence if one.usable and _shows_beats(kind, one)]
    trusted = [one for one in beating if one.kind == ChannelKind.PULSE or not paced]
    stopped = [one for one in evidence if _shows_event(kind, one)]
    no_pulse = [one for one in stopped if one.kind == ChannelKind.PULSE and one.usable]
    if trusted and not no_pulse:
        best = min(trusted, key=_gap)
        return Verdict.REFUTED, f"{best.channel} shows beats throughout, at most {_gap(best):.2f} s apart"
    if trusted:
        return Verdict.CANNOT_TELL, f"{trusted[0].channel} shows beats, but {no_pulse[0].channel} shows no pulse"
    if beating:
        return Verdict.CANNOT_TELL, f"{beating[0].channel} may show a pacemaker's spikes, and no pulse wave is usable"
    if stopped:
        worst = max(stopped, key=_gap)
        slow = "" if worst.slowest_rate_per_min is None else f", slowest rate {worst.slowest_rate_per_min:.0f}/min"
        return Verdict.CONFIRMED, f"{worst.channel} shows no beat for {_gap(worst):.1f} s{slow}"
    if not any(one.usable for one in evidence):
        return Verdict.CANNOT_TELL, "no lead or pulse wave can be judged throughout the window"
    return Verdict.CANNOT_TELL, "no channel shows the event, and none shows that it did not happen"


def _shows_beats(kind: AlarmKind, one: ChannelEvidence) -> bool:
    fast = one.slowest_rate_per_min is not None and one.slowest_rate_per_min >= SLOWEST_RATE
    return _gap(one) < PAUSE_S and (fast or kind is AlarmKind.ASYSTOLE)


def _shows_event(kind: AlarmKind, one: ChannelEvidence) -> bool:
    slow = one.slowest_rate_per_min is not None and one.slowest_rate_per_min < SLOWEST_RATE
    return _gap(one) >= ASYSTOLE_S or (slow and kind is AlarmKind.BRADYCARDIA)


def _gap(one: ChannelEvidence) -> float:
    return one.longest_gap_s or 0.0
