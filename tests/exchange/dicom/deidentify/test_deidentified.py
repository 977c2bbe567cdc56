from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataset import Dataset
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_dose, read_plan, read_series, read_structure_set
from fyr.exchange.dicom.deidentify import Deidentified, Key, Options, deidentified
from fyr.exchange.dicom.deidentify.profile import profile

KEY = Key(bytes(range(32)))
SQUARE = (0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)
PLANTED = "Zyxwv9"
TEXT = {"AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT", "PN"}


def raw(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def treat(dataset: Dataset, options: Options | None = None, key: Key = KEY) -> tuple[Deidentified, Dataset]:
    result = deidentified(raw(dataset), key, options or Options())
    return result, pydicom.dcmread(io.BytesIO(result.data))


def plant(dataset: Dataset) -> int:
    """Write the planted word, a date or a UID into every attribute of the table that can hold one."""
    planted = 0
    for tag in profile():
        if not dictionary_has_tag(tag) or tag in dataset or tag >> 16 in {0x0000, 0x0002, 0x0004, 0x6000}:
            continue
        vr = dictionary_VR(tag)
        values = {"DA": "19520229", "DT": "19520229101112", "TM": "101112.777", "AS": "077Y", "UI": "1.2.77.9999"}
        if vr in TEXT:
            dataset.add_new(tag, vr, PLANTED)
        elif vr in values:
            dataset.add_new(tag, vr, values[vr])
        elif vr == "OB":
            dataset.add_new(tag, vr, PLANTED.encode())
        else:
            continue
        planted += 1
    return planted


def test_nothing_that_the_table_names_survives_at_any_depth() -> None:
    file = made.structures({"Lung_L": [("CLOSED_PLANAR", SQUARE)]})
    planted = plant(file)
    planted += plant(file.RTROIObservationsSequence[0])
    planted += plant(file.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0])
    deep = Dataset()
    planted += plant(deep)
    file.ContentSequence = [made.item(ValueType="TEXT", TextValue=PLANTED, ContentSequence=[deep])]
    assert planted > 1500
    before = raw(file)
    assert before.count(PLANTED.encode()) > 500
    result, _ = treat(file)
    for secret in (PLANTED, "19520229", "101112.777", "077Y", "1.2.77.9999"):
        assert secret.encode() in before
        assert secret.encode() not in result.data, secret


def test_private_and_unknown_elements_curves_and_overlays_go() -> None:
    file = made.dose(np.ones((2, 3, 4), np.uint16))
    block = file.private_block(0x0011, "SOMEBODY", create=True)
    block.add_new(1, "LO", PLANTED)
    file.add_new(0x50003000, "OW", PLANTED.encode())
    file.add_new(0x60020022, "LO", PLANTED)
    file.add_new(0x60023000, "OW", PLANTED.encode())
    file.add_new(0x00085555, "LO", PLANTED)
    file.DoseComment = PLANTED
    result, read = treat(file)
    assert PLANTED.encode() not in result.data
    assert not [tag for tag in read.keys() if tag.group & 1 or tag.group in {0x5000, 0x6002}]  # noqa: SIM118
    assert "overlays were removed" in result.flags


def test_what_it_says_about_itself() -> None:
    _, read = treat(made.plan(), Options("shift", True, True))
    assert read.PatientIdentityRemoved == "YES"
    codes = [(one.CodeValue, one.CodingSchemeDesignator) for one in read.DeidentificationMethodCodeSequence]
    assert codes == [(code, "DCM") for code in ("113100", "113105", "113107", "113108", "113109")]
    assert read.LongitudinalTemporalInformationModified == "MODIFIED"
    _, read = treat(made.dose(np.ones((1, 2, 2), np.uint16)))
    assert [one.CodeValue for one in read.DeidentificationMethodCodeSequence] == ["113100"]
    assert read.LongitudinalTemporalInformationModified == "REMOVED"
    assert read.PatientName == read.PatientID != "P1"


