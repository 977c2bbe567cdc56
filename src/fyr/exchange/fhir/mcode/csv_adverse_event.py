"""Rows of adverse events: as such, and graded by CTCAE (Common Terminology Criteria for Adverse Events)."""

from __future__ import annotations

from typing import Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import (
    NCI_THESAURUS,
    SNOMED,
    Json,
    coding,
    concept,
    concept_extension,
    content_id,
    extensions,
    present,
    reference,
)

__all__ = ["adverse_event_of", "graded_adverse_event_of"]

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_SERIOUSNESS: Final = f"{_TERMINOLOGY}adverse-event-seriousness"
_CTCAE: Final = "http://hl7.org/fhir/us/ctcae/StructureDefinition/"
_GRADES: Final = {
    "0": "Absent Adverse Event",
    "1": "Mild Adverse Event",
    "2": "Moderate Adverse Event",
    "3": "Severe Adverse Event",
    "4": "Life Threatening or Disabling Adverse Event",
    "5": "Death Related to Adverse Event",
}
_EXPECTATION: Final = {"C41333": "Expected Adverse Event", "C41334": "Unexpected Adverse Event"}
_OUTCOME: Final = {
    "C84266": "Life Threatening Adverse Event",
    "C48275": "Death Related to Adverse Event",
    "C113380": "Disabling Adverse Event",
    "C83052": "Adverse Event associated with Hospitalization",
    "C2849": "Congenital Abnormality",
    "C52668": "Intervention Required",
}
_FUNCTION: Final = {
    "INF": "Informant",
    "PART": "Participation",
    "WIT": "Witness",
    "AUT": "Author (originator)",
    "AUTHEN": "Authenticator",
}


def adverse_event_of(row: Row, patient: str) -> Json:
    """Return the AdverseEvent of a row without a grade."""
    severity, actuality = row.get("severity"), row.get("actuality") or "actual"
    content = _content(row, patient) | {"severity": severity, "actuality": actuality} | _content_end(row)
    return {
        "resourceType": "AdverseEvent",
        "id": row.get("adverseEventId") or content_id(content),
        **_common(row, patient),
        **({"severity": concept(severity, f"{_TERMINOLOGY}adverse-event-severity")} if severity else {}),
        "actuality": actuality,
    }


def graded_adverse_event_of(row: Row, patient: str) -> Json:
    """Return the AdverseEvent of a row with a CTCAE grade.

    Raises
    ------
    BadInput
        If the grade is none of CTCAE, or a function stands without whose it is.
    """
    grade, actor, function = row.need("grade"), row.get("actor"), row.get("functionCode")
    if grade not in _GRADES:
        raise BadInput(f"the grade is '{grade}'", where=row.where, mend="give 0 to 5")
    if function and not actor:
        raise BadInput("there is a functionCode without an actor", where=row.where, mend="give the actor")
    resolved, expectation, outcome = row.moment("resolvedDate"), row.get("expectation"), row.get("seriousnessOutcome")
    content = (
        _content(row, patient, graded=True)
        | _content_end(row)
        | {
            "grade": {"code": grade, "display": _GRADES[grade]},
            "resolvedDate": resolved,
            "expectation": _coded(expectation, NCI_THESAURUS, _EXPECTATION),
            "seriousnessOutcome": _coded(outcome, NCI_THESAURUS, _OUTCOME),
            "actor": actor,
            "functionCode": _coded(function, f"{_TERMINOLOGY}v3-ParticipationType", _FUNCTION),
        }
    )
    return {
        "resourceType": "AdverseEvent",
        "id": row.get("adverseEventId") or content_id(content),
        **extensions(
            concept_extension(
                f"{_CTCAE}ctcae-grade",
                grade,
                "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system",
                _GRADES[grade],
            ),
            None if resolved is None else {"url": f"{_CTCAE}adverse-event-resolved-date", "valueDateTime": resolved},
            concept_extension(
                f"{_CTCAE}adverse-event-expectation", expectation, NCI_THESAURUS, _EXPECTATION.get(expectation or "")
            ),
            concept_extension(
                f"{_CTCAE}adverse-event-seriousness-outcome", outcome, NCI_THESAURUS, _OUTCOME.get(outcome or "")
            ),
            _participant(actor, function),
        ),
        **_common(row, patient),
        "actuality": "actual",
    }


