"""``fyr samples``: real, open data that public Python packages carry, fetched with pip when somebody asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.exchange.samples import Archive, Sample, SampleCache

__all__ = ["pip_fetch", "samples"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _cache_option(command: _Command) -> _Command:
    return click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="FYR_CACHE",
        show_envvar=True,
        help="Where samples are kept (the desktop's cache folder by default).",
    )(command)


@click.group()
def samples() -> None:
    """Fetch real, open sample data that public Python packages carry.

    Only the data are taken out of the package's file, whose SHA-256 must be the pinned one; nothing is installed or
    run. A cohort comes with a mapping, so that `fyr learn check`, `train` and `validate` work at once; a plan, images
    and dose reports are folders of DICOM for `fyr treat` and `fyr record import`.
    """


@samples.command("list")
@_cache_option
@json_option
def list_samples(cache: Path | None, json_wanted: bool) -> None:
    """List the samples, and which of them are here."""
    from fyr.exchange.samples.entries import SAMPLES

    here = _cache(cache)
    if json_wanted:
        as_json({"cache": str(here.root), "samples": [_brief(here, one) for one in SAMPLES.values()]})
        return
    width = max(map(len, SAMPLES))
    for name, one in SAMPLES.items():
        mark = "here" if here.has(one) else "    "
        click.echo(f"{name:{width}}  {mark}  {_extent(one):>10}  {one.title} ({one.archive.title})")


@samples.command("fetch")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every sample.")
@click.option(
    "--archive",
    "archive_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The package's file, brought here by hand: for a machine without a network.",
)
@_cache_option
@json_option
def fetch(
    names: tuple[str, ...], everything: bool, archive_file: Path | None, cache: Path | None, json_wanted: bool
) -> None:
    """Fetch the samples NAME from the package index that pip is set up to use.

    What is here already is used as it is, without a network.
    """
    from fyr.errors import UsageError
    from fyr.exchange.samples.entries import SAMPLES, sample_named

    if everything == bool(names):
        raise UsageError("name the samples to fetch, or give --all", mend="see `fyr samples list`")
    wanted = list(SAMPLES.values()) if everything else [sample_named(name) for name in dict.fromkeys(names)]
    here = _cache(cache)
    brought = _fetched(here, wanted, archive_file)
    if json_wanted:
        listed = [{**_brief(here, one), "fetched_now": one in brought} for one in wanted]
        as_json({"cache": str(here.root), "samples": listed})
        return
    for one in wanted:
        click.echo(f"{one.name}: {here.table(one)}{'' if one in brought else ' (was here already)'}")


@samples.command("show")
@click.argument("name")
@_cache_option
@json_option
def show(name: str, cache: Path | None, json_wanted: bool) -> None:
    """Say what the sample NAME is: of whom, what its columns mean, whose it is, and how to cite it."""
    from fyr.exchange.samples.entries import sample_named

    here, one = _cache(cache), sample_named(name)
    if json_wanted:
        as_json(_whole(here, one))
    else:
        click.echo("\n".join(_as_text(here, one)))


@samples.command("path")
@click.argument("name")
@click.option("--mapping", "mapping_wanted", is_flag=True, help="Of a table's mapping.")
@_cache_option
@json_option
def path(name: str, mapping_wanted: bool, cache: Path | None, json_wanted: bool) -> None:
    """Say where the table of the sample NAME is, or its folder, for use in another command."""
    from fyr.errors import UsageError
    from fyr.exchange.samples.entries import sample_named

    here, one = _cache(cache), sample_named(name)
    if mapping_wanted and not one.is_table:
        raise UsageError(f"the sample '{name}' is no table, so it has no mapping", mend="leave --mapping out")
    table, mapping = here.table(one), here.mapping(one)
    if json_wanted:
        as_json({"name": one.name, **_places(here, one)})
    else:
        click.echo(mapping if mapping_wanted and mapping is not None else table)


def _cache(folder: Path | None) -> SampleCache:
    from fyr.exchange.samples import SampleCache
    from fyr.exchange.samples.cache import default_cache

    return SampleCache((folder or default_cache(os.environ)).expanduser().resolve())


def pip_fetch(here: SampleCache, wanted: Sequence[Sample]) -> list[Sample]:
    """Fetch with pip what is not here, saying so on stderr, and return what was fetched."""
    from fyr.exchange.samples.pip_download import pip_download
    from fyr.exchange.samples.pip_source import pip_source

    def tell(words: str) -> None:
        click.echo(f"fyr: {words} …", err=True)

    def download(archive: Archive, folder: Path) -> Path:
        return (pip_source if archive.is_source else pip_download)(archive, folder, say=tell)

    return here.fetch(wanted, download)


def _fetched(here: SampleCache, wanted: Sequence[Sample], archive_file: Path | None) -> list[Sample]:
    from fyr.errors import UsageError

    if archive_file is None:
        return pip_fetch(here, wanted)
    packages = {one.archive.title for one in wanted}
    if len(packages) > 1:
        raise UsageError(f"these samples are in {' and '.join(sorted(packages))}", mend="fetch those of one package")
    return here.fetch(wanted, lambda _archive, _folder: archive_file)


def _brief(here: SampleCache, one: Sample) -> dict[str, Any]:
    fetched = here.has(one)
    places = _places(here, one) if fetched else dict.fromkeys(("table", "mapping", "folder"))
    return {
        "name": one.name,
        "title": one.title,
        "kind": "table" if one.is_table else "files",
        "rows": one.rows if one.is_table else None,
        "events": one.events if one.is_table else None,
        "files": None if one.is_table else len(one.taken),
        "package": one.archive.package,
        "version": one.archive.version,
        "size_bytes": one.archive.size,
        "here": fetched,
        **places,
    }


def _places(here: SampleCache, one: Sample) -> dict[str, str | None]:
    table, mapping = str(here.table(one)), here.mapping(one)
    return {
        "table": table if one.is_table else None,
        "mapping": None if mapping is None else str(mapping),
        "folder": str(here.folder(one)),
    }


def _extent(one: Sample) -> str:
    return f"{one.rows} rows" if one.is_table else f"{len(one.taken)} files"


def _whole(here: SampleCache, one: Sample) -> dict[str, Any]:
    return {
        **_brief(here, one),
        "description": one.description,
        "columns": dict(one.columns),
        "outcome": one.outcome,
        "source": one.source,
        "licence": one.licence,
        "citation": one.citation,
        "archive": {"file": one.archive.file, "sha256": one.archive.sha256},
    }


def _as_text(here: SampleCache, one: Sample) -> list[str]:
    extent = f"{_extent(one)}, {one.events} events: {one.outcome}" if one.is_table else _extent(one)
    lines = [one.title, extent, "", *_wrapped(one.description), ""]
    width = max((len(name) for name in one.columns), default=0)
    if one.is_table:
        lines += ["Columns", *(f"  {name:{width}}  {meaning}" for name, meaning in one.columns.items()), ""]
    for heading, text in (("Source", one.source), ("Licence", one.licence), ("Cite", one.citation)):
        lines += [heading, *_wrapped(text), ""]
    lines += ["Taken from", f"  {one.archive.file}, SHA-256 {one.archive.sha256}", ""]
    if here.has(one):
        table, mapping = here.table(one), here.mapping(one)
        places = [f"  {table}", *([f"  {mapping}"] if mapping else [])]
        return [*lines, "Here", *places, "", "Try", f"  {_command(table, mapping)}"]
    return [*lines, f"Not here; fetch it with: fyr samples fetch {one.name}"]


def _command(table: Path, mapping: Path | None) -> str:
    return f"fyr learn check {table} --mapping {mapping}" if mapping else f"fyr record import {table} --home HOME"


def _wrapped(text: str) -> list[str]:
    return click.wrap_text(text, width=100, initial_indent="  ", subsequent_indent="  ").splitlines()
