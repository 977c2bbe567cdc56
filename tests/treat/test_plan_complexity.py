"""Complexity of plans: openings worked out by hand, and another program's figures of a real plan."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fyr.cli.main import main
from fyr.errors import BadInput
from fyr.imaging.treatment_plan import Beam, BeamInFractions, BeamLimiter, ControlPoint, FractionGroup, TreatmentPlan
from fyr.treat.aperture import apertures
from fyr.treat.plan_complexity import (
    aperture_area_variability,
    beam_complexity,
    leaf_sequence_variability,
    plan_complexity,
)

LEAVES = BeamLimiter("MLCX", 4, np.array([-20.0, -10, 0, 10, 20]))
JAWS = (BeamLimiter("ASYMX", 1), BeamLimiter("ASYMY", 1))


def beam(
    shapes: list[tuple[list[float], list[float]]],
    weights: list[float],
    jaws: tuple[float, float, float, float] = (-100, 100, -20, 20),
    gantry: list[float] | None = None,
) -> Beam:
    points = tuple(
        ControlPoint(
            weight, angle, 0, 0, None, 6,
            {"MLCX": np.array(shape, float), "ASYMX": np.array(jaws[:2], float).reshape(2, 1),
             "ASYMY": np.array(jaws[2:], float).reshape(2, 1)},
        )
        for shape, weight, angle in zip(shapes, weights, gantry or [0.0] * len(shapes), strict=True)
    )  # fmt: skip
    return Beam(1, "one", "DYNAMIC", "PHOTON", "TREATMENT", "", "MU", weights[-1], (LEAVES, *JAWS), points)


SQUARE = ([-20.0] * 4, [20.0] * 4)
STEPPED = ([-20.0, -10, -10, -20], [20.0, 20, 20, 20])


def test_one_open_rectangle_is_the_simplest_of_all() -> None:
    found = beam_complexity(beam([SQUARE, SQUARE], [0, 1]))
    assert (found.mcs, found.mcsv, found.ltmcs) == (1, 1, 1)
    assert found.leaf_travel_mm == 0
    assert found.modulation == pytest.approx(0)
    assert found.mean_area_cm2 == 16
    assert found.edge_metric_per_mm == pytest.approx(2 * 40 / 1600)
    assert found.irregularity == pytest.approx(160**2 / (4 * np.pi * 1600))
    assert found.small_aperture_score == {5: 0, 10: 0, 20: 0}


def test_steps_of_one_bank() -> None:
    # Left bank: range 10, differences 10, 0, 10: (0 + 10 + 0) / (3 * 10); right bank in line: 1.
    openings = apertures(beam([STEPPED, STEPPED], [0, 1]))
    assert leaf_sequence_variability(openings) == pytest.approx([1 / 3, 1 / 3])
    assert aperture_area_variability(openings) == pytest.approx([1, 1])
    # Sides: 40 above, 10 and 10 at the steps, 40 below; area 2 * 400 + 2 * 300.
    assert beam_complexity(beam([STEPPED, STEPPED], [0, 1])).edge_metric_per_mm == pytest.approx(100 / 1400)


def test_two_segments_are_weighted_by_their_monitor_units() -> None:
    # Step and shoot: a quarter of the meterset through the square, the rest through its right half.
    half = ([0.0] * 4, [20.0] * 4)
    found = beam_complexity(beam([SQUARE, SQUARE, half, half], [0, 0.25, 0.25, 1]))
    assert found.mcs == pytest.approx(0.25 * 1 + 0.75 * 0.5)
    assert found.mcsv == pytest.approx(0.25 * 1 + 0.75 * 0.5)
    assert found.mean_area_cm2 == pytest.approx(0.25 * 16 + 0.75 * 8)
    assert found.modulation == pytest.approx(1 - 10 / 16)
    assert found.leaf_travel_mm == 20
    assert found.ltmcs == pytest.approx(0.625 * 0.98)


def test_moving_leaves_count_by_the_means_of_neighbouring_control_points() -> None:
    # Masi 2013: area variability from 1 to 1/2, sequence variability 1: mean 3/4.
    assert beam_complexity(beam([SQUARE, ([0.0] * 4, [20.0] * 4)], [0, 1])).mcsv == pytest.approx(0.75)
    both = beam_complexity(beam([SQUARE, STEPPED], [0, 1]))
    variability = (1 + (160 - 20) / 160) / 2
    assert both.mcsv == pytest.approx(variability * (1 + 1 / 3) / 2)


def test_small_openings_are_counted_among_the_open_ones() -> None:
    narrow = ([0.0, 0, 0, 0], [4.0, 8, 15, 0])
    found = beam_complexity(beam([narrow, narrow], [0, 1]))
    assert found.small_aperture_score == pytest.approx({5: 1 / 3, 10: 2 / 3, 20: 1})


def test_jaws_close_leaves_and_cut_their_width() -> None:
    openings = apertures(beam([SQUARE, SQUARE], [0, 1], jaws=(-5, 100, -20, 5)))
    assert openings.area_mm2 == pytest.approx([25 * 25, 25 * 25])
    assert openings.is_open[0].tolist() == [True, True, True, False]


def test_arcs_count_their_way_over_north() -> None:
    assert beam_complexity(beam([SQUARE] * 3, [0, 0.5, 1], gantry=[350, 10, 30])).gantry_travel_degrees == 40


def test_a_plan_is_the_mean_of_its_beams() -> None:
    half = ([0.0] * 4, [20.0] * 4)
    one = beam([SQUARE, SQUARE], [0, 1])
    two = beam([SQUARE, SQUARE, half, half], [0, 0.25, 0.25, 1])
    two = Beam(2, "two", two.kind, "PHOTON", "TREATMENT", "", "MU", 1, two.limiters, two.control_points)
    jaws_only = Beam(3, "open", "STATIC", "PHOTON", "TREATMENT", "", "MU", 1, JAWS, two.control_points)
    setup = Beam(4, "setup", "STATIC", "PHOTON", "SETUP", "", "MU", 1, JAWS, two.control_points)
    given = tuple(BeamInFractions(number, meterset, None) for number, meterset in ((1, 100.0), (2, 300.0), (3, 50.0)))
    found = plan_complexity(TreatmentPlan("p", "1", (one, two, jaws_only, setup), (FractionGroup(1, 10, given),)))
    assert found.mean is not None
    assert found.mean.mcs == pytest.approx((100 * 1 + 300 * 0.625) / 400)
    assert found.meterset_per_fraction == 450
    assert found.meterset_per_gy(2.0) == 225
    assert "multileaf" in found.not_assessable[3]
    assert 4 not in found.not_assessable


def test_a_beam_that_never_opens_is_refused() -> None:
    closed = ([0.0] * 4, [0.0] * 4)
    with pytest.raises(BadInput, match="never opens"):
        beam_complexity(beam([closed, closed], [0, 1]))


@pytest.mark.real
def test_edges_of_a_real_plan_are_those_of_another_program(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_folder / "treat" / "rt_dicom" / "dpc_rtplan.dcm"
    with pytest.raises(SystemExit) as left:
        main(["treat", "complexity", "--plan", str(path), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert not left.value.code
    # PyComplexityMetric (Alves, after Younge's own code), on the same file.
    theirs = [0.05799421395267187, 0.06659472021124209, 0.06319869452021176, 0.0651904641665992]
    assert [one["edge_metric_per_mm"] for one in document["beams"]] == pytest.approx(theirs, rel=1e-3)
    assert document["complexity"]["edge_metric_per_mm"] == pytest.approx(0.06313832930721092, rel=1e-3)
    assert document["meterset_per_gy"] == pytest.approx(367 / 2)
    assert all(0 < one["mcsv"] < 1 for one in document["beams"])
