"""How messages travel: a post office, nothing more.

A transport may lose, delay, repeat and reorder; it must not change a byte. Who may speak, what belongs to which round
and what has already been answered is settled above it, the same way for all transports.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Transport"]


class Transport(Protocol):
    """The coordinator's side of a way to reach the sites."""

    def send(self, site: str, message: bytes) -> None:
        """Hand over a message for a site; returns at once, whether or not the site is there.

        Parameters
        ----------
        site : str
        message : bytes
            A sealed envelope.
        """

    def receive(self, wait_s: float) -> list[bytes]:
        """Return envelopes that have come from sites, waiting up to `wait_s` seconds for the first.

        They may be late, twice there, in any order, from anyone.
        """

    def close(self) -> None:
        """Let go of sockets, files and threads."""
