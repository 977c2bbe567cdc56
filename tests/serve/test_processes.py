"""The commands as people run them: start, stop, ports, passwords, restarts, kill."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve import running
from tests.serve.running import FYR, Running

from fyr.record import Record
from fyr.serve.demonstration import Plan
from fyr.serve.ward_inputs import Happened
from fyr.serve.ward_journal import EventDigest, WardJournal

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine has fetched before must not decide what a demonstration does beside the ward."""
    monkeypatch.setenv("FYR_CACHE", str(tmp_path / "no-samples"))


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts servers, and ends those that a test left running."""
    started: list[Running] = []

    def start_one(*arguments: str) -> Running:
        started.append(running.start(*arguments))
        return started[-1]

    yield start_one
    for one in started:
        one.end()


def _fyr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FYR, *arguments], check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


@contextmanager
def _live(client: httpx.Client, last_event_id: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with client.stream("GET", "/api/live?ward=7A", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            key, _, value = line.partition(": ")
            fields[key] = value
        elif fields:
            if "event" in fields:
                yield {"event": fields["event"], "id": fields.get("id"), "data": json.loads(fields["data"])}
            fields = {}


def test_the_demonstration_from_first_start_to_kill_and_back(start: Callable[..., Running], tmp_path: Path) -> None:
    home = tmp_path / "demo"
    first = start("demo", "--home", str(home), "--beds", "8", "--hours", "2", "--speed", "30")
    passwords = first.passwords()
    assert list(passwords) == ["nurse", "physician", "physicist", "researcher", "administrator"]
    assert "simulated" in first.said
    nurse = first.client("nurse", passwords["nurse"])

    board = nurse.get("/api/wards/7A/board").json()
    assert board["simulated"] is True
    assert len(board["beds"]) == 8
    assert all(tile["signals"]["heart_rate"]["time"] for tile in board["beds"])
    states = {tile["state"] for tile in board["beds"]}
    assert "act_now" in states
    assert states & {"fine", "look_soon"}
    assert board["beds"][0]["spark"]["heart_rate"]["values"].count(None) < 60

    kinds: dict[str, Any] = {}
    with _live(nurse) as events:
        for event in events:
            kinds.setdefault(event["event"], event)
            if len(kinds) == 3:
                break
    assert set(kinds) == {"board", "tile", "heartbeat"}
    cursor = kinds["tile"]["id"]

    untaken = next(
        notification
        for tile in board["beds"]
        for notification in tile["notifications"]
        if notification["state"] in ("raised", "escalated", "latched")
    )
    taken = nurse.post(f"/api/notifications/{untaken['id']}/acknowledge")
    assert taken.json()["by"] == "nurse"
    first.process.kill()
    first.process.wait()

    second = start("demo", "--home", str(home), "--speed", "1")
    assert second.passwords() == {}
    assert "fyr demo --new-passwords" in second.said
    back = second.visitor()
    back.cookies.set("fyr_session", nurse.cookies["fyr_session"])
    assert back.get("/api/session").json()["person"]["name"] == "nurse"
    with _live(back, cursor) as events:
        resumed = next(event for event in events if event["event"] != "heartbeat")
    assert resumed["event"] == "board"
    assert int(resumed["id"].partition(":")[0]) > int(cursor.partition(":")[0])
    alarms = back.get(f"/api/patients/{untaken['patient']}/alarms?hours=12").json()["raised"]
    (alarm,) = [alarm for alarm in alarms if alarm["id"] == untaken["id"]]
    assert [(step["kind"], step["by"]) for step in alarm["history"] if step["kind"] == "acknowledged"] == [
        ("acknowledged", "nurse")
    ]
    spent, errors = second.stop()
    assert spent < 2
    assert "replayed" not in errors
    assert "Traceback" not in errors
    _holds_together(home)


def _holds_together(home: Path) -> None:
    """The audit trail verifies, and every event is in the journal once, in order."""
    plan = Plan(**json.loads((home / "demonstration.json").read_text()))
    with Record.open(home, create=False) as record:
        assert record.audit.verify().ok
        digest, newest = EventDigest(), {}
        for entry in WardJournal(record.journal, plan.partition).read():
            if isinstance(entry, Happened):
                digest.add(entry.event)
                assert entry.event.sequence == newest.get(entry.event.patient, 0) + 1
                newest[entry.event.patient] = entry.event.sequence
        assert digest.count > 20


def test_an_open_stream_does_not_hold_ctrl_c(start: Callable[..., Running], tmp_path: Path) -> None:
    server = start("demo", "--home", str(tmp_path), "--beds", "2", "--hours", "0.5")
    nurse = server.client("nurse", server.passwords()["nurse"])
    with ExitStack() as streams:
        for _ in range(3):
            assert next(streams.enter_context(_live(nurse)))["event"] == "board"
        spent, errors = server.stop()
    assert server.process.returncode == 0
    assert spent < 2
    assert errors.strip().endswith("fyr: stopped")
    assert "Traceback" not in errors


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for verb in ("demo", "serve"):
            done = _fyr(verb, "--home", str(tmp_path / verb), "--port", port)
            assert done.returncode == 6
            assert done.stderr.count("\n") == 1
            assert f"127.0.0.1:{port}" in done.stderr
            assert "choose another with --port" in done.stderr


def test_an_empty_hospital_opens_and_accounts_are_made_on_the_command_line(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    home = str(tmp_path)
    made = _fyr("serve", "--home", home, "account", "add", "ingrid", "--role", "nurse", "--json")
    assert made.returncode == 0
    password = json.loads(made.stdout)["password"]
    assert _fyr("serve", "--home", home, "account", "add", "ingrid", "--role", "nurse").returncode == 3
    server = start("serve", "--home", home)
    assert "fyr record import" in server.said
    assert server.passwords() == {}
    client = server.client("ingrid", password)
    assert client.get("/api/session").json()["simulated"] is False
    assert client.get("/api/wards").json()["wards"] == []
    second = _fyr("serve", "--home", home, "--port", "0")
    assert second.returncode == 6
    assert f"process {server.process.pid} serves this record already" in second.stderr
    assert _fyr("serve", "--home", home, "account", "disable", "ingrid").returncode == 0
    assert client.get("/api/wards").status_code == 401
    assert server.stop(signal.SIGTERM)[0] < 2
    listed = json.loads(_fyr("serve", "--home", home, "account", "list", "--json").stdout)["accounts"]
    assert [(entry["name"], entry["role"], bool(entry["disabled"])) for entry in listed] == [("ingrid", "nurse", True)]


def test_a_demonstration_and_a_hospital_never_share_a_folder(start: Callable[..., Running], tmp_path: Path) -> None:
    server = start("demo", "--home", str(tmp_path / "demo"), "--beds", "2", "--hours", "0.5")
    in_use = _fyr("demo", "--home", str(tmp_path / "demo"), "--fresh", "--port", "0")
    assert in_use.returncode == 6
    server.stop()
    refused = _fyr("serve", "--home", str(tmp_path / "demo"), "--port", "0")
    assert refused.returncode == 3
    assert "demonstration" in refused.stderr
    other_beds = _fyr("demo", "--home", str(tmp_path / "demo"), "--beds", "3", "--port", "0")
    assert other_beds.returncode == 3
    assert "--fresh" in other_beds.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work")
    erased = _fyr("demo", "--home", str(tmp_path / "other"), "--fresh", "--port", "0")
    assert erased.returncode == 3
    assert (tmp_path / "other" / "thesis.txt").read_text() == "years of work"


def test_listening_beyond_this_machine_is_warned_of(start: Callable[..., Running], tmp_path: Path) -> None:
    server = start("serve", "--home", str(tmp_path), "--host", "0.0.0.0")  # noqa: S104  the point of the test
    port = server.url.rpartition(":")[2]
    own, foreign = f"{socket.gethostname()}:{port}", f"evil.example:{port}"
    health = f"http://127.0.0.1:{port}/api/health"
    assert httpx.get(health, headers={"Host": own}).status_code == 200
    assert httpx.get(health, headers={"Host": foreign}).status_code == 421
    _, errors = server.stop()
    assert "warning: 0.0.0.0 is reachable from other machines" in errors
