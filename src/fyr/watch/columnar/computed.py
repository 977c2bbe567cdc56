"""The scores and derived signals of one recording as columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fyr.attention import Policy
from fyr.record import Observation, PatientId, Quality, Series
from fyr.watch.columnar.streams import Stream, Streams
from fyr.watch.recorded_grid import compute_recorded

__all__ = ["computed_columns"]


def computed_columns(
    patient: PatientId,
    policy: Policy,
    streams: Streams,
    observations: Sequence[Observation],
    replay_us: tuple[int, int],
) -> dict[str, Stream]:
    """Compute what the policy reads beside the measured signals; by name."""
    if not policy.scores and not policy.derived:
        return {}
    series = [
        Series(
            patient,
            name,
            "1",
            part.time_us,
            part.value,
            np.where(np.isnan(part.value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8),
            part.period_us,
        )
        for name, parts in streams.items()
        for part in parts
    ]
    computed, _ = compute_recorded(patient, policy, series, observations, *replay_us)
    return {one.signal: Stream(one.time_us, one.value, one.period_us) for one in computed}
