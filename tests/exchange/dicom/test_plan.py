from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_plan


def test_every_control_point_is_whole(tmp_path: Path) -> None:
    read = read_plan(made.write(made.plan(), tmp_path / "rp.dcm"))
    first, second, last = read.beam(1).control_points
    assert (first.gantry_degrees, second.gantry_degrees, last.gantry_degrees) == (180, 181, 181)
    assert (last.collimator_degrees, last.couch_degrees, last.energy) == (10, 350, 6)
    assert [point.meterset_weight for point in read.beam(1).control_points] == [0, 0.25, 1]
    assert last.isocentre_mm is not None
    assert last.isocentre_mm.tolist() == [1, 2, 3]
    assert first.positions_mm["MLCX"].tolist() == [[-10, -20], [11, 21]]
    assert last.positions_mm["MLCX"].tolist() == [[-5, -6], [7, 8]]
    assert last.positions_mm["ASYMY"].tolist() == [[-50], [40]]
    assert read.beam(1).limiters[1].boundaries_mm is not None


def test_fractions_and_prescription(tmp_path: Path) -> None:
    read = read_plan(made.write(made.plan(), tmp_path / "rp.dcm"))
    assert read.fraction_groups[0].fractions == 30
    assert (read.fraction_groups[0].beams[0].meterset, read.fraction_groups[0].beams[0].dose_gy) == (120.5, 2)
    assert (read.dose_references[0].prescribed_gy, read.dose_references[0].structure) == (60, 4)
    assert (read.patient_positions, read.structure_set_uid, read.approval) == (("FFS",), "1.2.77", "APPROVED")
    assert read.notes == ()
    with pytest.raises(BadInput, match="no beam 9"):
        read.beam(9)


def test_several_fraction_groups_are_said(tmp_path: Path) -> None:
    plan = made.plan()
    plan.FractionGroupSequence.append(made.item(FractionGroupNumber=2, NumberOfFractionsPlanned=5))
    read = read_plan(made.write(plan, tmp_path / "rp.dcm"))
    assert "2 fraction groups (1: 30 fractions, 2: 5 fractions)" in read.notes[0]


def _leaves(plan: FileDataset) -> None:
    plan.BeamSequence[0].ControlPointSequence[1].BeamLimitingDevicePositionSequence[0].LeafJawPositions = [1, 2, 3]


def _overlap(plan: FileDataset) -> None:
    points = plan.BeamSequence[0].ControlPointSequence
    points[1].BeamLimitingDevicePositionSequence[0].LeafJawPositions = [5, 0, 1, 1]


def _falling(plan: FileDataset) -> None:
    plan.BeamSequence[0].ControlPointSequence[1].CumulativeMetersetWeight = 2


def _final(plan: FileDataset) -> None:
    plan.BeamSequence[0].FinalCumulativeMetersetWeight = 3


def _count(plan: FileDataset) -> None:
    plan.BeamSequence[0].NumberOfControlPoints = 4


def _absent(plan: FileDataset) -> None:
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].ReferencedBeamNumber = 8


def _twice(plan: FileDataset) -> None:
    plan.BeamSequence.append(plan.BeamSequence[0])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_leaves, "beam 1, .*there are 3 numbers, not 4"),
        (_overlap, "leaves or jaws of MLCX overlap"),
        (_falling, "meterset weights fall"),
        (_final, "the last meterset weight is 1, and should be 3"),
        (_count, "says that it has 4 control points, and has 3"),
        (_absent, "names beam 8, which the plan has not"),
        (_twice, "beam 1 is there twice"),
    ],
)
def test_a_damaged_plan_is_refused(tmp_path: Path, damage: Callable[[FileDataset], None], said: str) -> None:
    plan = made.plan()
    damage(plan)
    with pytest.raises(BadInput, match=said):
        read_plan(made.write(plan, tmp_path / "rp.dcm"))


def test_a_truncated_plan_is_refused() -> None:
    with pytest.raises(BadInput, match="ends too early"):
        read_plan(str(get_testdata_file("rtplan_truncated.dcm", download=False)))


@pytest.mark.real
def test_a_real_plan(data_folder: Path) -> None:
    read = read_plan(data_folder / "treat/rt_dicom/dpc_rtplan.dcm")
    assert [len(beam.control_points) for beam in read.beams] == [92, 94, 103, 95]
    assert read.dose_references[0].prescribed_gy == 14
    assert read.fraction_groups[0].fractions == 7
