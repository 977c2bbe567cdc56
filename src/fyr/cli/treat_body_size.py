"""``fyr treat body-size``: how large a patient is in a CT, and the dose estimate of that size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import Refused, UsageError

__all__ = ["body_size"]


@click.command("body-size")
@click.argument("series", type=click.Path(path_type=Path))
@click.option("--ctdi", type=float, metavar="MGY", help="CTDIvol of the scan, for the size-specific dose estimate.")
@click.option("--phantom", type=click.Choice(["16", "32"]), help="Diameter in cm of the phantom that CTDIvol is of.")
@json_option
def body_size(series: Path, ctdi: float | None, phantom: str | None, json_wanted: bool) -> None:
    """Measure the water-equivalent diameter of the patient in a CT of the trunk (AAPM Report 220).

    SERIES is a folder with one series. The patient is the largest thing above -300 HU in each slice. With --ctdi and
    --phantom the size-specific dose estimate follows.
    """
    from fyr.exchange.dicom import read_series
    from fyr.record.finding import Refusal
    from fyr.treat.exposure import body_outline
    from fyr.treat.exposure.size_specific import SSDE_WATER_EQUIVALENT

    if (ctdi is None) != (phantom is None):
        raise UsageError("CTDIvol means nothing without its phantom", mend="give --ctdi and --phantom, or neither")
    found = body_outline.body_size(read_series(series))
    diameter = found.mean_water_equivalent_cm()
    document: dict[str, Any] = {
        "series": str(series),
        "slices": len(found.water_equivalent_cm),
        "water_equivalent_diameter_cm": diameter,
        "water_equivalent_diameter_by_slice_cm": found.water_equivalent_cm,
        "effective_diameter_by_slice_cm": found.effective_cm,
        "outline": "the largest thing above -300 HU in each slice, with what it encloses; a table that touches too",
    }
    if ctdi is not None:
        evidence = {"ctdi_vol_mgy": ctdi, "phantom_cm": phantom, "water_equivalent_diameter_cm": diameter}
        answer = SSDE_WATER_EQUIVALENT.predict(evidence)
        if isinstance(answer, Refusal):
            raise Refused(answer.reason, where=str(series))
        document |= {"model": SSDE_WATER_EQUIVALENT.card.name, "ctdi_vol_mgy": ctdi, "phantom_cm": phantom}
        document |= {name: answer.estimates[name].value for name in ("ssde_mgy", "conversion_factor")}
    if json_wanted:
        as_json(document)
        return
    click.echo(f"water-equivalent diameter {diameter:.1f} cm, mean of {document['slices']} slices")
    if "ssde_mgy" in document:
        click.echo(
            f"size-specific dose estimate {document['ssde_mgy']:.3g} mGy, {document['conversion_factor']:.2f} x CTDIvol"
        )
