"""Masks that cancel in the total: what each site sends looks random, what all send adds up to the sum of their sums.

Every two sites agree on a seed (X25519, RFC 7748; HKDF, RFC 5869). The one whose name comes first adds the stream of
that seed (ChaCha20, RFC 8439), the other takes it off. Over that lies a mask of the site's own, whose seed it has dealt
to the others in shares (Bonawitz 2017, "Practical secure aggregation", sections 4 and 6). To open a total, a site gives
for each other site *either* its share of that site's own mask, if the sums arrived, *or* their common seed of this one
round, if they did not; never both. So sums that come too late stay hidden.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.learn.federation.disclosure.fixed_point import Limbs, add, negate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

__all__ = ["SEED", "agreed", "derive", "hide", "masked", "private_key", "public_bytes", "reveal", "stream", "unmasked"]

SEED: Final = 32
_WHERE: Final = "masked sums"


def derive(secret: bytes, *parts: str) -> bytes:
    """Return 32 bytes that only who holds the secret can make, other ones for other parts."""
    said = "\n".join(f"{len(part)}:{part}" for part in ("fyr masks 1", *parts))
    return hmac.digest(secret, said.encode(), hashlib.sha256)


def private_key(secret: bytes, study: str) -> X25519PrivateKey:
    """Return a site's key for one study; the same after a restart."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(derive(secret, "key", study))


def public_bytes(key: X25519PrivateKey) -> bytes:
    """Return the public half, 32 bytes."""
    return key.public_key().public_bytes_raw()


def agreed(key: X25519PrivateKey, peer: bytes, study: str, sites: tuple[str, str]) -> bytes:
    """Return the secret that two sites have in common in one study.

    Raises
    ------
    BadInput
        If the other's key is none.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError:
        raise BadInput("this is no key to agree on masks with", where=_WHERE) from None
    info = "\n".join(["fyr masks 1", study, *sorted(sites)]).encode()
    return HKDF(SHA256(), SEED, None, info).derive(shared)


def stream(seed: bytes, count: int) -> Limbs:
    """Return random limbs; a seed is used for one stream only."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    drawn = Cipher(algorithms.ChaCha20(seed, bytes(16)), mode=None).encryptor().update(bytes(16 * count))
    return np.frombuffer(drawn, dtype="<u8").reshape(count, 2).astype(np.uint64)


def masked(limbs: Limbs, site: str, own: bytes, pairs: Mapping[str, bytes]) -> Limbs:
    """Return a site's numbers under its masks.

    Parameters
    ----------
    limbs : ndarray of uint64, shape (count, 2)
    site : str
    own : bytes
        The seed of its own mask.
    pairs : mapping of str to bytes
        By other site, the seed that the two have in common in this round.
    """
    found = add(limbs, stream(own, len(limbs)))
    for other, seed in pairs.items():
        found = add(found, _signed(seed, len(limbs), site, other))
    return found


def unmasked(arrived: Mapping[str, Limbs], own: Mapping[str, bytes], left: Mapping[str, Mapping[str, bytes]]) -> Limbs:
    """Return the total of what arrived.

    Parameters
    ----------
    arrived : mapping of str to ndarray
        By site.
    own : mapping of str to bytes
        By site that arrived, the seed of its own mask.
    left : mapping of str to mapping
        By site that arrived: by site that did not, the seed that the two had in common.
    """
    shapes = {limbs.shape for limbs in arrived.values()}
    if len(shapes) != 1:
        raise BadInput("the sites sent masked sums of different lengths", where=_WHERE)
    total = np.zeros(shapes.pop(), dtype=np.uint64)
    for site, limbs in arrived.items():
        total = add(add(total, limbs), negate(stream(own[site], len(limbs))))
        for other, seed in left.get(site, {}).items():
            total = add(total, negate(_signed(seed, len(limbs), site, other)))
    return total


def _signed(seed: bytes, count: int, site: str, other: str) -> Limbs:
    drawn = stream(seed, count)
    return drawn if site < other else negate(drawn)


def hide(key: bytes, plain: bytes) -> bytes:
    """Return a share that only the receiver can read; a key is used for one share only."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key).encrypt(bytes(12), plain, None)


def reveal(key: bytes, hidden: bytes) -> bytes:
    """Return what was hidden.

    Raises
    ------
    BadInput
        If it was changed, or is for someone else.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), hidden, None)
    except (InvalidTag, ValueError):
        raise BadInput("a share of a mask was changed on its way", where=_WHERE) from None
