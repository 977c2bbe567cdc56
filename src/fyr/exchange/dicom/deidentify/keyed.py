"""What replaces an identity, made from a secret: the same for the same patient, file after file, run after run.

Who has the key can make a pseudonym again from an identity; who has not can neither do that nor guess (HMAC-SHA-256).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from fyr.errors import BadInput, NotPermitted

__all__ = ["Key", "make_key", "read_key"]

_BYTES: Final = 32
_DAYS: Final = (366, 3653)


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of 32 bytes, not shown."""

    secret: bytes = field(repr=False)

    def _of(self, what: str, value: str) -> bytes:
        return hmac.digest(self.secret, f"{what}\0{value}".encode(), "sha256")

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart and gives neither away."""
        return self._of("fingerprint", "").hex()[:16]

    def uid(self, uid: str) -> str:
        """Return the UID that replaces another: a UUID in DICOM's form (PS3.5 B.2).

        >>> key = Key(bytes(32))
        >>> key.uid("1.2.3") == key.uid("1.2.3") != key.uid("1.2.4")
        True
        """
        bits = int.from_bytes(self._of("uid", uid)[:16], "big")
        bits = bits & ~(0xF << 76) | 8 << 76  # version 8 of RFC 9562: made in a way of one's own
        bits = bits & ~(0x3 << 62) | 2 << 62
        return f"2.25.{bits}"

    def pseudonym(self, patient: str) -> str:
        """Return what stands for a patient."""
        return f"FYR-{base64.b32encode(self._of('patient', patient)).decode()[:13]}"

    def days(self, patient: str) -> int:
        """Return by how many days a patient's dates move: back, one year to ten."""
        low, high = _DAYS
        return -(low + int.from_bytes(self._of("days", patient)[:8], "big") % (high - low))

    def moved(self, patient: str, day: date) -> date:
        """Return a day moved by the patient's own number of days."""
        return day + timedelta(days=self.days(patient))


def make_key(path: Path) -> Key:
    """Make a new key in a new file that its owner alone can read.

    Raises
    ------
    BadInput
        If there is such a file already, or no folder for it.
    """
    if not path.parent.is_dir():
        raise BadInput("there is no folder for the key file", where=str(path), mend="check the path")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("there is such a file already", where=str(path), mend="name another") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
    return read_key(path)


def read_key(path: Path) -> Key:
    """Read a key.

    Raises
    ------
    BadInput
        If there is no such file, or it holds less than 32 bytes: 64 hexadecimal digits, or any bytes.
    NotPermitted
        If others may read the file.
    """
    if not path.is_file():
        raise BadInput("there is no such key file", where=str(path), mend="check the path")
    if path.stat().st_mode & 0o077:
        raise NotPermitted("others may read the key file", where=str(path), mend=f"chmod 600 {path}")
    raw = path.read_bytes()
    try:
        secret = bytes.fromhex(raw.decode("ascii").strip())
    except ValueError:
        secret = raw
    if len(secret) < _BYTES:
        raise BadInput(
            f"the key file holds {len(secret)} bytes, too few to keep anybody from guessing",
            where=str(path),
            mend="name a new file, and a key is made; or put 64 random hexadecimal digits there",
        )
    return Key(hashlib.sha256(secret).digest() if len(secret) > _BYTES else secret)
