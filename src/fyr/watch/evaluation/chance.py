"""How many events a policy would find by chance: alerts that have nothing to do with them, in windows as long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from fyr.record import PatientId
from fyr.watch.evaluation.course import Course, Event
from fyr.watch.evaluation.recorded import Recorded
from fyr.watch.evaluation.ward_courses import as_columns

__all__ = ["sensitivity_by_chance"]

_PLACES: Final = 48


def sensitivity_by_chance(
    courses: Mapping[PatientId, Course], recordings: Sequence[Recorded], events: Sequence[Event], lookback_us: int
) -> float | None:
    """Move each event's window to other places in its patient's recording, and return how often an alert falls in it.

    Parameters
    ----------
    courses : mapping of PatientId to Course
    recordings : sequence of Recorded
    events : sequence of Event
        Those that can be judged.
    lookback_us : int

    Returns
    -------
    float or None
        The mean over events of the share of the places, 48 evenly spaced around the recording (its end followed by its
        beginning) without those where the window overlaps itself, in which there is an alert. ``None`` where no window
        has room to move.
    """
    of = {one.patient: one for one in recordings}
    said = as_columns(courses)
    shares = []
    for event in events:
        recording = of[event.patient]
        span_us = recording.end_us - recording.start_us
        begin_us = max(event.onset_us - lookback_us, recording.start_us)
        length_us = min(event.end_us, recording.end_us) - begin_us
        moves_us = np.arange(1, _PLACES, dtype=np.int64) * span_us // _PLACES
        moves_us = moves_us[(moves_us > length_us) & (span_us - moves_us > length_us)]
        if moves_us.size:
            alerts_us = said.time_us[said.part(event.patient)]
            into_us = (alerts_us[None, :] - begin_us - moves_us[:, None]) % span_us
            shares.append(float((into_us <= length_us).any(axis=1).mean()))
    return float(f"{np.mean(shares):.6g}") if shares else None
