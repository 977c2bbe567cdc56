"""What is known of one patient's notifications, as arrays; and the side of it that is about sensors."""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.watch.columnar.alarm_tables import NO_TIMER, AlarmTables
from fyr.watch.kernel import NEVER

__all__ = [
    "ALERT",
    "ALERTS",
    "END_US",
    "HELD",
    "LIVE",
    "LOSS_US",
    "SUPPRESSED",
    "TECHNICALS",
    "Desk",
    "await_signal",
    "begin_account",
    "new_desk",
    "not_assessable_from",
    "signal_back",
    "tell_of_loss",
]

LIVE: Final = 0
HELD: Final = 1
ALERTS: Final = 2
SUPPRESSED: Final = 3
TECHNICALS: Final = 4
END_US: Final = 5
LOSS_US: Final = 6
"""Places of the counts, of the time from which on nothing is counted, and of when staff are next told of a loss."""

ALERT: Final = np.dtype(
    [("time_us", np.int64), ("cleared_us", np.int64), ("value", np.float64), ("rule", np.int32)], align=True
)
"""A notification about the patient's body; one about sensors is only counted. `cleared_us` is `NEVER` where it stood
until the recording's end."""


_RULE: Final = np.dtype(
    [
        ("unanswered_us", np.int64),
        ("changed_us", np.int64),
        ("held_until_us", np.int64),
        ("refractory_until_us", np.int64),
        ("value", np.float64),
        ("alert", np.int64),
        ("step", np.int32),
        ("state", np.int8),
        ("condition", np.bool_),
        ("present", np.bool_),
    ],
    align=True,
)
"""A rule's notification, or what is held of it; `held_until_us` is `NO_TIMER` where something covers it."""

_SIGNAL: Final = np.dtype(
    [("due_us", np.int64), ("since_us", np.int64), ("deaf_us", np.int64), ("standing", np.bool_)], align=True
)
"""When staff are to be told of its loss, whether they were; since when, and how long in all, it is not assessable."""


class Desk(NamedTuple):
    """What is known of one patient's notifications."""

    counts: NDArray[np.int64]
    """How many stand, are held; alerts, suppressions and technical notifications until now; two times that hold."""
    live: NDArray[np.int32]
    held: NDArray[np.int32]
    """Rules in the order in which they came; shape (rules,)."""
    rules: NDArray[np.void]
    signals: NDArray[np.void]

    @property
    def technical(self) -> int:
        """How many notifications there were about sensors."""
        return int(self.counts[TECHNICALS])

    @property
    def suppressed(self) -> int:
        """Of how many deviations nobody was told."""
        return int(self.counts[SUPPRESSED])

    @property
    def deaf_us(self) -> NDArray[np.int64]:
        """How long each signal could not be assessed."""
        return self.signals["deaf_us"]


def new_desk(rules: int, signals: int) -> Desk:
    """Return room for one patient; :func:`tell` clears it before it begins."""
    counts, places = np.zeros(7, np.int64), np.zeros((2, rules), np.int32)
    return Desk(counts, places[0].copy(), places[1].copy(), np.zeros(rules, _RULE), np.zeros(signals, _SIGNAL))


@numba.njit(cache=True, nogil=True)
def await_signal(desk: Desk, tables: AlarmTables, s: int, time_us: int) -> None:
    """Note when staff are to be told of a signal that is lost since a time."""
    after_us = tables.technical_after_us[s]
    if after_us != NO_TIMER:
        desk.signals[s].due_us = time_us + after_us
        _find_next_loss(desk)


@numba.njit(cache=True, nogil=True)
def begin_account(desk: Desk, admitted_us: int, start_us: int) -> None:
    """Note that no signal can be assessed from admission on."""
    for s in range(len(desk.signals)):
        not_assessable_from(desk, s, admitted_us, start_us)


@numba.njit(cache=True, nogil=True)
def not_assessable_from(desk: Desk, s: int, time_us: int, start_us: int) -> None:
    """Note since when a signal cannot be assessed: the earliest, within the recording."""
    from_us = max(time_us, start_us)
    if time_us < desk.counts[END_US] and (desk.signals[s].since_us == NEVER or from_us < desk.signals[s].since_us):
        desk.signals[s].since_us = from_us


@numba.njit(cache=True, nogil=True)
def signal_back(desk: Desk, s: int, time_us: int) -> None:
    """Note that a signal can be assessed again; what staff were told of its loss ends."""
    if desk.signals[s].due_us != NO_TIMER:
        desk.signals[s].due_us = NO_TIMER
        _find_next_loss(desk)
    desk.signals[s].standing = False
    if desk.signals[s].since_us != NEVER and time_us < desk.counts[END_US]:
        desk.signals[s].deaf_us += max(0, time_us - desk.signals[s].since_us)
        desk.signals[s].since_us = NEVER


@numba.njit(cache=True, nogil=True)
def tell_of_loss(desk: Desk, due_us: int) -> None:
    """Tell staff of the signals that are lost for too long at a time."""
    for s in range(len(desk.signals)):
        signal = desk.signals[s]
        if signal.due_us == due_us:
            signal.due_us = NO_TIMER
            if not signal.standing and due_us < desk.counts[END_US]:
                desk.counts[TECHNICALS] += 1
            signal.standing = True
    _find_next_loss(desk)


@numba.njit(cache=True, nogil=True)
def _find_next_loss(desk: Desk) -> None:
    next_us = NO_TIMER
    for s in range(len(desk.signals)):
        next_us = min(next_us, desk.signals[s].due_us)
    desk.counts[LOSS_US] = next_us
