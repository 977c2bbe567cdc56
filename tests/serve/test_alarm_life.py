"""The whole life of a live notification over HTTP: who was told, who acted, what they did and when."""

from __future__ import annotations

from collections.abc import Callable

from tests.serve.house import ANNA, House

from fyr.clock import MINUTE_US, from_datetime, from_iso, to_iso
from fyr.serve.documents import Raised


def _life(house: House, notification: str) -> Raised:
    answer = house.signed_in("nurse").get(f"/api/notifications/{notification}")
    assert answer.status_code == 200
    return Raised.model_validate(answer.json())


def _low_for(house: House, minutes: int) -> None:
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [78.0] * (4 * minutes))
    house.run_to(start_us + minutes * MINUTE_US)


def test_what_was_done_is_kept_told_and_takes_the_notification(house: House) -> None:
    notification = house.low_saturation()["id"]
    nurse = house.signed_in("nurse")
    done_at = to_iso(house.ward_clock.time_us - MINUTE_US)
    answer = nurse.post(f"/api/notifications/{notification}/act", {"what": "oxygen 2 L/min", "done_at": done_at})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["by"]) == ("acknowledged", "nurse")
    life = _life(house, notification)
    assert [step.kind for step in life.history] == ["raised", "acted_on", "acknowledged"]
    assert [step.phase for step in life.history] == ["start", "update", "update"]
    (acted, taken) = life.done
    assert (acted.by, acted.kind, acted.what) == ("nurse", "acted_on", "oxygen 2 L/min")
    assert to_iso(from_datetime(acted.done_at)) == done_at
    assert acted.done_at < acted.time == taken.time
    assert (taken.by, taken.kind) == ("nurse", "acknowledged")
    (audited,) = house.audited("act on notification")
    assert (audited["person"], audited["patient"], audited["detail"]["what"]) == ("nurse", "demo/1", "oxygen 2 L/min")


def test_something_may_be_done_again_about_what_is_taken_already(house: House) -> None:
    notification = house.low_saturation()["id"]
    nurse, physician = house.signed_in("nurse"), house.signed_in("physician")
    assert nurse.post(f"/api/notifications/{notification}/acknowledge").status_code == 200
    assert physician.post(f"/api/notifications/{notification}/act", {"what": "chest film"}).status_code == 200
    life = _life(house, notification)
    assert (life.state, life.by) == ("acknowledged", "nurse")
    assert [(done.by, done.kind) for done in life.done] == [("nurse", "acknowledged"), ("physician", "acted_on")]


def test_nothing_is_done_in_the_future_or_without_words(house: House) -> None:
    notification = house.low_saturation()["id"]
    nurse = house.signed_in("nurse")
    later = to_iso(house.ward_clock.time_us + MINUTE_US)
    refused = nurse.post(f"/api/notifications/{notification}/act", {"what": "oxygen", "done_at": later})
    assert refused.status_code == 400
    assert "after it was written down" in refused.json()["error"]["what"]
    for wrong in ({"what": ""}, {}, {"what": "x" * 501}, {"what": "oxygen", "done_at": "2026-11-22T08:00:00"}):
        assert nurse.post(f"/api/notifications/{notification}/act", wrong).status_code == 422
    assert _life(house, notification).state == "raised"


def test_nobody_came_so_it_went_further_and_the_document_says_to_whom_and_when(house: House) -> None:
    raised = house.low_saturation()
    policy = house.installation.wards.policy_of(ANNA)
    steps = policy.rules_by_key["spo2<80/1min"].escalation
    assert raised["escalates_to"] == steps[0].to
    assert from_iso(raised["escalates_at"]) == from_iso(raised["raised_at"]) + steps[0].after_us
    _low_for(house, steps[0].after_us // MINUTE_US + 2)
    life = _life(house, raised["id"])
    assert (life.state, life.escalated_to, life.escalation_step) == ("escalated", steps[0].to, 1)
    assert [(told.to, told.time) for told in life.told] == [
        ("bedside staff", life.raised_at),
        (steps[0].to, next(step.time for step in life.history if step.kind == "escalated")),
    ]
    assert life.history[-1].phase == "escalate"


def test_a_pause_tells_its_end_and_telling_again_is_told(house: House) -> None:
    notification = house.low_saturation()["id"]
    physician = house.signed_in("physician")
    assert (
        physician.post(f"/api/notifications/{notification}/pause", {"minutes": 5, "reason": "suction"}).status_code
        == 200
    )
    _low_for(house, 7)
    life = _life(house, notification)
    assert [step.kind for step in life.history] == ["raised", "paused", "resumed"]
    assert life.history[1].until == life.history[2].time
    assert [told.to for told in life.told] == ["bedside staff", "bedside staff"]
    assert [(done.by, done.kind, done.what) for done in life.done] == [("physician", "paused", "suction")]


def test_a_latched_notification_says_so_and_ends_when_it_is_taken(house: House) -> None:
    notification = house.low_saturation()["id"]
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [97.0] * 60)
    house.run_to(start_us + 15 * MINUTE_US)
    life = _life(house, notification)
    assert (life.state, life.alarm_state, life.condition_present) == ("latched", "latched", False)
    house.signed_in("nurse").post(f"/api/notifications/{notification}/acknowledge")
    ended = _life(house, notification)
    assert (ended.state, ended.alarm_state) == ("cleared", "inactive")
    assert "latched" in [step.kind for step in ended.history]
    assert [(step.kind, step.phase) for step in ended.history][-2:] == [("acknowledged", "update"), ("cleared", "end")]


def test_the_life_of_a_notification_is_read_only_by_those_who_see_the_patient_and_is_audited(house: House) -> None:
    notification = house.low_saturation()["id"]
    path = f"/api/notifications/{notification}"
    codes = {role: house.signed_in(role).get(path).status_code for role in ("nurse", "researcher", "administrator")}
    assert codes == {"nurse": 200, "researcher": 200, "administrator": 403}
    assert house.browser().get(path).status_code == 401
    assert house.signed_in("nurse").get(f"/api/notifications/{'0' * 20}").status_code == 404
    assert [entry["person"] for entry in house.audited("read notification")] == ["nurse", "researcher"]
    acted = {"what": "looked"}
    assert house.signed_in("physicist").post(f"{path}/act", acted).status_code == 403
    nurse = house.signed_in("nurse")
    assert nurse.post(f"{path}/act", acted, csrf="").status_code == 403


def test_what_was_done_is_there_after_a_restart(open_house: Callable[..., House]) -> None:
    before = open_house()
    notification = before.low_saturation()["id"]
    before.installation.wards.act(notification, "nurse", "oxygen 2 L/min", before.ward_clock.time_us - MINUTE_US)
    _low_for(before, 3)
    life = _life(before, notification)
    after = open_house()
    assert after.replay.same
    assert _life(after, notification) == life
