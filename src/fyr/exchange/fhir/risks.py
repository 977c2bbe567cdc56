"""A risk as FHIR R4: a RiskAssessment that names its model exactly, or says that the model refused."""

from __future__ import annotations

from typing import Any, Final

from fyr.clock import to_iso
from fyr.errors import BadInput
from fyr.exchange.fhir.parts import EXTENSION, RISK, patient_reference, resource_id, words
from fyr.exchange.outgoing import OutgoingRisk

__all__ = ["risk_assessment"]

_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def risk_assessment(risk: OutgoingRisk, patient_system: str = "") -> dict[str, Any]:
    """Return the answer of a model.

    FHIR R4 writes a probability in percent (its rule ras-2: at most 100). The model's own numbers, 0 to 1 and not
    rounded, stand in an extension beside it, with the ends of the interval. A refusal is ``cancelled``: there is no
    number, and the reason is the note.

    Raises
    ------
    BadInput
        If the value is no probability, or there is neither a value nor a refusal.
    """
    if risk.value is None and not risk.refusal:
        raise BadInput("a risk has neither a value nor a refusal", where=risk.id)
    if risk.value is not None and not 0 <= risk.value <= 1:
        raise BadInput(f"{risk.value} is no probability", where=risk.id, mend="give a value from 0 to 1")
    assessment: dict[str, Any] = {
        "resourceType": "RiskAssessment",
        "id": resource_id(risk.id),
        "contained": [_model(risk)],
        "identifier": [{"system": RISK, "value": risk.id}],
        "status": "cancelled" if risk.value is None else "final",
        "method": words("model", risk.model, f"{risk.model} {risk.version}"),
        "subject": patient_reference(risk.hospital, risk.patient, patient_system),
        "occurrenceDateTime": to_iso(risk.time_us),
        "performer": {"reference": "#model"},
        "prediction": [_prediction(risk)],
    }
    if risk.inputs:
        assessment["basis"] = [{"display": f"{name}: {_said(value)}"} for name, value in risk.inputs.items()]
    if risk.value is None:
        assessment["note"] = [{"text": risk.refusal}]
    return assessment


def _model(risk: OutgoingRisk) -> dict[str, Any]:
    return {
        "resourceType": "Device",
        "id": "model",
        "identifier": [{"system": "urn:fyr:model-digest", "value": risk.digest}],
        "deviceName": [{"name": risk.model, "type": "model-name"}],
        "version": [{"value": risk.version}],
    }


def _prediction(risk: OutgoingRisk) -> dict[str, Any]:
    outcome = words("output", risk.output)
    if risk.value is None:
        absent = {"url": _ABSENT, "valueCode": "not-performed"}
        return {"outcome": outcome, "_probabilityDecimal": {"extension": [absent]}, "rationale": risk.refusal}
    own = [
        {"url": name, "valueDecimal": number}
        for name, number in (("value", risk.value), ("low", risk.low), ("high", risk.high))
        if number is not None
    ]
    return {
        "extension": [{"url": f"{EXTENSION}probability", "extension": own}],
        "outcome": outcome,
        "probabilityDecimal": round(100 * risk.value, 10),
    }


def _said(value: object) -> str:
    return "unknown" if value is None else str(value)
