"""A plan in three planes: what is drawn and said there is what the server says, and the keyboard reaches all of it."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.browser.axe import serious_violations
from tests.serve.made_plan import PRESCRIBED_GY, Sizes, dose_at, write_plan

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser

PATIENT = "demo/made"
FOLDER = f"/patients/{PATIENT}/plan"
API = f"/api/patients/{PATIENT}/imaging"
SIZES = Sizes(slices=60, pixels=128, points=60, dose_mm=6.0)
AXES = {"axial": 2, "coronal": 1, "sagittal": 0}
Floats = NDArray[np.float64]


@pytest.fixture(scope="session")
def planned(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The demonstration hospital, with the made-up plan imported into it while it runs."""
    folder = write_plan(tmp_path_factory.mktemp("made") / "plan", SIZES)
    command = [sys.executable, "-m", "fyr.cli", "record", "import", str(folder), "--hospital", "demo"]
    subprocess.run([*command, "--home", str(hospital.home)], check=True, capture_output=True, timeout=120)


@pytest.fixture
def plan(visit: Callable[..., Page], planned: None) -> Page:
    """The plan, with every slice here and the histogram drawn."""
    page = visit(FOLDER, role="physician", accept_downloads=True)
    page.wait_for_selector("[data-painted=whole]", timeout=90_000)
    page.wait_for_selector("[data-testid=dvh] canvas", timeout=60_000)
    return page


def _asked(page: Page, path: str) -> Any:
    answer = page.request.get(f"{page.evaluate('location.origin')}{API}{path}", timeout=60_000)
    assert answer.ok, answer.text()
    return answer.json()


def _view(page: Page) -> str:
    return str(_asked(page, "")["studies"][0]["views"][0]["id"])


def _middle(page: Page, plane: str) -> tuple[float, float]:
    box = page.locator(f"[data-testid=plane-{plane}] .plane-over").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _place(page: Page) -> list[float]:
    """x, y and z of what the line over the planes tells of."""
    place = page.get_by_test_id("pointed").get_attribute("data-place") or ""
    return [float(number) for number in place.split()]


def _slices(page: Page, plane: str) -> int:
    words = page.locator(f"[data-testid=plane-{plane}] .plane-title").inner_text()
    found = re.search(r"(\d+) of \d+", words)
    assert found is not None, words
    return int(found[1])


def _distances(points: Floats, lines: list[Floats]) -> Floats:
    """How far each point lies from the nearest of the lines' segments."""
    starts = np.concatenate([line[:-1] for line in lines])
    steps = np.concatenate([np.diff(line, axis=0) for line in lines])
    lengths = np.maximum((steps**2).sum(axis=1), 1e-12)
    part = ((points[:, None] - starts) * steps).sum(axis=2) / lengths
    nearest = starts + np.clip(part, 0, 1)[..., None] * steps
    return np.sqrt(((points[:, None] - nearest) ** 2).sum(axis=2)).min(axis=1)


def test_all_three_planes_are_painted_where_the_target_is(plan: Page) -> None:
    painted = """selector => {
        const canvas = document.querySelector(selector);
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let seen = 0;
        for (let n = 0; n < data.length; n += 4) if (data[n] + data[n + 1] + data[n + 2] > 60) seen++;
        return seen / (canvas.width * canvas.height);
    }"""
    for plane in AXES:
        assert plan.evaluate(painted, f"[data-testid=plane-{plane}] canvas") > 0.1, plane
    np.testing.assert_allclose(_place(plan), [85, -10, 70], atol=SIZES.length_mm / SIZES.slices)
    assert "PTV" in plan.get_by_test_id("pointed-structures").inner_text()


def test_wheel_keys_and_slider_go_through_the_slices(plan: Page) -> None:
    from playwright.sync_api import expect

    first = _slices(plan, "axial")
    plan.mouse.move(*_middle(plan, "axial"))
    plan.mouse.wheel(0, -120)
    expect(plan.get_by_test_id("plane-axial")).to_contain_text(f"{first + 1} of {SIZES.slices}")
    plan.keyboard.press("ArrowDown")
    plan.keyboard.press("ArrowDown")
    expect(plan.get_by_test_id("plane-axial")).to_contain_text(f"{first - 1} of {SIZES.slices}")
    plan.keyboard.press("End")
    expect(plan.get_by_test_id("plane-axial")).to_contain_text(f"{SIZES.slices} of {SIZES.slices}")
    slider = plan.get_by_role("slider", name="Coronal slice")
    before = _slices(plan, "coronal")
    slider.focus()
    plan.keyboard.press("ArrowUp")
    expect(plan.get_by_test_id("plane-coronal")).to_contain_text(f"{before + 1} of {SIZES.pixels}")
    assert slider.get_attribute("aria-valuetext") is not None


