"""`fyr watch`: replay recordings, simulate patients, check policies."""

from __future__ import annotations

import click

from fyr.cli.evaluate import evaluate
from fyr.cli.pack import pack
from fyr.cli.policy import policy
from fyr.cli.replay import replay
from fyr.cli.rhythm import rhythm
from fyr.cli.simulate import simulate
from fyr.cli.train import train

__all__ = ["watch"]


@click.group()
def watch() -> None:
    """Watch the ward: replay recordings, simulate patients, check policies."""


watch.add_command(evaluate)
watch.add_command(pack)
watch.add_command(policy)
watch.add_command(replay)
watch.add_command(simulate)
watch.add_command(train)
watch.add_command(rhythm)
