"""Prescriptions and their quality on phantoms whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid
from fyr.treat.dose_painting import (
    BandPrescription,
    LinearPrescription,
    painting_quality,
    percentile_window,
    prescribe,
)

GRID = Grid.along_axes((4, 10, 10), spacing_mm=(4, 4, 4), frame_of_reference="1.2.3")
UPTAKE = np.broadcast_to(np.arange(10.0), GRID.shape).copy()  # rises by 1 with each column
INSIDE = np.zeros(GRID.shape, dtype=bool)
INSIDE[1:3, 2:8, 1:9] = True


def test_the_dose_of_the_ghent_rule_by_hand() -> None:
    # D = Dlow + (I - Ilow) / (Ihigh - Ilow) (Dhigh - Dlow), level beyond the window
    rule = LinearPrescription(2, 6, 60, 80)
    dose = prescribe(UPTAKE, GRID, INSIDE, rule)
    np.testing.assert_allclose(dose.dose_gy[1, 2], [0, 60, 60, 65, 70, 75, 80, 80, 80, 0])
    assert dose.dose_gy[0].max() == 0
    low, high = percentile_window(UPTAKE, INSIDE)
    assert high == np.percentile(UPTAKE[INSIDE], 95)
    assert low == high / 4


@pytest.mark.parametrize("levels", [2, 3, 5, 11])
def test_levels_are_even_and_never_further_than_half_a_step(levels: int) -> None:
    intensity = np.linspace(-1, 12, 500)
    smooth = LinearPrescription(2, 10, 60, 80).dose_gy(intensity)
    stepped = LinearPrescription(2, 10, 60, 80, levels).dose_gy(intensity)
    np.testing.assert_allclose(np.unique(stepped), np.linspace(60, 80, levels))
    assert np.abs(stepped - smooth).max() <= 10 / (levels - 1) + 1e-9


def test_bands_may_fall() -> None:
    # Radiat Oncol 2022;17: 70 Gy below an ADC of 750, 60 Gy from there to 1500, 53 Gy elsewhere
    rule = BandPrescription((750, 1500), (70, 60, 53))
    assert rule.dose_gy(np.array([0, 749.9, 750, 1499, 1500, 3000])).tolist() == [70, 70, 60, 60, 53, 53]


def test_quality_is_perfect_for_the_prescription_and_exact_for_a_scaled_one() -> None:
    wanted = prescribe(UPTAKE, GRID, INSIDE, LinearPrescription(1, 8, 60, 81))
    assert painting_quality(wanted, wanted).quality_factor == 0
    less = painting_quality(wanted, DoseGrid(GRID, wanted.dose_gy * 0.9))
    assert less.quality_factor == pytest.approx(0.1)
    assert less.mean_ratio == pytest.approx(0.9)
    assert less.within_5_percent == 0
    np.testing.assert_allclose(less.volume_at([0.0, 0.89, 0.91]), [1, 1, 0])


def test_quality_of_a_uniform_dose_by_hand() -> None:
    wanted = prescribe(UPTAKE, GRID, INSIDE, LinearPrescription(1, 8, 60, 81))  # 60, 63, ... 81: each column alike
    found = painting_quality(wanted, DoseGrid(GRID, np.full(GRID.shape, 70.0)))
    ratio = 70 / np.arange(60, 82, 3)
    assert found.quality_factor == pytest.approx(np.abs(ratio - 1).mean())
    assert (found.least_ratio, found.greatest_ratio) == pytest.approx((70 / 81, 70 / 60))
    assert found.voxels == INSIDE.sum()
    assert found.within_5_percent == pytest.approx(2 / 8), "69 and 72 Gy"


def test_a_dose_on_another_grid_is_interpolated_exactly_where_it_is_linear() -> None:
    wanted = prescribe(UPTAKE, GRID, INSIDE, LinearPrescription(0, 9, 60, 87))  # 60 Gy + 3 Gy a column of 4 mm
    fine = Grid.along_axes((17, 25, 25), spacing_mm=(1.5, 2, 2), first_mm=(-3, -3, -3), frame_of_reference="1.2.3")
    x = fine.to_mm(np.argwhere(np.ones(fine.shape)))[:, 0].reshape(fine.shape)
    found = painting_quality(wanted, DoseGrid(fine, 60 + 0.75 * x))
    assert found.quality_factor == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_painted_is_refused() -> None:
    nan = UPTAKE.copy()
    nan[1, 3, 3] = np.nan
    rule = LinearPrescription(2, 6, 60, 80)
    with pytest.raises(BadInput, match="no voxel"):
        prescribe(UPTAKE, GRID, np.zeros(GRID.shape, dtype=bool), rule)
    with pytest.raises(BadInput, match="no number"):
        prescribe(nan, GRID, INSIDE, rule)
    with pytest.raises(BadInput, match="is empty"):
        LinearPrescription(6, 6, 60, 80)
    with pytest.raises(BadInput, match="do not rise"):
        LinearPrescription(2, 6, 80, 60)
    with pytest.raises(BadInput, match="no painting"):
        LinearPrescription(2, 6, 60, 80, 1)
    with pytest.raises(BadInput, match="limits"):
        BandPrescription((2, 1), (60, 70, 80))
    with pytest.raises(BadInput, match="2 limits with 2 doses"):
        BandPrescription((1, 2), (60, 70))
    with pytest.raises(BadInput, match="percentile in the target is 0"):
        percentile_window(np.zeros(GRID.shape), INSIDE)
    small = Grid.along_axes((2, 10, 10), spacing_mm=(4, 4, 4), frame_of_reference="1.2.3")
    wanted = prescribe(UPTAKE, GRID, INSIDE, rule)
    with pytest.raises(BadInput, match="does not cover 48 of the 96 voxels"):
        painting_quality(wanted, DoseGrid(small, np.full(small.shape, 70.0)))
    other = Grid(GRID.shape, GRID.affine, "9.9")
    with pytest.raises(BadInput, match="frame of reference"):
        painting_quality(wanted, DoseGrid(other, np.full(GRID.shape, 70.0)))
