"""The seam between Fyr and whoever vouches for a person: local accounts today, the hospital's sign-on tomorrow."""

from __future__ import annotations

from typing import Protocol

from fyr.serve.permissions import Person

__all__ = ["IdentityProvider"]


class IdentityProvider(Protocol):
    """Vouches for people.

    A provider for hospital single sign-on (OpenID Connect, SAML) implements :meth:`person`, so that a disabled person
    loses a running session at the next request, and starts sessions through :class:`fyr.serve.sessions.Sessions` from
    its own call-back route; only local accounts need :meth:`authenticate`.
    """

    def authenticate(self, name: str, password: str) -> Person | None:
        """Return the person if name and password match an account that is not disabled, else ``None``.

        Takes the same time whether or not the name exists.
        """
        ...

    def person(self, name: str) -> Person | None:
        """Return the person as they are now, or ``None`` if they are unknown or disabled."""
        ...
