"""What needs a human now: conditions, the alarm state machine, policies, the worklist."""

from fyr.attention.alarms import PatientAlarms
from fyr.attention.budget import AlarmBudget
from fyr.attention.finding_condition import FindingCondition, select_by_findings
from fyr.attention.fold import apply_event
from fyr.attention.notification import (
    LIVE_STATES,
    Acknowledge,
    Act,
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
from fyr.attention.override import Override, Revocation, apply_overrides
from fyr.attention.patient_policy import patient_policy
from fyr.attention.policy import (
    BaselinePolicy,
    ChangePolicy,
    DerivedPolicy,
    EscalationStep,
    Operator,
    Policy,
    Rule,
    ScoreInput,
    ScorePolicy,
    SignalPolicy,
    Tier,
    TogetherCondition,
    TogetherPolicy,
)
from fyr.attention.policy_change import Limit, OxygenScale, TurnOff
from fyr.attention.policy_file import load_policy, parse_policy, shipped_policies
from fyr.attention.technical import TechnicalCondition, TechnicalKind, technical_subject

__all__ = [
    "LIVE_STATES",
    "Acknowledge",
    "Act",
    "Action",
    "AlarmBudget",
    "AlarmEvent",
    "AlarmEventKind",
    "BaselinePolicy",
    "Change",
    "ChangePolicy",
    "ConditionChange",
    "DerivedPolicy",
    "EscalationStep",
    "FindingCondition",
    "Limit",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Operator",
    "Override",
    "OxygenScale",
    "PatientAlarms",
    "Pause",
    "Policy",
    "Priority",
    "Revocation",
    "Rule",
    "ScoreInput",
    "ScorePolicy",
    "SignalPolicy",
    "TechnicalCondition",
    "TechnicalKind",
    "Tier",
    "TogetherCondition",
    "TogetherPolicy",
    "TurnOff",
    "apply_event",
    "apply_overrides",
    "load_policy",
    "notification_id",
    "parse_policy",
    "patient_policy",
    "select_by_findings",
    "shipped_policies",
    "technical_subject",
]