def test_references_keep_pointing(tmp_path: Path) -> None:
    ct = made.slices(np.zeros((3, 4, 5), np.int16))
    drawn = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    drawn.ROIContourSequence[0].ContourSequence[0].ContourImageSequence = [
        made.item(ReferencedSOPClassUID=made.CT, ReferencedSOPInstanceUID=ct[1].SOPInstanceUID)
    ]
    plan = made.plan()
    plan.SOPInstanceUID = made.PLAN
    plan.file_meta.MediaStorageSOPInstanceUID = made.PLAN
    plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = drawn.SOPInstanceUID
    dose = made.dose(np.ones((3, 4, 5), np.uint16))
    paths = {}
    for name, one in {"0": ct[0], "1": ct[1], "2": ct[2], "s": drawn, "p": plan, "d": dose}.items():
        result, _ = treat(one)
        paths[name] = tmp_path / name
        paths[name].write_bytes(result.data)
    volume = read_series([paths[name] for name in "012"])
    structures, read, grid = read_structure_set(paths["s"]), read_plan(paths["p"]), read_dose(paths["d"])
    assert volume.grid.frame_of_reference == structures.frame_of_reference == grid.grid.frame_of_reference
    assert structures.frame_of_reference != made.FRAME
    assert structures.image_series_uid == str(pydicom.dcmread(paths["0"]).SeriesInstanceUID) != made.SERIES
    assert structures.structures[0].contours[0].image_uid == str(pydicom.dcmread(paths["1"]).SOPInstanceUID)
    assert read.structure_set_uid == structures.uid
    assert grid.plan_uid == read.uid != made.PLAN
    assert str(pydicom.dcmread(paths["0"]).SOPClassUID) == made.CT


def test_pixels_dose_and_contours_stay_bit_for_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(-1000, 2000, (1, 7, 9)).astype(np.int16)
    one = made.slices(values)[0]
    _, read = treat(one)
    assert read.PixelData == one.PixelData
    dose = made.dose(np.arange(24, dtype=np.uint16).reshape(2, 3, 4))
    _, read = treat(dose)
    assert (read.PixelData, read.DoseGridScaling) == (dose.PixelData, dose.DoseGridScaling)
    drawn = made.structures({"A": [("CLOSED_PLANAR", SQUARE)]})
    _, read = treat(drawn)
    contour = read.ROIContourSequence[0].ContourSequence[0]
    assert contour.ContourData == drawn.ROIContourSequence[0].ContourSequence[0].ContourData


@settings(deadline=None)
@given(patient=st.integers(0, 10**6), first=st.integers(0, 40_000), later=st.integers(0, 40_000))
def test_time_between_dates_of_one_patient_stays(patient: int, first: int, later: int) -> None:
    days = [date(1930, 1, 1) + timedelta(days=count) for count in (first, later)]
    moved = [KEY.moved(str(patient), day) for day in days]
    assert moved[1] - moved[0] == days[1] - days[0]
    assert 366 <= (days[0] - moved[0]).days <= 3652


def test_dates_removed_shifted_kept() -> None:
    file = made.plan()
    file.StudyDate, file.StudyTime, file.PatientBirthDate = "20240229", "101112", "19500101"
    file.AcquisitionDateTime = "20240301101112.5+0100"
    file.PatientAge, file.PatientSex = "074Y", "F"
    _, read = treat(file)
    assert (read.StudyDate, read.PatientBirthDate, read.PatientSex) == ("", "", "")
    assert "PatientAge" not in read
    _, read = treat(file, Options("shift", patient_characteristics=True))
    moved = KEY.moved("P1", date(2024, 2, 29))
    assert read.StudyDate == moved.strftime("%Y%m%d")
    assert read.StudyTime == "101112"
    assert read.AcquisitionDateTime == KEY.moved("P1", date(2024, 3, 1)).strftime("%Y%m%d") + "101112.5+0100"
    assert (read.PatientBirthDate, read.PatientSex, read.PatientAge) == ("", "F", "074Y")
    _, read = treat(file, Options("keep"))
    assert (read.StudyDate, read.AcquisitionDateTime) == ("20240229", "20240301101112.5+0100")
    file["StudyDate"]._value = "2024022X"
    result, read = treat(file, Options("shift"))
    assert read.StudyDate == "19000101"
    assert any("Study Date" in flag for flag in result.flags)


