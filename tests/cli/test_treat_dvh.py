"""``fyr treat dvh`` on a real plan, and on files that do not belong together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from tests.exchange.dicom import made

from fyr.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


@pytest.fixture
def plan(data_folder: Path) -> tuple[Path, Path]:
    folder = data_folder / "treat" / "rt_dicom"
    return folder / "dpc_rtss.dcm", folder / "dpc_rtdose.dcm"


@pytest.mark.real
def test_the_document_has_figures_metrics_curve_and_what_is_missing(
    plan: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    struct, dose = plan
    drawing = tmp_path / "curves.svg"
    asked = ["D95%", "D2%", "V5Gy", "D0.03cc", "CI"]
    options = [part for one in asked for part in ("--metric", one)]
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", struct, "--dose", dose, *options,
        "--prescription", "14Gy", "--plot", drawing, "--json",
    )  # fmt: skip
    document: dict[str, Any] = json.loads(out)
    assert code == 0
    assert len(document["structures"]) == 10
    assert document["refused"] == {"Areola": "it has no contours"}
    assert document["structures"]["Areola"]["volume_cm3"] is None
    bed = document["structures"]["Tumor Bed"]
    assert list(bed["metrics"]) == asked
    assert bed["min_gy"] <= bed["metrics"]["D95%"] <= bed["mean_gy"] <= bed["metrics"]["D2%"] <= bed["max_gy"]
    assert bed["metrics"]["D2%"] <= bed["metrics"]["D0.03cc"] + 0.1
    assert bed["metrics"]["V5Gy"] == pytest.approx(100)
    assert bed["curve"]["volume_cm3"][0] == pytest.approx(bed["volume_cm3"])
    assert bed["curve"]["volume_cm3"][-1] == 0
    assert len(bed["curve"]["dose_gy"]) == len(bed["curve"]["volume_cm3"])
    assert document["structures"]["Borders"]["metrics"]["D0.03cc"] is not None
    assert drawing.read_text(encoding="utf-8").count("<polyline") == 9


@pytest.mark.real
def test_one_structure_as_text(plan: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", plan[0], "--dose", plan[1], "--structure", "heart", "--metric", "V1Gy[cc]"
    )
    assert code == 0
    assert out.splitlines()[0].split()[:2] == ["structure", "cm³"]
    assert out.splitlines()[1].startswith("Heart")
    assert "Lung" not in out


@pytest.mark.real
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--metric", "D95"], 2, "not understood"),
        (["--metric", "V95%"], 2, "needs a prescribed dose"),
        (["--prescription", "50"], 2, "is not a dose"),
        (["--plot", "curves.pdf"], 2, ".svg or .html"),
        (["--structure", "Liver"], 3, "there is no structure 'Liver'"),
        (["--structure", "Areola"], 3, "it has no contours"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    plan: tuple[Path, Path], capsys: pytest.CaptureFixture[str], options: list[str], code: int, message: str
) -> None:
    left, out, told = run(capsys, "treat", "dvh", "--struct", plan[0], "--dose", plan[1], *options)
    assert left == code
    assert out == ""
    assert message in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.real
def test_structures_of_another_ct_are_refused(
    plan: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = pydicom.dcmread(plan[1])
    other.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.1"
    other.save_as(tmp_path / "dose.dcm")
    code, _, told = run(capsys, "treat", "dvh", "--struct", plan[0], "--dose", tmp_path / "dose.dcm")
    assert code == 3
    assert "frame of reference" in told


@pytest.mark.real
def test_a_dose_that_covers_a_part_gives_a_stated_partial_result(
    plan: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cut = pydicom.dcmread(plan[1])
    kept = 40
    plane = int(cut.Rows) * int(cut.Columns) * int(cut.BitsAllocated) // 8
    cut.PixelData = cut.PixelData[: kept * plane]
    cut.NumberOfFrames = kept
    cut.GridFrameOffsetVector = cut.GridFrameOffsetVector[:kept]
    cut.save_as(tmp_path / "dose.dcm")
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", plan[0], "--dose", tmp_path / "dose.dcm", "--structure", "Breast", "--json",
        "--metric", "D95%", "--metric", "V5Gy",
    )  # fmt: skip
    document = json.loads(out)
    breast = document["structures"]["Breast"]
    assert code == 0
    assert breast["complete"] is False
    assert 0 < breast["outside_dose_grid_cm3"] < breast["volume_cm3"]
    assert breast["volume_cm3"] == pytest.approx(400.4, rel=0.005)
    low, high = breast["bounds"]["V5Gy"]
    assert high - low == pytest.approx(100 * breast["outside_dose_grid_cm3"] / breast["volume_cm3"])
    assert breast["bounds"]["D95%"][0] == 0  # more than a twentieth has no dose
    assert any("outside the dose grid" in warning for warning in document["warnings"])


def test_a_structure_asked_for_twice_is_answered_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = {"A": [("CLOSED_PLANAR", [-8, 7, z, -3, 7, z, -3, 9, z, -8, 9, z]) for z in (100, 103, 106)]}
    struct = made.write(made.structures(drawn), tmp_path / "rs.dcm")
    dose = made.write(made.dose(np.ones((4, 6, 12), np.uint16), first=(-12, 4, 98)), tmp_path / "rd.dcm")
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", struct, "--dose", dose, "--structure", "A", "--structure", "a", "--json"
    )
    assert (code, list(json.loads(out)["structures"])) == (0, ["A"])


@pytest.mark.parametrize("step", ["nan", "inf", "0"])
def test_a_step_must_be_one(step: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "treat", "dvh", "--struct", tmp_path, "--dose", tmp_path, "--bin-gy", step, "--json")
    assert (code, out) == (2, "")
    assert "--bin-gy" in err


def test_no_two_structures_share_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of one name, and a third whose name is that name with the first one's number."""
    drawn = {
        str(half): [("CLOSED_PLANAR", [x * half + y for p in ring for x, y in zip(p, (0, 0, z), strict=True)])
                    for z in (103, 106, 109) for ring in [[(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]]]
        for half in (4, 6, 8)
    }  # fmt: skip
    dataset = made.structures(drawn)
    for item, name in zip(dataset.StructureSetROISequence, ["A", "A", "A (#1)"], strict=True):
        item.ROIName = name
    struct = made.write(dataset, tmp_path / "rs.dcm")
    dose = made.dose(np.full((7, 20, 40), 1000, np.uint16), first=(-20, -20, 97))
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", struct, "--dose", made.write(dose, tmp_path / "rd.dcm"), "--json"
    )
    volumes = [one["volume_cm3"] for one in json.loads(out)["structures"].values()]
    assert code == 0
    assert volumes == pytest.approx([side**2 * 9 / 1000 for side in (8, 12, 16)], rel=1e-6)


