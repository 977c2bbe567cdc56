"""What a party of a study shows to the others: its name, its public keys, signed with its own key."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, NotPermitted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

__all__ = ["COORDINATOR", "Card", "own_name", "signed_document", "verified_document"]

COORDINATOR: Final = "coordinator"
_FORM: Final = 1
_NAME: Final = re.compile(r"\w[\w.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Card:
    """A party's public half.

    Parameters
    ----------
    name : str
        A site's, or "coordinator".
    signing : bytes
        Raw Ed25519 public key: of its envelopes.
    box : bytes
        Raw X25519 public key: of files for its eyes alone.
    certificate : str
        PEM; empty where there is none yet.
    """

    name: str
    signing: bytes
    box: bytes
    certificate: str = ""

    @property
    def signing_key(self) -> Ed25519PublicKey:
        """The key that its envelopes are verified with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(self.signing)

    @property
    def box_key(self) -> X25519PublicKey:
        """The key that files for it are encrypted to."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        return X25519PublicKey.from_public_bytes(self.box)

    @property
    def words(self) -> str:
        """The fingerprint of both keys in groups of four digits, to be read out on the telephone."""
        digits = hashlib.sha256(self.signing + self.box).hexdigest()[:24]
        return " ".join(digits[at : at + 4] for at in range(0, 24, 4))

    def as_dict(self) -> dict[str, str]:
        """Return the card as JSON-able values."""
        return {
            "name": self.name,
            "signing": base64.b64encode(self.signing).decode("ascii"),
            "box": base64.b64encode(self.box).decode("ascii"),
            "certificate": self.certificate,
        }

    @classmethod
    def of_dict(cls, found: Any, where: str) -> Card:
        """Return the card of such values.

        Raises
        ------
        BadInput
            If a part is missing or no key.
        """
        try:
            card = cls(
                str(found["name"]),
                base64.b64decode(found["signing"], validate=True),
                base64.b64decode(found["box"], validate=True),
                str(found["certificate"]),
            )
        except (KeyError, TypeError, ValueError):
            raise BadInput("this is no card of a study's party", where=where) from None
        if len(card.signing) != 32 or len(card.box) != 32:
            raise BadInput("a key has the wrong length", where=where)
        return card


def own_name(name: str) -> str:
    """Return a site's name.

    Raises
    ------
    BadInput
        If it cannot be the name of a site, and of its files.
    """
    if not _NAME.fullmatch(name) or name == COORDINATOR:
        raise BadInput(
            f"'{name}' cannot be a site's name",
            mend="use up to 40 letters, digits, hyphens, dots and underscores, and not the word coordinator",
        )
    return name


def signed_document(kind: str, content: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """Return a document in JSON with its signature."""
    document = {"form": _FORM, "kind": kind, **content}
    signature = base64.b64encode(key.sign(_signed(document))).decode("ascii")
    return json.dumps({**document, "signature": signature}, indent=2, sort_keys=True).encode() + b"\n"


def verified_document(kind: str, data: bytes, who: str, where: str) -> tuple[dict[str, Any], Card]:
    """Return a document, and the card in it that signed it.

    Parameters
    ----------
    kind : str
        What it must be.
    data : bytes
    who : str
        The field of the card that must have signed.
    where : str

    Raises
    ------
    BadInput
        If it is something else.
    NotPermitted
        If the signature does not hold.
    """
    from cryptography.exceptions import InvalidSignature

    try:
        document = json.loads(data)
        signature = base64.b64decode(document.pop("signature"), validate=True)
        found, form = document["kind"], document["form"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"this is no {kind}", where=where, mend="was it cut short on its way?") from None
    if found != kind:
        raise BadInput(f"this is a {found}, not the {kind} that is needed", where=where)
    if form != _FORM:
        raise BadInput(f"this {kind} has form {form}, this Fyr reads {_FORM}", where=where)
    card = Card.of_dict(document.get(who), where)
    try:
        card.signing_key.verify(signature, _signed(document))
    except InvalidSignature:
        raise NotPermitted(
            f"the signature of this {kind} does not hold", where=where, mend="have it made anew"
        ) from None
    return document, card


def _signed(document: dict[str, Any]) -> bytes:
    plain = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return b"fyr study document 1\n" + plain
