"""Examinations and ledgers as documents: what ``fyr treat exposure`` and the server say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from fyr.errors import Refused
from fyr.models import Model
from fyr.record.finding import Refusal
from fyr.treat.exposure.effective_dose import effective_dose, region_of
from fyr.treat.exposure.event import IrradiationEvent, PatientFacts
from fyr.treat.exposure.ledger import Ledger
from fyr.treat.exposure.quantity import QuantityKind
from fyr.treat.exposure.reference_levels import OwnLevel, compared, protocol_of
from fyr.treat.exposure.size_specific import SSDE_LATERAL_AP, SSDE_WATER_EQUIVALENT
from fyr.treat.exposure.skin_dose import kerma_level
from fyr.treat.exposure.study import Examination

__all__ = ["examination_document", "iso_time", "ledger_document", "level_document"]

_PHANTOMS: Final = {"16 cm": "16", "32 cm": "32"}


def examination_document(
    exam: Examination, *, coefficients: str, level_of: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return an examination with what can be computed of it, and why something cannot.

    Parameters
    ----------
    exam : Examination
    coefficients : str
        Of effective dose: a key of :data:`~fyr.treat.exposure.effective_dose.COEFFICIENTS`.
    level_of : mapping of str to str, optional
        Protocols with the published level that they serve.
    """
    document: dict[str, Any] = {
        "patient": _patient(exam.patient),
        "study_uid": exam.study_uid,
        "accession": exam.accession,
        "modality": exam.modality,
        "started": iso_time(exam.started),
        "protocol": protocol_of(exam),
        "device": {
            "manufacturer": exam.manufacturer,
            "model": exam.model,
            "serial_number": exam.serial_number,
            "institution": exam.institution,
        },
        "totals": [one.as_dict() for one in exam.totals],
        "events": [_event(one) for one in exam.events],
        "reports": list(exam.reports),
        "superseded": list(exam.superseded),
        "warnings": list(exam.warnings),
    }
    if exam.modality == "ct":
        document["effective_dose"] = _effective(exam, coefficients)
    kermas = [one for one in exam.totals if one.kind is QuantityKind.REFERENCE_AIR_KERMA]
    if exam.modality == "fluoroscopy" and kermas:
        document["skin"] = asdict(kerma_level(max(kermas, key=lambda one: one.value)))
    if level_of:
        document["reference_levels"] = [asdict(one) for one in compared(exam, level_of)]
    return document


def ledger_document(ledger: Ledger) -> dict[str, Any]:
    """Return a patient's ledger: entries in the order of time, and what may be added."""
    return {
        "patient": _patient(ledger.patient),
        "entries": [
            {
                "category": one.category,
                "modality": one.modality,
                "started": iso_time(one.started),
                "what": one.what,
                "uid": one.uid,
                "quantities": [quantity.as_dict() for quantity in one.quantities],
            }
            for one in ledger.entries
        ],
        "sums": [
            {
                "category": one.category,
                "modality": one.modality,
                "exposures": one.exposures,
                **one.quantity.as_dict(),
            }
            for one in ledger.sums()
        ],
        "statement": ledger.statement,
    }


def level_document(level: OwnLevel) -> dict[str, Any]:
    """Return a department's own level, without its single values."""
    document = asdict(level)
    del document["values"]
    return document


def iso_time(said: str) -> str | None:
    """Return a DICOM time as ISO 8601, as far as it goes; ``None`` where there is none.

    >>> iso_time("20180105172103.083003"), iso_time("20180105"), iso_time("19970101000631.737+0000")
    ('2018-01-05T17:21:03', '2018-01-05', '1997-01-01T00:06:31+00:00')
    """
    digits, _, rest = said.partition(".")
    plain = digits[:14]
    if not plain[:8].isdecimal() or len(plain) < 8:
        return None
    day = f"{plain[:4]}-{plain[4:6]}-{plain[6:8]}"
    if len(plain) < 12 or not plain.isdecimal():
        return day
    zone = next((said[at:] for at in (said.find("+", 8), said.find("-", 8)) if at > 0), "")
    zone = f"{zone[:3]}:{zone[3:5]}" if len(zone) == 5 and zone[1:].isdecimal() else ""
    del rest
    return f"{day}T{plain[8:10]}:{plain[10:12]}:{plain[12:14] or '00'}{zone}"


def _patient(patient: PatientFacts) -> dict[str, Any]:
    return asdict(patient)


def _event(event: IrradiationEvent) -> dict[str, Any]:
    document: dict[str, Any] = {
        "uid": event.uid,
        "started": iso_time(event.started),
        "protocol": event.protocol,
        "type": event.type,
        "region": event.region,
        "quantities": [one.as_dict() for one in event.quantities],
    }
    geometry = {name: value for name, value in asdict(event.geometry).items() if value not in (None, "")}
    extra = {
        "side": event.side,
        "plane": event.plane,
        "kvp": event.kvp,
        "scan_length_mm": event.scan_length_mm,
        "geometry": geometry,
        "size_specific_dose_estimate": _size_specific(event),
    }
    return document | {name: value for name, value in extra.items() if value not in (None, "", {})}


def _size_specific(event: IrradiationEvent) -> dict[str, Any] | None:
    """Return the estimate where the scanner said how large the patient is; of the head there is none."""
    index = event.of(QuantityKind.CTDI_VOL)
    if index is None or region_of(event.region) == "head":
        return None
    evidence: dict[str, Any] = {"ctdi_vol_mgy": index.value, "phantom_cm": _PHANTOMS.get(index.qualifier)}
    if event.water_equivalent_diameter_cm is not None:
        model: Model = SSDE_WATER_EQUIVALENT
        evidence["water_equivalent_diameter_cm"] = event.water_equivalent_diameter_cm
    elif event.lateral_cm is not None and event.ap_cm is not None:
        model = SSDE_LATERAL_AP
        evidence |= {"lateral_cm": event.lateral_cm, "ap_cm": event.ap_cm}
    else:
        return None
    answer = model.predict(evidence)
    if isinstance(answer, Refusal):
        return {"model": model.card.name, "refusal": answer.reason}
    return {"model": model.card.name, **{name: one.value for name, one in answer.estimates.items()}}


def _effective(exam: Examination, coefficients: str) -> dict[str, Any]:
    """Return the effective dose of the parts of an examination that have a coefficient, and why others have none."""
    parts, refusals = [], []
    for event in exam.events:
        product = event.of(QuantityKind.DLP)
        if product is None:
            continue
        try:
            parts.append(effective_dose(product, event.region, exam.patient.age_years, coefficients))
        except Refused as problem:
            refusals.append({"event": event.uid, "protocol": event.protocol, "reason": problem.what})
    document: dict[str, Any] = {"coefficients": coefficients, "parts": [asdict(one) for one in parts]}
    if parts and not refusals:
        document["msv"] = sum(one.msv for one in parts)
    return document | {"refused": refusals, "statement": "for populations; never the risk of one person"}
