"""``fyr treat complexity``: how complex the beams of a plan are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.imaging.treatment_plan import TreatmentPlan
    from fyr.treat.plan_complexity import BeamComplexity

__all__ = ["complexity"]


@click.command()
@click.option("--plan", "path", type=click.Path(path_type=Path), required=True, help="RTPLAN file.")
@click.option("--fraction-dose", type=click.FloatRange(min=0, min_open=True), metavar="GY", help="For MU/Gy.")
@json_option
def complexity(path: Path, fraction_dose: float | None, json_wanted: bool) -> None:
    """Show modulation complexity (MCS, MCSv), edge metric, small apertures, leaf travel and MU/Gy of an RTPLAN."""
    from fyr.exchange.dicom import read_plan
    from fyr.treat.plan_complexity import plan_complexity

    plan = read_plan(path)
    found = plan_complexity(plan)
    if not found.beams and not found.not_assessable:
        raise BadInput("the plan has no beam that treats", where=str(path))
    names = {one.number: one.name for one in plan.beams}
    dose, reason = (fraction_dose, "") if fraction_dose else _fraction_dose(plan)
    per_gy = found.meterset_per_gy(dose)
    warnings = list(plan.notes)
    if found.beams and found.mean is None:
        warnings.append("the plan does not say the meterset of its beams: there are no figures of the whole plan")
    document: dict[str, Any] = {
        "plan": {"path": str(path), "label": plan.label, "uid": plan.uid},
        "fraction_dose_gy": dose,
        "meterset_per_fraction": found.meterset_per_fraction,
        "meterset_per_gy": per_gy,
        "complexity": None if found.mean is None else _figures(found.mean),
        "beams": [
            {"number": number, "name": names[number], "meterset": found.meterset[number], **_figures(one)}
            for number, one in found.beams.items()
        ],
        "not_assessable": {f"{number} {names[number]}": why for number, why in found.not_assessable.items()},
        "warnings": warnings + ([f"no MU/Gy: {reason}"] if per_gy is None and reason else []),
    }
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_lines(document)))


def _fraction_dose(plan: TreatmentPlan) -> tuple[float | None, str]:
    """Return the greatest dose that is prescribed to a target in one fraction, or why it is not known."""
    doses = [one.prescribed_gy for one in plan.dose_references if one.kind == "TARGET" and one.prescribed_gy]
    if not doses:
        return None, "the plan prescribes no dose to a target; give --fraction-dose"
    if len(plan.fraction_groups) != 1 or not plan.fraction_groups[0].fractions:
        return None, "the plan does not say in how many like fractions it is given; give --fraction-dose"
    return max(doses) / plan.fraction_groups[0].fractions, ""


def _figures(one: BeamComplexity) -> dict[str, Any]:
    figures = asdict(one)
    figures["small_aperture_score"] = {f"{limit:g}mm": part for limit, part in one.small_aperture_score.items()}
    return figures


def _lines(document: dict[str, Any]) -> list[str]:
    head = ["beam", "MU", "MCS", "MCSv", "LT mm", "LTMCS", "EM 1/mm", "SAS 10mm", "area cm²", "PI", "PM"]
    rows = [head]
    entries = list(document["beams"])
    if document["complexity"]:
        entries.append({"name": "plan", "meterset": document["meterset_per_fraction"], **document["complexity"]})
    for one in entries:
        small = one["small_aperture_score"]["10mm"]
        meterset = "-" if one["meterset"] is None else f"{one['meterset']:.1f}"
        figures = (one["mcs"], one["mcsv"])
        rows.append(
            [one["name"], meterset, *(f"{value:.3f}" for value in figures), f"{one['leaf_travel_mm']:.0f}",
             f"{one['ltmcs']:.3f}", f"{one['edge_metric_per_mm']:.3f}", f"{small:.3f}", f"{one['mean_area_cm2']:.1f}",
             f"{one['irregularity']:.2f}", f"{one['modulation']:.3f}"]
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if not column else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]  # fmt: skip
    if document["meterset_per_gy"] is not None:
        lines.append(f"{document['meterset_per_gy']:.1f} MU/Gy at {document['fraction_dose_gy']:.3g} Gy a fraction")
    lines += [f"not assessable  {name}: {why}" for name, why in document["not_assessable"].items()]
    return lines + [f"warning  {warning}" for warning in document["warnings"]]
