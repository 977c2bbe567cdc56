"""Federated studies: what was proposed to this hospital, what it decided, how far each is, and what was disclosed."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import orjson
from fastapi import APIRouter, Response

from fyr.errors import NotPermitted
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.problems import Conflict, NotFound
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.study_desk import ShownStudies
from fyr.serve.study_documents import DecisionAsked, Studies, StudyDocument

__all__ = ["router"]

router = APIRouter(prefix="/studies", tags=["studies"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404, 409)}


@router.get("", responses=_PROBLEMS)
def listed(here: Here, person: SignedIn) -> Studies:
    """List the studies, newest first, with the ledger of all that was disclosed in short."""
    require(person, Permission.READ_MODELS)
    here.record.audit.append([AuditEvent(person.access(), "read study list")])
    return Studies.model_validate(ShownStudies(here.record.storage.files).listed())


@router.get("/ledger.csv", response_class=Response, responses=_PROBLEMS)
def ledger(here: Here, person: SignedIn) -> Response:
    """Give every disclosure of this hospital as a table."""
    require(person, Permission.READ_MODELS)
    here.record.audit.append([AuditEvent(person.access(), "export disclosure ledger")])
    rows = [one.document() for one in ShownStudies(here.record.storage.files).entries()]
    body = io.StringIO()
    names = [
        "at",
        "name",
        "study",
        "round",
        "step",
        "rows",
        "masked",
        "numbers",
        "columns",
        "groups",
        "rho",
        "isolable",
    ]
    table = csv.DictWriter(body, names, extrasaction="ignore")
    table.writeheader()
    table.writerows({**row, "columns": " ".join(row["columns"])} for row in rows)
    headers = {"Content-Disposition": 'attachment; filename="disclosures.csv"'}
    return Response(body.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{name}", responses=_PROBLEMS)
def one(here: Here, person: SignedIn, name: str) -> StudyDocument:
    """Show one study: its rounds, the forecast of the leak meter, what it disclosed, and its result."""
    shown = _shown(here, person, name)
    here.record.audit.append([AuditEvent(person.access(), "read study", detail={"study": name})])
    return StudyDocument.model_validate(shown.one(name))


@router.get("/{name}/result.json", response_class=Response, responses=_PROBLEMS)
def result(here: Here, person: SignedIn, name: str) -> Response:
    """Give the result."""
    found = _shown(here, person, name).one(name)
    if found["result"] is None:
        raise NotFound("this study has no result yet", where=name)
    here.record.audit.append([AuditEvent(person.access(), "export study result", detail={"study": name})])
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    body = orjson.dumps(found["result"], option=orjson.OPT_INDENT_2)
    return Response(body, media_type="application/json", headers=headers)


@router.post("/{name}/decision", responses=_PROBLEMS)
def decide(here: Here, person: SignedIn, name: str, asked: DecisionAsked) -> StudyDocument:
    """Approve or decline a study; once, and for exactly the study that was read."""
    require(person, Permission.DECIDE_STUDIES)
    shown = _shown(here, person, name)
    study = shown.desk.read(name).study
    if study is None or study.digest != asked.digest:
        raise Conflict("the study is not the one that was read", where=name, mend="read it again, then decide")
    if asked.decision == "declined" and not asked.reason.strip():
        raise Conflict("a study is declined with a reason", where=name, mend="say why, for those who proposed it")
    try:
        shown.desk.decide(name, asked.decision, person.title, asked.reason.strip())
    except NotPermitted as problem:
        raise Conflict(problem.what, where=problem.where, mend=problem.mend) from None
    detail = {"study": name, "digest": asked.digest, "reason": asked.reason.strip()}
    here.record.audit.append([AuditEvent(person.access(), f"{asked.decision} study", detail=detail)])
    return StudyDocument.model_validate(shown.one(name))


def _shown(here: Installation, person: Person, name: str) -> ShownStudies:
    require(person, Permission.READ_MODELS)
    shown = ShownStudies(here.record.storage.files)
    if name not in shown.desk:
        raise NotFound(f"there is no study '{name}'", mend="see GET /api/studies")
    return shown
