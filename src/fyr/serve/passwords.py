"""Passwords: argon2id hashes, and random ones that a person can type."""

from __future__ import annotations

import secrets
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from fyr.errors import BadInput

__all__ = ["MINIMUM_LENGTH", "Passwords", "random_password"]

MINIMUM_LENGTH: Final = 12
"""NIST SP 800-63B asks for 8 at least, 15 without a second factor; throttling stands beside this one."""

_MAXIMUM_LENGTH: Final = 1024
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter or digit that looks like another."""


class Passwords:
    """Hashes and checks passwords with argon2id.

    Parameters
    ----------
    memory_kib, passes, lanes : int
        Cost. The defaults are the second recommended option of RFC 9106, section 4 (64 MiB, 3 passes, 4 lanes).
    """

    def __init__(self, *, memory_kib: int = 64 * 1024, passes: int = 3, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._decoy = self._hasher.hash(secrets.token_urlsafe(24))

    def hash(self, password: str) -> str:
        """Return the hash in the PHC string format, salt and cost included.

        Raises
        ------
        BadInput
            If the password is too short, or absurdly long.
        """
        if not MINIMUM_LENGTH <= len(password) <= _MAXIMUM_LENGTH:
            raise BadInput(
                f"a password of {len(password)} characters is {'too long' if password[1024:] else 'too short'}",
                mend=f"choose {MINIMUM_LENGTH} characters or more, for example four unrelated words",
            )
        return self._hasher.hash(password)

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Return whether they belong together; ``None`` (no such account) costs the same time and is never true."""
        try:
            self._hasher.verify(password_hash or self._decoy, password[: _MAXIMUM_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None


def random_password() -> str:
    """Return four groups of five letters and digits: 99 bits, no look-alikes."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