def test_another_key_makes_other_identities_and_one_key_the_same() -> None:
    first, _ = treat(made.plan())
    again, _ = treat(made.plan())
    other, _ = treat(made.plan(), key=Key(bytes(32)))
    assert (first.patient, first.study) == (again.patient, again.study)
    assert first.patient != other.patient
    assert first.study != other.study
    assert "secret" not in repr(KEY)


def test_names_of_structures_are_kept_listed_and_searched() -> None:
    names = ["Lung_L", "PTV Patient-Möller", "GTV 12.03.1961", "MRN 4711-08", "Heart"]
    file = made.structures({name: [("CLOSED_PLANAR", SQUARE)] for name in names})
    file.SpecificCharacterSet = "ISO_IR 192"
    file.PatientName, file.PatientID = "Moeller^Anna", "471108"
    result, read = treat(file)
    kept = [one.ROIName for one in read.StructureSetROISequence]
    assert kept == ["Lung_L", "ROI 2", "ROI 3", "ROI 4", "Heart"]
    assert result.names_kept == ("TEST", "Lung_L", "Heart")
    assert any("ROI Name" in flag for flag in result.flags)
    _, read = treat(file, Options(structure_names="number"))
    assert [one.ROIName for one in read.StructureSetROISequence] == [f"ROI {n}" for n in range(1, 6)]
    assert read.StructureSetLabel == "REMOVED"
    assert "113105" not in [one.CodeValue for one in read.DeidentificationMethodCodeSequence]


def test_a_patient_called_by_an_organ_keeps_the_organ() -> None:
    file = made.structures({name: [("CLOSED_PLANAR", SQUARE)] for name in ("Breast", "PTV Heart", "Lung Zyxw")})
    file.PatientName = "Boost Zyxw^Breast"
    assert treat(file)[0].names_kept == ("TEST", "Breast", "PTV Heart")


def test_structured_content_keeps_numbers_and_codes() -> None:
    path = Path(str(get_testdata_file("reportsi.dcm", download=False)))
    before = pydicom.dcmread(path)
    result = deidentified(path.read_bytes(), KEY, Options())
    read = pydicom.dcmread(io.BytesIO(result.data))
    assert "113104" in [one.CodeValue for one in read.DeidentificationMethodCodeSequence]

    def values(dataset: Dataset, kind: str) -> list[Any]:
        found = []
        for item in dataset.get("ContentSequence", []):
            if kind in item:
                found.append(item[kind].value)
            found += values(item, kind)
        return found

    assert values(before, "TextValue")
    assert set(values(read, "TextValue")) == {"REMOVED"}
    assert {str(one) for one in values(read, "PersonName")} <= {"Removed"}
    assert [one[0].CodeValue for one in values(read, "ConceptNameCodeSequence")] == [
        one[0].CodeValue for one in values(before, "ConceptNameCodeSequence")
    ]


def test_words_drawn_in_unused_bits_of_pixels_go() -> None:
    values = np.arange(12, dtype=np.uint16).reshape(3, 4)
    one = made.slices(np.zeros((1, 3, 4), np.int16))[0]
    made.picture(one, values | 0xA000)
    one.BitsStored, one.HighBit = 12, 11
    one.add_new(0x60000102, "US", 15)
    _, read = treat(one)
    np.testing.assert_array_equal(np.frombuffer(read.PixelData, np.uint16).reshape(3, 4), values)


