"""A hospital's side of a study: it answers questions about its own rows, once, and the same way if asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fyr.errors import FyrError, NotPermitted
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.steps import step
from fyr.learn.federation.study import Study

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Gate", "Site"]

Gate = Callable[[Study, int, str, Payload, Answer, SiteTable], Answer]
"""What stands between an answer and the door: of study, round, step, the question's values, the answer and the rows.
It returns what may leave (masked, noised), or raises :class:`~fyr.errors.Refused`."""


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
    """

    def __init__(
        self,
        table: SiteTable,
        study: Study,
        key: Ed25519PrivateKey,
        coordinator: Ed25519PublicKey,
        gate: Gate | None = None,
    ) -> None:
        self._table, self._study, self._key, self._gate = table, study, key, gate
        self._known = {"coordinator": coordinator}
        self._said: dict[int, bytes] = {}

    def handle(self, data: bytes) -> bytes | None:
        """Return the sealed answer to a sealed question.

        Raises
        ------
        BadInput, NotPermitted
            If it is no question of the coordinator about this study.
        """
        asked = Envelope.open(data, self._known)
        if asked.study != self._study.digest or asked.receiver != self._table.site:
            raise NotPermitted("the question is of a study that was not approved here", where=self._table.site)
        if asked.round not in self._said:
            self._said[asked.round] = self._sealed(asked)
        return self._said[asked.round]

    def _sealed(self, asked: Envelope) -> bytes:
        name, values = str(asked.payload["step"]), asked.payload["values"]
        payload: Payload
        try:
            answer = step(name)(self._table, values)
            if self._gate is not None:
                answer = self._gate(self._study, asked.round, name, values, answer, self._table)
            kind, payload = "answer", {"sums": answer.sums, "said": answer.said}
        except FyrError as problem:
            kind, payload = "refusal", {"reason": str(problem), "exit_code": problem.exit_code}
        envelope = Envelope(
            asked.study,
            asked.round,
            "answer" if kind == "answer" else "refusal",
            self._table.site,
            "coordinator",
            payload,
        )
        return envelope.seal(self._key)
