"""Contours fill voxels exactly: areas against clipped polygons, holes, and the laws that must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import contour_planes
from fyr.imaging.coverage_stack import coverage_stack
from fyr.imaging.grid import Grid
from fyr.imaging.masks import occupancy
from fyr.imaging.plane_stack import Between, layers
from fyr.imaging.structure_set import Contour, Structure

Floats = NDArray[np.float64]


def ring(points: object, z: float = 0.0, kind: str = "CLOSED_PLANAR") -> Contour:
    flat = np.asarray(points, dtype=float)
    return Contour(np.column_stack([flat, np.full(len(flat), z)]), kind)


def square(half: float, x: float = 0.0, y: float = 0.0) -> Floats:
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    return corners + np.array([x, y])


def circle(radius: float, count: int = 180) -> Floats:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def area(*contours: Contour, pixel: float = 0.7) -> tuple[float, tuple[str, ...]]:
    planes = contour_planes(Structure(1, "one", contours))
    stack = coverage_stack(planes, (pixel, pixel))
    return float(stack.area_mm2[0]), (*planes.notes, *stack.notes)


def ball(radius: float, spacing: float, offset: float) -> Structure:
    places = np.arange(-30, 31) * spacing + offset
    inside = places[np.abs(places) < radius]
    return Structure(1, "ball", tuple(ring(circle(np.sqrt(radius**2 - z**2)), z) for z in inside))


def clipped(polygon: Floats, column: int, row: int) -> tuple[float, float, float]:
    """Return area and first moments of a polygon in a pixel by Sutherland and Hodgman's clipping and the shoelace."""
    points = [tuple(point) for point in polygon - [column, row]]
    for axis, limit, keep in ((0, 0.0, 1), (0, 1.0, -1), (1, 0.0, 1), (1, 1.0, -1)):
        kept = []
        for here, there in zip(points, points[1:] + points[:1], strict=True):
            a, b = keep * (here[axis] - limit), keep * (there[axis] - limit)
            if a >= 0:
                kept.append(here)
            if (a > 0 > b) or (a < 0 < b):
                part = a / (a - b)
                kept.append(tuple(h + part * (t - h) for h, t in zip(here, there, strict=True)))
        points = kept
        if not points:
            return 0.0, 0.0, 0.0
    x, y = np.array(points).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    cross = x * y1 - x1 * y
    return float(cross.sum() / 2), float(((x + x1) * cross).sum() / 6), float(((y + y1) * cross).sum() / 6)


@settings(max_examples=40, deadline=None)
@given(
    radii=st.lists(st.floats(0.3, 9), min_size=3, max_size=14),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
)
def test_pixels_are_covered_as_clipped_polygons_are(radii: list[float], x: float, y: float) -> None:
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    star = np.array(radii)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + [x, y]
    stack = coverage_stack(contour_planes(Structure(1, "star", (ring(star),))), (1.0, 1.0))
    inside = star - stack.origin_mm
    rows, columns = stack.coverage.shape[2:]
    expected = np.array([[clipped(inside, i, j) for i in range(columns)] for j in range(rows)])
    assert np.allclose(stack.coverage[0, 0], expected[..., 0], atol=3e-6)
    some = expected[..., 0] > 1e-3
    assert np.allclose(stack.coverage[1, 0][some], expected[..., 1][some], atol=3e-6)
    assert np.allclose(stack.coverage[2, 0][some], expected[..., 2][some], atol=3e-6)


def test_holes_islands_keyholes_and_exclusive_contours_have_their_areas() -> None:
    nested = (ring(square(10)), ring(square(6)), ring(square(2)[::-1]))
    assert area(*nested)[0] == pytest.approx(400 - 144 + 16, rel=1e-6)
    assert area(*(ring(square(half), kind="CLOSEDPLANAR_XOR") for half in (10, 6, 2)))[0] == pytest.approx(
        272, rel=1e-6
    )
    outline, hole = square(10), square(5)[::-1]
    keyhole = np.concatenate([outline, outline[:1], hole[[3, 0, 1, 2, 3]]])
    assert area(ring(keyhole))[0] == pytest.approx(300, rel=1e-6)


