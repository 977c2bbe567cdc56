"""``fyr treat hearing``: ototoxicity grades of an audiogram, its chart, and the dose to the cochlea beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option
from fyr.cli.treat_files import same_frame, usual_spacing
from fyr.errors import BadInput, ServiceUnavailable, UsageError

if TYPE_CHECKING:
    from fyr.record.audiogram import Audiogram, Conduction
    from fyr.treat.hearing.document import AgeGroup
    from fyr.treat.outcome import Course

__all__ = ["hearing"]

_COCHLEA_CM3: Final = 5.0
"""Beyond any cochlea, margins included: a structure of another name is taken, and this is said."""


@click.command()
@click.option("--audiogram", type=click.Path(path_type=Path), required=True, help="Audiogram: .csv or .json file.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Audiogram before treatment.")
@click.option(
    "--conduction",
    type=click.Choice(["air", "bone"]),
    default="air",
    show_default=True,
    help="Which thresholds are graded as sensorineural: bone where there is a conductive part.",
)
@click.option(
    "--patient", type=click.Choice(["adult", "child"]), help="Which of CTCAE's definitions; both if not said."
)
@click.option(
    "--intervention-indicated", is_flag=True, help="CTCAE: a hearing aid or another intervention is indicated."
)
@click.option("--struct", type=click.Path(path_type=Path), help="RTSTRUCT file: for the dose to the cochlea.")
@click.option("--dose", type=click.Path(path_type=Path), help="RTDOSE file.")
@click.option("--cochlea", "cochleae", multiple=True, metavar="NAME", help="A cochlea of another name; repeatable.")
@click.option("--fractions", type=click.IntRange(1, 200), help="For the risk from the dose to the cochlea.")
@click.option("--dose-per-fraction", type=float, metavar="GY", help="Prescribed to the target.")
@click.option("--alpha-beta", type=float, metavar="GY", help="Of the cochlea, where the fit needs one.")
@click.option("--plot", type=click.Path(path_type=Path), help="The audiogram as .svg, or all of it as a page, .html.")
@json_option
def hearing(
    audiogram: Path,
    baseline: Path | None,
    conduction: Conduction,
    patient: AgeGroup | None,
    intervention_indicated: bool,
    struct: Path | None,
    dose: Path | None,
    cochleae: tuple[str, ...],
    fractions: int | None,
    dose_per_fraction: float | None,
    alpha_beta: float | None,
    plot: Path | None,
    json_wanted: bool,
) -> None:
    """Grade an audiogram by ASHA, CTCAE, SIOP Boston, Chang and Brock, or say which frequency a grade lacks."""
    from fyr.exchange.audiogram_file import read_audiogram
    from fyr.treat.hearing.document import audiogram_document, averages_document, conductive_notes, grades_document

    if (struct is None) != (dose is None):
        raise UsageError("one of --struct and --dose without the other", mend="give both, or neither")
    if (fractions is None) != (dose_per_fraction is None):
        raise UsageError("one of --fractions and --dose-per-fraction without the other", mend="give both, or neither")
    if plot is not None and plot.suffix.lower() not in {".svg", ".html"}:
        raise UsageError(f"a plot in '{plot.suffix}'", where="--plot", mend="name an .svg or .html file")
    now = read_audiogram(audiogram)
    before = None if baseline is None else read_audiogram(baseline)
    notes = _checked(now, before)
    document: dict[str, Any] = {
        "audiogram": audiogram_document(now),
        "baseline": None if before is None else audiogram_document(before),
        "conduction": conduction,
        "grades": grades_document(now, before, conduction, patient, intervention_indicated=intervention_indicated),
        **averages_document(now, conduction),
        "cochlea": {},
        "notes": notes,
    }
    notes += conductive_notes(document["air_bone_gap"]) if conduction == "air" else []
    if struct is not None and dose is not None:
        course = _course(fractions, dose_per_fraction, alpha_beta)
        document["cochlea"] = _cochlea(struct, dose, cochleae, course, notes)
    if plot is not None:
        _draw(now, before, document, plot)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(_text(document)))


def _checked(now: Audiogram, before: Audiogram | None) -> list[str]:
    notes = ["research software, not a medical device"]
    if before is None:
        return [*notes, "no baseline was given: ASHA and CTCAE compare with one"]
    if now.patient and before.patient and now.patient != before.patient:
        raise BadInput(
            f"the baseline is of '{before.patient}', the audiogram of '{now.patient}'",
            where="--baseline",
            mend="give two audiograms of one patient",
        )
    if now.measured_on and before.measured_on and before.measured_on >= now.measured_on:
        raise BadInput(
            f"the baseline ({before.measured_on}) is not before the audiogram ({now.measured_on})",
            where="--baseline",
            mend="check which file is which",
        )
    return notes


def _course(fractions: int | None, dose_per_fraction: float | None, alpha_beta: float | None) -> Course | None:
    from fyr.treat.outcome import Course

    if fractions is None or dose_per_fraction is None:
        return None
    return Course(fractions, dose_per_fraction, {} if alpha_beta is None else {"cochlea": alpha_beta})


def _cochlea(
    struct: Path, dose: Path, named: tuple[str, ...], course: Course | None, notes: list[str]
) -> dict[str, Any]:
    from fyr.exchange.dicom import read_dose, read_structure_set
    from fyr.imaging.plane_stack import Between
    from fyr.record.finding import Refusal
    from fyr.treat.dvh import dose_volume_histogram
    from fyr.treat.outcome import StructureDose, organ_of, outcome_of_plan

    structures, grid = read_structure_set(struct), read_dose(dose)
    notes += [*structures.notes, *grid.notes, *same_frame(structures, grid, struct, dose)]
    chosen = [structures.structure(name) for name in named]
    chosen = chosen or [one for one in structures.structures if organ_of(one.name) == "cochlea"]
    if not chosen:
        raise BadInput(
            f"no structure is named Cochlea_L or Cochlea_R; of {', '.join(o.name for o in structures.structures)}",
            where=str(struct),
            mend="name it with --cochlea",
        )
    if course is None:
        notes.append("no risk from the cochlear dose: it needs --fractions and --dose-per-fraction")
    between = Between(single_plane_mm=usual_spacing(structures, grid))
    found: dict[str, Any] = {}
    for structure in chosen:
        curve = dose_volume_histogram(structure, grid, between)
        if curve.volume_cm3 > _COCHLEA_CM3:
            notes.append(f"{structure.name} has {curve.volume_cm3:.1f} cm³, far more than a cochlea")
        outcomes = []
        for one in outcome_of_plan([StructureDose.of_dvh(curve, "cochlea")], course) if course else ():
            said: dict[str, Any] = {"model": one.model.card.name if one.model else None}
            if isinstance(one.answer, Refusal):
                said["refused"] = one.answer.reason
            else:
                ntcp = one.answer.estimates["ntcp"]
                said |= {"ntcp": ntcp.value, "low": ntcp.low, "high": ntcp.high}
            outcomes.append(said)
        found[structure.name] = {
            "volume_cm3": curve.volume_cm3,
            "mean_gy": curve.mean_gy,
            "max_gy": curve.max_gy,
            "complete": curve.is_complete,
            "outcomes": outcomes,
        }
    return found


def _draw(now: Audiogram, before: Audiogram | None, document: dict[str, Any], plot: Path) -> None:
    from fyr.treat.hearing.chart import draw_audiogram
    from fyr.treat.hearing.sheet import hearing_sheet

    title = " · ".join(part for part in (now.patient, str(now.measured_on or "")) if part) or "Audiogram"
    picture = draw_audiogram(now, before, title)
    if plot.suffix.lower() == ".html":
        picture = hearing_sheet(document, picture)
    try:
        plot.write_text(picture, encoding="utf-8")
    except OSError as problem:
        raise ServiceUnavailable(f"it cannot be written ({problem.strerror})", where=str(plot)) from problem


def _text(document: dict[str, Any]) -> list[str]:
    lines = []
    for name, entry in document["grades"].items():
        if "refused" in entry:
            lines.append(f"{name:<28} refused: {entry['refused']}")
            continue
        main = entry.get("grade", entry.get("change"))
        ears = [
            f"{ear} {entry[key]}"
            for ear in ("right", "left")
            for key in (f"grade_{ear}", f"change_{ear}")
            if key in entry
        ]
        lines.append(f"{name:<28} {main:<4} {', '.join(ears)}".rstrip())
    for ear, averages in document["averages"].items():
        for name, one in averages.items():
            hz = ", ".join(map(str, one["frequencies_hz"]))
            missing = ", ".join(map(str, one["missing_hz"]))
            level = f"not measured at {missing} Hz" if missing else f"{one['level_db']:.1f} dB HL"
            least = "at least " if one["is_at_least"] else ""
            lines.append(f"{ear:<5} {name.replace('_', ' '):<22} {least}{level} ({hz} Hz)")
    for name, one in document["cochlea"].items():
        lines.append(f"{name}: mean {one['mean_gy']:.2f} Gy, maximum {one['max_gy']:.2f} Gy")
        for outcome in one["outcomes"]:
            if "refused" in outcome:
                lines.append(f"  {outcome['model']}: refused: {outcome['refused']}")
            else:
                ends = (
                    "" if outcome["low"] is None else f" ({100 * outcome['low']:.1f} to {100 * outcome['high']:.1f} %)"
                )
                lines.append(f"  {outcome['model']}: {100 * outcome['ntcp']:.1f} %{ends}")
    return [*lines, *(f"note  {one}" for one in document["notes"])]
