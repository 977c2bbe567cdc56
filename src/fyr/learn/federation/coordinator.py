"""The coordinator: it puts a method's questions to the sites, round by round, until the method has its result.

Who takes part never changes within a run of the method. When a site is left out (it was silent past the deadline and
the quorum answered, or the study's rule leaves out a site that refuses or contradicts itself), the method begins again
with the remaining ones. So the result is that of the pooled rows of exactly the sites that it names.

No decision depends on a site's clock, and none on the coordinator's but one: how long to wait.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import Refused, ServiceUnavailable
from fyr.learn.federation.arrivals import Arrivals
from fyr.learn.federation.disclosure.mask_names import about_masks
from fyr.learn.federation.disclosure.mask_rounds import as_study_asks
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import Payload
from fyr.learn.federation.methods import method
from fyr.learn.federation.round_journal import Round, RoundJournal
from fyr.learn.federation.rounds import Answer, Answers, Doubted, Question
from fyr.learn.federation.study import Study
from fyr.learn.federation.transport import Transport

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Outcome", "conduct"]

_NO_ANSWER: Final = "no answer"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a study found, and what it cost.

    Parameters
    ----------
    result : dict
        The method's.
    rounds : int
        The method's own, those of earlier beginnings too; questions about masks come between them.
    bytes_per_round : dict of str to list of int
        By site: the size of each answer.
    sites : tuple of str
        Whose rows the result is of.
    left_out : dict of str to str
        Whose it is not, and why.
    transcript : str
        The digest of what was asked, answered and decided.
    set_aside : dict of str to int
        How many messages were not taken, by reason.
    """

    result: dict[str, Any]
    rounds: int
    bytes_per_round: dict[str, list[int]]
    sites: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    transcript: str = ""
    set_aside: dict[str, int] = field(default_factory=dict)


def conduct(
    study: Study,
    transport: Transport,
    key: Ed25519PrivateKey,
    sites: dict[str, Ed25519PublicKey],
    *,
    wait_s: float = 60,
    deadline_s: float | None = None,
    again_s: float = 30,
    journal: RoundJournal | None = None,
    tell: Callable[[int, int, int], None] | None = None,
) -> Outcome:
    """Run a study from its first question, or from where its journal ends, to its result.

    Parameters
    ----------
    study : Study
    transport : Transport
    key : private key
        The coordinator's.
    sites : dict of str to public key
    wait_s : float
        How long a round may take before this gives up; the study can go on later.
    deadline_s : float, optional
        After this much of a round, the sites that have answered suffice if they are a quorum; `wait_s` by default.
    again_s : float
        After how long a site that is silent is asked again.
    journal : RoundJournal, optional
        In memory by default; then a study does not outlive this call.
    tell : callable, optional
        Is told the round (from 1), how many sites have answered, and of how many.

    Raises
    ------
    BadInput, Refused, NotPermitted
        If a site refuses; if one contradicts itself; if fewer than the quorum remain.
    ServiceUnavailable
        If too few sites answer in time, or the journal cannot be written. What was answered is kept.
    """
    waiting = _Waiting(wait_s, wait_s if deadline_s is None else min(deadline_s, wait_s), again_s)
    run = _Run(study, transport, key, sites, waiting, journal or RoundJournal(None, study), tell)
    return run.to_the_end()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """How long, in seconds of a round."""

    at_most: float
    for_all: float
    again: float


class _LeftOut(Exception):
    """A round ended with some of its sites left out: the study begins again."""


