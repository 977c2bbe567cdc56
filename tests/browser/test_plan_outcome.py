"""What a plan would do, beside its histogram, and plans side by side: by keyboard, refusals as large as numbers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.axe import serious_violations
from tests.serve.made_plan import Sizes, made_plan, second_plan

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

PATIENT = "demo/compared"
PLAN = f"/patients/{PATIENT}/plan"
API = f"/api/patients/{PATIENT}/imaging"
SIZES = Sizes(slices=30, pixels=64, points=48, dose_mm=6.0)
APPELT = "ntcp-lung-pneumonitis-appelt"
FACTORS = {
    "age_above_63": "yes",
    "pulmonary_comorbidity": "no",
    "lower_or_middle_lobe": "no",
    "sequential_chemotherapy": "no",
    "smoking_status": "former",
}


@pytest.fixture(scope="session")
def compared(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The demonstration hospital, with a patient of two plans imported into it while it runs."""
    folder = tmp_path_factory.mktemp("compared")
    first = dict(made_plan(SIZES, "compared"))
    second = {f"other-{name}": made for name, made in second_plan(first).items()}
    for name, made in {**first, **second}.items():
        made.save_as(folder / name, enforce_file_format=True)
    command = [sys.executable, "-m", "fyr.cli", "record", "import", str(folder), "--hospital", "demo"]
    subprocess.run([*command, "--home", str(hospital.home)], check=True, capture_output=True, timeout=120)


@pytest.fixture
def plan(visit: Callable[..., Page], compared: None) -> Page:
    """The first plan, with its outcome foreseen."""
    page = visit(PLAN, role="physician")
    page.wait_for_selector("[data-testid=risk-chips]", timeout=120_000)
    return page


@pytest.fixture
def side_by_side(visit: Callable[..., Page], compared: None) -> Page:
    """Both plans compared."""
    page = visit(f"{PLAN}/compare", role="physician", accept_downloads=True)
    page.wait_for_selector("[data-testid=compare][data-ready=true]", timeout=120_000)
    return page


def _posted(page: Page, path: str, said: dict[str, Any]) -> Any:
    origin = page.evaluate("location.origin")
    token = page.request.get(f"{origin}/api/session").json()["csrf_token"]
    answer = page.request.post(f"{origin}{API}{path}", data=said, headers={"X-CSRF-Token": token}, timeout=120_000)
    assert answer.ok, answer.text()
    return answer.json()


def _views(page: Page) -> list[str]:
    found = page.request.get(f"{page.evaluate('location.origin')}{API}", timeout=60_000).json()
    return [str(view["id"]) for study in found["studies"] for view in study["views"]]


def _say(page: Page) -> None:
    """Fill in the clinical factors by keyboard alone, from the first that a refused model lacks."""
    page.get_by_test_id(f"refused-{APPELT}").get_by_role("button", name="Older than 63 years").press("Enter")
    field = page.locator("[name='patient.age_above_63']")
    field.wait_for()
    for name, value in FACTORS.items():
        assert page.evaluate("document.activeElement.name") == f"patient.{name}"
        page.keyboard.type({"yes": "y", "no": "no", "former": "f"}[value])
        page.keyboard.press("Control+Enter" if name == "smoking_status" else "Enter")


def test_each_curve_has_what_its_organ_risks_under_it(plan: Page) -> None:
    chips = plan.get_by_test_id("risk-chips")
    told = _posted(plan, f"/views/{_views(plan)[0]}/outcome", {})
    (lungs,) = (each for each in told["complications"] if each["model"]["name"] == "ntcp-lung-pneumonitis-quantec")
    frequency = lungs["natural_frequency"].split(" (")[0]
    assert f"{lungs['structure']} {frequency}" in chips.inner_text()
    assert "Esophagus not foreseen" in chips.inner_text()


def test_a_number_leads_to_its_model_inputs_and_paper(plan: Page) -> None:
    plan.get_by_test_id("risk-chips").get_by_role("button", name=re.compile("Lung_L")).press("Enter")
    drawer = plan.get_by_test_id("drawer")
    drawer.get_by_text("Marks LB").wait_for()
    told = _posted(plan, f"/views/{_views(plan)[0]}/outcome", {})
    (lungs,) = (each for each in told["complications"] if each["model"]["name"] == "ntcp-lung-pneumonitis-quantec")
    assert drawer.get_by_test_id("drawer-digest").inner_text() == lungs["model"]["digest"]
    words = drawer.inner_text()
    low, high = (100 * lungs["estimate"][end] for end in ("low", "high"))
    assert f"95 % interval {low:.0f} to {high:.0f} %" in words
    assert re.search(r"Number of fractions\s+30", words)
    assert "Fitted range" in words
    plan.keyboard.press("Escape")
    assert drawer.count() == 0


def test_what_is_said_by_keyboard_is_answered_and_goes_in_no_address(plan: Page) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    plan.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    plan.get_by_role("button", name="Outcome", exact=True).press("Enter")
    expect(plan.get_by_test_id(f"refused-{APPELT}")).to_contain_text("Not foreseen")
    _say(plan)
    row = plan.get_by_test_id(f"risk-{APPELT}")
    row.wait_for(timeout=60_000)
    said = {**{name: value == "yes" for name, value in FACTORS.items()}, "smoking_status": "former"}
    told = _posted(plan, f"/views/{_views(plan)[0]}/outcome", {"patient": said})
    (appelt,) = (each for each in told["complications"] if each["model"]["name"] == APPELT)
    assert appelt["natural_frequency"].split(" (")[0] in row.inner_text()
    assert any(one.startswith("POST") and one.endswith("/outcome") for one in asked)
    assert not [one for one in asked if "smoking" in one or "former" in one]
    assert "smoking" not in plan.url
    assert plan.evaluate("JSON.stringify([localStorage, sessionStorage])").find("smoking") < 0


