"""Servers in processes of their own, as a hospital runs them: configured, watched, backed up while they run."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve import running
from tests.serve.running import FYR, Running

from fyr.record import Record

pytestmark = pytest.mark.slow


def _fyr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FYR, *arguments], check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


@contextmanager
def _started(*arguments: str) -> Iterator[Running]:
    server = running.start(*arguments)
    try:
        yield server
    finally:
        server.end()


def test_the_log_of_a_demonstration_names_no_patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FYR_CACHE", str(tmp_path / "no-samples"))
    home = tmp_path / "demo"
    with _started("demo", "--home", str(home), "--beds", "8", "--hours", "1", "--speed", "60") as server:
        nurse = server.client("nurse", server.passwords()["nurse"])
        board = nurse.get("/api/wards/7A/board").json()
        for tile in board["beds"]:
            nurse.get(f"/api/patients/{tile['patient']}")
            nurse.get(f"/api/patients/{tile['patient']}/series?hours=1")
        nurse.get("/api/patients/demo/77")
        nurse.post("/api/notifications/none/acknowledge")
        time.sleep(3)
        _, errors = server.stop(signal.SIGTERM)
    with Record.open(home, create=False) as record:
        patients = record.patients()
    assert sum(patient.local.isdigit() for patient in patients) == 8
    assert "demo/" not in errors
    for line in errors.splitlines():
        words = set(re.findall(r"[\w-]+", line.partition(": ")[2]))
        assert not words & {patient.local for patient in patients}, line


def test_a_server_by_its_file_tells_the_service_manager_and_answers_a_monitoring_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    assert _fyr("serve", "--home", str(home), "account", "add", "ann", "--role", "nurse").returncode == 0
    (home / "fyr.toml").write_text('[hospital]\ntitle = "St Olav"\n[logs]\nformat = "json"\n[server]\nport = 1\n')
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        heard.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        with _started("serve", "--home", str(home)) as server:  # --port 0 wins over the file
            assert server.said.startswith("St Olav is open")
            said = {heard.recv(1000).partition(b"\n")[0] for _ in range(3)}
            assert said == {b"READY=1", b"WATCHDOG=1"}
            client = server.visitor()
            assert client.get("/api/ready").status_code == 200
            assert "fyr_up 1.0" in client.get("/metrics").text
            assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 403
            _, errors = server.stop(signal.SIGTERM)
        messages = [heard.recv(1000) for _ in range(1)]
        while not messages[-1].startswith(b"STOPPING=1"):
            messages.append(heard.recv(1000))
    assert server.process.returncode == 0
    for line in errors.splitlines():
        assert line.startswith(("fyr: ", "{")), line


def test_a_running_server_is_backed_up_and_restored_whole(tmp_path: Path) -> None:
    home, backup, new = tmp_path / "home", tmp_path / "backup", tmp_path / "new"
    with _started("demo", "--home", str(home), "--beds", "4", "--hours", "1", "--speed", "60") as server:
        made = _fyr("record", "backup", str(backup), "--home", str(home), "--json")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["files"] >= 1
        assert httpx.get(f"{server.url}/api/health").json()["status"] == "ok"
        server.process.kill()
    again = _fyr("record", "backup", str(backup), "--home", str(home))
    assert (again.returncode, "something here already" in again.stderr) == (3, True)
    restored = _fyr("record", "restore", str(backup), "--home", str(new))
    assert restored.returncode == 0, restored.stderr
    assert "whole:" in restored.stdout
    assert _fyr("record", "check", "--home", str(new)).returncode == 0
    assert _fyr("audit", "verify", "--home", str(new)).returncode == 0
    with Record.open(home, create=False) as old, Record.open(new, create=False) as copy:
        for partition in copy.journal.partitions():
            end = copy.journal.end(partition)
            assert copy.journal.digest(partition) == old.journal.digest(partition, end)
    refused = _fyr("record", "restore", str(backup), "--home", str(new))
    assert (refused.returncode, "not empty" in refused.stderr) == (3, True)
    with _started("demo", "--home", str(new)) as server:
        assert httpx.get(f"{server.url}/api/ready").status_code == 200
    (backup / "fyr.db").write_bytes((backup / "fyr.db").read_bytes()[:-1])
    damaged = _fyr("record", "restore", str(backup), "--home", str(tmp_path / "third"))
    assert damaged.returncode == 3
    assert str(backup / "fyr.db") in damaged.stderr
    assert len(damaged.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "third").exists()


def test_a_database_at_an_address_is_not_backed_up_by_fyr(tmp_path: Path) -> None:
    refused = _fyr("record", "backup", str(tmp_path / "b"), "--home", f"postgresql://x@127.0.0.1/y?files={tmp_path}")
    assert refused.returncode == 2
    assert "pg_dump" in refused.stderr


def test_the_configuration_is_printed_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "fyr.toml"
    printed = _fyr("serve", "config")
    assert printed.returncode == 0
    file.write_text(printed.stdout)
    checked = _fyr("serve", "--home", str(tmp_path), "config", "--check")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith(f"{file}: good.")
    assert "http://127.0.0.1:8000" in checked.stdout
    document: dict[str, Any] = json.loads(_fyr("serve", "--config", str(file), "config", "--check", "--json").stdout)
    assert document["hospital"]["policy"] == "ward-demonstration"
    file.write_text("[hospital]\ntitel = 'x'\n")
    for verb in (("config", "--check"), ()):
        wrong = _fyr("serve", "--home", str(tmp_path), *verb)
        assert wrong.returncode == 3
        assert wrong.stderr == (
            f"fyr: {file}, line 2: 'titel' is not known in [hospital] (did you mean 'title'?); use id, lateness, "
            "nurses, per_nurse_hour, policy, timezone, title\n"
        )
