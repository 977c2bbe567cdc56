"""One contract, every carrier: what is computed is what in-process sites compute, to the last bit, whatever happens."""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.learn.federation.carriers.cohort import SITES, STUDY, Enrolled, enrolled
from tests.learn.federation.carriers.post_offices import OFFICES, PostOffice, beside

from fyr.learn.federation.coordinator import Outcome, conduct
from fyr.learn.federation.envelope import Envelope
from fyr.learn.federation.message import encode
from fyr.learn.federation.transport import Transport

NO_FLOWER = importlib.util.find_spec("flwr") is None


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    return enrolled(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def expected(everybody: Enrolled) -> Outcome:
    return everybody.in_process()


@pytest.fixture(
    params=[
        pytest.param(
            name, marks=pytest.mark.skipif(NO_FLOWER and name == "flower", reason="Flower is not installed here")
        )
        for name in OFFICES
    ]
)
def office(request: pytest.FixtureRequest, everybody: Enrolled, tmp_path: Path) -> Iterator[PostOffice]:
    found = OFFICES[request.param](everybody, tmp_path)
    yield found
    found.close()


def study_over(office: PostOffice, transport: Transport) -> Outcome:
    own = office.everybody.coordinator
    return conduct(STUDY, transport, own.signing, own.signing_keys(SITES), wait_s=180, again_s=1)


def question(office: PostOffice, site: str, number: int = 0) -> bytes:
    payload = {"step": "whatever it is", "values": {"number": number}}  # a refusal is an answer too: it must come
    key = office.everybody.coordinator.signing
    return Envelope(STUDY.digest, number, "question", "coordinator", site, payload).seal(key)


def answers(transport: Transport, count: int, within_s: float = 180) -> list[bytes]:
    """Wait for so many different answers; more of the same are allowed."""
    until, found = time.monotonic() + within_s, dict.fromkeys([b""])
    del found[b""]
    while len(found) < count and time.monotonic() < until:
        found.update(dict.fromkeys(transport.receive(0.2)))
    return list(found)


def same(one: Outcome, other: Outcome) -> bool:
    return encode(one.result) == encode(other.result) and one.bytes_per_round == other.bytes_per_round


def test_the_result_is_the_same_to_the_last_bit(office: PostOffice, expected: Outcome) -> None:
    transport = office.open()
    for site in SITES:
        office.start(site)
    found = study_over(office, transport)
    transport.close()
    assert same(found, expected)
    assert found.transcript == expected.transcript


def test_a_question_sent_three_times_has_one_answer(office: PostOffice) -> None:
    transport = office.open()
    office.start("oslo")
    for _ in range(3):
        transport.send("oslo", question(office, "oslo"))
    found = answers(transport, 1)
    found += [one for one in answers(transport, 2, within_s=1) if one not in found]
    transport.close()
    assert len(found) == 1
    assert Envelope.open(found[0], office.everybody.coordinator.signing_keys(SITES)).round == 0


def test_a_site_that_comes_late_gets_its_question(office: PostOffice) -> None:
    if office.carrier == "in-process":
        pytest.skip("a site of this process is there or is not: the coordinator asks again")
    transport = office.open()
    transport.send("lund", question(office, "lund"))
    assert transport.receive(0.3) == []
    office.start("lund")
    found = answers(transport, 1)
    transport.close()
    known = office.everybody.coordinator.signing_keys(SITES)
    assert [Envelope.open(one, known).sender for one in found] == ["lund"]


class Unruly:
    """A way that repeats, delays and reorders: what came is handed out twice, in any order, some of it rounds later."""

    def __init__(self, within: Transport) -> None:
        self._within, self._draw = within, random.Random(7)  # noqa: S311
        self._kept: list[bytes] = []

    def send(self, site: str, message: bytes) -> None:
        for _ in range(self._draw.choice([1, 2])):
            self._within.send(site, message)

    def receive(self, wait_s: float) -> list[bytes]:
        come = self._within.receive(wait_s)
        self._kept += come
        mixed = come + self._draw.sample(self._kept, min(3, len(self._kept)))
        self._draw.shuffle(mixed)
        return mixed

    def close(self) -> None:
        self._within.close()


def test_late_double_and_mixed_messages_change_nothing(office: PostOffice, expected: Outcome) -> None:
    transport = Unruly(office.open())
    for site in SITES:
        office.start(site)
    found = study_over(office, transport)
    transport.close()
    assert same(found, expected)


@pytest.mark.slow
def test_a_site_killed_with_a_question_in_its_hands_is_asked_again(
    office: PostOffice, expected: Outcome, tmp_path: Path
) -> None:
    transport, marker = office.open(), tmp_path / "asked"
    for site in SITES:
        office.start(site, *((2, marker) if site == "aarhus" else ()))

    def kill_and_restart() -> None:
        until = time.monotonic() + 180
        while not marker.exists() and time.monotonic() < until:
            time.sleep(0.02)
        office.kill("aarhus")
        office.start("aarhus")

    killing = beside(kill_and_restart)
    found = study_over(office, transport)
    killing.join()
    transport.close()
    assert marker.exists()
    assert same(found, expected)


def test_a_coordinator_that_comes_back_finds_its_sites(office: PostOffice, expected: Outcome) -> None:
    first = office.open()
    for site in SITES:
        office.start(site)
    first.send("turku", question(office, "turku", 40))
    assert len(answers(first, 1)) == 1
    first.close()
    second = office.open()
    found = study_over(office, second)
    second.close()
    assert same(found, expected)
