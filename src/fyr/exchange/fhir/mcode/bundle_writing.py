"""What the record has of a patient's cancer as an mCODE bundle that Fyr reads back to the same observations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from fyr.exchange.fhir.mcode.elements import Json, reference
from fyr.exchange.fhir.mcode.fact_writing import written_fact
from fyr.exchange.fhir.mcode.hearing_thresholds import written_threshold
from fyr.exchange.fhir.mcode.kept import KEPT, written_again
from fyr.exchange.fhir.mcode.patients import written_patient
from fyr.record import Observation, PatientId
from fyr.record.clinical import FACTS
from fyr.record.hearing import is_hearing_code

__all__ = ["written_bundle"]

_HOUSE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fyr:patient")


def written_bundle(
    who: PatientId, attributes: dict[str, Any], observations: Sequence[Observation]
) -> tuple[Json, list[Observation]]:
    """Return the bundle, and the observations that are not in it.

    In it are clinical facts, hearing thresholds and resources that were kept.

    Ids are made of the content, so the same record gives the same bundle.
    """
    patient = str(uuid.uuid5(_HOUSE, str(who)))
    subject = reference("Patient", patient)
    entries = [_entry(written_patient(who, attributes, patient))]
    left: list[Observation] = []
    for one in observations:
        if one.code in FACTS:
            content = (who, one.code, one.time_us, one.value, one.status.value, one.source)
            entries.append(_entry(written_fact(one, subject, str(uuid.uuid5(_HOUSE, repr(content))))))
        elif is_hearing_code(one.code) and isinstance(one.value, float):
            content = (who, one.code, one.time_us, one.value, one.status.value, one.source)
            entries.append(_entry(written_threshold(one, subject, str(uuid.uuid5(_HOUSE, repr(content))))))
        elif one.code.startswith(KEPT):
            entries.append(_entry(written_again(one, subject)))
        else:
            left.append(one)
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}, left


def _entry(resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
