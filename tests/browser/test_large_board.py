"""The ward as one canvas, its filters and keys, and what nurses need beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.cable import Cable
from tests.browser.conftest import Hospital

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def _wall(page: Page) -> Page:
    page.get_by_role("button", name="Wall").click()
    page.get_by_test_id("wall").wait_for()
    return page


def test_the_wall_is_one_canvas_and_goes_by_keys(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = _wall(visit("/"))
    wall = page.get_by_test_id("wall")
    expect(wall).to_have_attribute("data-beds", "24")
    assert page.locator("canvas").count() == 1
    assert page.locator("[data-testid^=tile-]").count() == 0
    page.keyboard.press("j")
    chosen = page.get_by_test_id("wall-chosen")
    expect(chosen).to_have_attribute("data-bed", "01")
    expect(chosen).to_contain_text(re.compile(r"Bed 01, \w+: .+ Heart rate"))
    page.keyboard.press("j")
    expect(chosen).to_have_attribute("data-bed", "02")
    page.keyboard.press("k")
    expect(chosen).to_have_attribute("data-bed", "01")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/patients/demo/1$"))
    page.go_back()
    page.get_by_test_id("wall").wait_for()
    page.reload()
    expect(page.get_by_test_id("wall")).to_have_attribute("data-beds", "24")


def test_a_filter_is_in_the_address_and_counts_what_it_shows(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/")
    chip = page.get_by_test_id("filter-fine")
    chip.click()
    expect(page).to_have_url(re.compile(r"\?state=fine$"))
    count = int(chip.locator(".chip-count").inner_text())
    expect(page.locator("[data-testid^=tile-]")).to_have_count(count)
    page.reload()
    expect(page.get_by_test_id("filter-fine")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="All beds").click()
    expect(page.locator("[data-testid^=tile-]")).to_have_count(24)


def test_a_wall_that_lost_its_server_says_so_across_it(visit: Callable[..., Page], hospital: Hospital) -> None:
    from playwright.sync_api import expect

    cable = Cable(hospital.port)
    try:
        page = _wall(visit(through=cable.port, quiet=False))
        page.wait_for_timeout(500)
        cable.pull()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "lost", timeout=5000)
        page.wait_for_timeout(500)
        image = pytest.importorskip("PIL.Image")
        import io

        shot = image.open(io.BytesIO(page.get_by_test_id("wall").screenshot())).convert("RGB")
        red = sum(count for count, (r, g, b) in shot.getcolors(1 << 24) if r > 160 and g < 60 and b < 60)
        assert red == 0, "no alarm colour is left on a wall that is not live"
        band = shot.getpixel((4, shot.height // 2))
        assert band == shot.getpixel((4, shot.height // 2 + 20)), "the band with the words lies across the middle"
        cable.plug()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "live", timeout=15_000)
    finally:
        cable.close()


def test_sound_is_off_until_it_is_turned_on_and_stays_so(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/")
    expect(page.get_by_test_id("sound")).to_have_attribute("data-on", "false")
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_label("Sound on this device, for me").check()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_test_id("sound")).to_have_attribute("data-on", "true")


def test_handover_and_gaps_are_one_keystroke_away(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/")
    page.get_by_test_id("board").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_test_id("handover").locator("> li")).to_have_count(24)
    page.go_back()
    page.get_by_test_id("board").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(r"/gaps/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sensors to see to")


def test_a_lost_source_and_a_refused_message_are_shown(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    source: dict[str, Any] = {
        "name": "bedside",
        "kind": "hl7_mllp",
        "state": "lost",
        "detail": "the port is taken",
        "connections": 0,
        "messages": 7,
        "accepted": 6,
        "refused": 1,
        "samples": 30,
        "last_message_at": None,
        "silent": True,
        "silent_after_s": 60.0,
    }
    message = {
        "id": 1,
        "time": "2026-11-22T08:00:00Z",
        "source": "bedside",
        "kind": "unknown_patient",
        "what": "nobody lies in bed 9",
        "where": "PV1-3",
        "mend": "admit the patient",
        "bytes": 812,
    }
    page = visit("/models", role="administrator")

    def answer(body: Any) -> Callable[[Any], None]:
        return lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route("**/api/sources", answer({"sources": [source], "sinks": [], "refused_waiting": 1}))
    page.route("**/api/quarantine*", answer({"messages": [message]}))
    page.get_by_role("link", name="Sources").click()
    row = page.get_by_test_id("sources").locator("tbody tr")
    expect(row).to_contain_text("lost, silent")
    expect(row).to_contain_text("silent after 1 min")
    expect(page.get_by_test_id("quarantine").locator("tbody tr")).to_contain_text("nobody lies in bed 9")
    expect(page.get_by_test_id("devices").locator("tbody tr")).to_contain_text("simulation")
