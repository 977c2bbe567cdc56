"""``fyr treat shielding``: what a barrier of an X-ray room lets through, and how thick one must be."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from fyr.cli.output import as_json, json_option
from fyr.errors import UsageError

__all__ = ["shielding"]


@click.command()
@click.option("--beam", required=True, help="`ct 120 kVp`, `ct 140 kVp`, or `primary N kVp`: 50, 70, 85, 100, 125.")
@click.option(
    "--material",
    required=True,
    help="`lead`, `concrete`; of a primary beam also `steel`, `gypsum wallboard`, `plate glass`.",
)
@click.option("--thickness-mm", type=float, help="Ask for the transmission of this thickness.")
@click.option("--transmission", type=float, help="Ask for the thickness that lets no more than this fraction through.")
@click.option("--kerma-at-1m", type=float, metavar="MGY", help="Kerma of a week at 1 m, for a whole barrier.")
@click.option("--ct-dlp", type=(float, str), multiple=True, metavar="MGY_CM head|body", help="Or DLP of a week's CTs.")
@click.option("--distance-m", type=float, help="From the isocentre to the person.")
@click.option(
    "--goal", type=float, metavar="MGY", help="The most that may be received in a week, by the country's law."
)
@click.option("--occupancy", type=float, help="The part of the time that somebody is there, above 0 and at most 1.")
@json_option
def shielding(
    beam: str,
    material: str,
    thickness_mm: float | None,
    transmission: float | None,
    kerma_at_1m: float | None,
    ct_dlp: tuple[tuple[float, str], ...],
    distance_m: float | None,
    goal: float | None,
    occupancy: float | None,
    json_wanted: bool,
) -> None:
    """Compute a barrier by the Archer equation with the fits of NCRP Report 147 and Simpkin 1995 that were verified.

    A design is a qualified expert's: leakage, doors, joints and floors are not looked at.
    """
    from fyr.treat.exposure import shielding as by

    asked = [thickness_mm is not None, transmission is not None, kerma_at_1m is not None or bool(ct_dlp)]
    if sum(asked) != 1:
        raise UsageError(
            "ask for one thing", mend="give --thickness-mm, --transmission, or --kerma-at-1m or --ct-dlp with the room"
        )
    document: dict[str, Any] = {"beam": beam, "material": material}
    if thickness_mm is not None:
        found = by.transmission(thickness_mm, beam, material)
        document |= {"thickness_mm": thickness_mm, "transmission": found}
    elif transmission is not None:
        document |= {"transmission": transmission, "thickness_mm": by.thickness_mm(transmission, beam, material)}
    else:
        if distance_m is None or goal is None or occupancy is None:
            raise UsageError("a barrier needs its room", mend="give --distance-m, --goal and --occupancy")
        kerma = (kerma_at_1m or 0.0) + sum(by.ct_scatter_kerma_mgy(dlp, region) for dlp, region in ct_dlp)
        document |= {
            "kerma_at_1m_mgy_per_week": kerma,
            "distance_m": distance_m,
            "design_goal_mgy_per_week": goal,
            "occupancy": occupancy,
            **asdict(by.barrier(kerma, distance_m, goal, occupancy, beam, material)),
        }
    document |= {
        "source": by.FITS[beam, material].source,
        "statement": "Research software: a shielding design is the work of a qualified expert.",
    }
    if json_wanted:
        as_json(document)
        return
    click.echo(f"{document['thickness_mm']:.3g} mm of {material} let {document['transmission']:.3g} through ({beam})")
    click.echo(f"{document['source']}. {document['statement']}")
