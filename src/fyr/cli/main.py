"""The `fyr` command: finds the verb, runs it, and turns every failure into one line and a documented exit code."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import click

from fyr.cli.failure import report, usage_line
from fyr.errors import BadInput
from fyr.version import __version__

__all__ = ["fyr", "main"]


class _Verb(NamedTuple):
    """Where a verb is, as ``module:command``, and what it is for in a few words."""

    target: str
    purpose: str


_VERBS: Final[dict[str, _Verb]] = {
    "audit": _Verb(
        "fyr.cli.audit:audit", "Verify or export the audit trail: who read or wrote which patient's data, and why."
    ),
    "demo": _Verb("fyr.cli.demo:demo", "Run the demonstration hospital: a ward of simulated patients, live."),
    "diagnose": _Verb(
        "fyr.cli.diagnose:diagnose", "Diagnose a cancer: every model that applies, side by side, each with its refusal."
    ),
    "learn": _Verb("fyr.cli.learn:learn", "Check tables, judge models on them, recalibrate them, train better ones."),
    "models": _Verb("fyr.cli.models:models", "List models, read their cards, run them over rows."),
    "record": _Verb(
        "fyr.cli.record:record",
        "Bring recordings, patients and images in; show what is known, write it out; back it up, restore it, check it.",
    ),
    "samples": _Verb("fyr.cli.samples:samples", "Fetch real, open sample data that public Python packages carry."),
    "serve": _Verb("fyr.cli.serve:serve", "Serve this hospital: its wards, its patients, its models."),
    "treat": _Verb("fyr.cli.treat:treat", "Read a radiotherapy plan: dose in structures, one dose beside another."),
    "watch": _Verb("fyr.cli.watch:watch", "Watch the ward: replay recordings, simulate patients, check policies."),
}
"""A module is imported only when its verb is used: `fyr --help` starts at once, and works when one verb is broken."""

_READER_GONE: Final = 0
_STOPPED: Final = 130


class _ReaderGoneError(Exception):
    """Whoever read our output has closed it, as ``fyr models list | head -1`` does; click would call that a failure."""


class _VerbGroup(click.Group):
    """A command group that imports a verb's module when that verb is run, and not to list the verbs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        verb = _VERBS.get(cmd_name)
        if verb is None:
            return None
        module_name, attribute = verb.target.split(":")
        command = getattr(importlib.import_module(module_name), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{verb.target} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _VERBS:
            near = difflib.get_close_matches(args[0], _VERBS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(sorted(_VERBS))}"
            raise click.UsageError(f"there is no verb '{args[0]}': {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, _VERBS[name].purpose) for name in sorted(_VERBS)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as problem:
            raise _ReaderGoneError from problem
        return outcome


@click.group(
    cls=_VerbGroup,
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
        outcome = fyr.main(args=arguments, prog_name="fyr", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        help_wanted.show(sys.stderr)
        return help_wanted.exit_code
    except click.ClickException as problem:
        click.echo(usage_line(problem), err=True)
        return problem.exit_code if isinstance(problem, click.UsageError) else BadInput.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("fyr: stopped", err=True)
        return _STOPPED
    except _ReaderGoneError:
        # What is still buffered must not be written when the interpreter leaves: it would complain on stderr.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    except Exception as problem:  # noqa: BLE001  the last line of defence: a person never meets a traceback
        return report(problem)
    # Without standalone mode click hands over the code of `ctx.exit(code)` as if it were the command's result.
    return outcome if isinstance(outcome, int) else 0
