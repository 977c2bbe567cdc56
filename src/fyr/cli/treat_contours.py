"""``fyr treat contours``: a DICOM segmentation as an RT structure set, for programs that read no other."""

from __future__ import annotations

from pathlib import Path

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput

__all__ = ["contours"]


@click.command()
@click.option("--seg", "seg", type=click.Path(path_type=Path), required=True, help="Segmentation file.")
@click.option(
    "--series", type=click.Path(path_type=Path), required=True, help="Folder with the slices that it was made on."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
@click.option("--segment", "names", multiple=True, metavar="LABEL", help="Only this one; repeatable.")
@json_option
def contours(seg: Path, series: Path, output: Path, names: tuple[str, ...], json_wanted: bool) -> None:
    """Write the segments of a DICOM segmentation as an RT structure set.

    Contours run along the edges of pixels and hold exactly those that are marked, of which half is in where the
    segmentation has parts. Holes are contours within contours.
    """
    from fyr.clock import SystemClock, to_datetime
    from fyr.exchange.dicom import read_segmentation, write_structure_set
    from fyr.exchange.dicom.series import ordered_slices, series_files, series_grid
    from fyr.imaging.mask_outline import structure_of
    from fyr.imaging.structure_set import StructureSet

    files = series_files(series)
    grid, _, _ = series_grid(files)
    slices, _ = ordered_slices(files)
    head = slices[0].head
    read = read_segmentation(seg, grid)
    known = [one.label for one in read.segments]
    for name in names:
        if name not in known:
            raise BadInput(f"there is no segment '{name}'", where=str(seg), mend=f"there are {', '.join(known)}")
    uids = tuple(one.head.text(0x00080018) for one in slices)
    chosen = [one for one in read.segments if not names or one.label in names]
    with progress("drawing", len(chosen)) as done:
        drawn = []
        for one in chosen:
            drawn.append(structure_of(one, read, uids))
            done(1)
    uid = write_structure_set(
        StructureSet(tuple(drawn), grid.frame_of_reference, read.label, image_series_uid=head.text(0x0020000E)),
        output,
        patient_id=head.text(0x00100020),
        study_uid=head.text(0x0020000D),
        when=to_datetime(SystemClock().now_us()),
        modality=head.text(0x00080060),
    )
    count = {one.name: len(one.contours) for one in drawn}
    if json_wanted:
        as_json({"output": str(output), "uid": uid, "contours": count, "notes": list(read.notes)})
        return
    click.echo(f"wrote {len(drawn):,} structures to {output}")
    for name, lines in count.items():
        click.echo(f"  {name:<24} {lines:6,} contours")
    for note in read.notes:
        click.echo(f"note: {note}")
