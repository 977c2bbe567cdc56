"""What needs a human now: conditions, the alarm state machine, policies, the worklist."""

from fyr.attention.acm import AcmPhase, AcmState, acm_phase, acm_state
from fyr.attention.alarms import PatientAlarms
from fyr.attention.budget import AlarmBudget, Release, Waiting
from fyr.attention.escalation import next_step
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
from fyr.attention.override import Override, Revocation, apply_overrides, in_force, next_change_us
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
from fyr.attention.policy_change import Limit, OxygenScale, PolicyChange, TurnOff, change_from_dict, safety_bound
from fyr.attention.policy_file import load_policy, parse_policy, shipped_policies
from fyr.attention.technical import TechnicalCondition, TechnicalKind, technical_subject

__all__ = [
    "LIVE_STATES",
    "Acknowledge",
    "AcmPhase",
    "AcmState",
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
    "PolicyChange",
    "Priority",
    "Release",
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
    "Waiting",
    "acm_phase",
    "acm_state",
    "apply_event",
    "apply_overrides",
    "change_from_dict",
    "in_force",
    "load_policy",
    "next_change_us",
    "next_step",
    "notification_id",
    "parse_policy",
    "patient_policy",
    "safety_bound",
    "select_by_findings",
    "shipped_policies",
    "technical_subject",
]
