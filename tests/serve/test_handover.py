"""The handover sheet and the sensor-gap list: what they say, and who may read it."""

from __future__ import annotations

import math

import pytest
from tests.serve.house import ANNA, House

from fyr.attention import AlarmEvent, AlarmEventKind, Rule, load_policy
from fyr.clock import HOUR_US, MINUTE_US, from_iso, to_iso
from fyr.record import SIGNALS
from fyr.serve.alarm_log import NotAssessable
from fyr.serve.handover import assessable_share, held_back
from fyr.serve.refusal_words import in_words

HANDOVER, GAPS = "/api/wards/7A/handover", "/api/wards/7A/sensor-gaps"


def test_what_was_raised_taken_and_done_is_handed_over(house: House) -> None:
    raised = house.low_saturation()
    nurse = house.signed_in("nurse")
    nurse.post(f"/api/notifications/{raised['id']}/act", {"what": "sat up, oxygen 2 L/min"})
    sheet = nurse.get(HANDOVER).json()
    assert [one["bed"] for one in sheet["patients"]] == ["01", "02"]
    anna, bert = sheet["patients"]
    entry = next(one for one in anna["raised"] if one["id"] == raised["id"])
    assert ("acted_on", "sat up, oxygen 2 L/min") in {(done["kind"], done["what"]) for done in entry["done"]}
    assert bert["raised"] == []
    assert anna["signals"]["spo2"]["value"] == 78.0


def test_what_ended_before_the_shift_is_not_handed_over(house: House) -> None:
    raised = house.low_saturation()
    nurse = house.signed_in("nurse")
    nurse.post(f"/api/notifications/{raised['id']}/acknowledge")
    house.source.send(ANNA, "spo2", house.ward_clock.time_us, [97.0] * 120)
    house.run_to(house.ward_clock.time_us + 30 * MINUTE_US)
    later = to_iso(house.ward_clock.time_us - MINUTE_US)
    whole = nurse.get(HANDOVER).json()["patients"][0]["raised"]
    short = nurse.get(HANDOVER, params={"since": later}).json()["patients"][0]["raised"]
    assert raised["id"] in {one["id"] for one in whole}
    assert raised["id"] not in {one["id"] for one in short}


@pytest.mark.parametrize("hours", [-1, 49])
def test_a_beginning_that_cannot_be_is_refused(house: House, hours: int) -> None:
    since = to_iso(house.ward_clock.time_us - hours * HOUR_US)
    answer = house.signed_in("nurse").get(HANDOVER, params={"since": since})
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == "since"


def test_a_lost_sensor_is_on_the_list_with_the_time_that_it_cost(house: House) -> None:
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [97.0] * 40)
    house.source.send(ANNA, "spo2", start_us + 10 * MINUTE_US, [math.nan] * 200)
    house.run_to(start_us + 40 * MINUTE_US)
    nurse = house.signed_in("nurse")
    gaps = nurse.get(GAPS).json()
    gap = next(one for one in gaps["lacking"] if one["bed"] == "01" and one["signal"] == "spo2")
    assert gap["taken_by"] is None
    lost_us = house.ward_clock.time_us - _us(gap["since"])
    assert start_us + 10 * MINUTE_US <= _us(gap["since"]) <= start_us + 20 * MINUTE_US
    assert gap["assessable_day"] == pytest.approx(1 - lost_us / (40 * MINUTE_US), abs=0.01)
    technical = next(
        one for one in house.installation.wards.tile(ANNA)["technical"] if one["evidence"]["signal"] == "spo2"
    )
    nurse.post(f"/api/notifications/{technical['id']}/acknowledge")
    again = nurse.get(GAPS).json()["lacking"]
    assert next(one for one in again if one["bed"] == "01" and one["signal"] == "spo2")["taken_by"]
    lost = nurse.get(HANDOVER).json()["patients"][0]["sensors_lost"]
    assert "spo2" in {one["signal"] for one in lost}


@pytest.mark.parametrize(("path", "action"), [(HANDOVER, "read handover"), (GAPS, "read sensor gaps")])
def test_who_may_read_them_and_that_it_is_noted(house: House, path: str, action: str) -> None:
    assert house.browser().get(path).status_code == 401
    assert house.signed_in("administrator").get(path).status_code == 403
    assert house.audited(action) == []
    assert house.signed_in("nurse").get(path).status_code == 200
    assert {entry["patient"] for entry in house.audited(action)} == {"demo/1", "demo/2"}
    assert house.signed_in("nurse").get(path.replace("7A", "9Z")).status_code == 404


def test_the_assessable_share_counts_overlaps_once() -> None:
    stretches = [NotAssessable("spo2", 10, 30), NotAssessable("spo2", 20, 40), NotAssessable("spo2", 90, None)]
    assert assessable_share(stretches, 0, 100) == pytest.approx(0.6)
    assert assessable_share(stretches, 50, 80) == 1.0
    assert assessable_share([], 5, 5) == 1.0


def _us(iso: str) -> int:
    return from_iso(iso)


def test_what_did_not_last_is_counted_once_for_a_rule_however_long_each_lasted() -> None:
    policy = load_policy("haahr2022")
    one, other = policy.rules[0], policy.rules[1]

    def suppressed(rule: Rule, reason: str) -> AlarmEvent:
        return AlarmEvent(ANNA, 1, MINUTE_US, AlarmEventKind.SUPPRESSED, rule.key, None, reason)

    reasons = [f"did not last: {seconds} s of 5 min" for seconds in (15, 30, 45)]
    events = [*(suppressed(one, reason) for reason in reasons), suppressed(other, "did not last: 2 min of 5 min")]
    events.append(suppressed(one, "paused by anna until 2026-11-27T06:00:00Z"))
    assert held_back(events, policy) == [
        {"title": one.title, "reason": "did not last 5 min", "count": 3},
        {"title": other.title, "reason": "did not last 5 min", "count": 1},
        {"title": one.title, "reason": "paused by anna", "count": 1},
    ]


def test_a_refusal_calls_inputs_by_their_titles() -> None:
    said = "respiratory_rate is missing (refused); spo2_scale is 3 (accepted: 1, 2); spo2 is missing"
    assert in_words(said, ("respiratory_rate", "spo2", "spo2_scale")) == (
        f"{SIGNALS['respiratory_rate'].title} is missing (refused); spo2 scale is 3 (accepted: 1, 2); "
        f"{SIGNALS['spo2'].title} is missing"
    )
