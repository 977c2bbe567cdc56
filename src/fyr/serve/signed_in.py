"""Who is asking: the session cookie, the person behind it, and the token that guards every POST."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from fyr.errors import NotPermitted
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.problems import NotSignedIn
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
    """A browser with its token, and the person signed in there, if any."""

    token: str | None
    person: Person | None


def _installation(request: Request) -> Installation:
    installation = request.app.state.installation
    assert isinstance(installation, Installation)  # noqa: S101  create_app put it there
    return installation


Here = Annotated[Installation, Depends(_installation)]


def _visitor(request: Request, here: Here) -> Visitor:
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

    Raises
    ------
    NotPermitted
        If the header is missing or wrong.
    """
    if request.method in _SAFE_METHODS:
        return
    token = request.cookies.get(COOKIE)
    given = request.headers.get(CSRF_HEADER, "")
    if not token or not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
        raise NotPermitted(
            f"the header {CSRF_HEADER} is missing or does not belong to this sign-in",
            mend="read csrf_token from GET /api/session and send it with every POST",
        )


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the token to the browser: out of reach of scripts and of other sites."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)


def take_cookie_back(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
