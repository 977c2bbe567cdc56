"""Bodies of revolution about z with doses that rise along an axis: their histograms in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.imaging.grid import Grid
from fyr.imaging.structure_set import Contour, Structure
from fyr.imaging.volume import DoseGrid

Floats = NDArray[np.float64]
Radii = Callable[[Floats], list[tuple[Floats, int]]]
POINTS = 360


@dataclass(frozen=True)
class Body:
    """Circles about the z axis: at each z, radii with a sign (-1 for a hole), from one end to the other."""

    low: float
    high: float
    radii: Radii

    def structure(self, spacing_mm: float, offset_mm: float) -> Structure:
        places = np.arange(-60, 61) * spacing_mm + offset_mm
        angle = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
        # A polygon as large as its circle.
        swell = np.sqrt(2 * np.pi / POINTS / np.sin(2 * np.pi / POINTS))
        contours = []
        for z in places[(places > self.low) & (places < self.high)]:
            for radius, _ in self.radii(np.array([z])):
                around = radius[0] * swell * np.column_stack([np.cos(angle), np.sin(angle)])
                contours.append(Contour(np.column_stack([around, np.full(POINTS, z)])))
        return Structure(1, "body", tuple(contours))

    def share_above(self, axis: int, level_mm: Floats) -> tuple[float, Floats]:
        """Return the volume in mm³, and the part of it beyond places along x or y (0, 1), or z (2)."""
        z = np.linspace(self.low, self.high, 40_001)
        z = (z[1:] + z[:-1]) / 2
        width = (self.high - self.low) / len(z)
        whole = sum(sign * np.pi * radius**2 for radius, sign in self.radii(z))
        beyond = []
        for level in level_mm:
            if axis == 2:
                beyond.append(float(np.sum(np.where(z > level, whole, 0)) * width))
                continue
            total = 0.0
            for radius, sign in self.radii(z):
                near = np.clip(level / np.maximum(radius, 1e-12), -1, 1)
                total += sign * float(np.sum(radius**2 * (np.arccos(near) - near * np.sqrt(1 - near**2))) * width)
            beyond.append(total)
        volume = float(np.sum(whole) * width)
        return volume, np.array(beyond) / volume


BODIES = {
    "sphere": Body(-20, 20, lambda z: [(np.sqrt(np.maximum(400 - z**2, 0)), 1)]),
    "small sphere": Body(-10, 10, lambda z: [(np.sqrt(np.maximum(100 - z**2, 0)), 1)]),
    "tiny sphere": Body(-5, 5, lambda z: [(np.sqrt(np.maximum(25 - z**2, 0)), 1)]),
    "cylinder": Body(-30, 30, lambda z: [(np.full_like(z, 15.0), 1)]),
    "cone": Body(-24, 24, lambda z: [((24 - z) / 2, 1)]),
    "torus": Body(
        -12,
        12,
        lambda z: [
            (30 + np.sqrt(np.maximum(144 - z**2, 0)), 1),
            (30 - np.sqrt(np.maximum(144 - z**2, 0)), -1),
        ],
    ),
}


def rising_dose(axis: int, slope_gy_mm: float = 0.5, middle_gy: float = 40.0, spacing_mm: float = 2.5) -> DoseGrid:
    """Return a dose that rises evenly along x, y or z, on a grid of which no voxel lies at the middle."""
    grid = Grid.along_axes(
        (50, 50, 50), spacing_mm=(spacing_mm,) * 3, first_mm=(-61.3, -60.7, -61.9), frame_of_reference="1.2.3"
    )
    index = np.indices(grid.shape).reshape(3, -1).T
    dose = middle_gy + slope_gy_mm * grid.to_mm(index)[:, axis].reshape(grid.shape)
    return DoseGrid(grid, np.maximum(dose, 0).astype(np.float32))
