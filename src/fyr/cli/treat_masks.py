"""``fyr treat masks``: what was drawn, as a DICOM segmentation on the pictures that it was drawn on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fyr.imaging.grid import Grid
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_set import Structure, StructureSet

__all__ = ["masks"]


@click.command()
@click.option("--struct", "struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file.")
@click.option(
    "--series", type=click.Path(path_type=Path), required=True, help="Folder with the slices that it was drawn on."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
@click.option("--structure", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@click.option(
    "--kind",
    type=click.Choice(["binary", "occupancy", "labels"]),
    default="binary",
    show_default=True,
    help="In or out; which part of each voxel is in; or a label map, where none may overlap.",
)
@click.option(
    "--end-caps",
    type=click.Choice(["rounded", "half", "none"]),
    default="half",
    show_default=True,
    help="How structures end beyond their outermost contours: half a slice further, rounded off, or there.",
)
@json_option
def masks(
    struct: Path, series: Path, output: Path, names: tuple[str, ...], kind: Any, end_caps: Any, json_wanted: bool
) -> None:
    """Write the structures of an RTSTRUCT as a DICOM segmentation on the slices of a series.

    A voxel is in where at least half of it is: its part is exact from the contours. Structures that cannot be filled,
    or fill no voxel, are said and left out.
    """
    from fyr.exchange.dicom import read_structure_set, write_segmentation
    from fyr.exchange.dicom.series import series_files, series_grid
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.segmentation import Segment, Segmentation

    drawn, files = read_structure_set(struct), series_files(series)
    grid, _, _ = series_grid(files)
    _same_frame(drawn, grid, struct)
    chosen = [drawn.structure(name) for name in names] or list(drawn.structures)
    parts, left = _filled(chosen, grid, Between(end_caps, single_plane_mm=grid.spacing_mm[0]))
    if not parts:
        reason = next(iter(left.values()), "it has no structures")
        raise BadInput(f"no structure could be filled: {reason}", where=str(struct))
    segments = tuple(
        Segment(number, one.name, part >= 0.5 if kind != "occupancy" else part)
        for number, (one, part) in enumerate(parts, start=1)
    )
    made = Segmentation(grid, segments, kind, drawn.label)
    uid = write_segmentation(made, output, files)
    volumes = {one.label: float(one.part.sum()) * grid.voxel_mm3 / 1000 for one in segments}
    if json_wanted:
        as_json({"output": str(output), "uid": uid, "kind": kind, "volume_cm3": volumes, "left_out": left})
        return
    click.echo(f"wrote {len(segments):,} segments to {output}")
    for name, volume in volumes.items():
        click.echo(f"  {name:<24} {volume:10.2f} cm³")
    for name, reason in left.items():
        click.echo(f"left out: {name}: {reason}")


def _same_frame(drawn: StructureSet, grid: Grid, struct: Path) -> None:
    if drawn.frame_of_reference and grid.frame_of_reference and drawn.frame_of_reference != grid.frame_of_reference:
        raise BadInput(
            "the structures lie in another frame of reference than the pictures",
            where=str(struct),
            mend="give the series that they were drawn on",
        )


def _filled(
    chosen: list[Structure], grid: Grid, between: Between
) -> tuple[list[tuple[Structure, NDArray[Any]]], dict[str, str]]:
    """Return the structures that could be filled, and why the others could not."""
    from fyr.imaging.masks import occupancy

    parts: list[tuple[Structure, NDArray[Any]]] = []
    left: dict[str, str] = {}
    with progress("filling", len(chosen)) as done:
        for one in chosen:
            try:
                part = occupancy(one, grid, between)
            except BadInput as problem:
                left[one.name] = problem.what
            else:
                if (part >= 0.5).any():
                    parts.append((one, part))
                else:
                    left[one.name] = "no voxel is half in it"
            done(1)
    return parts, left
