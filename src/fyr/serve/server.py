"""Runs an application with uvicorn so that it stops when it is told to, open live streams or not."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from fyr.errors import ServiceUnavailable
from fyr.serve.installation import Installation
from fyr.serve.settled_memory import settle_memory

__all__ = ["bind", "bind_unix", "run", "stop_when_input_ends"]


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, so that a taken port is found before anything else begins.

    Raises
    ------
    ServiceUnavailable
        If the port is in use, may not be used, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as problem:
        listening.close()
        mends = {
            errno.EADDRINUSE: "stop what runs there, or choose another with --port",
            errno.EACCES: "choose a port above 1023 with --port",
        }
        raise ServiceUnavailable(
            f"cannot listen on port {port}: {problem.strerror}",
            where=f"{host}:{port}",
            mend=mends.get(problem.errno or 0, "give an address of this machine with --host"),
        ) from problem
    listening.set_inheritable(True)
    return listening


def bind_unix(path: Path) -> socket.socket:
    """Return a Unix socket bound to a path, in place of what a server that was killed left there."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.set_inheritable(True)
    return listening


def stop_when_input_ends() -> None:
    """Stop this process in order as soon as whoever started it is gone: its end of our standard input closes then."""

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="fyr-parent", daemon=True).start()


class _Server(uvicorn.Server):
    """Ends the live streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, installation: Installation, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._installation = installation
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()
            self._installation.watchdog.service.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._installation.watchdog.service.stopping()
        self._installation.hub.close()
        await super().shutdown(sockets)


def run(
    app: ASGIApp, installation: Installation, listening: socket.socket, on_started: Callable[[], None] = lambda: None
) -> None:
    """Serve until interrupted; returns normally after Ctrl-C or SIGTERM.

    Parameters
    ----------
    app : ASGI application
    installation : Installation
    listening : socket
        From :func:`bind`.
    on_started : callable
        Called once when the server answers.
    """
    settle_memory()
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
    )
    # uvicorn raises the signal again when it has shut down: SIGTERM must not end the process before sources are closed.
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _Server(config, installation, on_started).run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, former)
