"""What a sender of FHIR is answered: OperationOutcomes, and bundles with one response for each entry."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from fyr.exchange.fhir.observations import SINGLE, TRANSACTION, ReadResources
from fyr.exchange.incoming import Problem, ProblemKind, Verdict

__all__ = ["answer", "operation_outcome", "searchset", "status_of", "together"]

_ISSUE: Final = {
    ProblemKind.UNREADABLE: "invalid",
    ProblemKind.INCOMPLETE: "required",
    ProblemKind.UNSUPPORTED: "not-supported",
    ProblemKind.TOO_LARGE: "too-long",
    ProblemKind.UNKNOWN_PATIENT: "not-found",
    ProblemKind.CONTRADICTION: "conflict",
    ProblemKind.FLOODED: "throttled",
}
"""Codes of http://hl7.org/fhir/issue-type."""

_STATUS: Final = {ProblemKind.TOO_LARGE: 413, ProblemKind.FLOODED: 429}
_CREATED: Final = 201
_TEXTS: Final = {201: "201 Created", 413: "413 Payload Too Large", 422: "422 Unprocessable Entity", 429: "429 Too Many"}
_ACCEPTED: Final = "it is taken and kept"
_SURROUNDS: Final = "it was read for what it says of the Observations, and is not kept"


def status_of(problem: Problem) -> int:
    """Return the HTTP status of a message that was not accepted."""
    return _STATUS.get(problem.kind, 422)


def operation_outcome(
    what: str, code: str = "processing", *, where: str = "", mend: str = "", severity: str = "error"
) -> dict[str, Any]:
    """Return an OperationOutcome with one issue."""
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": f"{what}; {mend}" if mend else what}
    if where:
        issue["expression"] = [where]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def answer(read: ReadResources, verdicts: Sequence[Verdict]) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the resource that a sender is answered, where everything is kept.

    Parameters
    ----------
    read : ReadResources
    verdicts : sequence of Verdict
        One for each message of it.
    """
    if read.kind in (SINGLE, TRANSACTION) or not read.entries:
        problem = verdicts[0].problem
        if problem is not None:
            return status_of(problem), _refused(problem)
        if read.kind == SINGLE:
            return _CREATED, operation_outcome(_ACCEPTED, "informational", severity="information")
    entries = [_response(None if message is None else verdicts[message]) for message in read.entries]
    kind = "transaction-response" if read.kind == TRANSACTION else "batch-response"
    return 200, {"resourceType": "Bundle", "type": kind, "entry": entries}


def searchset(resources: Sequence[dict[str, Any]], total: int, address: str) -> dict[str, Any]:
    """Return resources as the answer to a search.

    Parameters
    ----------
    resources : sequence of dict
    total : int
        How many there are; there may be more than are returned.
    address : str
        What was asked.
    """
    entries = [
        {
            "fullUrl": _full_url(one),
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in resources
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": total}
    bundle["link"] = [{"relation": "self", "url": address}]
    return {**bundle, "entry": entries} if entries else bundle


def _full_url(resource: dict[str, Any]) -> str:
    """Return an address that is the same whenever the resource is returned."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, resource['resourceType'] + '/' + resource['id'])}"


def together(bundles: Sequence[dict[str, Any]], count: int, address: str) -> dict[str, Any]:
    """Return the answers of several servers to the same search as one: each resource once, the newest first.

    Parameters
    ----------
    bundles : sequence of dict
        What :func:`searchset` made, of resources that say when they were last updated.
    count : int
        How many are returned at most.
    address : str
        What was asked.
    """
    newest: dict[str, dict[str, Any]] = {}
    entries = [entry for bundle in bundles for entry in bundle.get("entry", [])]
    for entry in sorted(entries, key=lambda one: one["resource"]["meta"]["lastUpdated"], reverse=True):
        newest.setdefault(entry["fullUrl"], entry)
    total = sum(bundle["total"] for bundle in bundles) - (len(entries) - len(newest))
    return searchset([entry["resource"] for entry in newest.values()][:count], total, address)


def _response(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        outcome = operation_outcome(_SURROUNDS, "informational", severity="information")
        return {"response": {"status": "200 OK", "outcome": outcome}}
    if verdict.problem is None:
        return {"response": {"status": _TEXTS[_CREATED]}}
    return {"response": {"status": _TEXTS[status_of(verdict.problem)], "outcome": _refused(verdict.problem)}}


def _refused(problem: Problem) -> dict[str, Any]:
    return operation_outcome(problem.what, _ISSUE[problem.kind], where=problem.where, mend=problem.mend)
