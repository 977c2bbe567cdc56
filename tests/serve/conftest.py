"""Opens and closes the houses of :mod:`tests.serve.house`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.serve.house import ANNA, BERT, CHEAP, PASSWORD, START_US, WARD, House, ScriptedSource
from tests.serve.loop_thread import LoopThread

from fyr.attention import load_policy
from fyr.clock import ManualClock
from fyr.record import Access, Encounter
from fyr.record.record import Record
from fyr.serve.accounts import LocalAccounts
from fyr.serve.credential_store import StoredAccounts, StoredSessions
from fyr.serve.host_names import names_of
from fyr.serve.opening import assemble
from fyr.serve.permissions import Role
from fyr.serve.sessions import Sessions
from fyr.serve.throttle import GuessThrottle
from fyr.serve.ward_inputs import Admitted
from fyr.watch.ranking import Ranker


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Opens a house in the test's folder; opened again, it is the same house after a restart."""
    opened: list[House] = []

    def open_one(policy: str = "ward-demonstration", lateness_us: int = 0, ranker: Ranker | None = None) -> House:
        record = Record.open(tmp_path / "home", access=Access("test", "software", "care"))
        if not record.patients():
            for number, (patient, name) in enumerate(((ANNA, "Alder"), (BERT, "Birch")), start=1):
                attributes = {"pseudonym": name, "birth_year": 1960, "sex": "female", "reason": "day 1"}
                record.add_patient(patient, attributes=attributes)
                record.add_encounter(Encounter(patient, WARD, f"{number:02d}", START_US))
        source, ward_clock, wall_clock = ScriptedSource(), ManualClock(START_US), ManualClock(START_US)
        here = assemble(
            record,
            policy=load_policy(policy),
            source=source,
            partition="ward/test",
            clock=ward_clock,
            hospital="Test hospital",
            simulated=True,
            host_names=names_of("127.0.0.1"),
            lateness_us=lateness_us,
            ranker=ranker,
        )
        accounts = LocalAccounts(StoredAccounts(record.storage), CHEAP)
        for role in Role:
            if accounts.person(role.value) is None:
                accounts.add(role.value, PASSWORD, role, f"{role.value.capitalize()} of the test")
        sessions = Sessions(StoredSessions(record.storage), wall_clock)
        here = replace(here, identity=accounts, sessions=sessions, throttle=GuessThrottle(wall_clock))
        replay = here.wards.open()
        ward_clock.time_us = max(START_US, here.wards.now_us)
        here.wards.admit(
            [
                Admitted(stay.patient, stay.ward, stay.bed, stay.start_us)
                for stay in record.encounters(at_us=ward_clock.time_us)
            ]
        )
        here.wards.tick()
        house = House(here, record, source, ward_clock, wall_clock, replay, LoopThread())
        opened.append(house)
        return house

    yield open_one
    for house in opened:
        for browser in house.browsers:
            browser.close()
        house.runner.close()
        house.record.close()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """A house of its own."""
    return open_house()
