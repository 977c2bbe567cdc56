"""Distances in planes and the lines where they are 0, beside plain twins of the compiled loops."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import contour_planes
from fyr.imaging.level_contours import level_contours
from fyr.imaging.margin import _least
from fyr.imaging.plane_field import PlaneLattice, plane_field
from fyr.imaging.structure_set import Contour, Structure

STAR = np.array([[12.0, 0], [3, 3], [0, 12], [-3, 3], [-12, 0.5], [-3, -3], [0.3, -12], [3, -3]])


def drawn(*rings: NDArray[np.float64]) -> Structure:
    return Structure(1, "ring", tuple(Contour(np.column_stack([one, np.zeros(len(one))])) for one in rings))


def circle(radius: float, count: int = 200) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def signed_distance(ring: NDArray[np.float64], point: NDArray[np.float64]) -> float:
    """Return the distance to a closed line, below 0 inside: the plain twin."""
    start, end = ring, np.roll(ring, -1, axis=0)
    way = end - start
    part = np.clip(((point - start) * way).sum(axis=1) / (way**2).sum(axis=1), 0, 1)
    nearest = float(np.linalg.norm(point - start - part[:, None] * way, axis=1).min())
    crosses = (start[:, 1] > point[1]) != (end[:, 1] > point[1])
    at = start[crosses, 0] + (point[1] - start[crosses, 1]) * way[crosses, 0] / way[crosses, 1]
    return -nearest if (at > point[0]).sum() % 2 else nearest


def test_the_field_is_that_of_its_plain_twin() -> None:
    planes = contour_planes(drawn(STAR))
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, 0.9, 4.0)
    field = plane_field(planes, lattice)[0]
    places = lattice.places_mm(np.indices(field.shape).reshape(2, -1).T)
    twin = np.array([signed_distance(STAR, one) for one in places]).reshape(field.shape)
    assert np.abs(field - twin).max() < 1e-4


def test_a_ring_has_a_hole() -> None:
    planes = contour_planes(drawn(circle(20), circle(8)))
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, 1.0, 3.0)
    field = plane_field(planes, lattice)[0]
    away = np.linalg.norm(lattice.places_mm(np.indices(field.shape).reshape(2, -1).T), axis=1).reshape(field.shape)
    assert np.abs(field - np.maximum(away - 20, 8 - away)).max() < 0.01


def test_lines_lie_where_the_field_is_nought_and_are_closed() -> None:
    planes = contour_planes(drawn(circle(15), circle(6)))
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, 0.5, 3.0)
    lines = [lattice.places_mm(one) for one in level_contours(plane_field(planes, lattice)[0])]
    radii = sorted(float(np.linalg.norm(one, axis=1).mean()) for one in lines)
    assert radii == pytest.approx([6, 15], abs=0.02)
    for one in lines:
        assert np.linalg.norm(one - np.roll(one, 1, axis=0), axis=1).max() < 1.0


def test_cells_that_may_be_joined_either_way_give_whole_lines() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        field = rng.normal(size=(12, 12)).astype(np.float32)
        field[0] = field[-1] = field[:, 0] = field[:, -1] = 1
        lines = level_contours(field)
        # Every edge between an inside and an outside point is passed once.
        across = ((field[1:] < 0) != (field[:-1] < 0)).sum() + ((field[:, 1:] < 0) != (field[:, :-1] < 0)).sum()
        assert sum(len(one) for one in lines) == across


def test_nothing_inside_has_no_line() -> None:
    assert level_contours(np.ones((5, 5), np.float32)) == []


def test_the_sweep_is_that_of_its_plain_twin() -> None:
    rng = np.random.default_rng(3)
    volume = rng.uniform(0.1, 5, size=(5, 6, 7)).astype(np.float32)
    shifts = np.array([[0.0, 0, 0], [0.5, -0.25, 1.5], [-1.0, 2.0, 0.75]])
    out = volume.copy()
    _least(volume, shifts, 10.0, -1.0, out)
    twin = volume.copy()
    for place in np.ndindex(volume.shape):
        for shift in shifts:
            at = np.array(place) - shift
            if (at < 0).any() or (at > np.array(volume.shape) - 1).any():
                continue
            low = np.minimum(at.astype(int), np.array(volume.shape) - 2)
            total = 0.0
            for corner in np.ndindex(2, 2, 2):
                part = np.prod([at[i] - low[i] if corner[i] else 1 - at[i] + low[i] for i in range(3)])
                total += float(part) * float(volume[tuple(low + corner)])
            twin[place] = min(twin[place], total)
    assert np.abs(out - twin).max() < 1e-5


def test_a_lattice_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="points in a plane"):
        PlaneLattice.around(np.eye(3), np.array([[0.0, 0], [1e5, 1e5]]), 0.1, 0.0)
