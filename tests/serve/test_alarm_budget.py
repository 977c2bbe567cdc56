"""The ward's alarm budget live: what passes what the staff on duty can take waits and is listed; safety never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from tests.serve.house import ANNA, BERT, House

from fyr.clock import MINUTE_US, from_iso
from fyr.record import PatientId
from fyr.serve.documents import Board
from fyr.serve.ward_inputs import OnDuty

PATH = "/api/wards/7A/on-duty"


def _board(house: House) -> Board:
    answer = house.signed_in("nurse").get("/api/wards/7A/board")
    assert answer.status_code == 200
    return Board.model_validate(answer.json())


def _fast_breathing(house: House, patient: PatientId, minutes: int) -> None:
    """Let a patient breathe 26 times a minute: medium priority after five minutes."""
    start_us = house.ward_clock.time_us
    house.source.send(patient, "respiratory_rate", start_us, [26.0] * (4 * minutes))
    house.run_to(start_us + minutes * MINUTE_US)


def _states(house: House, patient: PatientId) -> dict[str, str]:
    return {one["rule"]: one["state"] for one in house.installation.wards.tile(patient)["notifications"]}


def _low_and_fast(house: House) -> None:
    """Use the budget of one up with Bert's fast breathing, then let Anna breathe fast too."""
    _fast_breathing(house, BERT, 6)
    _fast_breathing(house, ANNA, 6)


def test_without_a_budget_everything_is_told_at_once_and_the_board_says_there_is_none(house: House) -> None:
    _low_and_fast(house)
    assert _board(house).budget is None
    assert (_states(house, ANNA), _states(house, BERT)) == ({"rr>24/5min": "raised"}, {"rr>24/5min": "raised"})


def test_what_passes_the_budget_waits_and_is_listed_with_the_reason(house: House) -> None:
    said = house.signed_in("nurse").post(PATH, {"nurses": 1, "per_nurse_hour": 1})
    assert said.status_code == 200
    assert (said.json()["capacity"], said.json()["load"], said.json()["waiting"]) == (1, 0, [])
    _low_and_fast(house)
    assert (_states(house, ANNA), _states(house, BERT)) == ({"rr>24/5min": "waiting"}, {"rr>24/5min": "raised"})
    budget = _board(house).budget
    assert budget is not None
    one = budget.waiting[0]
    assert {other.kind for other in budget.waiting[1:]} == {"technical"}, "the patient comes before the sensor"
    assert (budget.load, budget.capacity, budget.nurses) == (1, 1, 1)
    assert (one.patient, one.bed, one.rule, one.priority) == ("demo/1", "01", "rr>24/5min", "medium")
    assert one.why == "budget: 1 told in the last hour, 1 nurse can take 1"
    life = house.signed_in("nurse").get(f"/api/notifications/{one.notification}").json()
    assert life["told"] == []
    assert [step["kind"] for step in life["history"]] == ["raised", "waiting"]


def test_high_priority_never_waits(house: House) -> None:
    house.installation.wards.on_duty("7A", 0)
    notification = house.low_saturation(ANNA)
    assert notification["state"] == "raised"
    budget = _board(house).budget
    assert budget is not None
    assert (budget.capacity, budget.load, budget.waiting) == (0, 1, [])


def test_what_waits_is_told_when_more_nurses_come(house: House) -> None:
    house.installation.wards.on_duty("7A", 1, 1)
    _low_and_fast(house)
    told = house.signed_in("nurse").post(PATH, {"nurses": 2}).json()
    assert (told["capacity"], told["per_nurse_hour"], told["load"]) == (2, 1, 2)
    assert {one["kind"] for one in told["waiting"]} == {"technical"}
    assert _states(house, ANNA) == {"rr>24/5min": "raised"}


def test_what_waits_is_told_after_half_an_hour_at_the_latest(house: House) -> None:
    house.installation.wards.on_duty("7A", 0)
    _fast_breathing(house, ANNA, 8)
    raised_at = next(iter(house.installation.wards.tile(ANNA)["notifications"]))["raised_at"]
    house.source.send(ANNA, "respiratory_rate", house.ward_clock.time_us, [26.0] * 200)
    house.run_to(from_iso(raised_at) + 30 * MINUTE_US, MINUTE_US)
    assert _states(house, ANNA) == {"rr>24/5min": "waiting"}
    house.run_to(house.ward_clock.time_us + MINUTE_US)
    (one,) = house.installation.wards.tile(ANNA)["notifications"]
    life = house.signed_in("nurse").get(f"/api/notifications/{one['id']}").json()
    assert "released" in [step["kind"] for step in life["history"]]
    assert "waited 30 min" in life["told"][0]["why"]


def test_a_waiting_notification_can_be_taken_and_no_longer_waits(house: House) -> None:
    house.installation.wards.on_duty("7A", 0)
    _fast_breathing(house, ANNA, 6)
    (one,) = house.installation.wards.tile(ANNA)["notifications"]
    assert house.signed_in("nurse").post(f"/api/notifications/{one['id']}/acknowledge").status_code == 200
    budget = _board(house).budget
    assert budget is not None
    assert one["id"] not in [waiting.notification for waiting in budget.waiting]


def test_the_stream_tells_the_budget_when_it_says_something_else(house: House) -> None:
    channel = house.installation.hub.channel("7A")
    subscription = channel.subscribe(channel.cursor)
    house.installation.wards.on_duty("7A", 2, 3)
    house.run_to(house.ward_clock.time_us + MINUTE_US)
    events = [block for block in subscription.take().split(b"\n\n") if b"event: budget" in block]
    assert [orjson.loads(block.split(b"\ndata: ", 1)[1])["capacity"] for block in events] == [6]
    assert orjson.loads(channel.board())["budget"]["nurses"] == 2


def test_the_budget_is_the_same_after_a_restart(open_house: Callable[..., House]) -> None:
    before = open_house()
    before.installation.wards.on_duty("7A", 1, 1)
    _low_and_fast(before)
    count, digest = before.installation.wards.event_digest()
    budget = _board(before).budget
    assert budget is not None
    assert budget.waiting
    after = open_house()
    assert after.replay.same
    assert (after.replay.events, after.replay.digest) == (count, digest)
    assert _board(after).budget == budget
    after.installation.wards.on_duty("7A", 1, 1)
    assert len([one for one in after.installation.wards._journal.read() if isinstance(one, OnDuty)]) == 1


@pytest.mark.parametrize(
    ("wanted", "status"),
    [({"nurses": -1}, 422), ({"nurses": 2, "per_nurse_hour": 0}, 422), ({}, 422), ({"nurses": 2.5}, 422)],
)
def test_numbers_that_cannot_be_are_refused(house: House, wanted: dict[str, Any], status: int) -> None:
    assert house.signed_in("nurse").post(PATH, wanted).status_code == status
    assert _board(house).budget is None


def test_who_sets_the_staff_on_duty_and_that_it_is_audited(house: House) -> None:
    for role, status in (("nurse", 200), ("physician", 200), ("researcher", 403), ("administrator", 403)):
        assert house.signed_in(role).post(PATH, {"nurses": 3}).status_code == status
    nurse = house.signed_in("nurse")
    assert nurse.post("/api/wards/9Z/on-duty", {"nurses": 3}).status_code == 404
    assert nurse.post(PATH, {"nurses": 3}, csrf="").status_code == 403
    entries = house.audited("set staff on duty")
    assert {entry["person"] for entry in entries} == {"nurse", "physician"}
    assert entries[0]["detail"]["nurses"] == 3
