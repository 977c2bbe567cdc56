"""The voxels behind a stretch of a histogram."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tests.imaging.test_structure_shape import circle, structure

from fyr.imaging.grid import Grid
from fyr.imaging.structure_shape import structure_shape
from fyr.imaging.volume import DoseGrid
from fyr.treat.voxel_doses import voxel_doses


@pytest.fixture(scope="module")
def found():
    shape = structure_shape(structure(*(circle(z, np.sqrt(400 - z**2)) for z in np.arange(-18.75, 20, 2.5))))
    picture = Grid.along_axes((40, 60, 60), spacing_mm=(1.25, 1, 1), first_mm=(-30, -30, -24.375))
    grid = Grid.along_axes((21, 21, 21), spacing_mm=(3, 3, 3), first_mm=(-30, -30, -30))
    slope = np.broadcast_to(30 + 3.0 * np.arange(21) - 30, (21, 21, 21))
    return picture, voxel_doses(shape, picture, DoseGrid(grid, np.ascontiguousarray(slope)))


def test_the_dose_is_that_of_the_place(found):
    _, voxels = found
    i = np.concatenate([np.arange(begin, end) for _, _, begin, end in voxels.runs.tolist()])
    x = -30 + i * 1.0
    assert voxels.dose_gy == pytest.approx(x + 30, abs=1e-4)


def test_stretches_share_all_voxels_out(found):
    _, voxels = found
    edges = [0, 12, 20, 30.5, 47, 100]
    parts = [voxels.between(low, high) for low, high in pairwise(edges)]
    pieces = {(k, j, i) for part in parts for k, j, begin, end in part.tolist() for i in range(begin, end)}
    whole = {(k, j, i) for k, j, begin, end in voxels.runs.tolist() for i in range(begin, end)}
    assert pieces == whole
    assert sum(int((part[:, 3] - part[:, 2]).sum()) for part in parts) == len(whole)


def test_a_stretch_is_a_slab_of_the_ball(found):
    picture, voxels = found
    part = voxels.between(25, 35)  # x from -5 to 5
    volume = float((part[:, 3] - part[:, 2]).sum()) * picture.voxel_mm3
    assert volume == pytest.approx(np.pi * (400 * 10 - 2 * 5**3 / 3), rel=0.02)
