"""Metrics, readiness and notices over HTTP: what they say, to whom, and that they say nothing of patients."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tests.serve.house import Browser, House

from fyr.serve.app import create_app
from fyr.serve.metrics import Metrics
from fyr.serve.notices import Notice

NOTICE = Notice("disk/5", "disk", "The disk is nearly full", "Make room.", 5_000_000, "medium")


def _metrics(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _answer(house: House, address: str = "127.0.0.1", token: str | None = None, **headers: str) -> httpx.Response:
    here = replace(house.installation, metrics_token=token)
    browser = Browser(create_app(here), house.runner, address=address)
    house.browsers.append(browser)
    return browser.get("/metrics", headers=headers)


def test_metrics_say_what_was_counted(house: House) -> None:
    counted = Metrics()
    house = replace(house, installation=replace(house.installation, metrics=counted))
    counted.appended(3, 0.004)
    counted.appended(2, 0.04)
    counted.round(0.3)
    counted.raised("high")
    counted.snapshot(7_000_000)
    house.installation.watchdog.board.change([NOTICE], [], 6_000_000)
    found = _metrics(_answer(house))
    assert found["fyr_up"] == 1
    assert found["fyr_journal_entries_total"] == 5
    assert found["fyr_journal_append_seconds_count"] == 2
    assert found["fyr_journal_append_seconds_bucket,le=0.005"] == 1
    assert found["fyr_round_seconds_sum"] == 0.3
    assert found["fyr_notifications_raised_total,priority=high"] == 1
    assert found["fyr_notifications_raised_total,priority=low"] == 0
    assert found["fyr_snapshot_time_seconds"] == 7
    assert found["fyr_notices,priority=medium"] == 1
    assert found["fyr_notice_since_seconds,subject=disk"] == 5
    assert found["fyr_live_browsers"] == 0
    assert found["process_resident_memory_bytes"] > 1e6
    assert found["process_cpu_seconds_total"] > 0


def test_metrics_name_no_patient(house: House) -> None:
    house.low_saturation()
    text = _answer(house).text
    assert not re.search(r"demo/|patient|Alder|Birch|7A", text)


def test_metrics_are_for_this_machine_or_whoever_shows_the_token(house: House) -> None:
    assert _answer(house).status_code == 200
    assert _answer(house, "10.0.0.9").status_code == 403
    assert _answer(house, "10.0.0.9", Authorization="Bearer ").status_code == 403
    assert _answer(house, "10.0.0.9", "s3cret", Authorization="Bearer s3cre").status_code == 403
    assert _answer(house, "10.0.0.9", "s3cret", Authorization="Bearer s3cret").status_code == 200
    for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"):
        assert _answer(house, **{header: "10.0.0.9"}).status_code == 403  # a proxy on this machine is not this machine
    assert _answer(house, "127.0.0.1", "s3cret", Via="1.1 proxy", Authorization="Bearer s3cret").status_code == 200


def test_ready_follows_the_watchdog(house: House) -> None:
    browser = house.browser()
    house.installation.wards.tick()
    assert browser.get("/api/ready").json() == {"ready": True, "reason": "ready"}
    house.installation.watchdog.journal_trouble("the disk is full")
    answer = browser.get("/api/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "the journal cannot be written"})


def test_notices_stand_on_every_board_and_in_every_stream(house: House) -> None:
    house.installation.watchdog.board.change([NOTICE], [], 6_000_000)
    nurse = house.signed_in("nurse")
    shown = {
        "id": "disk/5",
        "title": "The disk is nearly full",
        "detail": "Make room.",
        "since": "1970-01-01T00:00:05Z",
        "priority": "medium",
    }
    assert nurse.get("/api/wards/7A/board").json()["notices"] == [shown]
    channel = house.installation.hub.channel("7A")
    subscription = channel.subscribe(channel.cursor)
    house.installation.watchdog.board.change([], ["disk"], 20_000_000)
    assert b'event: notices\ndata: {"notices":[]}\n\n' in subscription.take()
    assert nurse.get("/api/wards/7A/board").json()["notices"] == []
