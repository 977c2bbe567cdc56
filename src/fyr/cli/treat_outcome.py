"""``fyr treat outcome``: what a plan would do to this patient, with intervals, citations and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.cli.treat_files import gray
from fyr.cli.treat_names import own_names_path
from fyr.cli.treat_patient_factors import factor_options, patient_factors
from fyr.cli.treat_plan_files import PlanFiles, read_plan_files
from fyr.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fyr.treat.nomenclature.own_names import OwnNames
    from fyr.treat.plan_course import PlanCourse

__all__ = ["check_report", "hospital_names", "outcome", "write_board"]


@click.command()
@click.option("--plan", "plan", type=click.Path(path_type=Path), help="RTPLAN file, or a folder with one.")
@click.option("--struct", "struct", type=click.Path(path_type=Path), help="RTSTRUCT; else the plan's, beside it.")
@click.option("--dose", "dose", type=click.Path(path_type=Path), help="RTDOSE of the plan; else the one beside it.")
@factor_options
@click.option("--prescription", metavar="50Gy", help="Prescribed dose of the whole plan, if not that of the plan.")
@click.option("--fractions", type=click.IntRange(1, 100), help="How many, if not those of the plan.")
@click.option("--protocol", metavar="NAME|FILE", help="Hold the plan against this in the report too.")
@click.option("--report", "report", type=click.Path(path_type=Path), help="Write a .pdf or .html for a tumour board.")
@click.option("--case", metavar="NAME", help="What the report calls the patient; by default made from the plan's UID.")
@click.option("--names", "names_path", type=click.Path(path_type=Path), help="The hospital's file of structure names.")
@home_option
@json_option
def outcome(
    plan: Path | None,
    struct: Path | None,
    dose: Path | None,
    patient_file: Path | None,
    settings: tuple[str, ...],
    organs: tuple[str, ...],
    ratios: tuple[str, ...],
    prescription: str | None,
    fractions: int | None,
    protocol: str | None,
    report: Path | None,
    case: str | None,
    names_path: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Foresee complications and control of a plan from published fits, each with its interval and source.

    Every model of every organ is asked. What a fit does not cover is refused with the reason; nothing is assumed about
    the patient that was not said.
    """
    from fyr.treat.plan_course import plan_course

    check_report(report)
    said = patient_factors(patient_file, settings, organs, ratios)
    own = hospital_names(home, names_path)
    files = read_plan_files(plan, struct, dose)
    prescribed = None if prescription is None else gray(prescription)
    course = plan_course(
        files.structures, files.dose, files.plan, files.between,
        own=own, organs=said.organs, prescription_gy=prescribed, fractions=fractions,
    )  # fmt: skip
    risks = said.risks(course)
    document: dict[str, Any] = {
        "files": files.paths,
        "given": said.document(),
        **risks.document(),
        "warnings": files.warnings,
    }  # fmt: skip
    if protocol is not None:
        from fyr.treat.compared_plans import constraints_of
        from fyr.treat.protocol_file import load_protocol

        document["constraints"] = constraints_of(load_protocol(protocol), files, course, own)
    if report is not None:
        write_board(report, [course], {"plans": [document], **document}, case, files)
    if json_wanted:
        as_json(document)
    else:
        from fyr.cli.treat_outcome_text import outcome_lines

        click.echo("\n".join(outcome_lines(document)))
        if report is not None:
            click.echo(f"\nreport  {report}")


def write_board(
    path: Path, courses: Sequence[PlanCourse], document: Mapping[str, Any], case: str | None, files: PlanFiles
) -> None:
    """Write the tumour board's report, whole or not at all."""
    import hashlib
    from datetime import UTC, datetime

    from fyr.cli.learn_validate_report import write_pages
    from fyr.treat.board.contents import board_report

    uid = files.plan.uid if files.plan is not None else files.structures.uid
    named = case or f"Case {hashlib.sha256(uid.encode()).hexdigest()[:8]}"
    write_pages(path, board_report(courses, document, named, f"{datetime.now(UTC):%Y-%m-%d}"))


def check_report(report: Path | None) -> None:
    """Refuse a report of another kind before work is done for it."""
    if report is not None and report.suffix.lower() not in {".pdf", ".html"}:
        raise UsageError(f"a report in '{report.suffix}'", where="--report", mend="name a .pdf or .html file")
    if report is not None and not report.resolve().parent.is_dir():
        raise UsageError("there is no such folder", where=str(report.parent), mend="make it first")


def hospital_names(home: Home, path: Path | None) -> OwnNames:
    """Return the hospital's own names; none where its home is a database and no file is named."""
    from fyr.treat.nomenclature.own_names import OwnNames, read_own_names

    return OwnNames() if isinstance(home, str) and path is None else read_own_names(own_names_path(home, path))
