"""``fyr learn join`` and ``fyr learn answer``: a hospital answers a study's questions from its own table."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, NotPermitted

if TYPE_CHECKING:
    from fyr.learn.federation.carriers.study_keys import SiteKeys
    from fyr.learn.federation.site import Site
    from fyr.learn.federation.site_table import SiteTable
    from fyr.learn.federation.study import Study

__all__ = ["answer", "join", "rows_of"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _of_the_site(command: _Command) -> _Command:
    for option in reversed(
        [
            click.option("--study", required=True, type=click.Path(path_type=Path), help="The study's file."),
            click.option("--keys", required=True, type=click.Path(path_type=Path), help="This site's folder of keys."),
            click.option("--table", required=True, type=click.Path(path_type=Path), help="This hospital's rows."),
            click.option("--approve", metavar="DIGEST", help="The study's digest, or its first twelve digits or more."),
            click.option(
                "--missing", multiple=True, metavar="CODE", help="Stands for no value, besides '', NA and NaN."
            ),
            click.option("--counts-as", metavar="COLUMN=CODE", help="The code of a column that means: it happened."),
            click.option("--patient", metavar="COLUMN", help="Who each row is; it stays here, as keys of the ledger."),
            click.option(
                "--journal", type=click.Path(path_type=Path), help="What was answered; by default beside the keys."
            ),
        ]
    ):
        command = option(command)
    return home_option(command)


@click.command()
@_of_the_site
@click.option(
    "--carrier", type=click.Choice(["tls", "flower"]), default="tls", show_default=True, help="How messages travel."
)
@click.option("--address", help="Another address of the coordinator (tls), or HOST:PORT of the SuperLink (flower).")
@click.option(
    "--hold",
    "hold_s",
    type=click.FloatRange(1, 50),
    default=20,
    show_default=True,
    help="Seconds that a request may be held open; less than a proxy on the way allows.",
)
def join(carrier: str, address: str | None, hold_s: float, **asked: Any) -> None:
    """Take part in a study until its end: a resident process that only opens connections outward.

    Stop it whenever that is needed, and start it again: it gives the same answers, and none twice.
    """
    with _opened(**asked) as (keys, site), _until_stopped():
        if carrier == "flower":
            from fyr.learn.federation.carriers.flower_site import serve_flower_site
            from fyr.learn.federation.carriers.study_keys import server_address

            host, port = server_address(keys.address)
            serve_flower_site(keys, site.handle, address or f"{host}:{port}", say=_say)
        else:
            from fyr.learn.federation.carriers.tls_site import serve_site

            words = serve_site(keys, site.handle, address=address or "", say=_say, hold_s=hold_s)
            click.echo(words)


@click.command()
@click.argument("questions", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@_of_the_site
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), show_default="here", help="Folder for the answers."
)
@json_option
def answer(questions: tuple[Path, ...], out: Path, json_wanted: bool, **asked: Any) -> None:
    """Answer questions that were carried here as files, round-0001-to-SITE.fyr or a folder of such."""
    from fyr.learn.federation.carriers.by_hand import answer_file

    with _opened(**asked) as (keys, site):
        done = [answer_file(file, keys, site.handle, out) for file in _files(questions, keys.card.name)]
    if json_wanted:
        as_json({"answers": [{"round": d.round, "question": str(d.question), "answer": str(d.answer)} for d in done]})
    else:
        for one in done:
            click.echo(f"carry {one.answer} to the coordinator, into its inbox (round {one.round})")


def _files(named: tuple[Path, ...], site: str) -> list[Path]:
    found: list[Path] = []
    for path in named:
        if path.is_dir():
            inside = sorted(path.glob(f"round-*-to-{site}*.fyr"))
            if not inside:
                raise BadInput(f"there is no round-…-to-{site}.fyr here", where=str(path))
            found += inside
        else:
            found.append(path)
    return found


@contextmanager
def _opened(
    study: Path,
    keys: Path,
    table: Path,
    approve: str | None,
    missing: tuple[str, ...],
    counts_as: str | None,
    patient: str | None,
    journal: Path | None,
    home: Home,
) -> Iterator[tuple[SiteKeys, Site]]:
    from fyr.cli.federate_consider import desk_of
    from fyr.cli.federate_study import approve as approved
    from fyr.cli.federate_study import read_study
    from fyr.learn.federation.carriers.study_keys import SiteKeys
    from fyr.learn.federation.disclosure.control import Control
    from fyr.learn.federation.disclosure.ledger import Ledger
    from fyr.learn.federation.site import Site
    from fyr.learn.federation.site_journal import SiteJournal

    agreed, own = read_study(study), SiteKeys.open(keys)
    name = own.card.name
    if name not in agreed.sites:
        raise NotPermitted(f"{name} takes no part in this study", where=str(study))
    desk = desk_of(home)
    if desk.approved(agreed.digest) is None:
        approved(agreed, study, approve)
    rows = rows_of(agreed, name, table, missing, counts_as, patient)
    kept = SiteJournal(journal or keys / f"answers-{agreed.digest[:16]}.journal", agreed.digest, name)
    gate = Control(desk.secret(), Ledger(desk.ledger), identity=own.signing)
    try:
        yield own, Site(rows, agreed, own.signing, own.known_coordinator.signing_key, gate, kept)
    finally:
        kept.close()


def rows_of(
    study: Study,
    site: str,
    path: Path,
    missing: tuple[str, ...],
    counts_as: str | None,
    patient: str | None = None,
) -> SiteTable:
    """Return the rows of a hospital that a study needs."""
    from fyr.cli.learn_federate_tables import EventColumn, check_sheet, read_sheets, site_files, site_table

    sheet = next(iter(read_sheets(site_files([f"{site}={path}"]), None).values()))
    options = study.options
    event = EventColumn(str(options["event"])) if "event" in options else None
    if counts_as is not None:
        event = EventColumn.of(counts_as)
        if event.name not in _words(options):
            raise BadInput(f"the study has no column '{event.name}'", where="--counts-as")
    named = [str(options[key]) for key in ("outcome", "time", "duration", "event") if key in options]
    features = [str(name) for key in ("features", "columns") for name in options.get(key, [])]
    must = [*features, *named]
    check_sheet(sheet, must)
    mentioned = [name for name in _words(options) if name in sheet.frame.columns]
    return site_table(
        site,
        sheet,
        list(dict.fromkeys([*must, *mentioned])),
        missing=missing,
        numbers=[name for name in named if event is None or name != event.name],
        mostly_numbers=features,
        event=event,
        patient=patient,
    )


def _words(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [word for one in value.values() for word in _words(one)]
    if isinstance(value, (list, tuple)):
        return [word for one in value for word in _words(one)]
    return [value] if isinstance(value, str) else []


@contextmanager
def _until_stopped() -> Iterator[None]:
    """End without ado on Ctrl-C and on the signal that a service manager sends."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        _say("stopped; start it again and it goes on where it was")
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(line: str) -> None:
    click.echo(line, err=True)
