"""What was marked on a picture, voxel by voxel: segments as masks or parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid

__all__ = ["Code", "Segment", "Segmentation", "SegmentationKind"]

SegmentationKind = Literal["binary", "probability", "occupancy", "labels"]
"""In or out; how probably in; how much of the voxel is in; in or out, and each voxel in one segment at most."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: SNOMED CT's is of scheme ``SCT``."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One thing that was marked.

    Parameters
    ----------
    number : int
        Of the segmentation, from 1.
    label : str
        As it was called.
    part : ndarray of bool or float32, shape (slices, rows, columns)
        Whether a voxel is in, or from 0 to 1 how probably or how much of it.
    category, concept : Code or None
        What it is: ``Anatomical structure``, ``Lung``.
    algorithm : str
        ``MANUAL``, ``SEMIAUTOMATIC`` or ``AUTOMATIC``; empty where nothing was said.
    algorithm_name : str
    """

    number: int
    label: str
    part: NDArray[Any]
    category: Code | None = None
    concept: Code | None = None
    algorithm: str = ""
    algorithm_name: str = ""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Voxels that are in, or at least half of which."""
        return self.part if self.part.dtype == bool else self.part >= 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Segments on one grid.

    Parameters
    ----------
    grid : Grid
    segments : tuple of Segment
    kind : str
    label : str
    uid : str
        The SOP instance.
    image_series_uid : str
        The series that it was made on.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.

    Raises
    ------
    BadInput
        If a segment does not fill the grid, or a number is used twice.
    """

    grid: Grid
    segments: tuple[Segment, ...]
    kind: SegmentationKind = "binary"
    label: str = ""
    uid: str = ""
    image_series_uid: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for one in self.segments:
            if one.part.shape != self.grid.shape:
                raise BadInput(
                    f"{one.part.shape} voxels do not fill a grid of {self.grid.shape}", where=f"segment '{one.label}'"
                )
        if len({one.number for one in self.segments}) < len(self.segments):
            raise BadInput("two segments have one number", where="segmentation", mend="number them anew")
