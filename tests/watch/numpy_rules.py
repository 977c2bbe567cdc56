"""The rule kernel once more in numpy alone: each step takes one sample of every series that has one, all at once.

It knows nothing of ordinary samples or of records, keeps an array for everything, and must agree with the kernel to
the last bit, in its changes and in what it remembers. It is the numpy peer of the benchmarks too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Change, Operator
from fyr.watch.compiled_policy import CompiledPolicy
from fyr.watch.kernel import NEVER

Columns = tuple[NDArray[Any], ...]
"""Patient, change, subject, time, start, amount, value."""


class NumpyRules:
    """The rules of a policy over some patients."""

    def __init__(self, compiled: CompiledPolicy, patients: int) -> None:
        self.signals, self.rules = compiled.signal_table, compiled.rules
        cells, courses = (patients * len(compiled.signals),), (len(compiled.rules), patients)
        self.width = len(compiled.signals)
        self.last_us = np.full(cells, NEVER)
        self.valid_us = np.full(cells, NEVER)
        self.valid_value = np.full(cells, np.nan)
        self.period_us = np.zeros(cells, np.int64)
        self.lost = np.ones(cells, bool)
        self.junk_start_us = np.zeros(cells, np.int64)
        self.junk_value = np.zeros(cells)
        self.junk_count = np.zeros(cells, np.int64)
        self.valid_count = np.zeros(cells, np.int64)
        self.valid_time_us = np.zeros(cells, np.int64)
        self.dropped = np.zeros(cells, np.int64)
        self.run = np.zeros(courses, np.int64)
        self.run_start_us = np.zeros(courses, np.int64)
        self.run_value = np.zeros(courses)
        self.recovery = np.zeros(courses, np.int64)
        self.fired = np.zeros(courses, bool)
        self.deviating = np.zeros(courses, bool)

    def advance(
        self,
        patient: NDArray[np.int32],
        signal: NDArray[np.int16],
        time_us: NDArray[np.int64],
        value: NDArray[np.float64],
        period_us: NDArray[np.int64],
    ) -> Columns:
        """Take rows, in order within each patient and signal, and return the changes."""
        cell = patient.astype(np.int64) * self.width + signal
        order = np.argsort(cell, kind="stable")
        first = np.flatnonzero(np.diff(cell[order], prepend=-1))
        nth = np.empty(len(cell), np.int64)
        nth[order] = np.arange(len(cell)) - np.repeat(first, np.diff(first, append=len(cell)))
        found: list[Columns] = []
        for step in range(int(nth.max(initial=-1)) + 1):
            now = np.flatnonzero(nth == step)
            found += self.tick(patient[now], signal[now], time_us[now], value[now], period_us[now])
        kinds = (np.int32, np.int8, np.int16, np.int64, np.int64, np.int64, np.float64)
        return tuple(
            np.concatenate([np.asarray(part[i]) for part in found]).astype(kind) if found else np.empty(0, kind)
            for i, kind in enumerate(kinds)
        )

    def tick(
        self,
        patient: NDArray[Any],
        signal: NDArray[Any],
        time_us: NDArray[np.int64],
        value: NDArray[np.float64],
        period_us: NDArray[np.int64],
    ) -> Iterator[Columns]:
        """Take rows with at most one of each patient and signal."""
        cell = patient.astype(np.int64) * self.width + signal
        is_late = time_us <= self.last_us[cell]
        self.dropped[cell[is_late]] += 1
        if is_late.any():
            kept = ~is_late
            patient, signal, time_us, value, period_us, cell = (
                column[kept] for column in (patient, signal, time_us, value, period_us, cell)
            )
        last = self.last_us[cell]
        since = np.where(last == NEVER, period_us, np.minimum(period_us, time_us - np.where(last == NEVER, 0, last)))
        self.last_us[cell], self.period_us[cell] = time_us, period_us
        before, slack = self.valid_us[cell], period_us // 2
        tolerance = self.signals["tolerance_us"][signal]
        is_valid = (value >= self.signals["plausible_low"][signal]) & (value <= self.signals["plausible_high"][signal])
        was_valid = before != NEVER
        gone = was_valid & (time_us - np.where(was_valid, before, time_us) - period_us > tolerance + slack)

        newly = np.flatnonzero(gone & ~self.lost[cell])
        self.lost[cell[newly]] = True
        yield self._about(
            patient, signal, newly, Change.LOST, (before + period_us + tolerance)[newly], before[newly], 0, np.nan
        )
        yield from self._junk(patient, signal, cell, time_us, value, is_valid)
        back = np.flatnonzero(is_valid & self.lost[cell])
        self.lost[cell[back]] = False
        yield self._about(patient, signal, back, Change.BACK, time_us[back], before[back], 0, value[back])

        valid = cell[is_valid]
        self.valid_us[valid], self.valid_value[valid] = time_us[is_valid], value[is_valid]
        self.valid_count[valid] += 1
        self.valid_time_us[valid] += since[is_valid]
        for s in range(self.width):
            rules = range(self.signals["first_rule"][s], self.signals["end_rule"][s])
            if not rules:
                continue
            own = np.flatnonzero(is_valid & (signal == s))
            continuous = bool(self.signals["continuous"][s])
            step = since[own] if continuous else np.ones(len(own), np.int64)
            rounding = slack[own] if continuous else np.zeros(len(own), np.int64)
            broken = gone[own] & continuous
            for r in rules:
                yield from self._rule(r, patient[own], time_us[own], value[own], step, rounding, broken)

    def _junk(
        self,
        patient: NDArray[Any],
        signal: NDArray[Any],
        cell: NDArray[np.int64],
        time_us: NDArray[np.int64],
        value: NDArray[np.float64],
        is_valid: NDArray[np.bool_],
    ) -> Iterator[Columns]:
        is_junk = ~is_valid & ~np.isnan(value)
        over = np.flatnonzero(~is_junk & (self.junk_count[cell] > 0))
        which = cell[over]
        yield self._about(
            patient,
            signal,
            over,
            Change.IMPLAUSIBLE,
            time_us[over],
            self.junk_start_us[which],
            self.junk_count[which],
            self.junk_value[which],
        )
        self.junk_count[which] = 0
        first = is_junk & (self.junk_count[cell] == 0)
        self.junk_start_us[cell[first]] = time_us[first]
        further = is_junk & (first | (np.abs(value) > np.abs(self.junk_value[cell])))
        self.junk_value[cell[further]] = value[further]
        self.junk_count[cell[is_junk]] += 1

    def _rule(
        self,
        r: int,
        patient: NDArray[Any],
        time_us: NDArray[np.int64],
        value: NDArray[np.float64],
        step: NDArray[np.int64],
        rounding: NDArray[np.int64],
        broken: NDArray[np.bool_],
    ) -> Iterator[Columns]:
        rule = self.rules[r]
        looks_down, threshold, clearing = rule.operator.looks_down, rule.threshold, rule.clear_threshold
        need = rule.readings or rule.duration_us
        clear_need = rule.clear_readings if rule.readings else rule.clear_after_us
        run, fired = self.run[r, patient], self.fired[r, patient]
        start, worst, recovery = self.run_start_us[r, patient], self.run_value[r, patient], self.recovery[r, patient]
        cut = np.flatnonzero(broken & (run > 0) & ~fired)
        yield self._about_rule(r, patient, cut, Change.INTERRUPTED, time_us[cut], start[cut], run[cut], worst[cut])
        run, fired, recovery = np.where(broken, 0, run), fired & ~broken, np.where(broken, 0, recovery)

        deviates, beyond = {
            Operator.BELOW: lambda: (value < threshold, value >= clearing),
            Operator.AT_MOST: lambda: (value <= threshold, value > clearing),
            Operator.ABOVE: lambda: (value > threshold, value <= clearing),
            Operator.AT_LEAST: lambda: (value >= threshold, value < clearing),
        }[rule.operator]()
        brief = np.flatnonzero(~deviates & (run > 0) & ~fired)
        yield self._about_rule(r, patient, brief, Change.BRIEF, time_us[brief], start[brief], run[brief], worst[brief])
        begins = deviates & (run == 0)
        start = np.where(begins, time_us, start)
        extreme = np.minimum(worst, value) if looks_down else np.maximum(worst, value)
        worst = np.where(begins, value, np.where(deviates, extreme, worst))
        run, fired = np.where(deviates, run + step, 0), fired & deviates
        onset = deviates & ~fired & (run + rounding >= need)
        at = np.flatnonzero(onset)
        yield self._about_rule(r, patient, at, Change.ONSET, time_us[at], start[at], run[at], worst[at])
        fired = fired | onset
        deviating = self.deviating[r, patient] | onset

        recovery = np.where(deviating, np.where(beyond, recovery + step, 0), recovery)
        clear = deviating & beyond & (recovery + rounding >= clear_need)
        at = np.flatnonzero(clear)
        yield self._about_rule(r, patient, at, Change.CLEAR, time_us[at], start[at], 0, value[at])
        self.recovery[r, patient] = np.where(clear, 0, recovery)
        self.deviating[r, patient] = deviating & ~clear
        self.run[r, patient], self.fired[r, patient] = run, fired
        self.run_start_us[r, patient], self.run_value[r, patient] = start, worst

    @staticmethod
    def _about_rule(r: int, patient: NDArray[Any], rows: NDArray[np.int64], change: Change, *columns: Any) -> Columns:
        n = len(rows)
        return (patient[rows], np.full(n, change), np.full(n, r), *(np.broadcast_to(one, n) for one in columns))

    @staticmethod
    def _about(
        patient: NDArray[Any], signal: NDArray[Any], rows: NDArray[np.int64], change: Change, *columns: Any
    ) -> Columns:
        n = len(rows)
        return (patient[rows], np.full(n, change), signal[rows], *(np.broadcast_to(one, n) for one in columns))
