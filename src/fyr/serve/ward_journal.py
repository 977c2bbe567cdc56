"""What goes into a ward, and what came of it, as entries of the journal: enough to build the ward again.

Inputs (admissions, samples, observations, actions, the passing of time) stand in the journal in the order in which
the engine took them, each before its effect was shown. The alarm events that they caused follow them, under keys, so
that an event is never there twice. Feeding the inputs to a new engine gives the same events again.

A batch of samples is kept in its own compact bytes; every other entry is a JSON document with a ``kind``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import orjson

from fyr.attention import Acknowledge, Act, Action, AlarmEvent, Override, Pause, Revocation
from fyr.errors import BadInput
from fyr.record import Estimate, Finding, ModelReference, Observation, PatientId, Refusal, SampleBatch, Status
from fyr.watch.arriving import ArrivingWard

__all__ = [
    "Acted",
    "Admitted",
    "Advanced",
    "Discharged",
    "EventDigest",
    "Happened",
    "Input",
    "Observed",
    "OnDuty",
    "Opened",
    "OwnLimits",
    "Recalled",
    "Sampled",
    "WardJournal",
    "drive",
    "same_event",
]


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
class Advanced:
    """Time passed up to here."""

    time_us: int


@dataclass(frozen=True, slots=True)
class Happened:
    """An alarm event that the inputs before it caused."""

    event: AlarmEvent


Input = Opened | Admitted | Recalled | Discharged | Sampled | Observed | Acted | OwnLimits | OnDuty | Advanced

_LOG: Final = logging.getLogger("fyr.serve")
_SAMPLES: Final = b"FYRS"
_ACTIONS: Final[Mapping[str, type[Acknowledge] | type[Pause] | type[Act]]] = {
    "acknowledge": Acknowledge,
    "pause": Pause,
    "act": Act,
}


class _Journal(Protocol):
    def append(self, partition: str, payloads: Sequence[bytes], *, keys: Sequence[str] | None = None) -> Any: ...
    def read(self, partition: str, from_offset: int = 0, limit: int | None = None) -> Iterator[Any]: ...


class WardJournal:
    """One partition of the record's journal, in the ward's own words."""

    def __init__(self, journal: _Journal, partition: str) -> None:
        self._journal = journal
        self._partition = partition

    def append(self, inputs: Sequence[Input]) -> None:
        """Keep inputs, all or none; durable when it returns."""
        self._journal.append(self._partition, [_encode(entry) for entry in inputs])

    def append_events(self, events: Sequence[AlarmEvent], *, opened_us: int) -> None:
        """Keep events; one that was kept since the ward was opened at `opened_us` is not kept twice."""
        if events:
            self._journal.append(
                self._partition,
                [_encode(Happened(event)) for event in events],
                keys=[f"{opened_us}:{event.patient}:{event.sequence}" for event in events],
            )

    def read(self) -> Iterator[Input | Happened]:
        """Return everything from the beginning."""
        for entry in self._journal.read(self._partition):
            yield _decode(entry.payload)


class EventDigest:
    """A digest over a stream of events: two streams with the same one are the same, in the same order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.count = 0

    def add(self, event: AlarmEvent) -> None:
        """Continue with one event."""
        self._digest.update(_canonical(event))
        self.count += 1

    def hexdigest(self) -> str:
        """Return the digest so far."""
        return self._digest.hexdigest()


def drive(ward: ArrivingWard, entry: Input) -> list[AlarmEvent]:
    """Give one input to the ward and return what came of it.

    An input that is declined (an action on a notification that has just ended) changes nothing, and is declined again
    when it is replayed.
    """
    try:
        return _driven(ward, entry)
    except BadInput as problem:
        _LOG.warning("the engine declined an input (%s): %s", type(entry).__name__.lower(), problem.what)
        return []


def _driven(ward: ArrivingWard, entry: Input) -> list[AlarmEvent]:
    engine = ward.engine
    events: list[AlarmEvent] = []
    match entry:
        case Admitted(patient, where, _, time_us):
            events = engine.admit(patient, time_us, ward=where)
        case Recalled(patient, _, observations, findings):
            engine.foresee(patient, [*observations, *findings])
        case Discharged(patient):
            engine.discharge(patient)
        case Sampled(batch):
            ward.take(batch)
        case Observed(observation):
            ward.observe(observation)
        case Acted(patient, action):
            events = engine.act(patient, action)
        case OwnLimits(event):
            engine.foresee(event.patient, [event])
        case OnDuty(where, nurses, per_nurse_hour):
            events = engine.on_duty(where, nurses, per_nurse_hour)
        case Advanced(time_us):
            events = ward.advance(time_us)
        case Opened():
            ward.lateness_us = entry.lateness_us
    return events


