"""Validations as people read them: the list, one of them, what is taken away, and the way from an answer to it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.axe import serious_violations
from tests.serve.judged import npi_judged, risk_judged

from fyr.clock import DAY_US, from_iso
from fyr.learn.validation_store import KeptValidation, ValidationStore

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

NOW_US = from_iso("2026-11-27T06:00:00Z")


@pytest.fixture(scope="session")
def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    """Of simulated patients: an index that only ranks, and a risk that is too high by a third."""
    return npi_judged(), risk_judged()


@pytest.fixture
def kept(hospital: Hospital, documents: tuple[dict[str, Any], dict[str, Any]]) -> tuple[KeptValidation, KeptValidation]:
    """Both, kept in the hospital's home on two days."""
    store = ValidationStore(hospital.home)
    index, risk = documents
    return store.keep(index, kept_us=NOW_US - DAY_US), store.keep(risk, kept_us=NOW_US)


@pytest.fixture
def shown(visit: Callable[..., Page], kept: tuple[KeptValidation, KeptValidation]) -> Page:
    """The risk's validation."""
    page = visit(f"/cohorts/{kept[1].id}", role="researcher", bypass_csp=True, accept_downloads=True)
    page.wait_for_selector("[data-testid=calibration-plot] svg")
    return page


@pytest.mark.usefixtures("kept")
def test_the_list_is_sorted_by_what_is_asked(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/cohorts", role="researcher")
    rows = page.locator("[data-testid=validations] tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Kept")
    expect(rows.first).not_to_contain_text("Nottingham")
    expect(rows.nth(1)).to_contain_text("not assessable")
    page.get_by_role("button", name="Model").press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Model")
    expect(rows.first).to_contain_text("Nottingham")
    page.get_by_role("button", name="E/O").press("Enter")
    expect(rows.nth(1)).to_contain_text("Nottingham")  # what is not known stands last
    page.get_by_role("link", name="Nottingham Prognostic Index").press("Enter")
    expect(page.get_by_test_id("validation")).to_contain_text("a rank, not a probability")


def test_the_keyboard_leads_there(visit: Callable[..., Page]) -> None:
    page = visit("/", role="nurse")
    page.wait_for_selector("[data-testid=board] li")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cohorts")
    assert page.locator("nav a[aria-current=page]").inner_text() == "Cohorts"


def test_it_says_first_what_it_comes_to(shown: Page) -> None:
    rank, calibration, benefit = shown.locator("[data-testid=sentences] li").all_inner_texts()
    assert re.search(r"in \d\d of 100 pairs \(\d\d to \d\d\)", rank)
    expected = re.search(r"too many events: (\d+) for every 100", calibration)
    assert expected is not None
    assert 115 <= int(expected[1]) <= 150  # four thirds of what came, as it was simulated
    assert "found per 100 patients" in benefit or "acting on everybody" in benefit


def test_the_groups_are_compared_by_another_figure_with_the_keyboard(shown: Page) -> None:
    from playwright.sync_api import expect

    forest = shown.get_by_test_id("forest")
    expect(forest).to_have_attribute("data-figure", "c_index")
    assert [row.split("\t")[0] for row in forest.locator("tbody th").all_inner_texts()] == [
        "All patients",
        "Hospital North",
        "Hospital South",
        "grade 1",
        "grade 2",
        "grade 3",
    ]
    button = shown.get_by_role("button", name="E/O")
    button.focus()
    shown.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(forest).to_have_attribute("data-figure", "e_over_o")
    assert forest.locator("svg .forest-mark rect").count() == 6


def test_what_is_drawn_can_be_read_as_a_table(shown: Page) -> None:
    part = shown.locator("section", has=shown.locator("#calibration-title"))
    part.get_by_text("As a table").click()
    assert part.locator("table tbody tr").count() >= 8
    at_risk = shown.locator("[data-testid=group-curves] .plot-at-risk text").all_text_contents()
    assert {"lowest third", "middle third", "highest third"} <= set(at_risk)


def test_it_can_be_taken_away_in_four_forms(shown: Page, kept: tuple[KeptValidation, KeptValidation]) -> None:
    taken: dict[str, Path] = {}
    for form, words in {"html": "HTML", "pdf": "PDF", "csv": "CSV", "json": "JSON"}.items():
        with shown.expect_download() as download:
            shown.get_by_role("link", name=words).click()
        assert download.value.suggested_filename == f"{kept[1].id}.{form}"
        taken[form] = download.value.path()
    assert json.loads(taken["json"].read_text(encoding="utf-8")) == kept[1].document
    assert taken["pdf"].read_bytes().startswith(b"%PDF-")
    assert "<svg" in taken["html"].read_text(encoding="utf-8")
    with taken["csv"].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["group"] for row in rows if row["by"] == "hospital"} == {"North", "South"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(
    visit: Callable[..., Page], kept: tuple[KeptValidation, KeptValidation], scheme: str
) -> None:
    for path in ("/cohorts", *(f"/cohorts/{one.id}" for one in kept)):
        page = visit(path, role="researcher", color_scheme=scheme, bypass_csp=True)
        page.wait_for_selector("[data-testid=validations], [data-testid=forest]")
        assert serious_violations(page) == [], path


@pytest.mark.parametrize("width", [380, 900])
def test_nothing_runs_out_of_a_narrow_page(
    visit: Callable[..., Page], kept: tuple[KeptValidation, KeptValidation], width: int
) -> None:
    page = visit(f"/cohorts/{kept[1].id}", role="researcher", viewport={"width": width, "height": 800})
    page.wait_for_selector("[data-testid=calibration-plot] svg")
    wide, seen = page.evaluate(
        "[document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]"
    )
    assert wide <= seen


def test_what_is_not_there_is_told(visit: Callable[..., Page]) -> None:
    page = visit("/cohorts/none", role="researcher", quiet=False)
    page.get_by_role("heading", name="No such validation").wait_for()


def test_an_answer_leads_to_the_validation_of_its_model(
    visit: Callable[..., Page], kept: tuple[KeptValidation, KeptValidation]
) -> None:
    from playwright.sync_api import expect

    page = visit("/diagnosis/demo/breast-1", role="physician")
    card = page.get_by_test_id("model-npi")
    expect(card).to_contain_text("simulated.csv; 2026-11-26")
    expect(page.get_by_test_id("family-predict-breast")).to_contain_text("never validated here")
    card.get_by_role("link", name="see the validation").click()
    expect(page).to_have_url(re.compile(f"/cohorts/{re.escape(kept[0].id)}$"))


def test_an_empty_page_says_how_to_fill_it(visit: Callable[..., Page], hospital: Hospital) -> None:
    for file in (hospital.home / "validations").glob("*.json"):
        file.unlink()
    page = visit("/cohorts", role="nurse")
    page.get_by_role("heading", name="No model has been judged here yet").wait_for()
    assert "fyr samples fetch gbsg2" in page.get_by_test_id("cohorts").inner_text()
