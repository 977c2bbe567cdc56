"""One way to start each carrier, so that one suite of tests holds all of them to the same contract."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.learn.federation.carriers.cohort import SITES, Enrolled

from fyr.learn.federation.carriers.by_hand import ByHand
from fyr.learn.federation.carriers.tls_coordinator import TlsCoordinator
from fyr.learn.federation.in_process import InProcess
from fyr.learn.federation.transport import Transport

ROOT = Path(__file__).resolve().parents[4]


class PostOffice:
    """A carrier and the hospitals at its other end.

    `open` gives the coordinator's transport, and may be called again after its `close`, as after a restart.
    """

    def __init__(self, everybody: Enrolled, folder: Path) -> None:
        self.everybody, self.folder = everybody, folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    carrier = ""
    wait_s = 60.0

    def open(self) -> Transport:
        raise NotImplementedError

    def place(self) -> str:
        return str(self.folder)

    def start(self, site: str, stop_at: int = -1, marker: Path | None = None) -> None:
        self._processes[site] = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.learn.federation.carriers.site_process", self.carrier),
                *(str(self.everybody.sites[site].folder), self.place(), str(stop_at), str(marker or "")),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        )

    def kill(self, site: str) -> None:
        process = self._processes.pop(site)
        process.kill()
        process.wait()

    def close(self) -> None:
        for site in list(self._processes):
            self.kill(site)


class InProcessOffice(PostOffice):
    """Sites of this process; killing one makes its answers stop."""

    carrier = "in-process"

    def __init__(self, everybody: Enrolled, folder: Path) -> None:
        super().__init__(everybody, folder)
        self._sites: dict[str, Callable[[bytes], bytes | None]] = dict.fromkeys(SITES, lambda data: None)

    def open(self) -> Transport:
        return InProcess(self._sites)

    def start(self, site: str, stop_at: int = -1, marker: Path | None = None) -> None:
        here = self.everybody.site(site)
        if marker is None:
            self._sites[site] = here.handle
            return

        def lost(question: bytes) -> None:
            marker.touch()

        self._sites[site] = lost

    def kill(self, site: str) -> None:
        self._sites[site] = lambda data: None

    def close(self) -> None:
        self._sites.clear()


class TlsOffice(PostOffice):
    carrier = "tls"

    def __init__(self, everybody: Enrolled, folder: Path) -> None:
        super().__init__(everybody, folder)
        self._port = 0

    def open(self) -> TlsCoordinator:
        found = TlsCoordinator(self.everybody.coordinator, SITES, port=self._port)
        self._port = found.port
        return found

    def place(self) -> str:
        return f"https://localhost:{self._port}"


class ByHandOffice(PostOffice):
    carrier = "by-hand"

    def open(self) -> Transport:
        return ByHand(self.everybody.coordinator, SITES, self.folder / "outbox", self.folder / "inbox")


class FlowerOffice(PostOffice):
    carrier = "flower"

    def __init__(self, everybody: Enrolled, folder: Path) -> None:
        super().__init__(everybody, folder)
        from fyr.learn.federation.carriers.superlink import SuperLink

        self._port = free_port()
        self._log = folder / "superlink.log"
        self.superlink = SuperLink(everybody.coordinator, port=self._port, log=self._log)

    def open(self) -> Transport:
        from fyr.learn.federation.carriers.flower_coordinator import FlowerCoordinator
        from fyr.learn.federation.carriers.superlink import superlink_secret

        secret = superlink_secret(self.everybody.coordinator).read_bytes()
        return FlowerCoordinator(self.everybody.coordinator, SITES, self.place(), secret)

    def place(self) -> str:
        return f"localhost:{self._port}"

    def restart_superlink(self) -> None:
        from fyr.learn.federation.carriers.superlink import SuperLink

        self.superlink.kill()
        self.superlink = SuperLink(self.everybody.coordinator, port=self._port, log=self._log)

    def close(self) -> None:
        super().close()
        self.superlink.kill()


OFFICES: dict[str, type[PostOffice]] = {
    office.carrier: office for office in (InProcessOffice, TlsOffice, ByHandOffice, FlowerOffice)
}


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def beside(work: Callable[[], None]) -> threading.Thread:
    """Do something beside the test; it must be joined."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread
