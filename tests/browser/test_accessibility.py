"""axe-core finds no serious violation on any page, light or dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest
from tests.browser.axe import serious_violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES: Final = {
    "sign-in": (None, "/", "form"),
    "ward": ("nurse", "/", "[data-testid=board] li"),
    "handover": ("nurse", "/handover/7A", "[data-testid=handover]"),
    "sensor gaps": ("nurse", "/gaps/7A", "main table, main .message"),
    "sources": ("administrator", "/sources", "[data-testid=devices]"),
    "patients": ("nurse", "/patients", "[data-testid=patients]"),
    "patient": ("nurse", "/patients/demo/3", "[data-testid=timeline] canvas"),
    "replayed day": ("nurse", "/patients/demo/3/replay", "[data-testid=replay] canvas"),
    "diagnoses": ("nurse", "/diagnosis", "[data-testid=diagnoses]"),
    "diagnosis": ("nurse", "/diagnosis/demo/lung-3", "[data-testid=facts]"),
    "shown to a patient": (
        "physician",
        "/diagnosis/demo/breast-1?show=predict-breast-3.2&year=10",
        "[data-testid=people]",
    ),
    "models": ("nurse", "/models", "main a"),
    "model card": ("nurse", "/models/news2", "[data-testid=model-card]"),
    "audit": ("administrator", "/audit", "[data-testid=audit-entries]"),
    "missing": ("nurse", "/nowhere", "main"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_serious_violation(visit: Callable[..., Page], name: str, scheme: str) -> None:
    role, path, ready = PAGES[name]
    page = visit(path, role=role, color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector(ready)
    assert serious_violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_in_what_opens_on_a_page(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("/", color_scheme=scheme, bypass_csp=True)
    page.locator("[data-testid=news2]").first.click()
    page.get_by_test_id("drawer").wait_for()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.get_by_role("dialog").wait_for()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Wall").click()
    page.get_by_test_id("wall").wait_for()
    page.keyboard.press("j")
    assert serious_violations(page) == []
