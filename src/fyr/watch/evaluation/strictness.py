"""A policy made quicker or more patient: the family along which load is traded against missed events.

Each member is a policy of its own that is replayed for itself; nothing between two members is ever guessed.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from fyr.attention import Policy, Rule
from fyr.attention.policy import Tier
from fyr.clock import MINUTE_US, SECOND_US

__all__ = ["FACTORS", "FAMILY", "paced"]

FACTORS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Fyr's own choice: two steps quicker, three more patient, each by half or double."""

FAMILY: Final = (
    "every duration and number of readings that a rule asks for, times the factor; safety rules, limits, clearing and "
    "refractory times stay as they are; above 1 a rule that asks less than a minute counts as asking one"
)
"""What the factor does, in words for a reader of the numbers."""


def paced(policy: Policy, factor: float) -> Policy:
    """Return the policy with what its rules wait for multiplied by a factor.

    The rules keep their keys, so that what is said at two factors can be held against each other rule by rule, and so
    that the policy's ``when_finding`` entries still find them; a key therefore tells the duration at factor 1.

    Parameters
    ----------
    policy : Policy
    factor : float
        More than 0. Below 1 rules speak sooner, never sooner than after a second or one reading.

    Returns
    -------
    Policy
        The policy itself at factor 1, and wherever the factor changes no rule.
    """
    if not factor > 0:
        raise ValueError(f"a factor is more than 0, not {factor:g}")
    rules = tuple(_paced(rule, factor) for rule in policy.rules)
    if rules == policy.rules:
        return policy
    digest = hashlib.sha256(f"{policy.digest} x{factor:g}".encode()).hexdigest()
    return replace(policy, rules=rules, digest=digest)


def _paced(rule: Rule, factor: float) -> Rule:
    if rule.tier is Tier.SAFETY or factor == 1:
        return rule
    asked_us = max(rule.duration_us, MINUTE_US) if factor > 1 else rule.duration_us
    duration_us = max(round(asked_us * factor), min(SECOND_US, rule.duration_us)) if rule.duration_us else 0
    readings = max(1, round(rule.readings * factor)) if rule.readings else 0
    return replace(rule, duration_us=duration_us, readings=readings)
