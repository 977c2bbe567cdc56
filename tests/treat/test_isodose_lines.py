"""Lines of a dose in planes: on doses whose lines are known."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid
from fyr.treat.isodose_lines import isodose_lines

SPACING = (3.0, 2.5, 2.0)


def dose_of(field, grid):
    index = np.stack(np.indices(grid.shape), axis=-1).reshape(-1, 3)
    return DoseGrid(grid, field(grid.to_mm(index)).reshape(grid.shape))


def upright():
    return Grid.along_axes((31, 37, 46), spacing_mm=SPACING, first_mm=(-45.0, -45.0, -45.0))


def turned():
    c, s = np.cos(0.3), np.sin(0.3)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[0, 0, 2.0], [0, 2.5, 0], [3.0, 0, 0]])
    affine[:3, 3] = -affine[:3, :3] @ [15, 18, 22.5]
    return Grid((31, 37, 46), affine)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_even_slope_has_straight_lines(axis):
    slope = np.array([0.1, 0.2, 0.3])
    dose = dose_of(lambda place: 40 + place @ slope, upright())
    across, up = (one for one in range(3) if one != axis)
    ((line,),) = isodose_lines(dose, axis, 4.3, [41.0])
    line = line[(np.abs(line) <= 45).all(axis=1)]  # beyond the outer centres it is that of the border
    assert len(line) > 30
    found = 40 + line[:, 0] * slope[across] + line[:, 1] * slope[up] + 4.3 * slope[axis]
    assert found == pytest.approx(41.0, abs=1e-9)


@pytest.mark.parametrize("grid", [upright(), turned()])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_round_dose_has_circles(grid, axis):
    dose = dose_of(lambda place: 60 * np.exp(-(place**2).sum(axis=-1) / (2 * 15.0**2)), grid)
    lines = isodose_lines(dose, axis, 5.0, [50.0, 30.0, 10.0])
    for level, ((line,),) in zip((50.0, 30.0, 10.0), [[one] for one in lines], strict=True):
        radius = np.sqrt(-2 * 15.0**2 * np.log(level / 60) - 25)
        assert (line[0] == line[-1]).all()
        assert np.hypot(*line.T) == pytest.approx(radius, abs=0.35)


def test_beyond_the_grid_there_are_none():
    dose = dose_of(lambda place: 40 + place @ [0.1, 0.2, 0.3], upright())
    assert isodose_lines(dose, 2, 46.6, [41.0]) == [[]]
    assert isodose_lines(dose, 2, 0.0, [100.0]) == [[]]


def test_lines_end_at_the_borders_of_the_outer_voxels():
    dose = dose_of(lambda place: 40 + 0.1 * place[:, 0], upright())
    ((line,),) = isodose_lines(dose, 2, 0.0, [40.0])
    assert sorted(line[[0, -1], 1].tolist()) == pytest.approx([-46.25, 46.25])
