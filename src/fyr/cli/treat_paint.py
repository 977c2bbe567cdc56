"""``fyr treat paint``: a dose for each voxel of a target, from a PET or ADC series. Research."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import numpy as np

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fyr.imaging.volume import DoseGrid, Volume
    from fyr.treat.dose_painting import PaintingQuality

__all__ = ["paint"]

_RATIOS: Final = np.round(np.arange(0, 2.001, 0.01), 2)


@click.command()
@click.option("--pet", type=click.Path(path_type=Path), help="Folder with the slices of a PET series; taken as SUV.")
@click.option("--adc", type=click.Path(path_type=Path), help="Folder with the slices of an ADC map, values as stored.")
@click.option(
    "--struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file in the frame of the series."
)
@click.option("--target", required=True, metavar="NAME", help="The structure that is painted.")
@click.option("--low-gy", type=float, help="Dose at the low end of the window and below it.")
@click.option("--high-gy", type=float, help="Dose at the high end of the window and above it.")
@click.option(
    "--window",
    nargs=2,
    type=float,
    metavar="LOW HIGH",
    help="Intensities between which the dose rises; if not given, a quarter of the target's 95th percentile, and that.",
)
@click.option("--levels", type=click.IntRange(2, 100), help="Round to so many doses, evenly spaced.")
@click.option(
    "--bands",
    metavar="70<750<60<1500<53",
    help="Instead: a dose for each band of intensities, doses and the limits between them in turn.",
)
@click.option("--dose", type=click.Path(path_type=Path), help="RTDOSE file to hold against the prescription.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A new RTDOSE file with the prescription.")
@json_option
def paint(
    pet: Path | None,
    adc: Path | None,
    struct: Path,
    target: str,
    low_gy: float | None,
    high_gy: float | None,
    window: tuple[float, float] | None,
    levels: int | None,
    bands: str | None,
    dose: Path | None,
    out: Path | None,
    json_wanted: bool,
) -> None:
    """Prescribe a dose to each voxel of a target by its uptake (or diffusion), and hold a plan's dose against it.

    Which dose an intensity needs is not known: the doses are yours, and the result is for research only. A voxel is
    in the target where at least half of it is.
    """
    from fyr.exchange.dicom import read_dose, read_series, read_structure_set
    from fyr.imaging.masks import occupancy
    from fyr.imaging.plane_stack import Between
    from fyr.treat.dose_painting import painting_quality, prescribe

    if (pet is None) == (adc is None):
        raise UsageError("either --pet or --adc is needed", mend="give one of them")
    series = pet or adc
    if series is None:
        raise UsageError("either --pet or --adc is needed", mend="give one of them")
    asked = _asked(low_gy, high_gy, window, levels, bands, is_adc=pet is None)
    if out is not None and out.exists():
        raise BadInput("there is such a file already", where=str(out), mend="name a new one")
    drawn, volume = read_structure_set(struct), read_series(series)
    notes = [*volume.notes, *drawn.notes, *_fits(volume, drawn.frame_of_reference, struct, is_pet=pet is not None)]
    grid = volume.grid
    part = occupancy(drawn.structure(target), grid, Between("half", single_plane_mm=grid.spacing_mm[0]))
    inside = part >= 0.5
    prescription, rule = _rule(asked, volume.values, inside)
    prescribed = prescribe(volume.values, grid, inside, prescription)
    values = prescribed.dose_gy[inside]
    document: dict[str, Any] = {
        "target": target,
        "series": str(series),
        "unit": volume.unit,
        "rule": rule,
        "voxels": int(inside.sum()),
        "volume_cm3": float(inside.sum()) * grid.voxel_mm3 / 1000,
        "intensity": _spread(volume.values[inside]),
        "dose_gy": _spread(values),
        "output": None,
        "quality": None,
        "notes": ["research only: which dose an intensity needs is not known", *notes],
    }
    if dose is not None:
        document["quality"] = _quality(painting_quality(prescribed, read_dose(dose)))
    if out is not None:
        document["output"] = _write(prescribed, out, struct, target)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_text(document)))


def _asked(
    low_gy: float | None,
    high_gy: float | None,
    window: tuple[float, float] | None,
    levels: int | None,
    bands: str | None,
    *,
    is_adc: bool,
) -> dict[str, Any]:
    if bands is not None:
        if (low_gy, high_gy, window, levels) != (None, None, None, None):
            raise UsageError("--bands with --low-gy, --high-gy, --window or --levels", mend="give one kind of rule")
        return {"bands": _bands(bands)}
    if is_adc:
        raise UsageError(
            "no linear rule from diffusion to dose is published that could be verified",
            where="--adc",
            mend="give --bands",
        )
    if low_gy is None or high_gy is None:
        raise UsageError("--low-gy and --high-gy are needed", mend="give both, or --bands")
    return {"low_gy": low_gy, "high_gy": high_gy, "window": window, "levels": levels}


def _bands(said: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        numbers = [float(one) for one in said.split("<")]
    except ValueError:
        numbers = []
    if len(numbers) < 3 or len(numbers) % 2 == 0:
        raise UsageError(f"'{said}' is not doses with limits between them", where="--bands", mend="write 70<750<60")
    return tuple(numbers[1::2]), tuple(numbers[::2])


def _rule(asked: dict[str, Any], values: NDArray[Any], inside: NDArray[np.bool_]) -> tuple[Any, dict[str, Any]]:
    from fyr.treat.dose_painting import BandPrescription, LinearPrescription, percentile_window

    if "bands" in asked:
        limits, doses = asked["bands"]
        return BandPrescription(limits, doses), {"kind": "bands", "limits": list(limits), "doses_gy": list(doses)}
    said = asked["window"]
    low, high = said or percentile_window(values, inside)
    linear = LinearPrescription(low, high, asked["low_gy"], asked["high_gy"], asked["levels"])
    return linear, {
        "kind": "linear",
        "low_intensity": low,
        "high_intensity": high,
        "low_gy": linear.low_gy,
        "high_gy": linear.high_gy,
        "levels": linear.levels,
        "window": "given" if said else "25 % to 100 % of the target's 95th percentile",
        "citation": "Vanderstraeten B, et al. Radiother Oncol 2006;79:249-258.",
    }


def _fits(volume: Volume, frame: str, struct: Path, *, is_pet: bool) -> list[str]:
    ours = volume.grid.frame_of_reference
    if ours and frame and ours != frame:
        raise BadInput(
            "the structures lie in another frame of reference than the pictures",
            where=str(struct),
            mend="resample the series onto the planning CT, or draw the target on it",
        )
    if is_pet and volume.modality != "PT":
        raise BadInput(f"the series is {volume.modality or 'of no modality'}, not a PET", where="--pet")
    if is_pet and volume.unit != "g/mL":
        raise BadInput(
            f"the PET is in {volume.unit}, not in SUV: {'; '.join(volume.notes) or 'no reason is known'}", where="--pet"
        )
    if not is_pet and volume.modality != "MR":
        raise BadInput(f"the series is {volume.modality or 'of no modality'}, not an MR", where="--adc")
    if not (ours and frame):
        return ["a frame of reference is missing: that structures and series belong together was not checked"]
    return []


def _spread(values: NDArray[Any]) -> dict[str, float]:
    return {"min": float(values.min()), "mean": float(values.mean(dtype=np.float64)), "max": float(values.max())}


def _quality(found: PaintingQuality) -> dict[str, Any]:
    return {
        "quality_factor": found.quality_factor,
        "mean_ratio": found.mean_ratio,
        "within_5_percent": found.within_5_percent,
        "least_ratio": found.least_ratio,
        "greatest_ratio": found.greatest_ratio,
        "voxels": found.voxels,
        "q_volume_histogram": {"ratio": _RATIOS.tolist(), "volume_part": found.volume_at(_RATIOS).tolist()},
        "citation": "Vanderstraeten B, et al. Radiother Oncol 2006;79:249-258: QF = mean of |Q - 1|, Q = obtained / "
        "intended.",
    }


def _write(prescribed: DoseGrid, out: Path, struct: Path, target: str) -> str:
    from datetime import UTC, datetime

    from fyr.exchange.dicom import write_dose
    from fyr.exchange.dicom.head import read_head
    from fyr.exchange.dicom.opening import reading

    with reading(struct):
        head = read_head(struct)
        patient, study = head.text(0x00100020), head.text(0x0020000D)
    write_dose(
        prescribed,
        out,
        patient_id=patient,
        study_uid=study,
        when=datetime.now(UTC),
        comment="PRESCRIPTION, dose painting, research: not planned, not given",
        series_description=f"Prescription (dose painting, research): {target}",
    )
    return str(out)


def _text(document: dict[str, Any]) -> list[str]:
    dose, seen, rule = document["dose_gy"], document["intensity"], document["rule"]
    lines = [
        f"{document['target']}: {document['voxels']:,} voxels, {document['volume_cm3']:.2f} cm³",
        f"intensity  {seen['min']:.3g} to {seen['max']:.3g}, mean {seen['mean']:.3g} {document['unit']}",
        f"prescribed {dose['min']:.2f} to {dose['max']:.2f} Gy, mean {dose['mean']:.2f} Gy",
    ]
    if rule["kind"] == "linear":
        lines.append(f"window     {rule['low_intensity']:.3g} to {rule['high_intensity']:.3g} ({rule['window']})")
    if quality := document["quality"]:
        lines.append(f"quality    QF {100 * quality['quality_factor']:.2f} %, mean Q {quality['mean_ratio']:.3f}, "
                     f"{100 * quality['within_5_percent']:.1f} % of voxels within 5 %")  # fmt: skip
    if document["output"]:
        lines.append(f"wrote      {document['output']}")
    return [*lines, *(f"note       {one}" for one in document["notes"])]
