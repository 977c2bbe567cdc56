"""Before several workers: what stands of the front's own troubles (a source, the disk) is on every worker's boards.

A worker knows its own notices alone. The front puts its own into whatever passes through it: the board, and the live
stream, in which it also says at once what changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

import orjson

__all__ = ["HouseNotices"]

_LOOK_EVERY_S: Final = 1.0

Documents = list[dict[str, Any]]


class HouseNotices:
    """The front's notices beside those of the workers.

    Parameters
    ----------
    standing : callable
        Gives the documents of the front's notices that stand now.
    """

    def __init__(self, standing: Callable[[], Sequence[dict[str, Any]]]) -> None:
        self._standing = standing
        self._of_worker: dict[int, Documents] = {}

    def on_board(self, worker: int, content: bytes) -> bytes:
        """Return a worker's board as JSON with the front's notices on it."""
        board = orjson.loads(content)
        self._of_worker[worker] = board["notices"]
        return orjson.dumps({**board, "notices": self._together(worker)})

    async def in_stream(self, worker: int, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Give a worker's server-sent events on, with the front's notices; what changes here is an event of its own.

        Such an event has no cursor: a browser that returns is told what stands, whatever it missed.
        """
        told: Documents | None = None
        begun, rest = False, b""
        waited: asyncio.Task[bytes] | None = None
        try:
            while True:
                if waited is None:
                    waited = asyncio.ensure_future(_next(chunks))
                done, _ = await asyncio.wait({waited}, timeout=_LOOK_EVERY_S)
                if done:
                    chunk, waited = waited.result(), None
                    if not chunk:
                        return
                    *events, rest = (rest + chunk).split(b"\n\n")
                    for event in events:
                        kind, passed_on = self._passed_on(worker, event)
                        begun = begun or bool(kind)
                        told = self._together(worker) if kind in (b"board", b"notices") else told
                        yield passed_on + b"\n\n"
                now = self._together(worker)
                if begun and told != now:
                    told = now
                    yield b"event: notices\ndata: " + orjson.dumps({"notices": now}) + b"\n\n"
        finally:
            if waited is not None:
                waited.cancel()

    def _passed_on(self, worker: int, event: bytes) -> tuple[bytes, bytes]:
        """Return the kind of an event, empty for none, and the event as it goes on."""
        head, has_data, data = event.partition(b"\ndata: ")
        kind = head.rpartition(b"event: ")[2] if has_data else b""
        if kind not in (b"board", b"notices"):
            return kind, event
        return kind, head + has_data + self.on_board(worker, data)

    def _together(self, worker: int) -> Documents:
        """Return what stands in both, the oldest first; the same trouble, seen by both, once."""
        found = sorted([*self._standing(), *self._of_worker.get(worker, [])], key=lambda one: str(one["since"]))
        once: dict[str, dict[str, Any]] = {}
        for one in found:
            once.setdefault(str(one["id"]).rpartition("/")[0], one)
        return list(once.values())


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the next chunk that is not empty; nothing at the end."""
    async for chunk in chunks:
        if chunk:
            return chunk
    return b""
