"""The coordinator: it puts a method's questions to the sites, round by round, until the method has its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fyr.errors import Refused
from fyr.learn.federation.disclosure.mask_names import about_masks
from fyr.learn.federation.disclosure.mask_rounds import as_study_asks
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.methods import method
from fyr.learn.federation.rounds import Answer, Answers, Question
from fyr.learn.federation.study import Study
from fyr.learn.federation.transport import Transport

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Outcome", "conduct"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a study found, and what it cost.

    Parameters
    ----------
    result : dict
        The method's.
    rounds : int
        Of the method's own questions; those about masks come between them.
    bytes_per_round : dict of str to list of int
        By site: the size of each answer.
    """

    result: dict[str, Any]
    rounds: int
    bytes_per_round: dict[str, list[int]]


def conduct(
    study: Study,
    transport: Transport,
    key: Ed25519PrivateKey,
    sites: dict[str, Ed25519PublicKey],
    *,
    wait_s: float = 60,
) -> Outcome:
    """Run a study from its first question to its result.

    Raises
    ------
    Refused
        If a site refuses, or does not answer in time.
    """
    rounds = as_study_asks(method(study.method)(study), study)
    sizes: dict[str, list[int]] = {site: [] for site in study.sites}
    number = of_masks = 0
    try:
        question = next(rounds)
        while True:
            answers = _ask(study, number, question, transport, key, sites, wait_s, sizes)
            number += 1
            of_masks += about_masks(question.step)
            question = rounds.send(answers)
    except StopIteration as end:
        return Outcome(end.value, number - of_masks, sizes)


def _ask(
    study: Study,
    number: int,
    question: Question,
    transport: Transport,
    key: Ed25519PrivateKey,
    sites: dict[str, Ed25519PublicKey],
    wait_s: float,
    sizes: dict[str, list[int]],
) -> Answers:
    payload = {"step": question.step, "values": question.values}
    for site in study.sites:
        transport.send(site, Envelope(study.digest, number, "question", "coordinator", site, payload).seal(key))
    come: dict[str, Answer] = {}
    while len(come) < len(study.sites):
        arrived = transport.receive(wait_s)
        if not arrived:
            missing = ", ".join(site for site in study.sites if site not in come)
            raise Refused(f"no answer from {missing}", where=f"round {number + 1}")
        for data in arrived:
            said = Envelope.open(data, sites)
            if said.study != study.digest or said.round != number or said.sender in come:
                continue
            if said.kind == "refusal":
                raise Refused(str(said.payload["reason"]), where=said.sender)
            come[said.sender] = Answer(said.payload["sums"], said.payload["said"])
            sizes[said.sender].append(len(data))
    return Answers.of({site: come[site] for site in study.sites})
