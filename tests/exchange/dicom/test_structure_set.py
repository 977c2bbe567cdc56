from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import DataElement, Dataset
from pydicom.data import get_testdata_file
from pydicom.uid import ImplicitVRLittleEndian
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_structure_set, write_structure_set
from fyr.exchange.dicom import structure_set as reader
from fyr.exchange.dicom.values import decimals
from fyr.imaging.structure_set import StructureSet

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


def test_a_name_with_a_backslash_is_one_name(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.StructureSetROISequence[0].ROIName = "PTV\\low"
    assert [one.name for one in read_structure_set(made.write(dataset, tmp_path / "rs.dcm")).structures] == ["PTV\\low"]


def test_a_name_is_one_line(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.StructureSetROISequence[0].ROIName = "PTV\nlow\x1b[31m"
    assert [one.name for one in read_structure_set(made.write(dataset, tmp_path / "rs.dcm")).structures] == [
        "PTV low [31m"
    ]


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
        ({"ContourOffsetVector": [0.0, 0.0, 3.0]}, "Contour Offset Vector"),
    ],
)
def test_a_damaged_contour_leaves_the_other_structures(tmp_path: Path, change: dict[str, object], said: str) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)] * 2, "B": [("CLOSED_PLANAR", SQUARE)]})
    for keyword, value in change.items():
        setattr(dataset.ROIContourSequence[0].ContourSequence[1], keyword, value)
    read = read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))
    assert read.structure("A").contours == ()
    assert read.structure("A").unreadable.startswith("contour 2 cannot be read: ")
    assert said in read.structure("A").unreadable
    assert any(note.startswith("'A' is left out: ") for note in read.notes)
    assert not any("without any contour" in note for note in read.notes)
    assert len(read.structure("B").contours) == 1
    with pytest.raises(BadInput, match="would be lost"):
        write_structure_set(read, tmp_path / "out.dcm", patient_id="1", study_uid="1.2", when=datetime.now(UTC))


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


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_plain_contours_are_those_that_pydicom_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool, marked: bool
) -> None:
    generator = np.random.default_rng(3)
    points = [[f"{x:.{digits}g}" for x in generator.normal(0, 200, 90)] for digits in (3, 9, 12)]
    drawn = {"Heart": [("CLOSED_PLANAR", SQUARE)], "Iso": [("POINT", (1.5, -2.25, 3e1))], "None": []}
    drawn["Large"] = [("CLOSED_PLANAR", one) for one in points]
    dataset = made.structures(drawn)
    for item in dataset.ROIContourSequence:
        for one in item.ContourSequence:
            image = Dataset()
            image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"
            one.ContourImageSequence = [image]
            one["ContourImageSequence"].is_undefined_length = marked
        item["ContourSequence"].is_undefined_length = marked
    dataset["ROIContourSequence"].is_undefined_length = marked
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    path = made.write(dataset, tmp_path / "rs.dcm")
    assert reader._opened(path)[1] is not None
    plain = read_structure_set(path)
    monkeypatch.setattr(reader, "plain_contours", lambda layout, element: None)
    _same(plain, read_structure_set(path))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.sampled_from(["{!r}", "{:.6E}", " {:+.9g}", "{:.3f} "]),
        ),
        min_size=17,
        max_size=40,
    )
)
def test_decimals_are_read_as_python_reads_them(values: list[tuple[float, str]]) -> None:
    written = [how.format(value) for value, how in values]
    assert decimals("\\".join(written)).tolist() == [float(one) for one in written]


@pytest.mark.parametrize("wrong", ["1.0\\" * 20 + "x", "1.0\\" * 20, "\\" + "1.0\\" * 20 + "1", "1.0 2\\" * 20 + "1"])
def test_what_is_no_decimal_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        decimals(wrong)


def _same(one: StructureSet, other: StructureSet) -> None:
    assert [(a.number, a.name, a.kind, a.colour) for a in one.structures] == [
        (b.number, b.name, b.kind, b.colour) for b in other.structures
    ]
    for a, b in zip(one.structures, other.structures, strict=True):
        assert [(c.geometric_type, c.image_uid) for c in a.contours] == [
            (c.geometric_type, c.image_uid) for c in b.contours
        ]
        for c, d in zip(a.contours, b.contours, strict=True):
            np.testing.assert_array_equal(c.points_mm, d.points_mm)
    assert (one.frame_of_reference, one.label, one.uid, one.image_series_uid, one.notes) == (
        other.frame_of_reference,
        other.label,
        other.uid,
        other.image_series_uid,
        other.notes,
    )


@pytest.mark.real
def test_the_plain_contours_of_a_real_plan(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = data_folder / "treat" / "rt_dicom" / "dpc_rtss.dcm"
    assert reader._opened(path)[1] is not None
    plain = read_structure_set(path)
    monkeypatch.setattr(reader, "plain_contours", lambda layout, element: None)
    _same(plain, read_structure_set(path))


def test_an_offset_of_nothing_is_none(tmp_path: Path) -> None:
    dataset = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    dataset.ROIContourSequence[0].ContourSequence[0].ContourOffsetVector = [0, 0, 0]
    read = read_structure_set(made.write(dataset, tmp_path / "rs.dcm"))
    assert read.structure("A").contours[0].points_mm.tolist() == np.reshape(SQUARE, (-1, 3)).tolist()
