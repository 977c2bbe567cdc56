"""The alarm machine of one patient over plain arrays: changes of condition in, alerts and counts out.

It states :class:`fyr.attention.PatientAlarms` and :class:`fyr.attention.technical.TechnicalAlarms` again for a replay
in which nobody acts but the assumed responder: the same timers in the same order, the same holding and releasing. What
only words, escalation's addressees or the ward's budget would say is left out; that a step was taken is kept, since it
moves later times. Lists of what stands and what is held keep the order in which it came, for that order decides.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import Change
from fyr.watch.columnar.alarm_tables import NO_TIMER, AlarmTables
from fyr.watch.kernel import NEVER

__all__ = ["ALERT", "Desk", "new_desk", "tell"]

_ONSET: Final = int(Change.ONSET)
_CLEAR: Final = int(Change.CLEAR)
_IMPLAUSIBLE: Final = int(Change.IMPLAUSIBLE)
_LOST: Final = int(Change.LOST)
_BACK: Final = int(Change.BACK)

_NOTHING: Final = 0
_RAISED: Final = 1
_ESCALATED: Final = 2
_LATCHED: Final = 3
_ACKNOWLEDGED: Final = 4
"""States of a rule's notification; from `_RAISED` to `_LATCHED` it needs someone."""

_RESPONSE: Final = 0
_ESCALATION: Final = 1
_RE_RAISE: Final = 2
_REFRACTORY: Final = 3
_TECHNICAL: Final = 4
"""What a timer is about; also the order of timers of one notification that are due at once."""

_LIVE: Final = 0
_HELD: Final = 1
_ALERTS: Final = 2
_SUPPRESSED: Final = 3
_TECHNICALS: Final = 4
"""Places of the counts."""

ALERT: Final = np.dtype(
    [("time_us", np.int64), ("cleared_us", np.int64), ("value", np.float64), ("rule", np.int32)], align=True
)
"""A notification about the patient's body: `cleared_us` is `NEVER` where it stood until the recording's end."""


class Desk(NamedTuple):
    """What is known of one patient's notifications; by rule, signal or place in a list."""

    counts: NDArray[np.int64]
    """How many stand, are held; alerts, suppressions and technical notifications until now."""
    live: NDArray[np.int32]
    held: NDArray[np.int32]
    """Rules in the order in which they came; shape (rules,)."""
    state: NDArray[np.int8]
    step: NDArray[np.int32]
    unanswered_us: NDArray[np.int64]
    changed_us: NDArray[np.int64]
    condition: NDArray[np.bool_]
    present: NDArray[np.bool_]
    value: NDArray[np.float64]
    alert: NDArray[np.int64]
    held_until_us: NDArray[np.int64]
    """`NO_TIMER` where something covers it; shape (rules,), as all from `state` on."""
    refractory_until_us: NDArray[np.int64]
    due_us: NDArray[np.int64]
    """When staff are to be told of a lost signal; shape (signals,), as those after it."""
    standing: NDArray[np.bool_]
    since_us: NDArray[np.int64]
    deaf_us: NDArray[np.int64]
    """How long the signal could not be assessed."""
    end_us: NDArray[np.int64]
    """Shape (1,): what comes at that time or later is not counted."""


def new_desk(rules: int, signals: int) -> Desk:
    """Return room for one patient; :func:`tell` clears it before it begins."""
    return Desk(
        counts=np.zeros(5, np.int64),
        live=np.zeros(rules, np.int32),
        held=np.zeros(rules, np.int32),
        state=np.zeros(rules, np.int8),
        step=np.zeros(rules, np.int32),
        unanswered_us=np.zeros(rules, np.int64),
        changed_us=np.zeros(rules, np.int64),
        condition=np.zeros(rules, np.bool_),
        present=np.zeros(rules, np.bool_),
        value=np.zeros(rules),
        alert=np.zeros(rules, np.int64),
        held_until_us=np.zeros(rules, np.int64),
        refractory_until_us=np.zeros(rules, np.int64),
        due_us=np.zeros(signals, np.int64),
        standing=np.zeros(signals, np.bool_),
        since_us=np.zeros(signals, np.int64),
        deaf_us=np.zeros(signals, np.int64),
        end_us=np.zeros(1, np.int64),
    )


