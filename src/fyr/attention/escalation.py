"""Who hears of a notification that nobody takes: one step further up, and back down again."""

from __future__ import annotations

from typing import Any

from fyr.attention.notification import Notification
from fyr.attention.policy import EscalationStep, Rule

__all__ = ["next_step", "step_back"]


def next_step(rule: Rule | None, notification: Notification) -> EscalationStep | None:
    """Return the step that comes next while nobody takes it, or ``None``."""
    if rule is None or not notification.needs_someone or notification.escalation_step >= len(rule.escalation):
        return None
    return rule.escalation[notification.escalation_step]


def step_back(rule: Rule, notification: Notification) -> dict[str, Any]:
    """Return the detail of going back one step: from whom, to whom (empty: those at the bedside), and which step.

    The notification must have been escalated.
    """
    step = notification.escalation_step - 1
    to = rule.escalation[step - 1].to if 0 < step <= len(rule.escalation) else ""
    return {"from": notification.escalated_to, "to": to, "step": step}