def test_histogram_and_outcome_stand_side_by_side(plan: Page) -> None:
    plan.keyboard.press("4")
    plan.wait_for_selector("[data-large=side]")
    assert plan.get_by_test_id("dvh").is_visible()
    assert plan.get_by_test_id("outcome").is_visible()
    assert not plan.get_by_test_id("plane-axial").is_visible()
    plan.keyboard.press("0")
    assert plan.get_by_test_id("plane-axial").is_visible()


def test_what_the_server_refuses_is_told(plan: Page) -> None:
    plan.get_by_role("button", name="Outcome", exact=True).click()
    plan.get_by_test_id("said").locator("summary").press("Enter")
    fractions = plan.locator("[name='plan.fractions']")
    fractions.fill("1.5")
    plan.keyboard.press("Control+Enter")
    assert "whole number" in plan.get_by_role("alert").inner_text()
    fractions.fill("3")
    plan.keyboard.press("Control+Enter")
    refused = plan.get_by_test_id("refused-ntcp-lung-pneumonitis-quantec")
    refused.wait_for(timeout=60_000)
    assert (
        "is 20, and the fit is of 1.8 to 2.2 Gy" in refused.inner_text()
    )  # 60 Gy in 3 fractions lies outside what any fit covers


def test_two_plans_have_the_servers_numbers_side_by_side(side_by_side: Page) -> None:
    page = side_by_side
    views = _views(page)
    told = _posted(page, "/comparison", {"views": views[:2]})
    (lungs,) = (
        each for each in told["comparison"]["endpoints"] if each["model"]["name"] == "ntcp-lung-pneumonitis-quantec"
    )
    row = page.get_by_test_id("line-Lungs ntcp-lung-pneumonitis-quantec").inner_text()
    for answer in lungs["answers"].values():
        assert answer["natural_frequency"].split(" (")[0] in row
    probability = lungs["pairs"][0]["probability"]
    shown = "> 0.999" if probability > 0.999 else "< 0.001" if probability < 0.001 else f"{probability:.2f}"
    assert f"A better than B: {shown}" in row.replace("\n", " ")
    refusals = page.get_by_test_id("compared-refusals").inner_text()
    assert "Older than 63 years" in refusals
    assert "Plans A, B" in refusals
    assert page.get_by_test_id("compared-dvh").locator("canvas").is_visible()
    label = page.get_by_test_id("compared-dvh").get_attribute("aria-label") or ""
    heart = next(each for each in told["comparison"]["structures"] if each["structure"] == "Heart")
    means = heart["metrics"]["mean"]["values"]
    assert f"Heart: Mean, Gy A {means['A']:.1f} Gy, B {means['B']:.1f} Gy" in label


def test_another_fractionation_and_limits_are_added_by_keyboard(side_by_side: Page) -> None:
    page = side_by_side
    page.get_by_label("The same dose in this number of fractions").focus()
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    page.get_by_label("Limits").select_option("quantec")
    page.wait_for_selector("[data-testid=compared-limits]", timeout=120_000)
    plans = page.get_by_test_id("compared-plans").inner_text()
    assert "60 Gy in 20 fractions of 3.00 Gy" in plans
    assert "in=20" in page.url
    assert "protocol=quantec" in page.url
    told = _posted(page, "/comparison", {"views": _views(page)[:2], "refractioned": [20], "protocol": "quantec"})
    heart = next(one for one in told["constraints"]["rows"] if (one["structure"], one["metric"]) == ("Heart", "V25Gy"))
    row = page.get_by_test_id("compared-limits").locator("tr", has_text="V25Gy").inner_text().replace("\n", " ")
    assert f"{heart['plans']['A']['value']:.1f} % met" in row
    assert "not assessable" in row  # of 3 Gy fractions


def test_the_report_can_be_taken_away(side_by_side: Page) -> None:
    with side_by_side.expect_download(timeout=120_000) as download:
        side_by_side.get_by_role("button", name="Report (PDF)").press("Enter")
    assert download.value.path().read_bytes().startswith(b"%PDF")
    assert download.value.suggested_filename.endswith(".pdf")


def test_one_plan_alone_is_told_to_be_no_comparison(side_by_side: Page) -> None:
    side_by_side.get_by_role("checkbox", name=re.compile("Other plan")).uncheck()
    assert "Choose two plans" in side_by_side.get_by_test_id("too-few").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("compared")
def test_no_serious_violation(visit: Callable[..., Page], scheme: str) -> None:
    page = visit(PLAN, role="physician", color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("[data-testid=risk-chips]", timeout=120_000)
    assert serious_violations(page) == [], "histogram"
    page.get_by_role("button", name="Outcome", exact=True).click()
    page.get_by_test_id("said").locator("summary").click()
    assert serious_violations(page) == [], "outcome"
    page.get_by_test_id("said").locator("summary").click()
    page.keyboard.press("4")
    assert serious_violations(page) == [], "side by side"
    page.goto(page.evaluate("location.origin") + f"{PLAN}/compare?protocol=quantec&in=20&view=" + _views(page)[0])
    page.wait_for_selector("[data-testid=compare][data-ready=true]", timeout=120_000)
    page.locator("details summary", has_text="Figures").click()
    assert serious_violations(page) == [], "compared"
