"""A sender of each kind against a running `fyr serve`: what it sends is on the board, what is wrong it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve.hospital_process import HospitalProcess, accepted, admission, free_port, vital_signs

from fyr.clock import SystemClock, to_iso
from fyr.exchange.hl7v2 import send_mllp
from fyr.exchange.sdc.simulated_monitor import SimulatedMonitor

BEDS = {"p1": "01", "p2": "02", "p3": "03", "p4": "04", "p5": "05"}


@pytest.fixture
def monitor() -> Iterator[SimulatedMonitor]:
    monitor = SimulatedMonitor(port=free_port())
    yield monitor
    monitor.stop()


@pytest.fixture
def hospital(tmp_path: Path, monitor: SimulatedMonitor) -> Iterator[HospitalProcess]:
    more = ["[[source]]", 'kind = "sdc"', 'name = "bedside"', f'device = "{monitor.address}"', 'ward = "7A"']
    more += ['bed = "04"', "take_demonstration = true"]
    more += ["[[source]]", 'kind = "csv"', 'name = "table"', f'path = "{tmp_path / "vitals.csv"}"']
    house = HospitalProcess(tmp_path, more=more)
    house.start()
    yield house
    house.stop()


class Nurse:
    """A browser in which a nurse is signed in."""

    def __init__(self, house: HospitalProcess) -> None:
        said = json.loads(house.verb("account", "add", "nina", "--role", "nurse", "--random", "--json"))
        origin = f"http://127.0.0.1:{house.port}"
        self.client = httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=30)
        token = self.client.get("/api/session").json()["csrf_token"]
        signed = self.client.post(
            "/api/sign-in", json={"name": "nina", "password": said["password"]}, headers={"X-CSRF-Token": token or ""}
        )
        assert signed.status_code == 200, signed.text

    def value(self, bed: str, signal: str) -> float | None:
        """Return the newest value of a signal in a bed of ward 7A."""
        beds = self.client.get("/api/wards/7A/board").json()["beds"]
        found = [tile["signals"][signal]["value"] for tile in beds if tile["bed"] == bed]
        return found[0] if found else None

    def wait_for(self, bed: str, signal: str, value: float) -> None:
        """Wait until the board shows a value."""
        until = time.monotonic() + 30
        while self.value(bed, signal) != value:
            assert time.monotonic() < until, (bed, signal, self.value(bed, signal), self.sources())
            time.sleep(0.2)

    def sources(self) -> dict[str, Any]:
        """Return how each source is."""
        return {one["name"]: one for one in self.client.get("/api/sources").json()["sources"]}


@pytest.fixture
def sign_in(hospital: HospitalProcess) -> Iterator[Callable[[], Nurse]]:
    opened: list[Nurse] = []

    def one() -> Nurse:
        opened.append(Nurse(hospital))
        return opened[-1]

    yield one
    for nurse in opened:
        nurse.client.close()


def test_every_kind_of_sender_reaches_the_board(
    hospital: HospitalProcess, monitor: SimulatedMonitor, sign_in: Callable[[], Nurse], tmp_path: Path
) -> None:
    import paho.mqtt.client as mqtt

    arrivals = [admission(number, "7A", bed, f"a-{number}") for number, bed in BEDS.items()]
    assert len(accepted(send_mllp("127.0.0.1", hospital.mllp, arrivals))) == len(BEDS)
    nurse = sign_in()
    time.sleep(2)

    assert accepted(send_mllp("127.0.0.1", hospital.mllp, [vital_signs("p1", "o-1", spo2=91)])) == ["o-1"]
    nurse.wait_for("01", "spo2", 91)

    gateway = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    gateway.connect("127.0.0.1", hospital.mqtt)
    gateway.loop_start()
    document = {"time": to_iso(SystemClock().now_us()), "spo2": 92}
    gateway.publish("fyr/7A/02", json.dumps(document), qos=1).wait_for_publish(10)
    nurse.wait_for("02", "spo2", 92)
    gateway.disconnect()
    gateway.loop_stop()

    token = hospital.verb("token", "add", "icu", "--may", "send", "--json")
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "59408-5"}]},
        "subject": {"reference": "Patient/p3"},
        "effectiveDateTime": to_iso(SystemClock().now_us()),
        "valueQuantity": {"value": 93, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
    }
    posted = httpx.post(
        f"http://127.0.0.1:{hospital.port}/api/fhir/Observation",
        json=observation,
        headers={"Authorization": f"Bearer {json.loads(token)['token']}"},
        timeout=30,
    )
    assert posted.status_code == 201, posted.text
    nurse.wait_for("03", "spo2", 93)

    until = time.monotonic() + 40
    while nurse.value("04", "spo2") != 94 and time.monotonic() < until:
        monitor.measure({"spo2": 94})
        time.sleep(0.5)
    nurse.wait_for("04", "spo2", 94)

    table = tmp_path / "vitals.csv"
    table.write_text(f"time,ward,bed,spo2\n{to_iso(SystemClock().now_us())},7A,05,95\n")
    nurse.wait_for("05", "spo2", 95)

    sources = nurse.sources()
    assert {name: one["refused"] for name, one in sources.items()} == dict.fromkeys(sources, 0)
    assert all(one["state"] in ("listening", "connected") for one in sources.values()), sources


def test_bad_messages_are_refused_kept_and_told_of(hospital: HospitalProcess, sign_in: Callable[[], Nurse]) -> None:
    send_mllp("127.0.0.1", hospital.mllp, [admission("p1", "7A", "01", "a-1"), admission("p2", "7A", "02", "a-2")])
    wrong = vital_signs("p1", "o-2").replace(b"|75|", b"|7x5|")
    bad = [
        vital_signs("nobody", "o-1"),
        wrong,
        b"MSH|^~\\&|half of a mess",
        admission("p3", "7A", "01", "a-3"),
        vital_signs("p1", "o-3").replace(b"P|2.6", b"P|2.6\xff"),
    ]
    answers = [answer.decode(errors="replace") for answer in send_mllp("127.0.0.1", hospital.mllp, bad)]
    assert accepted([answer.encode() for answer in answers]) == []
    assert len(answers) == len(bad)
    nurse = sign_in()
    refused = nurse.client.get("/api/quarantine").json()["messages"]
    assert len(refused) == len(bad)
    assert {one["kind"] for one in refused} >= {"unknown patient", "unreadable", "contradiction"}
    text = httpx.get(f"http://127.0.0.1:{hospital.port}/metrics", timeout=30).text
    assert [line for line in text.splitlines() if line.startswith('fyr_source_refused_total{source="monitors"}')] == [
        'fyr_source_refused_total{source="monitors"} 5.0'
    ]
