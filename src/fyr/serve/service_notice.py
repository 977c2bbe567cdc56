"""What systemd is told of the service: that it is ready, lives, and stops (``sd_notify(3)``).

The protocol is one datagram of ``NAME=value`` lines to the socket that ``NOTIFY_SOCKET`` names; nothing is sent where
there is none. systemd restarts a service that has not said ``WATCHDOG=1`` for ``WatchdogSec``.
"""

from __future__ import annotations

import os
import socket
from typing import Final

__all__ = ["ServiceNotice"]

_LONGEST: Final = 200


class ServiceNotice:
    """Tells the service manager; without one, nobody.

    Parameters
    ----------
    address : str, optional
        The socket; ``NOTIFY_SOCKET`` by default. ``@`` begins an abstract one.
    """

    def __init__(self, address: str | None = None) -> None:
        named = os.environ.get("NOTIFY_SOCKET", "") if address is None else address
        self._address = f"\0{named[1:]}" if named.startswith("@") else named

    @property
    def is_heard(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._address)

    def ready(self, status: str = "") -> None:
        """Say that the service answers."""
        self._tell("READY=1", status)

    def alive(self, status: str = "") -> None:
        """Say that the service still does its work."""
        self._tell("WATCHDOG=1", status)

    def stopping(self) -> None:
        """Say that the service stops."""
        self._tell("STOPPING=1", "stopping")

    def _tell(self, state: str, status: str) -> None:
        if not self._address:
            return
        said = " ".join(status.split())[:_LONGEST]
        message = f"{state}\nSTATUS={said}" if said else state
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagram:
                datagram.settimeout(1)
                datagram.sendto(message.encode(), self._address)
        except OSError:
            return  # a service manager that does not listen must not stop the ward
