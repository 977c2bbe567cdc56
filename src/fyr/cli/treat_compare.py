"""``fyr treat compare``: plans or fractionations of one patient side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.cli.treat_files import gray
from fyr.cli.treat_outcome import check_report, hospital_names, write_board
from fyr.cli.treat_patient_factors import factor_options, patient_factors
from fyr.cli.treat_plan_files import PlanFiles, read_plan_files
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["compare"]


@click.command()
@click.argument("plans", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PLAN|FOLDER...")
@click.option(
    "--rescale", "rescaled", multiple=True, metavar="40Gy/15",
    help="The first plan's distribution with this dose and number of fractions, as one more plan; repeatable.",
)  # fmt: skip
@click.option(
    "--fractions", "refractioned", multiple=True, type=click.IntRange(1, 100),
    help="The first plan's dose in this number of fractions, as one more plan; repeatable.",
)  # fmt: skip
@factor_options
@click.option("--prescription", metavar="50Gy", help="Prescribed dose of every plan, where the files do not say it.")
@click.option("--metric", "metrics", multiple=True, metavar="V20Gy", help="A figure beside the usual ones; repeatable.")
@click.option("--protocol", metavar="NAME|FILE", help="Hold every plan against this.")
@click.option(
    "--combine", "combined", multiple=True, metavar="STRUCTURE:MODEL",
    help="A complication of the combined endpoint; by default one of each structure; repeatable.",
)  # fmt: skip
@click.option("--different-patients", is_flag=True, help="Compare although the plans are of different patients.")
@click.option("--report", "report", type=click.Path(path_type=Path), help="Write a .pdf or .html for a tumour board.")
@click.option("--case", metavar="NAME", help="What the report calls the patient; by default made from the plan's UID.")
@click.option("--names", "names_path", type=click.Path(path_type=Path), help="The hospital's file of structure names.")
@home_option
@json_option
def compare(
    plans: tuple[Path, ...],
    rescaled: tuple[str, ...],
    refractioned: tuple[int, ...],
    patient_file: Path | None,
    settings: tuple[str, ...],
    organs: tuple[str, ...],
    ratios: tuple[str, ...],
    prescription: str | None,
    metrics: tuple[str, ...],
    protocol: str | None,
    combined: tuple[str, ...],
    different_patients: bool,
    report: Path | None,
    case: str | None,
    names_path: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Compare plans of one patient: doses, constraints, complications and control with intervals, side by side.

    For every endpoint it says how probably one plan is better than the other, given what is uncertain in the
    published fit: the same draws of its parameters are used for all plans.
    """
    from fyr.treat.compared_plans import Compared, check_count, compared_document, course_of_parts, variants
    from fyr.treat.dvh_metrics import parse_metric
    from fyr.treat.plan_comparison import LETTERS
    from fyr.treat.plan_course import parse_fractionation
    from fyr.treat.protocol_file import load_protocol

    check_report(report)
    for one in metrics:
        parse_metric(one)
    endpoints = [_endpoint(one) for one in combined]
    said = patient_factors(patient_file, settings, organs, ratios)
    own = hospital_names(home, names_path)
    held = None if protocol is None else load_protocol(protocol)
    prescribed = None if prescription is None else gray(prescription)
    scales = [parse_fractionation(one) for one in rescaled]
    wanted = len(plans) + len(scales) + len(refractioned)
    check_count(wanted, "fyr treat compare", f"give two to {len(LETTERS)}, or one and --rescale or --fractions")
    read = [read_plan_files(one) for one in plans]
    warnings = _together(read, plans, different_patients=different_patients)
    with progress("taking the dose", len(read)) as done:
        courses = []
        for files in read:
            courses.append(course_of_parts(files, own, said.organs, prescription_gy=prescribed))
            done(1)
    bases = [*read, *[read[0]] * (wanted - len(read))]
    courses += variants(courses[0], scales, refractioned)
    asked = [Compared(files, course, {"files": files.paths}) for files, course in zip(bases, courses, strict=True)]
    document = compared_document(
        asked, said, own, metrics=metrics, endpoints=endpoints, protocol=held, warnings=warnings
    )
    if report is not None:
        write_board(report, courses, document, case, read[0])
    if json_wanted:
        as_json(document)
    else:
        from fyr.cli.treat_compare_text import comparison_lines

        click.echo("\n".join(comparison_lines(document)))
        if report is not None:
            click.echo(f"\nreport  {report}")


def _endpoint(text: str) -> tuple[str, str]:
    structure, separator, model = (one.strip() for one in text.rpartition(":"))
    if not separator or not structure or not model:
        raise UsageError(f"'{text}' is no complication", where="--combine", mend="write Lungs:ntcp-lung-...")
    return structure, model


def _together(read: Sequence[PlanFiles], paths: Sequence[Path], *, different_patients: bool) -> list[str]:
    """Refuse plans of different patients; say what else speaks against comparing."""
    from fyr.treat.compared_plans import warnings_between

    patients = {one.patient for one in read}
    frames = {one.dose.grid.frame_of_reference for one in read}
    unsure = len(patients - {""}) > 1 or ("" in patients and len(patients) > 1)
    if not different_patients and (unsure or (patients == {""} and len(frames) > 1)):
        what = "no plan says whose it is, and they lie in different frames of reference"
        if unsure:
            what = "the plans are of different patients" if "" not in patients else "not every plan says whose it is"
        raise BadInput(what, where=str(paths[-1]), mend="compare plans of one patient, or say --different-patients")
    warnings = warnings_between(read)
    if unsure:
        warnings.append("the plans are of different patients: a difference is not only that of the plans")
    return warnings
