"""Sign-in and sign-out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from fyr.record import Access
from fyr.record.audit import AuditEvent
from fyr.serve.documents import PersonDocument, Problem, SessionDocument, SignInRequest
from fyr.serve.installation import Installation
from fyr.serve.permissions import PERMISSIONS, Person, Role
from fyr.serve.problems import NotSignedIn, TooManyGuesses
from fyr.serve.sessions import csrf_token, new_token
from fyr.serve.signed_in import Here, Visiting, give_cookie, take_cookie_back
from fyr.version import __version__

__all__ = ["router"]

router = APIRouter(tags=["session"])


@router.get("/session")
def session(here: Here, visitor: Visiting, request: Request, response: Response) -> SessionDocument:
    """Say who is signed in, if anybody, and give the token that every POST repeats."""
    token = visitor.token
    if token is None:
        token = new_token()
        give_cookie(request, response, token)
    return _document(here, visitor.person, token)


@router.post("/sign-in", responses={401: {"model": Problem}, 429: {"model": Problem}})
def sign_in(
    here: Here, visitor: Visiting, wanted: SignInRequest, request: Request, response: Response
) -> SessionDocument:
    """Begin a session. The browser gets a new token, whatever it had before."""
    address = request.client.host if request.client else "unknown"
    name = wanted.name.strip()
    wait_s = here.throttle.try_now(name, address)
    if wait_s:
        raise TooManyGuesses(wait_s)
    with here.hashing:
        person = here.identity.authenticate(name, wanted.password)
    if person is None:
        nobody = Access(person=f"unknown:{name}", role="none", purpose="sign in")
        here.record.audit.append([AuditEvent(nobody, "fail to sign in", detail={"address": address})])
        raise NotSignedIn("name and password do not match", mend="try again, or ask an administrator")
    here.throttle.succeeded(name, address)
    here.record.audit.append([AuditEvent(person.access(), "sign in", detail={"address": address})])
    if visitor.token is not None:
        here.sessions.close(visitor.token)
    token = here.sessions.open(person.name)
    give_cookie(request, response, token)
    return _document(here, person, token)


@router.post("/sign-out")
def sign_out(here: Here, visitor: Visiting, response: Response) -> dict[str, bool]:
    """End the session; its live streams end within seconds."""
    if visitor.token is not None:
        here.sessions.close(visitor.token)
    if visitor.person is not None:
        here.record.audit.append([AuditEvent(visitor.person.access(), "sign out")])
    take_cookie_back(response)
    return {"signed_out": True}


def _document(here: Installation, person: Person | None, token: str) -> SessionDocument:
    return SessionDocument(
        person=None if person is None else PersonDocument(name=person.name, title=person.title, role=person.role.value),
        permissions=sorted(permission.value for permission in PERMISSIONS[person.role]) if person else [],
        csrf_token=csrf_token(token),
        hospital=here.hospital,
        simulated=here.simulated,
        open_patients=sorted(map(str, here.open_patients)) if person is not None else [],
        version=__version__,
        roles=[role.value for role in Role],
    )
