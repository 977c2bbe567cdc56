"""What needs a human now: conditions, the alarm state machine, policies, the worklist."""

from fyr.attention.alarms import PatientAlarms, technical_subject
from fyr.attention.fold import apply_event
from fyr.attention.notification import (
    LIVE_STATES,
    Acknowledge,
    Action,
    AlarmEvent,
    AlarmEventKind,
    Change,
    ConditionChange,
    Notification,
    NotificationKind,
    NotificationState,
    Pause,
    Priority,
    notification_id,
)
from fyr.attention.policy import EscalationStep, Operator, Policy, Rule, ScoreInput, ScorePolicy, SignalPolicy
from fyr.attention.policy_file import load_policy, parse_policy, shipped_policies

__all__ = [
    "LIVE_STATES",
    "Acknowledge",
    "Action",
    "AlarmEvent",
    "AlarmEventKind",
    "Change",
    "ConditionChange",
    "EscalationStep",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Operator",
    "PatientAlarms",
    "Pause",
    "Policy",
    "Priority",
    "Rule",
    "ScoreInput",
    "ScorePolicy",
    "SignalPolicy",
    "apply_event",
    "load_policy",
    "notification_id",
    "parse_policy",
    "shipped_policies",
    "technical_subject",
]
