"""From what the engine knows to what the page shows: the documents of a bed, its notifications, its alarms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fyr.attention import AlarmEvent, Notification, NotificationKind, Policy, acm_state, next_step
from fyr.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, to_datetime, to_iso
from fyr.models import Prediction, model
from fyr.record import SIGNALS, PatientId, Refusal, signal
from fyr.serve.refusal_words import in_words
from fyr.serve.vitals_history import VitalsHistory, spark_values
from fyr.watch.ranking import RankedRisk
from fyr.watch.view import LatestValue, PatientState, PatientView, ScoreView

__all__ = [
    "TILE_SIGNALS",
    "Occupant",
    "age_at",
    "empty_tile",
    "evidence_document",
    "notification_document",
    "patient_summary",
    "policy_name",
    "risk_document",
    "spark_documents",
    "suppressed_document",
    "tile_document",
]

TILE_SIGNALS: Final = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "diastolic_bp", "temperature")
_SPARK_SIGNALS: Final = ("heart_rate", "respiratory_rate", "spo2")
_SPARK_STEP_US: Final = MINUTE_US
_SPARK_STEPS: Final = 120
_CONTINUOUS_FRESH_US: Final = 2 * MINUTE_US
_SPOT_FRESH_US: Final = 12 * HOUR_US
"""A value that a person takes by hand stands until the next routine round: 12 hours at most (RCP 2017)."""

_SAME_DEVICE: Final = {"diastolic_bp": "systolic_bp"}
"""A signal that no policy asks about is as fresh as the one that the same device measures."""

_LESS_THAN_ANY_URGENCY: Final = 0.9
"""By how much a risk of 1 brings a bed forward; one alarm more is worth 1."""

_STATE_ORDER: Final = (PatientState.ACT_NOW, PatientState.LOOK_SOON, PatientState.CANNOT_TELL, PatientState.FINE)


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who lies in a bed, and since when."""

    patient: PatientId
    ward: str
    bed: str
    since_us: int
    attributes: Mapping[str, Any]
    moved_from: str = ""
    """The ward of another worker from which the patient came; what was known there is not known here."""
    watched_since_us: int = 0


def tile_document(
    occupant: Occupant,
    view: PatientView,
    policy: Policy,
    spark: Mapping[str, Any],
    now_us: int,
    risk: RankedRisk | None = None,
) -> dict[str, Any]:
    """Return a bed's tile; the risk orders it among beds that need somebody as much, and does nothing else."""
    notifications = [
        notification_document(notification, occupant.bed, view.policy) for notification in view.notifications
    ]
    return {
        "bed": occupant.bed,
        "patient": patient_summary(occupant.patient, occupant.attributes, now_us),
        "state": view.state.value,
        "rank": _rank(view, risk),
        "signals": {name: _signal_value(name, view, policy, now_us) for name in TILE_SIGNALS},
        "spark": spark,
        "news2": _score(view.scores.get("news2")),
        "risk": None if risk is None else risk_document(risk),
        "notifications": [entry for entry in notifications if entry["kind"] == NotificationKind.PHYSIOLOGICAL.value],
        "technical": [entry for entry in notifications if entry["kind"] == NotificationKind.TECHNICAL.value],
        "suppressed_last_hour": [suppressed_document(event, view.policy) for event in view.suppressed],
        "own_limits": [
            {"by": one.person, "reason": one.reason, "until": _iso_or_none(one.until_us)} for one in view.own_limits
        ],
        "watched_anew": _watched_anew(occupant, now_us),
    }


def empty_tile(bed: str) -> dict[str, Any]:
    """Return the tile of a bed in which nobody lies."""
    return {
        "bed": bed,
        "patient": None,
        "state": PatientState.FINE.value,
        "rank": 100 * (_STATE_ORDER.index(PatientState.FINE) + 1),
        "signals": {},
        "spark": {},
        "news2": None,
        "risk": None,
        "notifications": [],
        "technical": [],
        "suppressed_last_hour": [],
        "own_limits": [],
        "watched_anew": None,
    }


