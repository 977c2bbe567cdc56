"""A policy as the plain arrays that the alarm kernel reads: how long, who speaks for whom, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy, Rule
from fyr.attention.precedence import is_above, may_not_speak_for
from fyr.watch.compiled_policy import CompiledPolicy

__all__ = ["NO_TIMER", "AlarmTables", "alarm_tables"]

NO_TIMER: Final = np.iinfo(np.int64).max
"""A time that never comes."""

_Holds = Callable[[Rule, Rule], bool]


class AlarmTables(NamedTuple):
    """What the alarm kernel needs of a policy; rules and signals by their index in the compiled policy."""

    refractory_us: NDArray[np.int64]
    """Shape (rules,)."""
    re_raise_after_us: NDArray[np.int64]
    """Shape (rules,); `NO_TIMER` where it is not raised again."""
    latch: NDArray[np.bool_]
    """Shape (rules,)."""
    urgency: NDArray[np.int8]
    """Shape (rules,)."""
    group: NDArray[np.int32]
    """Shape (rules,)."""
    first_step: NDArray[np.int64]
    """Shape (rules + 1,): the escalation steps of rule ``r`` are from ``first_step[r]`` up to ``first_step[r + 1]``."""
    step_after_us: NDArray[np.int64]
    """Shape (steps,)."""
    covers: NDArray[np.bool_]
    """Shape (rules, rules): whether the second, while its condition stands, speaks for the first."""
    ends: NDArray[np.bool_]
    """Shape (rules, rules): whether the first, when it is raised, takes the place of the second."""
    milder: NDArray[np.bool_]
    """Shape (rules, rules): whether the second is of the first's group and less urgent."""
    technical_after_us: NDArray[np.int64]
    """Shape (signals,); `NO_TIMER` where nobody is ever told of a loss."""
    assumed_response_us: int
    """`NO_TIMER` where nobody responds."""


def alarm_tables(policy: Policy, compiled: CompiledPolicy, assumed_response_us: int | None) -> AlarmTables:
    """Turn what a policy says about alarms into arrays."""
    rules = compiled.rules
    groups = {name: number for number, name in enumerate(dict.fromkeys(rule.group for rule in rules))}
    steps = [len(rule.escalation) for rule in rules]
    signals = [policy.signals[name] for name in compiled.signals[: compiled.watched]]
    return AlarmTables(
        refractory_us=np.array([rule.refractory_us for rule in rules], np.int64),
        re_raise_after_us=_times([rule.re_raise_after_us for rule in rules]),
        latch=np.array([rule.latch for rule in rules], np.bool_),
        urgency=np.array([rule.priority.urgency for rule in rules], np.int8),
        group=np.array([groups[rule.group] for rule in rules], np.int32),
        first_step=np.concatenate([[0], np.cumsum(steps)]).astype(np.int64),
        step_after_us=np.array([step.after_us for rule in rules for step in rule.escalation], np.int64),
        covers=_pairs(rules, lambda one, other: not is_above(one, other) and not may_not_speak_for(other, one)),
        ends=_pairs(rules, lambda one, other: is_above(one, other) and not may_not_speak_for(one, other)),
        milder=_pairs(rules, lambda one, other: other.priority.urgency < one.priority.urgency),
        technical_after_us=_times([signal.technical_after_us for signal in signals]),
        assumed_response_us=NO_TIMER if assumed_response_us is None else assumed_response_us,
    )


def _times(times_us: list[int | None]) -> NDArray[np.int64]:
    return np.array([NO_TIMER if time_us is None else time_us for time_us in times_us], np.int64)


def _pairs(rules: tuple[Rule, ...], holds: _Holds) -> NDArray[np.bool_]:
    """Ask a question about every two different rules of one group."""
    found = np.zeros((len(rules), len(rules)), np.bool_)
    for row, one in enumerate(rules):
        for column, other in enumerate(rules):
            found[row, column] = row != column and one.group == other.group and holds(one, other)
    return found