def test_what_is_under_the_pointer_is_what_the_server_says(plan: Page) -> None:
    view = _view(plan)
    for plane, (across, down) in {"axial": (30, -22), "coronal": (-41, 17), "sagittal": (12, 35)}.items():
        x, y = _middle(plan, plane)
        plan.mouse.move(x + across, y + down)
        plan.wait_for_selector("[data-testid=pointed][data-pointing=true]")
        place = _place(plan)
        told = _asked(plan, "/views/{}/probe?x={}&y={}&z={}".format(view, *place))
        assert float(plan.get_by_test_id("pointed-dose").get_attribute("data-gy") or "nan") == pytest.approx(
            told["dose_gy"], abs=1e-4
        )
        assert plan.get_by_test_id("pointed-value").inner_text() == f"{told['value']:.0f} HU"
        said = plan.get_by_test_id("pointed-structures").inner_text().split()
        assert [name for name in said if name not in ("no", "structure")] == told["structures"]
        marker = plan.get_by_test_id("dvh-dose")
        assert float(marker.get_attribute("data-gy") or "nan") == pytest.approx(told["dose_gy"], abs=1e-3)


def test_the_dose_of_the_target_is_the_dose_that_was_written(plan: Page) -> None:
    place = _place(plan)
    told = float(plan.get_by_test_id("pointed-dose").get_attribute("data-gy") or "nan")
    assert told == pytest.approx(float(dose_at(np.array([place]))[0]), rel=0.01)


@pytest.mark.parametrize("plane", list(AXES))
def test_isodoses_and_outlines_are_those_of_the_server(plan: Page, plane: str) -> None:
    plan.wait_for_timeout(800)  # outlines across the drawn planes come when scrolling rests
    drawn = plan.evaluate(f"document.querySelector('[data-testid=plane-{plane}] .plane-frame').drawn()")
    told = _asked(plan, f"/views/{_view(plan)}/contours?plane={plane}&at={drawn['at']}")
    levels = {round(each["gy"], 3): [np.array(line) for line in each["loops"]] for each in told["isodoses"]}
    compared = 0
    for each in drawn["isodoses"]:
        mine = [np.reshape(_listed(line["points"]), (-1, 2)) for line in each["lines"]]
        theirs = levels.get(round(each["gy"], 3))
        if theirs is None or not mine:
            continue
        mine = [
            np.vstack([line, line[:1]]) if shown["closed"] else line
            for line, shown in zip(mine, each["lines"], strict=True)
        ]
        assert _distances(np.concatenate(mine), theirs).max() < 0.1
        assert _distances(np.concatenate(theirs), mine).max() < 0.1
        compared += 1
    assert compared >= 5
    outlines = {
        each["number"]: [np.array(line) for line in each["loops"]] for each in told["structures"] if each["loops"]
    }
    shown_outlines = {each["number"]: each["lines"] for each in drawn["outlines"] if each["lines"]}
    assert set(shown_outlines) == set(outlines)
    for number, lines in shown_outlines.items():
        points = np.concatenate([np.reshape(_listed(line["points"]), (-1, 2)) for line in lines])
        assert _distances(points, outlines[number]).max() < 0.1


def _listed(points: Any) -> list[float]:
    """A typed array comes as an object with numbered members."""
    return [points[key] for key in sorted(points, key=int)] if isinstance(points, dict) else points