def test_contours_that_overlap_count_once_unless_they_exclude_each_other() -> None:
    size, notes = area(ring(square(5)), ring(square(5, x=5, y=2)), pixel=0.1)
    assert size == pytest.approx(200 - 5 * 8, rel=1e-3)
    assert any("counts once" in note for note in notes)
    both = [ring(square(5, x=x, y=y), kind="CLOSEDPLANAR_XOR") for x, y in ((0, 0), (5, 2))]
    assert area(*both, pixel=0.1)[0] == pytest.approx(200 - 2 * 5 * 8, rel=1e-3)


def test_a_contour_given_twice_is_no_hole_in_itself() -> None:
    size, notes = area(ring(square(5)), ring(np.roll(square(5), 1, axis=0)[::-1]))
    assert size == pytest.approx(100, rel=1e-6)
    assert any("twice" in note for note in notes)


def test_what_two_contours_share_of_a_pixel_counts_once() -> None:
    """Borders that run beside each other through the same large pixels: two squares a fifth of a pixel apart."""
    size, _ = area(ring(square(20)), ring(square(20, x=0.2, y=0.2)))
    assert size == pytest.approx(2 * 1600 - 39.8**2, rel=1e-3)
    apart = [ring(square(20, x=x, y=x), kind="CLOSEDPLANAR_XOR") for x in (0, 0.2)]
    assert area(*apart)[0] == pytest.approx(2 * (1600 - 39.8**2), rel=0.01)


@pytest.mark.parametrize("times", [0.9995, 1.0, 1.0005])
def test_a_contour_drawn_twice_with_other_digits_is_no_wall(times: float) -> None:
    again = np.insert(square(20) * times, 2, square(20)[:2].mean(axis=0) * times, axis=0)
    size, notes = area(ring(square(20)), ring(again))
    assert size == pytest.approx(1600, rel=1e-6)
    assert any("twice" in note for note in notes)


def test_a_thin_wall_is_one() -> None:
    assert area(ring(square(20)), ring(square(19.8)))[0] == pytest.approx(1600 - 39.6**2, rel=1e-3)


def test_points_beyond_any_patient_are_refused() -> None:
    damaged = square(20)
    damaged[0, 0] = 1e9
    with pytest.raises(BadInput, match=r"a point lies 1e\+09 mm from the origin"):
        contour_planes(Structure(1, "damaged", (ring(damaged), ring(square(5)))))


def test_a_contour_that_crosses_itself_is_said_to() -> None:
    size, notes = area(ring([[0, 0], [10, 10], [10, 0], [0, 10]]), pixel=0.25)
    assert size == pytest.approx(50, rel=2e-3)  # the pixel of the crossing holds both lobes
    assert any("cross themselves" in note for note in notes)


@pytest.mark.parametrize(
    ("contours", "message"),
    [
        ((), "no contours"),
        ((ring(square(5), kind="OPEN_PLANAR"),), "are open"),
        ((ring(square(5)), ring(square(5), 3, kind="OPEN_NONPLANAR")), "are open"),
        ((ring([[0, 0]], kind="POINT"),), "a point"),
        ((ring([[0, 0], [1, 1], [2, 2]]),), "none of its contours has an area"),
        ((Contour(np.array([[0, 0, 0], [9, 0, 0], [9, 9, 4.0], [0, 9, 0]])), ring(square(5))), "leaves the plane"),
        ((ring(square(5), kind="SPLINE"),), "unknown kind"),
    ],
)
def test_what_cannot_be_filled_is_refused(contours: tuple[Contour, ...], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        contour_planes(Structure(1, "bad", contours))


@pytest.mark.parametrize("offset", [0.0, 0.7, 1.5])
def test_a_ball_keeps_its_volume_wherever_the_slices_and_the_voxels_are(offset: float) -> None:
    true = 4 / 3 * np.pi * 12**3
    one = ball(12, 3, offset)
    lying = np.array([[0, 0, 2.5, -40], [0, 2.5, 0, -40], [2.5, 0, 0, -41], [0, 0, 0, 1]], float)
    head_first_prone = np.diag([-1.0, -1, 1, 1]) @ lying
    feet_first = np.diag([-1.0, 1, -1, 1]) @ lying
    sagittal = lying[[2, 0, 1, 3]]
    for affine in (lying, head_first_prone, feet_first, sagittal):
        grid = Grid((34, 34, 34), affine)
        assert occupancy(one, grid).sum(dtype=float) * grid.voxel_mm3 == pytest.approx(true, rel=0.005)
    turn, tilt = np.deg2rad(25), np.deg2rad(15)
    turned = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
    )
    affine = np.eye(4)
    affine[:3] = turned @ lying[:3]
    parts = occupancy(one, Grid((34, 34, 34), affine))
    assert parts.max() <= 1
    assert parts.sum(dtype=float) * 2.5**3 == pytest.approx(true, rel=0.03)  # asked at points, not moved to its volume


