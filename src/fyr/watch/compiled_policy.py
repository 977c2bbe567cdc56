"""A policy as the kernel's plain arrays, over every signal that Fyr knows and every score that the policy computes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy, Rule
from fyr.record import SIGNALS
from fyr.watch.kernel import RULE, SIGNAL

__all__ = ["CompiledPolicy", "compile_policy"]

_NEVER_LOST: Final = np.iinfo(np.int64).max // 4
"""The tolerance of a signal that the policy does not ask about: kept and shown, never missed."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """What the kernel needs of a policy.

    Parameters
    ----------
    signals : tuple of str
        The policy's signals first, then the vocabulary's others.
    watched : int
        How many of them the policy asks about.
    rules : tuple of Rule
        Sorted by signal, as in `rule_table`.
    signal_table, rule_table : ndarray of SIGNAL and of RULE
        See :mod:`fyr.watch.kernel`.
    most_rules : int
        The largest number of rules of one signal.
    """

    signals: tuple[str, ...]
    watched: int
    rules: tuple[Rule, ...]
    signal_table: NDArray[np.void]
    rule_table: NDArray[np.void]
    most_rules: int


def compile_policy(policy: Policy) -> CompiledPolicy:
    """Turn a policy into arrays."""
    signals = (*policy.signals, *(name for name in SIGNALS if name not in policy.signals))
    rules = tuple(sorted(policy.rules, key=lambda rule: signals.index(rule.signal)))
    signal_table = np.zeros(len(signals), SIGNAL)
    first = 0
    for row, name in zip(signal_table, signals, strict=True):
        own = [rule for rule in rules if rule.signal == name]
        row["first_rule"], row["end_rule"] = first, first + len(own)
        first += len(own)
        part = policy.signals.get(name)
        row["tolerance_us"] = part.gap_tolerance_us if part else _NEVER_LOST
        row["continuous"] = part.continuous if part else True
        row["plausible_low"], row["plausible_high"] = low, high = (
            (part.plausible_low, part.plausible_high) if part else (-np.inf, np.inf)
        )
        row["ordinary_low"], row["ordinary_high"] = _ordinary(own, low, high)
    rule_table = np.zeros(len(rules), RULE)
    for row, rule in zip(rule_table, rules, strict=True):
        sign = -1.0 if rule.operator.looks_down else 1.0
        above, below = sign * rule.threshold, sign * rule.clear_threshold
        row["sign"] = sign
        row["deviates_above"] = math.nextafter(above, -math.inf) if _is_inclusive(rule) else above
        row["clears_below"] = below if _is_inclusive(rule) else math.nextafter(below, math.inf)
        row["need"] = rule.readings or rule.duration_us
        row["clear_need"] = rule.clear_readings if rule.readings else rule.clear_after_us
    most_rules = int((signal_table["end_rule"] - signal_table["first_rule"]).max())
    return CompiledPolicy(signals, len(policy.signals), rules, signal_table, rule_table, most_rules)


def _is_inclusive(rule: Rule) -> bool:
    return rule.operator.value.endswith("=")


def _ordinary(rules: list[Rule], low: float, high: float) -> tuple[float, float]:
    """Return the ends, both included, of the values that are plausible and where none of a signal's rules deviates."""
    for rule in rules:
        threshold = rule.threshold
        if rule.operator.looks_down:
            low = max(low, math.nextafter(threshold, math.inf) if _is_inclusive(rule) else threshold)
        else:
            high = min(high, math.nextafter(threshold, -math.inf) if _is_inclusive(rule) else threshold)
    return low, high
