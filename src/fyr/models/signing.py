"""Who vouches for a model's folder: an Ed25519 signature (RFC 8032) over its manifest, and so over every file of it.

A hospital has one key, made on first use: ``FYR_HOME/keys/signing.pem``, readable by its owner alone. The public keys
of others whose models are taken over lie in ``FYR_HOME/keys/trusted/NAME.pem``; the name of the file is how the signer
is called. A signature that does not hold is refused; no signature, or one of a signer who is not known, is said.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput, NotPermitted, ServiceUnavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["SIGNATURE", "Signature", "keys_folder", "sign_model_folder", "signature_of", "signing_key"]

SIGNATURE: Final = "signature.json"
_MANIFEST: Final = "manifest.json"
_PRIVATE: Final = "signing.pem"
_PUBLIC: Final = "signing.pub.pem"
_TRUSTED: Final = "trusted"
_CONTEXT: Final = b"fyr model folder 1\n"
"""Signed before the manifest, so that a signature made for anything else can never pass for one of a model."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a folder's signature says.

    Parameters
    ----------
    state : {"unsigned", "own", "trusted", "unknown"}
    signer : str
        The name of the trusted key's file; "this hospital" for the own key; empty where nobody is known.
    fingerprint : str
        The first 16 hexadecimal digits of the public key's SHA-256; empty where there is no signature.
    """

    state: str
    signer: str = ""
    fingerprint: str = ""

    @property
    def trusted(self) -> bool:
        """Whether the signer is this hospital, or one whose key it has put among the trusted."""
        return self.state in ("own", "trusted")

    def __str__(self) -> str:
        if self.state == "unsigned":
            return "unsigned: nobody vouches for this model"
        if self.state == "unknown":
            return f"signed by an unknown signer, key {self.fingerprint}"
        return f"signed by {self.signer}, key {self.fingerprint}"

    def as_dict(self) -> dict[str, str | None]:
        """Return the signature as JSON-able values."""
        return {"state": self.state, "signer": self.signer or None, "key": self.fingerprint or None}


def keys_folder() -> Path:
    """Return the folder of this hospital's keys: ``FYR_KEYS``, else ``keys`` of ``FYR_HOME``.

    Raises
    ------
    BadInput
        If the record is a database, which keeps no keys.
    """
    named = os.environ.get("FYR_KEYS")
    if named:
        return Path(named)
    home = os.environ.get("FYR_HOME", ".fyr")
    if "://" in home:
        raise BadInput("a database keeps no keys", where="FYR_HOME", mend="name a folder for them: FYR_KEYS")
    return Path(home, "keys")


def sign_model_folder(folder: Path, keys: Path | None = None) -> Signature:
    """Sign a folder with the hospital's own key, which is made where there is none.

    Parameters
    ----------
    folder : Path
        One that :func:`fyr.models.folders.write_model_folder` wrote.
    keys : Path, optional
        By default :func:`keys_folder`.

    Raises
    ------
    BadInput
        If there is no manifest, or the key cannot be read.
    NotPermitted
        If others can read the key.
    ServiceUnavailable
        If the signature cannot be written.
    """
    key = signing_key(keys_folder() if keys is None else keys)
    try:
        signed = key.sign(_CONTEXT + (folder / _MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BadInput(f"the folder has no {_MANIFEST} to sign", where=str(folder)) from None
    public = key.public_key().public_bytes_raw()
    document = {
        "form": 1,
        "algorithm": "Ed25519",
        "public_key": base64.b64encode(public).decode("ascii"),
        "signature": base64.b64encode(signed).decode("ascii"),
    }
    try:
        (folder / SIGNATURE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise ServiceUnavailable(f"the signature cannot be written: {problem.strerror}", where=str(folder)) from None
    return Signature("own", "this hospital", _fingerprint(public))


def signature_of(folder: Path, manifest: bytes, keys: Path | None = None) -> Signature:
    """Return who signed a folder.

    Parameters
    ----------
    folder : Path
    manifest : bytes
        Of the folder, as it was read.
    keys : Path, optional
        By default :func:`keys_folder`; where that cannot be told, nobody is trusted.

    Raises
    ------
    BadInput
        If there is a signature and it does not hold.
    """
    place = folder / SIGNATURE
    try:
        document = json.loads(place.read_bytes())
        public = base64.b64decode(document["public_key"], validate=True)
        signed = base64.b64decode(document["signature"], validate=True)
        sound = document["form"] == 1 and document["algorithm"] == "Ed25519" and len(public) == 32
    except FileNotFoundError:
        return Signature("unsigned")
    except PermissionError:
        raise NotPermitted("the signature may not be read", where=str(place), mend="ask its owner") from None
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound or not _holds(public, signed, _CONTEXT + manifest):
        raise BadInput(
            "the signature does not hold: the model is not what was signed",
            where=str(place),
            mend="do not use it; take the folder again from whoever signed it",
        )
    fingerprint = _fingerprint(public)
    signers = _signers(keys)
    if public not in signers:
        return Signature("unknown", "", fingerprint)
    name = signers[public]
    return Signature("trusted", name, fingerprint) if name else Signature("own", "this hospital", fingerprint)


def signing_key(keys: Path) -> Ed25519PrivateKey:
    """Return the hospital's private key; where there is none, make it, and write its public half beside it.

    Raises
    ------
    BadInput
        If the file is no Ed25519 key.
    NotPermitted
        If the key may not be read, or others than its owner may read it.
    ServiceUnavailable
        If it cannot be written.
    """
    place = keys / _PRIVATE
    try:
        if place.stat().st_mode & 0o077:
            raise NotPermitted("others can read this private key", where=str(place), mend=f"chmod 600 {place}")
        return _private(place.read_bytes(), place)
    except FileNotFoundError:
        pass
    except PermissionError:
        raise NotPermitted("the key may not be read", where=str(place), mend="ask its owner") from None
    return _made(keys)


def _made(keys: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        (keys / _TRUSTED).mkdir(exist_ok=True, mode=0o700)
        # Created for its owner alone and never over another: two processes do not make two keys.
        with os.fdopen(os.open(keys / _PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        (keys / _PUBLIC).write_bytes(public)
    except FileExistsError:
        return _private((keys / _PRIVATE).read_bytes(), keys / _PRIVATE)
    except OSError as problem:
        raise ServiceUnavailable(f"the key cannot be written: {problem.strerror}", where=str(keys)) from None
    return key


def _private(pem: bytes, place: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("this is no Ed25519 private key in PEM", where=str(place), mend="restore it from its backup")
    return key


def _signers(keys: Path | None) -> dict[bytes, str]:
    """Return whose keys are known: raw public key to name, the empty name for the hospital's own."""
    try:
        folder = keys_folder() if keys is None else keys
    except BadInput:
        return {}
    known: dict[bytes, str] = {}
    for place in sorted((folder / _TRUSTED).glob("*.pem")):
        known[_public(place).public_bytes_raw()] = place.stem
    if (folder / _PUBLIC).is_file():
        known[_public(folder / _PUBLIC).public_bytes_raw()] = ""
    return known


def _public(place: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key: Any
    try:
        key = load_pem_public_key(place.read_bytes())
    except PermissionError:
        raise NotPermitted("the key may not be read", where=str(place), mend="ask its owner") from None
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("this is no Ed25519 public key in PEM", where=str(place), mend="take it out of the folder")
    return key


def _holds(public: bytes, signed: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _fingerprint(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]
