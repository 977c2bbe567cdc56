from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.imaging.grid import Grid
from fyr.imaging.mask_outline import mask_outlines, structure_of
from fyr.imaging.masks import occupancy
from fyr.imaging.plane_stack import Between
from fyr.imaging.segmentation import Segment, Segmentation


def area(line: np.ndarray) -> float:
    """Return the signed area by the shoelace formula; rows run down, so that clockwise is positive."""
    row, column = line.T
    return float(np.sum(column * np.roll(row, -1) - np.roll(column, -1) * row)) / 2


@settings(deadline=None)
@given(seed=st.integers(0, 100_000), share=st.floats(0, 1))
def test_lines_enclose_the_area_of_the_pixels_and_cross_every_row_evenly(seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((9, 11)) < share
    lines = mask_outlines(mask)
    assert sum(area(line) for line in lines) == mask.sum()
    crossings = np.zeros((9, 12), int)
    for line in lines:
        for (row, column), (to_row, to_column) in zip(line, np.roll(line, -1, axis=0), strict=True):
            assert (row == to_row) != (column == to_column)
            if column == to_column:
                crossings[min(row, to_row) : max(row, to_row), column] += 1
    np.testing.assert_array_equal(np.cumsum(crossings[:, :-1], axis=1) % 2 == 1, mask)


def test_a_hole_and_pixels_that_touch_at_a_corner() -> None:
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    assert sorted(area(line) for line in mask_outlines(ring)) == [-1, 9]
    assert sorted(area(line) for line in mask_outlines(np.eye(3, dtype=bool))) == [1, 1, 1]
    assert mask_outlines(np.zeros((4, 4), bool)) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_mask_comes_back_from_its_contours(seed: int) -> None:
    z, y, x = np.indices((8, 30, 30))
    mask = ((x - 14) ** 2 + (y - 15) ** 2 + (3 * (z - 3.5)) ** 2 < 120) & ~((x - 12) ** 2 + (y - 15) ** 2 < 12)
    generator = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn * np.array([3.0, 1.2, 1.2])
    affine[:3, 3] = generator.normal(0, 50, 3)
    grid = Grid(mask.shape, affine, "1.2.3")
    whole = Segmentation(grid, (Segment(4, "S", mask),))
    drawn = structure_of(whole.segments[0], whole, tuple(f"1.{k}" for k in range(8)))
    assert (drawn.number, drawn.name) == (4, "S")
    assert {one.image_uid for one in drawn.contours} <= {f"1.{k}" for k in np.flatnonzero(mask.any(axis=(1, 2)))}
    np.testing.assert_array_equal(occupancy(drawn, grid, Between("half")) >= 0.5, mask)
