"""A policy as YAML: read strictly, so that a typing error is one clear line and never a quietly missing alarm."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
import yaml

from fyr.attention.notification import Priority
from fyr.attention.policy import (
    EscalationStep,
    Operator,
    Policy,
    Rule,
    ScoreInput,
    ScorePolicy,
    SignalPolicy,
    rule_key,
)
from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fyr.errors import BadInput
from fyr.record.vocabulary import SIGNALS

__all__ = ["load_policy", "parse_policy", "read_duration", "shipped_policies"]

T = TypeVar("T")

_SHIPPED: Final = "fyr.attention.policies"
_UNITS: Final = {"s": SECOND_US, "min": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_COMPARISON: Final = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


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
    text = str(name_or_path)
    if "/" not in text and not text.endswith((".yaml", ".yml")):
        if text not in shipped_policies():
            raise BadInput(
                f"there is no policy '{text}'{_did_you_mean(text, shipped_policies())}",
                mend=f"use one of {', '.join(shipped_policies())}, or give the path of a YAML file",
            )
        return parse_policy((resources.files(_SHIPPED) / f"{text}.yaml").read_text(encoding="utf-8"), where=text)
    path = Path(text)
    try:
        return parse_policy(path.read_text(encoding="utf-8"), where=str(path))
    except FileNotFoundError:
        raise BadInput("there is no such policy file", where=str(path), mend="check the path") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"the policy cannot be read: {problem}", where=str(path), mend="give a UTF-8 text file"
        ) from None


def parse_policy(text: str, *, where: str) -> Policy:
    """Read a policy from the text of a YAML document; `where` names it in errors."""
    try:
        document = yaml.load(text, Loader=_LineLoader)  # noqa: S506  a SafeLoader that also keeps line numbers
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "it is not YAML"
        raise BadInput(f"the YAML cannot be read: {what}", where=f"{where}{line}", mend="mend that line") from None
    return _policy(_Section(document, where, ""), where)


class _Lines(dict[str, Any]):
    """A mapping that remembers the line each key stood on."""

    lines: dict[str, int]
    line: int


class _LineLoader(yaml.SafeLoader):
    """A safe loader whose mappings know their lines, and that refuses a key given twice."""


def _construct_mapping(loader: _LineLoader, node: yaml.MappingNode) -> _Lines:
    mapping = _Lines()
    mapping.lines, mapping.line = {}, node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"'{key}' stands twice", key_node.start_mark)
        mapping.lines[key] = key_node.start_mark.line + 1
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_LineLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


class _Section:
    """A mapping that is taken apart key by key; whatever is left over is an error."""

    def __init__(self, value: object, where: str, path: str, line: int | None = None) -> None:
        self.where, self.path, self.line = where, path, line
        if not isinstance(value, _Lines):
            raise self.error(f"{path or 'the policy'} must be a mapping of names to values")
        self.values, self.line, self.taken = value, line or value.line, set[str]()

    def error(self, what: str, key: str | None = None, mend: str = "") -> BadInput:
        line = self.values.lines.get(key, self.line) if key and hasattr(self, "values") else self.line
        return BadInput(what, where=f"{self.where}, line {line}" if line else self.where, mend=mend)

    def take(self, key: str, read: Callable[[Any], T], default: T | None = None) -> T:
        self.taken.add(key)
        if key not in self.values:
            if default is None:
                near = get_close_matches(key, self.values, n=1)
                mend = f"did you mean '{key}' by '{near[0]}'?" if near else f"add '{key}:'"
                raise self.error(f"{self.path or 'the policy'} has no '{key}'", near[0] if near else None, mend)
            return default
        try:
            return read(self.values[key])
        except (ValueError, TypeError) as problem:
            raise self.error(f"{self.path}{'.' if self.path else ''}{key}: {problem}", key) from None

    def optional(self, key: str, read: Callable[[Any], T]) -> T | None:
        self.taken.add(key)
        return self.take(key, read) if self.values.get(key) is not None else None

    def section(self, key: str) -> _Section:
        self.taken.add(key)
        return _Section(self.values.get(key), self.where, _join(self.path, key), self.values.lines.get(key, self.line))

    def sections(self, key: str) -> dict[str, _Section]:
        self.taken.add(key)
        if key not in self.values:
            return {}
        inner = self.section(key)
        return {name: inner.section(name) for name in inner.values}

    def listed(self, key: str) -> list[_Section]:
        self.taken.add(key)
        entries = self.values.get(key, [])
        if not isinstance(entries, list):
            raise self.error(f"{_join(self.path, key)} must be a list", key)
        return [
            _Section(entry, self.where, f"{_join(self.path, key)}[{number}]", getattr(entry, "line", None))
            for number, entry in enumerate(entries, start=1)
        ]

    def finish(self) -> None:
        for key in self.values:
            if key not in self.taken:
                known = sorted(self.taken)
                raise self.error(
                    f"'{key}' is not known in {self.path or 'a policy'}{_did_you_mean(key, known)}",
                    key,
                    mend=f"use {', '.join(known)}",
                )


def _policy(top: _Section, where: str) -> Policy:
    included = [load_policy(name) for name in (top.optional("include", _strings) or [])]
    defaults = _AlarmDefaults(top.section("alarms")) if "alarms" in top.values else None
    signals = {name: part for policy in included for name, part in policy.signals.items()}
    for name, section in top.sections("signals").items():
        signals[name] = _signal(name, section)
    scores = {name: part for policy in included for name, part in policy.scores.items()}
    for name, section in top.sections("scores").items():
        scores[name] = _score(name, section)
    rules = [rule for policy in included for rule in policy.rules]
    for section in top.listed("rules"):
        if defaults is None:
            raise top.error("a policy with rules needs an 'alarms' section", mend="add 'alarms:' with its defaults")
        rule = _rule(section, signals, defaults)
        if any(other.key == rule.key for other in rules):
            raise section.error(f"the rule {rule.key} stands twice", mend="remove one of the two")
        rules.append(rule)
    name, version, title = top.take("name", _text), top.take("version", _text), top.take("title", _text)
    source, notes = top.take("source", _text), top.take("notes", _text, "")
    top.take("alarms", lambda value: value, {})
    top.finish()
    if not rules:
        raise top.error("the policy has no rules", mend="add 'rules:' or 'include:'")
    _check_scores(scores, signals, where)
    content = orjson.dumps([name, version, signals, scores, rules], option=orjson.OPT_SORT_KEYS)
    return Policy(
        name=name,
        version=version,
        title=title,
        source=source,
        signals=signals,
        scores=scores,
        rules=tuple(rules),
        digest=hashlib.sha256(content).hexdigest(),
        notes=notes,
    )


class _AlarmDefaults:
    """What holds for every rule that does not say otherwise."""

    def __init__(self, section: _Section) -> None:
        self.clear_after_us = section.take("clear_after", read_duration)
        self.clear_readings = section.take("clear_readings", _count)
        self.refractory_us = section.take("refractory", read_duration)
        self.latch = section.take("latch", _priorities)
        self.escalation: dict[str, tuple[EscalationStep, ...]] = {}
        escalate = section.section("escalate") if "escalate" in section.values else None
        for priority in escalate.values if escalate else ():
            if priority not in list(Priority):
                raise section.error(f"'{priority}' is no priority", "escalate", mend="use high, medium or low")
            self.escalation[priority] = tuple(_step(step) for step in escalate.listed(priority)) if escalate else ()
        section.finish()


def _step(section: _Section) -> EscalationStep:
    step = EscalationStep(section.take("after", read_duration), section.take("to", _text))
    section.finish()
    return step


def _signal(name: str, section: _Section) -> SignalPolicy:
    known = SIGNALS.get(name)
    abbreviation = section.take("abbreviation", _text, known.abbreviation if known else name)
    low, high = section.take("plausible", _range)
    readings = section.take("measured", _one_of("continuously", "readings"), "continuously") == "readings"
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


def _score(name: str, section: _Section) -> ScorePolicy:
    inputs = {}
    for key, part in section.sections("inputs").items():
        inputs[key] = ScoreInput(
            source=part.take("from", _text, key),
            max_age_us=part.optional("max_age", read_duration),
            unless_recorded=part.optional("unless_recorded", _scalar),
        )
        part.finish()
    policy = ScorePolicy(
        name=name,
        model=section.take("model", _text),
        outputs=section.take("outputs", _names),
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


def _rule(section: _Section, signals: Mapping[str, SignalPolicy], defaults: _AlarmDefaults) -> Rule:
    name = section.take("signal", _text)
    if name not in signals:
        raise section.error(
            f"the rule is about '{name}', which 'signals' does not describe{_did_you_mean(name, list(signals))}",
            "signal",
        )
    signal = signals[name]
    operator, threshold = section.take("when", _comparison)
    duration, readings = section.optional("for", read_duration), section.optional("readings", _count)
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
        title=section.take("title", _text),
        signal=name,
        operator=operator,
        threshold=threshold,
        duration_us=duration or 0,
        readings=readings or 0,
        clear_threshold=clear_threshold,
        clear_after_us=section.take("clear_after", read_duration, defaults.clear_after_us),
        clear_readings=section.take("clear_readings", _count, defaults.clear_readings),
        priority=priority,
        group=section.take("group", _text, f"{name} {'low' if operator.looks_down else 'high'}"),
        refractory_us=section.take("refractory", read_duration, defaults.refractory_us),
        latch=section.take("latch", _truth, priority in defaults.latch),
        escalation=defaults.escalation.get(priority, ()),
        source=section.take("source", _text),
    )
    section.finish()
    return rule


def read_duration(value: object) -> int:
    """Read a duration with its unit into microseconds.

    >>> read_duration("5 min") == 5 * MINUTE_US
    True
    """
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a duration; write a number and a unit, for example 30 s, 5 min, 2 h")
    return round(float(found[1]) * _UNITS[found[2]])


def _comparison(value: object) -> tuple[Operator, float]:
    found = _COMPARISON.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a comparison; write for example '< 92' or '>= 7'")
    return Operator(found[1]), float(found[2])


def _range(value: object) -> tuple[float, float]:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(end, int | float) and math.isfinite(end) for end in value)
        or value[0] >= value[1]
    ):
        raise ValueError(f"{value!r} is not a range; write [low, high]")
    return float(value[0]), float(value[1])


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is not a whole number of at least 1")
    return value


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        raise ValueError(f"{value!r} is not text")
    return str(value)


def _strings(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of names")
    return [_text(entry) for entry in value]


def _names(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise TypeError(f"{value!r} is not a mapping of signals to outputs")
    return {_text(key): _text(entry) for key, entry in value.items()}


def _priorities(value: object) -> list[Priority]:
    return [Priority(entry) for entry in _strings(value)]


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _scalar(value: object) -> float | str | bool:
    if not isinstance(value, float | int | str | bool):
        raise TypeError(f"{value!r} is not a single value")
    return value


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    return read


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _did_you_mean(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
