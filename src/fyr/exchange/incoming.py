"""What devices and other systems send, read but not yet attributed: the one form that every live source hands on.

A source (HL7 v2 over MLLP, MQTT, SDC, FHIR, a growing table) turns bytes into an :class:`Incoming` and gives it to a
:data:`Take`. When that returns, every message that was accepted is durable, and every one that was not is kept too,
with the reason: the source tells its sender which.

Whom a message is about stands in it as the sender says it, an :class:`Addressee`: a patient's number, a place, or
both. Which patient that is, at the time of the sample, is decided where the stays are known, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.record import Status

__all__ = [
    "Addressee",
    "Incoming",
    "IncomingObservation",
    "IncomingSamples",
    "Movement",
    "MovementKind",
    "Problem",
    "ProblemKind",
    "Source",
    "SourceHealth",
    "SourceState",
    "Take",
    "Verdict",
]


@dataclass(frozen=True, slots=True, order=True)
class Addressee:
    """Whom a message says that it is about; what it does not say is empty.

    Parameters
    ----------
    patient : str
        The hospital's own number of the patient.
    ward, bed : str
        Where the sender believes that the patient lies.
    where : str
        Where in the message it says so, for a message that is about several: it makes no difference to whom is meant.
    """

    patient: str = ""
    ward: str = ""
    bed: str = ""
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class IncomingSamples:
    """Samples of many messages as columns, in the order in which they came.

    Parameters
    ----------
    addressees : tuple of Addressee
    addressee_index : ndarray of int32, shape (n,)
        Position in `addressees` of each sample.
    signals : tuple of str
        Names of :data:`fyr.record.vocabulary.SIGNALS`.
    signal_index : ndarray of int16, shape (n,)
        Position in `signals` of each sample.
    time_us : ndarray of int64, shape (n,)
        Event times, microseconds UTC.
    value : ndarray of float64, shape (n,)
        In the unit of the vocabulary; NaN where the quality is unknown or not done.
    quality : ndarray of uint8, shape (n,)
        :class:`fyr.record.Quality` of each sample.
    period_us : ndarray of int64, shape (n_signals,)
        The nominal time between samples of each signal.
    message_index : ndarray of int32, shape (n,)
        Which message of the :class:`Incoming` each sample came in.

    Raises
    ------
    BadInput
        If the columns differ in length.
    """

    addressees: tuple[Addressee, ...]
    addressee_index: NDArray[np.int32]
    signals: tuple[str, ...]
    signal_index: NDArray[np.int16]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    period_us: NDArray[np.int64]
    message_index: NDArray[np.int32]

    def __post_init__(self) -> None:
        columns = (self.addressee_index, self.signal_index, self.value, self.quality, self.message_index)
        if any(len(column) != len(self.time_us) for column in columns) or len(self.period_us) != len(self.signals):
            raise BadInput("the columns of incoming samples differ in length")

    def __len__(self) -> int:
        return len(self.time_us)

    @classmethod
    def none(cls) -> IncomingSamples:
        """Return no samples."""
        return cls(
            (),
            np.empty(0, np.int32),
            (),
            np.empty(0, np.int16),
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty(0, np.uint8),
            np.empty(0, np.int64),
            np.empty(0, np.int32),
        )


@dataclass(frozen=True, slots=True)
class IncomingObservation:
    """One thing that a person saw, asked or wrote down; fields as in :class:`fyr.record.Observation`."""

    message: int
    """Which message of the :class:`Incoming` it came in."""
    addressee: Addressee
    code: str
    time_us: int
    value: float | str | bool | None
    unit: str | None
    status: Status


class MovementKind(StrEnum):
    """What happened to a patient's place (HL7 v2 trigger events A01, A02, A03, A08)."""

    ADMIT = "admit"
    MOVE = "move"
    DISCHARGE = "discharge"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Movement:
    """A patient comes, moves, leaves, or is described anew.

    Parameters
    ----------
    message : int
        Which message of the :class:`Incoming` it came in.
    kind : MovementKind
    addressee : Addressee
        The patient, and the place where the patient lies from then on; none after a discharge.
    time_us : int
        When, microseconds UTC.
    attributes : mapping
        What is said of the patient: ``birth_year`` (int), ``sex`` (``female``, ``male``, ``other``, ``unknown``).
        Names and addresses are not taken over.
    """

    message: int
    kind: MovementKind
    addressee: Addressee
    time_us: int
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ProblemKind(StrEnum):
    """Why a message was not accepted."""

    UNREADABLE = "unreadable"
    """It is not what it claims to be: half a message, a wrong character set, a number that is none."""
    INCOMPLETE = "incomplete"
    """Something that is needed is not in it."""
    UNSUPPORTED = "unsupported"
    """It is well formed, and not of a kind that is taken here."""
    TOO_LARGE = "too large"
    UNKNOWN_PATIENT = "unknown patient"
    """Nobody of that number is admitted, or nobody lay in that bed at that time."""
    CONTRADICTION = "contradiction"
    """The patient and the place do not belong together, or the bed is taken."""
    FLOODED = "flooded"
    """The sender sends more than it may."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a message: what, where in it, and how to mend it."""

    kind: ProblemKind
    what: str
    where: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Some messages of one source, in the order in which they came.

    Parameters
    ----------
    source : str
        The name of the source.
    raw : tuple of bytes
        The messages as they came, for those that are not accepted.
    problems : tuple of Problem or None
        Of each message what kept it from being read; nothing else stands here of such a one.
    samples : IncomingSamples
    observations : tuple of IncomingObservation
    movements : tuple of Movement
    """

    source: str
    raw: tuple[bytes, ...]
    problems: tuple[Problem | None, ...]
    samples: IncomingSamples = field(default_factory=IncomingSamples.none)
    observations: tuple[IncomingObservation, ...] = ()
    movements: tuple[Movement, ...] = ()

    def __post_init__(self) -> None:
        if len(self.raw) != len(self.problems):
            raise BadInput(f"{len(self.raw)} messages came with {len(self.problems)} answers", where=self.source)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message: accepted and durable, or not accepted, and kept with the reason.

    Parameters
    ----------
    problem : Problem or None
        ``None`` where it was accepted.
    kept : bool
        Whether what the verdict says is durable. If not, the sender keeps the message and sends it again.
    """

    problem: Problem | None = None
    kept: bool = True

    @property
    def is_accepted(self) -> bool:
        """Whether the message was accepted."""
        return self.problem is None and self.kept


Take = Callable[[Incoming], Sequence[Verdict]]
"""Takes messages and returns one verdict each; blocks until they are durable, never raises. Any thread may call it."""


class SourceState(StrEnum):
    """How a source is."""

    STARTING = "starting"
    LISTENING = "listening"
    """It waits for others to connect."""
    CONNECTED = "connected"
    LOST = "lost"
    """It cannot reach what it reads from, and tries again."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is, in words that name no patient.

    Parameters
    ----------
    state : SourceState
    detail : str
        Where it listens or reads, or what is wrong.
    connections : int
        How many senders are connected now.
    """

    state: SourceState
    detail: str = ""
    connections: int = 0


class Source(Protocol):
    """A live source. It runs in threads of its own from `start` to `stop`, and outlives every fault of a sender."""

    name: str

    def start(self, take: Take) -> None:
        """Begin; returns at once or when it listens.

        Raises
        ------
        ServiceUnavailable
            If it can never work as it was set up: a port that is taken.
        """
        ...

    def stop(self) -> None:
        """Take nothing more; returns when what was taken is answered."""
        ...

    def health(self) -> SourceHealth:
        """Say how it is; any thread may ask."""
        ...
