"""The ward's page as people use it: sign in, watch, take an alarm, open a patient, follow a number to its model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser


def waiting_bed(page: Page) -> str:
    """Return a bed with an alarm that waits where nobody has taken another one, which its tile would go on naming."""
    from playwright.sync_api import expect

    expect(page.locator("[data-testid^=tile-][data-waiting=true]").first).to_be_visible()
    board = page.evaluate("fetch('/api/wards/7A/board').then((answer) => answer.json())")
    for tile in board["beds"]:
        states = {one["state"] for one in tile["notifications"]}
        if states & {"raised", "escalated"} and not any(one["by"] for one in tile["notifications"]):
            return str(tile["bed"])
    pytest.fail("no alarm waits that is alone")


def take_all(page: Page, bed: str | None, take: Callable[[Locator], None]) -> None:
    """Take the alarms of a bed one after another: with the first taken, the tile speaks of the next."""
    from playwright.sync_api import expect

    tile = page.get_by_test_id(f"tile-{bed}")
    for _ in range(8):
        if tile.get_attribute("data-waiting") != "true":
            return
        why = tile.locator(".tile-why").get_attribute("title") or ""
        take(tile)
        expect(tile.locator(f".tile-foot[data-waiting=true] .tile-why[title={json.dumps(why)}]")).to_have_count(0)
    pytest.fail("there was no end of alarms")


def test_a_person_signs_in_with_the_printed_password_and_sees_the_ward(
    visit: Callable[..., Page], hospital: Hospital
) -> None:
    from playwright.sync_api import expect

    page = visit(role=None, quiet=False)  # the refused password is an answer 401, which the browser logs
    page.get_by_label("Name").fill("physician")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("signin-problem")).not_to_be_empty()
    page.get_by_label("Password").fill(hospital.passwords["physician"])
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("board").get_by_role("listitem").first).to_be_visible()
    expect(page.locator("[data-testid^=tile-]")).to_have_count(24)
    expect(page.get_by_test_id("connection")).to_have_attribute("data-status", "live")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_ward_says_who_needs_someone_who_is_fine_and_whose_sensor_is_lost(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit()
    expect(page.locator("[data-testid^=tile-]")).to_have_count(24)
    counts = {
        state: int(re.sub(r"\D", "", page.get_by_test_id(f"count-{state}").inner_text()))
        for state in ("act_now", "look_soon", "fine", "cannot_tell")
    }
    assert sum(counts.values()) == 24
    assert counts["act_now"] + counts["look_soon"] >= 1
    assert counts["fine"] >= 5
    for state, count in counts.items():
        assert page.locator(f"[data-testid^=tile-][data-state={state}]").count() == count
    assert page.locator("[data-status=lost]").count() >= 1


def test_values_change_live_without_a_reload(visit: Callable[..., Page]) -> None:
    page = visit()
    page.wait_for_selector("[data-testid^=tile-] .value")
    page.evaluate("window.stillHere = true")
    read = "() => [...document.querySelectorAll('[data-testid^=tile-] .value')].map(e => e.textContent).join()"
    before = page.evaluate(read)
    page.wait_for_function(f"before => ({read})() !== before", arg=before, timeout=15_000)
    assert page.evaluate("window.stillHere") is True


def test_a_nurse_takes_an_alarm_and_everybody_sees_who_and_when(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    nurse, physician, researcher = visit(), visit(role="physician"), visit(role="researcher")
    bed = waiting_bed(nurse)
    expect(researcher.get_by_test_id("board")).to_be_visible()
    assert researcher.get_by_test_id("acknowledge").count() == 0
    take_all(nurse, bed, lambda tile: tile.get_by_test_id("acknowledge").click())
    expect(nurse.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse")
    expect(physician.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse", timeout=5000)


def test_a_number_leads_to_its_model_and_inputs(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit()
    scored = page.locator("[data-testid=news2][data-refused=false]").first
    scored.click()
    drawer = page.get_by_test_id("drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("Royal College of Physicians")
    expect(drawer.get_by_test_id("drawer-digest")).to_have_text(re.compile("[0-9a-f]{8}"))
    for name in ("Respiratory rate", "Heart rate", "Consciousness"):
        expect(drawer).to_contain_text(name)
    drawer.get_by_role("link", name=re.compile("card", re.IGNORECASE)).click()
    card = page.get_by_test_id("model-card")
    expect(card).to_contain_text("National Early Warning Score")
    expect(card).to_contain_text("Reproduced with acknowledgement")
    assert page.url.endswith("/models/news2")


def test_a_patient_opens_with_lines_alarms_and_what_was_suppressed(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit()
    tile = page.locator("[data-testid^=tile-][data-alarm=true]").first
    bed = tile.get_attribute("data-bed")
    tile.locator("[data-tile-link]").click()
    expect(page.get_by_test_id("timeline")).to_be_visible()
    assert page.url.endswith(f"/patients/demo/{int(bed or '')}")
    for signal in ("heart_rate", "respiratory_rate", "spo2"):
        expect(page.get_by_test_id(f"lane-{signal}").locator("canvas").first).to_be_visible()
    expect(page.get_by_test_id("raised").get_by_role("row").nth(1)).to_be_visible()
    expect(page.get_by_test_id("suppressed-table")).to_contain_text(re.compile("did not last|implausible|covered"))
    page.go_back()
    expect(page.get_by_test_id("board")).to_be_visible()


def test_everything_on_the_ward_goes_by_keyboard(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit()
    expect(page.locator("[data-testid^=tile-]")).to_have_count(24)
    page.keyboard.press("j")
    expect(page.locator("[data-tile-link='01']")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-tile-link='02']")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-tile-link='01']")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_test_id("drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("drawer")).to_have_count(0)
    page.keyboard.press("s")
    expect(page.get_by_test_id("board")).to_have_attribute("data-order", "need")
    first = page.locator("[data-testid^=tile-]").first
    expect(first).to_have_attribute("data-state", re.compile("act_now|look_soon"))
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("timeline")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_test_id("board")).to_be_visible()


def test_an_alarm_is_taken_by_keyboard(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit()
    bed = waiting_bed(page)
    page.locator(f"[data-tile-link='{bed}']").focus()
    take_all(page, bed, lambda _: page.keyboard.press("a"))
    expect(page.get_by_test_id(f"tile-{bed}").get_by_test_id("taken")).to_contain_text("nurse", timeout=5000)


def test_an_administrator_sees_the_trail_and_no_patient(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/", role="administrator")
    expect(page.get_by_test_id("audit-entries").get_by_role("row").nth(1)).to_be_visible()
    expect(page.get_by_test_id("verdict")).to_contain_text("whole")
    assert page.get_by_test_id("board").count() == 0


def test_simulated_stands_on_every_screen(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    for path in ("/", "/patients", "/patients/demo/1", "/models", "/models/news2"):
        expect(visit(path).get_by_test_id("simulated")).to_be_visible()
    expect(visit("/audit", role="administrator").get_by_test_id("simulated")).to_be_visible()
    expect(visit(role=None).get_by_test_id("simulated")).to_be_visible()


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024), (1920, 1080)])
def test_the_whole_ward_is_readable_on_a_tablet_and_on_a_wall(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    from playwright.sync_api import expect

    page = visit(viewport={"width": size[0], "height": size[1]})
    expect(page.locator("[data-testid^=tile-]")).to_have_count(24)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    value = page.locator("[data-testid=tile-05] .value").first
    assert float(value.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= 16


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080), (1180, 820), (820, 1180)])
def test_nothing_in_the_head_of_the_ward_lies_over_anything_else(
    visit: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = visit("/", viewport={"width": size[0], "height": size[1]})
    page.locator("[data-testid=board] li").first.wait_for()
    page.get_by_test_id("budget").wait_for()
    over = page.evaluate("""() => {
      const boxes = [...document.querySelectorAll(".strip > *, .chips")]
        .map((one) => [one.className, one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0);
      const meet = (a, b) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
      return boxes.flatMap(([name, a], i) =>
        boxes.slice(i + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${name} over ${other}`));
    }""")
    assert over == []
    name = page.locator(".strip-ward")
    assert name.evaluate("(one) => one.scrollWidth <= one.clientWidth"), "the ward's name is whole"
