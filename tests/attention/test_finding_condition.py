"""A finding in the record selects stricter or looser rules. Every threshold here is an example, not advice."""

from __future__ import annotations

import pytest

from fyr.attention import Policy, load_policy
from fyr.attention.finding_condition import (
    FindingCondition,
    check_finding_conditions,
    read_finding_conditions,
    select_by_findings,
)
from fyr.attention.override import Override, apply_overrides
from fyr.attention.policy_change import Limit, TurnOff
from fyr.attention.strict_yaml import read_yaml
from fyr.clock import DAY_US, HOUR_US
from fyr.errors import BadInput
from fyr.record import Estimate, Finding, ModelReference, Observation, PatientId, Refusal, Status

PATIENT, OTHER = PatientId("test", "1"), PatientId("test", "2")
POLICY: Policy = load_policy("haahr2022")
EXAMPLE = """when_finding:
  # An example: the numbers are made up to show the form.
  - title: High mean heart dose
    model: heart-dose
    output: mean_heart_dose
    when: ">= 26"
    unit: Gy
    source: example
    changes:
      - {rule: "hr>110/60min", threshold: 105}
  - title: Lung resection
    code: "snomed:359615001"
    is: true
    max_age: 30 d
    source: example
    changes:
      - {rule: "spo2<92/60min", threshold: 93}
      - {rule: "rr>24/5min", threshold: 22, clear: 21}
  - title: COPD in the record
    code: copd
    is: true
    source: example
    changes:
      - {rule: "spo2<92/60min", silent: true}
      - {rule: "spo2<88/10min", threshold: 85}
"""


def _conditions(text: str = EXAMPLE) -> tuple[FindingCondition, ...]:
    return read_finding_conditions(read_yaml(text, where="example.yaml").listed("when_finding"))


def _finding(value: float, unit: str = "Gy", at_us: int = HOUR_US, patient: PatientId = PATIENT) -> Finding:
    model = ModelReference("heart-dose", "1", "0" * 64)
    return Finding(patient, model, at_us, Estimate("mean_heart_dose", value, unit))


def _observation(
    code: str, value: float | str | bool | None, at_us: int = HOUR_US, status: Status = Status.PRESENT
) -> Observation:
    return Observation(PATIENT, code, at_us, value, None, status, "test")


def _select(*entries: Finding | Observation, at_us: int = 2 * HOUR_US) -> list[Override]:
    return select_by_findings(
        POLICY,
        _conditions(),
        PATIENT,
        findings=[one for one in entries if isinstance(one, Finding)],
        observations=[one for one in entries if isinstance(one, Observation)],
        at_us=at_us,
    )


def test_the_example_is_read_whole_and_fits_its_policy() -> None:
    dose, resection, copd = _conditions()
    assert (dose.about, dose.threshold, dose.unit) == ("heart-dose.mean_heart_dose", 26, "Gy")
    assert resection.max_age_us == 30 * DAY_US
    assert copd.changes == (TurnOff("spo2<92/60min"), Limit("spo2<88/10min", 85))
    check_finding_conditions(POLICY, _conditions())


def test_a_finding_selects_with_the_policy_as_author_and_the_finding_as_reason() -> None:
    (override,) = _select(_finding(27.5))
    assert (override.person, override.by_policy) == ("policy haahr2022 1", True)
    assert override.reason == "High mean heart dose (heart-dose.mean_heart_dose 27.5 Gy)"
    assert "hr>105/60min" in apply_overrides(POLICY, [override], 2 * HOUR_US).rules_by_key


def test_several_findings_select_together_and_the_stricter_holds() -> None:
    overrides = _select(_observation("snomed:359615001", True), _observation("copd", True))
    own = apply_overrides(POLICY, overrides, 2 * HOUR_US)
    assert {"spo2<93/60min", "spo2<85/10min", "rr>22/5min"} <= set(own.rules_by_key)


def test_units_are_converted_and_never_guessed() -> None:
    assert len(_select(_finding(2750, "cGy"))) == 1
    assert _select(_finding(25, "cGy")) == []
    with pytest.raises(BadInput, match=r"is recorded in mm\[Hg\], the policy compares it in Gy"):
        _select(_finding(27, "mm[Hg]"))


def test_below_the_limit_of_somebody_else_or_not_yet_selects_nothing() -> None:
    assert _select(_finding(25.9)) == []
    assert _select(_finding(27, patient=OTHER)) == []
    assert _select(_finding(27, at_us=3 * HOUR_US)) == []


def test_the_newest_counts() -> None:
    assert _select(_finding(27), _finding(20, at_us=HOUR_US + 1)) == []
    assert _select(_observation("copd", True), _observation("copd", False, HOUR_US + 1)) == []


def test_what_is_not_known_selects_nothing() -> None:
    assert _select(_observation("copd", None, status=Status.UNKNOWN)) == []
    assert _select(_observation("copd", True, status=Status.IMPUTED)) == []
    assert _select(_observation("copd", 1.0)) == []
    model = ModelReference("heart-dose", "1", "0" * 64)
    assert _select(Finding(PATIENT, model, HOUR_US, Refusal("no dose"))) == []


def test_an_old_finding_selects_nothing_and_the_override_ends_when_it_is_too_old() -> None:
    (override,) = _select(_observation("snomed:359615001", True), at_us=HOUR_US + 30 * DAY_US)
    assert override.until_us == HOUR_US + 30 * DAY_US + 1
    assert _select(_observation("snomed:359615001", True), at_us=HOUR_US + 30 * DAY_US + 1) == []


MISTAKES = {
    "nothing to look at": ("    code: copd\n", "", "must look at one thing"),
    "no output": ("    output: mean_heart_dose\n", "", "must look at one thing"),
    "no test": ("    code: copd\n    is: true\n", "    code: copd\n", "needs one test"),
    "two tests": (
        "    code: copd\n    is: true\n",
        '    code: copd\n    is: true\n    when: "> 1"\n',
        "needs one test",
    ),
    "no such unit": ("unit: Gy", "unit: Grays", "unit"),
    "no change": ('      - {rule: "hr>110/60min", threshold: 105}\n', "", "changes"),
    "a change of nothing": ("threshold: 105", "limit: 105", "is no change"),
    "the oxygen scale": ('{rule: "spo2<92/60min", silent: true}', "{spo2_scale: 2}", "a clinician's decision"),
    "unknown key": ("max_age: 30 d", "max_ages: 30 d", "did you mean 'max_age'"),
    "no source": ("    unit: Gy\n    source: example\n", "    unit: Gy\n", "has no 'source'"),
}


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_with_its_place(old: str, new: str, says: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(BadInput) as caught:
        _conditions(EXAMPLE.replace(old, new, 1))
    assert says in str(caught.value)
    assert str(caught.value).startswith("example.yaml, line")
    assert "\n" not in str(caught.value)


def test_an_entry_about_a_rule_that_is_not_there_is_refused_when_the_policy_is_read() -> None:
    wrong = _conditions(EXAMPLE.replace("hr>110/60min", "hr>111/60min"))
    with pytest.raises(BadInput, match=r"when_finding 'High mean heart dose': .*did you mean 'hr>110/60min'"):
        check_finding_conditions(POLICY, wrong, where="example.yaml")
