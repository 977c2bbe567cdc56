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
(nothing runs, deviates, is lost or implausible). Such a sample changes one small record and nothing else; the kernel
looks for it first. That is a matter of speed only: every other sample, and an ordinary one too, would come to the same
by the full statement.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CHANGE",
    "CHANGES_PER_ROW",
    "NEVER",
    "RULE",
    "SIGNAL",
    "State",
    "advance",
    "changes_capacity",
    "new_state",
    "scan",
]

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


SIGNAL: Final = np.dtype(
    [
        ("ordinary_low", np.float64),
        ("ordinary_high", np.float64),
        ("tolerance_us", np.int64),
        ("plausible_low", np.float64),
        ("plausible_high", np.float64),
        ("first_rule", np.int32),
        ("end_rule", np.int32),
        ("continuous", np.bool_),
    ],
    align=True,
)
"""How a signal is read. From `ordinary_low` to `ordinary_high`, both included, values are plausible and no rule of the
signal deviates; its rules are those from `first_rule` up to `end_rule`."""

RULE: Final = np.dtype(
    [
        ("sign", np.float64),
        ("deviates_above", np.float64),
        ("clears_below", np.float64),
        ("need", np.int64),
        ("clear_need", np.int64),
    ],
    align=True,
)
"""What a rule asks of the value times `sign`, so that more is worse. Whether a threshold itself counts is in the
numbers: they are moved by one step of a float where it does. `need` and `clear_need` are microseconds, or readings
where the signal is not continuous."""

CHANGE: Final = np.dtype(
    [
        ("patient", np.int32),
        ("change", np.int8),
        ("subject", np.int16),
        ("time_us", np.int64),
        ("start_us", np.int64),
        ("amount", np.int64),
        ("value", np.float64),
    ],
    align=True,
)
"""What came of a sample: `change` is a :class:`fyr.attention.Change`; `subject` is a rule's index for onset, clear,
brief and interrupted, else a signal's."""

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
        ("worst", np.float64),
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
def advance_some(
    first_patient: int,
    end_patient: int,
    patient: NDArray[np.int32],
    signal: NDArray[np.int16],
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    period_us: NDArray[np.int64],
    signals: NDArray[np.void],
    rules: NDArray[np.void],
    state: State,
    out: NDArray[np.void],
) -> int:
    """Take the rows about the patients from `first_patient` up to `end_patient` as :func:`advance` does.

    Several threads may each take their own patients of the same rows into the same state.
    """
    newest_of, refused_of, course_of = state.newest, state.refused, state.course
    n_out = 0
    for i in range(len(patient)):
        # Unsigned: numba then leaves out what makes -1 the last.
        p = np.uint32(patient[i])
        if p < first_patient or p >= end_patient:
            continue
        s = np.uint16(signal[i])
        t, v, period = time_us[i], value[i], period_us[i]
        newest, read = newest_of[p, s], signals[s]
        since, slack = t - newest.last_us, period >> 1
        is_near = t - newest.valid_us - period <= read.tolerance_us + slack
        if newest.at_rest and not newest.lost and since > 0 and is_near:
            if read.ordinary_low <= v <= read.ordinary_high:
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

        n_out = _take(p, s, t, v, period, newest, read, refused_of[p, s], course_of[p], rules, out, n_out)
    return n_out


@numba.njit(cache=True, nogil=True)
def advance(
    patient: NDArray[np.int32],
    signal: NDArray[np.int16],
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    period_us: NDArray[np.int64],
    signals: NDArray[np.void],
    rules: NDArray[np.void],
    state: State,
    out: NDArray[np.void],
) -> int:
    """Take rows of samples into the state and write the changes that they cause; return how many.

    Parameters
    ----------
    patient, signal, time_us, value, period_us : ndarray, shape (rows,)
        In order of time within each patient and signal; NaN is a missing value. The indices are not checked; none is
        negative.
    signals : ndarray of SIGNAL, shape (signals,)
    rules : ndarray of RULE, shape (rules,)
        Sorted by signal.
    state : State
        Changed in place.
    out : ndarray of CHANGE, shape (changes_capacity(rows, most rules of a signal),)
    """
    everyone = len(state.newest)
    return int(advance_some(0, everyone, patient, signal, time_us, value, period_us, signals, rules, state, out))


