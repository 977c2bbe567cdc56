"""A SuperLink that is killed costs a study nothing; a site that nobody registered is refused."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.learn.federation.carriers.cohort import SITES, STUDY, Enrolled, enrolled
from tests.learn.federation.carriers.post_offices import FlowerOffice, beside

from fyr.errors import NotPermitted
from fyr.learn.federation.coordinator import conduct
from fyr.learn.federation.message import encode

pytestmark = pytest.mark.skipif(importlib.util.find_spec("flwr") is None, reason="Flower is not installed here")


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    return enrolled(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def office(everybody: Enrolled, tmp_path: Path) -> Iterator[FlowerOffice]:
    found = FlowerOffice(everybody, tmp_path)
    yield found
    found.close()


@pytest.mark.slow
def test_flower_killed_in_the_middle_of_a_study_is_begun_anew(office: FlowerOffice, tmp_path: Path) -> None:
    transport, marker = office.open(), tmp_path / "asked"
    for site in SITES:
        office.start(site, *((2, marker) if site == "aarhus" else ()))

    def kill() -> None:
        until = time.monotonic() + 180
        while not marker.exists() and time.monotonic() < until:
            time.sleep(0.02)
        office.restart_superlink()
        office.kill("aarhus")
        office.start("aarhus")

    killing = beside(kill)
    own = office.everybody.coordinator
    found = conduct(STUDY, transport, own.signing, own.signing_keys(SITES), wait_s=240)
    killing.join()
    transport.close()
    assert marker.exists()
    assert encode(found.result) == encode(office.everybody.in_process().result)


@pytest.mark.slow
def test_flower_of_another_study_is_no_way(office: FlowerOffice, tmp_path: Path) -> None:
    from fyr.learn.federation.carriers.flower_site import serve_flower_site

    stranger = enrolled(tmp_path / "other").sites["oslo"]
    office.open().close()
    with pytest.raises(NotPermitted, match=r"no certificate of this study's coordinator"):
        serve_flower_site(stranger, lambda data: None, office.place())
