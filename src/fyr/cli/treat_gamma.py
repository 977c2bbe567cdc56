"""``fyr treat gamma``: one dose beside another, by difference in dose and distance at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import ServiceUnavailable, UsageError

if TYPE_CHECKING:
    from fyr.treat.gamma import Gamma

__all__ = ["gamma"]

_WIDTH: Final = 40


@click.command()
@click.argument("reference", type=click.Path(path_type=Path))
@click.argument("evaluated", type=click.Path(path_type=Path))
@click.option("--dose-percent", type=float, default=3.0, show_default=True, help="Dose criterion.")
@click.option("--distance-mm", type=float, default=3.0, show_default=True, help="Distance to agreement.")
@click.option("--local", is_flag=True, help="Percent of the dose at each point, not of the normalisation.")
@click.option(
    "--threshold-percent",
    type=float,
    default=10.0,
    show_default=True,
    help="Leave out points whose reference dose is lower than this, in percent of the normalisation.",
)
@click.option(
    "--normalise-gy", type=float, help="What the percentages are of; the largest reference dose if not given."
)
@click.option(
    "--max-gamma", type=float, default=2.0, show_default=True, help="Do not tell larger values apart; inf searches on."
)
@click.option("--ignore-frame", is_flag=True, help="Take two frames of reference as one.")
@click.option("--ignore-summation", is_flag=True, help="Compare what is summed differently, such as plan and fraction.")
@click.option("--ignore-kind", is_flag=True, help="Compare physical with effective dose.")
@click.option("--map", "map_path", type=click.Path(path_type=Path), help="Write gamma on the reference grid (.npy).")
@click.option("--plot", "plot_path", type=click.Path(path_type=Path), help="Write a page with pictures (.html).")
@json_option
def gamma(
    reference: Path,
    evaluated: Path,
    dose_percent: float,
    distance_mm: float,
    local: bool,
    threshold_percent: float,
    normalise_gy: float | None,
    max_gamma: float,
    ignore_frame: bool,
    ignore_summation: bool,
    ignore_kind: bool,
    map_path: Path | None,
    plot_path: Path | None,
    json_wanted: bool,
) -> None:
    """Compare the dose EVALUATED with the dose REFERENCE (both DICOM RT dose) by the gamma index.

    Each point of REFERENCE above the threshold is a point of the comparison; EVALUATED is searched around it, between
    its voxels too. The two are not interchangeable.
    """
    from fyr.exchange.dicom.dose import read_dose
    from fyr.treat.gamma import GammaSettings, gamma_index

    _check_suffix(map_path, ".npy")
    _check_suffix(plot_path, ".html")
    settings = GammaSettings(
        dose_percent=dose_percent,
        distance_mm=distance_mm,
        local=local,
        threshold_percent=threshold_percent,
        normalise_gy=normalise_gy,
        max_gamma=None if max_gamma == float("inf") else max_gamma,
    )
    doses = read_dose(reference, thin_plane=True), read_dose(evaluated, thin_plane=True)
    found = gamma_index(
        *doses, settings, ignore_frame=ignore_frame, ignore_summation=ignore_summation, ignore_kind=ignore_kind
    )
    document = {"reference": str(reference), "evaluated": str(evaluated), **found.as_dict()}
    notes = [
        f"{name}: {note}" for name, dose in zip(("reference", "evaluated"), doses, strict=True) for note in dose.notes
    ]
    document["warnings"] = [*notes, *document["warnings"]]
    if map_path is not None:
        _write(map_path, _map_bytes(found))
        document["map"] = str(map_path)
    if plot_path is not None:
        from fyr.treat.gamma_page import gamma_page

        _write(plot_path, gamma_page(document, doses[0], found).encode())
        document["plot"] = str(plot_path)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_as_text(document)))


def _check_suffix(path: Path | None, suffix: str) -> None:
    if path is not None and path.suffix.lower() != suffix:
        raise UsageError(f"'{path.name}' does not end in {suffix}", mend=f"name a file that ends in {suffix}")


def _map_bytes(found: Gamma) -> bytes:
    from io import BytesIO

    import numpy as np

    buffer = BytesIO()
    np.save(buffer, found.values, allow_pickle=False)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ServiceUnavailable(f"cannot be written: {error.strerror}", where=str(path)) from error


def _as_text(document: dict[str, Any]) -> list[str]:
    settings = document["settings"]
    lines = [
        f"{document['pass_rate_percent']:.2f} % of {document['points']} points pass: "
        f"gamma {settings['dose_percent']:g} %, "
        f"{settings['distance_mm']:g} mm, {settings['normalisation']}",
        f"  normalisation  {settings['normalisation_gy']:.3f} Gy ({settings['normalisation_from']})",
        f"  threshold      {settings['threshold_gy']:.3f} Gy ({settings['threshold_percent']:g} %) "
        f"of the {settings['threshold_of']}",
        f"  searched       {settings['searched']}, {settings['interpolation']}",
        f"  gamma          mean {document['gamma_mean']:.3f}, median {document['gamma_median']:.3f}, "
        f"99th percentile {document['gamma_p99']:.3f}, largest {document['gamma_max']:.3f}"
        + (
            f" ({document['points_at_max_gamma']} points at the limit of {settings['max_gamma']:g})"
            if document["points_at_max_gamma"]
            else ""
        ),
        "",
    ]
    edges, counts = document["histogram"]["edges"], document["histogram"]["counts"]
    top = max(counts)
    lines += [
        f"  {low:5.2f} to {high:5.2f}  {count:>9}  {'#' * round(_WIDTH * count / top)}"
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    return lines
