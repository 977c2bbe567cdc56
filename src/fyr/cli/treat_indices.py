"""``fyr treat indices``: how well a dose fits its target."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option
from fyr.cli.treat_files import gray, same_frame, usual_spacing

__all__ = ["indices"]


@click.command()
@click.option("--struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file.")
@click.option("--dose", type=click.Path(path_type=Path), required=True, help="RTDOSE file.")
@click.option("--target", required=True, metavar="NAME", help="The structure that the dose was prescribed to.")
@click.option("--prescription", required=True, metavar="50Gy", help="The prescribed dose.")
@click.option("--no-distance", is_flag=True, help="Leave out the dose 2 cm away, which takes longest.")
@json_option
def indices(struct: Path, dose: Path, target: str, prescription: str, *, no_distance: bool, json_wanted: bool) -> None:
    """Show coverage, conformity, homogeneity, gradient, R50 and D2cm of a target, each with its definition."""
    from fyr.exchange.dicom import read_dose, read_structure_set
    from fyr.imaging.plane_stack import Between
    from fyr.treat.plan_indices import CITATIONS, plan_indices

    prescribed = gray(prescription)
    structure_set, grid = read_structure_set(struct), read_dose(dose)
    warnings = [*structure_set.notes, *grid.notes, *same_frame(structure_set, grid, struct, dose)]
    between = Between(single_plane_mm=usual_spacing(structure_set, grid))
    found = plan_indices(structure_set.structure(target), grid, prescribed, between, with_distance=not no_distance)
    document: dict[str, Any] = {
        "target": target,
        "prescription_gy": prescribed,
        "indices": {key: value for key, value in asdict(found).items() if key != "notes"},
        "definitions": CITATIONS,
        "notes": list(found.notes),
        "warnings": warnings,
    }
    if json_wanted:
        as_json(document)
        return
    for key, value in document["indices"].items():
        said = "-" if value is None else f"{value:.4g}"
        click.echo(f"{key:<22} {said:>8}  {CITATIONS.get(key, '')}".rstrip())
    for note in document["notes"]:
        click.echo(f"note  {note}")
    for warning in warnings:
        click.echo(f"warning  {warning}")
