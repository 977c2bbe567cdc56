"""Envelopes as files for one pair of eyes, since a stick may be lost.

A file is a line of text that says what it is and for whom, then the envelope, encrypted to the receiver: X25519 (RFC
7748) with a key pair made for this file alone, HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439). Who wrote it is
said by the envelope's own signature inside. The first line can be read by anybody, and changed by nobody.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, NotPermitted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

__all__ = ["Label", "label_of", "open_file", "seal_file"]

_MAGIC: Final = b"fyr sealed file 1 "
_MAGIC_ANY: Final = b"fyr sealed file "
_NONCE: Final = bytes(12)
"""The key is used once, so the nonce may be the same."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on the outside.

    Parameters
    ----------
    study : str
        The first digits of its digest.
    round : int
        From 1 up.
    sender, receiver : str
    """

    study: str
    round: int
    sender: str
    receiver: str

    @property
    def name(self) -> str:
        """The file's name."""
        of = f"to-{self.receiver}" if self.sender == "coordinator" else f"from-{self.sender}"
        return f"round-{self.round:04d}-{of}.fyr"


def seal_file(label: Label, body: bytes, receiver: X25519PublicKey) -> bytes:
    """Return the bytes of a file for one receiver."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    own = X25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    says = {
        "study": label.study,
        "round": label.round,
        "from": label.sender,
        "to": label.receiver,
        "key": base64.b64encode(public).decode("ascii"),
        "bytes": len(body) + 16,
    }
    head = _MAGIC + json.dumps(says, sort_keys=True).encode("ascii") + b"\n"
    key = _key(own.exchange(receiver), public, receiver.public_bytes_raw())
    return head + ChaCha20Poly1305(key).encrypt(_NONCE, body, head)


def label_of(data: bytes, where: str) -> Label:
    """Return what stands on the outside of a file.

    Raises
    ------
    BadInput
        If it is no such file, or cut short.
    """
    return _parts(data, where)[0]


def open_file(data: bytes, own: X25519PrivateKey, where: str) -> tuple[Label, bytes]:
    """Return a file's label and envelope.

    Raises
    ------
    BadInput
        If it is no such file, or cut short.
    NotPermitted
        If it is for somebody else, or was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    label, head, public, sealed = _parts(data, where)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        key = _key(shared, public, own.public_key().public_bytes_raw())
        return label, ChaCha20Poly1305(key).decrypt(_NONCE, sealed, head)
    except (InvalidTag, ValueError):
        raise NotPermitted(
            f"it does not open with these keys: it is for {label.receiver}, for other keys, or was changed",
            where=where,
            mend="have it written again",
        ) from None


def _parts(data: bytes, where: str) -> tuple[Label, bytes, bytes, bytes]:
    head, line, sealed = data.partition(b"\n")
    if not head.startswith(_MAGIC_ANY[: max(len(head), 1)]):
        raise BadInput("this is no file of a federated study", where=where)
    if not line:
        raise BadInput("the file is cut short", where=where, mend="copy it again")
    if not head.startswith(_MAGIC):
        raise BadInput(
            "the file has another form than this Fyr reads",
            where=where,
            mend="use the same version of Fyr at all sites",
        )
    try:
        says: Any = json.loads(head[len(_MAGIC) :])
        label = Label(str(says["study"]), int(says["round"]), str(says["from"]), str(says["to"]))
        public, size = base64.b64decode(says["key"], validate=True), int(says["bytes"])
    except (ValueError, KeyError, TypeError):
        raise BadInput("the file's first line is damaged", where=where, mend="copy it again") from None
    if len(sealed) < size:
        raise BadInput(f"the file is cut short: {len(sealed):,} of {size:,} bytes", where=where, mend="copy it again")
    if len(sealed) > size:
        raise BadInput(f"the file goes on after its end: {len(sealed):,} of {size:,} bytes", where=where)
    return label, head + line, public, sealed


def _key(shared: bytes, own: bytes, receiver: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=own + receiver, info=b"fyr sealed file 1").derive(shared)
