"""A page that loses its server says so within five seconds, freezes what it shows, and comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.browser.cable import Cable
from tests.browser.conftest import Hospital
from tests.browser.test_ward_page import take_all

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_server_dies_and_comes_back(
    visit: Callable[..., Page], chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from playwright.sync_api import expect

    own = Hospital.open(tmp_path_factory.mktemp("restarted"))
    try:
        page = visit(where=own, quiet=False)  # failed requests are what this test is about
        waiting = page.locator("[data-testid^=tile-][data-waiting=true]").first
        expect(waiting).to_be_visible()
        bed = waiting.get_attribute("data-bed")
        take_all(page, bed, lambda tile: tile.get_by_test_id("acknowledge").click())
        expect(page.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse")
        page.evaluate("window.stillHere = true")

        own.server.process.kill()
        died = time.monotonic()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "lost", timeout=5000)
        assert time.monotonic() - died < 5
        expect(page.get_by_test_id("lost-notice")).to_be_visible()
        expect(page.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse")

        own.restart()
        expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "live", timeout=20_000)
        expect(page.get_by_test_id("lost-notice")).to_have_count(0)
        expect(page.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse")
        assert page.evaluate("window.stillHere") is True, "it came back without a reload, still signed in"
    finally:
        own.server.end()


def test_a_pulled_cable_is_noticed_and_the_page_catches_up(visit: Callable[..., Page], hospital: Hospital) -> None:
    """No connection is closed here; only the heartbeats stay away."""
    from playwright.sync_api import expect

    cable = Cable(hospital.port)
    try:
        page = visit(through=cable.port, quiet=False)
        connection = page.get_by_test_id("connection")
        expect(connection).to_have_attribute("data-status", "live")
        expect(page.locator("[data-testid^=tile-]")).to_have_count(24)
        cable.pull()
        expect(connection).to_have_attribute("data-status", "lost", timeout=5000)
        expect(connection).to_contain_text("frozen at")
        cable.plug()
        expect(connection).to_have_attribute("data-status", "live", timeout=15_000)
        expect(page.get_by_test_id("lost-notice")).to_have_count(0)
    finally:
        cable.close()


EVERYWHERE = {
    "nurse": (
        "/",
        "/handover/7A",
        "/gaps/7A",
        "/patients",
        "/patients/demo/3",
        "/patients/demo/3/replay",
        "/models/news2",
    ),
    "physicist": ("/policies", "/models"),
    "administrator": ("/sources", "/audit"),
}


def test_every_page_says_within_five_seconds_that_its_server_is_dead(
    visit: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All pages at once, of one server that is killed."""
    from playwright.sync_api import expect

    own = Hospital.open(tmp_path_factory.mktemp("killed"))
    try:
        pages = [visit(path, role=role, where=own, quiet=False) for role, paths in EVERYWHERE.items() for path in paths]
        for page in pages:
            expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "live", timeout=20_000)
        own.server.process.kill()
        died = time.monotonic()
        for page in pages:
            left = max(1.0, 5000 - (time.monotonic() - died) * 1000)
            expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "lost", timeout=left)
            expect(page.get_by_test_id("connection")).to_contain_text("lost")
    finally:
        own.server.end()
