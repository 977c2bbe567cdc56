"""Replay: the ward engine over what was recorded, at any speed, with the same result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from fyr.attention import (
    AlarmEvent,
    AlarmEventKind,
    Notification,
    NotificationKind,
    Override,
    Policy,
    Revocation,
    apply_event,
)
from fyr.clock import DAY_US, MINUTE_US, to_iso
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId, Quality, SampleBatch, Series
from fyr.watch.context import context_observations
from fyr.watch.engine import WardEngine
from fyr.watch.own_policy import Known, OwnPolicy
from fyr.watch.readings import as_reading
from fyr.watch.recorded_grid import compute_recorded

__all__ = ["Replay", "assume", "replay_patient"]

_STEP_US: Final = MINUTE_US

Listener = Callable[[int, Sequence[AlarmEvent]], None]
"""Told, step by step, the time that has been reached and what happened in the step."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out of one patient's recording under one policy.

    Parameters
    ----------
    patient : PatientId
    policy : Policy
        The patient's own at the start: the ward's, bent by what is known of the patient then.
    start_us, end_us : int
        The first sample, and the end of the time that the last one stands for.
    monitored_us : int
        The time during which anything was recorded; the hole between two recordings is not monitored time.
    samples : int
        How many were read, usable or not.
    assumed_response_us : int or None
        After how long every notification was taken to be acknowledged.
    usage : mapping
        By signal: `valid_samples`, `assessable_us`, `dropped`.
    events : tuple of AlarmEvent
    findings : tuple of Finding
    """

    patient: PatientId
    policy: Policy
    start_us: int
    end_us: int
    monitored_us: int
    samples: int
    assumed_response_us: int | None
    usage: Mapping[str, Mapping[str, int]]
    events: tuple[AlarmEvent, ...]
    findings: tuple[Finding, ...]

    @property
    def days(self) -> float:
        """The monitored time in days."""
        return self.monitored_us / DAY_US

    def onsets(self) -> dict[str, int]:
        """Count the onsets of every rule of the policy, and of rules that held later."""
        counts = Counter(event.subject for event in self.events if event.kind is AlarmEventKind.ONSET)
        return {**{rule.key: 0 for rule in self.policy.rules}, **counts}

    def raised(self, kind: NotificationKind) -> list[AlarmEvent]:
        """Return the events that told staff of something, of one kind."""
        return [
            event for event in self.events if event.kind is AlarmEventKind.RAISED and event.detail["kind"] == kind.value
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the document that `fyr watch replay --json` prints."""
        signals = self.policy.signals
        suppressed = [event for event in self.events if event.kind is AlarmEventKind.SUPPRESSED]
        alerts, technical = (len(self.raised(kind)) for kind in NotificationKind)
        usage = {signals[name].abbreviation: counts for name, counts in self.usage.items()}
        return {
            "patient": str(self.patient),
            "policy": {"name": self.policy.name, "version": self.policy.version, "digest": self.policy.digest},
            "policy_changes": [
                {
                    "time": to_iso(event.time_us),
                    "reason": event.reason,
                    "by": event.by,
                    "digest": event.detail["digest"],
                }
                for event in self.events
                if event.kind is AlarmEventKind.OVERRIDDEN
            ],
            "start": to_iso(self.start_us),
            "end": to_iso(self.end_us),
            "monitored_days": round(self.days, 4),
            "assumed_response_s": None if self.assumed_response_us is None else self.assumed_response_us / 1_000_000,
            "samples": self.samples,
            "valid_samples": {name: counts["valid_samples"] for name, counts in usage.items()},
            "assessable_minutes": {
                name: round(counts["assessable_us"] / MINUTE_US, 2) for name, counts in usage.items()
            },
            "dropped_samples": {name: counts["dropped"] for name, counts in usage.items()},
            "onsets": self.onsets(),
            "notifications": list(_notifications(self.events)),
            "suppressed": [_suppression(event) for event in suppressed],
            "suppressed_by_reason": dict(Counter(_kind_of_reason(event.reason) for event in suppressed).most_common()),
            "alerts_per_patient_day": round(alerts / self.days, 3),
            "technical_alerts_per_patient_day": round(technical / self.days, 3),
            "not_assessable": list(_not_assessable(self.events)),
            "findings": len(self.findings),
        }


