"""A patient's own limits: what an override may do, what it may not, and that it follows from the events alone."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.attention import Policy, Tier, load_policy
from fyr.attention.override import Override, Revocation, apply_overrides, in_force, next_change_us
from fyr.attention.policy_change import (
    SAFETY_BOUNDS,
    Limit,
    OxygenScale,
    PolicyChange,
    TurnOff,
    change_from_dict,
    changed_policy,
)
from fyr.clock import HOUR_US
from fyr.errors import BadInput
from fyr.record import PatientId

PATIENT = PatientId("test", "1")
BASE: Policy = load_policy("ward-demonstration")
SAFE = replace(
    BASE,
    rules=tuple(
        replace(rule, tier=Tier.SAFETY) if rule.key in ("spo2<85/5min", "hr>130/30min") else rule for rule in BASE.rules
    ),
)


def _override(*changes: PolicyChange, at: float = 1, until: float | None = None, by_policy: bool = False) -> Override:
    until_us = None if until is None else round(until * HOUR_US)
    return Override(PATIENT, round(at * HOUR_US), "dr x", "COPD", changes, until_us, by_policy)


def test_a_limit_changes_the_rule_its_name_its_clearing_limit_and_the_digest() -> None:
    own = apply_overrides(BASE, [_override(Limit("spo2<88/10min", 84))], 2 * HOUR_US)
    rule = own.rules_by_key["spo2<84/10min"]
    before = BASE.rules_by_key["spo2<88/10min"]
    assert (rule.threshold, rule.clear_threshold - rule.threshold) == (84, before.clear_threshold - before.threshold)
    assert (rule.duration_us, rule.priority, rule.group) == (before.duration_us, before.priority, before.group)
    assert "spo2<88/10min" not in own.rules_by_key
    assert len(own.rules) == len(BASE.rules)
    assert own.digest != BASE.digest
    assert own.digest == changed_policy(BASE, [Limit("spo2<88/10min", 84)]).digest


def test_a_rule_may_be_turned_off() -> None:
    own = apply_overrides(BASE, [_override(TurnOff("hr>110/60min"))], 2 * HOUR_US)
    assert set(BASE.rules_by_key) - set(own.rules_by_key) == {"hr>110/60min"}


def test_scale_2_is_what_news2_then_uses_whatever_was_recorded() -> None:
    entry = apply_overrides(BASE, [_override(OxygenScale(2))], 2 * HOUR_US).scores["news2"].inputs["spo2_scale"]
    assert entry.unless_recorded == 2
    assert entry.source != "spo2_scale"
    assert BASE.scores["news2"].inputs["spo2_scale"].unless_recorded == 1


def test_it_holds_from_its_time_until_its_end() -> None:
    override = _override(TurnOff("hr>110/60min"), at=1, until=5)
    assert apply_overrides(BASE, [override], HOUR_US - 1) is BASE
    assert apply_overrides(BASE, [override], HOUR_US) is not BASE
    assert apply_overrides(BASE, [override], 5 * HOUR_US) is BASE
    assert [next_change_us([override], hour * HOUR_US) for hour in (0, 1, 5)] == [HOUR_US, 5 * HOUR_US, None]


def test_revoking_gives_the_wards_policy_back_from_then_on() -> None:
    override = _override(TurnOff("hr>110/60min"))
    revoked = Revocation(PATIENT, 3 * HOUR_US, "dr y", "rhythm is back", override.id)
    assert apply_overrides(BASE, [override, revoked], 2 * HOUR_US) is not BASE
    assert apply_overrides(BASE, [override, revoked], 3 * HOUR_US) is BASE
    with pytest.raises(BadInput, match="there is no override"):
        in_force([Revocation(PATIENT, 1, "dr y", "x", "unknown")], 2)


def test_of_people_the_newest_holds_and_people_go_before_findings() -> None:
    early, late = _override(Limit("spo2<88/10min", 84), at=1), _override(Limit("spo2<88/10min", 86), at=2)
    found = _override(Limit("spo2<88/10min", 90), at=3, by_policy=True)
    assert "spo2<86/10min" in apply_overrides(BASE, [found, late, early], 4 * HOUR_US).rules_by_key
    assert "spo2<90/10min" in apply_overrides(BASE, [found], 4 * HOUR_US).rules_by_key


def test_of_findings_the_stricter_holds() -> None:
    looser, stricter = (
        _override(Limit("spo2<88/10min", limit), at=at, by_policy=True) for limit, at in ((84, 2), (90, 1))
    )
    off = _override(TurnOff("spo2<88/10min"), at=3, by_policy=True)
    assert "spo2<90/10min" in apply_overrides(BASE, [stricter, looser, off], 4 * HOUR_US).rules_by_key
    high = [_override(Limit("hr>110/60min", limit), by_policy=True) for limit in (100, 120)]
    assert "hr>100/60min" in apply_overrides(BASE, high, 4 * HOUR_US).rules_by_key


REFUSED = {
    "no such rule": (Limit("spo2<89/10min", 84), "did you mean 'spo2<88/10min'"),
    "not plausible": (Limit("spo2<88/10min", 30), "plausible from 50 to 100"),
    "not a number": (Limit("spo2<88/10min", float("nan")), "makes no sense"),
    "never clears": (Limit("spo2<88/10min", 90, clear=85), "could not clear at 85"),
    "safety off": (TurnOff("spo2<85/5min"), "safety rule and cannot be turned off"),
    "safety too far": (Limit("spo2<85/5min", 79), "no further than 80, not to 79"),
    "safety too far up": (Limit("hr>130/30min", 141), "no further than 140, not to 141"),
    "twice": (Limit("hr<40/5min", 30), "would stand twice"),
}


@pytest.mark.parametrize(("change", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_is_refused_in_one_line(change: PolicyChange, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        apply_overrides(SAFE, [_override(change)], 2 * HOUR_US)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_safety_rule_may_be_loosened_to_its_bound_and_tightened_freely() -> None:
    assert "spo2<80/5min" in changed_policy(SAFE, [Limit("spo2<85/5min", 80)]).rules_by_key
    assert "spo2<92/5min" in changed_policy(SAFE, [Limit("spo2<85/5min", 92)]).rules_by_key


def test_a_safety_rule_about_what_has_no_bound_cannot_be_loosened() -> None:
    safe = replace(BASE, rules=tuple(replace(rule, tier=Tier.SAFETY) for rule in BASE.rules))
    with pytest.raises(BadInput, match="may be loosened not at all"):
        changed_policy(safe, [Limit("news2>=7/1min", 9)])


def test_a_policy_without_news2_has_no_scale_to_set() -> None:
    with pytest.raises(BadInput, match="no score of the policy haahr2022 asks for the SpO2 scale"):
        changed_policy(load_policy("haahr2022"), [OxygenScale(2)])


def test_an_override_says_who_and_why_and_what() -> None:
    for person, reason, changes, says in (
        (" ", "x", (TurnOff("a"),), "author"),
        ("x", "", (TurnOff("a"),), "reason"),
        ("x", "x", (), "changes nothing"),
        ("x", "x", (TurnOff("a"), Limit("a", 1)), "two things about a"),
    ):
        with pytest.raises(BadInput, match=says):
            Override(PATIENT, 0, person, reason, changes)
    with pytest.raises(BadInput, match="before it begins"):
        _override(TurnOff("a"), at=2, until=1)


def test_overrides_of_two_patients_are_not_mixed() -> None:
    other = replace(_override(TurnOff("hr>110/60min")), patient=PatientId("test", "2"))
    with pytest.raises(BadInput, match="several patients"):
        apply_overrides(BASE, [_override(TurnOff("hr>110/60min")), other], 0)


CHANGES = st.one_of(
    st.builds(
        Limit,
        st.sampled_from(list(SAFE.rules_by_key)),
        st.floats(-10, 300),
        st.one_of(st.none(), st.floats(-10, 300)),
    ),
    st.builds(TurnOff, st.sampled_from(list(SAFE.rules_by_key))),
    st.builds(OxygenScale, st.sampled_from([1, 2])),
)


@given(CHANGES, st.one_of(st.none(), st.integers(10, 10**15)), st.booleans())
def test_an_override_survives_json(change: PolicyChange, until_us: int | None, by_policy: bool) -> None:
    override = Override(PATIENT, 5, "dr x", "COPD", (change,), until_us, by_policy)
    again = Override.from_dict(orjson.loads(orjson.dumps(override.as_dict())))
    assert again == override
    assert again.id == override.id
    revocation = Revocation(PATIENT, 9, "dr y", "over", override.id)
    assert Revocation.from_dict(orjson.loads(orjson.dumps(revocation.as_dict()))) == revocation


@pytest.mark.parametrize(
    "document",
    [{}, {"rule": "a"}, {"rule": "a", "silent": False}, {"spo2_scale": 3}, {"rule": "a", "threshold": "low"}],
)
def test_what_is_no_change_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is no change|is not a number"):
        change_from_dict(document)
    whole = {"patient": "test/1", "time_us": 1, "person": "x", "reason": "x", "changes": [document]}
    with pytest.raises(BadInput, match="this is no override"):
        Override.from_dict(whole)


@given(st.lists(CHANGES, max_size=6))
def test_whatever_is_overridden_every_safety_rule_still_speaks_within_its_bound(changes: list[PolicyChange]) -> None:
    try:
        own = changed_policy(SAFE, changes)
    except BadInput:
        return
    safety = [rule for rule in own.rules if rule.tier is Tier.SAFETY]
    assert sorted(rule.title for rule in safety) == sorted(
        rule.title for rule in SAFE.rules if rule.tier is Tier.SAFETY
    )
    for rule in safety:
        down = rule.operator.looks_down
        bound = SAFETY_BOUNDS[rule.signal, "low" if down else "high"]
        assert rule.threshold >= bound if down else rule.threshold <= bound
    for rule in own.rules:
        signal = own.signals[rule.signal]
        assert signal.plausible_low <= rule.clear_threshold <= signal.plausible_high
        beyond = rule.clear_threshold - rule.threshold
        assert beyond >= 0 if rule.operator.looks_down else beyond <= 0