@numba.njit(cache=True, nogil=True)
def tell(
    changes: NDArray[np.void],
    order: NDArray[np.int64],
    newest: NDArray[np.void],
    signals: NDArray[np.void],
    tables: AlarmTables,
    desk: Desk,
    replay_us: tuple[int, int],
    span_us: tuple[int, int],
    out: NDArray[np.void],
) -> int:
    """Run one patient's alarms from admission to the recording's end.

    Parameters
    ----------
    changes : ndarray of CHANGE
    order : ndarray of int64
        Places in `changes`, in order of time.
    newest : ndarray, shape (signals,)
        What the rule kernel knows of each signal at the end: which fell silent.
    signals : ndarray of SIGNAL
    tables : AlarmTables
    desk : Desk
        Counts and times not assessable are read from it afterwards.
    replay_us : (int, int)
        From the first sample that the policy asks about to the end of the last.
    span_us : (int, int)
        From the first sample of any signal to the end of the last: what comes after it is not counted.
    out : ndarray of ALERT

    Returns
    -------
    int
        How many alerts there are; those for which `out` has no room are not written.
    """
    watched = len(desk.due_us)
    _clear_desk(desk, span_us[1])
    for s in range(watched):
        _advance(desk, tables, replay_us[0], out)
        _await_signal(desk, tables, s, replay_us[0])
    # A reading may have been written down before the first sample: the account is kept in order of time.
    is_begun = False
    next_us = _next_timer(desk, tables)[0]
    for place in order:
        change = changes[place]
        if not is_begun and change.time_us >= replay_us[0]:
            is_begun = True
            _begin_account(desk, replay_us[0], span_us[0])
        kind, subject, time_us = change.change, change.subject, change.time_us
        now_us = time_us - 1 if kind == _BACK else time_us
        if next_us <= now_us:
            _advance(desk, tables, now_us, out)
            next_us = _next_timer(desk, tables)[0]
        if kind == _ONSET:
            _onset(desk, tables, subject, time_us, change.value, out)
        elif kind == _CLEAR:
            _condition_clears(desk, tables, subject, time_us, out)
        elif kind == _LOST:
            _await_signal(desk, tables, subject, time_us)
            _not_assessable_from(desk, subject, time_us, span_us[0])
        elif kind == _BACK:
            _back(desk, subject, time_us)
        else:
            _suppress(desk, time_us)
            continue
        next_us = _next_timer(desk, tables)[0]
    if not is_begun:
        _begin_account(desk, replay_us[0], span_us[0])
    _fall_silent(desk, tables, newest, signals, replay_us[1], span_us[0], out)
    _advance(desk, tables, replay_us[1] - 1, out)
    for s in range(watched):
        if desk.since_us[s] != NEVER:
            desk.deaf_us[s] += span_us[1] - desk.since_us[s]
    _join_twins(out[: min(desk.counts[_ALERTS], len(out))])
    return int(desk.counts[_ALERTS])


@numba.njit(cache=True, nogil=True)
def _join_twins(alerts: NDArray[np.void]) -> None:
    """Give alerts of one rule and one instant, which are one notification by its identifier, one end: the last."""
    for later in range(len(alerts) - 1, 0, -1):
        earlier = later - 1
        while earlier >= 0 and alerts[earlier].time_us == alerts[later].time_us:
            if alerts[earlier].rule == alerts[later].rule:
                if alerts[later].cleared_us == NEVER:
                    alerts[later].cleared_us = alerts[earlier].cleared_us
                alerts[earlier].cleared_us = alerts[later].cleared_us
            earlier -= 1