def _watched_anew(occupant: Occupant, now_us: int) -> dict[str, str] | None:
    """Say for a day, the length of the traces, that nothing is known here of what was before a move."""
    if not occupant.moved_from or now_us - occupant.watched_since_us >= DAY_US:
        return None
    return {"moved_from": occupant.moved_from, "since": to_iso(occupant.watched_since_us)}


def spark_documents(history: VitalsHistory, patient: PatientId, now_us: int) -> dict[str, Any]:
    """Return the lines of the last two hours, in whole minutes, so that they change once a minute."""
    end_us = now_us // _SPARK_STEP_US * _SPARK_STEP_US
    start_us = end_us - _SPARK_STEPS * _SPARK_STEP_US
    return {
        name: {
            "start": to_iso(start_us),
            "step_s": _SPARK_STEP_US // SECOND_US,
            "values": spark_values(
                history.trace(patient, name, start_us, end_us), start_us, _SPARK_STEP_US, _SPARK_STEPS
            ),
        }
        for name in _SPARK_SIGNALS
    }


def notification_document(notification: Notification, bed: str, policy: Policy) -> dict[str, Any]:
    """Return a notification as the API says it; `policy` is the patient's own."""
    step = next_step(policy.rules_by_key.get(notification.subject), notification)
    return {
        "id": notification.id,
        "patient": str(notification.patient),
        "bed": bed,
        "rule": notification.subject,
        "title": notification.title,
        "kind": notification.kind.value,
        "priority": notification.priority.value,
        "tier": notification.tier,
        "state": notification.state.value,
        "alarm_state": acm_state(notification).value,
        "raised_at": to_iso(notification.raised_at_us),
        "changed_at": to_iso(notification.changed_at_us),
        "paused_until": _iso_or_none(notification.paused_until_us),
        "by": notification.by or None,
        "condition_present": notification.condition_present,
        "assessable": notification.assessable,
        "unanswered_since": to_iso(notification.unanswered_since_us),
        "escalated_to": notification.escalated_to or None,
        "escalation_step": notification.escalation_step,
        "escalates_at": None if step is None else to_iso(notification.unanswered_since_us + step.after_us),
        "escalates_to": None if step is None else step.to,
        "evidence": evidence_document(notification.evidence),
    }


def suppressed_document(event: AlarmEvent, policy: Policy) -> dict[str, Any]:
    """Return what staff were not told, from when to when, and why."""
    named = policy.rules_by_key.get(event.subject) or SIGNALS.get(event.subject)
    return {
        "time": to_iso(int(event.detail.get("start_us", event.time_us))),
        "end": to_iso(event.time_us),
        "rule": event.subject,
        "title": named.title if named is not None else event.subject,
        "reason": event.reason,
        "evidence": evidence_document(event.detail),
    }


