"""Sign-in sessions: a random token in the browser, its digest here, an end when idle and an end in any case."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final, Protocol

from fyr.clock import HOUR_US, MINUTE_US, Clock, SystemClock

__all__ = ["LoginSession", "SessionStore", "Sessions", "csrf_token", "new_token", "token_digest"]

_TOUCH_EVERY_US: Final = MINUTE_US


@dataclass(frozen=True, slots=True)
class LoginSession:
    """What the server keeps of a session; never the token itself.

    Parameters
    ----------
    token_sha256 : str
        Hexadecimal digest of the token.
    account : str
        Name of the person.
    csrf_token : str
        What the page repeats with every POST; see :func:`csrf_token`.
    created_us, seen_us, expires_us : int
        Begin, last use, and the end in any case; microseconds UTC.
    """

    token_sha256: str
    account: str
    csrf_token: str
    created_us: int
    seen_us: int
    expires_us: int


class SessionStore(Protocol):
    """Keeps sessions."""

    def session(self, token_sha256: str) -> LoginSession | None:
        """Return the session of that digest."""
        ...

    def add(self, session: LoginSession) -> None:
        """Keep a new session."""
        ...

    def touch(self, token_sha256: str, seen_us: int) -> None:
        """Note that a session was used; one that is gone stays gone."""
        ...

    def remove(self, token_sha256: str) -> None:
        """Forget a session."""
        ...

    def remove_expired(self, seen_before_us: int, now_us: int) -> None:
        """Forget every session that was last used before, or has ended."""
        ...


class Sessions:
    """Opens, checks and ends sessions.

    Parameters
    ----------
    store : SessionStore
    clock : Clock, optional
        The wall clock, also where a demonstration runs faster than it.
    idle_us : int
        Without use for this long, a session ends. An open live stream is use.
    absolute_us : int
        A session ends after this long in any case: a long shift.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Clock | None = None,
        *,
        idle_us: int = 30 * MINUTE_US,
        absolute_us: int = 13 * HOUR_US,
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._idle_us = idle_us
        self._absolute_us = absolute_us

    def open(self, account: str) -> str:
        """Begin a session and return its token, which is kept nowhere but in the browser."""
        token, now_us = new_token(), self._clock.now_us()
        self._store.remove_expired(now_us - self._idle_us, now_us)
        self._store.add(
            LoginSession(token_digest(token), account, csrf_token(token), now_us, now_us, now_us + self._absolute_us)
        )
        return token

    def account_of(self, token: str) -> str | None:
        """Return whose session the token belongs to and note the use, or ``None`` if there is none or it has ended."""
        session = self._store.session(token_digest(token))
        if session is None:
            return None
        now_us = self._clock.now_us()
        if now_us >= session.expires_us or now_us - session.seen_us >= self._idle_us:
            self._store.remove(session.token_sha256)
            return None
        if now_us - session.seen_us >= min(_TOUCH_EVERY_US, self._idle_us // 2):
            self._store.touch(session.token_sha256, now_us)
        return session.account

    def close(self, token: str) -> None:
        """End a session."""
        self._store.remove(token_digest(token))


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """Return the SHA-256 of a token: enough to find it again, useless to whoever reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """Return what every POST repeats in a header; it follows from the cookie's token, which no page can read."""
    return hmac.new(token.encode(), b"fyr csrf", hashlib.sha256).hexdigest()
