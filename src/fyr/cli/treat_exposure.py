"""``fyr treat exposure``: what patients were exposed to, by the reports of the machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, FyrError, Refused, ServiceUnavailable, UsageError

if TYPE_CHECKING:
    from fyr.serve.exposures.reading import ExposureFolder
    from fyr.treat.exposure.event import DoseReportRead
    from fyr.treat.exposure.study import Examination

__all__ = ["exposure"]

_SHOWN: Final = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--coefficients",
    type=click.Choice(["lee-icrp103", "shrimpton-icrp60"]),
    default="lee-icrp103",
    show_default=True,
    help="Of effective dose from the dose-length product of adults.",
)
@click.option(
    "--level",
    "levels",
    multiple=True,
    metavar="PROTOCOL=LEVEL",
    help="Which published reference level a protocol serves; may be given again. The manual lists them.",
)
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the own reference levels (.csv).")
@click.option("--plot", "plot_path", type=click.Path(path_type=Path), help="Draw the own reference levels (.svg).")
@click.option(
    "--processes", type=click.IntRange(min=1), help="How many files are read at once; each core if there are many."
)
@json_option
def exposure(
    paths: tuple[Path, ...],
    coefficients: str,
    levels: tuple[str, ...],
    csv_path: Path | None,
    plot_path: Path | None,
    processes: int | None,
    json_wanted: bool,
) -> None:
    """Read the radiation dose reports of PATHS (files or folders): CT, fluoroscopy, mammography, radiography.

    Every irradiation counts once, however often it was reported. Each patient has a ledger in which every exposure
    stands in its own quantity; RT plans in PATHS stand there with what they prescribe.
    """
    from fyr.exchange.dicom.scan import dicom_files
    from fyr.serve.exposures.reading import read_exposures
    from fyr.treat.exposure.ledger import ledgers
    from fyr.treat.exposure.reference_levels import own_levels
    from fyr.treat.exposure.study import examinations

    _check_suffix(csv_path, ".csv")
    _check_suffix(plot_path, ".svg")
    level_of = _levels(levels)
    files = dicom_files(paths)
    with progress("reading", len(files)) as done:
        folder = read_exposures(files, done, processes)
    if not folder.reports and not folder.courses:
        raise _nothing(folder, paths)
    exams = examinations(report for _, report in folder.reports)
    document = _document(paths, folder, exams, coefficients, level_of)
    own = own_levels(exams)
    from fyr.treat.exposure.document import ledger_document, level_document

    document["ledgers"] = [ledger_document(one) for one in ledgers(exams, folder.courses)]
    document["own_levels"] = [level_document(one) for one in own]
    if csv_path is not None or plot_path is not None:
        from fyr.treat.exposure.reference_plot import as_csv, as_svg

        if csv_path is not None:
            _write(csv_path, as_csv(own))
            document["csv"] = str(csv_path)
        if plot_path is not None:
            _write(plot_path, as_svg(own, _published(level_of)))
            document["plot"] = str(plot_path)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


def _document(
    paths: Sequence[Path],
    folder: ExposureFolder,
    exams: Sequence[Examination],
    coefficients: str,
    level_of: dict[str, str],
) -> dict[str, Any]:
    from fyr.treat.exposure.document import examination_document

    superseded = {uid for exam in exams for uid in exam.superseded}
    return {
        "sources": [str(path) for path in paths],
        "files": folder.files,
        "read": len(folder.reports) + len(folder.versions) + len(folder.courses),
        "reports": [
            *(_report(path, one, counts=one.uid not in superseded) for path, one in folder.reports),
            *(_report(path, one, counts=False, more=(why,)) for path, one, why in folder.versions),
        ],
        "examinations": [examination_document(one, coefficients=coefficients, level_of=level_of) for one in exams],
        "refused": [
            {"where": one.where, "reason": one.what, "mend": one.mend, "exit_code": one.exit_code}
            for one in folder.refused
        ],
        "repeated": folder.repeated,
        "skipped": folder.skipped,
        "statement": "Research software, not a medical device. No figure here is the risk of a person.",
    }


def _report(path: str, one: DoseReportRead, *, counts: bool, more: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "path": path,
        "uid": one.uid,
        "template": f"TID {one.template}",
        "modality": one.modality,
        "counts": counts,
        "totals": [total.as_dict() for total in one.totals],
        "warnings": [*one.warnings, *more],
    }


def _levels(said: Sequence[str]) -> dict[str, str]:
    from fyr.treat.exposure.reference_levels import PUBLISHED

    level_of = {}
    for one in said:
        protocol, separator, name = one.rpartition("=")
        if not separator or not protocol:
            raise UsageError(f"'{one}' is not PROTOCOL=LEVEL", mend="write the protocol, =, and the level's name")
        if name not in PUBLISHED:
            raise UsageError(f"there is no published level '{name}'", mend=f"known are {', '.join(PUBLISHED)}")
        level_of[protocol] = name
    return level_of


def _published(level_of: dict[str, str]) -> dict[tuple[str, str], float]:
    from fyr.treat.exposure.reference_levels import PUBLISHED

    return {
        (protocol, "dose_length_product"): level
        for protocol, name in level_of.items()
        if (level := PUBLISHED[name].dlp_mgy_cm) is not None
    }


def _nothing(folder: ExposureFolder, paths: Sequence[Path]) -> FyrError:
    """Return why nothing was read: that of the first file, refused as what it is."""
    if not folder.refused:
        return BadInput("there is no DICOM file", where=" ".join(map(str, paths)), mend="check the path")
    first = next((one for one in folder.refused if not isinstance(one, Refused)), folder.refused[0])
    more = f" (and {len(folder.refused) - 1:,} more files were refused)" if len(folder.refused) > 1 else ""
    return type(first)(f"{first.what}{more}", where=first.where, mend=first.mend)


def _check_suffix(path: Path | None, suffix: str) -> None:
    if path is not None and path.suffix.lower() != suffix:
        raise UsageError(f"'{path.name}' does not end in {suffix}", mend=f"name a file that ends in {suffix}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ServiceUnavailable(f"it cannot be written ({problem.strerror})", where=str(path)) from problem


def _as_text(document: dict[str, Any]) -> Iterator[str]:
    exams = document["examinations"]
    yield f"{document['read']:,} of {document['files']:,} files read: {len(exams):,} examinations"
    for exam in exams[:_SHOWN]:
        yield ""
        patient = exam["patient"]["patient_id"] or "patient not said"
        device = " ".join(filter(None, (exam["device"]["manufacturer"], exam["device"]["model"])))
        yield f"{patient}  {exam['started'] or 'time not said'}  {exam['modality']}: {exam['protocol']}  ({device})"
        for one in exam["totals"]:
            yield f"    {_amount(one)}"
        dose = exam.get("effective_dose", {})
        if "msv" in dose:
            yield f"    effective dose {dose['msv']:.2g} mSv ({dose['coefficients']}): {dose['statement']}"
        skin = exam.get("skin", {})
        if skin.get("level", "none") != "none":
            yield f"    {skin['level']} level of reference point air kerma: {skin['asks_for']}"
        for one in exam.get("reference_levels", ()):
            sign = "ABOVE" if one["is_above"] else "within"
            yield f"    {sign} {one['level']}: {one['value']:.4g} of {one['reference']:g} {one['unit']}"
        yield from (f"    warning: {warning}" for warning in exam["warnings"])
    if len(exams) > _SHOWN:
        yield f"… and {len(exams) - _SHOWN:,} more; --json has them all"
    yield from _levels_text(document["own_levels"])
    if document["repeated"]:
        yield f"{len(document['repeated']):,} files repeat a report"
    yield from (f"refused: {one['where']}: {one['reason']}" for one in document["refused"][:_SHOWN])
    if document["skipped"]:
        yield f"{len(document['skipped']):,} files are no DICOM"
    yield document["statement"]


def _levels_text(levels: Sequence[dict[str, Any]]) -> Iterator[str]:
    enough = [one for one in levels if one["is_enough"]]
    if enough:
        yield ""
        yield "own levels (median, 75th percentile):"
    for one in enough:
        of = f" ({one['of']})" if one["of"] else ""
        outliers = f", {len(one['outliers'])} outliers" if one["outliers"] else ""
        yield (
            f"  {one['protocol']}, {one['quantity'].replace('_', ' ')}{of}: {one['median']:.4g}, {one['p75']:.4g} "
            f"{one['unit']} in {one['examinations']}{outliers}"
        )


def _amount(one: dict[str, Any]) -> str:
    of = f" ({one['of']})" if one.get("of") else ""
    return f"{one['quantity'].replace('_', ' ')}{of} {one['value']:.4g} {one['unit']}"
