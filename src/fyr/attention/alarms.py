"""The alarm state machine of one patient: condition changes, time and people's actions in, alarm events out.

::

    onset ──► raised ──► acknowledged ──► cleared
                │  │ ▲         │ (condition gone)
                │  │ └ paused ◄┘
                │  └► escalated (nobody came)
                └► latched (condition gone, nobody came) ──acknowledge──► cleared

Nothing is forgotten: an onset about which nobody is told (refractory time, or a more urgent alarm of the same group
already speaks for it) is *held*. If its condition still stands when the reason ends, it is raised then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from fyr.attention.fold import apply_event
from fyr.attention.notification import (
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
    notification_id,
)
from fyr.attention.policy import EscalationStep, Policy, Rule
from fyr.clock import format_duration, to_iso
from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.record.vocabulary import SIGNALS

__all__ = ["PatientAlarms", "technical_subject"]

_Kind: Final = AlarmEventKind
_State: Final = NotificationState


def technical_subject(signal: str) -> str:
    """Name the technical notification about a signal.

    >>> technical_subject("spo2")
    'spo2 not assessable'
    """
    return f"{signal} not assessable"


@dataclass(frozen=True, slots=True)
class _Held:
    """An onset about which nobody was told yet, and until when (``None``: as long as something covers it)."""

    time_us: int
    until_us: int | None
    detail: dict[str, Any]


class PatientAlarms:
    """What staff are told about one patient, and everything that led to it.

    Parameters
    ----------
    patient : PatientId
    policy : Policy
    assumed_response_us : int, optional
        For replay, where nobody is there to act: acknowledge every notification about the patient's body so long after
        it was raised. Without it, nobody acknowledges anything unless :meth:`act` says so.

    Notes
    -----
    Feed :meth:`change`, :meth:`act` and :meth:`advance` in order of time; each returns the events that it caused. The
    same calls give the same events, and folding the events with
    :func:`fyr.attention.fold.apply_event` gives :attr:`live` again.
    """

    def __init__(self, patient: PatientId, policy: Policy, *, assumed_response_us: int | None = None) -> None:
        self.patient = patient
        self.policy = policy
        self.assumed_response_us = assumed_response_us
        self.live: dict[str, Notification] = {}
        self.now_us = 0
        self.lost_since_us: dict[str, int] = {}
        self._sequence = 0
        self._present: set[str] = set()
        self._held: dict[str, _Held] = {}
        self._refractory_until_us: dict[str, int] = {}
        self._technical_due_us: dict[str, int] = {}

    def change(self, change: ConditionChange) -> list[AlarmEvent]:
        """Take one change of condition; timers that were due before it fire first.

        A signal that comes back in the very instant in which staff would have been told of its loss needs nobody.
        """
        events = self.advance(change.time_us - (change.change is Change.BACK))
        handle = {
            Change.ONSET: self._onset,
            Change.CLEAR: self._clear,
            Change.BRIEF: self._brief,
            Change.INTERRUPTED: self._brief,
            Change.LOST: self._lost,
            Change.BACK: self._back,
            Change.IMPLAUSIBLE: self._implausible,
        }[change.change]
        events.extend(handle(change))
        return events

    def act(self, action: Action) -> list[AlarmEvent]:
        """Take a person's action.

        Raises
        ------
        BadInput
            If there is no such live notification, or the action does not fit it.
        """
        notification = next((n for n in self.live.values() if n.id == action.notification), None)
        if notification is None:
            raise BadInput(
                f"no live notification {action.notification} of {self.patient}",
                mend="look at the board again: it may have cleared",
            )
        events = self.advance(action.time_us)
        notification = self.live.get(notification.subject, notification)
        if isinstance(action, Acknowledge):
            events.extend(self._acknowledge(notification, action))
        else:
            events.extend(self._pause(notification, action))
        return events

    def advance(self, now_us: int) -> list[AlarmEvent]:
        """Let time pass: escalation, pause and refractory expiry, technical notifications, each at its own time."""
        events: list[AlarmEvent] = []
        while (timer := min(self._timers(), default=None, key=lambda timer: timer[0])) and timer[0] <= now_us:
            due_us, fire, about = timer
            self.now_us = max(self.now_us, due_us)
            events.extend(fire(about, due_us))
        self.now_us = max(self.now_us, now_us)
        return events

    def _timers(self) -> Iterator[tuple[int, Callable[[str, int], list[AlarmEvent]], str]]:
        for subject, notification in self.live.items():
            if notification.state is _State.PAUSED and notification.paused_until_us is not None:
                yield notification.paused_until_us, self._pause_ends, subject
            if (
                self.assumed_response_us is not None
                and notification.needs_someone
                and subject in self.policy.rules_by_key
            ):
                yield notification.unanswered_since_us + self.assumed_response_us, self._assumed_response, subject
            step = self._next_escalation(notification)
            if step is not None:
                yield notification.unanswered_since_us + step.after_us, self._escalate, subject
        for subject, held in self._held.items():
            if held.until_us is not None:
                yield held.until_us, self._refractory_ends, subject
        for signal, due_us in self._technical_due_us.items():
            yield due_us, self._technical, signal

    def _onset(self, change: ConditionChange) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key[change.subject]
        detail = _evidence(rule, change)
        events = [self._record(self._event(change.time_us, _Kind.ONSET, rule.key, detail=detail))]
        was_present = rule.key in self._present
        self._present.add(rule.key)
        existing = self.live.get(rule.key)
        if existing is not None:
            reason = _already(existing, returned=not was_present)
            return [*events, self._suppressed(change.time_us, rule.key, reason, detail, existing.id)]
        if rule.key in self._held:
            reason = "not cleared since the onset before it, which is held back"
            return [*events, self._suppressed(change.time_us, rule.key, reason, detail)]
        return [*events, *self._raise_or_hold(rule, change.time_us, detail)]

    def _raise_or_hold(self, rule: Rule, time_us: int, detail: dict[str, Any]) -> list[AlarmEvent]:
        covering = self._covering(rule)
        if covering is not None:
            self._held[rule.key] = _Held(time_us, None, detail)
            reason = f"covered by {covering.subject}"
            return [self._suppressed(time_us, rule.key, reason, detail, covering.id)]
        until_us = self._refractory_until_us.get(rule.key, 0)
        if time_us < until_us:
            self._held[rule.key] = _Held(time_us, until_us, detail)
            reason = f"refractory until {to_iso(until_us)}"
            return [self._suppressed(time_us, rule.key, reason, detail)]
        return self._raise(rule, time_us, detail, reason="")

    def _raise(self, rule: Rule, time_us: int, detail: dict[str, Any], reason: str) -> list[AlarmEvent]:
        event = self._event(
            time_us,
            _Kind.RAISED,
            rule.key,
            notification=notification_id(self.patient, rule.key, time_us),
            reason=reason,
            detail={
                **detail,
                "title": rule.title,
                "priority": rule.priority.value,
                "kind": NotificationKind.PHYSIOLOGICAL.value,
            },
        )
        events = [self._record(event)]
        for other in self._less_urgent_in_group(rule):
            if other.subject in self._present:
                self._held[other.subject] = _Held(time_us, None, dict(other.evidence))
            events.append(self._end(other, time_us, f"covered by {rule.key}, which is more urgent"))
        return events

    def _clear(self, change: ConditionChange) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key[change.subject]
        self._present.discard(rule.key)
        self._held.pop(rule.key, None)
        notification = self.live.get(rule.key)
        if notification is None:
            return []
        self._refractory_until_us[rule.key] = change.time_us + rule.refractory_us
        if notification.needs_someone and rule.latch:
            reason = "the condition is gone, nobody has acknowledged it"
            event = self._event(change.time_us, _Kind.LATCHED, rule.key, notification.id, reason)
            return [self._record(event), *self._uncover(rule, change.time_us)]
        reason = "the condition is gone"
        return [self._end(notification, change.time_us, reason), *self._uncover(rule, change.time_us)]

    def _uncover(self, rule: Rule, time_us: int) -> list[AlarmEvent]:
        events: list[AlarmEvent] = []
        waiting = [key for key, held in self._held.items() if held.until_us is None]
        for key in sorted(waiting, key=lambda key: -self.policy.rules_by_key[key].priority.urgency):
            other = self.policy.rules_by_key[key]
            if other.group == rule.group and self._covering(other) is None:
                events.extend(self._release(key, time_us, f"{rule.key} no longer covers it"))
        return events

    def _refractory_ends(self, key: str, time_us: int) -> list[AlarmEvent]:
        return self._release(key, time_us, "the refractory time ended")

    def _release(self, key: str, time_us: int, why: str) -> list[AlarmEvent]:
        held = self._held.pop(key)
        rule = self.policy.rules_by_key[key]
        covering = self._covering(rule)
        if covering is not None:
            self._held[key] = replace(held, until_us=None)
            return []
        until_us = self._refractory_until_us.get(key, 0)
        if time_us < until_us:
            self._held[key] = replace(held, until_us=until_us)
            return []
        return self._raise(rule, time_us, held.detail, reason=f"held since {to_iso(held.time_us)}; {why}")

    def _brief(self, change: ConditionChange) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key[change.subject]
        lasted = f"{change.amount:g} readings" if rule.readings else format_duration(int(change.amount))
        asked = f"{rule.readings} readings" if rule.readings else format_duration(rule.duration_us)
        cut = ", then a gap" if change.change is Change.INTERRUPTED else ""
        reason = f"did not last: {lasted} of {asked}{cut}"
        return [self._suppressed(change.time_us, rule.key, reason, _evidence(rule, change))]

    def _implausible(self, change: ConditionChange) -> list[AlarmEvent]:
        signal = self.policy.signals[change.subject]
        reason = f"implausible: outside {signal.plausible_low:g} to {signal.plausible_high:g}"
        detail = {
            "signal": change.subject,
            "value": change.value,
            "samples": int(change.amount),
            "start_us": change.start_us,
        }
        return [self._suppressed(change.time_us, change.subject, reason, detail)]

    def _lost(self, change: ConditionChange) -> list[AlarmEvent]:
        signal = self.policy.signals[change.subject]
        self.lost_since_us[signal.signal] = change.time_us
        if signal.technical_after_us is not None:
            self._technical_due_us[signal.signal] = change.time_us + signal.technical_after_us
        return [self._record(self._event(change.time_us, _Kind.NOT_ASSESSABLE, signal.signal))]

    def _back(self, change: ConditionChange) -> list[AlarmEvent]:
        signal = change.subject
        since_us = self.lost_since_us.pop(signal, None)
        self._technical_due_us.pop(signal, None)
        detail = {"since_us": since_us} if since_us is not None else {}
        events = [self._record(self._event(change.time_us, _Kind.ASSESSABLE, signal, detail=detail))]
        technical = self.live.get(technical_subject(signal))
        if technical is not None:
            events.append(self._end(technical, change.time_us, "the signal is back"))
        return events

    def _technical(self, signal: str, time_us: int) -> list[AlarmEvent]:
        del self._technical_due_us[signal]
        subject = technical_subject(signal)
        if subject in self.live:
            return []
        known = SIGNALS.get(signal)
        event = self._event(
            time_us,
            _Kind.RAISED,
            subject,
            notification=notification_id(self.patient, subject, time_us),
            detail={
                "signal": signal,
                "title": f"{known.title if known else signal}: not assessable",
                "priority": self.policy.signals[signal].technical_priority.value,
                "kind": NotificationKind.TECHNICAL.value,
                "since_us": self.lost_since_us[signal],
            },
        )
        return [self._record(event)]

    def _assumed_response(self, subject: str, time_us: int) -> list[AlarmEvent]:
        return self._acknowledge(self.live[subject], Acknowledge(self.live[subject].id, "assumed", time_us))

    def _acknowledge(self, notification: Notification, action: Acknowledge) -> list[AlarmEvent]:
        if not notification.needs_someone:
            raise BadInput(
                f"the notification '{notification.title}' is already {notification.state}"
                f"{f' by {notification.by}' if notification.by else ''}",
                mend="nothing more is needed",
            )
        event = self._event(
            action.time_us, _Kind.ACKNOWLEDGED, notification.subject, notification.id, action.note, action.person
        )
        events = [self._record(event)]
        if notification.kind is NotificationKind.PHYSIOLOGICAL and notification.subject not in self._present:
            rule = self.policy.rules_by_key[notification.subject]
            latched = self.live[notification.subject]
            events.append(self._end(latched, action.time_us, "acknowledged after the condition had gone"))
            events.extend(self._uncover(rule, action.time_us))
        return events

    def _pause(self, notification: Notification, action: Pause) -> list[AlarmEvent]:
        if action.until_us <= action.time_us:
            raise BadInput("a pause must end after it begins", mend="give a number of minutes greater than 0")
        if not action.reason.strip():
            raise BadInput("a pause needs a reason", mend="say why in a few words")
        detail = {"until_us": action.until_us}
        event = self._event(
            action.time_us, _Kind.PAUSED, notification.subject, notification.id, action.reason, action.person, detail
        )
        return [self._record(event)]

    def _pause_ends(self, subject: str, time_us: int) -> list[AlarmEvent]:
        notification = self.live[subject]
        is_gone = notification.kind is NotificationKind.PHYSIOLOGICAL and subject not in self._present
        if is_gone:
            return [self._end(notification, time_us, "the pause ended and the condition is gone")]
        return [self._record(self._event(time_us, _Kind.RESUMED, subject, notification.id, "the pause ended"))]

    def _escalate(self, subject: str, time_us: int) -> list[AlarmEvent]:
        notification = self.live[subject]
        step = self._next_escalation(notification)
        if step is None:
            return []
        reason = f"nobody acknowledged it within {format_duration(step.after_us)}"
        detail = {"to": step.to, "step": notification.escalation_step + 1}
        return [self._record(self._event(time_us, _Kind.ESCALATED, subject, notification.id, reason, detail=detail))]

    def _next_escalation(self, notification: Notification) -> EscalationStep | None:
        rule = self.policy.rules_by_key.get(notification.subject)
        if rule is None or not notification.needs_someone or notification.escalation_step >= len(rule.escalation):
            return None
        return rule.escalation[notification.escalation_step]

    def _covering(self, rule: Rule) -> Notification | None:
        for other in self.live.values():
            other_rule = self.policy.rules_by_key.get(other.subject)
            if (
                other_rule is not None
                and other_rule.key != rule.key
                and other_rule.group == rule.group
                and other.condition_present
                and _outranks(other_rule, rule)
            ):
                return other
        return None

    def _less_urgent_in_group(self, rule: Rule) -> list[Notification]:
        return [
            notification
            for notification in self.live.values()
            if (other := self.policy.rules_by_key.get(notification.subject)) is not None
            and other.key != rule.key
            and other.group == rule.group
            and not _outranks(other, rule)
        ]

    def _end(self, notification: Notification, time_us: int, reason: str) -> AlarmEvent:
        return self._record(self._event(time_us, _Kind.CLEARED, notification.subject, notification.id, reason))

    def _suppressed(
        self, time_us: int, subject: str, reason: str, detail: dict[str, Any], notification: str | None = None
    ) -> AlarmEvent:
        return self._event(time_us, _Kind.SUPPRESSED, subject, notification, reason, detail=detail)

    def _event(
        self,
        time_us: int,
        kind: AlarmEventKind,
        subject: str,
        notification: str | None = None,
        reason: str = "",
        by: str = "",
        detail: dict[str, Any] | None = None,
    ) -> AlarmEvent:
        self._sequence += 1
        return AlarmEvent(self.patient, self._sequence, time_us, kind, subject, notification, reason, by, detail or {})

    def _record(self, event: AlarmEvent) -> AlarmEvent:
        apply_event(self.live, event)
        return event


def _outranks(one: Rule, other: Rule) -> bool:
    """Whether the first rule speaks for the second: more urgent, or as urgent and further out."""
    if one.priority is not other.priority:
        return one.priority.urgency > other.priority.urgency
    if one.operator.looks_down:
        return one.threshold < other.threshold
    return one.threshold > other.threshold


def _already(existing: Notification, *, returned: bool) -> str:
    if existing.state is _State.PAUSED and existing.paused_until_us is not None:
        return f"paused by {existing.by} until {to_iso(existing.paused_until_us)}"
    if returned:
        return f"came back while its notification is still {existing.state}"
    return f"not cleared since {to_iso(existing.raised_at_us)}; its notification is {existing.state}"


def _evidence(rule: Rule, change: ConditionChange) -> dict[str, Any]:
    evidence: dict[str, Any] = {
        "signal": rule.signal,
        "value": change.value,
        "threshold": rule.threshold,
        "operator": rule.operator.value,
        "start_us": change.start_us,
    }
    if rule.readings:
        return {**evidence, "readings": int(change.amount), "asked_readings": rule.readings}
    return {**evidence, "duration_us": int(change.amount), "asked_us": rule.duration_us}
