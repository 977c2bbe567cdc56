"""The entries of a ward's journal as bytes.

A batch of samples is kept in its own compact bytes; every other entry is a JSON document with a ``kind``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

import orjson

from fyr.attention import Acknowledge, Act, AlarmEvent, Override, Pause, Revocation
from fyr.errors import BadInput
from fyr.record import Estimate, Finding, ModelReference, Observation, PatientId, Refusal, SampleBatch, Status
from fyr.serve.ward_inputs import (
    Acted,
    Admitted,
    Advanced,
    Discharged,
    Happened,
    Input,
    Moved,
    Observed,
    OnDuty,
    Opened,
    OwnLimits,
    Recalled,
    Sampled,
    Took,
)

__all__ = ["decode_entry", "encode_entry"]

_SAMPLES: Final = b"FYRS"
_ACTIONS: Final[Mapping[str, type[Acknowledge] | type[Pause] | type[Act]]] = {
    "acknowledge": Acknowledge,
    "pause": Pause,
    "act": Act,
}


def encode_entry(entry: Input | Took | Happened) -> bytes:
    """Return the bytes of one entry."""
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
        case Admitted(patient) | Moved(patient) | Discharged(patient):
            document = {**asdict(entry), "patient": str(patient)}
        case Opened() | Advanced() | OnDuty() | Took():
            document = asdict(entry)
    kind = type(entry).__name__.lower()
    return orjson.dumps({"kind": kind, **document}, option=orjson.OPT_SERIALIZE_NUMPY)


def decode_entry(payload: bytes) -> Input | Took | Happened:
    """Return the entry that bytes hold.

    Raises
    ------
    BadInput
        If they hold none that this Fyr knows.
    """
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


_DECODERS: Final[Mapping[str, Callable[[dict[str, Any]], Input | Took | Happened]]] = {
    "opened": lambda document: Opened(**document),
    "admitted": lambda document: Admitted(**document),
    "moved": lambda document: Moved(**document),
    "discharged": lambda document: Discharged(**document),
    "observed": lambda document: Observed(_observation(document["observation"])),
    "recalled": _recalled,
    "acted": _acted,
    "ownlimits": _own_limits,
    "onduty": lambda document: OnDuty(**document),
    "took": lambda document: Took(**document),
    "advanced": lambda document: Advanced(**document),
    "happened": lambda document: Happened(AlarmEvent.from_dict(document["event"])),
}
