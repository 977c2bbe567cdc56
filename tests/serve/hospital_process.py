"""A whole hospital as processes of its own: `fyr serve` with sources and sinks, killed, started again, looked into."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fyr.clock import SystemClock, to_datetime
from fyr.exchange.hl7v2.frames import FrameDecoder, frame
from fyr.record import Access
from fyr.record.jetstream_journal import open_jetstream_journal
from fyr.record.journal import Journal
from fyr.record.record import Record

__all__ = ["HospitalProcess", "PagerReceiver", "admission", "free_port", "vital_signs"]


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def admission(number: str, ward: str, bed: str, control: str) -> bytes:
    """Return an ADT^A01."""
    now = f"{to_datetime(SystemClock().now_us()):%Y%m%d%H%M%S}+0000"
    return "\r".join(
        [
            f"MSH|^~\\&|ADT|H|FYR|H|{now}||ADT^A01^ADT_A01|{control}|P|2.6|||||||UNICODE UTF-8",
            f"EVN|A01|{now}",
            f"PID|1||{number}^^^H^MR||||19500101|F",
            f"PV1|1|I|{ward}^^{bed}",
            "",
        ]
    ).encode()


def vital_signs(number: str, control: str, *, spo2: float = 97, heart_rate: float = 75, rate: float = 15) -> bytes:
    """Return an ORU^R01 of this moment."""
    moment = to_datetime(SystemClock().now_us())
    now = f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 1000:03d}+0000"
    values = (
        ("147842^MDC_ECG_HEART_RATE^MDC", heart_rate, "264864^MDC_DIM_BEAT_PER_MIN^MDC"),
        ("150456^MDC_PULS_OXIM_SAT_O2^MDC", spo2, "262688^MDC_DIM_PERCENT^MDC"),
        ("151562^MDC_RESP_RATE^MDC", rate, "264928^MDC_DIM_RESP_PER_MIN^MDC"),
    )
    return "\r".join(
        [
            f"MSH|^~\\&|MON|H|FYR|H|{now}||ORU^R01^ORU_R01|{control}|P|2.6",
            f"PID|1||{number}^^^H^MR",
            f"OBR|1|||VITALS|||{now}",
            *(
                f"OBX|{place}|NM|{code}||{value:g}|{unit}|||||F|||{now}"
                for place, (code, value, unit) in enumerate(values, 1)
            ),
            "",
        ]
    ).encode()


class PagerReceiver:
    """Takes alarms over MLLP and accepts them all."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        decoder = FrameDecoder()
        with connection:
            while data := connection.recv(65536):
                for one in decoder.feed(data):
                    text = one.payload.decode()
                    self.messages.append(text)
                    control = text.split("|")[9]
                    connection.sendall(
                        frame(f"MSH|^~\\&|P|H|F|H|20260101||ACK|a{control}|P|2.6\rMSA|AA|{control}\r".encode())
                    )


class HospitalProcess:
    """A home, its configuration, and the processes that serve it."""

    def __init__(
        self,
        folder: Path,
        *,
        nats_url: str | None = None,
        workers: int = 2,
        pager: int | None = None,
        more: Sequence[str] = (),
    ) -> None:
        self.home = folder / "home"
        self.port, self.mllp, self.mqtt = free_port(), free_port(), free_port()
        self.nats_url = nats_url
        self.workers = workers if nats_url else 0
        self._log = folder / "log"
        lines = [
            "[hospital]",
            'title = "Test hospital"',
            'id = "th"',
            'lateness = "1 s"',
            "[server]",
            f"port = {self.port}",
            "[[source]]",
            'kind = "mllp"',
            'name = "monitors"',
            f"port = {self.mllp}",
            'period = "1 s"',
            "[[source]]",
            'kind = "mqtt"',
            'name = "gateway"',
            f"port = {self.mqtt}",
        ]
        if nats_url:
            lines += ["[journal]", 'kind = "jetstream"', f'url = "{nats_url}"', f"workers = {workers}"]
            lines += ['snapshot_every = "5 s"']
        else:
            lines += ["[journal]", 'snapshot_every = "5 s"']
        if pager is not None:
            lines += ["[[sink]]", 'kind = "pcd04"', 'name = "pager"', 'host = "127.0.0.1"', f"port = {pager}"]
        lines += more
        self.config = folder / "fyr.toml"
        self.config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    @property
    def worker_pids(self) -> list[int]:
        """The processes of the workers that run."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        found: list[int] = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            children = task / "children"
            found += [int(pid) for pid in children.read_text().split()] if children.exists() else []
        return found

    def start(self) -> None:
        """Start it, and wait until it says that it is open and every ward answers."""
        command = [sys.executable, "-m", "fyr.cli", "serve", "--home", str(self.home), "--config", str(self.config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until the sources listen and the health is good."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            if _answers(self.port) and _connects(self.mllp):
                return
            time.sleep(0.1)
        raise AssertionError(self.log)

    def kill(self, pid: int | None = None) -> None:
        """End a process with SIGKILL: the one that was started, unless another is named."""
        os.kill(self.pid if pid is None else pid, signal.SIGKILL)
        if pid is None or pid == self.pid:
            assert self._process is not None
            self._process.wait(30)

    def stop(self) -> None:
        """Let it end in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(40)

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text()[-6000:]

    def verb(self, *words: str) -> str:
        """Run a verb of `fyr serve` on this home, and return what it prints."""
        command = [sys.executable, "-m", "fyr.cli", "serve", "--home", str(self.home), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout

    @contextmanager
    def record(self) -> Iterator[Record]:
        """Open its record, on the test's behalf."""
        with Record.open(self.home, access=Access("test", "software", "test")) as record:
            yield record

    @contextmanager
    def journal(self) -> Iterator[tuple[Record, Journal]]:
        """Open the record, and the journal of its wards."""
        with self.record() as record:
            if self.nats_url is None:
                yield record, record.journal
                return
            access = Access("test", "software", "test")
            with open_jetstream_journal(self.nats_url, access=access, audit=record.audit) as journal:
                yield record, journal


def accepted(answers: Sequence[bytes]) -> list[str]:
    """Return the control identifiers that were accepted."""
    return [m[1] for answer in answers if (m := re.search(r"MSA\|(?:AA|CA)\|([^|\r]+)", answer.decode()))]


def _answers(port: int) -> bool:
    import httpx

    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