def replay_patient(
    patient: PatientId,
    series: Sequence[Series],
    policy: Policy,
    *,
    observations: Sequence[Observation] = (),
    context: Mapping[str, Any] | None = None,
    overrides: Sequence[Override | Revocation] = (),
    assumed_response_us: int | None = None,
    listener: Listener | None = None,
) -> Replay:
    """Run the engine over one patient's recording.

    Parameters
    ----------
    patient : PatientId
    series : sequence of Series
        Whatever was recorded; signals that the policy does not ask about are carried along.
    policy : Policy
    observations : sequence of Observation
    context : mapping of str to object, optional
        What is known of the patient from the start (``copd``: true); the policy's ``when_finding`` entries read it.
    overrides : sequence of Override or Revocation
        Limits of the patient's own; each holds from its own time on.
    assumed_response_us : int, optional
        Nobody is there to act in a replay: take every notification as acknowledged so long after it was raised.
    listener : callable, optional
        If given, the recording is fed minute by minute and the listener is told of each; without it, all at once. The
        same notifications come out.

    Raises
    ------
    BadInput
        If there is no sample of any signal that the policy asks about, or the patient's own limits cannot be applied.
    """
    asked = {*policy.signals, *(entry.source for score in policy.scores.values() for entry in score.inputs.values())}
    usable = [one for one in series if len(one) and one.signal in asked]
    if not usable:
        raise BadInput(
            f"the recording has no sample of {', '.join(sorted(asked - {'news2'}))}",
            where=str(patient),
            mend="give a recording of vital signs, or a policy about what it holds",
        )
    start_us = min(int(one.time_us[0]) for one in usable)
    end_us = max(int(one.time_us[-1]) + one.period_us for one in usable)
    observations = [one for one in observations if one.time_us < end_us]
    observations, known = list(observations), context_observations(patient, context or {}, start_us)
    limits = [*known, *observations, *(one for one in overrides if one.patient == patient)]
    own = OwnPolicy(policy, patient, start_us, limits)
    own.check(start_us)
    if listener is None:
        engine, events, findings = _at_once(
            patient, policy, usable, observations, limits, (start_us, end_us), assumed_response_us
        )
    else:
        engine = WardEngine(policy, assumed_response_us=assumed_response_us)
        events = _step_by_step(engine, patient, usable, observations, limits, start_us, end_us, listener)
        findings = engine.take_findings()
    return Replay(
        patient=patient,
        policy=own.policy,
        start_us=start_us,
        end_us=end_us,
        monitored_us=_monitored_us(usable),
        samples=sum(len(one) for one in usable),
        assumed_response_us=assumed_response_us,
        usage=engine.usage(patient),
        events=tuple(events),
        findings=tuple(findings),
    )


def assume(policy: Policy, values: Mapping[str, float | str | bool]) -> Policy:
    """Return the policy with values to use for score inputs that nobody recorded.

    Raises
    ------
    BadInput
        If no score of the policy has an input of that name.
    """
    scores = dict(policy.scores)
    for name, value in values.items():
        users = [score for score in scores.values() if name in score.inputs]
        if not users:
            known = sorted({key for score in scores.values() for key in score.inputs})
            raise BadInput(
                f"no score of the policy {policy.name} has an input '{name}'",
                mend=f"use one of {', '.join(known)}" if known else "this policy computes no score",
            )
        for score in users:
            inputs = {**score.inputs, name: replace(score.inputs[name], unless_recorded=value)}
            scores[score.name] = replace(score, inputs=inputs)
    return replace(policy, scores=scores)


