"""The door of the coordinator: what a site handed in goes further only if it is an envelope that this site signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fyr.errors import NotPermitted
from fyr.learn.federation.envelope import Envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["let_in"]


def let_in(data: bytes, site: str, keys: Mapping[str, Ed25519PublicKey]) -> Envelope:
    """Return the envelope that came by the way of one site.

    Parameters
    ----------
    data : bytes
    site : str
        Whose way it was: its certificate, its node key, its file.
    keys : mapping of str to public key

    Raises
    ------
    BadInput
        If it is no envelope.
    NotPermitted
        If it is not signed with the site's key, or speaks for another one.
    """
    if site not in keys:
        raise NotPermitted(f"{site} takes no part in this study", where=site)
    said = Envelope.open(data, dict(keys))
    if said.sender != site:
        raise NotPermitted(f"{site} handed in an envelope of {said.sender}", where=site)
    if said.kind == "question":
        raise NotPermitted(f"{site} asks, where it should answer", where=site)
    return said