class _Run:
    def __init__(
        self,
        study: Study,
        transport: Transport,
        key: Ed25519PrivateKey,
        keys: dict[str, Ed25519PublicKey],
        waiting: _Waiting,
        journal: RoundJournal,
        tell: Callable[[int, int, int], None] | None,
    ) -> None:
        self._study, self._transport, self._key = study, transport, key
        self._waiting, self._journal, self._tell = waiting, journal, tell
        self._arrivals = Arrivals(study, {site: keys[site] for site in study.sites}, journal)
        self._among = study.sites
        self._number = self._about_masks = 0
        self._left_out: dict[str, str] = {}

    def to_the_end(self) -> Outcome:
        while True:
            try:
                result = self._from_the_first_question()
                break
            except _LeftOut:
                continue
        # The order of names is a part of the result: it is not sorted.
        self._journal.finish(json.dumps(result, separators=(",", ":")).encode())
        sizes: dict[str, list[int]] = {site: [] for site in self._study.sites}
        for one in self._journal.rounds.values():
            for site, sealed in one.answers.items():
                sizes[site].append(len(sealed))
        return Outcome(
            result,
            self._number - self._about_masks,
            sizes,
            self._among,
            dict(self._left_out),
            self._journal.transcript(),
            dict(self._arrivals.set_aside),
        )

    def _from_the_first_question(self) -> dict[str, Any]:
        study = self._study.among(self._among)
        rounds = as_study_asks(method(study.method)(study), study, self._study)
        try:
            question = next(rounds)
            while True:
                one = self._journal.ask(self._number, question, self._among)
                self._number += 1
                self._about_masks += about_masks(question.step)
                answers = self._answers(one, question)
                try:
                    question = rounds.send(answers)
                except Doubted as doubt:
                    self._doubt(one, doubt)
        except StopIteration as end:
            result: dict[str, Any] = end.value
            return result
        finally:
            rounds.close()

    def _answers(self, one: Round, question: Question) -> Answers:
        if not one.closed and not one.left_out:
            self._gather(one, question)
        if not one.closed:
            self._go_on_without(one)
        answers = {site: _answer(one.payload(site)) for site in self._among}
        one.payloads = {}
        return Answers.of(answers, one.number)

    def _gather(self, one: Round, question: Question) -> None:
        """Ask, and wait until the round is closed, or ends with sites left out."""
        self._arrivals.begin(self._among)
        self._send(one, question)
        begun = asked = now = time.monotonic()
        while silent := self._arrivals.silent(one, self._among):
            answered = self._arrivals.answered(one, self._among)
            if self._tell is not None:
                self._tell(one.number + 1, len(answered), len(self._among))
            soonest = min(begun + self._waiting.at_most, asked + self._waiting.again)
            if now < begun + self._waiting.for_all:
                soonest = min(soonest, begun + self._waiting.for_all)
            self._arrivals.take(self._transport.receive(max(0.0, soonest - now)), one, self._among)
            now = time.monotonic()
            # The box was looked into first: nobody counts as silent whose answer lies there.
            if len(self._arrivals.silent(one, self._among)) < len(silent):
                continue
            if now - begun >= self._waiting.for_all and len(answered) >= self._study.needed:
                self._arrivals.refusals.update(dict.fromkeys(silent, _NO_ANSWER))
                break
            if now - begun >= self._waiting.at_most:
                raise self._nobody_there(one, silent)
            if now - asked >= self._waiting.again:
                asked = now
                self._send(one, question)
        if self._tell is not None:
            self._tell(one.number + 1, len(self._arrivals.answered(one, self._among)), len(self._among))
        self._arrivals.compare(one, self._among)
        if self._arrivals.refusals:
            self._leave_out(one, {site: why for site, why in self._arrivals.refusals.items() if site in self._among})
        else:
            self._journal.close_round(one.number)

    def _send(self, one: Round, question: Question) -> None:
        payload = {"step": question.step, "values": question.values}
        for site in self._arrivals.silent(one, self._among):
            letter = Envelope(self._study.digest, one.number, "question", "coordinator", site, payload)
            self._transport.send(site, letter.seal(self._key))

    def _doubt(self, one: Round, doubt: Doubted) -> None:
        """Leave out whom the method doubts, if the study's rule says so."""
        if not one.left_out:
            reasons = {site: doubt.sites[site] for site in self._among if site in doubt.sites}
            if self._study.on_refusal == "stop" or not reasons:
                raise doubt
            self._leave_out(one, reasons)
        self._go_on_without(one)

    def _leave_out(self, one: Round, reasons: dict[str, str]) -> None:
        remain = len(self._among) - len(reasons)
        if remain < self._study.fewest:
            why = "; ".join(f"{site}: {reason}" for site, reason in reasons.items())
            raise Refused(
                f"{remain} sites would remain, and the study needs {self._study.fewest} ({why})",
                where=f"round {one.number + 1}",
            )
        self._journal.leave_out(one.number, reasons)

    def _go_on_without(self, one: Round) -> None:
        self._left_out |= one.left_out
        self._among = tuple(site for site in self._among if site not in one.left_out)
        raise _LeftOut

    def _nobody_there(self, one: Round, silent: list[str]) -> ServiceUnavailable:
        aside = ", ".join(f"{count} {reason}" for reason, count in self._arrivals.set_aside.items())
        return ServiceUnavailable(
            f"no answer from {', '.join(silent)}" + (f" (messages set aside: {aside})" if aside else ""),
            where=f"round {one.number + 1}",
            mend="run it again when they are there: with a journal it goes on where it was",
        )


def _answer(payload: Payload) -> Answer:
    return Answer(payload["sums"], payload["said"])
