"""Exposures and hearing in the browser: the ledger, the department's levels, the audiogram and its grades."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.axe import serious_violations
from tests.exchange.dicom.made import item
from tests.exchange.dicom.made_reports import coded, ct_event, ct_total, report
from tests.exchange.dicom.test_administered import PET, picture
from tests.serve.made_plan import PRESCRIBED_GY, SMALL, made_plan

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

LEDGER = "/patients/demo/exposed/exposures"
HEARING = "/patients/demo/hearing-1/hearing"
VALUES = [*range(200, 400, 10), 2000]


def _report(number: int, dlp: float, patient: str) -> Any:
    return report(
        ct_total(dlp),
        ct_event(f"1.2.9.{number}", dlp, region="Chest"),
        PatientID=patient,
        StudyInstanceUID=f"1.2.3.9.{number}",
        StudyDate="20260210",
        StudyDescription="Chest routine",
        PatientAge="060Y",
        Manufacturer="Maker",
    )


def _today() -> Any:
    """A scan of a patient of the ward, half an hour ago by the machine's own clock."""
    then = (datetime.now() - timedelta(minutes=30)).strftime("%Y%m%d%H%M%S")  # noqa: DTZ005  a machine names no zone
    started = item(ValueType="DATETIME", ConceptNameCodeSequence=[coded("DCM:113809")], DateTime=then)
    return report(
        started,
        ct_total(120),
        ct_event("1.2.99", 120),
        PatientID="3",
        StudyInstanceUID="1.2.3.99",
        StudyDescription="Head",
    )


