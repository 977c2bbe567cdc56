"""``fyr treat``: read a radiotherapy plan exactly, and what patients were exposed to."""

from __future__ import annotations

from typing import Final

import click

from fyr.cli.lazy_group import LazyGroup

__all__ = ["treat"]


_VERBS: Final = {
    "dvh": ("fyr.cli.treat_dvh:dvh", "How much of each structure gets how much dose, and the figures read off it."),
    "contours": ("fyr.cli.treat_contours:contours", "A DICOM segmentation as a structure set."),
    "masks": (
        "fyr.cli.treat_masks:masks",
        "Structures as a DICOM segmentation on the pictures that they were drawn on.",
    ),
    "structures": (
        "fyr.cli.treat_structures:structures",
        "Join, cut, grow and hollow structures, and write them as a new structure set.",
    ),
    "check": (
        "fyr.cli.treat_check:check",
        "Hold a plan against a protocol: pass, variation, fail, or not assessable.",
    ),
    "indices": (
        "fyr.cli.treat_indices:indices",
        "How well a dose fits its target: coverage, conformity, homogeneity, gradient.",
    ),
    "names": (
        "fyr.cli.treat_names:names",
        "What structures are called in TG-263: proposed, confirmed and learnt.",
    ),
    "complexity": (
        "fyr.cli.treat_complexity:complexity",
        "How complex a plan's beams are: MCS, edge metric, small apertures, leaf travel, MU/Gy.",
    ),
    "outcome": (
        "fyr.cli.treat_outcome:outcome",
        "What a plan would do to this patient: complications and control, with intervals and sources.",
    ),
    "compare": (
        "fyr.cli.treat_compare:compare",
        "Plans or fractionations of one patient side by side, and how probably one is better.",
    ),
    "hearing": (
        "fyr.cli.treat_hearing:hearing",
        "Ototoxicity grades of an audiogram, its chart, and the dose to the cochlea beside it.",
    ),
    "paint": (
        "fyr.cli.treat_paint:paint",
        "A dose for each voxel of a target from a PET or ADC series, as an RTDOSE file. Research.",
    ),
    "exposure": (
        "fyr.cli.treat_exposure:exposure",
        "What patients were exposed to: dose reports, a ledger for each patient, reference levels.",
    ),
    "body-size": (
        "fyr.cli.treat_body_size:body_size",
        "How large a patient is in a CT (water-equivalent diameter), and the dose estimate of that size.",
    ),
    "shielding": (
        "fyr.cli.treat_shielding:shielding",
        "What a barrier of an X-ray room lets through, and how thick one must be (NCRP 147).",
    ),
    "staff": ("fyr.cli.treat_staff:staff", "Workers' doses beside the limits of the European directive."),
    "gamma": ("fyr.cli.treat_gamma:gamma", "Compare two dose grids by dose difference and distance at once."),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def treat() -> None:
    """Read a radiotherapy plan exactly, one dose beside another, and what patients were exposed to."""