@numba.njit(cache=True, nogil=True)
def _clear_desk(desk: Desk, end_us: int) -> None:
    desk.counts[:] = 0
    desk.state[:] = _NOTHING
    desk.condition[:] = False
    desk.present[:] = False
    desk.refractory_until_us[:] = 0
    desk.due_us[:] = NO_TIMER
    desk.standing[:] = False
    desk.since_us[:] = NEVER
    desk.deaf_us[:] = 0
    desk.end_us[0] = end_us


@numba.njit(cache=True, nogil=True)
def _fall_silent(
    desk: Desk,
    tables: AlarmTables,
    newest: NDArray[np.void],
    signals: NDArray[np.void],
    now_us: int,
    start_us: int,
    out: NDArray[np.void],
) -> None:
    """Note the signals that have been silent for longer than they may, earliest first."""
    watched = len(desk.due_us)
    gone_us = np.full(watched, NO_TIMER, np.int64)
    for s in range(watched):
        one = newest[s]
        tolerance_us = signals[s].tolerance_us
        if one.valid_us == NEVER or one.lost:
            continue
        if now_us - one.valid_us - one.period_us > tolerance_us + one.period_us // 2:
            gone_us[s] = one.valid_us + one.period_us + tolerance_us
    for _ in range(watched):
        s = int(np.argmin(gone_us))
        if gone_us[s] == NO_TIMER:
            break
        _advance(desk, tables, gone_us[s], out)
        _await_signal(desk, tables, s, gone_us[s])
        _not_assessable_from(desk, s, gone_us[s], start_us)
        gone_us[s] = NO_TIMER


@numba.njit(cache=True, nogil=True)
def _next_timer(desk: Desk, tables: AlarmTables) -> tuple[int, int, int]:
    """Return when the next timer is due, what it is about and whose it is; of several, the first in order."""
    due_us, what, whose = NO_TIMER, -1, -1
    for place in range(desk.counts[_LIVE]):
        r = desk.live[place]
        state = desk.state[r]
        if state != _ACKNOWLEDGED:
            if tables.assumed_response_us != NO_TIMER:
                time_us = desk.unanswered_us[r] + tables.assumed_response_us
                if time_us < due_us:
                    due_us, what, whose = time_us, _RESPONSE, r
            step = tables.first_step[r] + desk.step[r]
            if step < tables.first_step[r + 1]:
                time_us = desk.unanswered_us[r] + tables.step_after_us[step]
                if time_us < due_us:
                    due_us, what, whose = time_us, _ESCALATION, r
        elif tables.re_raise_after_us[r] != NO_TIMER:
            time_us = desk.changed_us[r] + tables.re_raise_after_us[r]
            if time_us < due_us:
                due_us, what, whose = time_us, _RE_RAISE, r
    for place in range(desk.counts[_HELD]):
        r = desk.held[place]
        if desk.held_until_us[r] < due_us:
            due_us, what, whose = desk.held_until_us[r], _REFRACTORY, r
    for s in range(len(desk.due_us)):
        if desk.due_us[s] < due_us:
            due_us, what, whose = desk.due_us[s], _TECHNICAL, s
    return due_us, what, whose


@numba.njit(cache=True, nogil=True)
def _advance(desk: Desk, tables: AlarmTables, now_us: int, out: NDArray[np.void]) -> None:
    """Fire the timers that are due, each at its own time."""
    while True:
        due_us, what, whose = _next_timer(desk, tables)
        if due_us > now_us or what < 0:
            return
        if what == _RESPONSE:
            _acknowledge(desk, tables, whose, due_us, out)
        elif what == _ESCALATION:
            desk.step[whose] += 1
            desk.changed_us[whose] = due_us
            if desk.state[whose] == _RAISED:
                desk.state[whose] = _ESCALATED
        elif what == _RE_RAISE:
            desk.state[whose] = _RAISED
            desk.step[whose] = 0
            desk.unanswered_us[whose] = desk.changed_us[whose] = due_us
        elif what == _REFRACTORY:
            _release(desk, tables, whose, due_us, out)
        else:
            desk.due_us[whose] = NO_TIMER
            if not desk.standing[whose]:
                desk.standing[whose] = True
                if due_us < desk.end_us[0]:
                    desk.counts[_TECHNICALS] += 1


