"""``fyr treat compare``: plans or fractionations of one patient side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.cli.treat_files import gray
from fyr.cli.treat_outcome import check_report, course_of, hospital_names, write_board
from fyr.cli.treat_patient_factors import factor_options, patient_factors
from fyr.cli.treat_plan_files import PlanFiles, read_plan_files
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fyr.treat.nomenclature.own_names import OwnNames
    from fyr.treat.plan_course import PlanCourse

__all__ = ["compare", "constraints_of"]

_METRICS: Final = ("mean", "D98%", "D50%", "D2%")


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
    from fyr.treat.dvh_metrics import parse_metric
    from fyr.treat.plan_comparison import LETTERS, compare_plans

    check_report(report)
    asked = [parse_metric(one) for one in dict.fromkeys((*_METRICS, *metrics))]
    endpoints = [_endpoint(one) for one in combined]
    said = patient_factors(patient_file, settings, organs, ratios)
    own = hospital_names(home, names_path)
    prescribed = None if prescription is None else gray(prescription)
    wanted = len(plans) + len(rescaled) + len(refractioned)
    if not 2 <= wanted <= len(LETTERS):
        mend = f"give two to {len(LETTERS)}, or one and --rescale or --fractions"
        raise UsageError(f"{wanted} plans cannot be compared", where="fyr treat compare", mend=mend)
    read = [read_plan_files(one) for one in plans]
    warnings = _together(read, plans, different_patients=different_patients)
    with progress("taking the dose", len(read)) as done:
        courses = []
        for files in read:
            courses.append(course_of(files, own, _known(said.organs, files), prescription_gy=prescribed))
            done(1)
    bases = [*read, *[read[0]] * (wanted - len(read))]
    courses += _variants(courses[0], rescaled, refractioned)
    risks = [said.risks(one) for one in courses]
    document: dict[str, Any] = {
        "plans": [
            {"letter": letter, "files": files.paths, **one.document()}
            for letter, files, one in zip(LETTERS, bases, risks, strict=False)
        ],
        "given": said.document(),
        "comparison": compare_plans(risks, asked, endpoints),
        "constraints": None,
        "warnings": warnings,
    }  # fmt: skip
    if protocol is not None:
        document["constraints"] = _side_by_side(
            [constraints_of(protocol, files, course, own) for files, course in zip(bases, courses, strict=True)]
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


def _known(organs: Any, files: PlanFiles) -> dict[str, str | None]:
    """Leave out what is said of structures that only another of the plans has; refuse nothing that one has."""
    names = {one.name.casefold() for one in files.structures.structures}
    return {name: organ for name, organ in organs.items() if name.casefold() in names}


def _together(read: Sequence[PlanFiles], paths: Sequence[Path], *, different_patients: bool) -> list[str]:
    """Refuse plans of different patients; say what else speaks against comparing."""
    warnings = list(dict.fromkeys(one for files in read for one in files.warnings))
    patients = {one.patient for one in read}
    frames = {one.dose.grid.frame_of_reference for one in read}
    if len(patients - {""}) > 1 or ("" in patients and len(patients) > 1):
        if not different_patients:
            raise BadInput(
                "the plans are of different patients" if "" not in patients else "not every plan says whose it is",
                where=str(paths[-1]), mend="compare plans of one patient, or say --different-patients",
            )  # fmt: skip
        warnings.append("the plans are of different patients: a difference is not only that of the plans")
    elif len(frames) > 1:
        if patients == {""} and not different_patients:
            raise BadInput(
                "no plan says whose it is, and they lie in different frames of reference", where=str(paths[-1]),
                mend="compare plans of one patient, or say --different-patients",
            )  # fmt: skip
        warnings.append("the plans lie in different frames of reference: their structures are compared by name")
    if len({one.structures.uid for one in read}) > 1:
        warnings.append("the plans have different structure sets: a difference may be that of the contours")
    return warnings


def _variants(base: PlanCourse, rescaled: tuple[str, ...], refractioned: tuple[int, ...]) -> list[PlanCourse]:
    from fyr.treat.plan_course import parse_fractionation

    found = []
    for text in rescaled:
        total, fractions = parse_fractionation(text)
        found.append(base.rescaled(total, fractions, f"{base.label} as {total:g} Gy in {fractions}"))
    for fractions in refractioned:
        total = base.course().fractions * base.course().dose_per_fraction_gy
        found.append(base.rescaled(total, fractions, f"{base.label} in {fractions} fractions"))
    return found


def constraints_of(wanted: str, files: PlanFiles, course: PlanCourse, own: OwnNames) -> dict[str, Any]:
    """Hold a plan, or what was made of it by rescaling, against a protocol."""
    from fyr.cli.treat_check import constraint_entry
    from fyr.treat.plan_course import prescribed_gy
    from fyr.treat.protocol_check import Given, check_plan, summary
    from fyr.treat.protocol_file import load_protocol

    protocol = load_protocol(wanted)
    planned = prescribed_gy(files.plan)
    dose = files.dose
    if planned and course.prescription_gy and any("multiplying every dose" in one for one in course.notes):
        dose = replace(dose, dose_gy=dose.dose_gy * (course.prescription_gy / planned))
    given = Given(course.prescription_gy, course.fractions)
    outcomes = check_plan(protocol, files.structures, dose, given, own, files.between)
    return {
        "protocol": {"name": protocol.name, "version": protocol.version, "title": protocol.title,
                     "source": protocol.source, "digest": protocol.digest},
        "summary": summary(outcomes),
        "rows": [constraint_entry(one) for one in outcomes],
    }  # fmt: skip


def _side_by_side(each: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the constraints once, with each plan's value and status by its letter."""
    from fyr.treat.plan_comparison import LETTERS

    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for letter, found in zip(LETTERS, each, strict=False):
        for one in found["rows"]:
            key = (one["structure"], one["metric"], one["limit"], one["valid_for"])
            same = ("structure", "metric", "limit", "variation", "valid_for", "unit", "endpoint", "source")
            row = rows.setdefault(key, {name: one[name] for name in same} | {"plans": {}})
            row["plans"].setdefault(letter, {name: one[name] for name in ("own_name", "value", "status", "reason")})
    return {
        "protocol": each[0]["protocol"],
        "summary": {letter: one["summary"] for letter, one in zip(LETTERS, each, strict=False)},
        "rows": list(rows.values()),
    }