def test_a_plane_of_no_thickness_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    struct = made.write(made.structures({"A": [("CLOSED_PLANAR", [0, 0, 5, 9, 0, 5, 9, 9, 5])]}), tmp_path / "rs.dcm")
    dose = made.write(made.dose(np.ones((3, 4, 5), np.uint16)), tmp_path / "rd.dcm")
    code, out, err = run(capsys, "treat", "dvh", "--struct", struct, "--dose", dose, "--single-plane-mm", 0)
    assert (code, out) == (3, "")
    assert "0.0 mm thick" in err


def test_the_curve_of_any_dose_has_thousands_of_points_at_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = {"A": [("CLOSED_PLANAR", [-8, 7, z, -3, 7, z, -3, 9, z, -8, 9, z]) for z in (100, 103, 106)]}
    struct = made.write(made.structures(drawn), tmp_path / "rs.dcm")
    dose = made.dose(np.full((4, 6, 12), 50_000, np.uint16), first=(-12, 4, 98), scaling=10.0)
    code, out, _ = run(
        capsys, "treat", "dvh", "--struct", struct, "--dose", made.write(dose, tmp_path / "rd.dcm"), "--json"
    )
    assert code == 0
    assert 1000 < len(json.loads(out)["structures"]["A"]["curve"]["dose_gy"]) < 20_000


def test_a_structure_that_cannot_be_read_is_refused_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    square = [("CLOSED_PLANAR", [-8, 7, z, -3, 7, z, -3, 9, z, -8, 9, z]) for z in (100, 103, 106)]
    dataset = made.structures({"A": square, "B": square})
    dataset.ROIContourSequence[0].ContourSequence[1].NumberOfContourPoints = 7
    struct = made.write(dataset, tmp_path / "rs.dcm")
    dose = made.write(made.dose(np.ones((4, 6, 12), np.uint16), first=(-12, 4, 98)), tmp_path / "rd.dcm")
    asked = ("treat", "dvh", "--struct", struct, "--dose", dose, "--json")
    code, out, _ = run(capsys, *asked)
    document = json.loads(out)
    assert code == 0
    assert "contour 2 cannot be read: it says that it has 7 points" in document["refused"]["A"]
    assert document["structures"]["A"]["volume_cm3"] is None
    assert document["structures"]["B"]["volume_cm3"] > 0
    code, out, told = run(capsys, *asked, "--structure", "A")
    assert (code, out) == (3, "")
    assert "contour 2 cannot be read" in told
