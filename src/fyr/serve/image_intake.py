"""The one door for images that other systems send, by C-STORE or over DICOMweb: kept, or refused with the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from fyr.clock import Clock
from fyr.exchange.dicom.keeping import Given, Kept, Outcome, keep_objects
from fyr.exchange.incoming import Problem, ProblemKind
from fyr.record import PatientId
from fyr.record.record import Record
from fyr.serve.intake import SourceCounts
from fyr.serve.quarantine import Quarantine

__all__ = ["ImageIntake"]

_KINDS: Final = {
    Outcome.UNUSABLE: ProblemKind.UNREADABLE,
    Outcome.OTHER_CONTENT: ProblemKind.CONTRADICTION,
    Outcome.NOT_AS_SAID: ProblemKind.CONTRADICTION,
}


class ImageIntake:
    """Keeps what is sent; any thread may call it.

    Parameters
    ----------
    hospital : str
        Whose patient numbers the senders mean.
    quarantine : Quarantine
        Keeps what is refused, with the reason.
    clock : Clock
    on_patient : callable
        Is told of every patient of whom something is kept.
    """

    def __init__(
        self,
        hospital: str,
        quarantine: Quarantine,
        clock: Clock,
        *,
        on_patient: Callable[[PatientId], None] = lambda _: None,
    ) -> None:
        self.hospital: Final = hospital
        self._quarantine = quarantine
        self._clock = clock
        self._on_patient = on_patient
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._counts: dict[str, SourceCounts] = {}

    def take(self, record: Record, given: Sequence[Given], source: str) -> list[Kept]:
        """Keep objects, and say of each what became of it; all of that is durable when this returns.

        Parameters
        ----------
        record : Record
            Open on behalf of the sender.
        given : sequence of Given
        source : str
            Under which they are counted and quarantined.

        Raises
        ------
        ServiceUnavailable
            If nothing can be kept now: the sender is to send them again.
        """
        with self._turn:  # however many send at once, a ward's journal waits for one of them at most
            kept = keep_objects(record, given, self.hospital, source=source)
        refused = [
            (one.data, Problem(_KINDS[found.outcome], found.problem.what, found.problem.where, found.problem.mend))
            for one, found in zip(given, kept, strict=True)
            if found.problem is not None
        ]
        now_us = self._clock.now_us()
        self._quarantine.add(source, now_us, refused)
        for found in kept:
            if found.is_kept and found.instance is not None:
                self._on_patient(found.instance.patient)
        self._count(source, len(kept), len(refused), now_us)
        return kept

    def refuse(self, data: bytes, problem: Problem, source: str) -> None:
        """Keep, as refused, what could not even be tried.

        Raises
        ------
        ServiceUnavailable
            As :meth:`take`.
        """
        now_us = self._clock.now_us()
        self._quarantine.add(source, now_us, [(data, problem)])
        self._count(source, 1, 1, now_us)

    def counts(self, source: str) -> SourceCounts:
        """Return what came from a source since this server was started."""
        with self._lock:
            return replace(self._counts.get(source, SourceCounts()))

    def _count(self, source: str, messages: int, refused: int, now_us: int) -> None:
        with self._lock:
            counts = self._counts.setdefault(source, SourceCounts())
            counts.messages += messages
            counts.refused += refused
            counts.accepted += messages - refused
            counts.last_message_us = now_us
            if messages > refused:
                counts.last_accepted_us = now_us
