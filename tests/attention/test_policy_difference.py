"""What differs between two policies, as a clinician reads it."""

from __future__ import annotations

import pytest

from fyr.attention import Policy, load_policy, parse_policy, shipped_policies
from fyr.attention.policy_difference import policy_difference, rule_words

FIRST = """name: ours
version: "1"
title: A test
source: nobody
signals:
  spo2: {plausible: [50, 100], gap_tolerance: 2 min, technical_after: 10 min}
  systolic_bp: {plausible: [40, 260], measured: readings, expected_every: 60 min}
alarms:
  clear_after: 5 min
  clear_readings: 1
  refractory: 30 min
  latch: [high]
  escalate:
    high: [{after: 3 min, to: nurse in charge}]
rules:
  - {signal: spo2, when: "< 88", for: 10 min, priority: high, title: Low, source: x}
  - {signal: spo2, when: "< 80", for: 1 min, priority: high, title: Extreme, source: x}
  - {signal: systolic_bp, when: "> 180", readings: 2, priority: medium, title: High, source: x}
"""


def _policy(*edits: tuple[str, str]) -> Policy:
    text = FIRST
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return parse_policy(text, where="test")


def _said(*edits: tuple[str, str]) -> list[str]:
    return [str(change) for one in policy_difference(_policy(), _policy(*edits)).changed for change in one.changes]


def test_a_changed_threshold_is_a_change_and_says_which_way() -> None:
    found = policy_difference(_policy(), _policy(('"< 88"', '"< 90"')))
    assert (found.added, found.removed) == ((), ())
    (change,) = found.changed
    assert (change.before, change.after, change.title) == ("spo2<88/10min", "spo2<90/10min", "Low")
    assert "threshold: below 88 % -> below 90 % (earlier)" in map(str, change.changes)
    assert "threshold: above 180 mmHg -> above 200 mmHg (later)" in _said(('"> 180"', '"> 200"'))


def test_every_other_thing_is_named_in_words() -> None:
    assert _said(("for: 10 min", "for: 5 min")) == ["lasting: 10 min -> 5 min (earlier)"]
    assert _said(("readings: 2", "readings: 3")) == ["readings in a row: 2 -> 3 (later)"]
    assert _said(("for: 10 min,", "for: 10 min, clear: 91,")) == ["clears at: 88 -> 91"]
    assert _said(("priority: medium", "priority: low")) == ["priority: medium -> low"]
    assert set(_said(("{after: 3 min, to: nurse in charge}", "{after: 5 min, to: doctor}"))) == {
        "goes to: nurse in charge after 3 min -> doctor after 5 min"
    }
    assert set(_said(("latch: [high]", "latch: []"))) == {"stays until seen: yes -> no"}
    assert _said(("title: Extreme,", "title: Extreme, tier: safety,")) == ["tier: rules -> safety"]
    assert _said(("title: Low,", "title: Low, re_raise_after: 4 h,")) == ["raised again after: none -> 4 h"]


def test_added_and_removed_rules_are_said_whole() -> None:
    with_more = _policy(
        ("rules:\n", 'rules:\n  - {signal: spo2, when: "> 98", for: 2 h, priority: low, title: Much, source: x}\n')
    )
    (added,) = policy_difference(_policy(), with_more).added
    assert rule_words(added) == "Oxygen saturation by pulse oximetry above 98 % for 2 h: low"
    assert [rule.key for rule in policy_difference(with_more, _policy()).removed] == ["spo2>98/120min"]


def test_what_rules_rest_on_is_compared_too() -> None:
    found = policy_difference(_policy(), _policy(("gap_tolerance: 2 min", "gap_tolerance: 5 min")))
    assert [str(change) for change in found.around["signal spo2"]] == ["gap tolerance: 2 min -> 5 min"]


@pytest.mark.parametrize("name", shipped_policies())
def test_a_policy_does_not_differ_from_itself(name: str) -> None:
    found = policy_difference(load_policy(name), load_policy(name))
    assert found.is_empty
    assert found.as_dict()["same_digest"]


@pytest.mark.parametrize("before", shipped_policies())
@pytest.mark.parametrize("after", shipped_policies())
def test_every_rule_of_both_is_accounted_for_once(before: str, after: str) -> None:
    one, other = load_policy(before), load_policy(after)
    found = policy_difference(one, other)
    unchanged = {rule.key for rule in one.rules if rule in other.rules}
    was = [rule.key for rule in found.removed] + [change.before for change in found.changed] + list(unchanged)
    now = [rule.key for rule in found.added] + [change.after for change in found.changed] + list(unchanged)
    assert sorted(was) == sorted(one.rules_by_key)
    assert sorted(now) == sorted(other.rules_by_key)


def test_what_changes_alike_in_every_rule_can_be_said_once() -> None:
    found = policy_difference(
        _policy(), _policy(("clear_after: 5 min", "clear_after: 10 min"), ("for: 1 min", "for: 2 min"))
    )
    assert [str(change) for change in found.in_every_rule] == ["cleared after: 5 min -> 10 min"]
    assert policy_difference(_policy(), _policy(("for: 1 min", "for: 2 min"))).in_every_rule == ()


def test_a_rule_is_paired_with_the_one_of_its_threshold_before_one_of_its_duration() -> None:
    """The published heart rate of 130 for half an hour is what became 130 for three minutes, not 110 for an hour."""
    found = policy_difference(load_policy("haahr2022"), load_policy("fyr-ward"))
    assert {change.before: change.after for change in found.changed}["hr>130/30min"] == "hr>130/3min"
    assert "hr>110/60min" in {rule.key for rule in found.removed}
