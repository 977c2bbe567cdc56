"""A policy as the kernel's plain arrays, over every signal that Fyr knows and every score that the policy computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy, Rule
from fyr.record import SIGNALS
from fyr.watch.kernel import RuleTable, SignalTable

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
    signal_table, rule_table
        See :mod:`fyr.watch.kernel`.
    most_rules : int
        The largest number of rules of one signal.
    """

    signals: tuple[str, ...]
    watched: int
    rules: tuple[Rule, ...]
    signal_table: SignalTable
    rule_table: RuleTable
    most_rules: int


def compile_policy(policy: Policy) -> CompiledPolicy:
    """Turn a policy into arrays."""
    others = [name for name in SIGNALS if name not in policy.signals]
    signals = (*policy.signals, *others)
    rules = tuple(sorted(policy.rules, key=lambda rule: signals.index(rule.signal)))
    counts = [sum(rule.signal == name for rule in rules) for name in signals]
    parts = list(policy.signals.values())
    plausible_low = np.array([part.plausible_low for part in parts] + [-np.inf] * len(others))
    plausible_high = np.array([part.plausible_high for part in parts] + [np.inf] * len(others))
    low, high = _ordinary(signals, rules, plausible_low, plausible_high)
    return CompiledPolicy(
        signals=signals,
        watched=len(parts),
        rules=rules,
        signal_table=SignalTable(
            plausible_low=plausible_low,
            plausible_high=plausible_high,
            ordinary_low=low,
            ordinary_high=high,
            tolerance_us=np.array([part.gap_tolerance_us for part in parts] + [_NEVER_LOST] * len(others), np.int64),
            continuous=np.array([part.continuous for part in parts] + [True] * len(others)),
            first_rule=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        ),
        rule_table=RuleTable(
            looks_down=np.array([rule.operator.looks_down for rule in rules]),
            inclusive=np.array([rule.operator.value.endswith("=") for rule in rules]),
            threshold=np.array([rule.threshold for rule in rules]),
            need=np.array([rule.readings or rule.duration_us for rule in rules], np.int64),
            clear_threshold=np.array([rule.clear_threshold for rule in rules]),
            clear_need=np.array(
                [rule.clear_readings if rule.readings else rule.clear_after_us for rule in rules], np.int64
            ),
        ),
        most_rules=max(counts),
    )


def _ordinary(
    signals: tuple[str, ...], rules: tuple[Rule, ...], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends, both included, of the values of each signal that are plausible and where no rule deviates."""
    low, high = low.copy(), high.copy()
    for rule in rules:
        s, is_inclusive = signals.index(rule.signal), rule.operator.value.endswith("=")
        if rule.operator.looks_down:
            low[s] = max(low[s], np.nextafter(rule.threshold, np.inf) if is_inclusive else rule.threshold)
        else:
            high[s] = min(high[s], np.nextafter(rule.threshold, -np.inf) if is_inclusive else rule.threshold)
    return low, high