def _common(row: Row, patient: str) -> Json:
    code, system = row.need("adverseEventCode"), row.get("adverseEventCodeSystem") or SNOMED
    event = coding(code, system, row.get("adverseEventDisplayText"), row.get("adverseEventCodeVersion"))
    cause, cause_type, study = row.get("suspectedCauseId"), row.get("suspectedCauseType"), row.get("studyId")
    seriousness = (
        row.get("seriousness"),
        row.get("seriousnessCodeSystem") or _SERIOUSNESS,
        row.get("seriousnessDisplayText"),
    )
    categories = [one for one in _categories(row) if one is not None]
    return {
        "subject": reference("Patient", patient),
        "event": {"coding": [event], **present(text=row.get("adverseEventText"))},
        **({"suspectEntity": [{"instance": reference(cause_type, cause)}]} if cause and cause_type else {}),
        **({"seriousness": concept(*seriousness)} if seriousness[0] else {}),
        **({"category": [{"coding": [one]} for one in categories]} if categories else {}),
        **({"study": [reference("ResearchStudy", study)]} if study else {}),
        "date": row.needed_moment("effectiveDate"),
        **present(recordedDate=row.moment("recordedDate")),
    }


def _categories(row: Row) -> list[Json | None]:
    codes, systems, displays = (row.parts(f"category{part}") for part in ("", "CodeSystem", "DisplayText"))
    if not len(codes) == len(systems) == len(displays):
        what = "the categories, their code systems and their texts are not equally many"
        raise BadInput(what, where=row.where, mend="separate each with |, and leave none out")
    usual = f"{_TERMINOLOGY}adverse-event-category"
    return [
        None if code is None else coding(code, system or usual, display)
        for code, system, display in zip(codes, systems, displays, strict=True)
    ]


def _content(row: Row, patient: str, *, graded: bool = False) -> Json:
    """Return what an id is made of, up to the categories; in the order and with the names of the framework."""
    return {
        "subjectId": patient,
        "code": row.get("adverseEventCode"),
        "system": row.get("adverseEventCodeSystem") or SNOMED,
        **({"version": row.get("adverseEventCodeVersion")} if graded else {}),
        "display": row.get("adverseEventDisplayText"),
        **({"text": row.get("adverseEventText")} if graded else {}),
        "suspectedCauseId": row.get("suspectedCauseId"),
        "suspectedCauseType": row.get("suspectedCauseType"),
        "seriousnessCode": row.get("seriousness"),
        "seriousnessCodeSystem": row.get("seriousnessCodeSystem") or _SERIOUSNESS,
        "seriousnessDisplayText": row.get("seriousnessDisplayText"),
        "category": [
            None if one is None else {name: one[name] for name in ("code", "system", "display") if name in one}
            for one in _categories(row)
        ],
    }


def _content_end(row: Row) -> Json:
    return {
        "studyId": row.get("studyId"),
        "effectiveDateTime": row.moment("effectiveDate"),
        "recordedDateTime": row.moment("recordedDate"),
    }


def _coded(code: str | None, system: str, displays: dict[str, str]) -> Json | None:
    return None if code is None else {"code": code, "system": system, "display": displays.get(code)}


def _participant(actor: str | None, function: str | None) -> Json | None:
    if actor is None:
        return None
    role = concept_extension("function", function, f"{_TERMINOLOGY}v3-ParticipationType", _FUNCTION.get(function or ""))
    return {
        "url": f"{_CTCAE}adverse-event-participant",
        **extensions(role, {"url": "actor", "valueReference": reference(None, actor)}),
    }
