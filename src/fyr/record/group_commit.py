"""Many threads, one transaction: whatever waits while the disk is busy is written together next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final, Generic, NamedTuple, TypeVar

from fyr.errors import FyrError, ServiceUnavailable

__all__ = ["GroupCommit"]

_LINGER_S: Final = 0.001

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(NamedTuple, Generic[Item, Result]):
    item: Item
    done: Future[Result]


class GroupCommit(Generic[Item, Result]):
    """Collects items from any thread and writes them in groups.

    Who comes alone writes alone, in its own thread, and waits for nobody. As soon as several come at once, one thread
    writes for all of them, and lingers for a moment for those whom it has just served and who come straight back.

    Parameters
    ----------
    name : str
        What the writing thread is called.
    write : callable
        Takes a sequence of items, writes all or none of them durably, and returns a result for each.
    largest : int
        The most items in one transaction.
    """

    def __init__(self, name: str, write: Callable[[Sequence[Item]], Sequence[Result]], *, largest: int = 2000) -> None:
        self._name: Final = name
        self._write: Final = write
        self._largest: Final = largest
        self._queue: SimpleQueue[_Waiting[Item, Result] | None] = SimpleQueue()
        self._state = threading.Lock()
        self._turn = threading.Lock()
        self._writer: threading.Thread | None = None
        self._outstanding = 0
        self._last_size = 1
        self._closed = False

    def write(self, item: Item) -> Result:
        """Return an item's result once it is durable, or raise the error that kept it from being so."""
        if not self._alone():
            return self.submit(item).result()
        try:
            return self._write([item])[0]
        finally:
            self._turn.release()

    def submit(self, item: Item) -> Future[Result]:
        """Hand an item over; the future has its result once it is durable, or the error that kept it from being so."""
        done: Future[Result] = Future()
        with self._state:
            self._refuse_if_closed()
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._writer.start()
            self._outstanding += 1
            self._queue.put(_Waiting(item, done))
        return done

    def close(self) -> None:
        """Write what still waits, then stop."""
        with self._state:
            self._closed = True
            writer, self._writer = self._writer, None
            self._queue.put(None)
        if writer is not None:
            writer.join()

    def _alone(self) -> bool:
        """Take the turn if nobody waits or writes, and nobody lately did."""
        with self._state:
            self._refuse_if_closed()
            return self._outstanding == 0 and self._last_size == 1 and self._turn.acquire(blocking=False)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise FyrError("this record is closed", where=self._name)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            with self._turn:
                group, more = self._gather(first)
                self._settle(group)
                with self._state:
                    self._outstanding -= len(group)
                    self._last_size = len(group)
            if not more:
                return

    def _gather(self, first: _Waiting[Item, Result]) -> tuple[list[_Waiting[Item, Result]], bool]:
        """Take what waits; the second answer says whether to go on afterwards."""
        group = [first]
        until = time.monotonic() + _LINGER_S
        while len(group) < self._largest:
            patience = until - time.monotonic() if len(group) < self._last_size else 0.0
            try:
                waiting = self._queue.get(timeout=patience) if patience > 0 else self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                return group, False
            group.append(waiting)
        return group, True

    def _settle(self, group: list[_Waiting[Item, Result]]) -> None:
        try:
            results = self._write([waiting.item for waiting in group])
        except BaseException as problem:  # noqa: BLE001  every failure belongs to whoever waits for it
            self._settle_failure(group, problem)
        else:
            for waiting, result in zip(group, results, strict=True):
                waiting.done.set_result(result)

    def _settle_failure(self, group: list[_Waiting[Item, Result]], problem: BaseException) -> None:
        """One bad item must not take the others with it: written alone, each meets its own fate."""
        if len(group) == 1 or isinstance(problem, ServiceUnavailable):
            for waiting in group:
                waiting.done.set_exception(problem)
        else:
            for waiting in group:
                self._settle([waiting])
