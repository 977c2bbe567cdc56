"""A hospital's side of a study: it answers questions about its own rows, once, and the same way if asked again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fyr.errors import BadInput, FyrError, NotPermitted
from fyr.learn.federation.envelope import Envelope, Kind, OtherProtocol, sum_that_is_no_number
from fyr.learn.federation.message import Payload, digest, encode
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_journal import Said, SiteJournal
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Gate", "Site"]

Gate = Callable[[Study, int, str, Payload, Answer, SiteTable], Answer]
"""What stands between an answer and the door: of study, round, step, the question's values, the answer and the rows.
It returns what may leave (masked, noised), or raises :class:`~fyr.errors.Refused`."""

_LOG: Final = logging.getLogger(__name__)


class Site:
    """One hospital in one study.

    Parameters
    ----------
    table : SiteTable
    study : Study
        As this hospital approved it.
    key : private key
        The site's own.
    coordinator : public key
    gate : callable, optional
        Disclosure control.
    journal : SiteJournal, optional
        Where answers are kept before they leave; in memory by default.

    Raises
    ------
    BadInput
        If the journal has answers that are of other rows.
    """

    def __init__(
        self,
        table: SiteTable,
        study: Study,
        key: Ed25519PrivateKey,
        coordinator: Ed25519PublicKey,
        gate: Gate | None = None,
        journal: SiteJournal | None = None,
    ) -> None:
        self._table, self._study, self._key, self._gate = table, study, key, gate
        self._known = {"coordinator": coordinator}
        self._journal = SiteJournal(None, study.digest, table.site) if journal is None else journal
        self._journal.of_rows(table.digest())

    def handle(self, data: bytes) -> bytes | None:
        """Return the sealed answer to a sealed question, or a sealed refusal.

        An answer is in the journal when this returns. A refusal is not: what was refused may be mended, and asked
        again.

        Raises
        ------
        BadInput, NotPermitted
            If it is no question of the coordinator about this study.
        ServiceUnavailable
            If the journal cannot be written; nothing may leave then.
        """
        here = self._table.site
        try:
            asked = Envelope.open(data, self._known)
        except OtherProtocol as problem:
            return self._refusal(self._study.digest, 0, problem)
        if asked.study != self._study.digest or asked.receiver != here:
            raise NotPermitted("the question is of a study that was not approved here", where=here)
        if asked.kind != "question" or not {"step", "values"} <= set(asked.payload):
            raise BadInput(f"the message is no question ({asked.kind})", where=here)
        name, values = str(asked.payload["step"]), asked.payload["values"]
        content = digest(encode({"step": name, "values": values}))
        said = self._journal.said(asked.round)
        if said is not None and said.asked == content:
            return said.answer
        if said is not None:
            change = NotPermitted(f"round {asked.round + 1} was answered here to another question")
            return self._refusal(asked.study, asked.round, change)
        try:
            answer = self._answer(asked.round, name, values)
        except FyrError as problem:
            return self._refusal(asked.study, asked.round, problem)
        sealed = self._seal(asked.study, asked.round, "answer", {"sums": answer.sums, "said": answer.said})
        self._journal.keep(Said(asked.round, content, data, sealed))
        return sealed

    def _answer(self, number: int, name: str, values: Payload) -> Answer:
        try:
            answer = step(name)(self._table, values)
            _check_finite(answer)
            if self._gate is not None:
                answer = self._gate(self._study, number, name, values, answer, self._table)
        except FyrError:
            raise
        except Exception as problem:
            # What it says may hold values of patients: it is for this hospital's log and for nobody else.
            _LOG.exception("step %s of study %s failed", name, self._study.name)
            raise FyrError(f"the step '{name}' failed there ({type(problem).__name__})") from problem
        return answer

    def _refusal(self, study: str, number: int, problem: FyrError) -> bytes:
        own = problem.where in ("", self._table.site)
        reason = f"{problem.what}; {problem.mend}" if own and problem.mend else problem.what if own else str(problem)
        return self._seal(study, number, "refusal", {"reason": reason, "exit_code": problem.exit_code})

    def _seal(self, study: str, number: int, kind: Kind, payload: Payload) -> bytes:
        return Envelope(study, number, kind, self._table.site, "coordinator", payload).seal(self._key)


def _check_finite(answer: Answer) -> None:
    broken = sum_that_is_no_number({"sums": answer.sums})
    if broken is not None:
        raise BadInput(f"the sum '{broken}' is not finite", mend="look for extreme values in the table")
