"""Which of two rules about one thing goes before the other."""

from __future__ import annotations

from fyr.attention.policy import Rule, Tier

__all__ = ["is_above", "may_not_speak_for"]


def is_above(one: Rule, other: Rule) -> bool:
    """Whether the first rule is more urgent than the second, or as urgent and further out on the same signal.

    Of two that are neither, the one that stands speaks for the one that comes: nobody is told twice of one thing.
    """
    if one.priority is not other.priority:
        return one.priority.urgency > other.priority.urgency
    if one.signal != other.signal:
        return False
    return one.threshold < other.threshold if one.operator.looks_down else one.threshold > other.threshold


def may_not_speak_for(one: Rule, other: Rule) -> bool:
    """Whether the second is a safety rule and the first is none: what can be made to wait must not stand before it."""
    return other.tier is Tier.SAFETY and one.tier is not Tier.SAFETY
