"""``fyr learn study-keys``: make the keys of a study's parties, and bring each other's public halves together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput

__all__ = ["study_keys"]

_READ_OUT = "read it out to each other on the telephone before anything else is done"


@click.group()
def study_keys() -> None:
    """Make the keys of a study's parties.

    A site makes its own keys (site) and sends request.json; the coordinator admits it (admit) and sends the admission
    back; the site takes that in (accept). No private key ever travels.
    """


@study_keys.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--study", required=True, help="The study's name.")
@click.option("--address", required=True, metavar="https://HOST:PORT", help="Where sites will reach the coordinator.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="The authority expires then."
)
@json_option
def coordinator(folder: Path, study: str, address: str, days: int, json_wanted: bool) -> None:
    """Make the coordinator's keys and the study's certificate authority in FOLDER."""
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys

    keys = CoordinatorKeys.create(folder, study, address, days=days)
    _say(
        json_wanted,
        {"folder": str(folder), "study": study, "address": address, "fingerprint": keys.card.words},
        f"keys of the coordinator of {study} are in {folder}; they hold for {days} days",
        f"fingerprint {keys.card.words}",
        "next: have each site run fyr learn study-keys site, then fyr learn study-keys admit with its request.json",
    )


@study_keys.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What this hospital is called in the study.")
@json_option
def site(folder: Path, name: str, json_wanted: bool) -> None:
    """Make a site's keys and its request to join in FOLDER."""
    from fyr.learn.federation.carriers.study_keys import SiteKeys

    keys = SiteKeys.create(folder, name)
    request = folder / "request.json"
    _say(
        json_wanted,
        {"folder": str(folder), "site": name, "request": str(request), "fingerprint": keys.card.words},
        f"keys of {name} are in {folder}",
        f"fingerprint {keys.card.words} ({_READ_OUT})",
        f"next: send {request} to the coordinator; nothing in it is secret",
    )


@study_keys.command()
@click.argument("request", type=click.Path(path_type=Path))
@click.option("--keys", required=True, type=click.Path(path_type=Path), help="The coordinator's folder.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="The certificate expires then."
)
@click.option("--out", type=click.Path(path_type=Path), help="The admission; by default NAME-admission.json here.")
@json_option
def admit(request: Path, keys: Path, days: int, out: Path | None, json_wanted: bool) -> None:
    """Admit a site by its REQUEST, or renew its certificate; the one before is refused from now on."""
    from fyr.learn.federation.carriers.study_keys import CoordinatorKeys
    from fyr.learn.federation.carriers.whole_files import write_whole

    card, admission = CoordinatorKeys.open(keys).admit(_read(request), str(request), days=days)
    out = out or Path(f"{card.name}-admission.json")
    write_whole(out, admission)
    _say(
        json_wanted,
        {"site": card.name, "admission": str(out), "fingerprint": card.words},
        f"{card.name} is admitted for {days} days",
        f"fingerprint {card.words} ({_READ_OUT})",
        f"next: send {out} to {card.name}; nothing in it is secret",
    )


@study_keys.command()
@click.argument("admission", type=click.Path(path_type=Path))
@click.option("--keys", required=True, type=click.Path(path_type=Path), help="The site's folder.")
@json_option
def accept(admission: Path, keys: Path, json_wanted: bool) -> None:
    """Take in the coordinator's ADMISSION."""
    from fyr.learn.federation.carriers.study_keys import SiteKeys

    found = SiteKeys.open(keys).accept(_read(admission), str(admission))
    _say(
        json_wanted,
        {
            "site": found.card.name,
            "study": found.study,
            "address": found.address,
            "coordinator": found.known_coordinator.words,
        },
        f"{found.card.name} takes part in {found.study}, coordinated at {found.address}",
        f"the coordinator's fingerprint {found.known_coordinator.words} ({_READ_OUT})",
        "next: fyr learn join with the study's file and this hospital's table",
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"it cannot be read: {problem.strerror}", where=str(path)) from None


def _say(json_wanted: bool, document: dict[str, Any], *lines: str) -> None:
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(lines))