@numba.njit(cache=True, nogil=True)
def _await_signal(desk: Desk, tables: AlarmTables, s: int, time_us: int) -> None:
    """Note when staff are to be told of a signal that is lost since a time."""
    after_us = tables.technical_after_us[s]
    if after_us != NO_TIMER:
        desk.due_us[s] = time_us + after_us


@numba.njit(cache=True, nogil=True)
def _begin_account(desk: Desk, admitted_us: int, start_us: int) -> None:
    for s in range(len(desk.due_us)):
        _not_assessable_from(desk, s, admitted_us, start_us)


@numba.njit(cache=True, nogil=True)
def _not_assessable_from(desk: Desk, s: int, time_us: int, start_us: int) -> None:
    """Note since when a signal cannot be assessed: the earliest, within the recording."""
    from_us = max(time_us, start_us)
    if time_us < desk.end_us[0] and (desk.since_us[s] == NEVER or from_us < desk.since_us[s]):
        desk.since_us[s] = from_us


@numba.njit(cache=True, nogil=True)
def _back(desk: Desk, s: int, time_us: int) -> None:
    desk.due_us[s] = NO_TIMER
    desk.standing[s] = False
    if desk.since_us[s] != NEVER and time_us < desk.end_us[0]:
        desk.deaf_us[s] += max(0, time_us - desk.since_us[s])
        desk.since_us[s] = NEVER


@numba.njit(cache=True, nogil=True)
def _suppress(desk: Desk, time_us: int) -> None:
    if time_us < desk.end_us[0]:
        desk.counts[_SUPPRESSED] += 1


@numba.njit(cache=True, nogil=True)
def _onset(desk: Desk, tables: AlarmTables, r: int, time_us: int, value: float, out: NDArray[np.void]) -> None:
    desk.present[r] = True
    if desk.state[r] != _NOTHING:
        desk.condition[r] = True
        _suppress(desk, time_us)
    elif _place(desk.held, desk.counts[_HELD], r) >= 0:
        _suppress(desk, time_us)
    elif _is_covered(desk, tables, r):
        _hold(desk, r, value, NO_TIMER)
        _suppress(desk, time_us)
    elif time_us < desk.refractory_until_us[r]:
        _hold(desk, r, value, desk.refractory_until_us[r])
        _suppress(desk, time_us)
    else:
        _raise(desk, tables, r, time_us, value, out)


@numba.njit(cache=True, nogil=True)
def _is_covered(desk: Desk, tables: AlarmTables, r: int) -> bool:
    for place in range(desk.counts[_LIVE]):
        other = desk.live[place]
        if desk.condition[other] and tables.covers[r, other]:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _hold(desk: Desk, r: int, value: float, until_us: int) -> None:
    """Hold an onset back; what is held already keeps its place."""
    if _place(desk.held, desk.counts[_HELD], r) < 0:
        desk.held[desk.counts[_HELD]] = r
        desk.counts[_HELD] += 1
    desk.value[r] = value
    desk.held_until_us[r] = until_us


@numba.njit(cache=True, nogil=True)
def _raise(desk: Desk, tables: AlarmTables, r: int, time_us: int, value: float, out: NDArray[np.void]) -> None:
    desk.live[desk.counts[_LIVE]] = r
    desk.counts[_LIVE] += 1
    desk.state[r] = _RAISED
    desk.step[r] = 0
    desk.unanswered_us[r] = desk.changed_us[r] = time_us
    desk.condition[r] = True
    desk.value[r] = value
    desk.alert[r] = -1
    if time_us < desk.end_us[0]:
        number = desk.counts[_ALERTS]
        desk.counts[_ALERTS] += 1
        if number < len(out):
            desk.alert[r] = number
            out[number].time_us = time_us
            out[number].cleared_us = NEVER
            out[number].value = value
            out[number].rule = r
    place = 0
    while place < desk.counts[_LIVE]:
        other = desk.live[place]
        if not tables.ends[r, other]:
            place += 1
            continue
        if desk.present[other]:
            _hold(desk, other, desk.value[other], NO_TIMER)
        _end(desk, other, time_us, out)


