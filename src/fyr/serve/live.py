"""Live tiles to many browsers: one numbered stream per ward, with resume, and a bound on what a slow browser costs.

A round in which many beds changed is one message (``tiles``), of each bed only what is other than before; with few,
each bed is a message of its own (``tile``), whole.

A cursor is ``epoch:sequence``. The epoch is a number that grows with every start of the server, the sequence counts
messages within it, so cursors only ever grow. A browser that returns with a cursor that is still in the ring gets the
tiles that it missed; with any other cursor it gets a full board first.

Everything here runs on the event loop's thread, except :meth:`LiveHub.offer`, which any thread may call.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from fyr.clock import Clock, to_iso

__all__ = [
    "BedGone",
    "BudgetChange",
    "Change",
    "LiveChannel",
    "LiveHub",
    "Subscription",
    "TileChange",
]

_RING: Final = 4096
_BACKLOG: Final = 256
_RETRY_MS: Final = 1000
_MANY: Final = 64
"""From how many changed beds on a round is one message: a slow browser would else start afresh in every round."""


@dataclass(frozen=True, slots=True)
class TileChange:
    """A tile that is to replace the one shown for that bed."""

    ward: str
    bed: str
    tile: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """A ward's alarm budget says something else than before."""

    ward: str
    budget: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BedGone:
    """Nobody lies in a bed any more: it is on the board no longer."""

    ward: str
    bed: str


Change = TileChange | BudgetChange | BedGone


