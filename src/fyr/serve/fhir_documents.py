"""The ward's alarms, what was told of them, and its risks, as FHIR resources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from fyr.attention import AlarmEvent, AlarmEventKind
from fyr.errors import BadInput
from fyr.exchange.fhir.alarms import communication, detected_issue
from fyr.exchange.fhir.risks import risk_assessment
from fyr.exchange.outgoing import OutgoingAlarm, OutgoingRisk
from fyr.models import model
from fyr.record import Estimate, Finding, PatientId
from fyr.serve.alarm_log import RaisedAlarm
from fyr.serve.outgoing_alarms import outgoing
from fyr.serve.tiles import Occupant
from fyr.serve.ward_service import WardService

__all__ = ["Dated", "alarm_issues", "outgoing_risk", "risk_assessments", "tellings"]

Dated = tuple[int, dict[str, Any]]
"""When it last changed (microseconds UTC), and the resource."""

_Kind: Final = AlarmEventKind
_TELLS: Final = frozenset(
    {_Kind.RAISED, _Kind.RE_RAISED, _Kind.RESUMED, _Kind.RELEASED, _Kind.ESCALATED, _Kind.WAITING}
)


def alarm_issues(wards: WardService, patient: PatientId, since_us: int) -> Iterator[Dated]:
    """Yield a DetectedIssue for each notification that changed at or after a time, with all that was done about it."""
    for alarm in wards.alarms(patient, since_us).raised:
        events = list(_reported(wards, patient, alarm))
        if not events or events[-1].time_us < since_us:
            continue
        issue = detected_issue(events[-1])
        done = [entry for event in events for entry in detected_issue(event).get("mitigation", [])]
        yield events[-1].time_us, {**issue, "mitigation": done} if done else issue


def tellings(wards: WardService, patient: PatientId, since_us: int) -> Iterator[Dated]:
    """Yield a Communication for each time that staff were told, or a telling was made to wait."""
    told = {kind.value for kind in _TELLS}
    for alarm in wards.alarms(patient, since_us).raised:
        for event in _reported(wards, patient, alarm):
            if event.event in told and event.time_us >= since_us:
                yield event.time_us, communication(event)


def risk_assessments(findings: Iterable[Finding]) -> Iterator[Dated]:
    """Yield a RiskAssessment for each answer that is a probability, or the refusal of a model that gives one."""
    for finding in findings:
        risk = outgoing_risk(finding)
        if risk is not None:
            yield risk.time_us, risk_assessment(risk)


def outgoing_risk(finding: Finding) -> OutgoingRisk | None:
    """Return a finding as a risk that leaves the house; ``None`` where its model gives no probability."""
    answer, reference = finding.answer, finding.model
    output = _probability_of(reference.name)
    if output is None or (isinstance(answer, Estimate) and answer.output != output):
        return None
    text = f"{finding.patient}|{reference.name}|{reference.digest}|{finding.time_us}"
    said: dict[str, Any] = {"value": None, "refusal": "" if isinstance(answer, Estimate) else answer.reason}
    if isinstance(answer, Estimate):
        said |= {"value": answer.value, "low": answer.low, "high": answer.high}
    return OutgoingRisk(
        id=hashlib.sha256(text.encode()).hexdigest()[:40],
        hospital=finding.patient.hospital,
        patient=finding.patient.number,
        time_us=finding.time_us,
        model=reference.name,
        version=reference.version,
        digest=reference.digest,
        output=output,
        inputs=finding.inputs,
        **said,
    )


def _reported(wards: WardService, patient: PatientId, alarm: RaisedAlarm) -> Iterator[OutgoingAlarm]:
    """Yield what is reported of a notification, oldest first; each event with whom it went to then."""
    occupant = wards.occupant(patient) or Occupant(patient, "", "", 0, {})
    policy = wards.policy_of(patient)
    for event in alarm.history:
        reported = outgoing(event, alarm.notification, occupant, policy)
        if reported is not None:
            yield replace(reported, escalated_to=_to(event))


def _to(event: AlarmEvent) -> str:
    return str(event.detail.get("to", "")) if event.kind is _Kind.ESCALATED else ""


@lru_cache(maxsize=256)
def _probability_of(name: str) -> str | None:
    """Return the output of a model that is a probability, if it has one."""
    try:
        outputs = model(name).card.outputs
    except BadInput:  # a model that made findings once and is not installed any more
        return None
    return next((one.name for one in outputs if one.unit == "1" and one.low == 0 and one.high == 1), None)
