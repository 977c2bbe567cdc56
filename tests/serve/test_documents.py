"""Every answer is what the API's description says it is, and says what the ward knows."""

from __future__ import annotations

import orjson
import pytest
from pydantic import BaseModel
from tests.serve.house import ANNA, BERT, PERIOD_US, House

from fyr.clock import HOUR_US, MINUTE_US, from_iso
from fyr.record import Encounter, Observation, PatientId, Series, Status
from fyr.serve.documents import (
    Alarms,
    Audit,
    Board,
    Findings,
    Health,
    Models,
    PatientPage,
    Patients,
    SeriesDocument,
    SessionDocument,
    Tile,
    Wards,
)


@pytest.mark.parametrize(
    ("role", "path", "document"),
    [
        ("nurse", "/api/health", Health),
        ("nurse", "/api/session", SessionDocument),
        ("nurse", "/api/wards", Wards),
        ("nurse", "/api/wards/7A/board", Board),
        ("nurse", "/api/patients", Patients),
        ("nurse", "/api/patients/demo/1", PatientPage),
        ("nurse", "/api/patients/demo/1/series", SeriesDocument),
        ("nurse", "/api/patients/demo/1/alarms", Alarms),
        ("nurse", "/api/patients/demo/1/findings", Findings),
        ("nurse", "/api/models", Models),
        ("administrator", "/api/audit", Audit),
    ],
)
def test_answers_keep_to_their_description(house: House, role: str, path: str, document: type[BaseModel]) -> None:
    _busy(house)
    answer = house.signed_in(role).get(path)
    assert answer.status_code == 200
    document.model_validate(answer.json())


def test_live_tiles_keep_to_their_description(house: House) -> None:
    channel = house.installation.hub.channel("7A")
    subscription = channel.subscribe(channel.cursor)
    _busy(house)
    blocks = subscription.take().split(b"\n\n")[:-1]
    assert blocks
    for block in blocks:
        Tile.model_validate(orjson.loads(block.split(b"\ndata: ", 1)[1]))


def test_a_tile_tells_value_age_and_status_of_every_signal(house: House) -> None:
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "heart_rate", start_us, [72.0] * 61)
    house.source.send(ANNA, "spo2", start_us, [96.0] * 12)
    house.run_to(start_us + 15 * MINUTE_US)
    signals = house.installation.wards.tile(ANNA)["signals"]
    assert list(signals) == [
        "heart_rate", "respiratory_rate", "spo2", "systolic_bp", "diastolic_bp", "temperature",
    ]  # fmt: skip
    assert signals["heart_rate"] == {
        "title": "Heart rate",
        "abbreviation": "hr",
        "value": 72.0,
        "unit": "/min",
        "time": "2026-11-22T08:15:00Z",
        "age_s": 0.0,
        "status": "present",
    }
    assert (signals["spo2"]["value"], signals["spo2"]["status"]) == (96.0, "lost")
    assert signals["spo2"]["age_s"] == 15 * 60 - 11 * 15
    assert (signals["respiratory_rate"]["value"], signals["respiratory_rate"]["status"]) == (None, "lost")
    assert (signals["temperature"]["value"], signals["temperature"]["status"]) == (None, "unknown")


def test_a_lost_sensor_is_cannot_tell_and_technical_never_fine(house: House) -> None:
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [97.0] * 4)
    house.run_to(start_us + 20 * MINUTE_US, MINUTE_US)
    tile = house.installation.wards.tile(ANNA)
    assert tile["state"] == "cannot_tell"
    assert "spo2 not assessable" in [entry["rule"] for entry in tile["technical"]]
    assert tile["notifications"] == []


def test_who_needs_someone_sooner_ranks_before(house: House) -> None:
    fine = house.installation.wards.tile(BERT)["rank"]
    notification = house.low_saturation(ANNA)
    untaken = house.installation.wards.tile(ANNA)
    house.installation.wards.acknowledge(notification["id"], "nurse")
    taken = house.installation.wards.tile(ANNA)
    assert (untaken["state"], taken["state"]) == ("act_now", "look_soon")
    assert untaken["rank"] < taken["rank"] < fine


def test_what_was_suppressed_stands_on_the_tile_with_its_reason(house: House) -> None:
    start_us = house.ward_clock.time_us
    house.source.send(ANNA, "spo2", start_us, [97.0] * 8 + [78.0] * 2 + [97.0] * 8)
    house.run_to(start_us + 5 * MINUTE_US)
    suppressed = house.installation.wards.tile(ANNA)["suppressed_last_hour"]
    (extreme,) = [entry for entry in suppressed if entry["rule"] == "spo2<80/1min"]
    assert extreme["title"] == "Low oxygen saturation, extreme"
    assert extreme["reason"].startswith("did not last")
    assert extreme["evidence"]["value"] == 78.0
    assert extreme["evidence"]["unit"] == "%"
    assert extreme["evidence"]["asked_s"] == 60
    assert from_iso(extreme["time"]) < from_iso(extreme["end"])
    listed = house.signed_in("nurse").get("/api/patients/demo/1/alarms").json()["suppressed"]
    assert extreme in listed


