"""The patient in a picture: cylinders of water beside a table, and one that is cut off."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.imaging.grid import Grid
from fyr.imaging.volume import Volume
from fyr.treat.exposure.body_outline import body_size


def picture(values: NDArray[np.float64], unit: str = "[hnsf'U]") -> Volume:
    grid = Grid.along_axes(values.shape, spacing_mm=(5.0, 2.0, 2.0), first_mm=(0.0, 0.0, 0.0))
    return Volume(grid, values, unit, "CT")


def cylinder(radius_mm: float, middle: float = 0.0) -> NDArray[np.bool_]:
    across = (np.arange(256) + 0.5 - 128) * 2.0
    return np.asarray(np.hypot(across[:, None], across[None, :] - middle) <= radius_mm)


def test_a_cylinder_of_water_with_lungs_beside_a_table() -> None:
    inside, lungs = cylinder(150), cylinder(60)
    one = np.full((256, 256), -1000.0)
    one[inside] = 0.0
    one[lungs] = -800.0  # enclosed: part of the patient, worth a fifth of its area
    one[235:240, 20:236] = 200.0  # a table below
    found = body_size(picture(np.stack([one, one])))
    assert found.effective_cm == pytest.approx([30.0, 30.0], rel=3e-3)
    expected = 2 * np.sqrt(15.0**2 - 0.8 * 6.0**2)
    assert found.mean_water_equivalent_cm() == pytest.approx(expected, rel=3e-3)


def test_a_patient_who_is_cut_off_is_refused() -> None:
    one = np.where(cylinder(150, middle=180), 0.0, -1000.0)
    found = body_size(picture(np.stack([one, np.where(cylinder(150), 0.0, -1000.0)])))
    assert found.cut_off.tolist() == [True, False]
    with pytest.raises(Refused, match="1 of 2 slices"):
        found.mean_water_equivalent_cm()


def test_no_patient_and_no_ct_are_refused() -> None:
    with pytest.raises(BadInput, match="no patient"):
        body_size(picture(np.full((2, 256, 256), -1000.0)))
    with pytest.raises(BadInput, match="Hounsfield"):
        body_size(picture(np.zeros((2, 256, 256)), unit="1"))
