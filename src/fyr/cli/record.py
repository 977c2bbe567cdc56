"""``fyr record``: bring recordings and patients in, show what is known about a patient, write it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.dicom_deidentify import deidentify
from fyr.cli.dicomweb import fetch, send
from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.cli.record_audiogram import audiogram
from fyr.cli.record_backup import backup, check, restore
from fyr.errors import UsageError

if TYPE_CHECKING:
    from fyr.exchange.recording import Recording
    from fyr.record.import_batch import Added

__all__ = ["record"]

_SHOWN = 40
"""Entries of a timeline that a person is shown at most of one kind; the JSON has them all."""


@click.group()
def record() -> None:
    """Bring recordings, patients and images in; show what is known, write it out; back it up, restore it, check it."""


for _verb in (audiogram, backup, check, deidentify, restore, fetch, send):
    record.add_command(_verb)


@record.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--hospital", help="The patients' hospital, where the file does not name one.")
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML mapping of a table's columns.")
@click.option(
    "--zero-is-missing/--zero-is-a-value",
    "zero_is_missing",
    default=None,
    help="What 0 means in WFDB numerics; missing by default in records named as MIMIC names them, a value in others.",
)
@click.option(
    "--keep-files/--no-keep-files",
    default=True,
    help="Whether a FHIR .json file is kept beside what was read of it; it may hold names. Kept by default.",
)
@click.option(
    "--bundles",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write the FHIR bundle of each patient of a folder of mCODE CSV files into this folder.",
)
@home_option
@json_option
def import_(
    paths: tuple[Path, ...],
    hospital: str | None,
    mapping: Path | None,
    zero_is_missing: bool | None,
    keep_files: bool,
    bundles: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Import every PATH: recordings (WFDB, folders, tables of signals), patients (FHIR, tables of facts), or DICOM.

    Recordings come in as a whole or not at all. Of patients (FHIR .json or .ndjson, a folder of mCODE CSV files, or a
    table whose --mapping has 'facts') each bad row is refused with its reason and the rest comes in. Of DICOM (files or
    folders of them) each whole file is kept, and what each series holds is said. What the record has already is not
    added again.
    """
    from fyr.cli.dicom_import import are_dicom_files, import_dicom
    from fyr.cli.patient_import import are_patient_files, import_patients
    from fyr.errors import BadInput
    from fyr.exchange.dicom.foreign import nothing_but_strangers
    from fyr.exchange.recordings import find_sources, read_source

    if bundles is not None:
        from fyr.cli.mcode_bundles import write_bundles

        write_bundles(paths, hospital, bundles)
    if mapping is None and are_dicom_files(paths):
        import_dicom(home, paths, hospital, json_wanted=json_wanted)
        return
    if are_patient_files(paths, mapping):
        import_patients(home, paths, mapping, hospital, keep_files=keep_files, json_wanted=json_wanted)
        return
    try:
        sources = [source for path in paths for source in find_sources(path, mapping=mapping)]
    except BadInput:
        if (problem := nothing_but_strangers(paths)) is not None:
            raise problem from None
        raise

    def recordings(label: str) -> Iterator[Recording]:
        with progress(label, len(sources)) as done:
            for source in sources:
                yield from read_source(source, hospital=hospital, mapping=mapping, zero_is_missing=zero_is_missing)
                done(1)

    if isinstance(home, Path) and not (home / "fyr.db").exists():
        for _ in recordings("checking"):  # a record is not begun for files that cannot be read
            pass
    read, added = _import(home, recordings("importing"), [str(path) for path in paths])
    document = {
        "home": str(home),
        "recordings": read,
        "read": _totals(read),
        "added": {"patients": added.patients, "samples": added.samples, "observations": added.observations},
        "nothing_new": not (added.patients or added.samples or added.observations),
    }
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


@record.command()
@click.argument("patient")
@click.option(
    "--as",
    "form",
    type=click.Choice(["fhir", "dicom-sr"]),
    required=True,
    help="fhir: clinical facts as an mCODE bundle in FHIR R4. dicom-sr: findings as a DICOM structured report.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; standard output by default.")
@click.option("--model", help="Of a dicom-sr only the findings of this model.")
@home_option
@json_option
def export(patient: str, form: str, output: Path | None, model: str | None, home: Home, json_wanted: bool) -> None:
    """Write what is known about PATIENT (HOSPITAL/ID) for other programs.

    As fhir the clinical facts, in a bundle that other hospitals read, and Fyr unaltered. As dicom-sr what the models
    found or refused, each with the model's version and digest, in a report that a picture archive keeps.
    """
    from fyr.cli.findings_export import export_findings
    from fyr.cli.patient_export import export_patient

    if form == "dicom-sr":
        export_findings(home, patient, output, model, json_wanted=json_wanted)
        return
    if model is not None:
        raise UsageError("a bundle holds no model's findings", where="--model", mend="leave it out, or --as dicom-sr")
    export_patient(home, patient, output, json_wanted=json_wanted)


