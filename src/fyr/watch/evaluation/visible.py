"""From when on the raw bedside monitor shows a deterioration: its first alarm that is more than chance.

A raw monitor alarms every quarter of an hour about nothing, so its first alarm after a true onset is mostly luck, and a
delay counted from it would reward noise. What counts here is the first raw alarm, within an event's window, that

- *lasts*: its own condition stands for at least half of the ten minutes that follow, so that a nurse who comes at once
  still finds it; and
- *is news*: its rule stood for less than a tenth of the six hours before the onset (a patient with chronic lung disease
  is below a limit all day).

The ten minutes, the half, the six hours and the tenth are Fyr's own choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.clock import HOUR_US, MINUTE_US
from fyr.watch.evaluation.course import Alert, Event

__all__ = ["visible_from_us"]

_LASTS_US: Final = 10 * MINUTE_US
_LASTS_SHARE: Final = 0.5
_BEFORE_US: Final = 6 * HOUR_US
_BEFORE_SHARE: Final = 0.1


def visible_from_us(event: Event, alerts: Sequence[Alert], begin_us: int, end_us: int) -> int | None:
    """Return when the raw monitor first showed an event, or ``None`` if it never did.

    Parameters
    ----------
    event : Event
    alerts : sequence of Alert
        The raw monitor's about the event's patient, in order of time.
    begin_us, end_us : int
        The event's window, both ends included.
    """
    of_rule: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for alert in alerts:
        until_us = alert.cleared_us if alert.cleared_us is not None else np.iinfo(np.int64).max // 2
        of_rule[alert.rule].append((alert.time_us, until_us))
    firsts = []
    for stretches in of_rule.values():
        standing = np.array(stretches, np.int64)
        if _share(standing, event.onset_us - _BEFORE_US, event.onset_us) >= _BEFORE_SHARE:
            continue
        for time_us in standing[:, 0].tolist():
            if begin_us <= time_us <= end_us and _share(standing, time_us, time_us + _LASTS_US) >= _LASTS_SHARE:
                firsts.append(time_us)
                break
    return min(firsts, default=None)


def _share(standing: NDArray[np.int64], from_us: int, to_us: int) -> float:
    """Return for which share of a stretch of time one rule's alarm stood; `standing` has no overlaps."""
    overlap = np.minimum(standing[:, 1], to_us) - np.maximum(standing[:, 0], from_us)
    return float(np.maximum(overlap, 0).sum()) / (to_us - from_us)