def _monitored_us(series: Sequence[Series]) -> int:
    """Return the length of the union of the spans of the series."""
    total = reached_us = 0
    for start_us, end_us in sorted((int(one.time_us[0]), int(one.time_us[-1]) + one.period_us) for one in series):
        begin_us = max(start_us, reached_us) if total else start_us
        total += max(0, end_us - begin_us)
        reached_us = max(reached_us, end_us) if total else end_us
    return total


def _at_once(
    patient: PatientId,
    policy: Policy,
    series: Sequence[Series],
    observations: Sequence[Observation],
    limits: Sequence[Known],
    span: tuple[int, int],
    assumed_response_us: int | None,
) -> tuple[WardEngine, list[AlarmEvent], list[Finding]]:
    own = _scored_by(policy, patient, limits, *span)
    series = [*series, *_written_readings(policy, observations)]
    computed, findings = compute_recorded(patient, policy, series, observations, *span, own)
    engine = WardEngine(policy, assumed_response_us=assumed_response_us, computed_before=True)
    events = engine.admit(patient, span[0], [one for one in limits if one.time_us <= span[0]])
    engine.foresee(patient, [*(one for one in limits if one.time_us > span[0]), *findings])
    events += engine.ingest(SampleBatch.from_series([*series, *computed]))
    events += engine.advance(span[1])
    return engine, events, findings


def _scored_by(
    policy: Policy, patient: PatientId, limits: Sequence[Known], start_us: int, end_us: int
) -> list[tuple[int, Policy]]:
    """Return the policies that say what a patient's scores are asked with, each with the time after which it does.

    No finding changes a score's inputs, so these follow before any score is known.
    """
    own = OwnPolicy(policy, patient, start_us, limits)
    found = [(start_us - 1, own.policy)]
    while own.due_us < end_us:
        at_us = own.due_us
        own.turn(at_us)
        found.append((at_us, own.policy))
    return found


def _written_readings(policy: Policy, observations: Sequence[Observation]) -> Iterator[Series]:
    """Return the readings that a person wrote down as samples, which is how the engine takes them."""
    for one in sorted(observations, key=lambda observation: observation.time_us):
        reading = as_reading(policy, one)
        if reading is not None:
            yield Series(
                one.patient,
                one.code,
                one.unit or "1",
                np.array([one.time_us], np.int64),
                np.array([reading]),
                np.array([Quality.PRESENT], np.uint8),
                MINUTE_US,
                one.source,
            )


def _step_by_step(
    engine: WardEngine,
    patient: PatientId,
    series: Sequence[Series],
    observations: Sequence[Observation],
    limits: Sequence[Known],
    start_us: int,
    end_us: int,
    listener: Listener,
) -> list[AlarmEvent]:
    events = engine.admit(patient, start_us, [one for one in limits if one.time_us <= start_us])
    set_later = [one for one in limits if isinstance(one, Override | Revocation) and one.time_us > start_us]
    waiting = sorted([*observations, *set_later], key=lambda one: one.time_us)
    for now_us, part in _steps(SampleBatch.from_series(series), start_us, end_us):
        step: list[AlarmEvent] = []
        begin = 0
        while waiting and waiting[0].time_us < now_us:
            place = int(np.searchsorted(part.time_us, waiting[0].time_us, side="right"))
            step.extend(engine.ingest(_taken(part, np.arange(begin, place))))
            come = waiting.pop(0)
            step.extend(engine.observe(come) if isinstance(come, Observation) else engine.limit(come))
            begin = place
        step.extend(engine.ingest(_taken(part, np.arange(begin, len(part)))))
        step.extend(engine.advance(now_us))
        events.extend(step)
        listener(now_us, step)
    return events


