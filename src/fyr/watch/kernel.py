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

Nearly every sample is an ordinary one: no rule deviates at its value, no gap lies before it, and its signal is at rest
(nothing runs, deviates, is lost or implausible). Such a sample changes one cache line and nothing else, and the kernel
looks for it first. That is a matter of speed only: every other sample, and an ordinary one too, would come to the same
by the full statement.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["CHANGES_PER_ROW", "NEVER", "RuleTable", "SignalTable", "State", "advance", "changes_capacity", "new_state"]

_ONSET: Final = 1
_CLEAR: Final = 2
_BRIEF: Final = 3
_INTERRUPTED: Final = 4
_LOST: Final = 5
_BACK: Final = 6
_IMPLAUSIBLE: Final = 7

CHANGES_PER_ROW: Final = 3
"""Lost, back, implausible: at most these for a row, besides two for each rule of its signal."""

NEVER: Final = np.iinfo(np.int64).min
"""The time of something that has not happened; no sample has it."""


class SignalTable(NamedTuple):
    """How each signal is read; arrays of shape (signals,)."""

    plausible_low: NDArray[np.float64]
    plausible_high: NDArray[np.float64]
    ordinary_low: NDArray[np.float64]
    """From here to `ordinary_high`, both included, values are plausible and no rule of the signal deviates."""
    ordinary_high: NDArray[np.float64]
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


_NEWEST: Final = np.dtype(
    [
        ("last_us", np.int64),
        ("valid_us", np.int64),
        ("valid_value", np.float64),
        ("period_us", np.int64),
        ("valid_time_us", np.int64),
        ("valid_count", np.uint32),
        ("lost", np.bool_),
        ("at_rest", np.bool_),
    ],
    align=True,
)
_REFUSED: Final = np.dtype(
    [("start_us", np.int64), ("value", np.float64), ("count", np.uint32), ("dropped", np.uint32)], align=True
)
_COURSE: Final = np.dtype(
    [
        ("run", np.int64),
        ("run_start_us", np.int64),
        ("run_value", np.float64),
        ("recovery", np.int64),
        ("fired", np.bool_),
        ("deviating", np.bool_),
    ],
    align=True,
)


