"""A policy's family: what the factor does to its rules, and what it leaves alone."""

from __future__ import annotations

import pytest

from fyr.attention import load_policy
from fyr.attention.policy import Tier
from fyr.clock import MINUTE_US, SECOND_US
from fyr.watch.evaluation.strictness import FACTORS, paced

POLICIES = ("thresholds", "haahr2022", "news2-continuous", "fyr-ward")


@pytest.mark.parametrize("name", POLICIES)
def test_at_factor_one_a_policy_is_itself(name):
    policy = load_policy(name)
    assert paced(policy, 1.0) is policy


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("name", POLICIES)
def test_only_waiting_changes_and_safety_never_does(name, factor):
    policy = load_policy(name)
    other = paced(policy, factor)
    assert [rule.key for rule in other.rules] == [rule.key for rule in policy.rules]
    for before, after in zip(policy.rules, other.rules, strict=True):
        if before.tier is Tier.SAFETY:
            assert after == before
        assert (after.threshold, after.clear_threshold, after.clear_after_us, after.refractory_us, after.priority) == (
            before.threshold,
            before.clear_threshold,
            before.clear_after_us,
            before.refractory_us,
            before.priority,
        )
        assert bool(after.duration_us) == bool(before.duration_us)
        assert bool(after.readings) == bool(before.readings)


@pytest.mark.parametrize("name", POLICIES)
def test_a_greater_factor_never_waits_less(name):
    members = [paced(load_policy(name), factor) for factor in sorted(FACTORS)]
    for rules in zip(*(member.rules for member in members), strict=True):
        durations = [rule.duration_us for rule in rules]
        readings = [rule.readings for rule in rules]
        assert durations == sorted(durations)
        assert readings == sorted(readings)


def test_the_arithmetic():
    """A duration and a number of readings by hand; less than a minute counts as a minute only when it gets longer."""
    slow, quick = (paced(load_policy("haahr2022"), factor).rules_by_key for factor in (2.0, 0.25))
    assert slow["hr>110/60min"].duration_us == 120 * MINUTE_US
    assert quick["hr>110/60min"].duration_us == 15 * MINUTE_US
    assert (slow["sbp<90/2readings"].readings, quick["sbp<90/2readings"].readings) == (4, 1)
    at_once = next(rule.key for rule in load_policy("thresholds").rules if rule.duration_us == SECOND_US)
    assert paced(load_policy("thresholds"), 4.0).rules_by_key[at_once].duration_us == 4 * MINUTE_US
    assert paced(load_policy("thresholds"), 0.25).rules_by_key[at_once].duration_us == SECOND_US


def test_members_are_told_apart_by_their_digests():
    policy = load_policy("haahr2022")
    digests = {paced(policy, factor).digest for factor in FACTORS}
    assert len(digests) == len(FACTORS)
    assert paced(policy, 2.0).digest == paced(policy, 2.0).digest


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_there_is_no_factor_of_nothing(factor):
    with pytest.raises(ValueError, match="more than 0"):
        paced(load_policy("haahr2022"), factor)
