"""A grid's voxels are where its affine says, there and back, and what is no grid is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fyr.errors import BadInput
from fyr.imaging.grid import Grid


@given(seed=st.integers(0, 2**32 - 1))
def test_there_and_back_at_any_angle(seed: int) -> None:
    generator = np.random.default_rng(seed)
    angles, spacing = generator.uniform(-180, 180, 3), generator.uniform(0.1, 20, 3)
    first = generator.uniform(-1000, 1000, 3)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing
    affine[:3, 3] = first
    grid = Grid((4, 5, 6), affine, "1.2.3")
    index = np.array([[0, 0, 0], [3, 4, 5], [1.5, 0.25, 2.75]])
    np.testing.assert_allclose(grid.to_index(grid.to_mm(index)), index, atol=1e-6)
    np.testing.assert_allclose(grid.spacing_mm, spacing, rtol=1e-9)
    assert grid.voxel_mm3 == pytest.approx(np.prod(spacing))
    assert grid.same_as(Grid((4, 5, 6), affine.copy(), "1.2.3"))
    assert not grid.same_as(Grid((4, 5, 6), affine, "1.2.4"))


def test_axes_may_run_either_way_but_not_slant() -> None:
    straight = Grid.along_axes((2, 2, 2), spacing_mm=(3, 2, 1))
    assert straight.is_along_axes
    turned = straight.affine.copy()
    turned[:3, 1] *= -1
    assert Grid((2, 2, 2), turned).is_along_axes
    slanted = straight.affine.copy()
    slanted[:3, :3] = Rotation.from_euler("x", 10, degrees=True).as_matrix() @ slanted[:3, :3]
    assert not Grid((2, 2, 2), slanted).is_along_axes


@pytest.mark.parametrize(
    ("shape", "change", "complaint"),
    [
        ((0, 2, 2), None, "a grid of"),
        ((2, 2, 2), (0, 1, 0.5), "right angles"),
        ((2, 2, 2), (0, 0, np.nan), "finite"),
        ((2, 2, 2), (0, 2, 0.0), "same place"),
    ],
)
def test_what_is_no_grid_is_refused(
    shape: tuple[int, int, int], change: tuple[int, int, float] | None, complaint: str
) -> None:
    affine = Grid.along_axes((2, 2, 2), spacing_mm=(3, 2, 1)).affine.copy()
    if change is not None:
        affine[change[0], change[1]] = change[2]
    with pytest.raises(BadInput, match=complaint):
        Grid(shape, affine)
