"""The minute grid of a whole recording at once: the same numbers as minute by minute, as columns over time.

:class:`fyr.watch.grid.MinuteGrid` computes scores and derived signals for many patients at the end of one minute; this
computes them for one patient at the end of every minute. Tests hold the two to each other exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fyr.attention import BaselinePolicy, Policy, ScoreInput, ScorePolicy
from fyr.clock import MINUTE_US
from fyr.models import model
from fyr.record import Finding, Observation, PatientId, Quality, Series, Status
from fyr.watch.derived import derive, followed, remembered_minutes
from fyr.watch.minutes import held_minutes, window_median

__all__ = ["compute_recorded", "derived_column", "score_columns"]

_Usable = tuple[NDArray[np.int64], NDArray[np.float64]]


def compute_recorded(
    patient: PatientId,
    policy: Policy,
    series: Sequence[Series],
    observations: Sequence[Observation],
    start_us: int,
    end_us: int,
    own: Sequence[tuple[int, Policy]] = (),
) -> tuple[list[Series], list[Finding]]:
    """Compute every score and derived signal of a recording.

    Parameters
    ----------
    patient : PatientId
    policy : Policy
    series : sequence of Series
    observations : sequence of Observation
    start_us, end_us : int
        When watching began and ended; minutes that end in between, `end_us` excluded, are computed.
    own : sequence of (int, Policy)
        The patient's own policies, each with the time after which its scores' inputs are taken; in order of time.

    Returns
    -------
    series : list of Series
        One for each computed signal.
    findings : list of Finding
        Wherever a score's answer is another than the one before.
    """
    first = -(-start_us // MINUTE_US)
    minutes = np.arange(first, -(-end_us // MINUTE_US), dtype=np.int64)
    usable = {name: _usable(policy, name, series) for name in {one.signal for one in series}}
    computed: dict[str, NDArray[np.float64]] = {}
    found: list[Series] = []
    findings: list[Finding] = []
    for score in policy.scores.values():
        due = minutes[(minutes * MINUTE_US) % score.every_us == 0]
        own_scores = [(after_us, other.scores[score.name]) for after_us, other in own]
        values, said = score_columns(patient, score, due * MINUTE_US, usable, observations, own=own_scores)
        findings.extend(said)
        for name, column in values.items():
            found.append(_series(patient, name, due, column, score.every_us))
            whole = np.full(len(minutes), np.nan)
            whole[due - first] = column
            computed[name] = whole
    depth = remembered_minutes(policy.derived)
    recent = {
        name: _recent(usable.get(name), first, len(minutes), depth, held_minutes(signal))
        for name, signal in policy.signals.items()
        if depth
    }
    for name, part in policy.derived.items():
        computed[name] = derived_column(part, minutes, recent, computed)
        found.append(_series(patient, name, minutes, computed[name], MINUTE_US))
    return found, findings


def _usable(policy: Policy, name: str, series: Sequence[Series]) -> _Usable:
    """Return the samples that the kernel would use: plausible, in order, none late or double."""
    mine = [one for one in series if one.signal == name]
    time_us = np.concatenate([one.time_us for one in mine])
    value = np.concatenate([np.where(_is_known(one), one.value, np.nan) for one in mine])
    order = np.argsort(time_us, kind="stable")
    time_us, value = time_us[order], value[order]
    keep = np.diff(time_us, prepend=time_us[:1] - 1) > 0
    signal = policy.signals.get(name)
    if signal is not None:
        keep &= (value >= signal.plausible_low) & (value <= signal.plausible_high)
    keep &= ~np.isnan(value)
    return time_us[keep], value[keep]


def _is_known(series: Series) -> NDArray[np.bool_]:
    return ~np.isin(series.quality, (Quality.UNKNOWN, Quality.NOT_DONE))


def _recent(usable: _Usable | None, first: int, count: int, depth: int, held: int) -> NDArray[np.float64]:
    """Return, for every minute, the means of the last `depth` minutes, each held as stated; shape (minutes, depth)."""
    if not count:
        return np.empty((0, depth))
    means = np.full(count + depth - 1, np.nan)
    if usable is not None:
        place = -(-usable[0] // MINUTE_US) - first
        # A reading may have been written down before the first sample.
        inside = (place >= 0) & (place < count)
        sums = np.bincount(place[inside], weights=usable[1][inside], minlength=count)
        known = np.bincount(place[inside], minlength=count)
        minute = np.arange(count)
        newest = np.maximum.accumulate(np.where(known > 0, minute, -1))
        stands = (newest >= 0) & (minute - newest <= held)
        means[depth - 1 :] = np.where(stands, (sums / np.maximum(known, 1))[newest], np.nan)
    return sliding_window_view(means, depth)


def derived_column(
    policy: Any, minutes: NDArray[np.int64], recent: Mapping[str, NDArray[np.float64]], computed: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Compute one derived signal at the end of every minute.

    Parameters
    ----------
    policy : DerivedPolicy
    minutes : ndarray of int64, shape (minutes,)
        Numbers since 1970.
    recent : mapping of str to ndarray of float64, shape (minutes, depth)
        The remembered one-minute means of each measured signal, the newest last.
    computed : mapping of str to ndarray of float64, shape (minutes,)
        Scores, and derived signals computed before this one.
    """
    window = policy.window_us // MINUTE_US
    if isinstance(policy, BaselinePolicy):
        medians = window_median(recent[policy.signal], window)
        return np.asarray(medians - _levels(policy, minutes, medians))
    return derive(policy, 0, [], recent.__getitem__, computed, {})