def test_a_box_fills_the_voxels_that_it_fills() -> None:
    box = Structure(1, "box", tuple(ring(square(5), z) for z in (0.0, 2.0, 4.0)))
    grid = Grid.along_axes((7, 5, 5), spacing_mm=(2, 4, 4), first_mm=(-8, -8, -4))
    parts = occupancy(box, grid)
    line = np.array([0, 0.75, 1, 0.75, 0])
    levels = np.array([0, 0, 1, 1, 1, 0, 0])
    assert np.allclose(parts, levels[:, None, None] * line[:, None] * line, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    quarter=st.integers(0, 3),
    shift=st.tuples(*[st.floats(-200, 200)] * 3),
    start=st.integers(0, 30),
    back=st.booleans(),
    closed=st.booleans(),
)
def test_where_it_lies_and_how_its_points_are_listed_change_nothing(
    quarter: int, shift: tuple[float, float, float], start: int, back: bool, closed: bool
) -> None:
    generator = np.random.default_rng(7)
    shape = (6 + generator.uniform(-2, 2, 31))[:, None] * circle(1, 31)
    moved = np.roll(shape, start, axis=0)[:: -1 if back else 1]
    moved = np.concatenate([moved, moved[:1]]) if closed else moved
    turn = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarter)
    volumes = []
    for points, by in ((shape, (0.0, 0.0, 0.0)), (moved @ turn.T, shift)):
        contours = tuple(Contour(ring(points, z).points_mm + by) for z in (0.0, 2.5, 5.0, 10.0))
        planes = contour_planes(Structure(1, "one", contours))
        stack = coverage_stack(planes, (0.9, 0.9))
        filled, _ = layers(planes.places_mm, stack.area_mm2, Between())
        volumes.append(sum(layer.volume_mm3 for layer in filled))
    assert volumes[1] == pytest.approx(volumes[0], rel=1e-5)


def test_planes_unevenly_apart_missing_and_alone_are_weighed_and_said() -> None:
    even = np.full(5, 100.0)
    uneven = np.array([0.0, 3, 6, 10, 14])
    filled, notes = layers(uneven, even, Between("half"))
    assert sum(one.volume_mm3 for one in filled) == pytest.approx(100 * (14 + 1.5 + 2))
    assert not notes
    filled, notes = layers(np.array([0.0, 3, 6, 12, 15]), even, Between())
    assert sum(one.volume_mm3 for one in filled) == pytest.approx(100 * 18)
    assert "filled from both sides" in notes[0]
    filled, notes = layers(np.array([0.0, 3, 6, 60, 63]), even, Between())
    assert sum(one.volume_mm3 for one in filled) == pytest.approx(100 * (9 + 6))
    assert "left empty" in notes[0]
    filled, notes = layers(np.array([0.0, 3, 6, 9, 12]), even, Between("none"))
    assert sum(one.volume_mm3 for one in filled) == pytest.approx(100 * 12)
    filled, notes = layers(np.array([5.0]), even[:1], Between(single_plane_mm=2.5))
    assert sum(one.volume_mm3 for one in filled) == pytest.approx(250)
    assert "2.5 mm thick" in notes[0]
    with pytest.raises(BadInput, match="one plane only"):
        layers(np.array([5.0]), even[:1], Between())


@pytest.mark.parametrize("wrong", [{"end_caps": "sharp"}, {"bridge": 0.5}, {"single_plane_mm": -1.0}])
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Between(**wrong)  # type: ignore[arg-type]
