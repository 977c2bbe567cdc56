"""``fyr treat``: read a radiotherapy plan exactly: dose-volume histograms, gamma."""

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
    "gamma": ("fyr.cli.treat_gamma:gamma", "Compare two dose grids by dose difference and distance at once."),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def treat() -> None:
    """Read a radiotherapy plan exactly: dose in structures, and one dose beside another."""
