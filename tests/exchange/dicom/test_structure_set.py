from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import DataElement
from pydicom.data import get_testdata_file
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_structure_set

SQUARE = (0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)


def test_structures_come_as_they_were_drawn(tmp_path: Path) -> None:
    drawn = {"Heart": [("CLOSED_PLANAR", SQUARE)], "Iso": [("POINT", (1.5, -2.25, 3e1))]}
    read = read_structure_set(made.write(made.structures(drawn), tmp_path / "rs.dcm"))
    heart = read.structure("heart")
    assert heart.contours[0].points_mm.tolist() == np.reshape(SQUARE, (-1, 3)).tolist()
    assert (heart.kind, heart.colour, heart.number) == ("ORGAN", (255, 0, 1), 1)
    assert read.structure("Iso").contours[0].geometric_type == "POINT"
    assert (read.frame_of_reference, read.image_series_uid, read.label) == (made.FRAME, made.SERIES, "TEST")
    assert read.notes == ()


def test_exclusive_contours_in_the_spelling_of_some_programs(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.ROIContourSequence[0].ContourSequence[0]["ContourGeometricType"] = DataElement(
        "ContourGeometricType", "CS", "CLOSED_PLANAR_XOR", validation_mode=0
    )
    read = read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))
    assert read.structure("A").contours[0].geometric_type == "CLOSEDPLANAR_XOR"


def test_what_is_unusual_is_said(tmp_path: Path) -> None:
    drawn = {"Empty": [], "Line": [("OPEN_PLANAR", SQUARE)], "Thin": [("CLOSED_PLANAR", SQUARE[:6])]}
    notes = read_structure_set(made.write(made.structures(drawn), tmp_path / "rs.dcm")).notes
    assert notes[0] == "without any contour: Empty"
    assert "1 contours of 'Line' are open lines" in notes[1]
    assert "fewer than three points" in notes[2]


def test_two_frames_of_reference_are_refused(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)], "B": [("CLOSED_PLANAR", SQUARE)]})
    dataset.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.3"
    with pytest.raises(BadInput, match="2 frames of reference"):
        read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))


def test_a_frame_that_the_set_does_not_name_is_refused(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"
    with pytest.raises(BadInput, match="does not name as its own"):
        read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"NumberOfContourPoints": 5}, "says that it has 5 points, and has 4"),
        ({"ContourData": [1.0, 2.0]}, "not points of x, y and z"),
        ({"ContourGeometricType": "ROUND"}, "'ROUND' is no kind of contour"),
        ({"ContourData": None}, "says nothing here"),
    ],
)
def test_a_damaged_contour_is_refused_by_name(tmp_path: Path, change: dict[str, object], said: str) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    for keyword, value in change.items():
        setattr(dataset.ROIContourSequence[0].ContourSequence[0], keyword, value)
    with pytest.raises(BadInput, match=said) as refused:
        read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))
    assert "contour 1 of 'A'" in str(refused.value)


def test_contours_of_an_unknown_structure_are_refused(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.ROIContourSequence[0].ReferencedROINumber = 7
    with pytest.raises(BadInput, match="structure 7, of which the set says nothing"):
        read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))


def test_another_object_is_refused_by_its_name() -> None:
    with pytest.raises(BadInput, match="this is CT Image Storage, not an RT Structure Set"):
        read_structure_set(str(get_testdata_file("CT_small.dcm", download=False)))


@pytest.mark.real
def test_a_real_breast_plan(data_folder: Path) -> None:
    read = read_structure_set(data_folder / "treat/rt_dicom/dpc_rtss.dcm")
    assert [one.name for one in read.structures][:3] == ["BODY", "Areola", "Borders"]
    assert len(read.structure("Heart").contours) == 33
    assert read.notes == ("without any contour: Areola",)
