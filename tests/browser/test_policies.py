"""Policies compared, and the replay of a patient's day, as people use them: with a pointer, and with keys alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.browser.axe import serious_violations

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

TIMES = "\N{MULTIPLICATION SIGN}"
MAKING_MS = 240_000
"""The demonstration's comparison is made when somebody first looks; on a busy machine that takes its time."""


@pytest.fixture
def compared(visit: Callable[..., Page]) -> Page:
    """The demonstration's comparison, made."""
    page = visit("/policies", bypass_csp=True)
    page.wait_for_selector("[data-testid=load-plot] svg", timeout=MAKING_MS)
    return page


def test_it_is_made_while_somebody_waits_and_the_ward_goes_on(visit: Callable[..., Page], hospital: Hospital) -> None:
    page = visit("/policies")
    page.wait_for_selector("[data-testid=making], [data-testid=comparison]")
    while page.get_by_test_id("making").count():
        begun = httpx.get(f"{hospital.url}/api/health", timeout=10).json()
        assert begun["status"] == "ok", begun
        page.wait_for_timeout(500)
    page.wait_for_selector("[data-testid=comparison]", timeout=MAKING_MS)
    assert page.get_by_test_id("simulated").is_visible()
    assert "Simulated patients" in page.locator(".comparison-note").inner_text()


def test_the_slider_moves_from_one_judged_setting_to_the_next(compared: Page) -> None:
    from playwright.sync_api import expect

    compared.get_by_role("button", name="haahr2022").click()
    slider = compared.get_by_test_id("strictness")
    slider.focus()
    compared.keyboard.press("Home")
    expect(compared.get_by_test_id("factor")).to_have_text(f"{TIMES}0.25")
    missed, loads, factors = [], [], []
    for _ in range(6):
        factors.append(compared.get_by_test_id("factor").inner_text())
        missed.append(int(compared.get_by_test_id("missed").inner_text().split()[0]))
        loads.append(float(compared.get_by_test_id("setting-numbers").locator(".setting-value").first.inner_text()))
        assert compared.locator("[data-testid=events] tr[data-missed=true]").count() == missed[-1]
        compared.keyboard.press("ArrowRight")
    assert factors == [TIMES + factor for factor in ("0.25", "0.5", "1", "2", "4", "8")]
    assert missed == sorted(missed)
    assert loads == sorted(loads, reverse=True)
    assert missed[-1] > missed[0]
    expect(compared.get_by_test_id("comparison")).to_have_attribute("data-factor", "8")
    lost = compared.locator("[data-testid=events] tr[data-lost=true]").count()
    assert str(lost) in compared.get_by_test_id("lost").inner_text()


def test_the_plot_shows_every_policy_and_what_was_judged(compared: Page) -> None:
    from playwright.sync_api import expect

    plot = compared.get_by_test_id("load-plot")
    expect(plot.locator(".plot-policy")).to_have_count(4)
    expect(plot.locator(".plot-curve circle")).to_have_count(6)
    for policy in ("thresholds", "haahr2022", "news2-continuous", "fyr-ward"):
        expect(plot.locator("svg")).to_have_attribute("aria-label", re.compile(policy))
    compared.get_by_role("button", name="Sensitivity", exact=True).click()
    expect(plot).to_contain_text("Events found")
    expect(compared.get_by_test_id("numbers").get_by_role("row")).to_have_count(5)


def test_a_lost_event_opens_the_day_on_which_it_was_lost_with_the_reasons(compared: Page) -> None:
    from playwright.sync_api import expect

    compared.get_by_role("button", name="haahr2022").click()
    compared.get_by_test_id("strictness").focus()
    compared.keyboard.press("End")
    compared.locator("[data-testid=events] tr[data-lost=true] a").first.click()
    moment = compared.get_by_test_id("moment")
    expect(moment).to_contain_text("begins")
    expect(compared.get_by_test_id("said-haahr2022")).to_contain_text(f"{TIMES}8")
    for signal in ("heart_rate", "respiratory_rate", "spo2"):
        expect(compared.get_by_test_id(f"lane-{signal}").locator("canvas").first).to_be_visible()
    expect(compared.get_by_test_id("said-table")).to_contain_text("did not last")


def test_a_day_is_walked_through_with_the_arrow_keys(compared: Page) -> None:
    from playwright.sync_api import expect

    compared.get_by_role("button", name="news2-continuous").click()
    compared.locator("[data-testid=events] a").first.click()
    moment = compared.get_by_test_id("moment")
    begun = moment.get_attribute("data-at")
    compared.keyboard.press("ArrowRight")
    expect(moment).not_to_have_attribute("data-at", begun or "")
    after = moment.get_attribute("data-at")
    assert after is not None
    assert begun is not None
    assert after > begun
    compared.keyboard.press("ArrowLeft")
    expect(moment).to_have_attribute("data-at", begun)
    for policy in ("thresholds", "haahr2022", "news2-continuous", "fyr-ward"):
        expect(moment.locator(f"[data-policy={policy}]")).to_be_visible()


def test_brushing_zooms_every_lane_and_the_whole_range_comes_back(compared: Page) -> None:
    from playwright.sync_api import expect

    compared.locator("[data-testid=events] a").first.click()
    lanes = compared.get_by_test_id("replay")
    lanes.locator("canvas").first.wait_for()
    box = compared.get_by_test_id("lane-spo2").locator(".u-over").bounding_box()
    assert box is not None
    compared.mouse.move(box["x"] + 200, box["y"] + 30)
    compared.mouse.down()
    compared.mouse.move(box["x"] + 400, box["y"] + 30, steps=6)
    compared.mouse.up()
    whole = compared.get_by_role("button", name="Whole range")
    expect(whole).to_be_visible()
    whole.click()
    expect(whole).to_have_count(0)


def test_what_was_said_is_saved_as_a_table(compared: Page) -> None:
    compared.locator("[data-testid=events] a").first.click()
    with compared.expect_download() as saving:
        compared.get_by_role("link", name="CSV").click()
    with saving.value.path().open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"true event", "raised", "suppressed"} <= {row["kind"] for row in rows}
    assert all(row["reason"] for row in rows if row["kind"] == "suppressed")


def test_it_is_reached_by_keys_alone(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/")
    page.wait_for_selector("[data-testid=board]")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/policies" in page.url


def test_a_patient_of_the_ward_is_replayed_under_other_policies(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/patients/demo/3")
    page.get_by_role("link", name="Replay this day under other policies").click()
    expect(page.get_by_test_id("said-ward-demonstration")).to_be_visible()
    expect(page.get_by_test_id("said-fyr-ward")).to_be_visible()
    expect(page.locator("main")).to_contain_text("truth not known")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(visit: Callable[..., Page], compared: Page, scheme: str) -> None:
    page = visit("/policies/demonstration?policy=haahr2022&factor=8", color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("[data-testid=load-plot] svg")
    assert serious_violations(page) == []
    page.locator("[data-testid=events] a").first.click()
    page.wait_for_selector("[data-testid=moment]")
    page.wait_for_selector("[data-testid=replay] canvas")
    assert serious_violations(page) == []
    page.goto(page.url.split("/policies")[0] + "/policies?all=1")
    page.wait_for_selector("[data-testid=comparisons]")
    assert serious_violations(page) == []
