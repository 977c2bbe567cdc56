"""Who is asking: a session cookie and the token that guards every POST, or a machine's bearer token in their place."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from fyr.errors import NotPermitted
from fyr.record import Access
from fyr.record.audit import AuditEvent
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.problems import NotSignedIn, TooManyGuesses
from fyr.serve.sessions import csrf_token

__all__ = [
    "COOKIE",
    "CSRF_HEADER",
    "Here",
    "SignedIn",
    "Visiting",
    "Visitor",
    "check_csrf",
    "give_cookie",
    "take_cookie_back",
]

COOKIE: Final = "fyr_session"
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with its token, and the person signed in there, if any; a machine has no such token."""

    token: str | None
    person: Person | None


def _installation(request: Request) -> Installation:
    installation = request.app.state.installation
    assert isinstance(installation, Installation)  # noqa: S101  create_app put it there
    return installation


Here = Annotated[Installation, Depends(_installation)]


def _bearer(request: Request) -> str | None:
    """Return what stands in the header Authorization, where a machine signs in; the cookie then counts for nothing."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn(f"'{scheme[:20]}' is no way to sign in here", mend="send Authorization: Bearer TOKEN")
    return token.strip()


def _machine(request: Request, here: Here, token: str) -> Person:
    machine = here.tokens.machine_of(token) if here.tokens is not None else None
    if machine is not None:
        return machine
    # Guessing 256 bits is hopeless, so a good token is never made to wait for wrong ones from the same address: what
    # waits is a device that keeps on trying, and with it the audit trail. Its count is apart from that of people.
    address = request.client.host if request.client else "unknown"
    wait_s = here.throttle.try_now("bearer token", f"machines at {address}")
    if wait_s:
        raise TooManyGuesses(wait_s, "wrong tokens")
    nobody = Access(person="unknown:token", role="none", purpose="sign in")
    here.record.audit.append([AuditEvent(nobody, "fail to sign in", detail={"address": address, "by": "token"})])
    raise NotSignedIn("the token is unknown or revoked", mend="get a new one: fyr serve token add NAME")


def _visitor(request: Request, here: Here) -> Visitor:
    bearer = _bearer(request)
    if bearer is not None:
        return Visitor(None, _machine(request, here, bearer))
    token = request.cookies.get(COOKIE)
    account = here.sessions.account_of(token) if token else None
    return Visitor(token, here.identity.person(account) if account else None)


Visiting = Annotated[Visitor, Depends(_visitor)]


def _signed_in(visitor: Visiting) -> Person:
    if visitor.person is None:
        raise NotSignedIn("nobody is signed in, or the session has ended", mend="sign in")
    return visitor.person


SignedIn = Annotated[Person, Depends(_signed_in)]


def check_csrf(request: Request) -> None:
    """Refuse a request that changes something unless it repeats the token that only our own page can know.

    One that brings a bearer token needs none: no other site can make a browser send that.

    Raises
    ------
    NotPermitted
        If the header is missing or wrong.
    """
    if request.method in _SAFE_METHODS or _bearer(request) is not None:
        return
    token = request.cookies.get(COOKIE)
    given = request.headers.get(CSRF_HEADER, "")
    if not token or not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
        raise NotPermitted(
            f"the header {CSRF_HEADER} is missing or does not belong to this sign-in",
            mend="read csrf_token from GET /api/session and send it with every POST; "
            "a machine sends Authorization: Bearer TOKEN instead",
        )


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the token to the browser: out of reach of scripts and of other sites."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)


def take_cookie_back(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
