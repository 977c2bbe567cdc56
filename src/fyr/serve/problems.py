"""What goes wrong at the HTTP edge, said as ``{"error": {"what", "where", "mend"}}`` with the status that fits.

::

    BadInput                     400
    ├── NotFound                 404: there is no such patient, ward, notification or address
    └── Conflict                 409: it exists, but is no longer in a state that allows this
    NotPermitted                 403
    ├── NotSignedIn              401
    └── TooManyGuesses           429, with Retry-After
    Refused                      422
    ServiceUnavailable           503

Under ``/api/fhir`` it is said as an OperationOutcome.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fyr.errors import BadInput, FyrError, NotPermitted, Refused, ServiceUnavailable, UsageError
from fyr.exchange.fhir.outcomes import operation_outcome
from fyr.serve.security_headers import SECURITY_HEADERS

__all__ = [
    "FHIR_JSON",
    "Conflict",
    "NotFound",
    "NotSignedIn",
    "TooManyGuesses",
    "error_document",
    "say_problems_as_json",
]

FHIR_JSON: Final = "application/fhir+json"
_FHIR: Final = "/api/fhir"
_FHIR_CODES: Final = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 422: "invalid"} | {
    429: "throttled",
    500: "exception",
    503: "transient",
}
"""Codes of http://hl7.org/fhir/issue-type by HTTP status."""

_LOG: Final = logging.getLogger("fyr.serve")
_RETRY_AFTER_S: Final = 5


class NotFound(BadInput):
    """There is no such patient, ward, notification or address."""


class Conflict(BadInput):
    """It exists, but is no longer in a state that allows this."""


class NotSignedIn(NotPermitted):
    """Nobody is signed in, or the name and password do not match."""


class TooManyGuesses(NotPermitted):
    """Too many wrong passwords or tokens; `retry_after_s` says how long to wait."""

    def __init__(self, retry_after_s: int, of_what: str = "wrong passwords") -> None:
        super().__init__(f"too many {of_what}", mend=f"wait {retry_after_s} s, then try again")
        self.retry_after_s = retry_after_s


_STATUS: Final[tuple[tuple[type[FyrError], int], ...]] = (
    (NotFound, 404),
    (Conflict, 409),
    (NotSignedIn, 401),
    (TooManyGuesses, 429),
    (UsageError, 400),
    (BadInput, 400),
    (NotPermitted, 403),
    (Refused, 422),
    (ServiceUnavailable, 503),
)


def error_document(what: str, where: str = "", mend: str = "") -> dict[str, dict[str, str]]:
    """Return the one shape that every error has."""
    return {"error": {"what": what, "where": where, "mend": mend}}


def _answer(
    request: Request, status: int, problem: tuple[str, str, str], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    what, where, mend = problem
    if not request.url.path.startswith(_FHIR):
        return JSONResponse(error_document(what, where, mend), status, headers)
    said = f"{where}: {what}" if where else what
    outcome = operation_outcome(said, _FHIR_CODES.get(status, "processing"), mend=mend)
    return JSONResponse(outcome, status, headers, media_type=FHIR_JSON)


def say_problems_as_json(app: FastAPI) -> None:
    """Answer every failure of `app` with the error document; the details of our own faults stay in the log."""
    app.add_exception_handler(FyrError, _known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _own_fault)


def _known(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, FyrError)  # noqa: S101  registered for FyrError only
    status = next((status for kind, status in _STATUS if isinstance(problem, kind)), 500)
    if status == 500:
        return _own_fault(request, problem)
    headers = {"Retry-After": str(problem.retry_after_s)} if isinstance(problem, TooManyGuesses) else None
    if status == 503 and request.url.path.startswith(_FHIR):
        headers = {"Retry-After": str(_RETRY_AFTER_S)}
    return _answer(request, status, (problem.what, problem.where, problem.mend), headers)


def _malformed(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, RequestValidationError)  # noqa: S101  registered for it only
    first: dict[str, Any] = problem.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    return _answer(request, 422, (f"the request is not as it should be: {first['msg']}", where, ""))


def _http(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, HTTPException)  # noqa: S101  registered for it only
    what = "there is nothing at this address" if problem.status_code == 404 else str(problem.detail)
    return _answer(request, problem.status_code, (what, request.url.path, ""), problem.headers)


def _own_fault(request: Request, problem: Exception) -> JSONResponse:
    # This answer is made outside the middleware, so it brings the security headers itself.
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    said = "this is Fyr's own fault; the server's log has the details"
    return _answer(request, 500, (said, "", ""), SECURITY_HEADERS)
