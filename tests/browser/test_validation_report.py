"""The report of a validation in Chromium: it asks nobody for anything, fits, can be read by all, and prints whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.browser.axe import serious_violations
from tests.learn.test_validation import cohort_of, judged

from fyr.learn.report.contents import report_of
from fyr.learn.report.html import as_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cohort = cohort_of(groups={"half": np.array(["one", "other"] * 200, dtype=object)})
    marker = cohort.columns["marker"].copy()
    marker[:9] = np.nan
    document = judged(cohort_of(groups=cohort.groups, columns={"marker": marker}), resamples=30)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_html(report_of(document)), encoding="utf-8")
    return path


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser, report: Path) -> Iterator[Page]:
    """The report, opened as a file; fails where it logs an error or asks for anything but itself."""
    problems: list[str] = []
    context = chromium.new_context(viewport={"width": 1100, "height": 900}, color_scheme=request.param, bypass_csp=True)
    opened = context.new_page()
    opened.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("request", lambda asked: None if asked.url == report.as_uri() else problems.append(asked.url))
    opened.goto(report.as_uri())
    yield opened
    context.close()
    assert problems == []


@pytest.mark.parametrize("width", [360, 1100])
def test_it_can_be_read_by_all(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for summary in page.locator("summary").all():
        summary.click()
    assert serious_violations(page) == []
    assert page.locator("svg").count() == 6
    for name in page.locator("svg").evaluate_all("all => all.map(one => one.getAttribute('aria-labelledby'))"):
        assert page.locator(f"#{name.split()[0]}").inner_html()


@pytest.mark.parametrize("width", [360, 760, 1600])
def test_it_never_scrolls_sideways_as_a_whole(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_words_in_pictures_stay_inside_and_apart(page: Page) -> None:
    """No word of a plot is cut off at its edge, and none lies on another."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
            const frame = svg.getBoundingClientRect()
            const boxes = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim())
                .map(one => [one.textContent, one.getBoundingClientRect()])
            const cut = boxes.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1 ||
                box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(([words]) => `cut off: ${words}`)
            const onTop = boxes.flatMap(([words, box], place) => boxes.slice(place + 1)
                .filter(([, other]) => box.left < other.right - 1 && other.left < box.right - 1 &&
                    box.top < other.bottom - 3 && other.top < box.bottom - 3)
                .map(([other]) => `${words} on ${other}`))
            return [...cut, ...onTop]
        })"""
    )
    assert found == []


def test_its_own_policy_lets_its_style_through_and_nothing_else(chromium: Browser, report: Path) -> None:
    context = chromium.new_context()
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda line: said.append(line.text))
    opened.goto(report.as_uri())
    assert opened.evaluate("getComputedStyle(document.querySelector('section')).borderRadius") == "8px"
    assert said == []
    opened.evaluate(
        "document.body.append(Object.assign(new Image(), {src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw='}))"
    )
    opened.wait_for_timeout(200)
    assert any("Content Security Policy" in line for line in said)
    context.close()


def test_it_prints_with_the_numbers_behind_every_plot(chromium: Browser, report: Path) -> None:
    context = chromium.new_context(color_scheme="dark")
    opened = context.new_page()
    opened.goto(report.as_uri())
    opened.emulate_media(media="print", color_scheme="dark")
    shown = opened.locator("details table").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert shown
    assert min(shown) > 0
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert opened.pdf().startswith(b"%PDF-")
    context.close()
