"""``fyr learn studies``: how far federated studies have come, read from their journals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput

__all__ = ["studies"]


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER…")
@json_option
def studies(folders: tuple[Path, ...], json_wanted: bool) -> None:
    """Show how far studies have come: the folders that were given as --journal, or folders of such folders.

    Nothing is locked: a study may be running.
    """
    from fyr.learn.federation.study_status import study_status

    found = [{"folder": str(path.parent), **study_status(path)} for folder in folders for path in _journals(folder)]
    if json_wanted:
        as_json({"studies": found})
    else:
        for one in found:
            click.echo("\n".join(_lines(one)))


def _journals(folder: Path) -> list[Path]:
    from fyr.learn.federation.in_process_study import JOURNAL

    if folder.is_file():
        return [folder]
    here = [folder / JOURNAL] if (folder / JOURNAL).is_file() else sorted(folder.glob(f"*/{JOURNAL}"))
    if not here:
        raise BadInput("there is no study", where=str(folder), mend="name the folder that was given as --journal")
    return here


def _lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['study']}: {one['method']} over {', '.join(one['sites'])}"
    waiting = (
        f", waiting for {', '.join(one['waiting_for'])} since {one['waiting_since']}" if one["waiting_for"] else ""
    )
    answered = f", answered: {', '.join(one['answered'])}" if one["answered"] and one["state"] != "finished" else ""
    yield f"  {one['state']}, round {one['round']}{answered}{waiting}"
    for site, reason in one["left_out"].items():
        yield f"  left out: {site} ({reason})"
    for site, reason in one["refusals"].items():
        yield f"  refused: {site} ({reason})"
    yield "  bytes received: " + ", ".join(f"{site} {size:,}" for site, size in one["bytes_by_site"].items())
    yield f"  begun {one['begun']}, last written {one['last']}; {one['folder']}"