class State(NamedTuple):
    """All that the kernel remembers, as records: what an ordinary sample changes lies side by side.

    The properties are views of shape (patients, signals); a signal that is set to lost is so for the kernel too.
    """

    newest: NDArray[np.void]
    """Shape (patients, signals): the newest sample, the newest valid one and how many there were; at rest, lost."""
    refused: NDArray[np.void]
    """Shape (patients, signals): the implausible stretch that goes on, and how many late or double ones there were."""
    course: NDArray[np.void]
    """Shape (patients, rules): the run, whether it has had its onset, whether the condition stands, its recovery."""

    @property
    def last_us(self) -> NDArray[np.int64]:
        """Time of the newest sample, valid or not."""
        return self.newest["last_us"]

    @property
    def valid_us(self) -> NDArray[np.int64]:
        """Time of the newest valid sample."""
        return self.newest["valid_us"]

    @property
    def valid_value(self) -> NDArray[np.float64]:
        """Value of the newest valid sample."""
        return self.newest["valid_value"]

    @property
    def period_us(self) -> NDArray[np.int64]:
        """The period that came with the newest sample."""
        return self.newest["period_us"]

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Whether the signal cannot be assessed; may be set from outside, when a signal falls silent."""
        return self.newest["lost"]

    @property
    def valid_count(self) -> NDArray[np.uint32]:
        """How many valid samples there were."""
        return self.newest["valid_count"]

    @property
    def valid_time_us(self) -> NDArray[np.int64]:
        """The time that the valid samples stood for."""
        return self.newest["valid_time_us"]

    @property
    def dropped(self) -> NDArray[np.uint32]:
        """How many samples were late or double."""
        return self.refused["dropped"]


def new_state(patients: int, signals: int, rules: int) -> State:
    """Return the state of patients about whom nothing is known: no signal can be assessed."""
    newest = np.zeros((patients, signals), _NEWEST)
    newest["last_us"] = newest["valid_us"] = NEVER
    newest["valid_value"] = np.nan
    newest["lost"] = True
    return State(newest, np.zeros((patients, signals), _REFUSED), np.zeros((patients, rules), _COURSE))


def changes_capacity(rows: int, most_rules_of_a_signal: int) -> int:
    """Return how many changes that many rows can cause at most."""
    return rows * (CHANGES_PER_ROW + 2 * most_rules_of_a_signal)


@numba.njit(cache=True, nogil=True)
def advance(
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
        In order of time within each patient and signal; NaN is a missing value. The indices are not checked.
    signals, rules : SignalTable, RuleTable
    state : State
        Changed in place.
    out_* : ndarray, shape (changes_capacity(rows, most rules of a signal),)
        `out_subject` is a rule's index for onset, clear, brief and interrupted, else a signal's.
    """
    out = (out_patient, out_change, out_subject, out_time_us, out_start_us, out_amount, out_value)
    n_out = 0
    for i in range(len(patient)):
        p, s, t, v, period = np.uint64(patient[i]), np.uint64(signal[i]), time_us[i], value[i], period_us[i]
        newest = state.newest[p, s]
        since = t - newest.last_us
        if (
            newest.at_rest
            and not newest.lost
            and since > 0
            and (t - newest.valid_us - period <= signals.tolerance_us[s] + period // 2)
        ):
            if signals.ordinary_low[s] <= v <= signals.ordinary_high[s]:
                newest.last_us = t
                newest.period_us = period
                newest.valid_us = t
                newest.valid_value = v
                newest.valid_count += np.uint32(1)
                newest.valid_time_us += min(period, since)
                continue
            if np.isnan(v):
                newest.last_us = t
                newest.period_us = period
                continue
        n_out = _weigh(p, s, t, v, period, signals, rules, state, out, n_out)
    return n_out


@numba.njit(cache=True, nogil=True)
def _weigh(  # noqa: PLR0912, PLR0915  the full statement, in the order of its sentences
    p: np.uint64,
    s: np.uint64,
    t: int,
    v: float,
    period: int,
    signals: SignalTable,
    rules: RuleTable,
    state: State,
    out: Any,
    n_out: int,
) -> int:
    newest, refused = state.newest[p, s], state.refused[p, s]
    last = newest.last_us
    if last != NEVER and t <= last:
        refused.dropped += np.uint32(1)
        return n_out
    since = period if last == NEVER else min(period, t - last)
    newest.last_us = t
    newest.period_us = period
    valid_before = newest.valid_us
    slack = period // 2
    is_known = not np.isnan(v)
    is_valid = is_known and signals.plausible_low[s] <= v <= signals.plausible_high[s]
    gone = valid_before != NEVER and t - valid_before - period > signals.tolerance_us[s] + slack

    if gone and not newest.lost:
        newest.lost = True
        lost_us = valid_before + period + signals.tolerance_us[s]
        n_out = _put(out, n_out, p, _LOST, s, lost_us, valid_before, 0, np.nan)

    if is_known and not is_valid:
        newest.at_rest = False
        if refused.count == 0:
            refused.start_us, refused.value = t, v
        refused.count += np.uint32(1)
        if abs(v) > abs(refused.value):
            refused.value = v
    elif refused.count > 0:
        n_out = _put(out, n_out, p, _IMPLAUSIBLE, s, t, refused.start_us, refused.count, refused.value)
        refused.count = np.uint32(0)

    if not is_valid:
        return n_out

    if newest.lost:
        newest.lost = False
        n_out = _put(out, n_out, p, _BACK, s, t, valid_before, 0, v)
    newest.valid_us = t
    newest.valid_value = v
    newest.valid_count += np.uint32(1)
    newest.valid_time_us += since

    at_rest = True
    step, rounding = (since, slack) if signals.continuous[s] else (1, 0)
    broken = gone and signals.continuous[s]
    for r in range(signals.first_rule[s], signals.first_rule[s + 1]):
        course = state.course[p, r]
        if broken:
            if course.run > 0 and not course.fired:
                n_out = _put(out, n_out, p, _INTERRUPTED, r, t, course.run_start_us, course.run, course.run_value)
            course.run, course.fired, course.recovery = 0, False, 0

        threshold, clearing = rules.threshold[r], rules.clear_threshold[r]
        if rules.looks_down[r]:
            deviates = v < threshold or (rules.inclusive[r] and v == threshold)
            beyond = v > clearing or (not rules.inclusive[r] and v == clearing)
        else:
            deviates = v > threshold or (rules.inclusive[r] and v == threshold)
            beyond = v < clearing or (not rules.inclusive[r] and v == clearing)

        if deviates:
            if course.run == 0:
                course.run_start_us, course.run_value = t, v
            elif (v < course.run_value) == rules.looks_down[r]:
                course.run_value = v
            course.run += step
            if not course.fired and course.run + rounding >= rules.need[r]:
                course.fired = True
                course.deviating = True
                n_out = _put(out, n_out, p, _ONSET, r, t, course.run_start_us, course.run, course.run_value)
        else:
            if course.run > 0 and not course.fired:
                n_out = _put(out, n_out, p, _BRIEF, r, t, course.run_start_us, course.run, course.run_value)
            course.run, course.fired = 0, False

        if course.deviating:
            course.recovery = course.recovery + step if beyond else 0
            if beyond and course.recovery + rounding >= rules.clear_need[r]:
                course.deviating, course.recovery = False, 0
                n_out = _put(out, n_out, p, _CLEAR, r, t, course.run_start_us, 0, v)
        at_rest = at_rest and course.run == 0 and not course.deviating
    newest.at_rest = at_rest
    return n_out


@numba.njit(cache=True, nogil=True)
def _put(
    out: Any,
    n_out: int,
    patient: np.uint64,
    change: int,
    subject: int | np.uint64,
    time_us: int,
    start_us: int,
    amount: int,
    value: float,
) -> int:
    out[0][n_out], out[1][n_out], out[2][n_out] = patient, change, subject
    out[3][n_out], out[4][n_out], out[5][n_out], out[6][n_out] = time_us, start_us, amount, value
    return n_out + 1
