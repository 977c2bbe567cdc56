"""What goes into a ward: enough to build it again.

Inputs (admissions, samples, observations, actions, the passing of time) are given to the engine in the order in which
they stand in the journal. Feeding them to a new engine gives the same alarm events again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from fyr.attention import Action, AlarmEvent, Override, Revocation
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId, SampleBatch
from fyr.watch.arriving import ArrivingWard

__all__ = [
    "Acted",
    "Admitted",
    "Advanced",
    "Discharged",
    "Happened",
    "Input",
    "Moved",
    "Observed",
    "OnDuty",
    "Opened",
    "OwnLimits",
    "Recalled",
    "Sampled",
    "Took",
    "drive",
]

_LOG: Final = logging.getLogger("fyr.serve")


@dataclass(frozen=True, slots=True)
class Opened:
    """The ward was opened by this program under this policy."""

    time_us: int
    version: str
    policy: str
    policy_version: str
    policy_digest: str
    lateness_us: int = 0
    """How late a sample may come and still be taken."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A patient came to a bed."""

    patient: PatientId
    ward: str
    bed: str
    time_us: int
    moved_from: str = ""
    """The ward that the patient comes from, where another worker watched until now; of that nothing is known here."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A patient went to another bed, on this ward or another."""

    patient: PatientId
    ward: str
    bed: str
    time_us: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the record said of a patient: the newest of each code and of each model's outputs.

    Kept whether or not today's policy asks about it, so that another policy can replay the ward too.
    """

    patient: PatientId
    time_us: int
    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Discharged:
    """A patient left."""

    patient: PatientId
    time_us: int
    moved_to: str = ""
    """The ward where another worker watches the patient from now on; empty where nobody does."""

    @property
    def reason(self) -> str:
        """Why what stood about the patient ends."""
        if self.moved_to:
            return f"the patient has moved to ward {self.moved_to} and is watched anew there"
        return "the patient has left"


@dataclass(frozen=True, slots=True)
class Sampled:
    """Samples came."""

    batch: SampleBatch


@dataclass(frozen=True, slots=True)
class Observed:
    """Somebody observed something."""

    observation: Observation


@dataclass(frozen=True, slots=True)
class Acted:
    """A person acted on a notification."""

    patient: PatientId
    action: Action


@dataclass(frozen=True, slots=True)
class OnDuty:
    """So many nurses are on duty on a ward from now on, each of whom can take so many notifications in an hour."""

    ward: str
    nurses: int
    per_nurse_hour: float
    time_us: int


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """A person set a patient's own limits, or ended them."""

    event: Override | Revocation


@dataclass(frozen=True, slots=True)
class Took:
    """Here the ward took what another process had put for it, from one offset of that partition up to another.

    It stands for those entries: whoever follows the journal is given them, and not this.
    """

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """Time passed up to here."""

    time_us: int


@dataclass(frozen=True, slots=True)
class Happened:
    """An alarm event that the inputs before it caused."""

    event: AlarmEvent


Input = Opened | Admitted | Moved | Recalled | Discharged | Sampled | Observed | Acted | OwnLimits | OnDuty | Advanced


def drive(ward: ArrivingWard, entry: Input) -> list[AlarmEvent]:
    """Give one input to the ward and return what came of it.

    An input that is declined (an action on a notification that has just ended) changes nothing, and is declined again
    when it is replayed.
    """
    try:
        return _driven(ward, entry)
    except BadInput as problem:
        _declined(entry, problem)
        return []


def _declined(entry: Input, problem: BadInput) -> None:
    _LOG.warning("the engine declined an input (%s): %s", type(entry).__name__.lower(), problem.what)


def _driven(ward: ArrivingWard, entry: Input) -> list[AlarmEvent]:
    engine = ward.engine
    events: list[AlarmEvent] = []
    match entry:
        case Admitted(patient, where, _, time_us, _):
            events = engine.admit(patient, time_us, ward=where)
        case Recalled(patient, _, observations, findings):
            engine.foresee(patient, [*observations, *findings])
        case Moved(patient, where):
            events = engine.move(patient, where)
        case Discharged(patient):
            events = engine.discharge(patient, entry.reason)
        case Sampled(batch):
            ward.take(batch)
        case Observed(observation):
            ward.observe(observation)
        case Acted(patient, action):
            events = engine.pass_time(patient, action.time_us)
            try:
                events.extend(engine.act(patient, action))
            except BadInput as problem:  # what passed until then has happened all the same
                _declined(entry, problem)
        case OwnLimits(event):
            engine.foresee(event.patient, [event])
        case OnDuty(where, nurses, per_nurse_hour):
            events = engine.on_duty(where, nurses, per_nurse_hour)
        case Advanced(time_us):
            events = ward.advance(time_us)
        case Opened():
            ward.lateness_us = entry.lateness_us
    return events
