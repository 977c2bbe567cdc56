"""A private NATS server with JetStream, started, killed and started again on the same store by its process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["NatsServer", "nats_server_program"]


def nats_server_program() -> str | None:
    """Return where nats-server is; Debian puts it where an ordinary PATH does not look."""
    return shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")


class NatsServer:
    """A server on a free port of 127.0.0.1 whose streams lie in a folder."""

    def __init__(self, folder: Path, *, store_limit: str = "10G", mqtt: bool = False) -> None:
        with socket.socket() as free, socket.socket() as other:
            free.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
            self.mqtt_port: int = other.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._conf = folder / "nats.conf"
        store = folder / "store"
        lines = [
            "server_name: fyr-test",
            f'listen: "127.0.0.1:{self.port}"',
            f'jetstream {{ store_dir: "{store}", max_file_store: {store_limit}{self._sync_always()} }}',
        ]
        if mqtt:
            lines.append(f'mqtt {{ listen: "127.0.0.1:{self.mqtt_port}" }}')
        self._conf.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _sync_always() -> str:
        """Return the setting that synchronises every message, which servers before 2.10 do not know."""
        program = nats_server_program()
        assert program is not None
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        major, minor = said.rpartition("v")[2].split(".")[:2]
        return ", sync_interval: always" if (int(major), int(minor)) >= (2, 10) else ""

    @property
    def pid(self) -> int:
        """The process to kill."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = nats_server_program()
        assert program is not None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self._conf)], stdout=log, stderr=log)
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise AssertionError((self._folder / "log").read_text()[-2000:]) from None
                time.sleep(0.01)
            else:
                return

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)

    def stop(self) -> None:
        """End it in peace."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=30)


@contextmanager
def two_nats_servers(folder: Path) -> Iterator[tuple[NatsServer, NatsServer]]:
    """Run two servers that know nothing of each other; the test skips where there is no nats-server."""
    if nats_server_program() is None:
        pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
    found = []
    for name in ("nats-one", "nats-two"):
        (folder / name).mkdir()
        found.append(NatsServer(folder / name))
        found[-1].start()
    yield found[0], found[1]
    for server in found:
        server.stop()
