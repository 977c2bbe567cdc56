"""A message with who says it, to whom, of which study and round, sealed with the sender's Ed25519 key (RFC 8032)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np

from fyr.errors import BadInput, NotPermitted
from fyr.learn.federation.message import Payload, decode, encode
from fyr.learn.federation.study import PROTOCOL
from fyr.version import __version__

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Envelope", "sums_are_numbers"]

_CONTEXT: Final = b"fyr federated message 1\n"
_WHERE: Final = "message between hospitals"

Kind = Literal["question", "answer", "refusal"]


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """A message.

    Parameters
    ----------
    study : str
        The digest of the study.
    round : int
        From 0 up.
    kind : {"question", "answer", "refusal"}
    sender, receiver : str
        A site's name, or "coordinator".
    payload : mapping
        A question's step and values; an answer's sums and what is said; a refusal's reason.
    fyr : str
        The sender's version of Fyr.
    """

    study: str
    round: int
    kind: Kind
    sender: str
    receiver: str
    payload: Payload
    fyr: str = __version__

    def seal(self, key: Ed25519PrivateKey) -> bytes:
        """Return the envelope's bytes, signed."""
        inner = encode(
            {
                "protocol": PROTOCOL,
                "fyr": self.fyr,
                "study": self.study,
                "round": self.round,
                "kind": self.kind,
                "sender": self.sender,
                "receiver": self.receiver,
                "payload": self.payload,
            }
        )
        return key.sign(_CONTEXT + inner) + inner

    @classmethod
    def open(cls, data: bytes, keys: dict[str, Ed25519PublicKey]) -> Envelope:
        """Return a sealed envelope's message.

        Parameters
        ----------
        data : bytes
        keys : dict of str to public key
            Of everyone who may speak, by name.

        Raises
        ------
        BadInput
            If the bytes are no envelope, or one of another protocol.
        NotPermitted
            If the sender is not known, or the signature does not hold.
        """
        from cryptography.exceptions import InvalidSignature

        signature, inner = data[:64], data[64:]
        found = decode(inner)
        if found.get("protocol") != PROTOCOL:
            raise BadInput(
                f"{found.get('sender')} speaks protocol {found.get('protocol')} (Fyr {found.get('fyr')}), "
                f"this Fyr {__version__} speaks {PROTOCOL}",
                where=_WHERE,
                mend="use the same version of Fyr at all sites",
            )
        sender = found.get("sender")
        if sender not in keys:
            raise NotPermitted(f"'{sender}' is not known here", where=_WHERE, mend="add its public key to the study")
        try:
            keys[sender].verify(signature, _CONTEXT + inner)
        except InvalidSignature:
            raise NotPermitted(f"the signature of {sender} does not hold", where=_WHERE) from None
        try:
            return cls(
                study=str(found["study"]),
                round=int(found["round"]),
                kind=cast(Kind, found["kind"]),
                sender=str(sender),
                receiver=str(found["receiver"]),
                payload=dict(found["payload"]),
                fyr=str(found["fyr"]),
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"the message of {sender} lacks a part: {problem}", where=_WHERE) from None


def sums_are_numbers(payload: Payload) -> bool:
    """Return whether every sum of an answer is finite."""
    return all(bool(np.isfinite(one).all()) for one in payload.get("sums", {}).values())
