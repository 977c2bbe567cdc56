"""All rows of a patient in ``treatment-plan-change-information.csv`` as one CarePlan with its reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_rows import Row
from fyr.exchange.fhir.mcode.elements import SNOMED, Json, concept, content_id, reference

__all__ = ["care_plan_of"]

_ICARE: Final = "http://mcodeinitiative.org/codex/us/icare/StructureDefinition/"
_NARRATIVE: Final = (
    '<div xmlns="http://www.w3.org/1999/xhtml">This resource details the Treatment Plan Changes for a particular '
    "patient over a period of time, as modeled in the ICAREdata usecase of mCODE. It is based on the profile found "
    "here: http://standardhealthrecord.org/guides/icare/StructureDefinition-icare-CarePlanWithReview.html</div>"
)
_CHANGED: Final = {"true": True, "false": False}


def care_plan_of(rows: Sequence[Row], patient: str) -> Json:
    """Return the CarePlan.

    Raises
    ------
    BadInput
        If a row does not say whether the plan changed, or changed without a reason.
    """
    reviews = [_review(row) for row in rows]
    return {
        "resourceType": "CarePlan",
        "id": content_id({"subjectId": patient, "reviews": reviews}),
        "meta": {"profile": [f"{_ICARE}icare-care-plan-with-review"]},
        "text": {"status": "additional", "div": _NARRATIVE},
        "extension": [_extension(review) for review in reviews],
        "subject": reference("Patient", patient),
        "status": "draft",
        "intent": "proposal",
        "category": [concept("assess-plan", "http://argonaut.hl7.org")],
    }


def _review(row: Row) -> dict[str, str]:
    changed, reason, text = row.need("changed"), row.get("reasonCode"), row.get("reasonDisplayText")
    if changed not in _CHANGED:
        raise BadInput(f"changed is '{changed}'", where=row.where, mend="write true or false")
    if _CHANGED[changed] and not reason:
        raise BadInput("the plan changed without a reasonCode", where=row.where, mend="give the reason's code")
    review = {"effectiveDate": row.needed_moment("dateOfCarePlan")[:10], "hasChanged": changed}
    if reason:
        review["reasonCode"] = reason
        if text:
            review["reasonDisplayText"] = text
    return review


def _extension(review: dict[str, str]) -> Json:
    reason, text = review.get("reasonCode"), review.get("reasonDisplayText")
    why = (
        [{"url": "CarePlanChangeReason", "valueCodeableConcept": concept(reason, SNOMED, text, text)}] if reason else []
    )
    return {
        "url": f"{_ICARE}icare-care-plan-review",
        "extension": [
            *why,
            {"url": "ReviewDate", "valueDate": review["effectiveDate"]},
            {"url": "ChangedFlag", "valueBoolean": _CHANGED[review["hasChanged"]]},
        ],
    }
