"""Single cases drawn: the vital signs around a missed event or a false alert, what was raised, what was not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import HOUR_US, MINUTE_US, to_iso
from fyr.record import SIGNALS, PatientId, SampleBatch
from fyr.watch.evaluation.course import Alert, Course, Event, Suppression
from fyr.watch.evaluation.document import Compared
from fyr.watch.evaluation.ward_courses import as_columns

__all__ = ["Case", "draw_case", "false_alerts", "missed_events"]

Trace = tuple[str, NDArray[np.int64], NDArray[np.float64], int]
"""Signal, times, values (NaN where there was none), period in microseconds."""

_EVERY: Final = 10
_SHOWN: Final = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "temperature")
_MOST_POINTS: Final = 240
_WIDTH: Final = 720
_LEFT: Final = 96
_RIGHT: Final = 56
_PANEL: Final = 46
_RUG: Final = 16
_LONGEST_US: Final = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Case:
    """What is drawn once.

    Parameters
    ----------
    patient : PatientId
    title : str
    start_us, end_us : int
        The stretch of time shown.
    event : Event or None
    at_us : int or None
        The time of the false alert.
    """

    patient: PatientId
    title: str
    start_us: int
    end_us: int
    event: Event | None
    at_us: int | None


def missed_events(one: Compared) -> list[Case]:
    """Return a case for every event that the policy missed."""
    if one.matched is None:
        return []
    cases = []
    for judged in one.matched.events:
        if judged.first is None:
            event = judged.event
            start_us = event.onset_us - HOUR_US
            end_us = min(event.end_us + 30 * MINUTE_US, start_us + _LONGEST_US)
            title = f"{event.kind} of {event.patient}, {_minute(event.onset_us)} to {_minute(event.end_us)}"
            if judged.standing:
                rules = ", ".join(alert.rule for alert in judged.standing)
                title += f"; standing since before: {rules}"
            cases.append(Case(event.patient, title, start_us, end_us, event, None))
    return cases


def false_alerts(one: Compared, most: int) -> tuple[list[Case], int]:
    """Return a case for every tenth false alert, and how many false alerts there were.

    Parameters
    ----------
    one : Compared
    most : int
        If every tenth are more, so many of them, evenly spread.
    """
    if one.matched is None:
        return [], 0
    said = as_columns(one.courses)
    false = np.flatnonzero(~one.matched.is_true.flags)
    chosen = false[::_EVERY]
    if len(chosen) > most:
        chosen = chosen[np.arange(most) * len(chosen) // most]
    patients = np.searchsorted(said.first, chosen, side="right") - 1
    cases = [
        _false(said.patients[place], said.alert(int(alert))) for place, alert in zip(patients, chosen, strict=True)
    ]
    return cases, len(false)


def _false(patient: PatientId, alert: Alert) -> Case:
    title = f"{alert.title} ({alert.rule}, {alert.priority}) of {patient}, {_minute(alert.time_us)}"
    return Case(patient, title, alert.time_us - 90 * MINUTE_US, alert.time_us + 30 * MINUTE_US, None, alert.time_us)


def draw_case(case: Case, samples: SampleBatch, course: Course) -> str:
    """Return a figure: a panel for each vital sign, marks for what was raised and suppressed, and both in words."""
    traces = _traces(case, samples)
    raised = [alert for alert in course.alerts if case.start_us <= alert.time_us <= case.end_us]
    quiet = [one for one in course.suppressed or () if case.start_us <= one.time_us <= case.end_us]
    bottom = len(traces) * _PANEL + 2 * _RUG
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {bottom + 18}" width="{_WIDTH}" role="img" aria-label="{escape(case.title)}">'
    ]
    if case.event is not None:
        left, right = _x(case, case.event.onset_us), _x(case, case.event.end_us)
        parts.append(
            f'<rect class="event" x="{left:.1f}" y="0" width="{max(1.5, right - left):.1f}" height="{bottom}"/>'
        )
    for number, trace in enumerate(traces):
        parts.append(_panel(case, trace, number * _PANEL))
    top = len(traces) * _PANEL
    for label, y, style, times in (
        ("raised", top, "raised", [alert.time_us for alert in raised]),
        ("suppressed", top + _RUG, "quiet", [one.time_us for one in quiet]),
    ):
        marks = "".join(f"M{_x(case, time_us):.1f} {y + 3}v10" for time_us in times)
        parts.append(f'<text x="0" y="{y + 12}">{label}</text><path class="{style}" d="{marks}"/>')
    parts.append(
        f'<text x="{_LEFT}" y="{bottom + 13}">{_minute(case.start_us)}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{bottom + 13}" text-anchor="end">'
        f"{(case.end_us - case.start_us) / HOUR_US:.1f} h later</text></svg>"
    )
    return f"<figure><figcaption>{escape(case.title)}</figcaption>{''.join(parts)}{_words(raised, quiet)}</figure>"


def _words(raised: Sequence[Alert], quiet: Sequence[Suppression]) -> str:
    told = [f"raised: {alert.title} ({alert.rule}, {alert.value:g}), {_minute(alert.time_us)}" for alert in raised]
    reasons = Counter(f"{one.subject}: {_brief(one.reason)}" for one in quiet)
    held = [f"suppressed, {count} of {what}" for what, count in reasons.most_common(6)]
    if not told:
        told = ["raised: nothing"]
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in [*told[:8], *held])}</ul>"


def _brief(reason: str) -> str:
    """Leave out how long and until when, so that like suppressions count together.

    >>> _brief("did not last: 3 min of 5 min"), _brief("refractory until 2026-01-02T08:00:00Z")
    ('did not last', 'refractory')
    """
    for cut in (": ", " until ", " since ", "; "):
        reason = reason.partition(cut)[0]
    return reason


def _traces(case: Case, samples: SampleBatch) -> list[Trace]:
    inside = np.flatnonzero((samples.time_us >= case.start_us) & (samples.time_us <= case.end_us))
    names = np.array(samples.signals)
    found: list[Trace] = []
    for name in _SHOWN:
        kinds = np.flatnonzero(names == name)
        here = inside[np.isin(samples.signal_index[inside], kinds)]
        if len(here):
            period_us = int(samples.period_us[samples.signal_index[here]].max())
            found.append((name, samples.time_us[here], samples.value[here], period_us))
    return found


def _panel(case: Case, trace: Trace, top: int) -> str:
    name, times, values, period_us = trace
    title = SIGNALS[name].title.partition(" by ")[0].partition(",")[0]
    known = values[~np.isnan(values)]
    base = f'<path class="axis" d="M{_LEFT} {top + _PANEL - 3}H{_WIDTH - _RIGHT}"/>'
    head = f'{base}<text x="0" y="{top + 26}">{_short(title)}</text>'
    if not known.size:
        return f'{head}<text x="{_LEFT + 6}" y="{top + 26}">nothing measured</text>'
    low, high = float(known.min()), float(known.max())
    if high - low < 4:
        low, high = (low + high) / 2 - 2, (low + high) / 2 + 2

    def y(value: float) -> float:
        return top + _PANEL - 7 - (value - low) / (high - low) * (_PANEL - 14)

    step = max(1, -(-len(times) // _MOST_POINTS))
    path, dots = [], []
    before_us: int | None = None
    for time_us, value in _thinned(times, values, step):
        if np.isnan(value):
            before_us = None
            continue
        joined = before_us is not None and time_us - before_us <= 3 * period_us * step
        path.append(f"{'L' if joined else 'M'}{_x(case, time_us):.1f} {y(value):.1f}")
        before_us = time_us
        if len(times) <= 40:
            dots.append(f'<circle class="dot" cx="{_x(case, time_us):.1f}" cy="{y(value):.1f}" r="1.8"/>')
    ends = (
        f'<text x="{_WIDTH - _RIGHT + 5}" y="{y(high) + 5:.1f}">{high:.4g}</text>'
        f'<text x="{_WIDTH - _RIGHT + 5}" y="{y(low) + 3:.1f}">{low:.4g}</text>'
    )
    return f'{head}<path class="trace" d="{"".join(path)}"/>{"".join(dots)}{ends}'


def _thinned(times: NDArray[np.int64], values: NDArray[np.float64], step: int) -> list[tuple[int, float]]:
    """Return the samples, or the median of each `step` of them; NaN where half of these are missing."""
    if step == 1:
        return list(zip(times.tolist(), values.tolist(), strict=True))
    thin = []
    for first in range(0, len(times), step):
        part = values[first : first + step]
        known = part[~np.isnan(part)]
        thin.append((int(times[first]), float(np.median(known)) if 2 * known.size >= part.size else float("nan")))
    return thin


def _short(title: str) -> str:
    return {"Systolic blood pressure": "Systolic BP", "Body temperature": "Temperature"}.get(title, title)


def _minute(time_us: int) -> str:
    """Write an instant to the minute, as people read a chart: 2026-01-02 15:29."""
    return to_iso(time_us // MINUTE_US * MINUTE_US)[:16].replace("T", " ")


def _x(case: Case, time_us: int) -> float:
    within = min(max(time_us, case.start_us), case.end_us) - case.start_us
    return _LEFT + within / (case.end_us - case.start_us) * (_WIDTH - _RIGHT - _LEFT)
