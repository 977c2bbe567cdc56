"""A row of ``staging-information.csv`` as Observations: T, M and N, and the stage group that they lead to."""

from __future__ import annotations

from typing import Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import (
    CANCER_STAGING,
    LOINC,
    MCODE,
    SNOMED,
    Json,
    category,
    coding,
    concept,
    content_id,
    present,
    reference,
)

__all__ = ["SNOMED_STAGING_SYSTEMS", "staging_of"]

_OBSERVATION_CATEGORY: Final = {"Clinical": "survey", "Pathologic": "laboratory"}
_STAGE_GROUP: Final = {"Clinical": "21908-9", "Pathologic": "21902-2"}
_CATEGORIES: Final = (
    ("t", "Tumor", "mcode-tnm-primary-tumor-category", {"Clinical": "21905-5", "Pathologic": "21899-0"}),
    ("m", "Metastases", "mcode-tnm-distant-metastases-category", {"Clinical": "21907-1", "Pathologic": "21901-4"}),
    ("n", "Nodes", "mcode-tnm-regional-nodes-category", {"Clinical": "21906-3", "Pathologic": "21900-6"}),
)

SNOMED_STAGING_SYSTEMS: Final = frozenset(
    {"444256004", "443830009", "897275008", "1269566009", "254292007", "258235000"}
)
"""The AJCC manuals, editions 6, 7 and 8, and version 9; TNM tumor staging; staging systems."""
_AJCC_IN_NCI: Final = "C146985"
"""AJCC version 8 in the NCI Thesaurus, as mCODE's examples cite it."""
_NCI_METATHESAURUS: Final = "http://ncimeta.nci.nih.gov"


def staging_of(row: Row, patient: str) -> list[Json]:
    """Return the Observations of the categories that the row has, and of the stage group.

    Raises
    ------
    BadInput
        If the row is neither clinical nor pathologic, or lacks the stage group, the condition or the date.
    """
    kind = row.need("type")
    if kind not in _STAGE_GROUP:
        raise BadInput(f"the staging is '{kind}'", where=row.where, mend="write Clinical or Pathologic")
    condition, effective, group = row.need("conditionId"), row.needed_moment("effectiveDate"), row.need("stageGroup")
    system, system_of_codes = row.get("stagingSystem"), row.get("stagingCodeSystem")
    common = {
        "category": category(_OBSERVATION_CATEGORY[kind]),
        "subject": reference("Patient", patient),
        **_method(system, system_of_codes),
        "effectiveDateTime": effective,
        "focus": [reference("Condition", condition)],
    }
    found = []
    for column, category_type, profile, codes in _CATEGORIES:
        value = row.get(column)
        if value is None:
            continue
        content: Json = {
            "conditionId": condition,
            "effectiveDateTime": effective,
            "stageType": kind,
            "stagingSystem": system,
            "stagingCodeSystem": system_of_codes,
            "subjectId": patient,
            "valueCode": value,
            "categoryType": category_type,
        }
        found.append(_observation(content_id(content), profile, codes[kind], value, common))
    members = [one["id"] for one in found]
    content = {
        "subjectId": patient,
        "conditionId": condition,
        "type": kind,
        "stageGroup": group,
        "stagingSystem": system,
        "stagingCodeSystem": system_of_codes,
        "effectiveDateTime": effective,
        "categoryIds": members,
    }
    stage = _observation(content_id(content), "mcode-cancer-stage-group", _STAGE_GROUP[kind], group, common)
    if members:
        stage["hasMember"] = [reference("Observation", member) for member in members]
    return [*found, stage]


def _observation(identity: str, profile: str, code: str, value: str, common: Json) -> Json:
    return {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"profile": [f"{MCODE}{profile}"]},
        "status": "final",
        "code": concept(code, LOINC),
        "valueCodeableConcept": concept(value, CANCER_STAGING),
        **common,
    }


def _method(code: str | None, system: str | None) -> Json:
    """Return the staging system; its code system only where the code is known to be of it."""
    if code is None:
        return {}
    if code == _AJCC_IN_NCI:
        known: str | None = _NCI_METATHESAURUS
    else:
        known = system if system == SNOMED and code in SNOMED_STAGING_SYSTEMS else None
    return present(method={"coding": [coding(code, known)]})
