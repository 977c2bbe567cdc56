"""Machines sign in with a token that was made for them here: 256 random bits, of which only the digest is kept."""

from __future__ import annotations

import hmac
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import insert, select, update

from fyr.clock import MINUTE_US, Clock, SystemClock
from fyr.errors import BadInput
from fyr.record.schema import machine_token
from fyr.record.storage import Storage
from fyr.serve.permissions import MachineRole, Person
from fyr.serve.sessions import new_token, token_digest

__all__ = ["MachineToken", "MachineTokens", "May", "StoredTokens", "TokenStore"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NOTE_USE_EVERY_US: Final = MINUTE_US


class May(StrEnum):
    """What a token is for: to send samples, to read alarms and risks, or images. Never two of these."""

    SEND = "send"
    READ = "read"
    READ_IMAGES = "read-images"
    """Search and retrieve over DICOMweb, as a viewer does."""
    IMAGES = "images"
    """Search, retrieve and store over DICOMweb, as an archive does."""

    @property
    def role(self) -> MachineRole:
        """The role of who signs in with it."""
        return _ROLES[self]


_ROLES: Final = {
    May.SEND: MachineRole.SENDER,
    May.READ: MachineRole.READER,
    May.READ_IMAGES: MachineRole.IMAGE_READER,
    May.IMAGES: MachineRole.ARCHIVE,
}


@dataclass(frozen=True, slots=True)
class MachineToken:
    """What is kept of a token.

    Parameters
    ----------
    name : str
        What the audit trail calls the machine, after ``token:``.
    may : May
    token_sha256 : str
    created_us : int
    last_used_us : int or None
        To the minute.
    revoked_us : int or None
        Since when it opens nothing any more. Its name is not given again: the audit trail knows it.
    """

    name: str
    may: May
    token_sha256: str
    created_us: int
    last_used_us: int | None = None
    revoked_us: int | None = None


class TokenStore(Protocol):
    """Keeps tokens."""

    def by_name(self, name: str) -> MachineToken | None:
        """Return the token of that name, revoked or not."""
        ...

    def by_digest(self, token_sha256: str) -> MachineToken | None:
        """Return the token of that digest, revoked or not."""
        ...

    def all(self) -> list[MachineToken]:
        """Return all tokens by name."""
        ...

    def add(self, token: MachineToken) -> None:
        """Keep a new token."""
        ...

    def revoke(self, name: str, revoked_us: int) -> None:
        """Note that a token opens nothing any more."""
        ...

    def use(self, name: str, used_us: int) -> None:
        """Note that a token was used."""
        ...


class MachineTokens:
    """Makes, checks and revokes tokens."""

    def __init__(self, store: TokenStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()

    def add(self, name: str, may: May) -> str:
        """Make a token and return it; it is kept nowhere but where it is used.

        Raises
        ------
        BadInput
            If the name is unusable, or was ever given.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"'{name}' cannot be a token's name",
                mend="use lower case letters, digits, dot, hyphen and underscore, 64 at most",
            )
        if self._store.by_name(name) is not None:
            raise BadInput(f"there is, or was, a token '{name}'", mend="choose another name")
        token = new_token()
        self._store.add(MachineToken(name, may, token_digest(token), self._clock.now_us()))
        return token

    def revoke(self, name: str) -> None:
        """Let a token open nothing any more, from the next request on.

        Raises
        ------
        BadInput
            If there is none of that name that is not revoked.
        """
        known = self._store.by_name(name)
        if known is None or known.revoked_us is not None:
            what = f"there is no token '{name}'" if known is None else f"the token '{name}' is revoked already"
            raise BadInput(what, mend="see fyr serve token list")
        self._store.revoke(name, self._clock.now_us())

    def all(self) -> list[MachineToken]:
        """Return every token, revoked ones too, by name."""
        return self._store.all()

    def machine_of(self, token: str) -> Person | None:
        """Return the machine that the token was made for and note the use; ``None`` where it opens nothing."""
        digest = token_digest(token)
        known = self._store.by_digest(digest)
        if known is None or not hmac.compare_digest(known.token_sha256, digest) or known.revoked_us is not None:
            return None
        now_us = self._clock.now_us()
        if known.last_used_us is None or now_us - known.last_used_us >= _NOTE_USE_EVERY_US:
            self._store.use(known.name, now_us)
        return Person(f"token:{known.name}", known.name, known.may.role)


class StoredTokens:
    """Tokens in the record's database: a :class:`TokenStore`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def by_name(self, name: str) -> MachineToken | None:
        """Return the token of that name, revoked or not."""
        return self._one(machine_token.c.name == name)

    def by_digest(self, token_sha256: str) -> MachineToken | None:
        """Return the token of that digest, revoked or not."""
        return self._one(machine_token.c.token_sha256 == token_sha256)

    def all(self) -> list[MachineToken]:
        """Return all tokens by name."""
        with self._storage.reading() as connection:
            return [_token(row) for row in connection.execute(select(machine_token).order_by(machine_token.c.name))]

    def add(self, token: MachineToken) -> None:
        """Keep a new token."""
        with self._storage.writing() as connection:
            connection.execute(insert(machine_token), {**asdict(token), "may": token.may.value})

    def revoke(self, name: str, revoked_us: int) -> None:
        """Note that a token opens nothing any more."""
        with self._storage.writing() as connection:
            connection.execute(update(machine_token).where(machine_token.c.name == name).values(revoked_us=revoked_us))

    def use(self, name: str, used_us: int) -> None:
        """Note that a token was used."""
        with self._storage.writing() as connection:
            connection.execute(update(machine_token).where(machine_token.c.name == name).values(last_used_us=used_us))

    def _one(self, is_it: Any) -> MachineToken | None:
        with self._storage.reading() as connection:
            row = connection.execute(select(machine_token).where(is_it)).one_or_none()
        return None if row is None else _token(row)


def _token(row: Any) -> MachineToken:
    return MachineToken(row.name, May(row.may), row.token_sha256, row.created_us, row.last_used_us, row.revoked_us)
