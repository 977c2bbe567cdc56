"""The alarm machine of one patient over plain arrays: changes of condition in, alerts and counts out.

It states :class:`fyr.attention.PatientAlarms` and :class:`fyr.attention.technical.TechnicalAlarms` again for a replay
in which nobody acts but the assumed responder: the same timers in the same order, the same holding and releasing. What
only words, escalation's addressees or the ward's budget would say is left out; that a step was taken is kept, since it
moves later times. Lists of what stands and what is held keep the order in which it came, for that order decides.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import Change
from fyr.watch.columnar.alarm_desk import (
    ALERTS,
    END_US,
    HELD,
    LIVE,
    LOSS_US,
    SUPPRESSED,
    TECHNICALS,
    Desk,
    await_signal,
    begin_account,
    not_assessable_from,
    signal_back,
    tell_of_loss,
)
from fyr.watch.columnar.alarm_tables import COVERS, ENDS, MILDER, NO_TIMER, AlarmTables
from fyr.watch.kernel import NEVER

__all__ = ["tell"]

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
    watched = len(desk.signals)
    _clear_desk(desk, span_us[1])
    for s in range(watched):
        _advance(desk, tables, replay_us[0], out)
        await_signal(desk, tables, s, replay_us[0])
    # A reading may have been written down before the first sample: the account is kept in order of time.
    is_begun = False
    next_us = _next_timer(desk, tables)[0]
    for place in order:
        change = changes[place]
        if not is_begun and change.time_us >= replay_us[0]:
            is_begun = True
            begin_account(desk, replay_us[0], span_us[0])
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
            await_signal(desk, tables, subject, time_us)
            not_assessable_from(desk, subject, time_us, span_us[0])
        elif kind == _BACK:
            signal_back(desk, subject, time_us)
        else:
            _suppress(desk, time_us)
            continue
        next_us = _next_timer(desk, tables)[0]
    if not is_begun:
        begin_account(desk, replay_us[0], span_us[0])
    _fall_silent(desk, tables, newest, signals, replay_us[1], span_us[0], out)
    _advance(desk, tables, replay_us[1] - 1, out)
    for s in range(watched):
        if desk.signals[s].since_us != NEVER:
            desk.signals[s].deaf_us += span_us[1] - desk.signals[s].since_us
    return int(desk.counts[ALERTS])


@numba.njit(cache=True, nogil=True)
def _clear_desk(desk: Desk, end_us: int) -> None:
    desk.counts[:] = 0
    desk.counts[END_US] = end_us
    desk.counts[LOSS_US] = NO_TIMER
    for r in range(len(desk.rules)):
        rule = desk.rules[r]
        rule.state = _NOTHING
        rule.condition = rule.present = False
        rule.refractory_until_us = 0
    for s in range(len(desk.signals)):
        signal = desk.signals[s]
        signal.due_us = NO_TIMER
        signal.since_us = NEVER
        signal.deaf_us = 0
        signal.standing = False


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
    watched = len(desk.signals)
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
        await_signal(desk, tables, s, gone_us[s])
        not_assessable_from(desk, s, gone_us[s], start_us)
        gone_us[s] = NO_TIMER


@numba.njit(cache=True, nogil=True)
def _next_timer(desk: Desk, tables: AlarmTables) -> tuple[int, int, int]:
    """Return when the next timer is due, what it is about and whose it is; of several, the first in order."""
    due_us, what, whose = NO_TIMER, -1, -1
    for place in range(desk.counts[LIVE]):
        r = desk.live[place]
        state = desk.rules[r].state
        if state != _ACKNOWLEDGED:
            if tables.assumed_response_us != NO_TIMER:
                time_us = desk.rules[r].unanswered_us + tables.assumed_response_us
                if time_us < due_us:
                    due_us, what, whose = time_us, _RESPONSE, r
            step = tables.rules[r].first_step + desk.rules[r].step
            if step < tables.rules[r].end_step:
                time_us = desk.rules[r].unanswered_us + tables.step_after_us[step]
                if time_us < due_us:
                    due_us, what, whose = time_us, _ESCALATION, r
        elif tables.rules[r].re_raise_after_us != NO_TIMER:
            time_us = desk.rules[r].changed_us + tables.rules[r].re_raise_after_us
            if time_us < due_us:
                due_us, what, whose = time_us, _RE_RAISE, r
    for place in range(desk.counts[HELD]):
        r = desk.held[place]
        if desk.rules[r].held_until_us < due_us:
            due_us, what, whose = desk.rules[r].held_until_us, _REFRACTORY, r
    if desk.counts[LOSS_US] < due_us:
        due_us, what = desk.counts[LOSS_US], _TECHNICAL
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
            desk.rules[whose].step += 1
            desk.rules[whose].changed_us = due_us
            if desk.rules[whose].state == _RAISED:
                desk.rules[whose].state = _ESCALATED
        elif what == _RE_RAISE:
            desk.rules[whose].state = _RAISED
            desk.rules[whose].step = 0
            desk.rules[whose].unanswered_us = desk.rules[whose].changed_us = due_us
        elif what == _REFRACTORY:
            _release(desk, tables, whose, due_us, out)
        else:
            tell_of_loss(desk, due_us)


@numba.njit(cache=True, nogil=True)
def _suppress(desk: Desk, time_us: int) -> None:
    if time_us < desk.counts[END_US]:
        desk.counts[SUPPRESSED] += 1


@numba.njit(cache=True, nogil=True)
def _onset(desk: Desk, tables: AlarmTables, r: int, time_us: int, value: float, out: NDArray[np.void]) -> None:
    desk.rules[r].present = True
    if desk.rules[r].state != _NOTHING:
        desk.rules[r].condition = True
        _suppress(desk, time_us)
    elif _place(desk.held, desk.counts[HELD], r) >= 0:
        _suppress(desk, time_us)
    elif _is_covered(desk, tables, r):
        _hold(desk, r, value, NO_TIMER)
        _suppress(desk, time_us)
    elif time_us < desk.rules[r].refractory_until_us:
        _hold(desk, r, value, desk.rules[r].refractory_until_us)
        _suppress(desk, time_us)
    else:
        _raise(desk, tables, r, time_us, value, out)


@numba.njit(cache=True, nogil=True)
def _is_covered(desk: Desk, tables: AlarmTables, r: int) -> bool:
    for place in range(desk.counts[LIVE]):
        other = desk.live[place]
        if desk.rules[other].condition and tables.relations[r, other] & COVERS:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _hold(desk: Desk, r: int, value: float, until_us: int) -> None:
    """Hold an onset back; what is held already keeps its place."""
    if _place(desk.held, desk.counts[HELD], r) < 0:
        desk.held[desk.counts[HELD]] = r
        desk.counts[HELD] += 1
    desk.rules[r].value = value
    desk.rules[r].held_until_us = until_us


@numba.njit(cache=True, nogil=True)
def _raise(desk: Desk, tables: AlarmTables, r: int, time_us: int, value: float, out: NDArray[np.void]) -> None:
    desk.live[desk.counts[LIVE]] = r
    desk.counts[LIVE] += 1
    desk.rules[r].state = _RAISED
    desk.rules[r].step = 0
    desk.rules[r].unanswered_us = desk.rules[r].changed_us = time_us
    desk.rules[r].condition = True
    desk.rules[r].value = value
    desk.rules[r].alert = -1
    if time_us < desk.counts[END_US] and tables.rules[r].technical:
        desk.counts[TECHNICALS] += 1
    elif time_us < desk.counts[END_US]:
        number = desk.counts[ALERTS]
        desk.counts[ALERTS] += 1
        if number < len(out):
            desk.rules[r].alert = number
            out[number].time_us = time_us
            out[number].cleared_us = NEVER
            out[number].value = value
            out[number].rule = r
    place = 0
    while place < desk.counts[LIVE]:
        other = desk.live[place]
        if not tables.relations[r, other] & ENDS:
            place += 1
            continue
        if desk.rules[other].present:
            _hold(desk, other, desk.rules[other].value, NO_TIMER)
        _end(desk, other, time_us, out)


@numba.njit(cache=True, nogil=True)
def _end(desk: Desk, r: int, time_us: int, out: NDArray[np.void]) -> None:
    _take_out(desk.live, desk.counts, LIVE, r)
    desk.rules[r].state = _NOTHING
    desk.rules[r].condition = False
    if desk.rules[r].alert >= 0 and time_us < desk.counts[END_US]:
        out[desk.rules[r].alert].cleared_us = time_us


@numba.njit(cache=True, nogil=True)
def _condition_clears(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    desk.rules[r].present = False
    _take_out(desk.held, desk.counts, HELD, r)
    state = desk.rules[r].state
    if state == _NOTHING:
        return
    desk.rules[r].refractory_until_us = time_us + tables.rules[r].refractory_us
    if state != _ACKNOWLEDGED:
        for other in range(len(desk.rules)):
            if desk.rules[other].present and tables.relations[r, other] & MILDER:
                _step_back(desk, r, time_us)
                break
    if state != _ACKNOWLEDGED and tables.rules[r].latch:
        desk.rules[r].state = _LATCHED
        desk.rules[r].condition = False
        desk.rules[r].changed_us = time_us
    else:
        _end(desk, r, time_us, out)
    _uncover(desk, tables, r, time_us, out)


@numba.njit(cache=True, nogil=True)
def _step_back(desk: Desk, r: int, time_us: int) -> None:
    if desk.rules[r].step == 0:
        return
    desk.rules[r].step -= 1
    if desk.rules[r].state == _ESCALATED and desk.rules[r].step == 0:
        desk.rules[r].state = _RAISED
    desk.rules[r].unanswered_us = desk.rules[r].changed_us = time_us


@numba.njit(cache=True, nogil=True)
def _acknowledge(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    desk.rules[r].state = _ACKNOWLEDGED
    desk.rules[r].changed_us = time_us
    if desk.rules[r].present:
        _step_back(desk, r, time_us)
    else:
        _end(desk, r, time_us, out)
        _uncover(desk, tables, r, time_us, out)


@numba.njit(cache=True, nogil=True)
def _uncover(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    """Release what only this rule covered, the most urgent first."""
    if desk.counts[HELD] == 0:
        return
    waiting = desk.held[: desk.counts[HELD]].copy()
    for urgency in range(3, 0, -1):
        for other in waiting:
            if (
                tables.rules[other].urgency == urgency
                and tables.rules[other].group == tables.rules[r].group
                and desk.rules[other].held_until_us == NO_TIMER
                and _place(desk.held, desk.counts[HELD], other) >= 0
                and not _is_covered(desk, tables, other)
            ):
                _release(desk, tables, other, time_us, out)


@numba.njit(cache=True, nogil=True)
def _release(desk: Desk, tables: AlarmTables, r: int, time_us: int, out: NDArray[np.void]) -> None:
    """Raise what was held, or hold it further for another reason."""
    _take_out(desk.held, desk.counts, HELD, r)
    if _is_covered(desk, tables, r):
        _hold(desk, r, desk.rules[r].value, NO_TIMER)
    elif time_us < desk.rules[r].refractory_until_us:
        _hold(desk, r, desk.rules[r].value, desk.rules[r].refractory_until_us)
    else:
        _raise(desk, tables, r, time_us, desk.rules[r].value, out)


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
