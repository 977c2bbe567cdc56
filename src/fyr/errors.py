"""Errors that say what was found, where, and how to mend it.

::

    FyrError                 exit code 70: our own fault, unless a subclass says otherwise
    ├── UsageError           2: the command or call itself was wrong
    ├── BadInput             3: a file, row, value or unit cannot be used as it is
    ├── Refused              4: a model or policy declined to answer
    ├── NotPermitted         5: this person may not do that
    └── ServiceUnavailable   6: a database, disk, port or program is not there (or has no room)
"""

from __future__ import annotations

from typing import ClassVar

__all__ = ["BadInput", "FyrError", "NotPermitted", "Refused", "ServiceUnavailable", "UsageError"]


class FyrError(Exception):
    """The root of every error that Fyr raises on purpose.

    Parameters
    ----------
    what : str
        What was found, in plain words, without a full stop.
    where : str, optional
        The file, row, field or address it was found at.
    mend : str, optional
        What the reader can do about it.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{place}{self.what}{mend}"


class UsageError(FyrError):
    """The command or call itself was wrong."""

    exit_code: ClassVar[int] = 2


class BadInput(FyrError):
    """A file, row, value or unit cannot be used as it is."""

    exit_code: ClassVar[int] = 3


class Refused(FyrError):
    """A model or policy declined to answer."""

    exit_code: ClassVar[int] = 4


class NotPermitted(FyrError):
    """This person may not do that."""

    exit_code: ClassVar[int] = 5


class ServiceUnavailable(FyrError):
    """A database, disk, port or program is not there, or has no room."""

    exit_code: ClassVar[int] = 6