@pytest.fixture(scope="session")
def exposed(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made-up reports of one department, and a patient with CT, PET, a plan, and a report of something else."""
    folder = tmp_path_factory.mktemp("exposures")
    plan = next(one for _, one in made_plan(SMALL, "exposed") if one.Modality == "RTPLAN")
    plan.RTPlanDate, plan.RTPlanTime = "20260301", "110000"
    other = report(ct_total(5), ct_event("1.2.77", 5), title="DCM:126000", sop="1.2.3.4.77", PatientID="exposed")
    pet = picture(PET, 350e6, PatientID="exposed", StudyInstanceUID="1.2.3.5")
    made = [_report(n, value, "exposed" if n > 18 else f"exposed-{n}") for n, value in enumerate(VALUES)]
    for number, one in enumerate([*made, plan, other, pet]):
        one.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    _today().save_as(folder / "today.dcm", enforce_file_format=True)
    command = [sys.executable, "-m", "fyr.cli", "record", "import", str(folder), "--hospital", "demo"]
    subprocess.run([*command, "--home", str(hospital.home)], check=True, capture_output=True, timeout=120)


@pytest.mark.usefixtures("exposed")
def test_each_quantity_has_its_column_and_there_is_no_total(visit: Callable[..., Page]) -> None:
    page = visit(LEDGER, role="physicist", accept_downloads=True)
    ledger = page.get_by_test_id("ledger")
    ledger.wait_for(timeout=60_000)
    heads = [head.replace("\n", " ").upper() for head in ledger.locator("thead th").all_inner_texts()]
    assert [head.split(" ")[0] for head in heads] == [
        *("WHEN", "WHAT", "CTDIVOL", "DOSE-LENGTH", "ADMINISTERED", "PRESCRIBED", "EFFECTIVE")
    ]
    rows = ledger.locator("tbody tr")
    assert rows.count() == 4
    assert f"{PRESCRIBED_GY:g}" in rows.first.inner_text()  # the newest first
    subtotals = ledger.get_by_test_id("subtotal").all_inner_texts()
    assert [words.split(":")[0] for words in subtotals] == ["CT", "Nuclear medicine", "Radiotherapy"]
    assert "2390" in subtotals[0]  # the dose-length products of both
    assert "not added" in subtotals[2]
    assert "No total" in page.get_by_test_id("no-total").inner_text()
    assert "for comparing procedures in a population" in page.get_by_test_id("effective-words").inner_text().lower()
    assert "126000" in page.get_by_test_id("refused").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Table (CSV)").click()
    with download.value.path().open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert sum(float(row["value"]) for row in told if row["quantity"] == "dose_length_product") == 2390


@pytest.mark.usefixtures("exposed")
def test_the_patients_page_has_the_exposures_and_leads_to_the_ledger(visit: Callable[..., Page]) -> None:
    page = visit("/patients/demo/exposed", role="physician")
    panel = page.get_by_test_id("exposure-panel")
    panel.wait_for(timeout=60_000)
    assert "4 exposures since 2026-02-10" in panel.inner_text()
    assert panel.locator(".exposure-mark").count() == 4
    panel.get_by_role("link", name="Open the ledger").click()
    page.wait_for_url(f"**{LEDGER}")


@pytest.mark.usefixtures("exposed")
def test_the_lane_is_under_the_axis_of_the_vital_signs(visit: Callable[..., Page]) -> None:
    page = visit("/patients/demo/3?hours=1", role="nurse")
    page.wait_for_selector("[data-testid=timeline] canvas")
    mark = page.get_by_test_id("lane-exposures").locator(".exposure-mark")
    mark.wait_for(timeout=60_000)
    over = page.locator("[data-testid=lane-heart_rate] .u-over").bounding_box()
    box = mark.bounding_box()
    assert over is not None
    assert box is not None
    part = (box["x"] + box["width"] / 2 - over["x"]) / over["width"]
    assert part == pytest.approx(0.5, abs=0.05)  # half an hour ago, in an hour
    page = visit("/patients/demo/4", role="nurse")
    page.wait_for_selector("[data-testid=timeline] canvas")
    assert page.get_by_test_id("lane-exposures").count() == 0  # nothing is known: no empty lane


@pytest.mark.usefixtures("exposed")
def test_a_departments_levels_are_the_servers(visit: Callable[..., Page]) -> None:
    page = visit("/", role="physicist")
    page.wait_for_selector("[data-testid=board] li")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/exposures")
    assert page.locator("nav a[aria-current=page]").inner_text() == "Exposures"
    row = page.get_by_test_id("levels").locator("tr", has_text="Chest routine")
    row.wait_for(timeout=60_000)
    told = page.request.get(f"{page.evaluate('location.origin')}/api/exposures/reference-levels").json()
    (level,) = (one for one in told["levels"] if one["protocol"] == "Chest routine")
    assert level["examinations"] == len(VALUES)
    cells = row.locator("td").all_inner_texts()
    assert [cells[0], cells[2], cells[3]] == ["21", f"{level['median']:g}", f"{level['p75']:g}"]
    assert row.locator("circle").count() == len(VALUES)
    assert row.locator("circle[data-outlier=true]").count() == 1
    outlier = page.get_by_test_id("standing-out").locator("tbody tr", has_text="Chest routine")
    assert "2000" in outlier.inner_text()
    page.get_by_role("button", name="Body region").click()
    page.wait_for_url("**by=region**")
    page.get_by_test_id("levels").locator("tr", has_text="Abdomen").first.wait_for()
    page.get_by_label("From").fill("2030-01-01")
    page.get_by_role("heading", name="No dose reports yet").wait_for()


def test_a_nurse_has_no_reference_levels_in_the_rail(visit: Callable[..., Page]) -> None:
    page = visit("/", role="nurse")
    page.wait_for_selector("[data-testid=board] li")
    assert page.locator("nav a[href='/exposures']").count() == 0


def test_an_audiogram_is_drawn_where_it_was_measured(visit: Callable[..., Page]) -> None:
    page = visit(HEARING, role="physician")
    chart = page.get_by_test_id("audiogram")
    chart.wait_for(timeout=60_000)
    told = page.request.get(f"{page.evaluate('location.origin')}/api{HEARING}").json()
    newest = told["audiograms"][-1]
    shown = page.get_by_test_id("curves").locator("[data-threshold]")
    assert shown.count() == len(newest["thresholds"])
    assert page.get_by_test_id("baseline-curves").locator("[data-threshold]").count() == len(newest["thresholds"])
    place = {}
    for one in shown.all():
        ear, hz, _, level = str(one.get_attribute("data-threshold")).split()
        found = re.search(r"translate\(([\d.]+) ([\d.]+)\)", str(one.get_attribute("transform")))
        assert found is not None
        place[ear, int(hz)] = (float(found[1]), float(found[2]), float(level))
    octave = place["right", 2000][0] - place["right", 1000][0]
    assert place["right", 8000][0] - place["right", 4000][0] == pytest.approx(octave)
    (_, upper, quiet), (_, lower, loud) = place["right", 250], place["right", 6000]
    assert (lower - upper) / (loud - quiet) == pytest.approx(octave / 20)
    assert "8000 Hz > 100 dB" in str(chart.get_attribute("aria-label"))
    grades = page.get_by_test_id("grades")
    for model, said in newest["grades"].items():
        words = grades.locator(f"[data-model={model}]").inner_text()
        assert (said.get("refused") or said.get("grade") or said["change"]) in words
    assert page.get_by_test_id("simulated-hearing").is_visible()


def test_the_first_audiogram_is_compared_with_nothing(visit: Callable[..., Page]) -> None:
    page = visit(HEARING, role="nurse")
    page.get_by_role("combobox", name="Audiogram").select_option(index=0)
    row = page.get_by_test_id("grades").locator("[data-model=ototoxicity-asha]")
    assert "baseline" in row.inner_text()
    assert page.get_by_test_id("baseline-curves").count() == 0
    page.get_by_role("button", name="Bone conduction").click()
    page.get_by_test_id("grades").locator("[data-model=ototoxicity-brock]", has_text="No grade").wait_for()
    assert page.get_by_test_id("audiogram-form").count() == 0  # a nurse writes none


def test_an_audiogram_is_typed_in(visit: Callable[..., Page]) -> None:
    page = visit("/patients/demo/5/hearing", role="physician")
    page.get_by_role("heading", name="No audiogram yet").wait_for(timeout=60_000)
    page.get_by_label("Right ear, 4000 Hz, dB HL").fill("loud")
    page.get_by_role("button", name="Keep").click()
    assert "4000 Hz: write a level" in page.get_by_role("alert").inner_text()
    page.get_by_label("Right ear, 4000 Hz, dB HL").fill("55")
    page.get_by_label("Left ear, 8000 Hz, dB HL").fill("100NR")
    page.get_by_label("Left ear, 8000 Hz, dB HL").press("Enter")
    page.get_by_test_id("curves").wait_for()
    shown = page.get_by_test_id("curves").locator("[data-threshold]").all()
    assert {str(one.get_attribute("data-threshold")) for one in shown} == {"right 4000 air 55", "left 8000 air 100"}


PAGES = {
    "ledger": (LEDGER, "ledger"),
    "levels": ("/exposures", "levels"),
    "hearing": (HEARING, "audiogram"),
    "patient": ("/patients/demo/exposed", "exposure-panel"),
    "empty ledger": ("/patients/demo/7/exposures", "none"),
    "no audiogram": ("/patients/demo/7/hearing", "audiogram-form"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("exposed")
def test_no_serious_violation(visit: Callable[..., Page], name: str, scheme: str) -> None:
    path, ready = PAGES[name]
    page = visit(path, role="physician", color_scheme=scheme, bypass_csp=True)
    if ready == "none":
        page.get_by_role("heading", name="No exposures known").wait_for(timeout=60_000)
    else:
        page.get_by_test_id(ready).first.wait_for(timeout=60_000)
    assert serious_violations(page) == []
