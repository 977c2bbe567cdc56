"""Structures out of structures, held to solids whose volumes are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.margin import Margin
from fyr.imaging.structure_algebra import Operation, combine, grow, keep_inside, shell
from fyr.imaging.structure_set import Contour, Structure
from fyr.imaging.volume_of import volume_cm3

SPACING = 2.5


def sphere(
    radius: float, middle: tuple[float, float, float] = (0, 0, 0), name: str = "sphere", number: int = 1
) -> Structure:
    """Return a sphere drawn as circles that have its area on planes that do not meet its middle."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    swell = np.sqrt(2 * np.pi / 180 / np.sin(2 * np.pi / 180))
    contours = []
    for z in np.arange(-40, 41) * SPACING + 0.7:
        inside = radius**2 - (z - middle[2]) ** 2
        if inside > 0:
            around = swell * np.sqrt(inside) * np.column_stack([np.cos(angle), np.sin(angle)]) + middle[:2]
            contours.append(Contour(np.column_stack([around, np.full(180, z)]), image_uid=f"1.{z:.1f}"))
    return Structure(number, name, tuple(contours), "CTV", (255, 0, 0))


def box(half: float, height: float) -> Structure:
    """Return a box of square contours from -height on."""
    square = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    places = np.arange(-height, height + 0.1, SPACING)
    return Structure(1, "box", tuple(Contour(np.column_stack([square, np.full(4, z)])) for z in places))


def ball(radius: float) -> float:
    return 4 / 3 * np.pi * radius**3 / 1000


def points(structure: Structure) -> NDArray[np.float64]:
    return np.concatenate([one.points_mm for one in structure.contours])


@pytest.mark.parametrize(("radius", "margin"), [(20.0, 5.0), (20.0, 2.0), (10.0, 5.0), (10.0, -3.0)])
def test_a_sphere_with_a_margin_is_a_larger_sphere(radius: float, margin: float) -> None:
    grown = grow(sphere(radius), Margin.even(margin))
    assert volume_cm3(grown)[0] == pytest.approx(ball(radius + margin), rel=5e-3)
    away = np.linalg.norm(points(grown), axis=1)
    assert away.min() > radius + margin - 0.2
    assert away.max() < radius + margin + 0.05


def test_no_margin_leaves_a_structure_as_it_is() -> None:
    assert volume_cm3(grow(sphere(15), Margin.even(0)))[0] == pytest.approx(ball(15), rel=2e-3)


def test_growing_and_shrinking_a_convex_body_undo_each_other() -> None:
    back = grow(grow(sphere(10), Margin.even(4)), Margin.even(-4))
    assert volume_cm3(back)[0] == pytest.approx(ball(10), rel=1e-2)


def test_a_body_narrower_than_twice_the_margin_vanishes() -> None:
    assert grow(sphere(8), Margin.even(-9)).contours == ()


def test_a_box_is_rounded_at_its_edges() -> None:
    # In the middle plane the grown square has quarter circles at its corners (Steiner's formula).
    grown = grow(box(20, 40), Margin.even(6))
    middle = next(one.points_mm for one in grown.contours if abs(one.points_mm[0, 2]) < 0.1)
    x, y = middle[:, 0], middle[:, 1]
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert area == pytest.approx(40**2 + 4 * 40 * 6 + np.pi * 6**2, rel=2e-3)


def test_each_side_of_a_sphere_moves_by_its_own_margin() -> None:
    margin = Margin(left_mm=10, right_mm=2, anterior_mm=4, posterior_mm=6, superior_mm=3, inferior_mm=8)
    moved = points(grow(sphere(20), margin))
    assert moved[:, 0].min() == pytest.approx(-22, abs=0.25)
    assert moved[:, 0].max() == pytest.approx(30, abs=0.25)
    assert moved[:, 1].min() == pytest.approx(-24, abs=0.25)
    assert moved[:, 1].max() == pytest.approx(26, abs=0.25)
    assert -28 - 0.1 < moved[:, 2].min() < -28 + SPACING
    assert 23 - SPACING < moved[:, 2].max() < 23 + 0.1


