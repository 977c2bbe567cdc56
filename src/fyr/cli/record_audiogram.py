"""``fyr record audiogram``: keep what a patient heard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.record import Observation

__all__ = ["audiogram"]


@click.command()
@click.argument("patient")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="When it was taken, where the one file does not say."
)
@home_option
@json_option
def audiogram(patient: str, files: tuple[Path, ...], day: Any, home: Home, json_wanted: bool) -> None:
    """Keep the audiograms FILES (.csv or .json, as `fyr treat hearing` reads them) of PATIENT (HOSPITAL/ID).

    Each threshold is an observation on the day of the audiogram. Either all files are kept or none; what the record has
    already is not added again.
    """
    from dataclasses import replace

    from fyr.exchange.audiogram_file import read_audiogram
    from fyr.record import Access, PatientId
    from fyr.record.hearing import observations_of
    from fyr.record.record import Record

    who = PatientId.parse(patient)
    observed: list[Observation] = []
    read = []
    for file in files:
        one = read_audiogram(file)
        if day is not None and one.measured_on not in (None, day.date()):
            raise BadInput(f"the file says {one.measured_on}", where=str(file), mend="leave --date out")
        if day is not None:
            one = replace(one, measured_on=day.date())
        if one.measured_on is None:
            raise BadInput("the audiogram has no date", where=str(file), mend="write one in it, or give --date")
        observed += observations_of(one, who, file.name)
        read.append({"source": str(file), "date": one.measured_on.isoformat(), "thresholds": len(one.thresholds)})
    access = Access.of_operating_system_user(purpose="import of audiograms")
    with Record.open(home, access=access, create=False) as record:
        record.attributes(who)  # a patient who is not known is no new one
        added = record.add_observations(observed)
    document = {"patient": str(who), "audiograms": read, "observations": len(observed), "added": added}
    if json_wanted:
        as_json(document)
        return
    for one_read in read:
        click.echo(f"{one_read['source']}: {one_read['thresholds']} thresholds of {one_read['date']}")
    click.echo(f"added {added:,} observations" if added else "added nothing: the record has them already")
