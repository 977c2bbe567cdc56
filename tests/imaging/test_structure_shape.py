"""Where planes cut structures whose surface is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Contour, Structure
from fyr.imaging.structure_shape import structure_shape

TURN = np.arange(240) * 2 * np.pi / 240


def circle(z, radius, x=0.0, y=0.0):
    return np.column_stack([x + radius * np.cos(TURN), y + radius * np.sin(TURN), np.full(len(TURN), z)])


def square(z, half, x=0.0, y=0.0):
    corners = half * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) + np.array([x, y])
    return np.column_stack([corners, np.full(4, z)])


def structure(*rings, kind="CLOSED_PLANAR"):
    return Structure(1, "made", tuple(Contour(ring, kind) for ring in rings))


def ball(radius=20.0, step=2.5, first=-18.75):
    heights = np.arange(first, radius, step)
    return structure(*(circle(z, np.sqrt(radius**2 - z**2)) for z in heights if abs(z) < radius))


def area(line):
    x, y = line.T
    return 0.5 * abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()))


class TestBall:
    @pytest.mark.parametrize("axis", [0, 1])
    @pytest.mark.parametrize("at", [0.0, 7.3, -15.0])
    def test_an_upright_cut_is_a_circle(self, axis, at):
        (line,) = structure_shape(ball()).outlines(axis, at)
        assert (line[0] == line[-1]).all()
        radius = np.sqrt(20**2 - at**2)
        assert np.hypot(*line.T) == pytest.approx(radius, abs=0.5)
        assert area(line) == pytest.approx(np.pi * radius**2, rel=0.015)

    def test_a_drawn_plane_shows_what_was_drawn(self):
        (line,) = structure_shape(ball()).outlines(2, 1.25)
        assert np.array_equal(line[:-1], circle(1.25, np.sqrt(20**2 - 1.25**2))[:, :2])

    def test_between_drawn_planes_it_is_a_circle_too(self):
        (line,) = structure_shape(ball()).outlines(2, 10.0)
        assert np.hypot(*line.T) == pytest.approx(np.sqrt(300), abs=0.15)

    def test_beyond_it_there_is_nothing(self):
        shape = structure_shape(ball())
        assert [shape.outlines(axis, at) for axis in range(3) for at in (-21.0, 20.5)] == [[]] * 6

    def test_the_depth_is_that_of_the_ball_along_the_plane(self):
        shape = structure_shape(ball())
        random = np.random.default_rng(3)
        places = random.uniform(-19, 19, (400, 3))
        places[:, 2] = random.choice(np.arange(-16.25, 18, 2.5), 400)
        wanted = np.sqrt(400 - places[:, 2] ** 2) - np.hypot(places[:, 0], places[:, 1])
        found = np.array([shape.inside_mm(place[None])[0] for place in places])
        assert found == pytest.approx(wanted, abs=0.02)


class TestOtherShapes:
    def test_a_cone_is_cut_along_straight_lines(self):
        shape = structure_shape(structure(*(circle(z, 5 + z) for z in np.arange(0, 21, 4.0))))
        (line,) = shape.outlines(1, 0.0)
        side = line[(line[:, 1] > 1) & (line[:, 1] < 19)]
        assert np.abs(side[:, 0]) == pytest.approx(5 + side[:, 1], abs=0.02)

    def test_a_hole_stays_a_hole(self):
        rings = [ring for z in range(-10, 11, 2) for ring in (circle(z, 20), circle(z, 8))]
        shape = structure_shape(structure(*rings))
        lines = shape.outlines(1, 0.0)
        widths = sorted(float(np.ptp(line[:, 0])) for line in lines)
        assert widths == pytest.approx([12, 12], abs=0.05)
        assert shape.inside_mm(np.array([[0.0, 0, 0], [14, 0, 1], [25, 0, 0]])) == pytest.approx([-8, 6, -5], abs=0.01)
        assert len(shape.outlines(2, 4.0)) == 2

    def test_what_overlaps_is_joined(self):
        rings = [ring for z in range(-6, 7, 2) for ring in (square(z, 10, x=-5), square(z, 10, x=5))]
        shape = structure_shape(structure(*rings))
        (line,) = shape.outlines(2, 2.0)
        assert area(line) == pytest.approx(30 * 20, rel=0.01)

    def test_what_excludes_each_other_is_not(self):
        rings = [ring for z in range(-6, 7, 2) for ring in (square(z, 10), square(z, 4))]
        shape = structure_shape(structure(*rings, kind="CLOSEDPLANAR_XOR"))
        assert shape.inside_mm(np.array([[0.0, 0, 0], [7, 0, 0]])).tolist() == pytest.approx([-4, 3])

    def test_a_wide_gap_is_left_empty(self):
        heights = [*range(0, 11, 2), *range(40, 51, 2)]
        shape = structure_shape(structure(*(circle(z, 10) for z in heights)))
        lines = shape.outlines(0, 0.0)
        spans = sorted((float(line[:, 1].min()), float(line[:, 1].max())) for line in lines)
        assert [round(end) for span in spans for end in span] == [-1, 11, 39, 51]
        assert shape.outlines(2, 25.0) == []

    def test_one_plane_is_as_thick_as_it_is_told(self):
        shape = structure_shape(structure(square(5, 10)), Between(single_plane_mm=3.0))
        (line,) = shape.outlines(1, 0.0)
        assert [line[:, 1].min(), line[:, 1].max()] == pytest.approx([3.5, 6.5], abs=0.01)
        assert np.abs(line[:, 0]).max() == pytest.approx(10, abs=0.01)

    def test_planes_may_be_drawn_across_another_axis(self):
        rings = [circle(z, np.sqrt(20**2 - z**2))[:, [2, 0, 1]] for z in np.arange(-18.75, 20, 2.5)]
        shape = structure_shape(structure(*rings))
        for axis in range(3):
            (line,) = shape.outlines(axis, 1.25)
            assert np.hypot(*line.T) == pytest.approx(np.sqrt(20**2 - 1.25**2), abs=0.5)

    def test_oblique_planes_are_cut_too(self):
        turn = np.array([[1, 0, 0], [0, np.cos(0.4), -np.sin(0.4)], [0, np.sin(0.4), np.cos(0.4)]])
        rings = [circle(z, np.sqrt(20**2 - z**2)) @ turn.T for z in np.arange(-18.75, 20, 2.5)]
        shape = structure_shape(structure(*rings))
        for axis in range(3):
            (line,) = shape.outlines(axis, 0.0)
            assert np.hypot(*line.T) == pytest.approx(20, abs=0.8)


def test_what_no_patient_can_hold_is_refused():
    with pytest.raises(BadInput, match=r"a point lies 5e\+05 mm from the origin"):
        structure_shape(structure(square(0, 5e5), square(3, 5e5), square(6, 5e5)))


def test_the_compiled_depth_is_that_of_a_plain_one():
    """The distance to every edge, and the number of edges to the right, without a shortcut."""
    random = np.random.default_rng(11)
    rings = [np.cumsum(random.normal(size=(12, 2)), axis=0) + offset for offset in (0, 20)]
    shape = structure_shape(structure(*(np.column_stack([ring, np.full(12, z)]) for z in (0.0, 3.0) for ring in rings)))
    places = random.uniform(-8, 30, (300, 2))
    found = [shape.inside_mm(np.array([[x, y, 3.0]]))[0] for x, y in places]

    def plain(place):
        nearest, inside = np.inf, False
        for ring in rings:
            count = 0
            for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                along = np.clip((place - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
                nearest = min(nearest, float(np.linalg.norm(place - a - along * (b - a))))
                if (a[1] > place[1]) != (b[1] > place[1]):
                    count += a[0] + (place[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) > place[0]
            inside = inside or count % 2 == 1
        return nearest if inside else -nearest

    assert found == pytest.approx([plain(place) for place in places], abs=1e-9)