def test_a_margin_in_one_direction_sweeps_a_sphere_along_it() -> None:
    # A sphere swept along a straight line is itself and a cylinder of its width.
    swept = grow(sphere(15), Margin(8, 0, 0, 0, 0, 0))
    assert volume_cm3(swept)[0] == pytest.approx(ball(15) + np.pi * 15**2 * 8 / 1000, rel=1e-2)


def test_sides_that_shrink_move_inwards() -> None:
    moved = points(grow(sphere(20), Margin(-6, 0, 0, 0, 0, 0)))
    assert moved[:, 0].max() == pytest.approx(14, abs=0.3)
    assert moved[:, 0].min() == pytest.approx(-20, abs=0.3)


def lens(radius: float, apart: float) -> float:
    """Return the volume in cm³ that two spheres share."""
    return np.pi * (4 * radius + apart) * (2 * radius - apart) ** 2 / 12 / 1000


@pytest.mark.parametrize("shift", [(7.0, 0.0, 0.0), (0.0, 0.0, 7.0)])
@pytest.mark.parametrize("operation", ["union", "intersection", "difference", "xor"])
def test_two_spheres(operation: Operation, shift: tuple[float, float, float]) -> None:
    shared, alone = lens(10, 7), ball(10)
    wanted = {
        "union": 2 * alone - shared,
        "intersection": shared,
        "difference": alone - shared,
        "xor": 2 * (alone - shared),
    }
    made = combine(sphere(10), sphere(10, shift), operation)
    # Across the planes a sharp edge lies between two of them, which contours cannot show; and the ends of a lens of six
    # planes are no curve that four of them foretell, so that they end as slabs.
    assert volume_cm3(made)[0] == pytest.approx(wanted[operation], rel=5e-3 if shift[2] == 0 else 3.5e-2)


def test_what_lies_apart_has_nothing_in_common() -> None:
    assert combine(sphere(10), sphere(10, (50, 0, 0)), "intersection").contours == ()
    both = combine(sphere(10), sphere(10, (0, 0, 50)), "union")
    assert volume_cm3(both)[0] == pytest.approx(2 * ball(10), rel=5e-3)


def test_a_hole_is_cut_and_read_again() -> None:
    made = combine(sphere(20), sphere(10), "difference")
    assert volume_cm3(made)[0] == pytest.approx(ball(20) - ball(10), rel=5e-3)


def test_the_wall_of_a_sphere_and_a_ring_around_it() -> None:
    assert volume_cm3(shell(sphere(15), 0, -4))[0] == pytest.approx(ball(15) - ball(11), rel=1e-2)
    assert volume_cm3(shell(sphere(10), 8, 2))[0] == pytest.approx(ball(18) - ball(12), rel=1e-2)


def test_a_target_is_kept_away_from_the_skin() -> None:
    kept = keep_inside(sphere(20, (30, 0, 0)), sphere(45), 5)
    assert np.linalg.norm(points(kept), axis=1).max() < 40.15
    radius, other, apart = 20.0, 40.0, 30.0
    shared = np.pi * (radius + other - apart) ** 2
    shared *= (apart**2 + 2 * apart * (radius + other) - 3 * (radius - other) ** 2) / (12 * apart) / 1000
    assert volume_cm3(kept)[0] == pytest.approx(shared, rel=5e-3)


def test_planes_keep_their_pictures_and_the_structure_its_kind() -> None:
    grown = grow(sphere(20), Margin.even(5))
    assert (grown.kind, grown.colour, grown.number) == ("CTV", (255, 0, 0), 1)
    drawn = {one.image_uid for one in sphere(20).contours}
    assert drawn <= {one.image_uid for one in grown.contours}


def test_what_is_impossible_is_refused() -> None:
    with pytest.raises(BadInput, match="a margin of"):
        Margin.even(500)
    with pytest.raises(BadInput, match="a shell from"):
        shell(sphere(10), 1, 2)
    with pytest.raises(BadInput, match="a depth of"):
        keep_inside(sphere(10), sphere(20), -1)
    upright = Structure(2, "sagittal", tuple(Contour(one.points_mm[:, [2, 0, 1]]) for one in sphere(10).contours))
    with pytest.raises(BadInput, match="another direction"):
        combine(sphere(10), upright, "union")
