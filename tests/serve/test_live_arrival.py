"""Samples as they arrive at the live ward: late, twice, out of order, from a clock that is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.serve.house import ANNA, BERT, PERIOD_US, House

from fyr.clock import MINUTE_US, SECOND_US, from_iso
from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.serve.device_documents import Device, Devices

LATENESS_US = 20 * SECOND_US


def _device(house: House) -> Device:
    answer = house.signed_in("administrator").get("/api/devices")
    assert answer.status_code == 200
    (one,) = Devices.model_validate(answer.json()).devices
    return one


def test_lateness_within_what_is_allowed_changes_no_event(open_house: Callable[..., House]) -> None:
    house = open_house(lateness_us=LATENESS_US)
    start_us = house.ward_clock.time_us + MINUTE_US
    house.source.send(ANNA, "spo2", start_us, [97.0] * 4 + [78.0] * 8, late_us=LATENESS_US)
    house.source.send(ANNA, "spo2", start_us, [97.0] * 4 + [78.0] * 8, late_us=10 * SECOND_US)
    house.run_to(start_us + 4 * MINUTE_US, 5 * SECOND_US)
    (notification,) = house.installation.wards.tile(ANNA)["notifications"]
    # Four samples of 97, one every 15 s from the start on; the minute below 80 is full with the fourth sample of 78.
    assert from_iso(notification["raised_at"]) == start_us + 7 * PERIOD_US
    device = _device(house)
    assert (device.arrived, device.released, device.duplicate, device.late) == (24, 12, 12, 0)


def test_every_alarm_waits_for_the_lateness_and_no_longer(open_house: Callable[..., House]) -> None:
    house = open_house(lateness_us=LATENESS_US)
    start_us = house.ward_clock.time_us + MINUTE_US
    house.source.send(ANNA, "spo2", start_us, [97.0] * 4 + [78.0] * 12)
    due_us = start_us + 7 * PERIOD_US + LATENESS_US
    house.run_to(due_us - SECOND_US, SECOND_US)
    assert house.installation.wards.tile(ANNA)["notifications"] == []
    house.run_to(due_us)
    (notification,) = house.installation.wards.tile(ANNA)["notifications"]
    assert from_iso(notification["raised_at"]) == due_us - LATENESS_US


def test_what_comes_later_than_allowed_is_dropped_and_counted(open_house: Callable[..., House]) -> None:
    house = open_house(lateness_us=LATENESS_US)
    start_us = house.ward_clock.time_us + MINUTE_US
    house.source.send(ANNA, "spo2", start_us, [78.0] * 20, late_us=LATENESS_US + MINUTE_US)
    house.run_to(start_us + 10 * MINUTE_US, 5 * SECOND_US)
    assert [one["rule"] for one in house.installation.wards.tile(ANNA)["notifications"]] == []
    device = _device(house)
    assert (device.arrived, device.released, device.late, device.clock) == (20, 0, 20, "in step")


def test_a_clock_that_is_ahead_is_a_technical_alarm_until_it_is_right(open_house: Callable[..., House]) -> None:
    house = open_house(lateness_us=LATENESS_US)
    start_us = house.ward_clock.time_us + MINUTE_US
    house.source.send(ANNA, "spo2", start_us, [97.0] * 8, late_us=-2 * MINUTE_US)
    house.run_to(start_us, 5 * SECOND_US)
    (technical,) = house.installation.wards.tile(ANNA)["technical"]
    assert (technical["rule"], technical["kind"], technical["state"]) == ("test clock skew", "technical", "raised")
    assert house.installation.wards.tile(BERT)["technical"] == []
    assert _device(house).clock == "ahead"
    assert _device(house).ahead > 0
    house.source.send(ANNA, "spo2", start_us + 4 * MINUTE_US, [97.0] * 8)
    house.run_to(start_us + 5 * MINUTE_US, 5 * SECOND_US)
    assert "test clock skew" not in [one["rule"] for one in house.installation.wards.tile(ANNA)["technical"]]
    assert _device(house).clock == "in step"


def test_samples_of_a_stranger_leave_the_others_untouched_and_are_counted(house: House) -> None:
    house.source.send(PatientId("demo", "99"), "spo2", house.ward_clock.time_us, [50.0] * 12)
    house.low_saturation(ANNA)
    assert _device(house).strangers == 12


def test_a_restart_in_the_middle_of_what_is_held_gives_the_same(open_house: Callable[..., House]) -> None:
    before = open_house(lateness_us=LATENESS_US)
    start_us = before.ward_clock.time_us + MINUTE_US
    before.source.send(ANNA, "spo2", start_us, [97.0] * 4 + [78.0] * 8, late_us=10 * SECOND_US)
    # Ten seconds before the alarm is due: the samples that complete it have arrived and are held.
    due_us = start_us + 7 * PERIOD_US + LATENESS_US
    before.run_to(due_us - 5 * SECOND_US, 5 * SECOND_US)
    assert before.installation.wards.tile(ANNA)["notifications"] == []
    after = open_house(lateness_us=LATENESS_US)
    assert after.replay.same
    assert _device(after) == _device(before)
    for house in (before, after):
        house.ward_clock.time_us = due_us
        house.source.series = []
    after.installation.wards.tick()
    (notification,) = after.installation.wards.tile(ANNA)["notifications"]
    assert from_iso(notification["raised_at"]) == start_us + 7 * PERIOD_US


def test_who_reads_the_devices(house: House) -> None:
    codes = {role: house.signed_in(role).get("/api/devices").status_code for role in ("nurse", "researcher")}
    assert codes == {"nurse": 200, "researcher": 403}
    assert house.browser().get("/api/devices").status_code == 401


def test_a_lateness_that_cannot_be_is_refused(open_house: Callable[..., House]) -> None:
    with pytest.raises(BadInput, match="lateness"):
        open_house(lateness_us=-1)
