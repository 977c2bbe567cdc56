"""A policy as the plain arrays that the alarm kernel reads: how long, who speaks for whom, what comes next."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fyr.attention import Policy, Rule
from fyr.attention.precedence import is_above, may_not_speak_for
from fyr.watch.compiled_policy import CompiledPolicy

__all__ = ["COVERS", "ENDS", "MILDER", "NO_TIMER", "AlarmTables", "alarm_tables"]

NO_TIMER: Final = np.iinfo(np.int64).max
"""A time that never comes."""


COVERS: Final = 1
"""The second, while its condition stands, speaks for the first."""
ENDS: Final = 2
"""The first, when it is raised, takes the place of the second."""
MILDER: Final = 4
"""The second is less urgent."""

_RULE: Final = np.dtype(
    [
        ("refractory_us", np.int64),
        ("re_raise_after_us", np.int64),
        ("first_step", np.int32),
        ("end_step", np.int32),
        ("group", np.int32),
        ("urgency", np.int8),
        ("latch", np.bool_),
        ("technical", np.bool_),
    ],
    align=True,
)
"""`re_raise_after_us` is `NO_TIMER` where it is not raised again; its escalation steps are from `first_step` up to
`end_step`."""


class AlarmTables(NamedTuple):
    """What the alarm kernel needs of a policy; rules and signals by their index in the compiled policy."""

    rules: NDArray[np.void]
    relations: NDArray[np.uint8]
    """Shape (rules, rules): `COVERS`, `ENDS` and `MILDER` of two different rules of one group, added."""
    step_after_us: NDArray[np.int64]
    """Shape (steps,)."""
    technical_after_us: NDArray[np.int64]
    """Shape (signals,); `NO_TIMER` where nobody is ever told of a loss."""
    assumed_response_us: int
    """`NO_TIMER` where nobody responds."""


def alarm_tables(policy: Policy, compiled: CompiledPolicy, assumed_response_us: int | None) -> AlarmTables:
    """Turn what a policy says about alarms into arrays."""
    rules = compiled.rules
    groups = {name: number for number, name in enumerate(dict.fromkeys(rule.group for rule in rules))}
    table = np.zeros(len(rules), _RULE)
    first = 0
    for row, rule in zip(table, rules, strict=True):
        row["refractory_us"] = rule.refractory_us
        row["re_raise_after_us"] = NO_TIMER if rule.re_raise_after_us is None else rule.re_raise_after_us
        row["first_step"], row["end_step"] = first, first + len(rule.escalation)
        first += len(rule.escalation)
        row["group"], row["urgency"] = groups[rule.group], rule.priority.urgency
        row["latch"], row["technical"] = rule.latch, rule.technical
    relations = np.array([[_relation(one, other) for other in rules] for one in rules], np.uint8)
    after_us = [policy.signals[name].technical_after_us for name in compiled.signals[: compiled.watched]]
    return AlarmTables(
        rules=table,
        relations=relations.reshape(len(rules), len(rules)),
        step_after_us=np.array([step.after_us for rule in rules for step in rule.escalation], np.int64),
        technical_after_us=np.array([NO_TIMER if one is None else one for one in after_us], np.int64),
        assumed_response_us=NO_TIMER if assumed_response_us is None else assumed_response_us,
    )


def _relation(one: Rule, other: Rule) -> int:
    if one.key == other.key or one.group != other.group:
        return 0
    covers = not is_above(one, other) and not may_not_speak_for(other, one)
    ends = is_above(one, other) and not may_not_speak_for(one, other)
    return COVERS * covers + ENDS * ends + MILDER * (other.priority.urgency < one.priority.urgency)