@record.command()
@click.argument("patient")
@home_option
@json_option
def timeline(patient: str, home: Home, json_wanted: bool) -> None:
    """List what is known about PATIENT (HOSPITAL/ID) in time order, series summarised by signal."""
    from fyr.cli.timeline import timeline_of
    from fyr.record import Access, PatientId
    from fyr.record.record import Record

    who = PatientId.parse(patient)
    access = Access.of_operating_system_user(purpose="timeline on the command line")
    with Record.open(home, access=access, create=False) as opened:
        attributes, entries = timeline_of(opened, who)
    if json_wanted:
        as_json({"patient": str(who), "attributes": attributes, "entries": entries})
        return
    about = ", ".join(f"{name} {value}" for name, value in attributes.items())
    click.echo(f"{who}{f' ({about})' if about else ''}")
    shown: dict[str, int] = {}
    for entry in entries:
        shown[entry["kind"]] = shown.get(entry["kind"], 0) + 1
        if shown[entry["kind"]] <= _SHOWN:
            click.echo(f"{entry['time']}  {entry['kind']:<12} {entry['text']}")
    for kind, count in shown.items():
        if count > _SHOWN:
            click.echo(f"... and {count - _SHOWN} more of kind '{kind}': --json has them all")
    if not entries:
        click.echo("nothing is known yet")


def _import(home: Home, recordings: Iterator[Recording], paths: Sequence[str]) -> tuple[list[dict[str, Any]], Added]:
    from fyr.record import Access
    from fyr.record.record import Record

    access = Access.of_operating_system_user(purpose="import of recordings")
    read: list[dict[str, Any]] = []
    with Record.open(home, access=access) as opened, opened.importing(source=" ".join(paths)) as batch:
        for recording in recordings:
            batch.add_patient(recording.patient, attributes=recording.attributes)
            for series in recording.series:
                batch.add_series(series)
            batch.add_observations(recording.observations)
            read.append(_summary(recording))
    return read, batch.added


def _summary(recording: Recording) -> dict[str, Any]:
    import numpy as np

    from fyr.clock import to_iso
    from fyr.record.series import Quality

    return {
        "patient": str(recording.patient),
        "source": recording.source,
        "signals": [
            {
                "signal": series.signal,
                "unit": series.unit,
                "start": to_iso(int(series.time_us[0])),
                "end": to_iso(int(series.time_us[-1])),
                "period_s": series.period_us / 1e6,
                "samples": len(series),
                "quality": {
                    Quality(code).name.lower().replace("_", " "): int(count)
                    for code, count in enumerate(np.bincount(series.quality))
                    if count
                },
            }
            for series in recording.series
        ],
        "observations": len(recording.observations),
        "skipped": [{"name": skipped.name, "reason": skipped.reason} for skipped in recording.skipped],
        "notes": list(recording.notes),
    }


def _totals(read: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "recordings": len(read),
        "patients": len({one["patient"] for one in read}),
        "samples": sum(series["samples"] for one in read for series in one["signals"]),
        "observations": sum(one["observations"] for one in read),
    }


def _as_text(document: dict[str, Any]) -> Iterator[str]:
    for one in document["recordings"][:_SHOWN]:
        yield f"{one['patient']}  {one['source']}"
        for series in one["signals"]:
            quality = ", ".join(f"{count:,} {name}" for name, count in series["quality"].items())
            yield f"  {series['signal']:<18} {series['samples']:>10,} samples, {series['start']} to {series['end']}"
            yield f"  {'':<18} {quality}"
        if one["observations"]:
            yield f"  {one['observations']:,} observations"
    hidden = len(document["recordings"]) - _SHOWN
    if hidden > 0:
        yield f"... and {hidden:,} more: --json has them all"
    skipped = dict.fromkeys((s["name"], s["reason"]) for one in document["recordings"] for s in one["skipped"])
    yield from (f"skipped: {name}: {reason}" for name, reason in skipped)
    notes = list(dict.fromkeys(note for one in document["recordings"] for note in one["notes"]))
    yield from (f"note: {note}" for note in notes[:_SHOWN])
    if len(notes) > _SHOWN:
        yield f"note: ... and {len(notes) - _SHOWN:,} more notes: --json has them all"
    read, added = document["read"], document["added"]
    yield f"read {read['samples']:,} samples and {read['observations']:,} observations of {read['patients']:,} patients"
    if document["nothing_new"]:
        yield f"added nothing: all of it was in {document['home']} already"
    else:
        yield (
            f"added {added['samples']:,} samples, {added['observations']:,} observations and "
            f"{added['patients']:,} patients to {document['home']}"
        )
