"""A secret in shares, of which so many are needed and fewer say nothing (Shamir 1979)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from fyr.errors import BadInput

__all__ = ["join", "split"]

_PRIME: Final = (1 << 521) - 1
"""The Mersenne prime: the field must have room for a secret of 64 bytes."""

_BYTES: Final = 66


def split(secret: bytes, places: int, needed: int, seed: bytes) -> list[bytes]:
    """Return the shares of places 1, 2 and so on.

    Parameters
    ----------
    secret : bytes
        At most 64.
    places, needed : int
    seed : bytes
        What the polynomial's other coefficients are drawn from, so that the same secret asked for again is split the
        same way; as secret as the secret itself.
    """
    if not 1 <= needed <= places or len(secret) > 64:
        raise BadInput(f"a secret of {len(secret)} bytes cannot be split in {places} of which {needed} are needed")
    terms = [int.from_bytes(secret, "big")]
    for power in range(1, needed):
        drawn = hmac.digest(seed, b"a%d" % power, hashlib.sha512) + hmac.digest(seed, b"b%d" % power, hashlib.sha512)
        terms.append(int.from_bytes(drawn, "big") % _PRIME)
    found = []
    for place in range(1, places + 1):
        value = 0
        for term in reversed(terms):
            value = (value * place + term) % _PRIME
        found.append(value.to_bytes(_BYTES, "big"))
    return found


def join(shares: Mapping[int, bytes], size: int) -> bytes:
    """Return a secret of `size` bytes from as many shares as are needed, by place.

    Raises
    ------
    BadInput
        If the shares do not belong together, or are too few.
    """
    total = 0
    for place, share in shares.items():
        above, below = 1, 1
        for other in shares:
            if other != place:
                above = above * other % _PRIME
                below = below * (other - place) % _PRIME
        total = (total + int.from_bytes(share, "big") * above * pow(below, -1, _PRIME)) % _PRIME
    if total >> (8 * size):
        raise BadInput("the shares do not give the secret", where="masked sums")
    return total.to_bytes(size, "big")
