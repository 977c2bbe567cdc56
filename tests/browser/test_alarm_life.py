"""The life of an alarm, what was done about it, a patient's own limits and a risk, on the patient page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.axe import serious_violations

from fyr.clock import SystemClock
from fyr.record import Estimate, Finding, ModelReference, PatientId, Refusal
from fyr.record.record import Record

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Hospital

pytestmark = pytest.mark.browser


def _patient_with_an_alarm(visit: Callable[..., Page], **options: Any) -> Page:
    page = visit("/", role="physician", bypass_csp=True, **options)
    page.locator("[data-testid^=tile-][data-alarm=true] [data-tile-link]").first.click()
    page.get_by_test_id("live-alarms").wait_for()
    return page


def test_what_was_done_is_kept_with_the_alarm_and_takes_it(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = _patient_with_an_alarm(visit)
    page.get_by_test_id("act").first.click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert").filter(has_text="Say what was done")).to_be_visible()
    page.get_by_role("textbox", name="What was done").fill("Sat up, oxygen 2 L/min")
    page.get_by_role("button", name="Keep it").click()
    life = page.get_by_test_id("life").filter(has_text="Sat up, oxygen 2 L/min").first
    expect(life).to_contain_text("done by physician")
    expect(life).to_contain_text("taken by physician")
    expect(life.locator(".life-line svg")).to_have_attribute("aria-label", re.compile("taken"))


def test_limits_of_a_patients_own_are_set_shown_and_ended_with_a_reason(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/patients/demo/9", role="physician", quiet=False)  # what is refused is an answer 400, and logged
    limits = page.get_by_test_id("own-limits")
    page.get_by_test_id("set-limits").click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox").select_option("hr>110/60min")
    form.get_by_label("New limit").fill("125")
    form.get_by_role("button", name="Set limits").click()
    expect(form.get_by_role("alert")).to_contain_text("Say why")
    form.get_by_label("Reason").fill("Known sinus tachycardia")
    form.get_by_label("New limit").fill("900")
    form.get_by_role("button", name="Set limits").click()
    expect(form.get_by_role("alert")).to_contain_text("900")
    form.get_by_label("New limit").fill("125")
    form.get_by_role("button", name="12 h").click()
    form.get_by_role("button", name="Set limits").click()
    set_now = limits.get_by_test_id("own-limit")
    expect(set_now).to_contain_text("at 125")
    expect(set_now).to_contain_text("Known sinus tachycardia")
    expect(set_now).to_contain_text("physician")
    set_now.get_by_role("button", name="End").click()
    set_now.get_by_label("Why they end").fill("Sinus rhythm of 80")
    set_now.get_by_role("button", name="End these limits").click()
    expect(set_now).to_have_count(0)
    limits.get_by_text("1 that ended").click()
    expect(limits).to_contain_text("Sinus rhythm of 80")


def test_a_safety_rule_cannot_be_turned_off(visit: Callable[..., Page]) -> None:
    """Where the policy has safety rules, the form offers no way to; the demonstration's policy has none to show."""
    page = visit("/patients/demo/9", role="physician")
    page.get_by_test_id("set-limits").click()
    rules = page.evaluate("async () => (await (await fetch('/api/patients/demo/9/overrides')).json()).rules")
    form = page.get_by_role("dialog")
    for rule in rules:
        form.get_by_role("combobox").select_option(rule["rule"])
        assert form.get_by_role("checkbox").count() == int(rule["may_be_off"])


def test_a_nurse_reads_limits_and_does_not_set_them(visit: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = visit("/patients/demo/9", role="nurse")
    expect(page.get_by_test_id("own-limits")).to_be_visible()
    expect(page.get_by_test_id("set-limits")).to_have_count(0)


EXPLANATION = {
    "method": "Shapley values, in log odds",
    "base": -3.65,
    "log_odds": -1.74,
    "moved_by": [
        {"feature": "news5_max", "value": 11.0, "log_odds": 0.9},
        {"feature": "crea_last", "value": None, "log_odds": 0.6},
        {"feature": "o2sat_mean6", "value": 97.0, "log_odds": -0.2},
    ],
    "others": 0.61,
}


def _keep(hospital: Hospital, *findings: Finding) -> None:
    with Record.open(hospital.home) as record:
        record.add_findings(findings)


def test_a_risk_is_told_as_a_frequency_with_what_moved_it_and_a_refusal_is_as_large(
    visit: Callable[..., Page], hospital: Hospital
) -> None:
    from playwright.sync_api import expect

    model = ModelReference("early_warning_icu", "1", "0" * 64)
    now_us = SystemClock().now_us()
    risk = Finding(PatientId("demo", "11"), model, now_us, Estimate("risk", 0.149, "1"), {"hr": 118.0}, EXPLANATION)
    refused = Finding(PatientId("demo", "12"), model, now_us, Refusal("no usable signal", ()), {}, {})
    _keep(hospital, risk, refused)

    # The page asks for a card that this hospital may not have: an answer 404, which the browser logs.
    page = visit("/patients/demo/11", quiet=False, bypass_csp=True)
    card = page.get_by_test_id("risk")
    expect(card).to_contain_text("15 %")
    expect(card).to_contain_text("about 15 in 100")
    expect(card).to_contain_text("intensive-care patients only")
    movers = card.get_by_test_id("movers").locator("tbody tr")
    expect(movers).to_have_count(4)
    expect(movers.nth(0)).to_contain_text("+0.90")
    expect(movers.nth(1)).to_contain_text("missing")
    expect(movers.nth(2)).to_contain_text("\N{MINUS SIGN}0.20")
    card.get_by_role("button", name="How this number was made").click()
    expect(page.get_by_test_id("drawer").get_by_test_id("movers")).to_contain_text("NEWS points of five vital signs")
    assert serious_violations(page) == []

    page = visit("/patients/demo/12", quiet=False)
    expect(page.get_by_test_id("risk")).to_have_attribute("data-refused", "true")
    expect(page.get_by_test_id("risk")).to_contain_text("no usable signal")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(visit: Callable[..., Page], scheme: str) -> None:
    page = _patient_with_an_alarm(visit, color_scheme=scheme)
    page.get_by_test_id("life").first.wait_for()
    assert serious_violations(page) == []
    page.get_by_test_id("act").first.click()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_test_id("set-limits").click()
    assert serious_violations(page) == []
