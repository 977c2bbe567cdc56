"""`fyr watch rhythm`: beats, atrial fibrillation and pauses of a recorded ECG, and whether an alarm was true."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.duration import option_duration
from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.exchange.recording import Recording

__all__ = ["rhythm"]


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option("--alarm", type=click.Choice(["asystole", "bradycardia"]), help="Judge a monitor's alarm instead.")
@click.option(
    "--at", "at", metavar="DURATION", help="When the alarm was, from the start; the recording's end by default."
)
@click.option("--paced", is_flag=True, help="The patient has a pacemaker: an ECG alone refutes nothing.")
@click.option("--hospital", help="The patient's hospital, where the file does not name one.")
@json_option
def rhythm(
    record: Path, alarm: str | None, at: str | None, paced: bool, hospital: str | None, json_wanted: bool
) -> None:
    """Say what the ECG of RECORD shows: beats, how irregular they are, atrial fibrillation, pauses.

    RECORD is a WFDB record with a waveform such as II, V5 or MLII. What cannot be judged is said, never guessed.
    """
    from fyr.exchange.wfdb import find_records, read_record

    if alarm is None and (at is not None or paced):
        raise UsageError("--at and --paced are about an alarm", mend="add --alarm asystole or --alarm bradycardia")
    headers = find_records(record)
    if len(headers) > 1:
        raise BadInput(f"there are {len(headers)} records here", where=str(record), mend="name one of them")
    recording = read_record(headers[0], hospital=hospital)
    document = _rhythm(recording) if alarm is None else _alarm(recording, alarm, at, paced=paced)
    document = {
        "patient": str(recording.patient),
        "source": recording.source,
        **document,
        "notes": list(recording.notes),
        "research_use_only": True,
    }
    if json_wanted:
        as_json(document)
    elif alarm is None:
        _print_rhythm(document)
    else:
        _print_alarm(document)


def _rhythm(recording: Recording) -> dict[str, Any]:
    from fyr.watch.rhythm.reading import read_rhythm

    return read_rhythm(recording.series).as_dict()


def _alarm(recording: Recording, kind: str, at: str | None, *, paced: bool) -> dict[str, Any]:
    from fyr.watch.rhythm.channels import channels_of
    from fyr.watch.rhythm.refutation import Alarm, AlarmKind, refute

    times = [channel.series.time_us for channel in channels_of(recording.series) if len(channel.series)]
    if not times:
        raise BadInput("the record holds no samples", where=recording.source, mend="check its data file")
    if at is None:
        time_us = max(int(one[-1]) for one in times)
    else:
        time_us = min(int(one[0]) for one in times) + option_duration(at, "--at")
    return refute(Alarm(AlarmKind(kind), time_us), recording.series, paced=paced).as_dict()


def _print_rhythm(document: dict[str, Any]) -> None:
    beats = document["beats"]
    rate = beats["median_rate_per_min"]
    click.echo(f"{document['patient']}  {document['source']}")
    click.echo(
        f"  {beats['count']:,} beats in lead {beats['lead']}"
        + ("" if rate is None else f", median {rate:.0f}/min")
        + f"; {beats['assessable_s']:,.0f} s can be judged"
    )
    for fault, seconds in beats["not_assessable"].items():
        click.echo(f"  not assessable: {seconds:,.0f} s {fault}")
    for episode in document["atrial_fibrillation"]:
        click.echo(f"  irregular as in atrial fibrillation: {episode['start']} to {episode['end']}")
    if not document["atrial_fibrillation"]:
        judged = any(math.isfinite(value) for value in document["rr_irregularity"]["value"])
        click.echo("  no atrial fibrillation" if judged else "  too few beats to tell atrial fibrillation")
    for pause in document["pauses"]:
        least = "at least " if pause["at_least"] else ""
        click.echo(
            f"  {'asystole' if pause['asystole'] else 'pause'} of {least}{pause['seconds']:.1f} s: {pause['start']}"
        )
    if not document["pauses"]:
        click.echo("  no pause of 3 s or longer in what can be judged")
    click.echo("Research use only.")


def _print_alarm(document: dict[str, Any]) -> None:
    verdict = document["verdict"].replace("_", " ")
    click.echo(f"{document['patient']}  {document['alarm']} at {document['time']}: {verdict}")
    click.echo(f"  {document['reason']}")
    for one in document["evidence"]:
        state = "usable" if one["usable"] else f"{one['not_assessable_s']:.0f} s not assessable"
        gap = one["longest_gap_s"]
        beats = f"{one['beats']:>3} beats, longest gap {'unknown' if gap is None else f'{gap:.2f} s'}"
        click.echo(f"  {one['channel']:<8} {one['kind']:<6} {beats}, {state}")
    click.echo("Research use only: a refuted alarm is one to look at later, not one to switch off.")
