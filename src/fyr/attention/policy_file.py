"""A policy as YAML: read strictly, so that a typing error is one clear line and never a quietly missing alarm."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

import orjson

from fyr.attention.finding_condition import check_finding_conditions, read_finding_conditions
from fyr.attention.notification import Priority
from fyr.attention.policy import EscalationStep, Policy, Rule, ScoreInput, ScorePolicy, SignalPolicy, Tier, rule_key
from fyr.attention.policy_derived import read_derived
from fyr.attention.policy_values import (
    one_of,
    read_comparison,
    read_count,
    read_duration,
    read_names,
    read_priorities,
    read_range,
    read_scalar,
    read_strings,
    read_text,
    read_truth,
)
from fyr.attention.strict_yaml import Section, did_you_mean, read_yaml
from fyr.errors import BadInput
from fyr.record.vocabulary import SIGNALS

__all__ = ["load_policy", "parse_policy", "policy_text", "shipped_policies"]

_SHIPPED: Final = "fyr.attention.policies"


def shipped_policies() -> list[str]:
    """Return the names of the policies that come with Fyr."""
    folder = resources.files(_SHIPPED)
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_policy(name_or_path: str | Path) -> Policy:
    """Read a policy: a shipped one by its name, or a YAML file by its path.

    Raises
    ------
    BadInput
        If there is no such policy or file, or anything in it is not as a policy must be; says file, line and mend.
    """
    return parse_policy(policy_text(name_or_path), where=str(name_or_path))


def policy_text(name_or_path: str | Path) -> str:
    """Return the YAML text of a policy, named as for :func:`load_policy`, unread.

    Raises
    ------
    BadInput
        If there is no such policy or file, or it is no text.
    """
    text = str(name_or_path)
    if "/" not in text and not text.endswith((".yaml", ".yml")):
        if text not in shipped_policies():
            raise BadInput(
                f"there is no policy '{text}'{did_you_mean(text, shipped_policies())}",
                mend=f"use one of {', '.join(shipped_policies())}, or give the path of a YAML file",
            )
        return (resources.files(_SHIPPED) / f"{text}.yaml").read_text(encoding="utf-8")
    path = Path(text)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput("there is no such policy file", where=str(path), mend="check the path") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"the policy cannot be read: {problem}", where=str(path), mend="give a UTF-8 text file"
        ) from None


def parse_policy(text: str, *, where: str) -> Policy:
    """Read a policy from the text of a YAML document; `where` names it in errors."""
    return _policy(read_yaml(text, where=where), where)


def _policy(top: Section, where: str) -> Policy:
    included = [load_policy(name) for name in (top.optional("include", read_strings) or [])]
    defaults = _AlarmDefaults(top.section("alarms")) if "alarms" in top.values else None
    signals = {name: part for policy in included for name, part in policy.signals.items()}
    for name, section in top.sections("signals").items():
        signals[name] = _signal(name, section)
    scores = {name: part for policy in included for name, part in policy.scores.items()}
    for name, section in top.sections("scores").items():
        scores[name] = _score(name, section)
    derived = {name: part for policy in included for name, part in policy.derived.items()}
    for name, section in top.sections("derived").items():
        derived[name] = read_derived(name, section, signals)
    rules = [rule for policy in included for rule in policy.rules]
    for section in top.listed("rules"):
        if defaults is None:
            raise top.error("a policy with rules needs an 'alarms' section", mend="add 'alarms:' with its defaults")
        rule = _rule(section, signals, defaults)
        if any(other.key == rule.key for other in rules):
            raise section.error(f"the rule {rule.key} stands twice", mend="remove one of the two")
        rules.append(rule)
    conditions = [one for policy in included for one in policy.when_finding]
    conditions += read_finding_conditions(top.listed("when_finding"))
    name, version, title = top.take("name", read_text), top.take("version", read_text), top.take("title", read_text)
    source, notes = top.take("source", read_text), top.take("notes", read_text, "")
    top.take("alarms", lambda value: value, {})
    top.finish()
    if not rules:
        raise top.error("the policy has no rules", mend="add 'rules:' or 'include:'")
    _check_scores(scores, signals, where)
    content = orjson.dumps([name, version, signals, scores, derived, rules, conditions], option=orjson.OPT_SORT_KEYS)
    policy = Policy(
        name=name,
        version=version,
        title=title,
        source=source,
        signals=signals,
        scores=scores,
        rules=tuple(rules),
        digest=hashlib.sha256(content).hexdigest(),
        notes=notes,
        derived=derived,
        when_finding=tuple(conditions),
    )
    check_finding_conditions(policy, policy.when_finding, where=where)
    return policy


class _AlarmDefaults:
    """What holds for every rule that does not say otherwise."""

    def __init__(self, section: Section) -> None:
        self.clear_after_us = section.take("clear_after", read_duration)
        self.clear_readings = section.take("clear_readings", read_count)
        self.refractory_us = section.take("refractory", read_duration)
        self.latch = section.take("latch", read_priorities)
        self.escalation: dict[str, tuple[EscalationStep, ...]] = {}
        escalate = section.section("escalate") if "escalate" in section.values else None
        for priority in escalate.values if escalate else ():
            if priority not in list(Priority):
                raise section.error(f"'{priority}' is no priority", "escalate", mend="use high, medium or low")
            self.escalation[priority] = tuple(_step(step) for step in escalate.listed(priority)) if escalate else ()
        section.finish()


def _step(section: Section) -> EscalationStep:
    step = EscalationStep(section.take("after", read_duration), section.take("to", read_text))
    section.finish()
    return step


def _signal(name: str, section: Section) -> SignalPolicy:
    known = SIGNALS.get(name)
    abbreviation = section.take("abbreviation", read_text, known.abbreviation if known else name)
    low, high = section.take("plausible", read_range)
    readings = section.take("measured", one_of("continuously", "readings"), "continuously") == "readings"
    policy = SignalPolicy(
        signal=name,
        abbreviation=abbreviation,
        plausible_low=low,
        plausible_high=high,
        continuous=not readings,
        gap_tolerance_us=section.take("expected_every" if readings else "gap_tolerance", read_duration),
        technical_after_us=section.optional("technical_after", read_duration),
        technical_priority=section.take("technical_priority", Priority, Priority.LOW),
    )
    section.finish()
    return policy


def _score(name: str, section: Section) -> ScorePolicy:
    inputs = {}
    for key, part in section.sections("inputs").items():
        inputs[key] = ScoreInput(
            source=part.take("from", read_text, key),
            max_age_us=part.optional("max_age", read_duration),
            unless_recorded=part.optional("unless_recorded", read_scalar),
        )
        part.finish()
    policy = ScorePolicy(
        name=name,
        model=section.take("model", read_text),
        outputs=section.take("outputs", read_names),
        every_us=section.take("every", read_duration),
        inputs=inputs,
    )
    section.finish()
    if policy.every_us <= 0:
        raise section.error(f"{section.path}.every must be longer than 0 s", "every")
    return policy


def _check_scores(scores: Mapping[str, ScorePolicy], signals: Mapping[str, SignalPolicy], where: str) -> None:
    for name in (signal for score in scores.values() for signal in score.outputs):
        if name not in signals:
            raise BadInput(
                f"the score '{name}' is computed but 'signals' does not say how to read it",
                where=where,
                mend=f"add '{name}:' under 'signals:'",
            )


def _rule(section: Section, signals: Mapping[str, SignalPolicy], defaults: _AlarmDefaults) -> Rule:
    name = section.take("signal", read_text)
    if name not in signals:
        raise section.error(
            f"the rule is about '{name}', which 'signals' does not describe{did_you_mean(name, list(signals))}",
            "signal",
        )
    signal = signals[name]
    operator, threshold = section.take("when", read_comparison)
    duration, readings = section.optional("for", read_duration), section.optional("readings", read_count)
    if (duration is None) == (readings is None):
        raise section.error(f"{section.path} needs either 'for' (a duration) or 'readings' (a number)")
    if signal.continuous != (duration is not None):
        ask = "'for' with a duration" if signal.continuous else "'readings' with a number"
        raise section.error(
            f"{name} is measured {'continuously' if signal.continuous else 'by readings'}", mend=f"use {ask}"
        )
    clear_threshold = section.take("clear", float, threshold)
    if (clear_threshold < threshold) if operator.looks_down else (clear_threshold > threshold):
        raise section.error(
            f"{section.path}.clear: {clear_threshold:g} lies on the deviating side of {operator.value} {threshold:g}",
            "clear",
        )
    if not signal.plausible_low <= clear_threshold <= signal.plausible_high:
        raise section.error(
            f"{section.path}.clear: {clear_threshold:g} can never be reached, {name} is plausible from "
            f"{signal.plausible_low:g} to {signal.plausible_high:g}",
            "clear",
        )
    priority = section.take("priority", Priority)
    key = rule_key(signal.abbreviation, operator, threshold, duration or 0, readings or 0)
    rule = Rule(
        key=key,
        title=section.take("title", read_text),
        signal=name,
        operator=operator,
        threshold=threshold,
        duration_us=duration or 0,
        readings=readings or 0,
        clear_threshold=clear_threshold,
        clear_after_us=section.take("clear_after", read_duration, defaults.clear_after_us),
        clear_readings=section.take("clear_readings", read_count, defaults.clear_readings),
        priority=priority,
        group=section.take("group", read_text, f"{name} {'low' if operator.looks_down else 'high'}"),
        refractory_us=section.take("refractory", read_duration, defaults.refractory_us),
        latch=section.take("latch", read_truth, priority in defaults.latch),
        escalation=defaults.escalation.get(priority, ()),
        source=section.take("source", read_text),
        tier=section.take("tier", Tier, Tier.RULES),
        re_raise_after_us=section.optional("re_raise_after", read_duration),
        technical=section.take("technical", read_truth, False),
    )
    section.finish()
    return rule
