"""Which voxels lie inside, against the equation of what was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from tests.imaging.test_structure_shape import circle, square, structure

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_shape import structure_shape
from fyr.imaging.voxel_runs import voxel_runs


def filled(runs, shape):
    mask = np.zeros(shape, bool)
    for k, j, begin, end in runs.tolist():
        assert not mask[k, j, begin:end].any()
        mask[k, j, begin:end] = True
    return mask


def centres(grid):
    return grid.to_mm(np.stack(np.indices(grid.shape), axis=-1).reshape(-1, 3)).reshape(*grid.shape, 3)


@pytest.mark.parametrize("directions", [(1, 1, 1), (-1, 1, -1), (1, -1, 1)])
def test_the_voxels_of_a_box_with_a_hole(directions):
    heights = np.arange(-9.0, 10, 3)
    shape = structure_shape(structure(*(ring for z in heights for ring in (square(z, 10.2, x=3), square(z, 4.1, x=3)))))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1.3], [0, 0.9, 0], [3, 0, 0]]) * directions
    affine[:3, 3] = -affine[:3, :3] @ [3, 14, 12]
    grid = Grid((7, 30, 26), affine)
    x, y, _ = np.moveaxis(centres(grid), -1, 0)
    outer = (np.abs(x - 3) < 10.2) & (np.abs(y) < 10.2)
    hole = (np.abs(x - 3) < 4.1) & (np.abs(y) < 4.1)
    assert np.array_equal(filled(voxel_runs(shape, grid), grid.shape), outer & ~hole)


def test_a_sagittal_stack_has_them_too():
    shape = structure_shape(structure(*(circle(z, np.sqrt(400 - z**2)) for z in np.arange(-18.75, 20, 2.5))))
    affine = np.eye(4)
    affine[:3, :3] = [[2.0, 0, 0], [0, 0, 1.1], [0, -1.3, 0]]  # slices along x, rows down, columns to the back
    affine[:3, 3] = [-24, -25, 25]
    grid = Grid((25, 40, 46), affine)
    found = filled(voxel_runs(shape, grid), grid.shape)
    apart = np.linalg.norm(centres(grid), axis=-1)
    assert found[apart < 19.4].all()
    assert not found[apart > 20.4].any()


def test_an_oblique_stack_is_refused():
    affine = np.eye(4)
    affine[:3, :3] = [[1, 0, 0], [0, np.cos(0.1), -np.sin(0.1)], [0, np.sin(0.1), np.cos(0.1)]]
    with pytest.raises(BadInput, match="askew"):
        voxel_runs(structure_shape(structure(square(0, 5), square(3, 5))), Grid((3, 3, 3), affine))
