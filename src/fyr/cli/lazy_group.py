"""A command group that imports a verb's module only when that verb is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group whose verbs are named by where they are, so that its help starts at once.

    Parameters
    ----------
    verbs : mapping of str to tuple of str
        By name: ``module:command``, and what the verb is for in a few words.
    """

    def __init__(self, *args: Any, verbs: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs in alphabetical order."""
        return sorted(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a verb's module and return the verb."""
        if cmd_name not in self._verbs:
            return None
        target = self._verbs[cmd_name][0]
        module, _, attribute = target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{target} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the verbs are for, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._verbs[name][1]) for name in sorted(self._verbs)])
