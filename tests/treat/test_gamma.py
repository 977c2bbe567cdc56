"""Gamma in closed form, by brute force, beside another program on a real dose, and what it refuses."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import shift

from fyr.errors import BadInput, UsageError
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid
from fyr.treat.gamma import Gamma, GammaSettings, gamma_index


def dose(values: Any, spacing: tuple[float, float, float] = (1, 1, 1), first: Any = (0, 0, 0), **said: Any) -> DoseGrid:
    array = np.asarray(values, dtype=np.float64)
    array = array.reshape((1,) * (3 - array.ndim) + array.shape)
    frame = said.pop("frame", "1.2.3")
    grid = Grid.along_axes(array.shape, spacing_mm=spacing, first_mm=first, frame_of_reference=frame)
    return DoseGrid(grid, array, **said)


def random_doses(seed: int, shape: tuple[int, ...] = (4, 5, 6)) -> tuple[DoseGrid, DoseGrid]:
    generator = np.random.default_rng(seed)
    one = generator.uniform(0.5, 1.5, shape)
    return dose(one), dose(np.maximum(one + generator.normal(0, 0.2, shape), 0))


def by_brute_force(reference: DoseGrid, evaluated: DoseGrid, chosen: GammaSettings, steps: int) -> np.ndarray:
    """Return the smallest distance over a fine lattice of the interpolated dose; 3D, along the axes."""
    axes = [np.arange(n, dtype=float) for n in evaluated.grid.shape]
    fine = [np.linspace(0, n - 1, (n - 1) * steps + 1) for n in evaluated.grid.shape]
    index = np.stack([axis.ravel() for axis in np.meshgrid(*fine, indexing="ij")], axis=1)
    there = RegularGridInterpolator(axes, evaluated.dose_gy)(index)
    places = evaluated.grid.to_mm(index)
    points = reference.grid.to_mm(np.argwhere(np.ones(reference.grid.shape, bool)))
    top = float(reference.dose_gy.max())
    found = []
    for point, wanted in zip(points, reference.dose_gy.ravel(), strict=True):
        criterion = chosen.dose_percent / 100 * (wanted if chosen.local else top)
        apart = ((places - point) ** 2).sum(axis=1) / chosen.distance_mm**2
        found.append(np.sqrt((apart + ((there - wanted) / criterion) ** 2).min()))
    return np.asarray(found)


@pytest.mark.parametrize("shape", [(9,), (5, 6), (4, 5, 6)])
@pytest.mark.parametrize("local", [False, True])
def test_a_uniform_difference_is_its_share_of_the_criterion(shape: tuple[int, ...], local: bool) -> None:
    found = gamma_index(dose(np.full(shape, 2.0)), dose(np.full(shape, 2.03)), GammaSettings(3, 3, local=local))
    assert found.points == np.prod(shape)
    np.testing.assert_allclose(found.values, 0.5, rtol=1e-6)
    assert found.pass_rate_percent == 100
    assert found.mean == pytest.approx(0.5)


def test_a_difference_of_the_criterion_itself_passes_and_one_above_does_not() -> None:
    flat = dose(np.full((3, 3, 3), 2.0))
    assert gamma_index(flat, dose(np.full((3, 3, 3), 2.06))).pass_rate_percent == 100
    assert gamma_index(flat, dose(np.full((3, 3, 3), 2.061))).pass_rate_percent == 0


@pytest.mark.parametrize("gradient", [0.01, 0.05, 0.4])
@pytest.mark.parametrize("shift_mm", [0.3, 1.0, 2.5])
def test_a_shift_in_a_linear_gradient(gradient: float, shift_mm: float) -> None:
    # With u = d (x - s) and v = x, the smallest (d (x - s))^2 + x^2 is (d s)^2 / (1 + d^2): Low 1998, figure 1.
    along = np.arange(60.0)
    reference, evaluated = dose(gradient * along + 1), dose(gradient * (along - shift_mm) + 1)
    chosen = GammaSettings(3, 3, normalise_gy=1.0, threshold_percent=0, max_gamma=None)
    steepness = gradient / 0.03 * 3
    expected = steepness * (shift_mm / 3) / np.sqrt(1 + steepness**2)
    found = gamma_index(reference, evaluated, chosen)
    np.testing.assert_allclose(found.values[0, 0, 10:50], expected, rtol=1e-5)


def test_a_slanted_gradient_in_space() -> None:
    slope = np.array([0.03, -0.02, 0.05])
    k, j, i = np.indices((12, 12, 12))
    plane = 2 + slope[0] * k + slope[1] * j + slope[2] * i
    found = gamma_index(dose(plane), dose(plane + 0.04), GammaSettings(2, 2, normalise_gy=2.0, max_gamma=None))
    steepness = np.linalg.norm(slope) / 0.04 * 2
    assert found.values[6, 6, 6] == pytest.approx(1 / np.sqrt(1 + steepness**2), abs=1e-5)


@pytest.mark.parametrize(("dose_percent", "distance_mm", "local"), [(10, 1, False), (20, 0.7, True), (5, 2, False)])
@pytest.mark.parametrize("seed", [1, 2])
def test_rough_doses_beside_brute_force(dose_percent: float, distance_mm: float, local: bool, seed: int) -> None:
    reference, evaluated = random_doses(seed, (3, 4, 4))
    chosen = GammaSettings(dose_percent, distance_mm, local=local, threshold_percent=1, max_gamma=None)
    found = gamma_index(reference, evaluated, chosen)
    assert found.unproved == 0
    brute = by_brute_force(reference, evaluated, chosen, 24)
    over = brute - found.values.ravel()
    assert over.min() >= -2e-6  # never above what a lattice finds
    assert over.max() < 0.15  # and as low as its spacing lets it see
    coarse = by_brute_force(reference, evaluated, chosen, 6) - found.values.ravel()
    assert over.mean() < coarse.mean() / 2  # a finer lattice comes nearer


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), shape=st.tuples(*[st.integers(1, 5)] * 3))
def test_laws(seed: int, shape: tuple[int, int, int]) -> None:
    reference, evaluated = random_doses(seed, shape)
    loose, strict = GammaSettings(10, 2, max_gamma=None), GammaSettings(8, 1.5, max_gamma=None)
    found, stricter = gamma_index(reference, evaluated, loose), gamma_index(reference, evaluated, strict)
    assert (stricter.values >= found.values - 1e-5).all()
    assert stricter.pass_rate_percent <= found.pass_rate_percent
    at_the_point = np.abs(evaluated.dose_gy - reference.dose_gy) / (0.1 * reference.dose_gy.max())
    assert (found.values <= at_the_point + 1e-5).all()
    itself = gamma_index(reference, reference, loose)
    assert itself.largest < 1e-12
    capped = gamma_index(reference, evaluated, GammaSettings(10, 2, max_gamma=1.5))
    np.testing.assert_allclose(capped.values, np.minimum(found.values, 1.5), atol=1e-5)
    for axis in range(3):  # turned round, or with its axes in another order, it is the same
        turned = gamma_index(dose(np.flip(reference.dose_gy, axis)), dose(np.flip(evaluated.dose_gy, axis)), loose)
        np.testing.assert_allclose(np.flip(turned.values, axis), found.values, atol=1e-5)
    other = gamma_index(dose(reference.dose_gy.transpose(2, 0, 1)), dose(evaluated.dose_gy.transpose(2, 0, 1)), loose)
    np.testing.assert_allclose(other.values, found.values.transpose(2, 0, 1), atol=1e-5)


def test_where_the_patient_lies_does_not_matter() -> None:
    reference, evaluated = random_doses(5)
    plain = gamma_index(reference, evaluated)
    angle = np.deg2rad(30)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    turn[:3, 3] = [100, -50, 7]
    moved = [
        DoseGrid(Grid(one.grid.shape, turn @ one.grid.affine, "1.2.3"), one.dose_gy) for one in (reference, evaluated)
    ]
    np.testing.assert_allclose(gamma_index(*moved).values, plain.values, atol=1e-5)
    backwards = evaluated.grid.affine.copy()
    backwards[:3, 3] += 3 * backwards[:3, 0]
    backwards[:3, 0] *= -1
    upside = DoseGrid(Grid(evaluated.grid.shape, backwards, "1.2.3"), evaluated.dose_gy[::-1].copy())
    np.testing.assert_allclose(gamma_index(reference, upside).values, plain.values, atol=1e-5)


def test_a_finer_copy_of_the_same_interpolation_is_the_same_dose() -> None:
    reference, evaluated = random_doses(6)
    fine = np.stack(np.meshgrid(*[np.linspace(0, n - 1, 2 * n - 1) for n in (4, 5, 6)], indexing="ij"), axis=-1)
    values = RegularGridInterpolator([np.arange(n) for n in (4, 5, 6)], evaluated.dose_gy)(fine)
    finer = gamma_index(reference, dose(values, spacing=(0.5, 0.5, 0.5)))
    np.testing.assert_allclose(finer.values, gamma_index(reference, evaluated).values, atol=1e-5)


def test_points_outside_are_counted_and_those_out_of_reach_left_out() -> None:
    reference, evaluated = dose(np.full(21, 2.0)), dose(np.full(11, 2.0))
    found = gamma_index(reference, evaluated, GammaSettings(3, 3))
    assert (found.points_outside, found.not_assessed, found.points) == (10, 4, 17)
    assert found.values[0, 0, 13] == pytest.approx(1)  # 3 mm from the last evaluated voxel
    assert np.isnan(found.values[0, 0, 17:]).all()
    assert any("10 of 21 points lie outside the evaluated grid" in warning for warning in found.warnings)
    with pytest.raises(BadInput, match="has an evaluated dose in reach"):
        gamma_index(reference, dose(np.full(11, 2.0), first=(500, 0, 0)))


def test_the_threshold_and_the_normalisation_are_of_the_reference() -> None:
    reference, evaluated = dose([0.5, 1.0, 5.0, 10.0]), dose([9.0, 1.0, 5.0, 10.0])
    found = gamma_index(reference, evaluated, GammaSettings(3, 0.1))
    assert (found.normalisation_gy, found.threshold_gy, found.points) == (10, 1, 3)
    assert np.isnan(found.values[0, 0, 0])
    assert gamma_index(reference, evaluated, GammaSettings(3, 0.1, normalise_gy=20)).points == 2
    stated = found.as_dict()["settings"]
    assert stated["searched"] == "evaluated dose"
    assert stated["threshold_percent"] == 10
    assert sum(found.as_dict()["histogram"]["counts"]) == 3


def test_what_cannot_be_compared_is_refused() -> None:
    flat = np.full((2, 2, 2), 2.0)
    with pytest.raises(BadInput, match="two frames of reference"):
        gamma_index(dose(flat), dose(flat, frame="9.9"))
    assert gamma_index(dose(flat), dose(flat, frame="9.9"), ignore_frame=True).warnings
    with pytest.raises(BadInput, match="of a plan, the other of a fraction"):
        gamma_index(dose(flat), dose(flat, summation="fraction"))
    assert gamma_index(dose(flat), dose(flat, summation="fraction"), ignore_summation=True).warnings
    with pytest.raises(BadInput, match="physical, the other effective"):
        gamma_index(dose(flat), dose(flat, kind="effective"))
    assert gamma_index(dose(flat), dose(flat, frame="")).warnings
    with pytest.raises(BadInput, match="nought everywhere"):
        gamma_index(dose(0 * flat), dose(flat))
    with pytest.raises(BadInput, match="reaches the threshold"):
        gamma_index(dose(flat), dose(flat), GammaSettings(normalise_gy=100))
    broken = dose(flat)
    broken.dose_gy[0, 0, 0] = np.nan
    with pytest.raises(BadInput, match="no number"):
        gamma_index(dose(flat), broken)


def test_a_far_search_goes_as_far_as_it_must_and_no_further_than_it_can() -> None:
    reference, evaluated = dose(np.full((3, 3, 3), 2.0)), dose(np.full((3, 3, 3), 1.0))
    assert gamma_index(reference, evaluated, GammaSettings(3, 3, max_gamma=None)).largest == pytest.approx(50 / 3)
    assert gamma_index(reference, evaluated, GammaSettings(3, 3, max_gamma=5)).largest == 5
    large = dose(np.full((300, 300, 300), 1.0))
    with pytest.raises(BadInput, match="cells around each point"):
        gamma_index(reference, large, GammaSettings(3, 1000))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dose_percent": 0},
        {"dose_percent": float("nan")},
        {"distance_mm": -1},
        {"threshold_percent": 101},
        {"normalise_gy": 0.0},
        {"max_gamma": 1.0},
        {"local": True, "threshold_percent": 0},
    ],
)
def test_settings_without_a_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        GammaSettings(**wrong)


@pytest.mark.real
def test_a_real_dose_beside_pymedphys(data_folder: Path) -> None:
    import pymedphys

    held = np.load(data_folder / "treat" / "openkbp" / "pt_1.npz")
    part = np.ascontiguousarray(held["dose"][50:78, 50:78, 50:78].astype(np.float64))
    generator = np.random.default_rng(1)
    moved = shift(part, (0.3, 0.4, -0.3), order=1, mode="nearest") * 1.01
    moved = np.maximum(moved + generator.normal(0, 0.01 * part.max(), part.shape), 0)
    spacing = tuple(held["voxel_mm"].tolist())
    found: Gamma = gamma_index(dose(part, spacing), dose(moved, spacing), GammaSettings(3, 3))
    axes = tuple(np.arange(n) * side for n, side in zip(part.shape, spacing, strict=True))
    some = np.zeros_like(part)
    some[8:20, 8:20, 8:20] = part[8:20, 8:20, 8:20]
    theirs = pymedphys.gamma(
        axes,
        some,
        axes,
        moved,
        3,
        3,
        lower_percent_dose_cutoff=10,
        interp_fraction=30,
        max_gamma=2,
        global_normalisation=float(part.max()),
    )
    there = np.isfinite(theirs)
    assert there.sum() > 500
    over = theirs[there] - found.values[there]
    assert over.min() > -1e-5
    assert over.max() < 0.05
    assert over.mean() < 0.005
    ours, other = 100 * (found.values[there] <= 1).mean(), 100 * (theirs[there] <= 1).mean()
    assert ours == pytest.approx(other, abs=0.2)


def test_the_reference_gives_the_points_and_the_evaluated_is_searched() -> None:
    one, other = dose([1.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0]), dose([1.0] * 7)
    chosen = GammaSettings(3, 3, normalise_gy=3.0)
    there, back = gamma_index(one, other, chosen), gamma_index(other, one, chosen)
    assert there.pass_rate_percent == pytest.approx(600 / 7)  # the peak is missed
    assert back.pass_rate_percent == 100  # every flat point finds a flat one
    assert {True, False} == {gamma_index(a, b, chosen).passed == 7 for a, b in product((one, other), repeat=2)}
