"""Volumes fill their grid, doses are possible, and a structure is found by its name."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_set import Contour, Structure, StructureSet
from fyr.imaging.volume import DoseGrid, Volume

GRID = Grid.along_axes((2, 3, 4), spacing_mm=(3, 2, 1))


def test_values_must_fill_the_grid() -> None:
    assert Volume(GRID, np.zeros((2, 3, 4)), "[hnsf'U]", "CT").unit == "[hnsf'U]"
    with pytest.raises(BadInput, match="do not fill"):
        Volume(GRID, np.zeros((4, 3, 2)), "1")
    with pytest.raises(BadInput, match="do not fill"):
        DoseGrid(GRID, np.zeros((4, 3, 2)))


@pytest.mark.parametrize("wrong", [-0.1, np.nan, np.inf])
def test_an_impossible_dose_is_refused(wrong: float) -> None:
    dose = np.ones((2, 3, 4))
    dose[1, 1, 1] = wrong
    with pytest.raises(BadInput, match="negative or no number"):
        DoseGrid(GRID, dose)


def test_a_structure_is_found_by_its_name() -> None:
    drawn = StructureSet((Structure(1, "Heart"), Structure(2, "heart"), Structure(3, "Lung_L")), label="plan 1")
    assert drawn.structure("Heart").number == 1
    assert drawn.structure("lung_l").number == 3
    with pytest.raises(BadInput, match="there are 2 structures 'HEART'"):
        drawn.structure("HEART")
    with pytest.raises(BadInput, match=r"no structure .Liver.*there are Heart, heart, Lung_L"):
        drawn.structure("Liver")


def test_a_contour_is_points_in_space() -> None:
    assert Contour(np.zeros((3, 3))).geometric_type == "CLOSED_PLANAR"
    with pytest.raises(BadInput, match="x, y and z"):
        Contour(np.zeros((3, 2)))
