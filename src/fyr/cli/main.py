"""The `fyr` command: finds the verb, runs it, and turns every failure into one line and a documented exit code."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from fyr.errors import FyrError, ServiceUnavailable
from fyr.version import __version__

__all__ = ["fyr", "main"]

_VERBS: Final[dict[str, str]] = {
    "audit": "fyr.cli.audit:audit",
    "demo": "fyr.cli.demo:demo",
    "models": "fyr.cli.models:models",
    "record": "fyr.cli.record:record",
    "serve": "fyr.cli.serve:serve",
    "watch": "fyr.cli.watch:watch",
}
"""Verb to ``module:command``; a module is imported only when its verb is used, so that `fyr` starts at once."""


class _LazyGroup(click.Group):
    """A command group that imports a verb's module when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        target = _VERBS.get(cmd_name)
        if target is None:
            return None
        module_name, attribute = target.split(":")
        command = getattr(importlib.import_module(module_name), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{target} is not a command")
        return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 2 usage, 3 bad input, 4 refused by a model or policy, 5 not permitted, "
    "6 a service is not there, 70 Fyr's own fault. Research software, not a medical device.",
)
@click.version_option(__version__, prog_name="fyr")
def fyr() -> None:
    """Exact, calibrated findings that reach a person only when that person must act."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code that the outcome has."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        fyr.main(args=arguments, prog_name="fyr", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as problem:
        problem.show(sys.stderr)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("fyr: stopped", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:  # noqa: BLE001  the last line of defence: a person never meets a traceback
        return _report(problem)
    return 0


def _report(problem: Exception) -> int:
    if os.environ.get("FYR_DEBUG"):
        import traceback

        traceback.print_exception(problem)
    known = _as_fyr_error(problem)
    if known is None:
        click.echo(
            f"fyr: this is our own fault: {type(problem).__name__}: {_one_line(problem)} "
            "(run again with FYR_DEBUG=1 for the details, and please report it)",
            err=True,
        )
        return FyrError.exit_code
    click.echo(f"fyr: {_one_line(known)}", err=True)
    return known.exit_code


def _as_fyr_error(problem: Exception) -> FyrError | None:
    if isinstance(problem, FyrError):
        return problem
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return ServiceUnavailable(
            "the disk is full",
            where=str(problem.filename or ""),
            mend="free some space and run the same command again; nothing was half-written",
        )
    return None


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())
