"""Policies read strictly: the shipped ones say what was published, and a typing error is one clear line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fyr.attention import Operator, Policy, Priority, load_policy, parse_policy, shipped_policies
from fyr.attention.policy_file import policy_text
from fyr.clock import MINUTE_US
from fyr.errors import BadInput

GOOD = """name: mine
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
  - {signal: systolic_bp, when: "> 180", readings: 2, priority: medium, title: High, source: x}
"""


def test_good_policy_is_read_whole() -> None:
    policy = parse_policy(GOOD, where="mine.yaml")
    spo2, pressure = policy.rules
    assert (spo2.key, spo2.duration_us, spo2.latch, spo2.priority) == (
        "spo2<88/10min",
        10 * MINUTE_US,
        True,
        Priority.HIGH,
    )
    assert spo2.escalation[0].after_us == 3 * MINUTE_US
    assert (pressure.key, pressure.readings, pressure.latch, pressure.escalation) == ("sbp>180/2readings", 2, False, ())
    assert pressure.operator is Operator.ABOVE
    assert not policy.signals["systolic_bp"].continuous


@pytest.mark.real
def test_haahr2022_holds_the_sixteen_published_criteria(data_folder: Path) -> None:
    with (data_folder / "watch/reference/ward_microevent_criteria_haahr2022.csv").open() as file:
        published = {
            f"{row['signal']}{row['op']}{row['threshold']}/{row['min_duration']}{row['duration_unit']}"
            for row in csv.DictReader(file)
        }
    assert len(published) == 16
    assert {rule.key for rule in load_policy("haahr2022").rules} == published


def test_news2_triggers_are_the_colleges() -> None:
    levels = {rule.key: rule.priority.value for rule in load_policy("news2-continuous").rules}
    assert levels == {"news2>=7/1min": "high", "news2>=5/1min": "medium", "news2.single3>=1/1min": "low"}


@pytest.mark.parametrize("name", shipped_policies())
def test_every_shipped_policy_loads_and_gives_its_sources(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert all(rule.source for rule in policy.rules)
    assert len(policy.digest) == 64


def test_including_is_the_union_of_unchanged_rules() -> None:
    both: Policy = load_policy("ward-demonstration")
    assert both.rules == (*load_policy("haahr2022").rules, *load_policy("news2-continuous").rules)


def test_digest_changes_with_a_threshold_and_not_with_a_comment() -> None:
    digest = parse_policy(GOOD, where="a").digest
    assert parse_policy("# why\n" + GOOD, where="b").digest == digest
    assert parse_policy(GOOD.replace("< 88", "< 87"), where="c").digest != digest


MISTAKES = {
    "unknown key": ("title: Low, source: x}", "titel: Low, source: x}", "line 16", "did you mean 'title'"),
    "unknown signal": ("{signal: spo2, when", "{signal: sp02, when", "line 16", "did you mean 'spo2'"),
    "no unit": ("for: 10 min", "for: 10", "line 16", "for example 30 s, 5 min, 2 h"),
    "wrong unit": ("for: 10 min", "for: 10 minutes", "line 16", "for example 30 s, 5 min, 2 h"),
    "no comparison": ('"< 88"', '"88"', "line 16", "'< 92' or '>= 7'"),
    "no such priority": ("priority: medium", "priority: urgent", "line 17", "urgent"),
    "duration for readings": ("readings: 2", "for: 2 min", "line 17", "'readings' with a number"),
    "both": ("readings: 2", "readings: 2, for: 2 min", "line 17", "either 'for'"),
    "turned range": ("[50, 100]", "[100, 50]", "line 6", "[low, high]"),
    "clears on the wrong side": ("for: 10 min,", "for: 10 min, clear: 85,", "line 16", "deviating side"),
    "can never clear": ("for: 10 min,", "for: 10 min, clear: 101,", "line 16", "can never be reached"),
    "key twice": ("version:", "name: other\nversion:", "line 2", "stands twice"),
    "broken yaml": ("signals:", "signals: [", "line", "cannot be read"),
    "missing": ('version: "1"\n', "", "line", "no 'version'"),
    "rule twice": (
        "rules:\n",
        'rules:\n  - {signal: spo2, when: "< 88", for: 10 min, priority: low, title: L, source: x}\n',
        "line 17",
        "spo2<88/10min stands twice",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_that_says_what_and_where(old: str, new: str, line: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInput) as caught:
        parse_policy(GOOD.replace(old, new, 1), where="mine.yaml")
    message = str(caught.value)
    assert says in message
    assert message.startswith("mine.yaml")
    assert line in message
    assert "\n" not in message


def test_unknown_policy_names_the_near_one() -> None:
    with pytest.raises(BadInput, match="did you mean 'haahr2022'"):
        load_policy("haahr2020")


def test_absent_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such policy file"):
        load_policy(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", shipped_policies())
def test_a_policys_text_read_again_is_the_policy(name, tmp_path):
    """So a comparison that keeps the text can replay the policy later, be it shipped or a file."""
    text = policy_text(name)
    assert parse_policy(text, where="kept").digest == load_policy(name).digest
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    assert policy_text(file) == text
