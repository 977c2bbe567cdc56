"""FHIR R4 Observations, alone or in a Bundle, as what live sources hand on.

In a *batch*, a *collection* or a *message* every Observation is a message of its own: one that cannot be taken spoils
no other. A *transaction* is one message, all of it or nothing: whoever attributes and keeps a message does so whole.
Patients, encounters, places and devices beside the Observations say whom and where; they are not kept themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import orjson

from fyr.clock import MINUTE_US
from fyr.exchange.fhir.references import CONTEXT, Surroundings
from fyr.exchange.fhir.refusing import Refusal
from fyr.exchange.fhir.values import Said, said_by
from fyr.exchange.incoming import (
    Addressee,
    Incoming,
    IncomingObservation,
    IncomingSamples,
    Problem,
    ProblemKind,
)
from fyr.exchange.json_members import name_that_stands_twice

__all__ = ["SINGLE", "TRANSACTION", "ReadResources", "read_observations"]

SINGLE: Final = ""
"""The kind of what is no bundle."""

TRANSACTION: Final = "transaction"
_KINDS: Final = frozenset({"batch", "collection", "message", TRANSACTION})
_WRITES: Final = frozenset({"POST", "PUT"})
_MOST_PERIODS: Final = 1000
_NOT_AS_IT_SHOULD_BE: Final = "an element in it is of another kind than FHIR gives it"
_NOTHING_HERE: Final = "there is no Observation in the bundle"


@dataclass(frozen=True, slots=True)
class ReadResources:
    """What was read.

    Parameters
    ----------
    incoming : Incoming
    kind : str
        The type of the bundle; :data:`SINGLE` where it is none.
    entries : tuple of int or None
        Of each entry of the bundle which message it became; ``None`` for what only surrounds Observations.
    """

    incoming: Incoming
    kind: str
    entries: tuple[int | None, ...] = ()


def read_observations(
    data: bytes, source: str, *, patient_system: str = "", period_us: int = MINUTE_US
) -> ReadResources:
    """Read a Bundle or an Observation.

    Never raises: what cannot be read is a message with a problem.

    Parameters
    ----------
    data : bytes
        JSON, UTF-8; a byte-order mark is no excuse.
    source : str
        The name of the source.
    patient_system : str
        The system of the hospital's own patient numbers, where senders give several identifiers.
    period_us : int
        How long a single value stands for at most, microseconds.
    """
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        resource = orjson.loads(text)
        twice = name_that_stands_twice(text, resource)
    except orjson.JSONDecodeError as problem:
        return _refused(data, source, Problem(ProblemKind.UNREADABLE, f"it is not JSON: {problem}"))
    except RecursionError:
        return _refused(data, source, Problem(ProblemKind.UNREADABLE, "the JSON is nested too deeply"))
    if twice is not None:
        what = f"the name '{twice[:40]}' stands twice in an object"
        return _refused(data, source, Problem(ProblemKind.CONTRADICTION, what, mend="send it once"))
    kind = resource.get("resourceType") if type(resource) is dict else None
    columns = _Columns(Surroundings((), patient_system), period_us)
    if kind == "Observation":
        columns.add(data, [("Observation", resource)])
        return ReadResources(columns.incoming(source), SINGLE)
    if kind != "Bundle":
        what = f"a {kind} is not taken here" if type(kind) is str else "it is no FHIR resource"
        problem_kind = ProblemKind.UNSUPPORTED if type(kind) is str else ProblemKind.UNREADABLE
        return _refused(data, source, Problem(problem_kind, what, mend="send an Observation or a Bundle of them"))
    return _bundle(data, resource, source, patient_system, period_us)


def _bundle(data: bytes, bundle: dict[str, Any], source: str, patient_system: str, period_us: int) -> ReadResources:
    kind = bundle.get("type")
    sent = bundle.get("entry", [])
    if kind not in _KINDS:
        what = f"a bundle of the type {kind!r} is not taken here"
        return _refused(
            data, source, Problem(ProblemKind.UNSUPPORTED, what, "Bundle.type", f"send {', '.join(sorted(_KINDS))}")
        )
    if type(sent) is not list:
        return _refused(data, source, Problem(ProblemKind.UNREADABLE, "it is no list of entries", "Bundle.entry"))
    entries = [entry if type(entry) is dict else {} for entry in sent]
    columns = _Columns(Surroundings(entries, patient_system), period_us)
    told = [number for number, entry in enumerate(entries) if not _is_context(entry)]
    messages: list[int | None] = [None] * len(entries)
    if not told:
        return _refused(data, source, Problem(ProblemKind.INCOMPLETE, _NOTHING_HERE, "Bundle.entry"), str(kind))
    if kind == TRANSACTION:
        columns.add(data, [(f"Bundle.entry[{number}]", entries[number]) for number in told])
        for number in told:
            messages[number] = 0
    else:
        for message, number in enumerate(told):  # kept as JSON, which whoever mends the interface looks at
            columns.add(orjson.dumps(sent[number]), [(f"Bundle.entry[{number}]", entries[number])])
            messages[number] = message
    return ReadResources(columns.incoming(source), str(kind), tuple(messages))


def _is_context(entry: dict[str, Any]) -> bool:
    resource = entry.get("resource")
    return type(resource) is dict and resource.get("resourceType") in CONTEXT


def _refused(data: bytes, source: str, problem: Problem, kind: str = SINGLE) -> ReadResources:
    return ReadResources(Incoming(source, (data,), (problem,)), kind)


class _Columns:
    """Gathers what messages say, column by column."""

    def __init__(self, surroundings: Surroundings, period_us: int) -> None:
        self._surroundings = surroundings
        self._period_us = period_us
        self._addressees: dict[tuple[Addressee, str], int] = {}
        self._signals: dict[tuple[str, int], int] = {}
        self._raw: list[bytes] = []
        self._problems: list[Problem | None] = []
        self._samples: list[tuple[int, int, int, float, int, int]] = []
        self._observed: list[IncomingObservation] = []

    def add(self, raw: bytes, resources: list[tuple[str, dict[str, Any]]]) -> None:
        """Add a message of one or many resources (or entries that hold them): all that they say, or why not."""
        message = len(self._raw)
        self._raw.append(raw)
        understood: list[tuple[Addressee, Said, str]] = []
        for within, resource in resources:
            where = within
            try:
                if within.startswith("Bundle"):
                    observation = _observation_of(resource)
                    where = f"{within}.resource"
                else:
                    observation = resource
                meant = self._surroundings.addressee(observation)
                understood.append((meant, said_by(observation, self._period_us), where))
            except Refusal as problem:
                self._problems.append(problem.problem(where))
                return
            except (TypeError, AttributeError):  # an object where text is due, a list where an object is due
                self._problems.append(Problem(ProblemKind.UNREADABLE, _NOT_AS_IT_SHOULD_BE, where))
                return
        if len(self._signals) + sum(len(said.samples) for _, said, _ in understood) > _MOST_PERIODS and (
            len(self._signals.keys() | {sample[:2] for _, said, _ in understood for sample in said.samples})
            > _MOST_PERIODS
        ):
            self._problems.append(Problem(ProblemKind.TOO_LARGE, "there are too many different periods in it"))
            return
        self._problems.append(None)
        for meant, said, where in understood:
            # Only of one of several resources must be said which one is meant.
            addressee = replace(meant, where=where) if len(understood) > 1 else meant
            whom = self._addressees.setdefault((addressee, addressee.where), len(self._addressees))
            for signal, period_us, time_us, value, quality in said.samples:
                index = self._signals.setdefault((signal, period_us), len(self._signals))
                self._samples.append((whom, index, time_us, value, quality, message))
            for code, time_us, answer, status in said.observed:
                self._observed.append(IncomingObservation(message, addressee, code, time_us, answer, None, status))

    def incoming(self, source: str) -> Incoming:
        """Return everything as columns."""
        samples = IncomingSamples.none()
        if self._samples:
            whom, signal, time_us, value, quality, message = zip(*self._samples, strict=True)
            samples = IncomingSamples(
                addressees=tuple(addressee for addressee, _ in self._addressees),
                addressee_index=np.array(whom, np.int32),
                signals=tuple(name for name, _ in self._signals),
                signal_index=np.array(signal, np.int16),
                time_us=np.array(time_us, np.int64),
                value=np.array(value, np.float64),
                quality=np.array(quality, np.uint8),
                period_us=np.array([period for _, period in self._signals], np.int64),
                message_index=np.array(message, np.int32),
            )
        return Incoming(source, tuple(self._raw), tuple(self._problems), samples, tuple(self._observed))


def _observation_of(entry: dict[str, Any]) -> dict[str, Any]:
    request = entry.get("request")
    if request is not None:
        method = request.get("method") if type(request) is dict else None
        if method not in _WRITES:
            raise Refusal(ProblemKind.UNSUPPORTED, f"{method!r} is not done here", "request.method", "use POST or PUT")
    resource = entry.get("resource")
    if type(resource) is not dict:
        raise Refusal(ProblemKind.INCOMPLETE, "there is no resource in the entry", "resource")
    if resource.get("resourceType") != "Observation":
        raise Refusal(
            ProblemKind.UNSUPPORTED, f"a {resource.get('resourceType')} is not taken here", "resource.resourceType"
        )
    return resource