def evidence_document(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Say an alarm's evidence in the API's units: durations in seconds, times as ISO 8601."""
    document: dict[str, Any] = {}
    for key, value in detail.items():
        if key in ("duration_us", "asked_us"):
            document[key.replace("_us", "_s")] = value / SECOND_US
        elif key.endswith("_us"):
            document[key.removesuffix("_us")] = to_iso(value)
        elif isinstance(value, float) and not math.isfinite(value):
            document[key] = None
        else:
            document[key] = value
    if "signal" in detail:
        document["unit"] = _unit(str(detail["signal"]))
    return document


def patient_summary(patient: PatientId, attributes: Mapping[str, Any], now_us: int) -> dict[str, Any]:
    """Return who the patient is, as far as a board needs it."""
    return {
        "id": str(patient),
        "pseudonym": str(attributes.get("pseudonym") or patient.number),
        "age": age_at(attributes, now_us),
        "sex": attributes.get("sex"),
        "reason": attributes.get("reason"),
    }


def age_at(attributes: Mapping[str, Any], time_us: int) -> Any:
    """Return the age in years that is recorded, or that follows from the year of birth; ``None`` where neither is."""
    age = attributes.get("age")
    if age is None and isinstance(attributes.get("birth_year"), int):
        return to_datetime(time_us).year - attributes["birth_year"]
    return age


def policy_name(policy: Policy) -> dict[str, str]:
    """Return which policy exactly."""
    return {"name": policy.name, "version": policy.version, "title": policy.title, "digest": policy.digest}


def _signal_value(name: str, view: PatientView, policy: Policy, now_us: int) -> dict[str, Any]:
    known = signal(name)
    value, time_us = _newest(name, view)
    return {
        "title": known.title,
        "abbreviation": known.abbreviation,
        "value": value,
        "unit": known.unit,
        "time": _iso_or_none(time_us),
        "age_s": None if time_us is None else max(0, round((now_us - time_us) / SECOND_US, 1)),
        "status": _status(view.latest.get(name), time_us, _fresh_us(name, policy), now_us),
    }


def _newest(name: str, view: PatientView) -> tuple[float | None, int | None]:
    latest, observed = view.latest.get(name), view.observations.get(name)
    if latest is not None and latest.time_us is not None and (observed is None or observed.time_us <= latest.time_us):
        return latest.value, latest.time_us
    if observed is not None and isinstance(observed.value, float | int):
        return float(observed.value), observed.time_us
    return None, None


def _status(latest: LatestValue | None, time_us: int | None, fresh_us: int, now_us: int) -> str:
    if latest is not None and latest.is_watched and latest.is_lost:
        return "lost"
    if time_us is None:
        return "unknown"
    return "present" if now_us - time_us <= fresh_us else "stale"


def _fresh_us(name: str, policy: Policy) -> int:
    known = policy.signals.get(_SAME_DEVICE.get(name, name))
    if known is not None:
        return known.gap_tolerance_us
    return _SPOT_FRESH_US if name == "temperature" else _CONTINUOUS_FRESH_US


def _score(view: ScoreView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    if isinstance(view.answer, Prediction):
        answer = view.answer
        return {
            "model": _model_name(answer.model),
            "inputs": _inputs(view),
            "score": answer.estimates["score"].value,
            "band": answer.explanation.get("band"),
            "explanation": dict(answer.explanation),
        }
    assert isinstance(view.answer, Refusal)  # noqa: S101  the other half of the union
    return {
        "model": _model_name(model("news2").reference),
        "inputs": _inputs(view),
        "refusal": in_words(view.answer.reason, view.answer.inputs),
    }


def risk_document(risk: RankedRisk) -> dict[str, Any]:
    """Return the risk with its interval, if the model gives one, what moved it and its inputs; or the refusal."""
    said: dict[str, Any] = {"time": to_iso(risk.time_us), "model": _model_name(risk.model)}
    if not isinstance(risk.answer, Prediction):
        return {**said, "refusal": in_words(risk.answer.reason, risk.answer.inputs)}
    estimate = risk.answer.estimates[risk.output]
    return {
        **said,
        "value": estimate.value,
        "unit": estimate.unit,
        "low": estimate.low,
        "high": estimate.high,
        "explanation": dict(risk.answer.explanation),
        "inputs": dict(risk.answer.inputs),
    }


def _inputs(view: ScoreView) -> dict[str, dict[str, Any]]:
    return {
        name: {"value": used.value, "status": used.status.value, "time": _iso_or_none(used.time_us)}
        for name, used in view.inputs.items()
    }


def _model_name(reference: Any) -> dict[str, str]:
    return {"name": reference.name, "version": reference.version, "digest": reference.digest}


def _rank(view: PatientView, risk: RankedRisk | None) -> float:
    """Return a number that is smaller the sooner somebody is needed; it depends on this bed alone.

    Whole numbers go by what stands; the risk decides only between beds of the same one.
    """
    untaken = [n.priority.urgency for n in view.notifications if n.needs_someone]
    urgency = 100 * (_STATE_ORDER.index(view.state) + 1) - 10 * _most(untaken) - min(len(untaken), 9)
    value = None if risk is None else risk.value
    return urgency if value is None else urgency - _LESS_THAN_ANY_URGENCY * min(max(value, 0.0), 1.0)


def _most(urgencies: Iterable[int]) -> int:
    return max(urgencies, default=0)


def _unit(name: str) -> str | None:
    known = SIGNALS.get(name)
    return known.unit if known is not None else None


def _iso_or_none(time_us: int | None) -> str | None:
    return None if time_us is None else to_iso(time_us)
