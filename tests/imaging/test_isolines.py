"""Lines of a level: on fields whose lines are known in closed form."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fyr.imaging.isolines import isolines


def is_closed(line):
    return (line[0] == line[-1]).all()


def area(line):
    x, y = line.T
    return 0.5 * float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def test_the_lines_of_an_even_slope_are_straight_and_exact():
    rows, columns = np.array([0.0, 1, 3, 4]), np.array([-2.0, 0, 1, 5])
    field = 2 * columns[None, :] + rows[:, None]
    (line,) = isolines(field, rows, columns, 3.3)
    assert np.abs(2 * line[:, 0] + line[:, 1] - 3.3).max() < 1e-12
    assert not is_closed(line)
    assert sorted(line[[0, -1], 1].tolist()) == [0.0, 4.0]


def test_a_disc_has_one_closed_line_with_its_area():
    ticks = np.linspace(-12, 12, 97)
    field = 10 - np.hypot(ticks[None, :], ticks[:, None])
    (line,) = isolines(field, ticks, ticks, 0.0)
    assert is_closed(line)
    assert np.hypot(*line.T) == pytest.approx(10, abs=0.003)
    assert abs(area(line)) == pytest.approx(np.pi * 100, rel=1e-3)


def test_a_ring_has_two_lines_that_run_opposite_ways():
    ticks = np.linspace(-12, 12, 97)
    field = 3 - np.abs(np.hypot(ticks[None, :], ticks[:, None]) - 7)
    areas = sorted(area(line) for line in isolines(field, ticks, ticks, 0.0))
    assert areas == pytest.approx([-np.pi * 16, np.pi * 100], rel=2e-3) or areas == pytest.approx(
        [-np.pi * 100, np.pi * 16], rel=2e-3
    )


def test_lines_end_where_nothing_is_known():
    ticks = np.linspace(-12, 12, 97)
    field = 10 - np.hypot(ticks[None, :], ticks[:, None])
    field[:, ticks > 3] = np.nan
    (line,) = isolines(field, ticks, ticks, 0.0)
    assert not is_closed(line)
    assert line[:, 0].max() <= 3
    assert line[[0, -1], 0].tolist() == [3.0, 3.0]


@pytest.mark.parametrize(("high", "rounded"), [(4.0, {(1.0, 0.0), (0.0, 1.0)}), (2.0, {(0.0, 0.0), (1.0, 1.0)})])
def test_where_high_corners_lie_across_the_mean_decides(high, rounded):
    """The lines go round the low corners where the high ones are joined, else round the high ones."""
    field = np.array([[high, 0.0], [0.0, high]])
    found = isolines(field, np.arange(2.0), np.arange(2.0), 1.5)
    assert {tuple(np.rint(line.mean(axis=0)).tolist()) for line in found} == rounded


def test_every_side_that_the_level_crosses_has_one_point_of_a_line():
    """Whatever the field, lines neither branch nor end inside."""
    random = np.random.default_rng(7)
    field = random.normal(size=(17, 23))
    rows, columns = np.arange(17.0), np.arange(23.0)
    crossed = set()
    for r, c in product(range(17), range(23)):
        for dr, dc in ((0, 1), (1, 0)):
            if r + dr < 17 and c + dc < 23 and (field[r, c] >= 0.2) != (field[r + dr, c + dc] >= 0.2):
                part = (0.2 - field[r, c]) / (field[r + dr, c + dc] - field[r, c])
                crossed.add((round(c + dc * part, 9), round(r + dr * part, 9)))
    lines = isolines(field, rows, columns, 0.2)
    points = [tuple(np.round(one, 9).tolist()) for line in lines for one in (line[:-1] if is_closed(line) else line)]
    assert len(points) == len(set(points))
    assert set(points) <= crossed
    on_border = [one for one in crossed if one[0] in {0.0, 22.0} or one[1] in {0.0, 16.0}]
    ends = [tuple(np.round(one, 9).tolist()) for line in lines if not is_closed(line) for one in line[[0, -1]]]
    assert set(ends) == set(on_border)
    assert crossed - set(points) == set()
