"""``fyr learn``: check a table, judge a model on it, mend its calibration, train a better one."""

from __future__ import annotations

import importlib
from typing import Any, Final

import click

__all__ = ["learn"]

_VERBS: Final[dict[str, tuple[str, str]]] = {
    "check": ("fyr.cli.learn_check:check", "Find what ruins a table before it is believed."),
    "recalibrate": ("fyr.cli.learn_recalibrate:recalibrate", "Fit a model's probabilities to this hospital."),
    "train": ("fyr.cli.learn_train:train", "Train a model that must beat the simple ones on patients it never saw."),
    "validate": ("fyr.cli.learn_validate:validate", "Judge a model on a cohort: rank, calibration and benefit."),
}
"""A module is imported only when its verb is used."""


class _LearnGroup(click.Group):
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


@click.group(cls=_LearnGroup)
def learn() -> None:
    """Check tables, judge models by calibration and benefit as well as rank, recalibrate them, train better ones."""
