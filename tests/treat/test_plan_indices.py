"""Indices of a target in a dose whose isodoses are spheres: every volume in closed form."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.treat.analytic import BODIES

from fyr.cli.main import main
from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.treat.plan_indices import plan_indices


def falling_dose(middle_gy: float = 80.0, reach: int = 60) -> DoseGrid:
    """Return a dose that falls by 1 Gy a mm from the middle on."""
    grid = Grid.along_axes((2 * reach,) * 3, spacing_mm=(1.0, 1.0, 1.0), first_mm=(-reach + 0.7,) * 3)
    away = np.linalg.norm(grid.to_mm(np.indices(grid.shape).reshape(3, -1).T), axis=1).reshape(grid.shape)
    return DoseGrid(grid, np.maximum(middle_gy - away, 0))


def sphere() -> Structure:
    return BODIES["sphere"].structure(2.5, 0.6)  # radius 20 mm


def test_every_index_is_a_ratio_of_spheres() -> None:
    # 58 Gy lies at 22 mm, 29 Gy at 51 mm.
    found = plan_indices(sphere(), falling_dose(), 58)
    assert found.target_cm3 == pytest.approx(4 / 3 * np.pi * 8, rel=5e-3)
    assert found.coverage_percent == pytest.approx(100)
    assert found.conformity_rtog == pytest.approx((22 / 20) ** 3, rel=5e-3)
    assert found.conformity_paddick == pytest.approx((20 / 22) ** 3, rel=5e-3)
    assert found.selectivity == pytest.approx((20 / 22) ** 3, rel=5e-3)
    assert found.gradient == pytest.approx((51 / 22) ** 3, rel=5e-3)
    assert found.r50 == pytest.approx((51 / 20) ** 3, rel=5e-3)
    assert found.d2cm_gy == pytest.approx(40, abs=0.3)
    assert found.d2cm_percent == pytest.approx(100 * 40 / 58, abs=0.6)
    near, middle, far = (80 - 20 * part ** (1 / 3) for part in (0.02, 0.5, 0.98))
    # Each dose is held to 0.5 % of itself.
    assert found.homogeneity_icru == pytest.approx((near - far) / middle, abs=0.01)
    assert found.homogeneity_prescribed == pytest.approx((near - far) / 58, abs=0.01)
    assert found.homogeneity_rtog == pytest.approx(80 / 58, rel=2e-2)
    assert found.notes == ()


def test_a_target_that_is_not_covered() -> None:
    # 70 Gy lies at 10 mm, inside the target.
    found = plan_indices(sphere(), falling_dose(), 70, with_distance=False)
    assert found.coverage_percent == pytest.approx(100 / 8, rel=1e-2)
    assert found.conformity_rtog == pytest.approx(1 / 8, rel=1e-2)
    assert found.conformity_paddick == pytest.approx(1 / 8, rel=1e-2)
    assert found.selectivity == pytest.approx(1, rel=1e-2)
    assert found.d2cm_gy is None


def test_what_limits_the_figures_is_said() -> None:
    nothing = plan_indices(sphere(), falling_dose(), 90, with_distance=False)
    assert nothing.conformity_paddick is None
    assert any("no volume gets" in one for one in nothing.notes)
    cut = plan_indices(sphere(), falling_dose(reach=40), 58, with_distance=False)
    assert any("border of the dose grid" in one for one in cut.notes)
    with pytest.raises(BadInput, match="prescribed dose"):
        plan_indices(sphere(), falling_dose(), 0)


@pytest.mark.real
def test_a_real_target(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = data_folder / "treat" / "rt_dicom"
    with pytest.raises(SystemExit) as left:
        main(
            ["treat", "indices", "--struct", str(folder / "dpc_rtss.dcm"), "--dose", str(folder / "dpc_rtdose.dcm"),
             "--target", "Tumor Bed", "--prescription", "14Gy", "--no-distance", "--json"]
        )  # fmt: skip
    document = json.loads(capsys.readouterr().out)
    assert not left.value.code
    found = document["indices"]
    assert found["conformity_paddick"] == pytest.approx(
        found["coverage_percent"] / 100 * found["selectivity"], rel=1e-3
    )
    assert set(document["definitions"]) <= set(found)