@numba.njit(cache=True, nogil=True)
def _end(desk: Desk, r: int, time_us: int, out: NDArray[np.void]) -> None:
    _take_out(desk.live, desk.counts, _LIVE, r)
    desk.state[r] = _NOTHING
    desk.condition[r] = False
    if desk.alert[r] >= 0 and time_us < desk.end_us[0]:
        out[desk.alert[r]].cleared_us = time_us


@numba.njit(cache=True, nogil=True)
def _condition_clears(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    desk.present[r] = False
    _take_out(desk.held, desk.counts, _HELD, r)
    state = desk.state[r]
    if state == _NOTHING:
        return
    desk.refractory_until_us[r] = time_us + tables.refractory_us[r]
    if state != _ACKNOWLEDGED:
        for other in range(len(desk.present)):
            if desk.present[other] and tables.milder[r, other]:
                _step_back(desk, r, time_us)
                break
    if state != _ACKNOWLEDGED and tables.latch[r]:
        desk.state[r] = _LATCHED
        desk.condition[r] = False
        desk.changed_us[r] = time_us
    else:
        _end(desk, r, time_us, out)
    _uncover(desk, tables, r, time_us, out)


@numba.njit(cache=True, nogil=True)
def _step_back(desk: Desk, r: int, time_us: int) -> None:
    if desk.step[r] == 0:
        return
    desk.step[r] -= 1
    if desk.state[r] == _ESCALATED and desk.step[r] == 0:
        desk.state[r] = _RAISED
    desk.unanswered_us[r] = desk.changed_us[r] = time_us


@numba.njit(cache=True, nogil=True)
def _acknowledge(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    desk.state[r] = _ACKNOWLEDGED
    desk.changed_us[r] = time_us
    if desk.present[r]:
        _step_back(desk, r, time_us)
    else:
        _end(desk, r, time_us, out)
        _uncover(desk, tables, r, time_us, out)


@numba.njit(cache=True, nogil=True)
def _uncover(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    """Release what only this rule covered, the most urgent first."""
    if desk.counts[_HELD] == 0:
        return
    waiting = desk.held[: desk.counts[_HELD]].copy()
    for urgency in range(3, 0, -1):
        for other in waiting:
            if (
                tables.urgency[other] == urgency
                and tables.group[other] == tables.group[r]
                and desk.held_until_us[other] == NO_TIMER
                and _place(desk.held, desk.counts[_HELD], other) >= 0
                and not _is_covered(desk, tables, other)
            ):
                _release(desk, tables, other, time_us, out)


@numba.njit(cache=True, nogil=True)
def _release(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    """Raise what was held, or hold it further for another reason."""
    _take_out(desk.held, desk.counts, _HELD, r)
    if _is_covered(desk, tables, r):
        _hold(desk, r, desk.value[r], NO_TIMER)
    elif time_us < desk.refractory_until_us[r]:
        _hold(desk, r, desk.value[r], desk.refractory_until_us[r])
    else:
        _raise(desk, tables, r, time_us, desk.value[r], out)


@numba.njit(cache=True, nogil=True)
def _place(listed: NDArray[np.int32], count: int, r: int) -> int:
    for place in range(count):
        if listed[place] == r:
            return place
    return -1


@numba.njit(cache=True, nogil=True)
def _take_out(listed: NDArray[np.int32], counts: NDArray[np.int64], which: int, r: int) -> None:
    """Take a rule out of a list; the others keep their order."""
    place = _place(listed, counts[which], r)
    if place < 0:
        return
    counts[which] -= 1
    for later in range(place, counts[which]):
        listed[later] = listed[later + 1]
