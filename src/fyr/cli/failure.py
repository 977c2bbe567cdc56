"""What went wrong, said in one line on stderr, with the exit code that it has."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final

import click

from fyr.errors import BadInput, FyrError, NotPermitted, ServiceUnavailable

__all__ = ["as_fyr_error", "report", "usage_line"]

_DISK_FULL: Final = (
    ServiceUnavailable,
    "the disk is full",
    "free some space and run the same command again; nothing was half-written",
)
_BY_ERROR_NUMBER: Final[dict[int, tuple[type[FyrError], str, str]]] = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EROFS: (ServiceUnavailable, "the file system is read-only", "write somewhere else"),
    errno.EADDRINUSE: (ServiceUnavailable, "the port is taken", "choose another with --port"),
    errno.ENOENT: (BadInput, "there is no such file or folder", "check the path"),
    errno.EISDIR: (BadInput, "this is a folder, not a file", "name a file in it"),
    errno.ENOTDIR: (BadInput, "this is a file, not a folder", "name the folder"),
    errno.EACCES: (NotPermitted, "the operating system does not let you use this", "ask for its permissions"),
    errno.EPERM: (NotPermitted, "the operating system does not let you use this", "ask for its permissions"),
}
_MEANINGLESS_WITHOUT_A_PATH: Final = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EACCES, errno.EPERM}


def report(problem: Exception) -> int:
    """Say `problem` in one line on stderr and return its exit code; with ``FYR_DEBUG`` set, its traceback first."""
    if os.environ.get("FYR_DEBUG"):
        import traceback

        traceback.print_exception(problem)
    known = as_fyr_error(problem)
    if known is None:
        click.echo(
            f"fyr: this is our own fault: {type(problem).__name__}: {_one_line(problem)} "
            "(run again with FYR_DEBUG=1 for the details, and please report it)",
            err=True,
        )
        return FyrError.exit_code
    click.echo(f"fyr: {_one_line(known)}", err=True)
    return known.exit_code


def as_fyr_error(problem: Exception) -> FyrError | None:
    """Say in Fyr's words what the operating system or the database said in its own.

    Returns
    -------
    FyrError or None
        None where it is nothing that a person can mend: then it is our own fault.
    """
    for cause in _causes(problem):
        if isinstance(cause, FyrError):
            return cause
        if getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL":
            kind, what, mend = _DISK_FULL
            return kind(what, mend=mend)
        if isinstance(cause, OSError):
            return _from_operating_system(cause)
    return None


def usage_line(problem: click.ClickException) -> str:
    """Say a wrong call in one line: the command, what is wrong with it, and where its help is."""
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    command = context.command_path if context else "fyr"
    see = f"; see {command} --help" if isinstance(problem, click.UsageError) else ""
    return f"{command}: {_one_line(problem.format_message()).rstrip('.')}{see}"


def _from_operating_system(problem: OSError) -> FyrError | None:
    where = str(problem.filename or "")
    if problem.errno not in _BY_ERROR_NUMBER or (problem.errno in _MEANINGLESS_WITHOUT_A_PATH and not where):
        return None
    kind, what, mend = _BY_ERROR_NUMBER[problem.errno]
    return kind(what, where=where, mend=mend)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """Yield `problem`, then what it was raised from, and so on; SQLAlchemy wraps the database's error that way."""
    while problem is not None:
        yield problem
        problem = problem.__cause__


def _one_line(problem: object) -> str:
    return " ".join(str(problem).split())
