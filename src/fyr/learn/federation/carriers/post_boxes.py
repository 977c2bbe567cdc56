"""What waits to be fetched, site by site, until the site says that it has taken it; and what has come in.

A message is handed out again and again until it is taken, so a line that breaks loses none. Numbers are of this run of
the coordinator alone (`session`): after a restart it asks anew, and sites give the answer that they gave before.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field

__all__ = ["PostBoxes"]


@dataclass(slots=True)
class _Box:
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    number: int = 0
    visit: int = 0
    heard_at: float | None = None


class PostBoxes:
    """The coordinator's boxes; every method may be called from any thread.

    Parameters
    ----------
    sites : tuple of str
    """

    def __init__(self, sites: tuple[str, ...]) -> None:
        self.session = secrets.token_hex(8)
        self._boxes = {site: _Box() for site in sites}
        self._change = threading.Condition()
        self._come: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended = ""

    def put(self, site: str, message: bytes) -> None:
        """Lay a message into a site's box; one that already waits there is not laid in twice."""
        with self._change:
            box = self._boxes[site]
            if all(waiting != message for _, waiting in box.waiting):
                box.number += 1
                box.waiting.append((box.number, message))
                self._change.notify_all()

    def taken(self, site: str, session: str, number: int) -> None:
        """Drop what a site says it has taken; what it says of an earlier run of the coordinator means nothing."""
        if session != self.session:
            return
        with self._change:
            waiting = self._boxes[site].waiting
            while waiting and waiting[0][0] <= number:
                waiting.popleft()

    def fetch(self, site: str, wait_s: float) -> tuple[int, bytes] | None:
        """Return the oldest message for a site, waiting for one; None if none came, or the site asks elsewhere.

        A site has one line: where it asks anew, an older line that still waits gives up.
        """
        until = time.monotonic() + wait_s
        with self._change:
            box = self._boxes[site]
            box.visit += 1
            visit, box.heard_at = box.visit, time.monotonic()
            self._change.notify_all()
            while True:
                if box.visit != visit or self._ended:
                    return None
                if box.waiting:
                    return box.waiting[0]
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._change.wait(left)

    def hand_in(self, message: bytes) -> None:
        """Take what a site said."""
        self._come.put(message)

    def come(self, wait_s: float) -> list[bytes]:
        """Return what sites said, waiting for the first."""
        found = []
        try:
            found.append(self._come.get(timeout=max(wait_s, 0.001)))
            while True:
                found.append(self._come.get_nowait())
        except queue.Empty:
            return found

    def heard(self) -> dict[str, float | None]:
        """Return how many seconds ago each site was last there; None: never."""
        now = time.monotonic()
        with self._change:
            return {s: None if b.heard_at is None else now - b.heard_at for s, b in self._boxes.items()}

    def end(self, words: str) -> None:
        """Say that the study is over; whoever waits is woken."""
        with self._change:
            self._ended = words
            self._change.notify_all()

    @property
    def ended(self) -> str:
        """What sites are told at the end; empty until then."""
        return self._ended
