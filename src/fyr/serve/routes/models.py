"""The models behind the numbers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from fyr.errors import BadInput
from fyr.models import model, models
from fyr.serve.documents import Models, ModelSummary, Problem
from fyr.serve.permissions import Permission, require
from fyr.serve.problems import NotFound
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", responses={401: {"model": Problem}})
def listed(here: Here, person: SignedIn) -> Models:  # noqa: ARG001
    """List every model that loads."""
    require(person, Permission.READ_MODELS)
    cards = [entry.card for entry in models().values()]
    return Models(
        models=[
            ModelSummary(
                name=card.name,
                version=card.version,
                title=card.title,
                digest=card.digest,
                intended_use=card.intended_use,
            )
            for card in cards
        ]
    )


@router.get("/{name}", responses={401: {"model": Problem}, 404: {"model": Problem}})
def card(person: SignedIn, name: str) -> dict[str, Any]:
    """Show a model's whole card."""
    require(person, Permission.READ_MODELS)
    try:
        found = model(name)
    except BadInput as problem:
        raise NotFound(problem.what, where=problem.where, mend=problem.mend) from None
    return {**found.card.as_dict(), "digest": found.card.digest}
