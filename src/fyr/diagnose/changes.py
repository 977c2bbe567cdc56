"""What is other than before: which answers moved, and by which inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fyr.clock import DAY_US
from fyr.diagnose.patient import Answered, Assessment
from fyr.models import Prediction
from fyr.record import Estimate, Observation, Refusal
from fyr.record.clinical import FACTS

__all__ = ["ChangedInput", "Moved", "before_the_last_change", "moved"]


@dataclass(frozen=True, slots=True)
class ChangedInput:
    """An input that is other than before; ``None`` where nothing was, or is, known."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """An answer that is other than before.

    Parameters
    ----------
    before, after : Answered
    estimates : tuple of (Estimate, Estimate)
        Each output that moved, before and after; empty where one of the answers is a refusal.
    inputs : tuple of ChangedInput
        What made it move. With the same model nothing else can.
    """

    before: Answered
    after: Answered
    estimates: tuple[tuple[Estimate, Estimate], ...]
    inputs: tuple[ChangedInput, ...]


def moved(before: Assessment, after: Assessment) -> tuple[Moved, ...]:
    """Compare two assessments of one patient, in the order of the page; answers that stayed are left out."""
    earlier = {one.name: one for one in before.answers}
    found = (_moved(earlier[one.name], one) for one in after.answers if one.name in earlier)
    return tuple(one for one in found if one is not None)


def before_the_last_change(observations: Sequence[Observation]) -> int | None:
    """Return the time of the latest clinical fact that is more than a day older than the newest one.

    What was known then is what a person saw before the newest facts came; ``None`` where there was nothing.
    """
    times = sorted({one.time_us for one in observations if one.code in FACTS})
    earlier = [time_us for time_us in times if time_us < times[-1] - DAY_US] if times else []
    return earlier[-1] if earlier else None


def _moved(before: Answered, after: Answered) -> Moved | None:
    inputs = tuple(_changed(before, after))
    one, other = before.answer, after.answer
    if isinstance(one, Prediction) and isinstance(other, Prediction):
        pairs = tuple(
            (one.estimates[name], estimate)
            for name, estimate in other.estimates.items()
            if one.estimates[name].value != estimate.value
        )
        return Moved(before, after, pairs, inputs) if pairs else None
    if isinstance(one, Refusal) and isinstance(other, Refusal):
        return None  # refused for another reason is refused all the same
    return Moved(before, after, (), inputs)


def _changed(before: Answered, after: Answered) -> Iterable[ChangedInput]:
    for name, value in after.evidence.items():
        if before.evidence.get(name) != value:
            yield ChangedInput(name, before.evidence.get(name), value)
