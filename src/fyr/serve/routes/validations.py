"""Validations that the hospital keeps: how models did on cohorts, and what can be taken away of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import orjson
from fastapi import APIRouter, Response

from fyr.exchange.samples import SAMPLES, SampleCache
from fyr.exchange.samples.cache import default_cache
from fyr.learn.validation_store import KeptValidation, ValidationStore
from fyr.models import ModelCard, models
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.kept_validation import cohort_name, figures_table, row_of
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.problems import NotFound
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.validation_documents import Validation, Validations

__all__ = ["router"]

router = APIRouter(prefix="/validations", tags=["validations"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}


@router.get("", responses=_PROBLEMS)
def listed(here: Here, person: SignedIn) -> Validations:
    """List the validations, newest first, and the open cohorts that there are."""
    require(person, Permission.READ_MODELS)
    store = _store(here)
    here.record.audit.append([AuditEvent(person.access(), "read validation list")])
    cache, cards = SampleCache(default_cache(os.environ)), _cards()
    maker = here.validation_maker
    return Validations.model_validate(
        {
            "validations": [_row(one, cards) for one in store.all()],
            "problems": store.problems(),
            "samples": [
                {"name": one.name, "title": one.title, "here": cache.has(one)}
                for one in SAMPLES.values()
                if one.mapping
            ],
            "making": None if maker is None else maker.state(),
        }
    )


@router.get("/{name}", responses=_PROBLEMS)
def one(here: Here, person: SignedIn, name: str) -> Validation:
    """Show one validation, with every figure, curve and group."""
    kept = _read(here, person, name)
    here.record.audit.append([AuditEvent(person.access(), "read validation", detail={"validation": kept.id})])
    row = _row(kept, _cards())
    sample = SAMPLES.get(row["cohort"]["sample"] or "")
    more = {
        "sample_title": None if sample is None else sample.title,
        "sample_source": None if sample is None else f"{sample.source}; {sample.licence}",
        "document": kept.document,
    }
    return Validation.model_validate({**row, **more})


@router.get("/{name}/validation.json", response_class=Response, responses=_PROBLEMS)
def as_json(here: Here, person: SignedIn, name: str) -> Response:
    """Give what `fyr learn validate --json` printed."""
    kept = _taken_away(here, person, name, "json")
    body = orjson.dumps(kept.document, option=orjson.OPT_INDENT_2)
    return Response(body, media_type="application/json", headers=_attached(kept, "json"))


@router.get("/{name}/figures.csv", response_class=Response, responses=_PROBLEMS)
def as_csv(here: Here, person: SignedIn, name: str) -> Response:
    """Give every figure, of all patients, each hospital and each group, as a table."""
    kept = _taken_away(here, person, name, "csv")
    body = figures_table(kept.document)
    return Response(body, media_type="text/csv; charset=utf-8", headers=_attached(kept, "csv"))


@router.get("/{name}/report.html", response_class=Response, responses=_PROBLEMS)
def as_html(here: Here, person: SignedIn, name: str) -> Response:
    """Give the report as one page that needs nothing from elsewhere."""
    from fyr.learn.report.contents import report_of
    from fyr.learn.report.html import as_html

    kept = _taken_away(here, person, name, "html")
    body = as_html(report_of(_named(kept.document)))
    return Response(body, media_type="text/html; charset=utf-8", headers=_attached(kept, "html"))


@router.get("/{name}/report.pdf", response_class=Response, responses=_PROBLEMS)
def as_pdf(here: Here, person: SignedIn, name: str) -> Response:
    """Give the report for paper."""
    from fyr.learn.report.contents import report_of
    from fyr.learn.report.pdf import as_pdf

    kept = _taken_away(here, person, name, "pdf")
    body = as_pdf(report_of(_named(kept.document)))
    return Response(body, media_type="application/pdf", headers=_attached(kept, "pdf"))


def _store(here: Installation) -> ValidationStore:
    return ValidationStore(here.record.storage.files)


def _read(here: Installation, person: Person, name: str) -> KeptValidation:
    require(person, Permission.READ_MODELS)
    store = _store(here)
    if name not in store:
        raise NotFound(f"there is no validation '{name}'", mend="see GET /api/validations")
    return store.read(name)


def _taken_away(here: Installation, person: Person, name: str, form: str) -> KeptValidation:
    kept = _read(here, person, name)
    detail = {"validation": kept.id, "form": form}
    here.record.audit.append([AuditEvent(person.access(), "export validation", detail=detail)])
    return kept


def _attached(kept: KeptValidation, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{kept.id}.{ending}"'}


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """Return the validation with its cohort called by name: a path of this server is nothing to hand out."""
    return {**document, "cohort": {**document["cohort"], "source": cohort_name(document)}}


def _cards() -> list[ModelCard]:
    return [found.card for found in models().values()]


def _row(kept: KeptValidation, cards: Sequence[ModelCard]) -> dict[str, Any]:
    """Return a row of the list, with what the model is called today and whether it is still the same."""
    row = row_of(kept)
    named = [card for card in cards if card.name == row["model"]["name"]]
    same = next((card for card in named if card.digest == row["model"]["digest"]), None)
    known = same or next((card for card in named if card.version == row["model"]["version"]), None)
    row["model"]["title"] = known.title if known is not None else None
    row["model"]["current"] = same is not None
    return row
