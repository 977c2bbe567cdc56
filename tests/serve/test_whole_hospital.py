"""Real monitors' messages against a running `fyr serve`, on both journals; any process is killed at any moment.

What was acknowledged is in the journal; feeding the journal's inputs to a new ward gives exactly the alarm events that
stand beside them, each once; every alarm has reached the pager.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.record.nats_server import NatsServer, nats_server_program
from tests.serve.hospital_process import HospitalProcess, PagerReceiver, accepted, admission, vital_signs

from fyr.attention import AlarmEvent, AlarmEventKind, load_policy
from fyr.errors import ServiceUnavailable
from fyr.exchange.hl7v2 import send_mllp
from fyr.exchange.hl7v2.pcd04 import read_alarm
from fyr.record.journal import Journal
from fyr.serve.shards import own_partition, relayed_partition
from fyr.serve.ward_inputs import Happened, Sampled
from fyr.serve.ward_journal import WardJournal
from fyr.serve.ward_state import WardState

KILLS = int(os.environ.get("FYR_KILLS", "4"))
"""How many processes are killed; ``FYR_KILLS=100`` is the whole test."""

PATIENTS = {"p1": ("7A", "01"), "p2": ("7A", "02"), "p3": ("7B", "01"), "p4": ("8C", "09")}


@pytest.fixture
def pager() -> Iterator[PagerReceiver]:
    receiver = PagerReceiver()
    yield receiver
    receiver.close()


@pytest.fixture(params=["embedded", "jetstream"])
def hospital(request: pytest.FixtureRequest, tmp_path: Path, pager: PagerReceiver) -> Iterator[HospitalProcess]:
    server = None
    if request.param == "jetstream":
        if nats_server_program() is None:
            pytest.skip("nats-server is not installed: neither in /usr/sbin nor on the PATH")
        (tmp_path / "nats").mkdir()
        server = NatsServer(tmp_path / "nats")
        server.start()
    house = HospitalProcess(tmp_path, nats_url=server.url if server else None, pager=pager.port)
    house.nats = server  # type: ignore[attr-defined]  only the tests kill it
    house.start()
    yield house
    house.stop()
    if server is not None:
        server.stop()


def _admit_all(house: HospitalProcess) -> None:
    messages = [admission(number, *place, f"adt-{number}") for number, place in PATIENTS.items()]
    assert len(accepted(send_mllp("127.0.0.1", house.mllp, messages, timeout_s=30))) == len(PATIENTS)


class Monitors(threading.Thread):
    """Sends every patient's vital signs again and again until an answer comes, as a gateway does."""

    def __init__(self, house: HospitalProcess) -> None:
        super().__init__(daemon=True)
        self._house = house
        self._stop_wanted = threading.Event()
        self.acknowledged: list[tuple[str, float]] = []
        self._value = 0

    def run(self) -> None:
        while not self._stop_wanted.is_set():
            for number in PATIENTS:
                self._value += 1
                heart_rate = round(60 + self._value % 4000 / 100, 2)
                spo2 = 78 if number in ("p1", "p3") else 97
                message = vital_signs(number, f"oru-{self._value}", spo2=spo2, heart_rate=heart_rate)
                while not self._stop_wanted.is_set():
                    try:
                        answers = send_mllp("127.0.0.1", self._house.mllp, [message], timeout_s=5)
                    except ServiceUnavailable:
                        time.sleep(0.05)
                        continue
                    if accepted(answers):
                        self.acknowledged.append((number, heart_rate))
                        break
                    time.sleep(0.1)
            time.sleep(0.2)

    def stop(self) -> None:
        self._stop_wanted.set()
        self.join(30)


def _wards(house: HospitalProcess, journal: Journal) -> list[WardJournal]:
    if not house.workers:
        return [WardJournal(journal, "ward/hospital")]
    return [
        WardJournal(journal, own_partition(n, house.workers), relayed_partition(n, house.workers))
        for n in range(house.workers)
    ]


def _replayed(ward: WardJournal) -> tuple[list[AlarmEvent], list[AlarmEvent], list[tuple[str, float]], str]:
    """Return the events that stand in a journal, those that its inputs give, its heart rates, and the digest."""
    state = WardState(load_policy("ward-demonstration"), lambda _: {})
    stored, produced, heart_rates = [], [], []
    for _, entry in ward.follow(0):
        if isinstance(entry, Happened):
            stored.append(entry.event)
            continue
        produced += state.feed(entry)
        if isinstance(entry, Sampled):
            batch = entry.batch
            rows = batch.signal_index == batch.signals.index("heart_rate")
            whose = batch.patient_index[rows].tolist()
            heart_rates += [
                (batch.patients[who].local, value) for who, value in zip(whose, batch.value[rows].tolist(), strict=True)
            ]
    return stored, produced, heart_rates, state.digest.hexdigest()


def _check(house: HospitalProcess, acknowledged: list[tuple[str, float]], pager: PagerReceiver) -> None:
    raised: list[str] = []
    kept: Counter[tuple[str, float]] = Counter()
    with house.journal() as (record, journal):
        for ward in _wards(house, journal):
            stored, produced, heart_rates, digest = _replayed(ward)
            assert [one.as_dict() for one in stored] == [one.as_dict() for one in produced]
            assert digest == _replayed(WardJournal(journal, ward.partition, ward._relayed))[3]
            raised += [one.notification for one in stored if one.kind is AlarmEventKind.RAISED and one.notification]
            kept.update(heart_rates)
        assert record.audit.verify().ok
    assert set(acknowledged) <= set(kept), "an acknowledged message is not in the journal"
    assert raised, "nothing was raised, so nothing was tested"
    assert len(set(raised)) == len(raised), "a notification was raised twice"
    until = time.monotonic() + 20
    while time.monotonic() < until and set(raised) - set(_told(pager)):
        time.sleep(0.2)
    told = _told(pager)
    assert {one: len(told[one]) for one in raised} == dict.fromkeys(raised, 1), "the pager was told once of each"


def _told(pager: PagerReceiver) -> dict[str, set[str]]:
    """Return under which identifiers the pager was told that each notification was raised."""
    told: dict[str, set[str]] = {}
    for text in list(pager.messages):
        alarm = read_alarm(text.encode())
        if alarm.event == "raised":
            told.setdefault(alarm.notification, set()).add(alarm.id)
    return told


def test_killed_at_random_nothing_is_lost_and_nothing_is_told_twice(
    hospital: HospitalProcess, pager: PagerReceiver
) -> None:
    rng = random.Random(20261126)  # noqa: S311  which process is killed is no secret
    _admit_all(hospital)
    monitors = Monitors(hospital)
    monitors.start()
    time.sleep(5)
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.2, 4))
        victims = ["front"]
        if hospital.workers:
            victims += ["worker", "worker", "nats"]
        victim = rng.choice(victims)
        if victim == "worker" and hospital.worker_pids:
            hospital.kill(rng.choice(hospital.worker_pids))
        elif victim == "nats":
            hospital.nats.kill()  # type: ignore[attr-defined]
            time.sleep(rng.uniform(0, 1))
            hospital.nats.start()  # type: ignore[attr-defined]
        else:
            hospital.kill()
            hospital.start()
    hospital.wait_until_ready()
    time.sleep(75 if KILLS < 20 else 10)  # long enough for a rule that waits a minute
    monitors.stop()
    time.sleep(3)
    hospital.stop()
    assert "please report it" not in hospital.log, "a replay came out differently"
    _check(hospital, monitors.acknowledged, pager)
