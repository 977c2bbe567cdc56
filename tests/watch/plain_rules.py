"""The rule semantics once more, written the slow and obvious way: one rule, one signal, one pass over plain lists.

It shares no line with the kernel and holds no state across calls: each question is answered from the whole stream.
"""

from __future__ import annotations

import math
from itertools import pairwise

from fyr.attention import Change, Policy, Rule, SignalPolicy

PlainChange = tuple[str, str, int, int, int]
"""Kind, subject, time, start, amount."""


def plain_changes(policy: Policy, name: str, stream: list[tuple[int, float]], period: int) -> list[PlainChange]:
    """Every change that a stream of one signal causes, in no particular order."""
    signal = policy.signals[name]
    kept: list[tuple[int, float, int]] = []
    for time, value in stream:
        if kept and time <= kept[-1][0]:
            continue
        kept.append((time, value, min(period, time - kept[-1][0]) if kept else period))
    changes = _signal_changes(signal, kept, period)
    for rule in policy.rules:
        if rule.signal == name:
            changes += _rule_changes(rule, signal, kept, period)
    return changes


def _usable(signal: SignalPolicy, value: float) -> bool:
    return not math.isnan(value) and signal.plausible_low <= value <= signal.plausible_high


def _signal_changes(signal: SignalPolicy, kept: list[tuple[int, float, int]], period: int) -> list[PlainChange]:
    changes: list[PlainChange] = []
    usable_times = [time for time, value, _ in kept if _usable(signal, value)]
    limit = period + signal.gap_tolerance_us
    if usable_times:
        changes.append((Change.BACK.name, signal.signal, usable_times[0], 0, 0))
    for before, after in pairwise(usable_times):
        if after - before > limit + period // 2:
            changes.append((Change.LOST.name, signal.signal, before + limit, before, 0))
            changes.append((Change.BACK.name, signal.signal, after, before, 0))
    if usable_times and kept[-1][0] - usable_times[-1] > limit + period // 2:
        changes.append((Change.LOST.name, signal.signal, usable_times[-1] + limit, usable_times[-1], 0))
    stretch: list[int] = []
    for time, value, _ in kept:
        if not math.isnan(value) and not _usable(signal, value):
            stretch.append(time)
        elif stretch:
            changes.append((Change.IMPLAUSIBLE.name, signal.signal, time, stretch[0], len(stretch)))
            stretch = []
    return changes


def _deviates(rule: Rule, value: float, threshold: float) -> bool:
    return {
        "<": value < threshold,
        "<=": value <= threshold,
        ">": value > threshold,
        ">=": value >= threshold,
    }[rule.operator.value]


def _rule_changes(
    rule: Rule, signal: SignalPolicy, kept: list[tuple[int, float, int]], period: int
) -> list[PlainChange]:
    rounding = period // 2 if signal.continuous else 0
    need = rule.readings or rule.duration_us
    clear_need = rule.clear_readings if rule.readings else rule.clear_after_us
    changes: list[PlainChange] = []
    run: list[tuple[int, int]] = []
    has_fired = deviating = False
    recovered = 0
    last_usable: int | None = None
    for time, value, stands_for in kept:
        if not _usable(signal, value):
            continue
        step = stands_for if signal.continuous else 1
        gap = time - last_usable - period if last_usable is not None else 0
        last_usable = time
        if signal.continuous and gap > signal.gap_tolerance_us + period // 2:
            if run and not has_fired:
                changes.append((Change.INTERRUPTED.name, rule.key, time, run[0][0], sum(s for _, s in run)))
            run, has_fired, recovered = [], False, 0
        if _deviates(rule, value, rule.threshold):
            run.append((time, step))
            lasted = sum(s for _, s in run)
            if not has_fired and lasted + rounding >= need:
                has_fired = deviating = True
                changes.append((Change.ONSET.name, rule.key, time, run[0][0], lasted))
        else:
            if run and not has_fired:
                changes.append((Change.BRIEF.name, rule.key, time, run[0][0], sum(s for _, s in run)))
            run, has_fired = [], False
        if deviating:
            is_beyond = not _deviates(rule, value, rule.clear_threshold)
            recovered = recovered + step if is_beyond else 0
            if is_beyond and recovered + rounding >= clear_need:
                deviating, recovered = False, 0
                changes.append((Change.CLEAR.name, rule.key, time, 0, 0))
    return changes


def stated_onsets(values: list[float], low: float, high: float, rule: Rule) -> int:
    """Onsets by the published anchor's own words, for one sample a minute.

    Up to two consecutive missing samples are bridged without adding to the run, the third resets it; the run counts
    valid deviating samples; one onset when the run reaches the duration. Counted readings: missing ones are skipped.
    """
    need = rule.readings or rule.duration_us // 60_000_000
    onsets = run = missing = 0
    for value in values:
        if math.isnan(value) or not low <= value <= high:
            missing += 1
            if missing == 3 and not rule.readings:
                run = 0
            continue
        missing = 0
        run = run + 1 if _deviates(rule, value, rule.threshold) else 0
        onsets += run == need
    return onsets
