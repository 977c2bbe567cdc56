"""Servers in processes of their own, started and stopped as people do it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Final

import httpx

FYR: Final = (sys.executable, "-W", "error", "-m", "fyr.cli")


@dataclass
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    said: str
    clients: list[httpx.Client] = field(default_factory=list)

    def passwords(self) -> dict[str, str]:
        return dict(re.findall(r"^ {4}(\w+) +(\S+)$", self.said, re.MULTILINE))

    def visitor(self) -> httpx.Client:
        self.clients.append(httpx.Client(base_url=self.url, timeout=20))
        return self.clients[-1]

    def client(self, name: str, password: str) -> httpx.Client:
        client = self.visitor()
        csrf = client.get("/api/session").json()["csrf_token"]
        answer = client.post("/api/sign-in", json={"name": name, "password": password}, headers={"X-CSRF-Token": csrf})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def stop(self, by: int = signal.SIGINT) -> tuple[float, str]:
        """Stop it; return how long it took until it said so, in seconds, and everything that it said on stderr."""
        begun = time.monotonic()
        self.process.send_signal(by)
        assert self.process.stderr is not None
        errors = ""
        while "fyr: stopped" not in errors and (line := self.process.stderr.readline()):
            errors += line
        spent = time.monotonic() - begun
        errors += self.process.communicate(timeout=20)[1]
        return spent, errors

    def end(self) -> None:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def start(*arguments: str, port: int = 0) -> Running:
    """Start ``fyr`` with these arguments and wait until it says that it is open."""
    process = subprocess.Popen(
        [*FYR, *arguments, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    else:
        raise AssertionError(f"it did not start: {process.communicate()[1]}")
    found = re.search(r"http://\S+", said)
    assert found is not None
    return Running(process, found[0], said)
