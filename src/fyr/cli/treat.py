"""``fyr treat``: read a radiotherapy plan exactly: dose-volume histograms, gamma."""

from __future__ import annotations

import importlib
from typing import Any, Final

import click

__all__ = ["treat"]

_VERBS: Final[dict[str, tuple[str, str]]] = {
    "dvh": ("fyr.cli.treat_dvh:dvh", "How much of each structure gets how much dose, and the figures read off it."),
    "gamma": ("fyr.cli.treat_gamma:gamma", "Compare two dose grids by dose difference and distance at once."),
}
"""A module is imported only when its verb is used."""


class _TreatGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        module, attribute = _VERBS[cmd_name][0].split(":")
        command: Any = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{_VERBS[cmd_name][0]} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, _VERBS[name][1]) for name in sorted(_VERBS)])


@click.group(cls=_TreatGroup)
def treat() -> None:
    """Read a radiotherapy plan exactly: dose in structures, and one dose beside another."""