class Subscription:
    """One browser's place in a channel: at most `backlog` tiles wait for it, after that it starts afresh."""

    def __init__(self, backlog: int, waiting: Iterable[bytes], *, needs_board: bool) -> None:
        self._waiting = deque(waiting)
        self._backlog = backlog
        self._woken = asyncio.Event()
        self.needs_board = needs_board

    def offer(self, message: bytes) -> None:
        """Queue a message, or fall back to a fresh board where too many wait already."""
        if len(self._waiting) >= self._backlog:
            self._waiting.clear()
            self.needs_board = True
        if not self.needs_board:
            self._waiting.append(message)
        self.wake()

    def take(self) -> bytes:
        """Return everything that waits, in order."""
        messages = b"".join(self._waiting)
        self._waiting.clear()
        return messages

    def wake(self) -> None:
        """Let :meth:`wait` return."""
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Wait until something is queued, or so many seconds."""
        try:
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0))
        except TimeoutError:
            return
        self._woken.clear()


class LiveChannel:
    """The newest tile of every bed of one ward, and everyone who watches them.

    Parameters
    ----------
    epoch : int
        Grows with every start of the server.
    clock : Clock
        The ward's clock, which a demonstration may run faster.
    header : mapping
        What stands on the board beside the beds.
    is_alive : callable
        Whether the engine keeps up; no heartbeat goes out while it does not, so that no browser takes frozen values
        for live ones.
    ring : int
        How many messages are kept for browsers that return.
    backlog : int
        How many messages may wait for one browser.
    """

    def __init__(
        self,
        epoch: int,
        clock: Clock,
        header: Mapping[str, Any],
        *,
        is_alive: Callable[[], bool] = lambda: True,
        ring: int = _RING,
        backlog: int = _BACKLOG,
    ) -> None:
        self._epoch = epoch
        self._clock = clock
        self._header = header
        self._is_alive = is_alive
        self._backlog = backlog
        self._sequence = 0
        self._tiles: dict[str, Mapping[str, Any]] = {}
        self._budget: Mapping[str, Any] | None = None
        self._notices: Sequence[Mapping[str, Any]] = ()
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=ring)
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    @property
    def cursor(self) -> str:
        """Where the stream is now."""
        return f"{self._epoch}:{self._sequence}"

    @property
    def watchers(self) -> int:
        """How many browsers watch."""
        return len(self._subscriptions)

    def publish(self, changes: Iterable[Change]) -> None:
        """Show what changed to everyone who watches."""
        changes = list(changes)
        tiles = [change for change in changes if isinstance(change, TileChange)]
        if len(tiles) > _MANY:
            changes = [change for change in changes if not isinstance(change, TileChange)]
            for gone in [change for change in changes if isinstance(change, BedGone)]:  # a bed may be another's by now
                self._show_gone(gone)
                changes.remove(gone)
            self._send("tiles", {"tiles": [self._what_changed(change) for change in tiles]})
        for change in changes:
            if isinstance(change, TileChange):
                self._tiles[change.bed] = change.tile
                self._send("tile", change.tile)
            elif isinstance(change, BedGone):
                self._show_gone(change)
            else:
                self._budget = change.budget
                self._send("budget", change.budget)

    def show_notices(self, document: bytes) -> None:
        """Show what stands of the house's own troubles, a JSON list, to everyone who watches."""
        self._notices = orjson.loads(document)
        self._send("notices", {"notices": self._notices})

    def board(self) -> bytes:
        """Return the full board as JSON."""
        return orjson.dumps(
            {
                **self._header,
                "now": to_iso(self._clock.now_us()),
                "cursor": self.cursor,
                "budget": self._budget,
                "notices": list(self._notices),
                "beds": list(self._tiles.values()),
            }
        )

    def _show_gone(self, change: BedGone) -> None:
        self._tiles.pop(change.bed, None)
        self._send("gone", {"bed": change.bed})

    def _what_changed(self, change: TileChange) -> dict[str, Any]:
        before = self._tiles.get(change.bed)
        self._tiles[change.bed] = change.tile
        if before is None:
            return dict(change.tile)
        return {
            name: value
            for name, value in change.tile.items()
            if name == "bed" or name not in before or (before[name] is not value and before[name] != value)
        }

    def _send(self, event: str, document: Mapping[str, Any]) -> None:
        self._sequence += 1
        message = _message(event, orjson.dumps(document), self.cursor)
        self._ring.append((self._sequence, message))
        for subscription in self._subscriptions:
            subscription.offer(message)

    def subscribe(self, last_event_id: str | None) -> Subscription:
        """Begin to watch where `last_event_id` left off, or with a full board."""
        missed = self._since(last_event_id)
        subscription = Subscription(self._backlog, missed or (), needs_board=missed is None)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop watching."""
        self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every stream now."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.wake()

    async def stream(
        self,
        last_event_id: str | None,
        still_allowed: Callable[[], Awaitable[bool]],
        *,
        heartbeat_s: float = 1.0,
        check_every_s: float = 10.0,
    ) -> AsyncIterator[bytes]:
        """Yield server-sent events until the channel closes or the person may no longer watch.

        A heartbeat goes out every `heartbeat_s`; `still_allowed` is asked every `check_every_s`.
        """
        subscription = self.subscribe(last_event_id)
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        next_check = loop.time() + check_every_s
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode()
            while not self._closed:
                if subscription.needs_board:
                    subscription.take()
                    subscription.needs_board = False
                    yield _message("board", self.board(), self.cursor)
                if waiting := subscription.take():
                    yield waiting
                if loop.time() >= next_beat:
                    next_beat = loop.time() + heartbeat_s
                    if self._is_alive():
                        yield self._heartbeat()
                if loop.time() >= next_check:
                    next_check = loop.time() + check_every_s
                    if not await still_allowed():
                        return
                await subscription.wait(next_beat - loop.time())
        finally:
            self.unsubscribe(subscription)

    def _heartbeat(self) -> bytes:
        return _message("heartbeat", orjson.dumps({"now": to_iso(self._clock.now_us()), "cursor": self.cursor}))

    def _since(self, last_event_id: str | None) -> list[bytes] | None:
        """Return what came after that cursor; ``None`` where the ring cannot tell."""
        epoch, _, sequence = (last_event_id or "").partition(":")
        if epoch != str(self._epoch) or not (sequence.isascii() and sequence.isdigit()):
            return None
        seen = int(sequence)
        oldest = self._ring[0][0] if self._ring else self._sequence + 1
        if seen > self._sequence or seen < oldest - 1:
            return None
        return [message for number, message in self._ring if number > seen]


class LiveHub:
    """The channels of all wards, and the door through which other threads hand tiles in."""

    def __init__(self, channel: Callable[[str], LiveChannel]) -> None:
        self._new_channel = channel
        self._channels: dict[str, LiveChannel] = {}
        self._notices = b"[]"
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on publish on this event loop."""
        self._loop = loop

    def channel(self, ward: str) -> LiveChannel:
        """Return the ward's channel."""
        if ward not in self._channels:
            self._channels[ward] = self._new_channel(ward)
            if self._notices != b"[]":
                self._channels[ward].show_notices(self._notices)
        return self._channels[ward]

    def offer(self, changes: Sequence[Change]) -> None:
        """Publish tiles and budgets; any thread may call this, and calls are published in their order."""
        if not changes:
            return
        if self._loop is None:
            self._publish(changes)
        else:
            self._loop.call_soon_threadsafe(self._publish, changes)

    def notices(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Show what stands of the house's own troubles on every ward; any thread may call this."""
        if self._loop is None:
            self._show_notices(orjson.dumps(documents))
        else:
            self._loop.call_soon_threadsafe(self._show_notices, orjson.dumps(documents))

    @property
    def watchers(self) -> int:
        """How many browsers watch, on all wards."""
        return sum(channel.watchers for channel in tuple(self._channels.values()))

    def close(self) -> None:
        """End every stream."""
        for channel in self._channels.values():
            channel.close()

    def _show_notices(self, document: bytes) -> None:
        self._notices = document
        for channel in self._channels.values():
            channel.show_notices(document)

    def _publish(self, changes: Sequence[Change]) -> None:
        for ward in dict.fromkeys(change.ward for change in changes):
            self.channel(ward).publish(change for change in changes if change.ward == ward)


def _message(event: str, data: bytes, cursor: str = "") -> bytes:
    head = f"id: {cursor}\nevent: {event}\ndata: " if cursor else f"event: {event}\ndata: "
    return head.encode() + data + b"\n\n"