def _steps(samples: SampleBatch, start_us: int, end_us: int) -> Iterator[tuple[int, SampleBatch]]:
    order = np.argsort(samples.time_us, kind="stable")
    ordered = _taken(samples, order)
    bounds = np.arange(start_us + _STEP_US, end_us + _STEP_US, _STEP_US)
    places = np.searchsorted(ordered.time_us, bounds, side="left")
    newest_us = ordered.time_us[np.maximum(places - 1, 0)]
    busy = np.diff(places, prepend=0).astype(np.bool_) | (bounds - newest_us < DAY_US) | (bounds >= end_us)
    bounds, places = bounds[busy], places[busy]
    begin = 0
    for bound, place in zip(bounds.tolist(), places.tolist(), strict=True):
        yield min(bound, end_us), _taken(ordered, np.arange(begin, place))
        begin = place


def _taken(samples: SampleBatch, rows: np.ndarray[Any, Any]) -> SampleBatch:
    return replace(
        samples,
        patient_index=samples.patient_index[rows],
        signal_index=samples.signal_index[rows],
        time_us=samples.time_us[rows],
        value=samples.value[rows],
        quality=samples.quality[rows],
    )


def _notifications(events: Sequence[AlarmEvent]) -> Iterator[dict[str, Any]]:
    live: dict[str, Notification] = {}
    seen: dict[str, Notification] = {}
    history: dict[str, list[dict[str, Any]]] = {}
    ended: dict[str, int] = {}
    for event in events:
        before = live.get(event.subject)
        apply_event(live, event)
        notification = live.get(event.subject) or before
        if notification is None:
            continue
        seen[notification.id] = notification
        if event.notification == notification.id and event.kind is not AlarmEventKind.SUPPRESSED:
            entry = {"time": to_iso(event.time_us), "kind": event.kind.value, "reason": event.reason, "by": event.by}
            history.setdefault(notification.id, []).append(entry)
        if event.kind is AlarmEventKind.CLEARED:
            ended[notification.id] = event.time_us
    for notification in seen.values():
        end_us = ended.get(notification.id)
        yield {
            "id": notification.id,
            "rule": notification.subject,
            "title": notification.title,
            "kind": notification.kind.value,
            "priority": notification.priority.value,
            "state": "cleared" if end_us is not None else notification.state.value,
            "raised_at": to_iso(notification.raised_at_us),
            "cleared_at": to_iso(end_us) if end_us is not None else None,
            "escalated_to": notification.escalated_to or None,
            "evidence": _readable(notification.evidence),
            "history": history.get(notification.id, []),
        }


def _suppression(event: AlarmEvent) -> dict[str, Any]:
    return {
        "time": to_iso(event.time_us),
        "rule": event.subject,
        "reason": event.reason,
        "evidence": _readable(event.detail),
    }


def _not_assessable(events: Sequence[AlarmEvent]) -> Iterator[dict[str, Any]]:
    since: dict[str, int] = {}
    for event in events:
        if event.kind is AlarmEventKind.NOT_ASSESSABLE:
            since[event.subject] = event.time_us
        elif event.kind is AlarmEventKind.ASSESSABLE and event.subject in since:
            start_us = since.pop(event.subject)
            if event.time_us > start_us:
                yield {"signal": event.subject, "start": to_iso(start_us), "end": to_iso(event.time_us)}
    for signal, start_us in since.items():
        yield {"signal": signal, "start": to_iso(start_us), "end": None}


def _kind_of_reason(reason: str) -> str:
    """Return the words of a reason that do not depend on the case: ``did not last``, ``implausible``.

    >>> _kind_of_reason("did not last: 3 min of 5 min"), _kind_of_reason("refractory until 2026-11-22T08:00:00Z")
    ('did not last', 'refractory')
    """
    for known in (
        "did not last",
        "implausible",
        "refractory",
        "covered by",
        "not cleared since",
        "came back",
        "paused",
    ):
        if reason.startswith(known):
            return known
    return reason


def _readable(detail: Mapping[str, Any]) -> dict[str, Any]:
    readable: dict[str, Any] = {}
    for key, value in detail.items():
        if key in ("start_us", "since_us", "until_us"):
            readable[key.removesuffix("_us")] = to_iso(value)
        elif key.endswith("_us"):
            readable[f"{key.removesuffix('_us')}_s"] = value / 1_000_000
        else:
            readable[key] = value
    return readable
