"""What differs between two policies, rule by rule, in words for those who work by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from fyr.attention.policy import Operator, Policy, Rule
from fyr.clock import format_duration
from fyr.record.vocabulary import SIGNALS

__all__ = ["FieldChange", "PolicyDifference", "RuleChange", "policy_difference", "rule_words"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing about a rule, signal or score that differs.

    Parameters
    ----------
    what : str
        In plain words: threshold, lasting, priority …
    before, after : str
        As a person reads them.
    effect : str
        For a threshold or duration, ``earlier`` or ``later``: when the rule speaks now; otherwise empty.
    """

    what: str
    before: str
    after: str
    effect: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.before} -> {self.after}{f' ({self.effect})' if self.effect else ''}"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is in both policies, and what differs; `before` and `after` are its keys."""

    before: str
    after: str
    title: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """What differs between two policies.

    Parameters
    ----------
    added, removed : tuple of Rule
        Rules that only the second, or only the first, policy has.
    changed : tuple of RuleChange
    kept : int
        How many rules are in both, changed or not.
    around : mapping of str to tuple of FieldChange
        Signals, scores and whatever else the rules rest on, by a name such as ``signal spo2``.
    """

    before: str
    after: str
    same_digest: bool
    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    changed: tuple[RuleChange, ...]
    kept: int
    around: Mapping[str, tuple[FieldChange, ...]]

    @property
    def in_every_rule(self) -> tuple[FieldChange, ...]:
        """What changes alike in every rule that is in both, of three rules or more: it can be said once."""
        if self.kept < 3 or len(self.changed) < self.kept:
            return ()
        first, *others = self.changed
        return tuple(change for change in first.changes if all(change in other.changes for other in others))

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs that decides who is told what, and when."""
        return not (self.added or self.removed or self.changed or self.around)

    def as_dict(self) -> dict[str, Any]:
        """Return a mapping of JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "same": self.is_empty,
            "same_digest": self.same_digest,
            "added": [{"rule": rule.key, "title": rule.title, "says": rule_words(rule)} for rule in self.added],
            "removed": [{"rule": rule.key, "title": rule.title, "says": rule_words(rule)} for rule in self.removed],
            "changed": [asdict(change) for change in self.changed],
            "in_every_rule": [asdict(change) for change in self.in_every_rule],
            "around": {name: [asdict(change) for change in changes] for name, changes in self.around.items()},
        }


def policy_difference(before: Policy, after: Policy) -> PolicyDifference:
    """Compare two policies.

    A rule is the same rule if its key is; otherwise a rule that went is paired with one that came if both look at the
    same signal in the same direction: those of one title first, then of one threshold, then of one duration; of
    several, the one with the nearest threshold.
    """
    gone = [rule for rule in before.rules if rule.key not in after.rules_by_key]
    come = [rule for rule in after.rules if rule.key not in before.rules_by_key]
    pairs = {rule.key: after.rules_by_key[rule.key] for rule in before.rules if rule.key in after.rules_by_key}
    for alike in (_same_title, _same_threshold, _same_duration, _same_direction):
        for rule in list(gone):
            matches = [other for other in come if _same_direction(rule, other) and alike(rule, other)]
            if matches:
                match = min(matches, key=lambda other: abs(other.threshold - rule.threshold))
                pairs[rule.key] = match
                gone.remove(rule)
                come.remove(match)
    changed = [
        RuleChange(rule.key, pairs[rule.key].key, pairs[rule.key].title, found)
        for rule in before.rules
        if rule.key in pairs and (found := tuple(_rule_changes(rule, pairs[rule.key])))
    ]
    return PolicyDifference(
        before=f"{before.name} {before.version}",
        after=f"{after.name} {after.version}",
        same_digest=before.digest == after.digest,
        added=tuple(come),
        removed=tuple(gone),
        changed=tuple(changed),
        kept=len(pairs),
        around=dict(_around(before, after)),
    )


def rule_words(rule: Rule) -> str:
    """Say a rule in a sentence, for example ``SpO2 below 88 % for 10 min: medium``."""
    lasting = f"in {rule.readings} readings in a row" if rule.readings else f"for {format_duration(rule.duration_us)}"
    if rule.readings == 1:
        lasting = "in one reading"
    return f"{_signal_words(rule.signal)} {_limit(rule)} {lasting}: {rule.priority.value}"