@pytest.mark.parametrize(
    ("change", "burned", "face"),
    [
        ({}, "low", "possible"),
        ({"BodyPartExamined": "CHEST"}, "low", "low"),
        ({"BodyPartExamined": "HEAD"}, "low", "high"),
        ({"BodyPartExamined": "CHEST", "SeriesDescription": "T1_mprage_brain"}, "low", "high"),
        ({"BodyPartExamined": "CHEST", "BurnedInAnnotation": "YES"}, "high", "low"),
        ({"BodyPartExamined": "CHEST", "RecognizableVisualFeatures": "YES"}, "low", "high"),
        ({"BodyPartExamined": "CHEST", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "high", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT"}, "high", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1", "Modality": "US"}, "high", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1", "Modality": "CR"}, "possible", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.1", "Modality": "RTIMAGE"}, "possible", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.2", "Modality": "RTDOSE"}, "low", "low"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1", "Modality": "CR", "BurnedInAnnotation": "NO"}, "low", "low"),
    ],
)
def test_risk_of_pixels(change: dict[str, Any], burned: str, face: str) -> None:
    one = made.slices(np.zeros((1, 3, 4), np.int16))[0]
    for keyword, value in change.items():
        setattr(one, keyword, value)
    result, _ = treat(one)
    assert (result.risk.burned_in, result.risk.face) == (burned, face)
    assert bool(result.risk.reasons) == ((burned, face) != ("low", "low"))


def test_a_document_is_refused() -> None:
    file = made.base("1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    file.EncapsulatedDocument = b"%PDF"
    with pytest.raises(BadInput, match="document"):
        treat(file)


def test_what_the_table_forgets_goes_too() -> None:
    """Words about persons and machines that no edition of table E.1-1 lists, and remarks of every kind."""
    file = made.plan()
    forgotten = {
        "PatientBirthDateInAlternativeCalendar": "8 Nisan 5712",
        "DoseComment": "for Mrs Planted",
        "SegmentDescription": "seen by Planted",
        "OwnerID": "planted",
        "BoardingPassID": "PLANTED1",
        "RadiationMachineName": "PLANTED TB3",
        "DeviceID": "PLANTED 7",
    }
    for keyword, value in forgotten.items():
        setattr(file, keyword, value)
    _, read = treat(file)
    assert [keyword for keyword, value in forgotten.items() if read.get(keyword) == value] == []
    _, read = treat(file, Options(device_identity=True))
    kept = [keyword for keyword, value in forgotten.items() if read.get(keyword) == value]
    assert kept == ["RadiationMachineName", "DeviceID"]


def test_uptake_of_a_pet_is_the_same_or_not_there(tmp_path: Path) -> None:
    """Dates that are gone must not make another number: uptake needs the time from injection to picture."""
    slices = made.slices(np.full((2, 3, 4), 100, np.int16))
    for one in slices:
        one.SOPClassUID = one.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.128"
        one.Modality, one.Units, one.RescaleSlope, one.RescaleIntercept = "PT", "BQML", 2.5, 0
        del one.RescaleType
        one.CorrectedImage, one.DecayCorrection, one.PatientWeight = ["ATTN", "DECY"], "START", 70
        one.SeriesDate, one.SeriesTime = "20200101", "100000"
        one.AcquisitionDate, one.AcquisitionTime = "20200101", "100001.00"
        one.RadiopharmaceuticalInformationSequence = [
            made.item(RadionuclideTotalDose=370e6, RadionuclideHalfLife=6586.2, RadiopharmaceuticalStartTime="090000")
        ]

    def read(name: str, options: Options | None) -> Any:
        (tmp_path / name).mkdir()
        for n, one in enumerate(slices):
            (tmp_path / name / f"{n}").write_bytes(raw(one) if options is None else treat(one, options)[0].data)
        return read_series(tmp_path / name)

    before = read("before", None)
    assert before.unit == "g/mL"
    shifted = read("shifted", Options("shift", patient_characteristics=True))
    assert shifted.unit == "g/mL"
    np.testing.assert_array_equal(shifted.values, before.values)
    for name, options in {"removed": Options(patient_characteristics=True), "no-weight": Options("shift")}.items():
        without = read(name, options)
        assert without.unit == "Bq/mL"
        assert any("SUV cannot be computed" in note for note in without.notes)
