"""The alarm state machine of one patient: condition changes, time and people's actions in, alarm events out.

::

    onset ──► raised ─────────────► acknowledged ──► cleared
              │ ▲ ▲ ▲─── re-raised ───┘ (still there long after)
              │ │ └───── paused (by a person, until a time)
              │ └─────── waiting (the ward's budget is used up)
              ├────────► escalated (nobody came) ──► de-escalated (taken, or better)
              └────────► latched (condition gone, nobody came) ──acknowledge──► cleared

Nothing is forgotten: an onset about which nobody is told (refractory time, or a more urgent alarm of the same group
already speaks for it) is *held*. If its condition still stands when the reason ends, it is raised then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fyr.attention.alarm_book import AlarmBook, Budget
from fyr.attention.condition_words import already_standing, did_not_last, evidence_of, implausible_values
from fyr.attention.escalation import next_step, step_back
from fyr.attention.notification import (
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
)
from fyr.attention.policy import Policy, Rule
from fyr.attention.precedence import is_above, may_not_speak_for
from fyr.attention.technical import TechnicalAlarms, TechnicalCondition
from fyr.clock import format_duration, to_iso
from fyr.errors import BadInput
from fyr.record import PatientId

__all__ = ["HeldOnset", "PatientAlarms"]

_Kind: Final = AlarmEventKind
_State: Final = NotificationState


@dataclass(frozen=True, slots=True)
class HeldOnset:
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
    budget : Budget, optional
        The ward's alarm budget, shared by its patients; what it makes wait is told by :meth:`tell`.

    Notes
    -----
    Feed :meth:`change`, :meth:`technical`, :meth:`act`, :meth:`adopt` and :meth:`advance` in order of time; each
    returns the events that it caused. The same calls give the same events, and folding the events with
    :func:`fyr.attention.fold.apply_event` gives :attr:`live` again.
    """

    def __init__(
        self,
        patient: PatientId,
        policy: Policy,
        *,
        assumed_response_us: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.patient = patient
        self.policy = policy
        self.assumed_response_us = assumed_response_us
        self.now_us = 0
        self._book = AlarmBook(patient, budget)
        self._technical = TechnicalAlarms(self._book)
        self._present: set[str] = set()
        self._held: dict[str, HeldOnset] = {}
        self._refractory_until_us: dict[str, int] = {}

    @property
    def live(self) -> dict[str, Notification]:
        """What stands now, by its subject: the rule's key, or what a technical notification is about."""
        return self._book.live

    def use_budget(self, budget: Budget | None) -> None:
        """Let the ward's alarm budget decide from now on which of what is raised waits; ``None``: nothing does."""
        self._book.budget = budget

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
            Change.BACK: self._technical.back,
            Change.IMPLAUSIBLE: self._implausible,
        }[change.change]
        events.extend(handle(change))
        return events

    def technical(self, condition: TechnicalCondition) -> list[AlarmEvent]:
        """Take what a device says about itself: battery, clock, sensor."""
        return [*self.advance(condition.time_us), *self._technical.condition(condition)]

    def act(self, action: Action) -> list[AlarmEvent]:
        """Take a person's action.

        Raises
        ------
        BadInput
            If there is no such live notification, or the action does not fit it.
        """
        self._standing(action.notification)
        events = self.advance(action.time_us)
        notification = self._standing(action.notification)
        if isinstance(action, Acknowledge):
            events.extend(self._acknowledge(notification, action))
        elif isinstance(action, Act):
            events.extend(self._act_on(notification, action))
        else:
            events.extend(self._pause(notification, action))
        return events

    def _standing(self, notification: str) -> Notification:
        standing = self._book.by_id(notification)
        if standing is None:
            raise BadInput(
                f"no live notification {notification} of {self.patient}",
                mend="look at the board again: it may have cleared",
            )
        return standing

    def tell(self, notification: str, time_us: int, reason: str) -> list[AlarmEvent]:
        """Tell staff of a notification that the budget made wait; nothing happens if it waits no longer."""
        events = self.advance(time_us)
        waiting = self._book.by_id(notification)
        if waiting is not None and waiting.state is _State.WAITING:
            events.extend(self._book.write(self.now_us, _Kind.RELEASED, waiting.subject, waiting.id, reason))
        return events

    def adopt(
        self, policy: Policy, time_us: int, *, reason: str, by: str = "", detail: Mapping[str, Any] | None = None
    ) -> list[AlarmEvent]:
        """Go over to another policy, as after an override or a finding.

        A rule that is in both (its key says what it asks) goes on as if nothing had happened. What stood about a rule
        that is no longer in force ends, with the reason; the rule that took its place begins anew.
        """
        events = self.advance(time_us)
        now = {"policy": policy.name, "version": policy.version, "digest": policy.digest}
        events.extend(
            self._book.write(
                time_us, _Kind.OVERRIDDEN, policy.name, reason=reason, by=by, detail={**(detail or {}), **now}
            )
        )
        gone = [rule for rule in self.policy.rules if rule.key not in policy.rules_by_key]
        for rule in gone:
            self._present.discard(rule.key)
            self._refractory_until_us.pop(rule.key, None)
            held = self._held.pop(rule.key, None)
            why = f"the rule is no longer in force: {reason}"
            if held is not None:
                events.extend(self._suppressed(time_us, rule.key, why, held.detail))
            if rule.key in self.live:
                events.extend(self._book.end(self.live[rule.key], time_us, why))
        self.policy = policy
        for rule in gone:
            events.extend(self._uncover(rule, time_us))
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

    @property
    def due_us(self) -> int | None:
        """When the next thing happens of itself; ``None``: never."""
        return min((due_us for due_us, _, _ in self._timers()), default=None)

    def leave(self, time_us: int, reason: str = "the patient has left") -> list[AlarmEvent]:
        """End everything that stands, for a reason: the patient is not watched here any more."""
        events = self.advance(time_us)
        for notification in tuple(self.live.values()):
            events.extend(self._book.end(notification, self.now_us, reason))
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
            rule = self.policy.rules_by_key.get(subject)
            step = next_step(rule, notification)
            if step is not None:
                yield notification.unanswered_since_us + step.after_us, self._escalate, subject
            if rule is not None and rule.re_raise_after_us is not None and notification.state is _State.ACKNOWLEDGED:
                yield notification.changed_at_us + rule.re_raise_after_us, self._re_raise, subject
        for subject, held in self._held.items():
            if held.until_us is not None:
                yield held.until_us, self._refractory_ends, subject
        for due_us, signal in self._technical.timers():
            yield due_us, self._technical.tell_of_loss, signal

    def _onset(self, change: ConditionChange) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key[change.subject]
        detail = evidence_of(rule, change)
        events = self._book.write(change.time_us, _Kind.ONSET, rule.key, detail=detail)
        was_present = rule.key in self._present
        self._present.add(rule.key)
        existing = self.live.get(rule.key)
        if existing is not None:
            reason = already_standing(existing, returned=not was_present)
            return [*events, *self._suppressed(change.time_us, rule.key, reason, detail, existing.id)]
        if rule.key in self._held:
            reason = "not cleared since the onset before it, which is held back"
            return [*events, *self._suppressed(change.time_us, rule.key, reason, detail)]
        return [*events, *self._raise_or_hold(rule, change.time_us, detail)]

    def _raise_or_hold(self, rule: Rule, time_us: int, detail: dict[str, Any]) -> list[AlarmEvent]:
        covering = self._covering(rule)
        if covering is not None:
            self._held[rule.key] = HeldOnset(time_us, None, detail)
            reason = f"covered by {covering.subject}"
            return self._suppressed(time_us, rule.key, reason, detail, covering.id)
        until_us = self._refractory_until_us.get(rule.key, 0)
        if time_us < until_us:
            self._held[rule.key] = HeldOnset(time_us, until_us, detail)
            reason = f"refractory until {to_iso(until_us)}"
            return self._suppressed(time_us, rule.key, reason, detail)
        return self._raise(rule, time_us, detail, reason="")

    def _raise(self, rule: Rule, time_us: int, detail: dict[str, Any], reason: str) -> list[AlarmEvent]:
        events = self._book.write(
            time_us,
            _Kind.RAISED,
            rule.key,
            self._book.new_id(rule.key, time_us),
            reason,
            detail={
                **detail,
                "title": rule.title,
                "priority": rule.priority.value,
                "kind": (NotificationKind.TECHNICAL if rule.technical else NotificationKind.PHYSIOLOGICAL).value,
                "tier": rule.tier.value,
            },
        )
        for other in self._less_urgent_in_group(rule):
            if other.subject in self._present:
                self._held[other.subject] = HeldOnset(time_us, None, dict(other.evidence))
            events.extend(self._book.end(other, time_us, f"covered by {rule.key}, which is more urgent"))
        return events

    def _clear(self, change: ConditionChange) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key[change.subject]
        self._present.discard(rule.key)
        self._held.pop(rule.key, None)
        notification = self.live.get(rule.key)
        if notification is None:
            return []
        self._refractory_until_us[rule.key] = change.time_us + rule.refractory_us
        events = self._better(rule, notification, change.time_us)
        if notification.can_be_taken and rule.latch:
            reason = "the condition is gone, nobody has acknowledged it"
            events.extend(self._book.write(change.time_us, _Kind.LATCHED, rule.key, notification.id, reason))
        else:
            waited = notification.state is _State.WAITING
            reason = "the condition is gone before anybody was told" if waited else "the condition is gone"
            events.extend(self._book.end(notification, change.time_us, reason))
        return [*events, *self._uncover(rule, change.time_us)]

    def _better(self, rule: Rule, notification: Notification, time_us: int) -> list[AlarmEvent]:
        """Go back a step where an escalated alarm has given way to a less urgent one of its group."""
        milder = [
            other
            for other in self.policy.rules
            if other.key in self._present
            and other.group == rule.group
            and other.priority.urgency < rule.priority.urgency
        ]
        if not milder or not notification.needs_someone:
            return []
        now = max(milder, key=lambda other: other.priority.urgency)
        return self._de_escalate(notification, time_us, f"better: now {now.key}, {now.priority.value}")

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
        return self._suppressed(change.time_us, rule.key, did_not_last(rule, change), evidence_of(rule, change))

    def _implausible(self, change: ConditionChange) -> list[AlarmEvent]:
        reason, detail = implausible_values(self.policy.signals[change.subject], change)
        return self._suppressed(change.time_us, change.subject, reason, detail)

    def _lost(self, change: ConditionChange) -> list[AlarmEvent]:
        return self._technical.lost(change, self.policy.signals[change.subject])

    def _assumed_response(self, subject: str, time_us: int) -> list[AlarmEvent]:
        return self._acknowledge(self.live[subject], Acknowledge(self.live[subject].id, "assumed", time_us))

    def _acknowledge(self, notification: Notification, action: Acknowledge) -> list[AlarmEvent]:
        if not notification.can_be_taken:
            raise BadInput(
                f"the notification '{notification.title}' is already {notification.state}"
                f"{f' by {notification.by}' if notification.by else ''}",
                mend="nothing more is needed",
            )
        subject, time_us = notification.subject, action.time_us
        events = self._book.write(time_us, _Kind.ACKNOWLEDGED, subject, notification.id, action.note, action.person)
        rule = self.policy.rules_by_key.get(subject)
        if rule is not None and subject not in self._present:
            reason = "acknowledged after the condition had gone"
            return [*events, *self._book.end(self.live[subject], time_us, reason), *self._uncover(rule, time_us)]
        return [*events, *self._de_escalate(self.live[subject], time_us, f"taken by {action.person}")]

    def _act_on(self, notification: Notification, action: Act) -> list[AlarmEvent]:
        if not action.what.strip():
            raise BadInput("what was done is empty", mend="say what was done in a few words")
        if action.done_us is not None and action.done_us > action.time_us:
            raise BadInput("it cannot be done after it was written down", mend="check the time")
        detail = {"done_us": action.time_us if action.done_us is None else action.done_us}
        events = self._book.write(
            action.time_us, _Kind.ACTED_ON, notification.subject, notification.id, action.what, action.person, detail
        )
        if notification.can_be_taken:
            acknowledge = Acknowledge(notification.id, action.person, action.time_us)
            events.extend(self._acknowledge(self.live[notification.subject], acknowledge))
        return events

    def _re_raise(self, subject: str, time_us: int) -> list[AlarmEvent]:
        notification = self.live[subject]
        since = format_duration(time_us - notification.changed_at_us)
        reason = f"it still stands {since} after {notification.by} took it or did something about it"
        return self._book.write(time_us, _Kind.RE_RAISED, subject, notification.id, reason)

    def _pause(self, notification: Notification, action: Pause) -> list[AlarmEvent]:
        if action.until_us <= action.time_us:
            raise BadInput("a pause must end after it begins", mend="give a number of minutes greater than 0")
        if not action.reason.strip():
            raise BadInput("a pause needs a reason", mend="say why in a few words")
        detail = {"until_us": action.until_us}
        return self._book.write(
            action.time_us, _Kind.PAUSED, notification.subject, notification.id, action.reason, action.person, detail
        )

    def _pause_ends(self, subject: str, time_us: int) -> list[AlarmEvent]:
        notification = self.live[subject]
        if subject in self.policy.rules_by_key and subject not in self._present:
            return self._book.end(notification, time_us, "the pause ended and the condition is gone")
        return self._book.write(time_us, _Kind.RESUMED, subject, notification.id, "the pause ended")

    def _escalate(self, subject: str, time_us: int) -> list[AlarmEvent]:
        notification = self.live[subject]
        step = next_step(self.policy.rules_by_key.get(subject), notification)
        if step is None:
            return []
        reason = f"nobody acknowledged it within {format_duration(step.after_us)}"
        detail = {"to": step.to, "step": notification.escalation_step + 1}
        return self._book.write(time_us, _Kind.ESCALATED, subject, notification.id, reason, detail=detail)

    def _de_escalate(self, notification: Notification, time_us: int, reason: str) -> list[AlarmEvent]:
        rule = self.policy.rules_by_key.get(notification.subject)
        if rule is None or notification.escalation_step == 0:
            return []
        detail = step_back(rule, notification)
        return self._book.write(
            time_us, _Kind.DE_ESCALATED, notification.subject, notification.id, reason, detail=detail
        )

    def _covering(self, rule: Rule) -> Notification | None:
        for other in self.live.values():
            other_rule = self.policy.rules_by_key.get(other.subject)
            if (
                other_rule is not None
                and other_rule.key != rule.key
                and other_rule.group == rule.group
                and other.condition_present
                and not is_above(rule, other_rule)
                and not may_not_speak_for(other_rule, rule)
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
            and is_above(rule, other)
            and not may_not_speak_for(rule, other)
        ]

    def _suppressed(
        self, time_us: int, subject: str, reason: str, detail: dict[str, Any], notification: str | None = None
    ) -> list[AlarmEvent]:
        return self._book.write(time_us, _Kind.SUPPRESSED, subject, notification, reason, detail=detail)
