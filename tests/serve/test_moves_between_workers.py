"""A real `fyr serve` with two workers: a patient moves from the one to the other, and whichever process is killed.

The old ward's worker ends what stood and says why; the new one says since when it watches and from where the patient
came; nothing stands in both, or in none. What is wrong with a source of the front is on the boards of both workers.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.record.nats_server import NatsServer, nats_server_program
from tests.serve.hospital_process import HospitalProcess, PagerReceiver, accepted, admission, free_port, vital_signs
from tests.serve.test_whole_hospital import KILLS, _replayed, _told, _wards

from fyr.attention import AlarmEventKind
from fyr.exchange.hl7v2 import send_mllp
from fyr.serve.shards import shard_of

pytestmark = pytest.mark.slow

HERE, THERE = "7A", "8C"
VICTIMS = ["nobody", "front", "worker"] if KILLS >= 100 else ["worker"]
"""Which process is killed: each takes two minutes, so ``FYR_KILLS=100`` asks for all."""
MOVED_REASON = f"the patient has moved to ward {THERE} and is watched anew there"


@pytest.fixture
def pager() -> Iterator[PagerReceiver]:
    receiver = PagerReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def hospital(tmp_path: Path, pager: PagerReceiver) -> Iterator[HospitalProcess]:
    if nats_server_program() is None:
        pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
    (tmp_path / "nats").mkdir()
    server = NatsServer(tmp_path / "nats")
    server.start()
    silent = ["[[source]]", 'kind = "mllp"', 'name = "cellar"', f"port = {free_port()}", 'silent_after = "1 s"']
    house = HospitalProcess(tmp_path, nats_url=server.url, pager=pager.port, more=silent)
    house.start()
    yield house
    house.stop()
    server.stop()


@pytest.fixture
def nurse(hospital: HospitalProcess) -> Iterator[Nurse]:
    nurse = Nurse(hospital)
    yield nurse
    nurse.client.close()


class Nurse:
    """A browser in which a nurse is signed in."""

    def __init__(self, house: HospitalProcess) -> None:
        words = ("account", "add", "ingrid", "--role", "nurse", "--json")
        self._name, self._password = "ingrid", json.loads(house.verb(*words))["password"]
        self._house = house
        self.client = httpx.Client()
        self.sign_in()

    def sign_in(self) -> None:
        self.client.close()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self._house.port}", timeout=30)
        csrf = self.client.get("/api/session").json()["csrf_token"]
        said = {"name": self._name, "password": self._password}
        answer = self.client.post("/api/sign-in", json=said, headers={"X-CSRF-Token": csrf})
        assert answer.status_code == 200, answer.text

    def board(self, ward: str) -> dict[str, Any]:
        answer = self.client.get(f"/api/wards/{ward}/board")
        return answer.json() if answer.status_code == 200 else {"beds": [], "notices": []}

    def tile(self, ward: str) -> dict[str, Any] | None:
        return next((one for one in self.board(ward)["beds"] if one["patient"] is not None), None)


def _until(what: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come to be")


def _send(house: HospitalProcess, message: bytes) -> None:
    assert len(accepted(send_mllp("127.0.0.1", house.mllp, [message], timeout_s=30))) == 1


def _low(house: HospitalProcess, number: int) -> None:
    _send(house, vital_signs("p1", f"oru-{number}", spo2=78))
    time.sleep(0.5)


def _transfer(house: HospitalProcess, control: str) -> bytes:
    return admission("p1", THERE, "09", control).replace(b"A01", b"A02")


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_move_to_another_worker_ends_there_what_stood_and_says_since_when_it_is_watched(
    hospital: HospitalProcess, nurse: Nurse, pager: PagerReceiver, victim: str
) -> None:
    assert shard_of(HERE, 2) != shard_of(THERE, 2)
    _send(hospital, admission("p1", HERE, "01", "adt-1"))
    begun = time.monotonic()
    number = 0
    while not (tile := nurse.tile(HERE)) or not tile["notifications"]:
        assert time.monotonic() - begun < 180, "no alarm was raised"
        _low(hospital, number := number + 1)
    assert tile["watched_anew"] is None
    _send(hospital, _transfer(hospital, "adt-2"))
    if victim == "front":
        hospital.kill()
        hospital.start()
        nurse.sign_in()
    elif victim == "worker":
        for pid in hospital.worker_pids:
            hospital.kill(pid)
        hospital.wait_until_ready()
    there = _until(lambda: nurse.tile(THERE))
    assert there["bed"] == "09"
    assert there["watched_anew"]["moved_from"] == HERE
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", there["watched_anew"]["since"])
    _until(lambda: nurse.tile(HERE) is None)
    begun = time.monotonic()
    while not (tile := nurse.tile(THERE)) or not tile["notifications"]:
        assert time.monotonic() - begun < 180, "the alarm was not raised again on the new ward"
        _low(hospital, number := number + 1)
    time.sleep(3)
    hospital.stop()
    _check(hospital, pager)


def _check(hospital: HospitalProcess, pager: PagerReceiver) -> None:
    """Each journal replays to the same events, each alarm was told once, and what stood ended with the reason."""
    raised: list[str] = []
    with hospital.journal() as (_, journal):
        wards = _wards(hospital, journal)
        for shard, ward in enumerate(wards):
            stored, produced, _, _ = _replayed(ward)
            assert [one.as_dict() for one in stored] == [one.as_dict() for one in produced]
            raised += [one.notification for one in stored if one.kind is AlarmEventKind.RAISED and one.notification]
            cleared = [one.reason for one in stored if one.kind is AlarmEventKind.CLEARED]
            assert (MOVED_REASON in cleared) == (shard == shard_of(HERE, 2))
            assert "the patient has left" not in cleared
    assert len(set(raised)) == len(raised), "a notification was raised twice"
    _until(lambda: set(raised) <= set(_told(pager)), 20)
    told = _told(pager)
    assert {one: len(told[one]) for one in raised} == dict.fromkeys(raised, 1)


def test_what_is_wrong_with_a_source_is_on_every_workers_board_and_in_its_stream(
    hospital: HospitalProcess, nurse: Nurse
) -> None:
    _send(hospital, admission("p1", HERE, "01", "adt-1"))
    _send(hospital, admission("p2", THERE, "01", "adt-2"))
    for ward in (HERE, THERE):
        _until(lambda ward=ward: "Source 'cellar' is silent" in _titles(nurse.board(ward)["notices"]))
        with nurse.client.stream("GET", "/api/live", params={"ward": ward}) as answer:
            kind = ""
            for line in answer.iter_lines():
                kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
                if kind in ("board", "notices") and line.startswith("data: "):
                    assert "Source 'cellar' is silent" in _titles(json.loads(line[6:])["notices"])
                    break


def _titles(notices: list[dict[str, Any]]) -> list[str]:
    titles = [one["title"] for one in notices]
    assert len(set(titles)) == len(titles), "one trouble is told twice"
    return titles


def test_another_number_of_workers_is_refused_unless_the_wards_are_to_begin_anew(hospital: HospitalProcess) -> None:
    hospital.stop()
    told = hospital.config.read_text()
    hospital.config.write_text(told.replace("workers = 2", "workers = 3"))
    refused = _serve(hospital)
    assert refused.returncode == 3
    assert refused.stderr.count("\n") == 1
    assert "workers = 2" in refused.stderr
    assert "--begin-anew" in refused.stderr
    hospital.config.write_text(
        "\n".join(
            line
            for line in told.splitlines()
            if "jetstream" not in line and not line.startswith(("url =", "workers ="))
        )
    )
    assert _serve(hospital).returncode == 3, "neither is another kind of journal begun in silence"
    hospital.config.write_text(told)
    hospital.start()


def _serve(house: HospitalProcess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "serve", "--home", str(house.home), "--config", str(house.config)]
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=60, check=False)
