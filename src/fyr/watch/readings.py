"""What a person wrote down that counts as a reading of a signal, as a cuff's does."""

from __future__ import annotations

from fyr.attention import Policy
from fyr.record import Observation, Status

__all__ = ["as_reading"]


def as_reading(policy: Policy, observation: Observation) -> float | None:
    """Return the value of an observation that counts as a reading (a cuff pressure written down), else ``None``."""
    signal = policy.signals.get(observation.code)
    if signal is None or signal.continuous or observation.status is not Status.PRESENT:
        return None
    return float(observation.value) if isinstance(observation.value, float | int) else None
