"""``fyr treat dvh``: how much of each structure gets how much dose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.cli.treat_files import gray as _gray
from fyr.cli.treat_files import same_frame as _same_frame
from fyr.cli.treat_files import usual_spacing as _usual_spacing
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_set import Structure, StructureSet
    from fyr.imaging.volume import DoseGrid
    from fyr.treat.dvh import Dvh
    from fyr.treat.dvh_metrics import Metric

__all__ = ["dvh"]


@click.command()
@click.option("--struct", "struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file.")
@click.option("--dose", "dose", type=click.Path(path_type=Path), required=True, help="RTDOSE file.")
@click.option("--structure", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="D95%", help="D95%, V20Gy, D0.03cc, gEUD(a=8), CI, ...; repeatable."
)
@click.option("--prescription", metavar="50Gy", help="What V95%, CI, GI and coverage are measured against.")
@click.option(
    "--end-caps",
    type=click.Choice(["rounded", "half", "none"]),
    default="rounded",
    show_default=True,
    help="How structures end beyond their outermost contours.",
)
@click.option("--single-plane-mm", type=float, help="Thickness of what is drawn on one plane.")
@click.option(
    "--bin-gy", type=click.FloatRange(min=1e-4, max=1e3), help="Step of the curve; told from the dose if not given."
)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the curves into an .svg or .html file.")
@json_option
def dvh(
    struct: Path,
    dose: Path,
    names: tuple[str, ...],
    metrics: tuple[str, ...],
    prescription: str | None,
    end_caps: Any,
    single_plane_mm: float | None,
    bin_gy: float | None,
    plot: Path | None,
    json_wanted: bool,
) -> None:
    """Show the dose in the structures of an RTSTRUCT: volume, minimum, mean, maximum and the figures asked for.

    The volume is that of the contours. Dose is interpolated between voxels. What lies outside the dose grid, or could
    not be filled, is said.
    """
    from fyr.exchange.dicom import read_dose, read_structure_set
    from fyr.imaging.plane_stack import Between
    from fyr.treat.dvh_metrics import parse_metric

    asked = [parse_metric(one) for one in metrics]
    prescribed = None if prescription is None else _gray(prescription)
    if bin_gy is not None and bin_gy != bin_gy:  # noqa: PLR0124 - not a number, which no range holds back
        raise UsageError("a step that is not a number", where="--bin-gy", mend="give it in gray")
    if plot is not None and plot.suffix.lower() not in {".svg", ".html"}:
        raise UsageError(f"a plot in '{plot.suffix}'", where="--plot", mend="name an .svg or .html file")
    for one in asked:
        if one.needs_prescription and prescribed is None:
            raise UsageError(f"{one.text} needs a prescribed dose", where="--metric", mend="give --prescription 50Gy")
    structure_set, grid = read_structure_set(struct), read_dose(dose)
    warnings = [*structure_set.notes, *grid.notes, *_same_frame(structure_set, grid, struct, dose)]
    named = {one.number: one for one in (structure_set.structure(name) for name in names)}  # each once
    chosen = list(named.values()) or list(structure_set.structures)
    alone = _usual_spacing(structure_set, grid) if single_plane_mm is None else single_plane_mm
    between = Between(end_caps, single_plane_mm=alone)
    found, refused = _take(chosen, grid, between, strict=bool(names))
    if not found:
        reason = next(iter(refused.values()), "it has no structures")
        raise BadInput(f"no structure could be filled: {reason}", where=str(struct))
    document = _document(struct, dose, structure_set, grid, between, found, refused, warnings)
    isodoses = _isodoses(asked, grid, prescribed)
    step = bin_gy or _step(float(grid.dose_gy.max()))
    for key, structure, curve in found:
        document["structures"][key] = _entry(structure, curve, asked, prescribed, isodoses, step)
    document["structures"] = {key: document["structures"][key] for key in _keys(chosen)}
    document["settings"]["prescription_gy"] = prescribed
    document["settings"]["curve_step_gy"] = step
    if plot is not None:
        from fyr.treat.dvh_plot import draw

        draw([(key, structure.colour, curve) for key, structure, curve in found], plot)
    if json_wanted:
        as_json(document)
    else:
        from fyr.cli.treat_dvh_text import as_text

        click.echo("\n".join(as_text(document, asked)))


def _keys(structures: list[Structure]) -> list[str]:
    """Return a name for each structure, no two alike: its number too where two have one name."""
    names = [one.name for one in structures]
    keys = [f"{one.name} (#{one.number})" if names.count(one.name) > 1 else one.name for one in structures]
    while len(set(keys)) < len(keys):  # a name may look like another's name and number
        keys = [
            f"{key} (#{one.number})" if keys.count(key) > 1 else key for key, one in zip(keys, structures, strict=True)
        ]
    return keys


def _take(
    structures: list[Structure], dose: DoseGrid, between: Between, *, strict: bool
) -> tuple[list[tuple[str, Structure, Dvh]], dict[str, str]]:
    """Return the histograms, and the structures that have none with the reason; strict where they were asked for."""
    from fyr.treat.dvh import dose_volume_histogram

    found, refused = [], {}
    with progress("taking the dose", len(structures)) as done:
        for key, structure in zip(_keys(structures), structures, strict=True):
            try:
                found.append((key, structure, dose_volume_histogram(structure, dose, between)))
            except BadInput as problem:
                if strict:
                    raise
                refused[key] = problem.what + (f"; {problem.mend}" if problem.mend else "")
            done(1)
    return found, refused


def _document(
    struct: Path,
    dose: Path,
    structure_set: StructureSet,
    grid: DoseGrid,
    between: Between,
    found: list[tuple[str, Structure, Dvh]],
    refused: dict[str, str],
    warnings: list[str],
) -> dict[str, Any]:
    outside = [
        f"{key}: {curve.outside_cm3:.4g} of {curve.volume_cm3:.4g} cm³ lie outside the dose grid; "
        "its doses are those of the rest"
        for key, _, curve in found
        if not curve.is_complete
    ]
    if grid.summation not in {"plan", "unknown"}:
        warnings.append(f"the dose is that of one {grid.summation}, not of the plan")
    nothing = dict.fromkeys(("volume_cm3", "min_gy", "mean_gy", "max_gy", "curve"))
    return {
        "structure_set": {"path": str(struct), "label": structure_set.label, "uid": structure_set.uid},
        "dose": {
            "path": str(dose),
            "summation": grid.summation,
            "kind": grid.kind,
            "max_gy": float(grid.dose_gy.max()),
            "spacing_mm": grid.grid.spacing_mm,
        },
        "settings": {
            "end_caps": between.end_caps,
            "bridged_gap_spacings": between.bridge,
            "single_plane_mm": between.single_plane_mm,
            "interpolation": "trilinear",
        },
        "structures": {key: {**nothing, "metrics": {}, "reason": reason} for key, reason in refused.items()},
        "refused": refused,
        "warnings": [*warnings, *outside],
    }


def _isodoses(asked: list[Metric], dose: DoseGrid, prescribed: float | None) -> tuple[float, float] | None:
    if prescribed is None or not {one.kind for one in asked} & {"CI", "GI"}:
        return None
    from fyr.treat.isodose import isodose_cm3

    return isodose_cm3(dose, prescribed), isodose_cm3(dose, prescribed / 2)


def _step(greatest_gy: float) -> float:
    """Return a round step that gives a few hundred to a few thousand points."""
    for step in (*(0.05 * 10.0**power for power in (5, 4, 3, 2, 1, 0)), 0.02, 0.01, 0.005, 0.002):
        if greatest_gy / step >= (200 if step <= 0.05 else 1000):
            return step
    return 0.001


def _entry(
    structure: Structure,
    curve: Dvh,
    asked: list[Metric],
    prescribed: float | None,
    isodoses: tuple[float, float] | None,
    step: float,
) -> dict[str, Any]:
    import numpy as np

    from fyr.treat.dvh_metrics import bounds, measure

    values = {one.text: measure(one, curve, prescribed, isodoses) for one in asked}
    doses = np.arange(int(np.ceil(curve.max_gy / step)) + 2) * step
    return {
        "number": structure.number,
        "kind": structure.kind,
        "volume_cm3": curve.volume_cm3,
        "min_gy": curve.min_gy,
        "mean_gy": curve.mean_gy,
        "max_gy": curve.max_gy,
        "complete": curve.is_complete,
        "outside_dose_grid_cm3": curve.outside_cm3,
        "metrics": {text: one.value for text, one in values.items()},
        "metric_units": {text: one.unit for text, one in values.items()},
        "not_assessable": {text: one.reason for text, one in values.items() if one.value is None},
        "bounds": {} if curve.is_complete else {one.text: bounds(one, curve, prescribed) for one in asked},
        "curve": {"dose_gy": np.round(doses, 6), "volume_cm3": curve.volume_at(doses)},
        "sampling": {
            "points": curve.sampling.points,
            "spacing_mm": curve.sampling.spacing_mm,
            "error_gy": curve.sampling.error_gy,
        },
        "notes": list(curve.notes),
    }
