"""Analytic bodies and doses written as RTSTRUCT and RTDOSE, read back, and taken as the command takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.exchange.dicom import made
from tests.treat.analytic import Body

from fyr.exchange.dicom import read_dose, read_structure_set
from fyr.treat.dvh import Dvh, dose_volume_histogram

GRIDS = {"2.5 mm": (2.5, 0.0, 0.0), "3 mm": (3.0, 0.0, 0.0), "2.5 mm, oblique": (2.5, 30.0, 20.0)}
"""Spacing in mm; the angles in degrees that the grid is turned by about z and then about its own x."""


def write_dose(axis: int, grid: str, path: Path) -> Path:
    """Write a dose of 40 Gy in the middle that rises by 0.5 Gy/mm along x, y or z."""
    spacing, about_z, about_x = GRIDS[grid]
    a, b = np.deg2rad([about_z, about_x])
    along_row = np.array([np.cos(a), np.sin(a), 0.0])
    along_column = np.array([-np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])
    normal = np.cross(along_row, along_column)
    count = int(np.ceil(150 / spacing))
    first = -(count - 1) / 2 * spacing * (along_row + along_column + normal) + np.array([0.7, -0.4, 0.9])
    k, j, i = np.indices((count, count, count))
    place = sum(
        index[..., np.newaxis] * spacing * way
        for index, way in zip((k, j, i), (normal, along_column, along_row), strict=True)
    )
    dose = np.maximum(40 + 0.5 * (first + place)[..., axis], 0)
    dataset = made.dose(
        np.round(dose / 1e-6).astype(np.uint32),
        offsets=(np.arange(count) * spacing).tolist(),
        directions=[f"{x:.12f}" for x in (*along_row, *along_column)],
        first=[f"{x:.10f}" for x in first],
        scaling=1e-6,
    )
    dataset.PixelSpacing = [spacing, spacing]
    return made.write(dataset, path)


def histogram_of_files(body: Body, offset_mm: float, axis: int, grid: str, folder: Path, slices_mm: float = 3.0) -> Dvh:
    """Write a body and a dose, read both, and return the histogram."""
    dose = folder / f"dose {axis} {grid}.dcm"
    if not dose.exists():
        write_dose(axis, grid, dose)
    contours = body.structure(slices_mm, offset_mm).contours
    drawn = {"body": [(one.geometric_type, [f"{x:.4f}" for x in one.points_mm.ravel()]) for one in contours]}
    struct = made.write(made.structures(drawn), folder / "struct.dcm")
    return dose_volume_histogram(read_structure_set(struct).structures[0], read_dose(dose))
