"""Federated studies as people see them: the list, the leak meter, the decision, the rounds, the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.browser.axe import serious_violations
from tests.serve import studied

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def names(hospital: Hospital) -> dict[str, str]:
    """The ids of three studies in the hospital's home."""
    return {
        "finished": studied.finished(hospital.home),
        "proposed": studied.proposed(hospital.home),
        "refused": studied.refused(hospital.home),
    }


@pytest.mark.usefixtures("names")
def test_the_keyboard_leads_to_the_list(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/models", role="administrator")
    page.wait_for_selector("nav a[aria-current=page]")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/studies")
    rows = page.locator("[data-testid=study-rows] tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="Pneumonitis and lung dose")).to_contain_text("Finished")
    expect(page.get_by_test_id("ledger")).to_contain_text("The chain of entries holds")


def test_a_finished_study_shows_rounds_result_and_disclosures(
    visit: Callable[..., Page], names: dict[str, str]
) -> None:
    from playwright.sync_api import expect

    page = visit(f"/studies/{names['finished']}", role="researcher")
    expect(page.get_by_test_id("rounds").get_by_role("img")).to_have_count(len(studied.SITES))
    expect(page.get_by_test_id("study-result")).to_contain_text("mean_dose_gy")
    expect(page.get_by_test_id("leak-meter")).to_contain_text("Nobody stands out")
    expect(page.get_by_test_id("decision")).to_contain_text("Approved by A. Steward")
    expect(page.get_by_test_id("entries").locator("tbody tr").first).to_be_visible()


def test_only_an_administrator_decides_and_what_rules_refuse_stays_closed(
    visit: Callable[..., Page], names: dict[str, str]
) -> None:
    from playwright.sync_api import expect

    page = visit(f"/studies/{names['proposed']}", role="researcher")
    expect(page.get_by_test_id("decision")).to_contain_text("An administrator decides")
    page = visit(f"/studies/{names['refused']}", role="administrator")
    expect(page.get_by_test_id("leak-meter")).to_contain_text("fewer than 10")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    expect(page.get_by_role("button", name="Decline")).to_be_disabled()
    page.get_by_label("Reason").fill("too few patients")
    page.get_by_role("button", name="Decline").press("Enter")
    expect(page.get_by_test_id("decision")).to_contain_text("too few patients")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("which", ["list", "finished", "proposed"])
def test_axe_finds_nothing_serious(visit: Callable[..., Page], names: dict[str, str], which: str, theme: str) -> None:
    path = "/studies" if which == "list" else f"/studies/{names[which]}"
    page = visit(path, role="administrator", bypass_csp=True, color_scheme=theme)
    page.wait_for_selector("[data-testid=study-rows]" if which == "list" else "[data-testid=rounds]")
    assert serious_violations(page) == []
