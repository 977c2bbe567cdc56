"""The coordinator's journal of one study: what was asked, what came, who was left out and what was found.

Everything is on the disk before it has an effect: a question before it is sent, an answer before it is counted, who is
left out before the study goes on without them. So a coordinator that was killed goes on where it was.

Two digests say that two runs were the same. The log's chain covers the file, with times and the order in which answers
happened to come. The *transcript* covers what was asked, answered and decided, in the study's order of sites: it is the
same for a run that was killed a hundred times and one that never was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from fyr.clock import Clock, SystemClock
from fyr.errors import BadInput, Refused
from fyr.learn.federation.append_log import AppendLog, Disk
from fyr.learn.federation.envelope import payload_of
from fyr.learn.federation.message import Payload, decode, encode
from fyr.learn.federation.rounds import Question
from fyr.learn.federation.study import Study
from fyr.version import __version__

__all__ = ["FORM", "Round", "RoundJournal"]

FORM: Final = 1


@dataclass(slots=True, eq=False)
class Round:
    """One round, as far as it has come.

    Parameters
    ----------
    number : int
        From 0, over all beginnings of the study.
    asked : bytes
        The question's step and values.
    answers : dict of str to bytes
        By site, sealed.
    payloads : dict of str to mapping
        By site, what was read in its answer; let go of when the method has been told.
    closed : bool
        Whether the method was, or may be, told the sums.
    left_out : dict of str to str
        Whom the study goes on without from here, and why; it begins again then.
    """

    number: int
    asked: bytes
    answers: dict[str, bytes] = field(default_factory=dict)
    payloads: dict[str, Payload] = field(default_factory=dict)
    closed: bool = False
    left_out: dict[str, str] = field(default_factory=dict)

    def payload(self, site: str) -> Payload:
        """Return the sums of a site, and what it said."""
        if site not in self.payloads:
            self.payloads[site] = payload_of(self.answers[site])
        return self.payloads[site]


class RoundJournal:
    """A journal, open for the one coordinator that conducts the study.

    Parameters
    ----------
    path : Path or None
        None keeps it in memory.
    study : Study
    disk : Disk, optional
    clock : Clock, optional
        Of the coordinator; what it says is for people, and decides nothing.

    Raises
    ------
    BadInput
        If the file is of another study, or damaged.
    ServiceUnavailable
        If another coordinator has it open, or the disk cannot be written.
    """

    def __init__(
        self, path: Path | None, study: Study, *, disk: Disk | None = None, clock: Clock | None = None
    ) -> None:
        self._study, self._clock = study, clock or SystemClock()
        self.rounds: dict[int, Round] = {}
        self._later: list[dict[str, Any]] = []
        self._transcript = hashlib.sha256(study.encode()).digest()
        self.contradictions: dict[str, int] = {}
        self._result: bytes | None = None
        self._written_by = __version__
        self._log: AppendLog | None = None
        if path is None:
            return
        head = {
            "kind": "coordinator",
            "form": FORM,
            "study": np.frombuffer(study.encode(), np.uint8),
            "fyr": __version__,
            "at_us": self._clock.now_us(),
        }
        self._log = AppendLog(path, head, disk)
        try:
            self._read(self._log.records, path)
        except BaseException:
            self._log.close()
            raise

    def _read(self, records: list[dict[str, Any]], path: Path) -> None:
        head = records[0]
        if head.get("kind") != "coordinator" or head.get("form") != FORM:
            raise BadInput(
                f"this journal has form {head.get('form')}, of Fyr {head.get('fyr')}; Fyr {__version__} reads {FORM}",
                where=str(path),
                mend="name another folder",
            )
        if head["study"].tobytes() != self._study.encode():
            raise BadInput(
                f"this is the journal of another study ({decode(head['study'].tobytes()).get('name')})",
                where=str(path),
                mend="give the same sites and options as when it began, or name another folder",
            )
        self._written_by = str(head["fyr"])
        for one in records[1:]:
            self._take(one)

    def _take(self, one: Mapping[str, Any]) -> None:
        match one["kind"]:
            case "question":
                self.rounds[one["round"]] = Round(one["round"], one["asked"].tobytes())
            case "answer":
                self.rounds[one["round"]].answers[one["site"]] = one["sealed"].tobytes()
            case "closed":
                self._close(self.rounds[one["round"]])
            case "left out":
                self.rounds[one["round"]].left_out = dict(one["sites"])
                self._note({"round": one["round"], "left_out": one["sites"]})
            case "contradiction":
                self.contradictions[one["site"]] = one["round"]
            case "result":
                self._result = one["result"].tobytes()

    def _add(self, *records: dict[str, Any]) -> None:
        at_us = self._clock.now_us()
        if self._log is not None:
            self._log.append(*self._later, *({**one, "at_us": at_us} for one in records))
            self._later = []
        for one in records:
            self._take(one)

    def _close(self, one: Round) -> None:
        one.closed = True
        answers = {site: one.payload(site) for site in one.answers}
        self._note({"round": one.number, "asked": _bytes(one.asked), "answers": answers})

    def _note(self, said: Payload) -> None:
        self._transcript = hashlib.sha256(self._transcript + encode(said)).digest()

    def ask(self, number: int, question: Question, among: Iterable[str]) -> Round:
        """Return a round; a question that was asked before must be the same now, bit for bit.

        Raises
        ------
        Refused
            If it is not: this Fyr computes differently from the one that began the study.
        """
        asked = encode({"step": question.step, "values": question.values})
        known = self.rounds.get(number)
        if known is None:
            self._add({"kind": "question", "round": number, "asked": _bytes(asked), "sites": list(among)})
            return self.rounds[number]
        if known.asked != asked:
            raise self._differs(f"the question of round {number + 1}")
        return known

    def answered(self, number: int, come: Mapping[str, bytes]) -> None:
        """Keep sealed answers of a round."""
        self._add(
            *(
                {"kind": "answer", "round": number, "site": site, "sealed": _bytes(sealed)}
                for site, sealed in come.items()
            )
        )

    def close_round(self, number: int) -> None:
        """Keep that the answers of a round are complete.

        That alone has no effect outside: it goes to the disk with what follows from it, the next question or the
        result.
        """
        record = {"kind": "closed", "round": number}
        if self._log is not None:
            self._later.append({**record, "at_us": self._clock.now_us()})
        self._take(record)

    def leave_out(self, number: int, reasons: Mapping[str, str]) -> None:
        """Keep whom the study goes on without."""
        self._add({"kind": "left out", "round": number, "sites": dict(reasons)})

    def refused(self, number: int, site: str, reason: str) -> None:
        """Keep that a site refused, for whoever looks; it may be asked again."""
        self._add({"kind": "refusal", "round": number, "site": site, "reason": reason})

    def contradicted(self, number: int, site: str, sealed: bytes) -> None:
        """Keep a second answer of a site that is not its first, as the site signed it."""
        self._add({"kind": "contradiction", "round": number, "site": site, "sealed": _bytes(sealed)})

    def finish(self, result: bytes) -> None:
        """Keep the result.

        Raises
        ------
        Refused
            If another one is kept: this Fyr computes differently from the one that ended the study.
        """
        if self._result is None:
            self._add({"kind": "result", "result": _bytes(result), "transcript": self.transcript()})
        elif self._result != result:
            raise self._differs("the result")

    def transcript(self) -> str:
        """Return the digest of what was asked, answered and decided."""
        return self._transcript.hex()

    @property
    def chain(self) -> str:
        """The digest of the file; empty in memory."""
        return "" if self._log is None else self._log.chain

    def close(self) -> None:
        """Let go of the file."""
        if self._log is not None:
            self._log.close()

    def _differs(self, what: str) -> Refused:
        return Refused(
            f"{what} is not what the journal has: Fyr {self._written_by} began it, and this is Fyr {__version__}",
            where=self._study.name,
            mend="go on with the version, the libraries and the processor that began it, or begin the study anew",
        )


def _bytes(data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(data, np.uint8)
