"""EQD2 has its worked values, sums are exact where the dose is linear, and what is not known is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid
from fyr.treat.dose_sum import equivalent_dose, sum_of_plans


def linear(shape: tuple[int, int, int], spacing: float, first: float, frame: str = "1.2.3", **said: Any) -> DoseGrid:
    grid = Grid.along_axes(shape, spacing_mm=(spacing,) * 3, first_mm=(first,) * 3, frame_of_reference=frame)
    places = grid.to_mm(np.indices(shape).reshape(3, -1).T)
    return DoseGrid(grid, (2 + places @ [0.1, 0.2, 0.3]).reshape(shape), **said)


@pytest.mark.parametrize(("alpha_beta", "expected"), [(10, 126.0), (3, 226.8)])
def test_three_fractions_of_18_gy(alpha_beta: float, expected: float) -> None:
    dose = DoseGrid(Grid.along_axes((2, 2, 2), spacing_mm=(1, 1, 1)), np.full((2, 2, 2), 54.0))
    np.testing.assert_allclose(equivalent_dose(dose, alpha_beta, 3).dose_gy, expected)
    np.testing.assert_allclose(equivalent_dose(dose, alpha_beta, 27).dose_gy, 54.0)
    by_voxel = np.full((2, 2, 2), 10.0)
    by_voxel[0] = 3
    found = equivalent_dose(dose, by_voxel, 3)
    np.testing.assert_allclose(found.dose_gy[:, 0, 0], [226.8, 126.0])
    assert found.kind == "effective"
    with pytest.raises(BadInput, match="already weighted"):
        equivalent_dose(found, 3, 3)


def test_a_dose_per_fraction_that_is_not_known_is_refused() -> None:
    dose = linear((2, 2, 2), 1, 0)
    for fractions in (None, 0):
        with pytest.raises(BadInput, match="per fraction is not known"):
            equivalent_dose(dose, 3, fractions)
    with pytest.raises(BadInput, match="not of a plan"):
        equivalent_dose(linear((2, 2, 2), 1, 0, summation="beam"), 3, 3)
    for wrong in (0, -1, float("nan"), np.ones(3)):
        with pytest.raises(BadInput, match="alpha/beta"):
            equivalent_dose(dose, wrong, 3)


def test_a_sum_on_differing_grids() -> None:
    first, second = linear((4, 4, 4), 2.5, 1.0), linear((8, 8, 8), 1.7, 0.3)
    found = sum_of_plans(first, second)
    np.testing.assert_allclose(found.dose_gy, 2 * first.dose_gy)
    assert found.grid is first.grid
    with pytest.raises(BadInput, match="does not cover"):
        sum_of_plans(second, first)
    with pytest.raises(BadInput, match="two frames"):
        sum_of_plans(first, linear((8, 8, 8), 1.7, 0.3, frame="9"))
    with pytest.raises(BadInput, match="frame of reference"):
        sum_of_plans(first, linear((8, 8, 8), 1.7, 0.3, frame=""))
    with pytest.raises(BadInput, match="not of a plan"):
        sum_of_plans(linear((2, 2, 2), 1, 0, summation="beam"), linear((2, 2, 2), 1, 0, summation="beam"))
