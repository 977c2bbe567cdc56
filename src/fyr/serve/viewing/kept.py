"""What was read or computed, kept under the digest of what it was made of, for as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Final, TypeVar, cast

__all__ = ["Kept"]

T = TypeVar("T")


class Kept:
    """Values by key, the longest unused thrown away first; threads may share it.

    Whoever asks for what another thread is making waits for it: nothing is made twice at once. What fails is not kept.

    Parameters
    ----------
    most_bytes : int
        Room for all values together. A larger one is handed out and not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most: Final = most_bytes
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, Future[Any]] = {}
        self._lock: Final = threading.Lock()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """What is kept now, in bytes."""
        return self._bytes

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """Return the value of a key; make it if it is not there.

        Parameters
        ----------
        key : hashable
            Must tell all that the value hangs on.
        make : callable
        size : callable
            Gives a value's bytes.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast("T", self._values[key][0])
            promised = self._making.get(key)
            if promised is None:
                mine: Future[Any] = Future()
                self._making[key] = mine
        if promised is not None:
            return cast("T", promised.result())
        try:
            value = make()
        except BaseException as problem:
            with self._lock:
                del self._making[key]
            mine.set_exception(problem)
            raise
        with self._lock:
            del self._making[key]
            self._keep(key, value, size(value))
        mine.set_result(value)
        return value

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        if size > self._most:
            return
        self._values[key] = (value, size)
        self._bytes += size
        while self._bytes > self._most:
            _, (_, freed) = self._values.popitem(last=False)
            self._bytes -= freed
