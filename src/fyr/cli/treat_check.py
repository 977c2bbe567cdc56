"""``fyr treat check``: a plan held against a protocol."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option
from fyr.cli.treat_files import gray, same_frame, usual_spacing
from fyr.cli.treat_names import own_names_path
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.imaging.structure_set import StructureSet
    from fyr.imaging.treatment_plan import TreatmentPlan
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.protocol import Protocol
    from fyr.treat.protocol_check import Given, Outcome

__all__ = ["check"]


@click.command()
@click.option("--struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file.")
@click.option("--dose", type=click.Path(path_type=Path), required=True, help="RTDOSE file of the whole plan.")
@click.option("--plan", "plan_path", type=click.Path(path_type=Path), help="RTPLAN: prescribed dose and fractions.")
@click.option("--protocol", "wanted", required=True, metavar="NAME|FILE", help="A shipped protocol, or a YAML file.")
@click.option("--prescription", metavar="50Gy", help="Prescribed dose of the whole plan, if not that of --plan.")
@click.option("--fractions", type=click.IntRange(min=1), help="How many, if not those of --plan.")
@click.option(
    "--eqd2", "ratios", multiple=True, metavar="NAME=GY",
    help="Alpha/beta of a structure (or of '*'): convert to 2 Gy fractions where a limit is of others; repeatable.",
)  # fmt: skip
@click.option("--names", "names_path", type=click.Path(path_type=Path), help="The hospital's file of structure names.")
@home_option
@json_option
def check(
    struct: Path,
    dose: Path,
    plan_path: Path | None,
    wanted: str,
    prescription: str | None,
    fractions: int | None,
    ratios: tuple[str, ...],
    names_path: Path | None,
    home: Home,
    json_wanted: bool,
) -> None:
    """Hold a plan against a protocol: pass, variation, fail, or not assessable with the reason.

    Structures are found by their TG-263 names, as fyr treat names proposes them. Limits of another fractionation are
    not assessed, unless --eqd2 gives an alpha/beta.
    """
    from fyr.exchange.dicom import read_dose, read_plan, read_structure_set
    from fyr.imaging.plane_stack import Between
    from fyr.treat.nomenclature.own_names import OwnNames, read_own_names
    from fyr.treat.protocol_check import check_plan
    from fyr.treat.protocol_file import load_protocol

    protocol = load_protocol(wanted)
    structure_set, grid = read_structure_set(struct), read_dose(dose)
    warnings = [*structure_set.notes, *grid.notes, *same_frame(structure_set, grid, struct, dose)]
    plan = None if plan_path is None else read_plan(plan_path)
    if plan is not None:
        warnings += [*plan.notes, *_belongs(plan, structure_set, grid, plan_path)]
    given = _given(plan, prescription, fractions, ratios)
    own = (
        OwnNames() if isinstance(home, str) and names_path is None else read_own_names(own_names_path(home, names_path))
    )
    between = Between(single_plane_mm=usual_spacing(structure_set, grid))
    outcomes = check_plan(protocol, structure_set, grid, given, own, between)
    document = _document(protocol, outcomes, given, warnings)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_lines(document)))


def _belongs(plan: TreatmentPlan, structure_set: StructureSet, dose: DoseGrid, path: Path | None) -> list[str]:
    """Refuse a plan that the dose was not computed for; warn where the structures are others."""
    if dose.plan_uid and dose.plan_uid != plan.uid:
        raise BadInput("the dose was computed for another plan", where=str(path), mend="give the plan of the dose")
    if plan.structure_set_uid and structure_set.uid and plan.structure_set_uid != structure_set.uid:
        return ["the plan was made on another structure set than this one"]
    return []


def _given(
    plan: TreatmentPlan | None, prescription: str | None, fractions: int | None, ratios: tuple[str, ...]
) -> Given:
    from fyr.treat.protocol_check import Given

    prescribed = None if prescription is None else gray(prescription)
    if plan is not None and prescribed is None:
        doses = [one.prescribed_gy for one in plan.dose_references if one.kind == "TARGET" and one.prescribed_gy]
        prescribed = max(doses, default=None)
    if plan is not None and fractions is None and len(plan.fraction_groups) == 1:
        fractions = plan.fraction_groups[0].fractions or None
    asked: dict[str, float] = {}
    for one in ratios:
        found = re.fullmatch(r"\s*(?:(.+?)\s*=\s*)?(\d+(?:\.\d+)?)\s*(?:Gy)?\s*", one)
        if not found or float(found[2]) <= 0:
            raise UsageError(f"'{one}' is no alpha/beta", where="--eqd2", mend="write SpinalCord=2, or '*=3'")
        asked[found[1] or "*"] = float(found[2])
    return Given(prescribed, fractions, asked)


def _document(protocol: Protocol, outcomes: list[Outcome], given: Given, warnings: list[str]) -> dict[str, Any]:
    from fyr.treat.compared_plans import constraint_entry
    from fyr.treat.protocol_check import summary

    return {
        "protocol": {
            "name": protocol.name,
            "version": protocol.version,
            "title": protocol.title,
            "source": protocol.source,
            "notes": protocol.notes,
            "digest": protocol.digest,
        },
        "given": {
            "prescription_gy": given.prescription_gy,
            "fractions": given.fractions,
            "alpha_beta_gy": dict(given.alpha_beta_gy),
        },
        "summary": summary(outcomes),
        "constraints": [constraint_entry(one) for one in outcomes],
        "warnings": warnings,
    }


def _lines(document: dict[str, Any]) -> list[str]:
    rows = [["status", "structure", "called", "figure", "limit", "variation", "value"]]
    assessed = [one for one in document["constraints"] if one["status"] != "not assessable"]
    for one in assessed:
        unit = {"cm3": "cm³", "1": ""}.get(one["unit"], one["unit"])
        value = f"{one['value']:.2f} {unit}".strip() + (" EQD2" if one["eqd2_alpha_beta_gy"] else "")
        rows.append(
            [
                one["status"],
                one["structure"],
                one["own_name"],
                one["metric"],
                one["limit"],
                one["variation"] or "-",
                value,
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{document['protocol']['title']} ({document['protocol']['name']} {document['protocol']['version']})", ""]
    if assessed:
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
    reasons: dict[str, list[str]] = {}
    for one in document["constraints"]:
        if one["status"] == "not assessable":
            reasons.setdefault(one["reason"], []).append(f"{one['structure']} {one['metric']}")
    lines += [f"not assessable  {', '.join(asked)}: {reason}" for reason, asked in reasons.items()]
    lines.append("")
    lines.append(", ".join(f"{count} {status}" for status, count in document["summary"].items()))
    lines += [f"warning  {warning}" for warning in document["warnings"]]
    return [*lines, f"source  {document['protocol']['source']}"]