def test_series_have_nulls_where_nothing_was_measured(house: House) -> None:
    start_us = house.ward_clock.time_us
    nan = float("nan")
    house.source.send(ANNA, "heart_rate", start_us, [70.0, 71.0, nan, 73.0])
    house.source.send(ANNA, "heart_rate", start_us + 10 * MINUTE_US, [80.0])
    house.run_to(start_us + 11 * MINUTE_US)
    document = house.signed_in("nurse").get("/api/patients/demo/1/series?hours=1").json()
    line = document["series"]["heart_rate"]
    assert line["value"] == [70.0, 71.0, None, 73.0, None, 80.0]
    assert line["time"][0] == start_us / 1e6
    assert line["time"] == sorted(line["time"])
    assert (line["unit"], line["period_s"]) == ("/min", PERIOD_US / 1e6)


def test_what_a_nurse_measured_is_a_line_too(house: House) -> None:
    start_us = house.ward_clock.time_us
    for minute, value in ((0, 36.8), (40, 38.4)):
        time_us = start_us + minute * MINUTE_US
        house.source.observations.append(
            Observation(ANNA, "temperature", time_us, value, "Cel", Status.PRESENT, "ward round")
        )
    house.run_to(start_us + 41 * MINUTE_US, MINUTE_US)
    line = house.signed_in("nurse").get("/api/patients/demo/1/series").json()["series"]["temperature"]
    assert (line["value"], line["unit"]) == ([36.8, 38.4], "Cel")


def test_a_recording_shows_its_last_hours_whenever_it_was(house: House) -> None:
    patient = PatientId("mimic", "s00001")
    house.record.add_patient(patient)
    end_us = from_iso("2896-10-11T08:00:00Z")
    import numpy as np

    time_us = end_us - 12 * HOUR_US + MINUTE_US * np.arange(12 * 60 + 1, dtype=np.int64)
    value = np.linspace(60, 90, len(time_us))
    quality = np.zeros(len(time_us), np.uint8)
    house.record.add_series(Series(patient, "heart_rate", "/min", time_us, value, quality, MINUTE_US, "file"))
    temperature = Observation(patient, "temperature", end_us - HOUR_US, 38.5, "Cel", Status.PRESENT, "file")
    house.record.add_observations([temperature])
    house.record.add_encounter(Encounter(patient, "ICU", "1", int(time_us[0]), int(time_us[-1])))
    browser = house.signed_in("physician")
    document = browser.get("/api/patients/mimic/s00001/series?hours=6").json()
    assert document["end"].startswith("2896-10-11T08:00:00")
    line = document["series"]["heart_rate"]
    assert len(line["time"]) == 6 * 60
    assert line["value"][-1] == 90.0
    assert document["series"]["temperature"]["value"] == [38.5]
    page = browser.get("/api/patients/mimic/s00001").json()
    assert (page["tile"], page["encounter"]["ward"]) == (None, "ICU")
    (row,) = [row for row in browser.get("/api/patients").json()["patients"] if row["id"] == "mimic/s00001"]
    assert (row["ward"], row["state"]) == (None, "cannot_tell")


def test_an_empty_hospital_says_how_to_begin(house: House) -> None:
    house.installation.wards._state.occupants.clear()
    document = house.signed_in("nurse").get("/api/wards").json()
    assert document["wards"] == []
    assert "fyr record import" in document["hint"]


def test_a_model_card_is_one_click_from_every_number(house: House) -> None:
    _busy(house)
    browser = house.signed_in("nurse")
    model = browser.get("/api/wards/7A/board").json()["beds"][0]["news2"]["model"]
    card = browser.get(f"/api/models/{model['name']}").json()
    assert (card["version"], card["digest"]) == (model["version"], model["digest"])
    assert card["parameters"]["bands"]["spo2_scale_1"][0] == [91, 3]
    assert [entry["name"] for entry in card["inputs"]][:2] == ["respiratory_rate", "spo2"]


def _busy(house: House) -> None:
    house.low_saturation(ANNA)
    start_us = house.ward_clock.time_us
    house.source.send(BERT, "respiratory_rate", start_us, [16.0, 80.0, 9.0, 9.0, 16.0] * 4)
    house.run_to(start_us + 12 * MINUTE_US, MINUTE_US)
