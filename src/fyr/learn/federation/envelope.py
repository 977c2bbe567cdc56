"""A message with who says it, to whom, of which study and round, sealed with the sender's Ed25519 key (RFC 8032)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

import numpy as np

from fyr.errors import BadInput, NotPermitted
from fyr.learn.federation.message import Payload, Value, decode, encode
from fyr.learn.federation.study import PROTOCOL
from fyr.version import __version__

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Envelope", "OtherProtocol", "payload_of", "sum_that_is_no_number"]

_CONTEXT: Final = b"fyr federated message 1\n"
_WHERE: Final = "message between hospitals"

Kind = Literal["question", "answer", "refusal"]


class OtherProtocol(BadInput):
    """Whoever is known here, and signed, speaks another version of what is said between hospitals."""


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

    SEAL: ClassVar[int] = 64
    """How many bytes of a sealed envelope are the signature, before the message."""

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
            If the bytes are no envelope.
        OtherProtocol
            If the sender speaks another version.
        NotPermitted
            If the sender is not known, or the signature does not hold.
        """
        from cryptography.exceptions import InvalidSignature

        signature, inner = data[: cls.SEAL], data[cls.SEAL :]
        found = decode(inner)
        sender = found.get("sender")
        if not isinstance(sender, str) or sender not in keys:
            raise NotPermitted(f"'{sender}' is not known here", where=_WHERE, mend="add its public key to the study")
        try:
            keys[sender].verify(signature, _CONTEXT + inner)
        except InvalidSignature:
            raise NotPermitted(f"the signature of {sender} does not hold", where=_WHERE) from None
        if found.get("protocol") != PROTOCOL:
            raise OtherProtocol(
                f"{sender} speaks protocol {found.get('protocol')} (Fyr {found.get('fyr')}), "
                f"this Fyr {__version__} speaks {PROTOCOL}",
                where=_WHERE,
                mend="use the same version of Fyr at all sites",
            )
        match found:
            case {
                "study": str(study),
                "round": int(number),
                "kind": "question" | "answer" | "refusal" as kind,
                "receiver": str(receiver),
                "payload": dict(payload),
                "fyr": str(fyr),
            } if type(number) is int and number >= 0:
                return cls(study, number, cast(Kind, kind), sender, receiver, payload, fyr)
        raise BadInput(f"the message of {sender} lacks a part", where=_WHERE)


def payload_of(sealed: bytes) -> dict[str, Value]:
    """Return the payload of an envelope whose seal was verified before it was kept."""
    payload: dict[str, Value] = decode(sealed[Envelope.SEAL :])["payload"]
    return payload


def sum_that_is_no_number(payload: Payload) -> str | None:
    """Return the name of a sum that is not finite, or is no array; None where all are numbers."""
    for name, one in payload["sums"].items():
        if not isinstance(one, np.ndarray) or not bool(np.isfinite(one).all()):
            return str(name)
    return None
