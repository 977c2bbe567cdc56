"""Sites in this process: the default, and what every other transport is held against."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

__all__ = ["InProcess"]


class InProcess:
    """A transport whose sites are functions of bytes.

    Parameters
    ----------
    sites : mapping of str to callable
        Each takes an envelope and returns the answer's, or None where it has nothing to say.
    """

    def __init__(self, sites: Mapping[str, Callable[[bytes], bytes | None]]) -> None:
        self._sites = sites
        self._come: list[bytes] = []

    def send(self, site: str, message: bytes) -> None:
        """Let the site answer at once."""
        answer = self._sites[site](message)
        if answer is not None:
            self._come.append(answer)

    def receive(self, wait_s: float) -> list[bytes]:
        """Return the answers; where there are none, none will come before the sites are asked again."""
        come, self._come = self._come, []
        if not come:
            time.sleep(wait_s)
        return come

    def close(self) -> None:
        """Do nothing."""