def same_event(one: AlarmEvent, other: AlarmEvent) -> bool:
    """Return whether two events say the same, whatever container their details stand in."""
    return _canonical(one) == _canonical(other)


def _canonical(event: AlarmEvent) -> bytes:
    return orjson.dumps(event.as_dict(), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def _encode(entry: Input | Happened) -> bytes:
    match entry:
        case Sampled(batch):
            return batch.encode()
        case Observed(observation):
            document: dict[str, Any] = {"observation": _with_patient(observation)}
        case Recalled(patient, time_us, observations, findings):
            document = {
                "patient": str(patient),
                "time_us": time_us,
                "observations": [_with_patient(one) for one in observations],
                "findings": [_with_patient(one) for one in findings],
            }
        case Acted(patient, action):
            name = type(action).__name__.lower()
            document = {"patient": str(patient), "action": name, "fields": asdict(action)}
        case OwnLimits(event):
            document = {type(event).__name__.lower(): event.as_dict()}
        case Happened(event):
            document = {"event": event.as_dict()}
        case Admitted(patient) | Discharged(patient):
            document = {**asdict(entry), "patient": str(patient)}
        case Opened() | Advanced() | OnDuty():
            document = asdict(entry)
    kind = type(entry).__name__.lower()
    return orjson.dumps({"kind": kind, **document}, option=orjson.OPT_SERIALIZE_NUMPY)


def _decode(payload: bytes) -> Input | Happened:
    if payload.startswith(_SAMPLES):
        return Sampled(SampleBatch.decode(payload))
    document = orjson.loads(payload)
    kind = document.pop("kind")
    if "patient" in document:
        document["patient"] = PatientId.parse(document["patient"])
    if kind not in _DECODERS:
        raise BadInput(
            f"the ward's journal holds an entry of the unknown kind '{kind}'",
            mend="open it with the Fyr that wrote it, or a newer one",
        )
    return _DECODERS[kind](document)


def _with_patient(one: Observation | Finding) -> dict[str, Any]:
    return {**asdict(one), "patient": str(one.patient)}


def _observation(fields: dict[str, Any]) -> Observation:
    patient, status = PatientId.parse(fields["patient"]), Status(fields["status"])
    return Observation(**{**fields, "patient": patient, "status": status})


def _finding(fields: dict[str, Any]) -> Finding:
    said = fields["answer"]
    answer = Estimate(**said) if "output" in said else Refusal(said["reason"], tuple(said["inputs"]))
    patient, reference = PatientId.parse(fields["patient"]), ModelReference(**fields["model"])
    return Finding(**{**fields, "patient": patient, "model": reference, "answer": answer})


def _recalled(document: dict[str, Any]) -> Recalled:
    observations = tuple(_observation(one) for one in document["observations"])
    findings = tuple(_finding(one) for one in document["findings"])
    return Recalled(document["patient"], document["time_us"], observations, findings)


def _acted(document: dict[str, Any]) -> Acted:
    return Acted(document["patient"], _ACTIONS[document["action"]](**document["fields"]))


def _own_limits(document: dict[str, Any]) -> OwnLimits:
    if "override" in document:
        return OwnLimits(Override.from_dict(document["override"]))
    return OwnLimits(Revocation.from_dict(document["revocation"]))


_DECODERS: Final[Mapping[str, Callable[[dict[str, Any]], Input | Happened]]] = {
    "opened": lambda document: Opened(**document),
    "admitted": lambda document: Admitted(**document),
    "discharged": lambda document: Discharged(**document),
    "observed": lambda document: Observed(_observation(document["observation"])),
    "recalled": _recalled,
    "acted": _acted,
    "ownlimits": _own_limits,
    "onduty": lambda document: OnDuty(**document),
    "advanced": lambda document: Advanced(**document),
    "happened": lambda document: Happened(AlarmEvent.from_dict(document["event"])),
}
