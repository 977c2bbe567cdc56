from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.exchange.dicom import made

from fyr.cli.main import main
from fyr.exchange.dicom import read_segmentation, read_series

RADIUS = 15.0


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def circle(radius: float, z: float, points: int = 180) -> tuple[str, list[float]]:
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    flat = np.column_stack([radius * np.cos(turn), 30 + radius * np.sin(turn), np.full(points, z)])
    return "CLOSED_PLANAR", [float(x) for x in flat.ravel()]


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Path]:
    """A cylinder, a ring and a line, on slices of 1 by 1 by 3 mm."""
    slices = made.slices(np.zeros((9, 50, 50), np.int16), first=(-25, 5, 100))
    for one in slices:
        one.PixelSpacing = [1.0, 1.0]
    places = [100.0 + 3 * k for k in range(2, 7)]
    drawn = made.structures(
        {
            "Cylinder": [circle(RADIUS, z) for z in places],
            "Ring": [contour for z in places for contour in (circle(RADIUS, z), circle(7, z))],
            "Point": [("POINT", [0.0, 30.0, 106.0])],
        }
    )
    return made.write_all(slices, tmp_path / "ct"), made.write(drawn, tmp_path / "rs.dcm")


@pytest.mark.parametrize("kind", ["binary", "occupancy"])
def test_a_cylinder_and_a_ring(
    case: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    series, struct = case
    out = tmp_path / "seg.dcm"
    base = ("treat", "masks", "--struct", struct, "--series", series, "--output", out, "--kind", kind)
    assert run(*base, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["left_out"]) == ["Point"]
    read = read_segmentation(out, read_series(series).grid)
    middle = {one.label: one.part[4].sum() for one in read.segments}
    assert middle["Cylinder"] == pytest.approx(np.pi * RADIUS**2, rel=0.02)
    assert middle["Ring"] == pytest.approx(np.pi * (RADIUS**2 - 49), rel=0.02)
    assert not read.segments[1].mask[4, 25, 25]
    assert read.segments[0].mask[4, 25, 25]
    assert not read.segments[0].mask[0].any()
    assert run(*base) == 3


def test_labels_must_not_overlap_and_frames_must_agree(
    case: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    series, struct = case
    base = ("treat", "masks", "--struct", struct, "--series", series, "--kind", "labels")
    assert run(*base, "--output", tmp_path / "a.dcm") == 3
    assert "overlaps" in capsys.readouterr().err
    assert run(*base, "--output", tmp_path / "b.dcm", "--structure", "Ring") == 0
    assert run(*base, "--output", tmp_path / "c.dcm", "--structure", "Point") == 3
    other = made.write(made.structures({"A": [circle(5, 106.0)]}, frame="1.2.9"), tmp_path / "other.dcm")
    assert run("treat", "masks", "--struct", other, "--series", series, "--output", tmp_path / "d.dcm") == 3
    assert "another frame of reference" in capsys.readouterr().err


def test_masks_become_contours_and_masks_again(
    case: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    series, struct = case
    seg, drawn, again = tmp_path / "seg.dcm", tmp_path / "drawn.dcm", tmp_path / "again.dcm"
    assert run("treat", "masks", "--struct", struct, "--series", series, "--output", seg) == 0
    base = ("treat", "contours", "--seg", seg, "--series", series)
    capsys.readouterr()
    assert run(*base, "--output", drawn, "--json") == 0
    assert json.loads(capsys.readouterr().out)["contours"] == {"Cylinder": 5, "Ring": 10}
    assert run("treat", "masks", "--struct", drawn, "--series", series, "--output", again) == 0
    one, two = read_segmentation(seg), read_segmentation(again)
    for before, after in zip(one.segments, two.segments, strict=True):
        np.testing.assert_array_equal(after.part, before.part)
    assert run(*base, "--output", drawn) == 3
    assert run(*base, "--output", tmp_path / "x.dcm", "--segment", "Heart") == 3
    assert "there are Cylinder, Ring" in capsys.readouterr().err