def test_a_curve_pointed_at_marks_the_voxels_of_that_dose(plan: Page) -> None:
    from playwright.sync_api import expect

    plan.get_by_role("button", name="None", exact=True).click()
    plan.get_by_role("checkbox", name="Show PTV", exact=True).check()
    over = plan.locator("[data-testid=dvh] .u-over")
    box = over.bounding_box()
    assert box is not None
    said = plan.get_by_test_id("dvh-said")
    # From the right: the first place at which the curve is near the pointer, half way up.
    for step in range(60):
        plan.mouse.move(box["x"] + box["width"] * (1 - step / 60), box["y"] + box["height"] / 2)
        if "PTV" in said.inner_text():
            break
    expect(said).to_contain_text("marked")
    found = re.search(r"PTV: (\d+) voxels between ([\d.]+) and ([\d.]+) Gy", said.inner_text())
    assert found is not None, said.inner_text()
    count, low, high = int(found[1]), float(found[2]), float(found[3])
    number = next(
        each["number"] for each in _asked(plan, f"/views/{_view(plan)}")["structures"] if each["name"] == "PTV"
    )
    runs = _asked(plan, f"/views/{_view(plan)}/voxels-between?structure={number}&low={low}&high={high}")["runs"]
    # The words have two decimals; the voxels at the two ends may differ.
    assert count == pytest.approx(sum(last - first for _, _, first, last in runs), rel=0.1, abs=3)
    assert 0 < low < high < 1.3 * PRESCRIBED_GY


def test_the_keyboard_goes_along_a_curve_and_marks_its_voxels(plan: Page) -> None:
    from playwright.sync_api import expect

    plan.get_by_role("button", name="None", exact=True).click()
    plan.get_by_role("checkbox", name="Show PTV", exact=True).check()
    slice_before = plan.get_by_test_id("plane-axial").inner_text()
    curve = plan.get_by_role("slider", name="Dose-volume histogram")
    curve.focus()
    plan.keyboard.press("ArrowUp")
    for _ in range(3):
        plan.keyboard.press("ArrowLeft")
    said = plan.get_by_test_id("dvh-said")
    expect(said).to_contain_text("marked")
    found = re.search(r"PTV: (\d+) voxels between ([\d.]+) and ([\d.]+) Gy", said.inner_text())
    assert found is not None, said.inner_text()
    stand = float(plan.get_by_test_id("dvh-stand").get_attribute("data-gy") or 0)
    assert stand == pytest.approx(0.97 * PRESCRIBED_GY, abs=0.001)
    assert (float(found[2]) + float(found[3])) / 2 == pytest.approx(stand, abs=0.011)
    told = curve.get_attribute("aria-valuetext") or ""
    answer = _asked(plan, f"/views/{_view(plan)}/dvh?metric=V{stand:.3f}Gy")
    (target,) = (each for each in answer["structures"] if each["name"] == "PTV")
    share = re.search(r"PTV: ([\d.]+) % get at least", told)
    assert share is not None, told
    whole = target["cumulative_cm3"][0]
    volume = float(np.interp(stand, answer["dose_gy"], target["cumulative_cm3"]))
    assert float(share[1]) == pytest.approx(100 * volume / whole, abs=0.2)
    assert plan.get_by_test_id("plane-axial").inner_text() == slice_before  # the planes did not take the keys
    plan.keyboard.press("Escape")
    expect(plan.get_by_test_id("dvh-stand")).to_have_count(0)
    expect(said).not_to_contain_text("PTV")


def test_dragging_moves_the_crosshair_in_all_planes_and_the_window(plan: Page) -> None:
    from playwright.sync_api import expect

    before = _place(plan)
    x, y = _middle(plan, "coronal")
    plan.mouse.move(x - 20, y - 30)
    plan.mouse.down()
    plan.mouse.move(x - 50, y - 60, steps=3)
    plan.mouse.up()
    plan.mouse.move(5, 400)
    plan.wait_for_selector("[data-testid=pointed][data-pointing=false]")
    after = _place(plan)
    assert after[0] != before[0]
    assert after[2] != before[2]
    assert after[1] == before[1]
    expect(plan.get_by_test_id("plane-axial")).to_contain_text(f"z {after[2]:.1f} mm")
    expect(plan.get_by_test_id("plane-sagittal")).to_contain_text(f"x {after[0]:.1f} mm")
    expect(plan.get_by_test_id("window")).to_have_text("C 40 W 400")
    plan.mouse.move(x, y)
    plan.mouse.down(button="right")
    plan.mouse.move(x + 60, y + 30, steps=3)
    plan.mouse.up(button="right")
    expect(plan.get_by_test_id("window")).to_have_text("C 80 W 480")
    scale = "document.querySelector('[data-testid=plane-coronal] .plane-frame').drawn().scale"
    whole = plan.evaluate(scale)
    plan.keyboard.down("Control")
    plan.mouse.wheel(0, -300)
    plan.keyboard.up("Control")
    assert plan.evaluate(scale) > 1.5 * whole
    plan.keyboard.press("r")
    assert plan.evaluate(scale) == pytest.approx(whole)


