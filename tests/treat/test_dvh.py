"""Histograms of bodies whose answer is known in closed form, of a real plan, and of what cannot be answered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from tests.treat.analytic import BODIES, rising_dose
from tests.treat.phantom_files import histogram_of_files

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose, read_structure_set
from fyr.imaging.grid import Grid
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Contour, Structure
from fyr.imaging.volume import DoseGrid
from fyr.treat.dvh import dose_volume_histogram
from fyr.treat.isodose import isodose_cm3

PARTS = np.array([0.02, 0.1, 0.5, 0.9, 0.95, 0.98])


@pytest.mark.parametrize("name", list(BODIES))
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("offset", [1.5, 0.6, 0.0])
def test_closed_forms_at_clinical_grids(name: str, axis: int, offset: float) -> None:
    body, dose = BODIES[name], rising_dose(axis)
    offset = 1.5 if name in {"cylinder", "cone"} else offset  # a blunt end is half a slice beyond its plane
    found = dose_volume_histogram(body.structure(3.0, offset), dose)
    levels = np.linspace(-45, 45, 3601)
    volume, beyond = body.share_above(axis, levels)
    assert found.volume_cm3 == pytest.approx(volume / 1000, rel=0.005)
    expected = 40 + 0.5 * np.interp(-PARTS, -beyond, levels)
    assert found.dose_to(PARTS * found.volume_cm3) == pytest.approx(expected, rel=0.005)
    for level in (-8.0, -3.0, 0.0, 4.0, 8.0):
        true = float(np.interp(level, levels, beyond))
        share = float(found.volume_at(40 + 0.5 * level)) / found.volume_cm3
        # Of the structure's volume; a ball of 5 mm has three or four planes, and its roundness between them is lost.
        assert share == pytest.approx(true, abs=0.011 if name == "tiny sphere" else 0.005)
    middle = 40 + 0.5 * float(np.trapezoid(beyond, levels) + levels[0])
    assert found.mean_gy == pytest.approx(middle, rel=0.002)
    assert found.is_complete
    assert found.sampling.error_gy < 0.2


def test_the_dose_to_a_small_volume_is_that_of_a_fine_lattice() -> None:
    """In a large structure 0.03 cm³ are few pixels, and a peaked dose has all of it in the corners of voxels."""
    generator = np.random.default_rng(3)
    grid = Grid.along_axes((24, 32, 32), spacing_mm=(2.5, 4, 4), first_mm=(-62, -62, -29))
    dose = 60 + 20 * generator.random(grid.shape) * generator.random(grid.shape) ** 4
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    around = 55 * np.column_stack([np.cos(angle), np.sin(angle)])
    contours = tuple(Contour(np.column_stack([around, np.full(720, z)])) for z in np.arange(-24.0, 25.0, 3.0))
    found = dose_volume_histogram(Structure(1, "cylinder", contours), DoseGrid(grid, dose))
    x, z = np.arange(-54.75, 55, 0.5), np.arange(-25.25, 25.5, 0.5)
    j, i = np.nonzero(x[:, None] ** 2 + x**2 <= 55**2)
    rows, columns = (x[j] + 62) / 4, (x[i] + 62) / 4
    lattice = [map_coordinates(dose, [np.full(len(j), (one + 29) / 2.5), rows, columns], order=1) for one in z]
    hottest = np.sort(np.concatenate(lattice))[::-1]
    assert found.volume_cm3 == pytest.approx(hottest.size / 8000, rel=0.005)
    assert found.dose_to(0.03) == pytest.approx(hottest[round(30 / 0.125)], abs=1.0)
    assert found.dose_to(0.02 * found.volume_cm3) == pytest.approx(hottest[hottest.size // 50], abs=0.2)


@pytest.mark.parametrize("name", ["small sphere", "tiny sphere", "torus"])
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_closed_forms_from_files_with_a_turned_dose_grid(name: str, offset: float, tmp_path: Path) -> None:
    body = BODIES[name]
    found = histogram_of_files(body, offset, 0, "2.5 mm, oblique", tmp_path)
    levels = np.linspace(-45, 45, 3601)
    volume, beyond = body.share_above(0, levels)
    assert found.volume_cm3 == pytest.approx(volume / 1000, rel=0.005)
    expected = 40 + 0.5 * np.interp(-PARTS, -beyond, levels)
    assert found.dose_to(PARTS * found.volume_cm3) == pytest.approx(expected, rel=0.005)


def test_the_histogram_does_not_hang_on_the_lattice() -> None:
    """The stated error holds against the same structure with far finer planes and dose."""
    body = BODIES["sphere"]
    coarse = dose_volume_histogram(body.structure(1.0, 0.5), rising_dose(2))
    fine = dose_volume_histogram(body.structure(0.5, 0.25), rising_dose(2, spacing_mm=2.5))
    apart = np.abs(coarse.dose_to(PARTS * coarse.volume_cm3) - fine.dose_to(PARTS * fine.volume_cm3)).max()
    assert apart <= max(coarse.sampling.error_gy, 0.02)


def test_an_even_dose_is_that_dose_everywhere() -> None:
    grid = Grid.along_axes((20, 40, 40), spacing_mm=(5, 2.5, 2.5), first_mm=(-50, -50, -50))
    found = dose_volume_histogram(BODIES["sphere"].structure(3, 0), DoseGrid(grid, np.full(grid.shape, 20.1)))
    assert (found.min_gy, found.max_gy) == (pytest.approx(20.1), pytest.approx(20.1))
    assert found.mean_gy == pytest.approx(20.1)
    assert found.dose_to(0.95 * found.volume_cm3) == pytest.approx(20.1)
    assert found.volume_at(20.1) == pytest.approx(found.volume_cm3)
    assert found.volume_at(20.2) == 0
    assert found.generalised_mean_gy(8) == pytest.approx(20.1)


def test_a_peak_between_samples_is_the_greatest_dose() -> None:
    dose = np.zeros((40, 40, 40))
    dose[20, 20, 20] = 50
    grid = Grid.along_axes((40, 40, 40), spacing_mm=(2.5,) * 3, first_mm=(-50.4, -49.7, -50.2))
    found = dose_volume_histogram(BODIES["sphere"].structure(3, 0), DoseGrid(grid, dose))
    assert found.max_gy == 50
    assert found.min_gy == 0


def test_generalised_mean_of_three_doses() -> None:
    """10, 20 and 30 Gy in equal parts: a = 1 gives 20, a = 8 gives 26.276, a = -10 gives 11.160 (by arithmetic)."""
    dose = np.repeat([10.0, 20.0, 30.0], 20)[:, None, None] * np.ones((60, 30, 30))
    grid = Grid.along_axes((60, 30, 30), spacing_mm=(1, 2, 2), first_mm=(-29, -29, 0))
    corners = np.array([[-10, -10], [10, -10], [10, 10], [-10, 10]], float)
    planes = [z for start in (2.0, 22.0, 42.0) for z in np.arange(start, start + 15)]
    box = Structure(1, "box", tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in planes))
    found = dose_volume_histogram(box, DoseGrid(grid, dose))
    assert len(found.notes) == 2  # two gaps, left empty
    assert found.generalised_mean_gy(1) == pytest.approx(20, rel=1e-3)
    assert found.generalised_mean_gy(8) == pytest.approx(26.276, rel=1e-3)
    assert found.generalised_mean_gy(-10) == pytest.approx(11.160, rel=1e-3)


def test_what_lies_outside_the_dose_grid_is_said() -> None:
    grid = Grid.along_axes((40, 40, 20), spacing_mm=(2.5,) * 3, first_mm=(-48.75, -50, -50))  # ends at x = 0
    found = dose_volume_histogram(BODIES["sphere"].structure(3, 0), DoseGrid(grid, np.full(grid.shape, 5.0)))
    assert not found.is_complete
    assert found.outside_cm3 == pytest.approx(found.volume_cm3 / 2, rel=0.04)  # to half a lattice pixel
    assert found.volume_cm3 == pytest.approx(4 / 3 * np.pi * 8, rel=0.005)
    assert np.isnan(found.dose_to(0.9 * found.volume_cm3))
    away = Grid.along_axes((9, 9, 9), spacing_mm=(2.5,) * 3, first_mm=(500, 0, 0))
    with pytest.raises(BadInput, match="wholly outside"):
        dose_volume_histogram(BODIES["sphere"].structure(3, 0), DoseGrid(away, np.ones(away.shape)))


@settings(max_examples=10, deadline=None)
@given(quarter=st.integers(1, 3), shift=st.tuples(*[st.floats(-100, 100)] * 3))
def test_turned_and_moved_together_nothing_changes(quarter: int, shift: tuple[float, float, float]) -> None:
    structure, dose = BODIES["cone"].structure(3.0, 0.6), rising_dose(0)
    turn = np.eye(4)
    turn[:2, :2] = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarter)
    turn[:3, 3] = shift
    moved = Structure(
        1, "body", tuple(Contour(one.points_mm @ turn[:3, :3].T + turn[:3, 3]) for one in structure.contours)
    )
    there = DoseGrid(Grid(dose.grid.shape, turn @ dose.grid.affine), dose.dose_gy)
    first, second = dose_volume_histogram(structure, dose), dose_volume_histogram(moved, there)
    assert second.volume_cm3 == pytest.approx(first.volume_cm3, rel=1e-6)
    assert second.mean_gy == pytest.approx(first.mean_gy, rel=1e-6)
    both = [one.dose_to(PARTS * one.volume_cm3) for one in (first, second)]
    assert both[1] == pytest.approx(both[0], rel=1e-3)


def test_contours_drawn_across_another_axis_give_the_same() -> None:
    structure, dose = BODIES["sphere"].structure(3.0, 0.6), rising_dose(2)
    cycle = [1, 2, 0]
    drawn = Structure(1, "body", tuple(Contour(one.points_mm[:, cycle]) for one in structure.contours))
    affine = dose.grid.affine.copy()
    affine[:3] = affine[cycle]
    first = dose_volume_histogram(structure, dose)
    second = dose_volume_histogram(drawn, DoseGrid(Grid(dose.grid.shape, affine), dose.dose_gy))
    assert second.volume_cm3 == pytest.approx(first.volume_cm3, rel=1e-5)
    assert second.dose_to(PARTS * second.volume_cm3) == pytest.approx(first.dose_to(PARTS * first.volume_cm3), rel=1e-3)


def test_the_volume_of_an_isodose() -> None:
    grid = Grid.along_axes((40, 40, 40), spacing_mm=(2.5,) * 3, first_mm=(-48, -49, -50))
    away = np.linalg.norm(grid.to_mm(np.indices(grid.shape).reshape(3, -1).T), axis=1).reshape(grid.shape)
    cone = DoseGrid(grid, np.maximum(60 - away, 0))
    assert isodose_cm3(cone, 40) == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)
    assert isodose_cm3(cone, 61) == 0


DICOMPYLER = {  # dicompyler-core 0.5.6 with pydicom 2 on the same two files: volume, mean, D95%, D2%
    "BODY": (14882.10, 0.4572, 0.0, 4.22),
    "Breast": (400.39, 5.5820, 0.08, 14.47),
    "Heart": (440.23, 0.6475, 0.04, 2.71),
    "Lt Lung": (2004.52, 0.9058, 0.05, 5.02),
    "Tumor Bed": (13.069, 14.2917, 14.13, 14.48),
    "Tumor Bed Block": (63.337, 14.2813, 13.85, 14.56),
}


@pytest.mark.real
def test_a_real_breast_plan_beside_dicompyler(data_folder: Path) -> None:
    """It counts voxel centres of the dose grid, so that it is a few parts in a hundred off for what is small."""
    folder = data_folder / "treat" / "rt_dicom"
    structures, dose = read_structure_set(folder / "dpc_rtss.dcm"), read_dose(folder / "dpc_rtdose.dcm")
    for name, (volume, mean, cold, hot) in DICOMPYLER.items():
        found = dose_volume_histogram(structures.structure(name), dose)
        assert found.volume_cm3 == pytest.approx(volume, rel=0.002 if volume > 100 else 0.012), name
        assert found.mean_gy == pytest.approx(mean, rel=0.005), name
        doses = found.dose_to(np.array([0.95, 0.02]) * found.covered_cm3)
        assert doses[0] == pytest.approx(cold, rel=0.01, abs=0.02), name
        assert doses[1] == pytest.approx(hot, rel=0.005, abs=0.02), name


@pytest.mark.real
def test_a_real_breast_plan_beside_its_planning_system(data_folder: Path) -> None:
    """The dose file carries its system's own histograms, in per cent of 14 Gy: 104.862667 % is its greatest dose."""
    import pydicom

    folder = data_folder / "treat" / "rt_dicom"
    structures, dose = read_structure_set(folder / "dpc_rtss.dcm"), read_dose(folder / "dpc_rtdose.dcm")
    numbers = {one.number: one for one in structures.structures}
    compared = 0
    for own in pydicom.dcmread(folder / "dpc_rtdose.dcm").DVHSequence:
        structure = numbers[int(own.DVHReferencedROISequence[0].ReferencedROINumber)]
        if structure.name not in {"Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block"}:
            continue  # the others were drawn anew, or are smaller than a few voxels
        found = dose_volume_histogram(structure, dose)
        assert found.mean_gy == pytest.approx(0.14 * float(own.DVHMeanDose), rel=0.002)
        assert found.volume_cm3 == pytest.approx(float(own.DVHData[1]), rel=0.03)
        compared += 1
    assert compared == 4


