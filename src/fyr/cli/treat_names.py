"""``fyr treat names``: structure names after TG-263, proposed, confirmed and learnt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import UsageError
from fyr.treat.nomenclature.own_names import OWN_NAMES_FILE, read_own_names

if TYPE_CHECKING:
    from fyr.treat.nomenclature.own_names import OwnNames
    from fyr.treat.nomenclature.proposal import Proposal

__all__ = ["names", "own_names_path"]


@click.command()
@click.argument("given", nargs=-1, metavar="[NAME]...")
@click.option("--struct", type=click.Path(path_type=Path), help="RTSTRUCT file whose names are meant.")
@click.option("--confirm", "confirmed", multiple=True, metavar="'Lunga V=Lung_L'", help="Keep a pair; repeatable.")
@click.option(
    "--names", "path", type=click.Path(path_type=Path), help=f"The hospital's file; else {OWN_NAMES_FILE} in its home."
)
@home_option
@json_option
def names(
    given: tuple[str, ...],
    struct: Path | None,
    confirmed: tuple[str, ...],
    path: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Say what structures are called in TG-263; keep what the hospital confirms, and learn from it.

    Names that may mean several things, or that nothing is known of, are said to be so: none is chosen.
    """
    from fyr.treat.nomenclature.proposal import propose

    if struct is None and not given and not confirmed:
        raise UsageError("no name is given", where="fyr treat names", mend="give names, or --struct FILE")
    file = own_names_path(home, path)
    own = read_own_names(file)
    for pair in confirmed:
        name, separator, standard = (one.strip() for one in pair.partition("="))
        if not separator or not name or not standard:
            raise UsageError(f"'{pair}' is not a pair", where="--confirm", mend="write 'Lunga V=Lung_L'")
        own = own.with_pair(name, standard)
    if confirmed:
        _keep(own, file)
    asked = list(given)
    if struct is not None:
        from fyr.exchange.dicom import read_structure_set

        asked += [one.name for one in read_structure_set(struct).structures]
    proposals = [propose(name, own) for name in asked]
    document: dict[str, Any] = {
        "names": [_entry(one) for one in proposals],
        "confirmed": list(confirmed),
        "file": str(file),
        "pairs_known": sum(len(one) for one in own.pairs.values()),
    }
    if json_wanted:
        as_json(document)
        return
    width = max((len(name) for name in asked), default=0)
    for one in proposals:
        said = one.name or " or ".join(candidate.name for candidate in one.candidates) or "-"
        click.echo(f"{one.own:<{width}}  {one.status:<9}  {said:<16}  {one.confidence:.2f}".rstrip())
    for pair in confirmed:
        click.echo(f"kept  {pair}  in {file}")


def own_names_path(home: Home, path: Path | None) -> Path:
    """Return the file that a hospital's own names are kept in.

    Raises
    ------
    UsageError
        If its home is a database, and no file is named.
    """
    if path is not None:
        return path
    if isinstance(home, str):
        raise UsageError("the home is a database", where="--home", mend="name the file with --names")
    return home / OWN_NAMES_FILE


def _keep(own: OwnNames, path: Path) -> None:
    import os

    from fyr.treat.nomenclature.own_names import own_names_text

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(own_names_text(own), encoding="utf-8")
    unfinished.replace(path)


def _entry(one: Proposal) -> dict[str, Any]:
    from fyr.treat.nomenclature.parsed_name import parse_name

    return {
        "own": one.own,
        "status": one.status,
        "standard": one.name,
        "confidence": round(one.confidence, 3),
        "issues": list(parse_name(one.own).issues),
        "candidates": [
            {"name": two.name, "confidence": round(two.confidence, 3), "because": two.because} for two in one.candidates
        ],
    }
