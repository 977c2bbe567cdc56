"""Keeps the worker processes of a house alive: each is started again when it ends, and ends with its house."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["Workers"]

_LOG: Final = logging.getLogger("fyr.serve")
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
_STABLE_S: Final = 30.0
_PATIENCE_S: Final = 20.0


class Workers:
    """Some processes that are always to run.

    Each holds the other end of its standard input: when this process ends, however it ends, they notice and end too.

    Parameters
    ----------
    commands : sequence of sequence of str
        One for each worker.
    on_start : callable
        Called with the number of a worker whenever it was started.
    """

    def __init__(self, commands: Sequence[Sequence[str]], on_start: Callable[[int], None] = lambda _: None) -> None:
        self._commands = [list(command) for command in commands]
        self._on_start = on_start
        self._stopping = threading.Event()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start all of them."""
        for number in range(len(self._commands)):
            thread = threading.Thread(target=self._keep, args=(number,), name=f"fyr-worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let all of them end in order; one that does not within 20 seconds is killed."""
        self._stopping.set()
        for process in list(self._processes.values()):
            if process.stdin is not None:
                process.stdin.close()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        for process in list(self._processes.values()):
            if process.poll() is None:
                process.kill()

    @property
    def pids(self) -> dict[int, int]:
        """The process of each worker that runs."""
        return {number: process.pid for number, process in self._processes.items() if process.poll() is None}

    def _keep(self, number: int) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            begun_s = time.monotonic()
            process = subprocess.Popen(self._commands[number], stdin=subprocess.PIPE)  # noqa: S603  our own command
            self._processes[number] = process
            if self._stopping.is_set() and process.stdin is not None:
                process.stdin.close()
            self._on_start(number)
            code = process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - begun_s > _STABLE_S:
                pause_s = _FIRST_PAUSE_S
            _LOG.error("worker %d ended (%d) and is started again", number + 1, code)
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