def _levels(policy: BaselinePolicy, minutes: NDArray[np.int64], medians: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the patient's own level at every minute, NaN until it is learned."""
    needed = -(-policy.learn_us // policy.window_us)
    stable = (medians >= policy.stable_low) & (medians <= policy.stable_high)
    learning = np.flatnonzero(stable & (minutes % (policy.window_us // MINUTE_US) == 0))
    levels = np.full(len(minutes), np.nan)
    if len(learning) < needed:
        return levels
    level = float(np.median(medians[learning[:needed]]))
    levels[learning[needed - 1] :] = level
    if policy.follow_step:
        for minute in learning[needed:].tolist():
            level = followed(level, float(medians[minute]), policy.follow_step)
            levels[minute:] = level
    return levels


def score_columns(
    patient: PatientId,
    policy: ScorePolicy,
    at_us: NDArray[np.int64],
    usable: Mapping[str, _Usable],
    observations: Sequence[Observation],
    *,
    own: Sequence[tuple[int, ScorePolicy]] = (),
) -> tuple[dict[str, NDArray[np.float64]], list[Finding]]:
    """Ask a score's model at every time.

    Parameters
    ----------
    patient : PatientId
    policy : ScorePolicy
    at_us : ndarray of int64, shape (times,)
        Rising.
    usable : mapping of str to (ndarray of int64, ndarray of float64)
        Times and values of each signal's usable samples.
    observations : sequence of Observation
    own : sequence of (int, ScorePolicy)
        The score as it is asked for after a time, where the patient's own limits change its inputs; by rising time.

    Returns
    -------
    values : dict of str to ndarray of float64, shape (times,)
        By signal; NaN where the model refused.
    findings : list of Finding
        Wherever the answer is another than the one before.
    """
    asked = model(policy.model)

    def column(name: str) -> list[Any]:
        entry = policy.inputs[name]
        said = _input(entry, at_us, usable.get(entry.source), observations)
        for after_us, other in own:
            if other.inputs[name] != entry:
                entry = other.inputs[name]
                later = _input(entry, at_us, usable.get(entry.source), observations)
                said = [new if at > after_us else old for at, old, new in zip(at_us.tolist(), said, later, strict=True)]
        return said

    columns = {name: column(name) for name in policy.inputs}
    answers = asked.predict_columns(columns, rows=len(at_us))
    explained = answers.explain(answers.columns, answers.outputs)
    values: dict[str, NDArray[np.float64]] = {}
    for signal, output in policy.outputs.items():
        answered = np.full(len(at_us), np.nan)
        answered[answers.answered] = answers.outputs.get(output, explained.get(output))
        values[signal] = answered
    said = np.array([answers.refusal_reasons()], dtype=object)[0]
    for estimated in asked.card.outputs:
        said = np.where(answers.answered, answers.value(estimated.name), said)
    findings: list[Finding] = []
    for row in np.flatnonzero(np.concatenate([[True], said[1:] != said[:-1]])[: len(at_us)]).tolist():
        time_us = int(at_us[row])
        evidence = {name: given[row] for name, given in columns.items()}
        findings.extend(asked.findings(patient, time_us, answers.prediction(row, time_us), evidence))
    return values, findings


def _input(
    entry: ScoreInput, at_us: NDArray[np.int64], usable: _Usable | None, observations: Sequence[Observation]
) -> list[Any]:
    """Return what was newest, and young enough, at each time: a sample, an observation, or what stands in for both."""
    never = np.iinfo(np.int64).min
    oldest = at_us - entry.max_age_us if entry.max_age_us is not None else np.full(len(at_us), never + 1)
    column = np.full(len(at_us), entry.unless_recorded, dtype=object)
    seen_us = np.full(len(at_us), never)
    ordered = sorted((one for one in observations if one.code == entry.source), key=lambda one: one.time_us)
    if ordered:
        times = np.array([one.time_us for one in ordered], np.int64)
        place = np.searchsorted(times, at_us, side="right") - 1
        seen_us = np.where(place >= 0, times[place], never)
        is_value = np.array([one.status in (Status.PRESENT, Status.IMPUTED) for one in ordered])[place]
        young = (place >= 0) & (seen_us >= oldest) & is_value
        spoken = np.array([one.value for one in ordered], dtype=object)
        column[young] = spoken[place[young]]
    if usable is not None and len(usable[0]):
        place = np.searchsorted(usable[0], at_us, side="right") - 1
        measured_us = np.where(place >= 0, usable[0][place], never)
        young = (place >= 0) & (measured_us >= np.maximum(oldest, seen_us))
        column[young] = usable[1][place[young]]
    return list(column)


def _series(
    patient: PatientId, name: str, minutes: NDArray[np.int64], column: NDArray[np.float64], period_us: int
) -> Series:
    quality = np.where(np.isnan(column), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
    return Series(patient, name, "1", minutes * MINUTE_US, column, quality, period_us, "computed")
