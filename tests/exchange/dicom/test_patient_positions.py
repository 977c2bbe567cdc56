"""One body, scanned in every position that DICOM names: the same point of it is the same place, and number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.exchange.dicom import made

from fyr.exchange.dicom import read_dose, read_series

# A row of the picture runs along the first direction and a column along the second, seen from the table's foot end:
# what the machine calls right and down, in the patient's own axes (DICOM PS3.3 C.7.3.1.1.2 and C.7.6.2.1.1).
POSITIONS = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)),
    "HFDL": ((0, -1, 0), (1, 0, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
    "FFDR": ((0, -1, 0), (-1, 0, 0)),
    "FFDL": ((0, 1, 0), (1, 0, 0)),
}
COUNT, STEP = 7, 2.0


def body(points: np.ndarray) -> np.ndarray:
    """Return a number for each place in the patient that is the same nowhere else."""
    index = np.rint(points / STEP).astype(int)
    return 1300 + index[..., 0] + 20 * index[..., 1] + 400 * index[..., 2]


def scan(position: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pixels that a scanner would write, where the first lies, and the directions."""
    row, column = (np.array(one, float) for one in POSITIONS[position])
    normal = np.cross(row, column)
    first = -(row + column + normal) * STEP * (COUNT - 1) / 2
    k, j, i = np.indices((COUNT,) * 3)
    places = first + STEP * (k[..., None] * normal + j[..., None] * column + i[..., None] * row)
    return body(places), first, np.concatenate([row, column])


@pytest.mark.parametrize("position", POSITIONS)
def test_ct(tmp_path: Path, position: str) -> None:
    values, first, directions = scan(position)
    found = made.slices(values.astype(np.int16), directions=directions, first=first, step=STEP, position=position)
    for one in found:
        one.PixelSpacing = [STEP, STEP]
    read = read_series(made.write_all(found, tmp_path / "ct"))
    places = read.grid.to_mm(np.indices(read.grid.shape).reshape(3, -1).T)
    np.testing.assert_array_equal(read.values.ravel(), body(places))
    left_and_up = read.grid.to_index([[4.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.0, -4.0, 0.0]])
    for place, wanted in zip(np.rint(left_and_up).astype(int), (2, 800, -40), strict=True):
        assert read.values[tuple(place)] == 1300 + wanted


@pytest.mark.parametrize("position", POSITIONS)
def test_dose(tmp_path: Path, position: str) -> None:
    values, first, directions = scan(position)
    stored = (values - values.min()).astype(np.uint32)
    dose = made.dose(stored, directions=list(directions), first=list(first), offsets=list(np.arange(COUNT) * STEP))
    dose.PixelSpacing = [STEP, STEP]
    read = read_dose(made.write(dose, tmp_path / "rd.dcm"))
    places = read.grid.to_mm(np.indices(read.grid.shape).reshape(3, -1).T)
    np.testing.assert_allclose(read.dose_gy.ravel(), (body(places) - values.min()) * 0.001, rtol=1e-6)
