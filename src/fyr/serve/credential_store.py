"""Accounts and sign-in sessions in the record's database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from fyr.record.schema import account as account_table
from fyr.record.schema import login_session
from fyr.record.storage import Storage
from fyr.serve.accounts import Account
from fyr.serve.permissions import Role
from fyr.serve.sessions import LoginSession

__all__ = ["StoredAccounts", "StoredSessions"]


class StoredAccounts:
    """Accounts in the record's database: an :class:`fyr.serve.accounts.AccountStore`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def account(self, name: str) -> Account | None:
        """Return the account of that name."""
        with self._storage.reading() as connection:
            row = connection.execute(select(account_table).where(account_table.c.name == name)).one_or_none()
        return None if row is None else _account(row)

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        with self._storage.reading() as connection:
            return [_account(row) for row in connection.execute(select(account_table).order_by(account_table.c.name))]

    def put(self, account: Account) -> None:
        """Add the account, or replace the one of the same name; with a new password its sessions end."""
        row = asdict(account)
        is_this = account_table.c.name == account.name
        with self._storage.writing() as connection:
            before = connection.scalar(select(account_table.c.password_hash).where(is_this))
            if before is None:
                connection.execute(insert(account_table), row)
                return
            connection.execute(update(account_table).where(is_this).values(**row))
            if before != account.password_hash:
                connection.execute(delete(login_session).where(login_session.c.account_name == account.name))


class StoredSessions:
    """Sessions in the record's database: a :class:`fyr.serve.sessions.SessionStore`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def session(self, token_sha256: str) -> LoginSession | None:
        """Return the session of that digest."""
        wanted = select(login_session).where(login_session.c.token_sha256 == token_sha256)
        with self._storage.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return LoginSession(
            row.token_sha256, row.account_name, row.csrf_token, row.created_us, row.last_seen_us, row.expires_us
        )

    def add(self, session: LoginSession) -> None:
        """Keep a new session."""
        row = {
            "token_sha256": session.token_sha256,
            "account_name": session.account,
            "csrf_token": session.csrf_token,
            "created_us": session.created_us,
            "last_seen_us": session.seen_us,
            "expires_us": session.expires_us,
        }
        with self._storage.writing() as connection:
            connection.execute(insert(login_session), row)

    def touch(self, token_sha256: str, seen_us: int) -> None:
        """Note that a session was used; one that is gone stays gone."""
        used = update(login_session).where(login_session.c.token_sha256 == token_sha256)
        with self._storage.writing() as connection:
            connection.execute(used.values(last_seen_us=seen_us))

    def remove(self, token_sha256: str) -> None:
        """Forget a session."""
        with self._storage.writing() as connection:
            connection.execute(delete(login_session).where(login_session.c.token_sha256 == token_sha256))

    def remove_expired(self, seen_before_us: int, now_us: int) -> None:
        """Forget every session that was last used before, or has ended."""
        ended = or_(login_session.c.last_seen_us <= seen_before_us, login_session.c.expires_us <= now_us)
        with self._storage.writing() as connection:
            connection.execute(delete(login_session).where(ended))


def _account(row: Any) -> Account:
    return Account(row.name, row.title, Role(row.role), row.password_hash, row.created_us, row.disabled_us)