@numba.njit(cache=True, nogil=True)
def scan(
    signal: int,
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    period_us: int,
    signals: NDArray[np.void],
    rules: NDArray[np.void],
    state: State,
    out: NDArray[np.void],
) -> int:
    """Take one signal of one patient, all samples of one period, into the state's first row; as `advance` would.

    Parameters
    ----------
    signal : int
    time_us, value : ndarray, shape (samples,)
        In order of time; NaN is a missing value.
    period_us : int
    signals, rules, state, out
        As of :func:`advance`.
    """
    p, s = np.uint32(0), np.uint16(signal)
    newest, read, period = state.newest[p, s], signals[s], np.int64(period_us)
    near_us = period + read.tolerance_us + (period >> 1)
    low, high = read.ordinary_low, read.ordinary_high
    n_out, i, n = 0, np.int64(0), np.int64(len(time_us))
    while i < n:
        if newest.at_rest and not newest.lost:
            # A stretch of ordinary and missing samples changes one record, at its end.
            first, last_us, valid_us = i, newest.last_us, newest.valid_us
            valid_time_us, count, latest = np.int64(0), 0, newest.valid_value
            while i < n:
                t, v = time_us[i], value[i]
                if t <= last_us or t - valid_us > near_us:
                    break
                if low <= v <= high:
                    valid_time_us += min(period, t - last_us)
                    valid_us = t
                    latest = v
                    count += 1
                elif not np.isnan(v):
                    break
                last_us = t
                i += 1
            if i > first:
                newest.last_us = last_us
                newest.period_us = period
                newest.valid_us = valid_us
                newest.valid_value = latest
                newest.valid_count += np.uint32(count)
                newest.valid_time_us += valid_time_us
            if i == n:
                break
        refused, courses = state.refused[p, s], state.course[p]
        if newest.lost and refused.count == 0:
            # Nothing is known, and nothing new comes.
            first = i
            while i < n and np.isnan(value[i]) and time_us[i] > newest.last_us:
                newest.last_us = time_us[i]
                i += 1
            if i > first:
                newest.period_us = period
            if i == n:
                break
        n_out = _take(p, s, time_us[i], value[i], period, newest, read, refused, courses, rules, out, n_out)
        i += 1
    return n_out


@numba.njit(cache=True, nogil=True)
def _take(  # noqa: PLR0912, PLR0915  the statement of one sample, whole
    p: np.uint32,
    s: np.uint16,
    t: np.int64,
    v: np.float64,
    period: np.int64,
    newest: Any,
    read: Any,
    refused: Any,
    courses: NDArray[np.void],
    rules: NDArray[np.void],
    out: NDArray[np.void],
    n_out: int,
) -> int:
    """Take one sample, whatever it is: the full statement, in the order of its sentences."""
    since, slack = t - newest.last_us, period >> 1
    is_near = t - newest.valid_us - period <= read.tolerance_us + slack
    is_first = newest.last_us == NEVER
    if not is_first and since <= 0:
        refused.dropped += np.uint32(1)
        return n_out
    if is_first or since > period:
        since = period
    newest.last_us = t
    newest.period_us = period
    before = newest.valid_us
    is_known = not np.isnan(v)
    is_valid = is_known and read.plausible_low <= v <= read.plausible_high
    gone = before != NEVER and not is_near

    if gone and not newest.lost:
        newest.lost = True
        n_out = _put(out, n_out, p, _LOST, s, before + period + read.tolerance_us, before, 0, np.nan)

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
        n_out = _put(out, n_out, p, _BACK, s, t, before, 0, v)
    newest.valid_us = t
    newest.valid_value = v
    newest.valid_count += np.uint32(1)
    newest.valid_time_us += since

    step, rounding, broken = since, slack, gone
    if not read.continuous:
        step, rounding, broken = np.int64(1), np.int64(0), False
    at_rest = True
    for r in range(np.uint32(read.first_rule), np.uint32(read.end_rule)):
        course, rule = courses[r], rules[r]
        badness = rule.sign * v
        deviates = badness > rule.deviates_above
        if not deviates and course.run == 0 and not course.deviating:
            continue
        if broken:
            if course.run > 0 and not course.fired:
                worst = rule.sign * course.worst
                n_out = _put(out, n_out, p, _INTERRUPTED, r, t, course.run_start_us, course.run, worst)
            course.run, course.fired, course.recovery = 0, False, 0

        if deviates:
            if course.run == 0:
                course.run_start_us, course.worst = t, badness
            elif badness > course.worst:
                course.worst = badness
            course.run += step
            if not course.fired and course.run + rounding >= rule.need:
                course.fired = True
                course.deviating = True
                worst = rule.sign * course.worst
                n_out = _put(out, n_out, p, _ONSET, r, t, course.run_start_us, course.run, worst)
        else:
            if course.run > 0 and not course.fired:
                worst = rule.sign * course.worst
                n_out = _put(out, n_out, p, _BRIEF, r, t, course.run_start_us, course.run, worst)
            course.run, course.fired = 0, False

        if course.deviating:
            beyond = badness < rule.clears_below
            course.recovery = course.recovery + step if beyond else 0
            if beyond and course.recovery + rounding >= rule.clear_need:
                course.deviating, course.recovery = False, 0
                n_out = _put(out, n_out, p, _CLEAR, r, t, course.run_start_us, 0, v)
        if course.run > 0 or course.deviating:
            at_rest = False
    newest.at_rest = at_rest
    return n_out


@numba.njit(cache=True, nogil=True)
def _put(
    out: NDArray[np.void],
    n_out: int,
    patient: np.uint32,
    change: int,
    subject: np.uint16 | np.uint32 | int,
    time_us: np.int64,
    start_us: np.int64,
    amount: int,
    value: float,
) -> int:
    row = out[n_out]
    row.patient = patient
    row.change = change
    row.subject = subject
    row.time_us = time_us
    row.start_us = start_us
    row.amount = amount
    row.value = value
    return n_out + 1
