"""``fyr serve config``: what ``fyr.toml`` may say, and whether what it says can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fyr.cli.configured import config_option, configured
from fyr.cli.home import Home
from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.serve.configuration import Configuration

__all__ = ["config"]


@click.command()
@click.option("--check", is_flag=True, help="Check the file that is there, and say what would be started.")
@config_option
@json_option
@click.pass_context
def config(context: click.Context, check: bool, config_path: Path | None, json_wanted: bool) -> None:
    """Print a fyr.toml with every key and its default; with --check, check the one that is there.

    fyr serve config > fyr.toml begins one. --check builds every source and sink without starting it.
    """
    from fyr.serve.configuration_keys import template

    parent = context.parent
    if not check:
        if json_wanted:
            as_json({"template": template()})
        else:
            click.echo(template(), nl=False)
        return
    from fyr.serve.configuration_check import check_configuration

    home: Home = context.obj
    given = config_path or (parent.params.get("config_path") if parent is not None else None)
    configuration = configured(parent or context, home, given)
    warnings = check_configuration(configuration)
    if json_wanted:
        as_json({**asdict(configuration), "path": str(configuration.path or "") or None, "warnings": warnings})
        return
    for warning in warnings:
        click.echo(f"fyr: warning: {warning}", err=True)
    click.echo("\n".join(_in_words(configuration, home)))


def _in_words(configuration: Configuration, home: Home) -> Iterator[str]:
    from fyr.clock import format_duration
    from fyr.serve.source_kinds import SINK_KINDS, SOURCE_KINDS

    hospital, server, journal = configuration.hospital, configuration.server, configuration.journal
    yield "No fyr.toml: everything by default." if configuration.path is None else f"{configuration.path}: good."
    yield f"The record in {home} is served as '{hospital.title}' on http://{server.host}:{server.port}."
    yield (
        f"Patients are numbered {hospital.id or 'HOSPITAL'}/NUMBER; the policy is {hospital.policy}; samples may come "
        f"{format_duration(hospital.lateness_us)} late; times without a zone are {hospital.timezone}."
    )
    if journal.kind == "jetstream":
        yield f"The journal is in NATS JetStream at {journal.url}, with {journal.workers} worker(s)."
    else:
        yield "The journal is in the record itself."
    dicom = configuration.dicom
    if dicom.receive:
        who = ", ".join(dicom.peers) or "whoever is on this machine"
        yield f"Images are received by C-STORE as {dicom.ae_title} on {dicom.host}:{dicom.port}, from {who}."
    for source in configuration.sources:
        required = ", required" if source.required else ""
        yield (
            f"Source '{source.name}': {SOURCE_KINDS[source.kind].purpose}{_options(source.options)}; silent after "
            f"{format_duration(source.silent_after_us)}{required}."
        )
    for sink in configuration.sinks:
        yield f"Sink '{sink.name}': {SINK_KINDS[sink.kind].purpose}{_options(sink.options)}."
    if not configuration.sources:
        yield "No source: nothing comes from devices."


def _options(options: Mapping[str, object]) -> str:
    said = ", ".join(f"{name} {value}" for name, value in options.items())
    return f" ({said})" if said else ""
