"""The outlines of a mask hold its voxels, no more and no less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.mask_outlines import mask_outlines, outlines_of_plane
from fyr.imaging.masks import occupancy
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Structure

PLANES = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def inside(corners: NDArray[np.float64], row: float, column: float) -> bool:
    """Cast a ray to the right, across the edges that run up or down."""
    ends = np.roll(corners, -1, axis=0)
    crossed = ((corners[:, 0] > row) != (ends[:, 0] > row)) & (corners[:, 1] > column)
    return bool(crossed.sum() % 2)


@given(PLANES)
def test_a_pixel_is_inside_an_odd_number_of_outlines_just_where_it_is_marked(mask: NDArray[np.bool_]) -> None:
    found = outlines_of_plane(mask)
    for j, i in np.ndindex(mask.shape):
        assert sum(inside(one, j + 0.5, i + 0.5) for one in found) % 2 == mask[j, i]


@given(PLANES)
def test_the_signed_area_is_that_of_the_pixels(mask: NDArray[np.bool_]) -> None:
    area = 0.0
    for one in outlines_of_plane(mask):
        (y, x), (v, u) = one.T, np.roll(one, -1, axis=0).T
        area += float((x * v - u * y).sum()) / 2
        steps = np.roll(one, -1, axis=0) - one
        assert ((steps != 0).sum(axis=1) == 1).all()  # every edge runs along rows or columns ...
        assert (np.abs(np.roll(steps, -1, axis=0) * steps).sum(axis=1) == 0).all()  # ... and turns at its end
    assert area == mask.sum()


def test_pixels_that_touch_at_a_corner_are_two_outlines() -> None:
    assert len(outlines_of_plane(np.eye(2, dtype=bool))) == 2
    ring = np.ones((4, 4), dtype=bool)
    ring[[1, 2], [1, 2]] = False
    assert len(outlines_of_plane(ring)) == 2  # the two holes are one: the marked pixels beside them do not touch


def test_filled_again_they_are_the_same_voxels() -> None:
    mask = np.random.default_rng(3).random((6, 12, 11)) < 0.6
    affine = np.array([[0, 0, 0.75, -20], [0, -1.5, 0, 7], [4, 0, 0, 100], [0, 0, 0, 1]])
    grid = Grid(mask.shape, affine, "1.2")
    contours = mask_outlines(mask, grid, [f"1.2.{k}" for k in range(6)])
    assert {(one.image_uid, float(one.points_mm[0, 2])) for one in contours} == {
        (f"1.2.{k}", 100 + 4.0 * k) for k in range(6)
    }
    for k in range(6):
        one = Structure(1, "x", tuple(c for c in contours if c.image_uid == f"1.2.{k}"))
        parts = occupancy(one, grid, Between("half", single_plane_mm=4.0))
        assert np.allclose(parts[k], mask[k], atol=1e-6)


def test_a_mask_of_another_size_is_refused() -> None:
    grid = Grid.along_axes((1, 2, 3), spacing_mm=(1, 1, 1))
    with pytest.raises(BadInput, match="is not on a grid"):
        mask_outlines(np.ones((1, 2, 2), dtype=bool), grid)
    with pytest.raises(BadInput, match="is not on a grid"):
        mask_outlines(np.ones((1, 2, 3), dtype=bool), grid, ["1", "2"])
