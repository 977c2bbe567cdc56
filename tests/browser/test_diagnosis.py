"""The diagnosis page: a patient typed in by keyboard, the command's own numbers, refusals, people, what is kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pytest
from tests.browser.axe import serious_violations

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

TYPED: Final = {
    "age": "50",
    "smoking_status": "never",
    "tumour_size_mm": "20",
    "grade": "2",
    "screen_detected": "no",
    "er_positive": "yes",
    "pr_positive": "yes",
    "her2_ihc": "1+",
    "ki67_percent": "22",
    "positive_nodes": "2",
    "hormone_therapy": "yes",
    "chemotherapy_generation": "3",
    "radiotherapy": "yes",
    "heart_dose_gy": "1,5",
}
ALIVE: Final = "overall_survival_10y_treated"


def _type_all(page: Page) -> None:
    """Go from fact to fact with Enter alone, type what is known, and keep it with the last one."""
    page.locator("#fact-age").focus()
    left = dict(TYPED)
    for _ in range(60):
        focused = page.evaluate("document.activeElement.id || document.activeElement.dataset.testid")
        if focused == "keep-facts":
            break
        text = left.pop(str(focused).removeprefix("fact-"), None)
        if text is not None:
            page.keyboard.type(text)
        page.keyboard.press("Enter")
    assert left == {}


def _of_the_command(hospital: Hospital, patient: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "fyr.cli", "diagnose", "breast", patient, "--home", str(hospital.home), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    versions = [
        version
        for question in json.loads(said)["patients"][0]["questions"]
        for family in question["models"]
        for version in family["versions"]
    ]
    return {
        version["model"]: {one["output"]: one["value"] for one in version["estimates"]}
        for version in versions
        if version["refusal"] is None
    }


def test_a_patient_is_typed_in_and_the_page_says_what_the_command_says(
    visit: Callable[..., Page], hospital: Hospital
) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/7", role="physician")
    expect(page.get_by_test_id("refused-versions").first).to_contain_text("Refused")
    _type_all(page)
    expect(page.get_by_test_id("as-if")).to_contain_text(f"with {len(TYPED)} facts that are not kept")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("as-if")).to_have_count(0)
    expect(page.get_by_test_id("fact-tumour_size_mm")).to_contain_text("form: physician")
    said = _of_the_command(hospital, "demo/7")
    for version in ("2.2", "3.0", "3.1", "3.2"):
        name = f"predict-breast-{version}"
        expect(page.get_by_test_id(f"{name} {ALIVE}")).to_contain_text(f"{said[name][ALIVE]:.1f} %")
    expect(page.get_by_test_id("model-npi")).to_contain_text(f"{said['npi']['npi']:.2f}")

    page.get_by_test_id(f"predict-breast-3.2 {ALIVE}").click()
    drawer = page.get_by_test_id("drawer")
    expect(drawer).to_contain_text("never validated here")
    expect(drawer).to_contain_text("Candido dos Reis")
    page.keyboard.press("Escape")

    people = page.get_by_test_id("people")
    expect(people.locator(".person")).to_have_count(100)
    page.get_by_test_id("show").click()
    shown = page.get_by_test_id("patient-view")
    expect(shown.locator(".people-array .person")).to_have_count(100)
    numbers = [int(text) for text in shown.locator(".show-swatch").all_inner_texts()]
    assert sum(numbers) == 100
    expect(page.locator(".research")).to_contain_text("Research use. Not a medical device.")


def test_what_cannot_be_is_said_as_it_is_typed_and_is_not_kept(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/breast-3", role="physician")
    row = page.get_by_test_id("fact-grade")
    page.locator("#fact-grade").fill("9")
    expect(row.get_by_role("alert")).to_contain_text("1 to 3")
    expect(page.get_by_test_id("keep-facts")).to_be_disabled()
    page.locator("#fact-grade").fill("2")
    expect(row.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_test_id("since")).to_contain_text("What these facts move")
    expect(page.get_by_test_id("since")).to_contain_text("Grade 3 → 2")
    page.locator("#fact-her2_ihc").select_option("2+")
    expect(page.get_by_test_id("warnings")).to_contain_text("in-situ hybridisation decides")
    expect(page.get_by_test_id("refused-versions")).to_contain_text("ISH")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_test_id("as-if")).to_have_count(0)
    expect(page.locator("#fact-grade")).to_have_value("3")


def test_a_refusal_leads_to_the_fact_that_it_needs(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/breast-3", role="nurse")
    card = page.get_by_test_id("model-rcb")
    expect(card).to_have_attribute("data-refused", "true")
    card.get_by_role("button", name="Cellularity").click()
    expect(page.locator("#fact-cellularity_percent")).to_be_focused()
    expect(page.get_by_test_id("keep-facts")).to_have_count(0)
    expect(page.get_by_test_id("keep-answers")).to_have_count(0)


def test_a_status_without_a_value_is_kept_and_answers_too(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/breast-4", role="physician")
    page.get_by_label("Status of Smoking").select_option("unknown")
    page.get_by_test_id("keep-facts").click()
    expect(page.get_by_test_id("fact-smoking_status")).to_have_attribute("data-status", "unknown")
    page.get_by_test_id("keep-answers").click()
    expect(page.get_by_test_id("kept")).to_contain_text(re.compile(r"Kept \d\d:\d\d"))


def test_what_is_typed_stays_while_the_connection_is_lost(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/breast-1", role="physician", quiet=False)  # the browser logs what it cannot reach
    page.get_by_test_id("facts").wait_for()
    page.context.set_offline(True)
    page.locator("#fact-tumour_size_mm").fill("31")
    expect(page.get_by_test_id("as-if")).to_contain_text("could not be asked")
    page.get_by_test_id("keep-facts").click()
    expect(page.locator("#fact-tumour_size_mm")).to_have_value("31")
    page.context.set_offline(False)
    page.get_by_test_id("keep-facts").click()
    expect(page.get_by_test_id("as-if")).to_have_count(0)


def test_the_list_and_the_patient_lead_to_the_diagnosis(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/", role="nurse", quiet=False)  # who is not there is an answer 404, and logged
    page.get_by_role("link", name="Diagnosis", exact=True).click()
    page.get_by_test_id("diagnoses").get_by_role("link", name="Arne (simulated)").click()
    expect(page.get_by_test_id("model-brock")).to_contain_text("in 100 such patients")
    page.get_by_role("link", name="On the ward").click()
    page.locator(".patient-head").get_by_role("link", name="Diagnosis", exact=True).click()
    expect(page.get_by_test_id("facts")).to_be_visible()
    page.goto(page.url.replace("lung-1", "nobody"))
    expect(page.get_by_role("heading", name="No such patient")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("/diagnosis/demo/breast-2", role="physician", color_scheme=scheme, bypass_csp=True)
    page.get_by_test_id("people").wait_for()
    assert serious_violations(page) == []
    page.get_by_role("button", name="All facts").click()
    page.locator("#fact-grade").fill("9")
    page.locator("#fact-tumour_size_mm").fill("40")
    page.get_by_test_id("as-if").wait_for()
    assert serious_violations(page) == []