def test_a_structure_on_one_plane_has_the_thickness_that_is_given() -> None:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    disc = Contour(np.column_stack([10 * np.cos(angle), 10 * np.sin(angle), np.zeros(90)]))
    found = dose_volume_histogram(Structure(1, "disc", (disc,)), rising_dose(0), Between(single_plane_mm=3))
    assert found.volume_cm3 == pytest.approx(np.pi * 100 * 3 / 1000, rel=0.002)
    with pytest.raises(BadInput, match="structure 'disc': it is drawn on one plane only"):
        dose_volume_histogram(Structure(1, "disc", (disc,)), rising_dose(0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), caps=st.sampled_from(["rounded", "half", "none"]))
def test_scribbles_are_filled_lawfully_or_refused(seed: int, caps: str) -> None:
    """Contours of any size, crossing themselves and each other, points and lines among them."""
    generator = np.random.default_rng(seed)
    contours = []
    for _ in range(generator.integers(1, 7)):
        points = generator.normal(size=(generator.integers(1, 12), 2)) * 10.0 ** generator.integers(-3, 3)
        height = np.full(len(points), 3.0 * generator.integers(-3, 4))
        kind = str(generator.choice(["CLOSED_PLANAR", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "POINT"]))
        contours.append(Contour(np.column_stack([points, height]), kind))
    grid = Grid.along_axes((20, 30, 30), spacing_mm=(3, 2.5, 2.5), first_mm=(-40, -40, -30))
    dose = DoseGrid(grid, generator.uniform(0, 60, grid.shape).astype(np.float32))
    try:
        found = dose_volume_histogram(Structure(1, "scribble", tuple(contours)), dose, Between(caps, single_plane_mm=2))  # type: ignore[arg-type]
    except BadInput:
        return
    assert 0 <= found.outside_cm3 <= found.volume_cm3 * (1 + 1e-9)
    assert found.min_gy <= found.mean_gy + 1e-6
    assert found.mean_gy <= found.max_gy + 1e-6
    doses = found.dose_to(np.linspace(0, 0.999999, 50) * found.covered_cm3)
    assert np.isfinite(doses).all()
    assert (np.diff(doses) <= 1e-9).all()
