"""``fyr treat structures``: structures joined, cut, grown, hollowed, and written as a new structure set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.imaging.margin import Margin
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_algebra import Resolution
    from fyr.imaging.structure_set import Structure, StructureSet

__all__ = ["structures"]

_SIDES: Final = {
    "L": "left_mm", "R": "right_mm", "A": "anterior_mm", "P": "posterior_mm", "S": "superior_mm", "I": "inferior_mm",
}  # fmt: skip
_KINDS: Final = ("PTV", "CTV", "GTV", "ORGAN", "AVOIDANCE", "CONTROL", "EXTERNAL")


@click.command()
@click.option("--struct", type=click.Path(path_type=Path), required=True, help="RTSTRUCT file.")
@click.option("--combine", metavar="'PTV - Rectum'", help="One structure, or several with + - & ^ and parentheses.")
@click.option("--margin", metavar="5mm", help="Move its surface: 5mm, -3mm, or 'L5 R5 A3 P7 S8 I8'.")
@click.option(
    "--shell", metavar="0:-3mm", help="Keep what lies between two distances: a wall (0:-3mm), a ring (10:2mm)."
)
@click.option(
    "--crop", metavar="'BODY 5mm'", help="Take away what lies nearer to the surface of a structure than that."
)
@click.option("--name", help="Of the new structure; told from what was done if not given.")
@click.option("--kind", type=click.Choice(_KINDS), help="DICOM's interpreted type of the new structure.")
@click.option("--resolution", type=float, metavar="MM", help="Between points in the planes; told from the size.")
@click.option("--end-caps", type=click.Choice(["rounded", "half", "none"]), default="rounded", show_default=True)
@click.option("--only", is_flag=True, help="Write the new structure alone, without those that there were.")
@click.option("--out", type=click.Path(path_type=Path), help="New RTSTRUCT file; never overwritten.")
@json_option
def structures(
    struct: Path,
    combine: str | None,
    margin: str | None,
    shell: str | None,
    crop: str | None,
    name: str | None,
    kind: str | None,
    resolution: float | None,
    end_caps: Any,
    only: bool,
    out: Path | None,
    json_wanted: bool,
) -> None:
    """List the structures of an RTSTRUCT with their volumes, or make one out of them.

    First what --combine asks for is made, then --margin or --shell is done to it, then --crop. Distances are exact
    between and beyond the contours.
    """
    from fyr.exchange.dicom import read_structure_set
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_algebra import Resolution

    if margin and shell:
        raise UsageError("a margin and a shell at once", where="--shell", mend="give one of the two")
    if combine is None and (margin or shell or crop or out):
        raise UsageError("nothing says which structure is meant", where="--combine", mend="name one")
    structure_set = read_structure_set(struct)
    between = Between(end_caps, single_plane_mm=structure_set.plane_spacing_mm())
    if combine is None:
        _show({"structures": _listed(structure_set, between), "warnings": list(structure_set.notes)}, json_wanted)
        return
    made, done = _made(structure_set, combine, margin, shell, crop, Resolution(resolution, between))
    made = _named(made, structure_set, name or done, kind)
    document: dict[str, Any] = {
        "structure": {"number": made.number, "name": made.name, "kind": made.kind, **_volume(made, between)},
        "made": done,
        "settings": {"end_caps": end_caps, "resolution_mm": resolution},
        "warnings": list(structure_set.notes),
    }
    if not made.contours:
        document["warnings"].append("nothing is left: the new structure has no contours")
    if out is not None:
        document["out"] = _written(struct, structure_set, made, out, only=only)
    _show(document, json_wanted)


def _made(
    structure_set: StructureSet,
    combine: str,
    margin: str | None,
    shell: str | None,
    crop: str | None,
    resolution: Resolution,
) -> tuple[Structure, str]:
    """Return the structure that is asked for, and in words what was done."""
    from fyr.imaging import structure_algebra as algebra
    from fyr.treat.structure_expression import evaluate, parse_expression

    moved = None if margin is None else _margin(margin)
    ends = None if shell is None else _shell(shell)
    around = None if crop is None else _crop(crop, structure_set)
    names = [one.name for one in structure_set.structures]
    made = evaluate(parse_expression(combine, names), structure_set, resolution)
    done = " ".join(combine.split())
    if moved is not None and made.contours:
        made = algebra.grow(made, moved, resolution)
        done += f" {margin}"
    if ends is not None and made.contours:
        made = algebra.shell(made, *ends, resolution)
        done += f" {shell}"
    if around is not None and made.contours:
        made = algebra.keep_inside(made, *around, resolution)
        done += f" inside {crop}"
    return made, done


def _margin(text: str) -> Margin:
    from fyr.imaging.margin import Margin

    found = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:mm)?\s*", text)
    if found:
        return Margin.even(float(found[1]))
    parts = re.findall(r"([LRAPSI])\s*([+-]?\d+(?:\.\d+)?)\s*(?:mm)?", text, re.IGNORECASE)
    sides = {_SIDES[side.upper()]: float(value) for side, value in parts}
    left = re.sub(r"([LRAPSI])\s*[+-]?\d+(?:\.\d+)?\s*(?:mm)?[\s,;]*", "", text, flags=re.IGNORECASE).strip()
    if left or len(sides) != len(parts) or len(sides) != len(_SIDES):
        raise UsageError(
            f"the margin '{text}' is not understood",
            where="--margin",
            mend="write 5mm, -3mm, or all six of 'L5 R5 A3 P7 S8 I8'",
        )
    return Margin(**sides)


def _shell(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:mm)?\s*:\s*([+-]?\d+(?:\.\d+)?)\s*(?:mm)?\s*", text)
    if not found:
        raise UsageError(
            f"the shell '{text}' is not understood", where="--shell", mend="write 0:-3mm (a wall) or 10:2mm (a ring)"
        )
    return float(found[1]), float(found[2])


def _crop(text: str, structure_set: StructureSet) -> tuple[Structure, float]:
    found = re.fullmatch(r"\s*(.+?)\s+(\d+(?:\.\d+)?)\s*(?:mm)?\s*", text)
    if not found:
        raise UsageError(f"the crop '{text}' is not understood", where="--crop", mend="write 'BODY 5mm'")
    return structure_set.structure(found[1].strip("'\"")), float(found[2])


def _named(made: Structure, structure_set: StructureSet, name: str, kind: str | None) -> Structure:
    from dataclasses import replace

    if any(one.name.casefold() == name.casefold() for one in structure_set.structures):
        raise UsageError(f"there is a structure '{name}' already", where="--name", mend="give another name")
    if len(name) > 64:
        raise UsageError(f"the name has {len(name)} characters", where="--name", mend="give --name of up to 64")
    number = max((one.number for one in structure_set.structures), default=0) + 1
    return replace(made, number=number, name=name, kind=made.kind if kind is None else kind)


def _volume(structure: Structure, between: Between) -> dict[str, Any]:
    from fyr.imaging.volume_of import volume_cm3

    if not structure.contours and not structure.unreadable:
        return {"volume_cm3": 0.0, "contours": 0, "notes": []}
    volume, notes = volume_cm3(structure, between)
    return {"volume_cm3": volume, "contours": len(structure.contours), "notes": list(notes)}


def _listed(structure_set: StructureSet, between: Between) -> list[dict[str, Any]]:
    listed = []
    for one in structure_set.structures:
        try:
            known = _volume(one, between)
        except BadInput as problem:
            known = {"volume_cm3": None, "contours": len(one.contours), "notes": [problem.what]}
        listed.append({"number": one.number, "name": one.name, "kind": one.kind, **known})
    return listed


def _written(struct: Path, structure_set: StructureSet, made: Structure, out: Path, *, only: bool) -> str:
    from dataclasses import replace
    from datetime import UTC, datetime

    from fyr.exchange.dicom import write_structure_set
    from fyr.exchange.dicom.head import read_head
    from fyr.exchange.dicom.opening import reading

    with reading(struct):
        head = read_head(struct)
        patient, study = head.text(0x00100020), head.text(0x0020000D)
    kept = () if only else structure_set.structures
    write_structure_set(
        replace(structure_set, structures=(*kept, made), uid=""),
        out,
        patient_id=patient,
        study_uid=study,
        when=datetime.now(UTC),
    )
    return str(out)


def _show(document: dict[str, Any], json_wanted: bool) -> None:
    if json_wanted:
        as_json(document)
        return
    rows = document.get("structures") or [document["structure"]]
    width = max(len(one["name"]) for one in rows)
    for one in rows:
        volume = "-" if one["volume_cm3"] is None else f"{one['volume_cm3']:.2f}"
        click.echo(f"{one['name']:<{width}}  {volume:>10} cm³  {one['kind'] or '-'}")
    for one in rows:
        for note in one["notes"]:
            click.echo(f"note  {one['name']}: {note}")
    for warning in document["warnings"]:
        click.echo(f"warning  {warning}")
    if "out" in document:
        click.echo(f"written  {document['out']}")