@pytest.mark.usefixtures("planned")
def test_the_keyboard_leads_to_a_plan(visit: Callable[..., Page]) -> None:
    page = visit("/", role="nurse")
    page.wait_for_selector("[data-testid=board] li")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/plans")
    assert page.locator("nav a[aria-current=page]").inner_text() == "Plans"
    page.get_by_test_id("plans").get_by_role("link", name="made").press("Enter")
    page.wait_for_selector("[data-testid=plan]", timeout=30_000)


@pytest.mark.usefixtures("planned")
def test_the_list_has_no_serious_violation(visit: Callable[..., Page]) -> None:
    page = visit("/plans", role="nurse", bypass_csp=True)
    page.wait_for_selector("[data-testid=plans]")
    assert serious_violations(page) == []


def test_structures_and_dose_can_be_hidden_and_found(plan: Page) -> None:
    from playwright.sync_api import expect

    drawn = "document.querySelector('[data-testid=plane-axial] .plane-frame').drawn().outlines.map(each => each.number)"
    before = plan.evaluate(drawn)
    plan.get_by_role("checkbox", name="Show BODY").uncheck()
    assert len(plan.evaluate(drawn)) == len(before) - 1
    plan.get_by_role("button", name="Heart", exact=True).click()
    expect(plan.get_by_test_id("pointed-structures")).to_contain_text("Heart")
    plan.keyboard.press("d")
    assert not plan.get_by_role("checkbox", name="Dose wash").is_checked()
    plan.keyboard.press("l")
    expect(plan.get_by_test_id("window")).to_have_text("C -600 W 1500")
    plan.get_by_label("Levels in %").fill("100 50")
    expect(plan.get_by_test_id("isodoses").locator("li")).to_have_count(2)


def test_figures_are_the_servers_and_the_histogram_can_be_taken_away(plan: Page) -> None:
    dvh = _asked(plan, f"/views/{_view(plan)}/dvh")
    target = next(each for each in dvh["structures"] if each["name"] == "PTV")
    plan.get_by_role("button", name="Figures").click()
    row = plan.get_by_test_id("metrics").locator("tr", has_text="PTV").inner_text()
    for figure in (target["volume_cm3"], target["mean_gy"], target["metrics"]["D95%"]):
        assert f"{figure:.2f}" in row
    with plan.expect_download() as download:
        plan.get_by_role("button", name="Histogram (CSV)").click()
    with download.value.path().open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(dvh["dose_gy"])
    assert float(rows[0]["PTV cm3"]) == pytest.approx(target["volume_cm3"], rel=1e-3)
    with plan.expect_download() as download:
        plan.get_by_role("button", name="Planes (PNG)").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_one_plane_alone_and_the_keys_are_told(plan: Page) -> None:
    plan.keyboard.press("2")
    plan.wait_for_selector("[data-large=coronal]")
    assert not plan.get_by_test_id("plane-axial").is_visible()
    plan.keyboard.press("0")
    plan.keyboard.press("?")
    assert "Window for soft tissue" in plan.get_by_role("dialog").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("planned")
def test_no_serious_violation(visit: Callable[..., Page], scheme: str) -> None:
    page = visit(FOLDER, role="physician", color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("[data-testid=dvh] canvas", timeout=90_000)
    for tab in ("Histogram", "Figures", "Plan", "Notes"):
        page.get_by_role("button", name=re.compile(f"^{tab}( \\(\\d+\\))?$")).click()
        assert serious_violations(page) == [], tab


@pytest.mark.usefixtures("planned")
def test_what_is_not_there_is_told(visit: Callable[..., Page]) -> None:
    page = visit(f"{FOLDER}?view=none", role="physician", quiet=False)
    page.get_by_role("heading", name="No such view").wait_for()
    page = visit("/patients/demo/1/plan", role="physician", quiet=False)
    page.get_by_role("heading", name="No images of this patient").wait_for()


def test_slices_that_do_not_come_are_told(visit: Callable[..., Page], planned: None) -> None:
    page = visit("/", role="physician", quiet=False)
    page.route("**/voxels?from=*", lambda route: route.abort())
    page.goto(page.evaluate("location.origin") + FOLDER)
    alert = page.get_by_role("alert")
    alert.wait_for(timeout=60_000)
    assert f"Not all slices came: 0 of {SIZES.slices}" in alert.inner_text()
    page.unroute("**/voxels?from=*")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("[data-painted=whole]", timeout=60_000)
