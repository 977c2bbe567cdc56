"""Local accounts: who may sign in here, with which role. No account exists until somebody creates it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Protocol

from fyr.clock import Clock, SystemClock
from fyr.errors import BadInput
from fyr.serve.passwords import Passwords
from fyr.serve.permissions import Person, Role

__all__ = ["Account", "AccountStore", "LocalAccounts"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Account:
    """A name that may sign in.

    Parameters
    ----------
    name : str
        Lower case letters, digits, dot, hyphen, underscore.
    title : str
        How colleagues read it.
    role : Role
    password_hash : str
        argon2id, PHC string format.
    created_us : int
    disabled_us : int or None
        Since when it may no longer sign in.
    """

    name: str
    title: str
    role: Role
    password_hash: str
    created_us: int
    disabled_us: int | None = None

    def person(self) -> Person:
        """Return the person behind the account."""
        return Person(name=self.name, title=self.title, role=self.role)


class AccountStore(Protocol):
    """Keeps accounts."""

    def account(self, name: str) -> Account | None:
        """Return the account of that name."""
        ...

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        ...

    def put(self, account: Account) -> None:
        """Add the account, or replace the one of the same name; with a new password its sessions end."""
        ...


class LocalAccounts:
    """An identity provider over accounts of our own."""

    def __init__(self, store: AccountStore, passwords: Passwords | None = None, clock: Clock | None = None) -> None:
        self._store = store
        self._passwords = passwords or Passwords()
        self._clock = clock or SystemClock()

    def add(self, name: str, password: str, role: Role, title: str = "") -> Account:
        """Create an account.

        Raises
        ------
        BadInput
            If the name is taken or unusable, or the password too short.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"'{name}' cannot be an account's name",
                mend="use lower case letters, digits, dot, hyphen and underscore, 64 at most",
            )
        if self._store.account(name) is not None:
            raise BadInput(f"there is an account '{name}' already", mend="choose another name, or set its password")
        account = Account(name, title or name, role, self._passwords.hash(password), self._clock.now_us())
        self._store.put(account)
        return account

    def set_password(self, name: str, password: str) -> None:
        """Replace the password of an account, which ends its sessions; it stays disabled if it was."""
        self._store.put(replace(self._existing(name), password_hash=self._passwords.hash(password)))

    def disable(self, name: str) -> None:
        """Let the account sign in no more; running sessions end at their next request."""
        self._store.put(replace(self._existing(name), disabled_us=self._clock.now_us()))

    def enable(self, name: str) -> None:
        """Let a disabled account sign in again."""
        self._store.put(replace(self._existing(name), disabled_us=None))

    def all(self) -> list[Account]:
        """Return every account, disabled ones too, by name."""
        return self._store.accounts()

    def authenticate(self, name: str, password: str) -> Person | None:
        """Return the person if name and password match an account that is not disabled, else ``None``."""
        account = self._store.account(name)
        usable = account is not None and account.disabled_us is None
        matches = self._passwords.matches(password, account.password_hash if account and usable else None)
        return account.person() if account and matches else None

    def person(self, name: str) -> Person | None:
        """Return the person as they are now, or ``None`` if they are unknown or disabled."""
        account = self._store.account(name)
        return account.person() if account and account.disabled_us is None else None

    def _existing(self, name: str) -> Account:
        account = self._store.account(name)
        if account is None:
            known = ", ".join(other.name for other in self._store.accounts())
            raise BadInput(f"there is no account '{name}'", mend=f"use one of {known}" if known else "add one first")
        return account