_SIDE: Final = {
    Operator.BELOW: "below",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "above",
    Operator.AT_LEAST: "at least",
}
_WORDS: Final = {
    "duration_us": "lasting",
    "readings": "readings in a row",
    "clear_threshold": "clears at",
    "clear_after_us": "cleared after",
    "clear_readings": "cleared after readings",
    "refractory_us": "quiet after clearing",
    "latch": "stays until seen",
    "escalation": "goes to",
    "re_raise_after_us": "raised again after",
    "group": "speaks within",
    "signal": "looks at",
}
_NO_WORDS_NEEDED: Final = {"key", "operator", "threshold", "source"}
_NAMES: Final = {"name", "version", "title", "source", "notes", "digest", "rules", "rules_by_key"}


def _same_title(one: Rule, other: Rule) -> bool:
    return one.title == other.title


def _same_threshold(one: Rule, other: Rule) -> bool:
    return (one.operator, one.threshold) == (other.operator, other.threshold)


def _same_duration(one: Rule, other: Rule) -> bool:
    return (one.duration_us, one.readings) == (other.duration_us, other.readings)


def _same_direction(one: Rule, other: Rule) -> bool:
    return one.signal == other.signal and one.operator.looks_down == other.operator.looks_down


def _rule_changes(before: Rule, after: Rule) -> Iterator[FieldChange]:
    if (before.operator, before.threshold) != (after.operator, after.threshold):
        yield FieldChange("threshold", _limit(before), _limit(after), _threshold_effect(before, after))
    yield from _field_changes(before, after, leave_out=_NO_WORDS_NEEDED)
    if before.source != after.source:
        yield FieldChange("source", before.source, after.source)


def _threshold_effect(before: Rule, after: Rule) -> str:
    if before.threshold == after.threshold:
        return ""
    return "earlier" if (after.threshold > before.threshold) == before.operator.looks_down else "later"


def _field_changes(before: Any, after: Any, leave_out: Iterable[str] = ()) -> Iterator[FieldChange]:
    for field in fields(before):
        one, other = getattr(before, field.name), getattr(after, field.name)
        if field.name in leave_out or one == other:
            continue
        effect = ""
        if field.name in ("duration_us", "readings") and one and other:
            effect = "earlier" if other < one else "later"
        words = _WORDS.get(field.name, field.name.removesuffix("_us").replace("_", " "))
        yield FieldChange(words, _said(one, field.name), _said(other, field.name), effect)


def _around(before: Policy, after: Policy) -> Iterator[tuple[str, tuple[FieldChange, ...]]]:
    """Compare everything beside the rules (signals, scores and the like), whatever policies come to hold."""
    for field in fields(Policy):
        if field.name in _NAMES:
            continue
        one, other = _by_name(getattr(before, field.name)), _by_name(getattr(after, field.name))
        singular = field.name.removesuffix("s").replace("_", " ")
        for name in dict.fromkeys([*one, *other]):
            was, now = one.get(name), other.get(name)
            if was == now:
                continue
            is_alike = type(was) is type(now) and is_dataclass(now)
            changes = (
                tuple(_field_changes(was, now)) if is_alike else (FieldChange("described as", _said(was), _said(now)),)
            )
            yield f"{singular} {name}".strip(), changes


def _by_name(parts: Any) -> Mapping[str, Any]:
    if isinstance(parts, Mapping):
        return parts
    return {part.title: part for part in parts} if isinstance(parts, tuple) else {"": parts}


def _signal_words(signal: str) -> str:
    return SIGNALS[signal].title if signal in SIGNALS else signal.replace("_", " ")


def _limit(rule: Rule) -> str:
    unit = SIGNALS[rule.signal].unit if rule.signal in SIGNALS else ""
    unit = {"mm[Hg]": "mmHg", "Cel": "°C"}.get(unit, unit)
    gap = "" if unit.startswith("/") else " "
    return f"{_SIDE[rule.operator]} {rule.threshold:g}{gap if unit else ''}{unit}"


def _said(value: Any, name: str = "") -> str:
    if value is None or value in ((), ""):
        return "none"
    if name.endswith("_us"):
        return format_duration(value)
    if name == "escalation":
        return ", ".join(f"{step.to} after {format_duration(step.after_us)}" for step in value)
    return _said_whole(value) if is_dataclass(value) else _said_plainly(value)


def _said_plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_said(part, str(key))}" for key, part in value.items())
    if isinstance(value, tuple | list):
        return "; ".join(_said(part) for part in value)
    return str(value.value) if isinstance(value, Enum) else str(value)


def _said_whole(value: Any) -> str:
    parts = {field.name: getattr(value, field.name) for field in fields(value)}
    told = {name: part for name, part in parts.items() if part is not None and part not in ((), "")}
    return ", ".join(
        f"{name.removesuffix('_us').replace('_', ' ')} {_said(part, name)}"
        for name, part in told.items()
        if name not in ("name", "title")
    )
