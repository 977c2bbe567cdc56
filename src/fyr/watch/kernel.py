"""The rule kernel: rows of samples in, changes of condition out, in event time and with gaps.

Plain arrays in, plain arrays out; one kernel serves live monitoring, replay and evaluation. What it does, in words:

- A sample stands for the time since the sample before it, at most one period of its signal.
- A value that is missing or outside the plausible range is not used. Missing time up to the tolerance is bridged:
  it neither adds to a run nor ends it. Longer, and the run starts anew and the signal is not assessable.
- A run is the deviating time since the last sample on the normal side. When it reaches the rule's duration (to the
  nearest half period) the rule has its onset, once a run. Counted readings work alike, one reading being one step,
  and have no gaps: the time between cuff readings is no missing data.
- A condition clears when the signal has been beyond the clearing threshold for the clearing time.
- A sample that is not later than its signal's newest one is late or double: dropped and counted.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["CHANGES_PER_ROW", "RuleTable", "SignalTable", "State", "advance", "changes_capacity", "new_state"]

_ONSET: Final = 1
_CLEAR: Final = 2
_BRIEF: Final = 3
_INTERRUPTED: Final = 4
_LOST: Final = 5
_BACK: Final = 6
_IMPLAUSIBLE: Final = 7

CHANGES_PER_ROW: Final = 3
"""Lost, back, implausible: at most these for a row, besides two for each rule of its signal."""


class SignalTable(NamedTuple):
    """How each signal is read; arrays of shape (signals,)."""

    plausible_low: NDArray[np.float64]
    plausible_high: NDArray[np.float64]
    tolerance_us: NDArray[np.int64]
    continuous: NDArray[np.bool_]
    first_rule: NDArray[np.int32]
    """Shape (signals + 1,): the rules, sorted by signal, of signal s are ``first_rule[s]`` to ``first_rule[s + 1]``."""


class RuleTable(NamedTuple):
    """What each rule asks; arrays of shape (rules,)."""

    looks_down: NDArray[np.bool_]
    inclusive: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    need: NDArray[np.int64]
    """Microseconds, or readings where the signal is not continuous."""
    clear_threshold: NDArray[np.float64]
    clear_need: NDArray[np.int64]


class State(NamedTuple):
    """All that the kernel remembers; arrays of shape (patients, signals), then (patients, rules)."""

    last_us: NDArray[np.int64]
    valid_us: NDArray[np.int64]
    valid_value: NDArray[np.float64]
    period_us: NDArray[np.int64]
    lost: NDArray[np.bool_]
    implausible_start_us: NDArray[np.int64]
    implausible_count: NDArray[np.int64]
    implausible_value: NDArray[np.float64]
    valid_count: NDArray[np.int64]
    valid_time_us: NDArray[np.int64]
    dropped: NDArray[np.int64]
    run: NDArray[np.int64]
    run_start_us: NDArray[np.int64]
    run_value: NDArray[np.float64]
    fired: NDArray[np.bool_]
    deviating: NDArray[np.bool_]
    recovery: NDArray[np.int64]


NEVER: Final = np.iinfo(np.int64).min
"""The time of something that has not happened."""


def new_state(patients: int, signals: int, rules: int) -> State:
    """Return the state of patients about whom nothing is known: no signal can be assessed."""
    by_signal, by_rule = (patients, signals), (patients, rules)
    return State(
        last_us=np.full(by_signal, NEVER, np.int64),
        valid_us=np.full(by_signal, NEVER, np.int64),
        valid_value=np.full(by_signal, np.nan),
        period_us=np.zeros(by_signal, np.int64),
        lost=np.ones(by_signal, np.bool_),
        implausible_start_us=np.full(by_signal, NEVER, np.int64),
        implausible_count=np.zeros(by_signal, np.int64),
        implausible_value=np.full(by_signal, np.nan),
        valid_count=np.zeros(by_signal, np.int64),
        valid_time_us=np.zeros(by_signal, np.int64),
        dropped=np.zeros(by_signal, np.int64),
        run=np.zeros(by_rule, np.int64),
        run_start_us=np.full(by_rule, NEVER, np.int64),
        run_value=np.full(by_rule, np.nan),
        fired=np.zeros(by_rule, np.bool_),
        deviating=np.zeros(by_rule, np.bool_),
        recovery=np.zeros(by_rule, np.int64),
    )


def changes_capacity(rows: int, most_rules_of_a_signal: int) -> int:
    """Return how many changes that many rows can cause at most."""
    return rows * (CHANGES_PER_ROW + 2 * most_rules_of_a_signal)


@numba.njit(cache=True, nogil=True)
def advance(  # noqa: PLR0912, PLR0915  one loop over plain arrays, for speed
    patient: NDArray[np.int32],
    signal: NDArray[np.int16],
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    period_us: NDArray[np.int64],
    signals: SignalTable,
    rules: RuleTable,
    state: State,
    out_patient: NDArray[np.int32],
    out_change: NDArray[np.int8],
    out_subject: NDArray[np.int16],
    out_time_us: NDArray[np.int64],
    out_start_us: NDArray[np.int64],
    out_amount: NDArray[np.int64],
    out_value: NDArray[np.float64],
) -> int:
    """Take rows of samples into the state and write the changes that they cause; return how many.

    Parameters
    ----------
    patient, signal, time_us, value, period_us : ndarray, shape (rows,)
        In order of time within each patient and signal; NaN is a missing value.
    signals, rules : SignalTable, RuleTable
    state : State
        Changed in place.
    out_* : ndarray, shape (changes_capacity(rows, most rules of a signal),)
        `out_subject` is a rule's index for onset, clear, brief and interrupted, else a signal's.
    """
    n_out = 0
    for i in range(len(patient)):
        p, s, t, v, period = patient[i], signal[i], time_us[i], value[i], period_us[i]
        last = state.last_us[p, s]
        if last != NEVER and t <= last:
            state.dropped[p, s] += 1
            continue
        since = period if last == NEVER else min(period, t - last)
        state.last_us[p, s] = t
        state.period_us[p, s] = period
        valid_before = state.valid_us[p, s]
        slack = period // 2
        is_known = not np.isnan(v)
        is_valid = is_known and signals.plausible_low[s] <= v <= signals.plausible_high[s]
        gone = valid_before != NEVER and t - valid_before - period > signals.tolerance_us[s] + slack

        if gone and not state.lost[p, s]:
            state.lost[p, s] = True
            out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _LOST, s
            out_time_us[n_out] = valid_before + period + signals.tolerance_us[s]
            out_start_us[n_out], out_amount[n_out], out_value[n_out] = valid_before, 0, np.nan
            n_out += 1

        if is_known and not is_valid:
            if state.implausible_count[p, s] == 0:
                state.implausible_start_us[p, s], state.implausible_value[p, s] = t, v
            state.implausible_count[p, s] += 1
            if abs(v) > abs(state.implausible_value[p, s]):
                state.implausible_value[p, s] = v
        elif state.implausible_count[p, s] > 0:
            out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _IMPLAUSIBLE, s
            out_time_us[n_out], out_start_us[n_out] = t, state.implausible_start_us[p, s]
            out_amount[n_out], out_value[n_out] = state.implausible_count[p, s], state.implausible_value[p, s]
            n_out += 1
            state.implausible_count[p, s] = 0

        if not is_valid:
            continue

        if state.lost[p, s]:
            state.lost[p, s] = False
            out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _BACK, s
            out_time_us[n_out], out_start_us[n_out] = t, valid_before
            out_amount[n_out], out_value[n_out] = 0, v
            n_out += 1
        state.valid_us[p, s], state.valid_value[p, s] = t, v
        state.valid_count[p, s] += 1
        state.valid_time_us[p, s] += since

        step, rounding = (since, slack) if signals.continuous[s] else (1, 0)
        broken = gone and signals.continuous[s]
        for r in range(signals.first_rule[s], signals.first_rule[s + 1]):
            if broken:
                if state.run[p, r] > 0 and not state.fired[p, r]:
                    out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _INTERRUPTED, r
                    out_time_us[n_out], out_start_us[n_out] = t, state.run_start_us[p, r]
                    out_amount[n_out], out_value[n_out] = state.run[p, r], state.run_value[p, r]
                    n_out += 1
                state.run[p, r], state.fired[p, r], state.recovery[p, r] = 0, False, 0

            threshold, clearing = rules.threshold[r], rules.clear_threshold[r]
            if rules.looks_down[r]:
                deviates = v < threshold or (rules.inclusive[r] and v == threshold)
                beyond = v > clearing or (not rules.inclusive[r] and v == clearing)
            else:
                deviates = v > threshold or (rules.inclusive[r] and v == threshold)
                beyond = v < clearing or (not rules.inclusive[r] and v == clearing)

            if deviates:
                if state.run[p, r] == 0:
                    state.run_start_us[p, r], state.run_value[p, r] = t, v
                elif (v < state.run_value[p, r]) == rules.looks_down[r]:
                    state.run_value[p, r] = v
                state.run[p, r] += step
                if not state.fired[p, r] and state.run[p, r] + rounding >= rules.need[r]:
                    state.fired[p, r] = True
                    state.deviating[p, r] = True
                    out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _ONSET, r
                    out_time_us[n_out], out_start_us[n_out] = t, state.run_start_us[p, r]
                    out_amount[n_out], out_value[n_out] = state.run[p, r], state.run_value[p, r]
                    n_out += 1
            else:
                if state.run[p, r] > 0 and not state.fired[p, r]:
                    out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _BRIEF, r
                    out_time_us[n_out], out_start_us[n_out] = t, state.run_start_us[p, r]
                    out_amount[n_out], out_value[n_out] = state.run[p, r], state.run_value[p, r]
                    n_out += 1
                state.run[p, r], state.fired[p, r] = 0, False

            if state.deviating[p, r]:
                state.recovery[p, r] = state.recovery[p, r] + step if beyond else 0
                if beyond and state.recovery[p, r] + rounding >= rules.clear_need[r]:
                    state.deviating[p, r], state.recovery[p, r] = False, 0
                    out_patient[n_out], out_change[n_out], out_subject[n_out] = p, _CLEAR, r
                    out_time_us[n_out], out_start_us[n_out] = t, state.run_start_us[p, r]
                    out_amount[n_out], out_value[n_out] = 0, v
                    n_out += 1
    return n_out
