"""The one door for DICOM objects, and what the index says of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless
from sqlalchemy import text
from tests.exchange.dicom import made

from fyr.exchange.dicom.indexing import index_record, to_index
from fyr.exchange.dicom.keeping import Given, Kept, Outcome, keep_objects
from fyr.record import PatientId, Record
from fyr.record.dicom_query import Form, Match

VALUES = np.random.default_rng(5).integers(-1000, 3000, (3, 40, 36)).astype(np.int16)
P1 = PatientId("H", "P1")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "home") as opened:
        yield opened


def _bytes(one: FileDataset) -> bytes:
    out = BytesIO()
    one.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _keep(record: Record, *data: bytes, hospital: str = "H") -> list[Kept]:
    return keep_objects(record, [Given(one, f"no {n}") for n, one in enumerate(data)], hospital, source="test")


def _study(count: int = 3) -> list[FileDataset]:
    found = made.slices(VALUES[:count])
    for one in found:
        one.StudyDate, one.StudyTime, one.AccessionNumber = "20240229", "101500.5", "A17"
        one.PatientName, one.PatientBirthDate, one.PatientSex = "ÅKESSON^Søren", "19440611", "M"
        one.SpecificCharacterSet = "ISO_IR 192"
        one.StudyDescription, one.SeriesNumber, one.SeriesDescription = "Thorax", 4, "ax"
    return found


def test_the_index_says_what_the_objects_say(record: Record) -> None:
    kept = _keep(record, *map(_bytes, _study()))
    assert [one.outcome for one in kept] == [Outcome.ADDED] * 3
    (study,) = record.find_studies()
    assert (study.patient, study.uid, study.date, study.time) == (P1, made.STUDY, "20240229", "101500.5")
    assert (study.patient_name, study.modalities, study.series, study.instances) == ("ÅKESSON^Søren", ("CT",), 1, 3)
    (series,) = record.find_series()
    assert (series.uid, series.modality, series.number, series.instances) == (made.SERIES, "CT", 4, 3)
    assert series.frame_of_reference == made.FRAME
    found = record.find_instances(patient=P1)
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.attributes["00280010"] for one in found] == [{"vr": "US", "Value": [40]}] * 3
    assert found[1].attributes["00200032"]["Value"] == [-10.0, 5.0, 103.0]
    assert study.attributes["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "ÅKESSON^Søren"}]}


def test_the_bytes_come_back_as_they_were_given(record: Record) -> None:
    given = [_bytes(one) for one in _study()]
    _keep(record, *given)
    assert list(record.read_instances(record.find_instances())) == given


def test_the_same_object_again_is_known(record: Record) -> None:
    data = _bytes(_study()[0])
    assert [one.outcome for one in _keep(record, data, data)] == [Outcome.ADDED, Outcome.KNOWN]
    assert _keep(record, data)[0].outcome is Outcome.KNOWN
    assert len(record.find_instances()) == 1


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_what_only_a_sender_wrote_around_an_object_makes_no_other_one(record: Record, syntax: str) -> None:
    first = _study()[0]
    data = _bytes(first)
    header = _study()[0]
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = first.SOPInstanceUID
    header.file_meta.SourceApplicationEntityTitle = "PACS"
    implicit = _study()[0]
    implicit.SOPInstanceUID = implicit.file_meta.MediaStorageSOPInstanceUID = first.SOPInstanceUID
    implicit.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    compressed = _study()[0]
    compressed.SOPInstanceUID = first.SOPInstanceUID
    compressed.compress(syntax, generate_instance_uid=False)
    others = [_bytes(one) for one in (header, implicit, compressed)]
    assert len({data, *others}) == 4
    _keep(record, data)
    assert [one.outcome for one in _keep(record, *others)] == [Outcome.KNOWN] * 3
    assert list(record.read_instances(record.find_instances())) == [data]


def test_another_object_under_the_same_uid_is_refused_with_the_reason(record: Record) -> None:
    first = _study()[0]
    data = _bytes(first)
    first.add_new(0x7FE00010, "OW", bytes(first[0x7FE00010].value[:-2]) + b"\x01\x02")
    altered = _bytes(first)
    kept = _keep(record, data, altered)
    assert [one.outcome for one in kept] == [Outcome.ADDED, Outcome.OTHER_CONTENT]
    assert kept[1].problem is not None
    assert first.SOPInstanceUID in str(kept[1].problem)
    assert "no 1" in str(kept[1].problem)
    assert _keep(record, altered)[0].outcome is Outcome.OTHER_CONTENT
    assert list(record.read_instances(record.find_instances())) == [data]
    assert len(record.objects()) == 1
    assert len([one for one in (record.storage.files / "objects").rglob("*") if one.is_file()]) == 1


def test_an_import_that_lost_a_race_leaves_no_file_behind(record: Record) -> None:
    first = _study()[0]
    data = _bytes(first)
    _keep(record, data)
    (instance,) = record.find_instances()
    from dataclasses import replace
    from hashlib import sha256

    other = replace(instance, sha256=sha256(b"other").hexdigest(), size=5)
    with record.importing(source="race") as batch:
        batch.put_instances([b"other"], [other])
    assert [(one.instance, one.held_sha256) for one in batch.refused_instances] == [(other, instance.sha256)]
    assert (batch.added.objects, batch.added.instances) == (0, 0)
    assert len([one for one in (record.storage.files / "objects").rglob("*") if one.is_file()]) == 1


def test_two_hospitals_patients_of_one_number_stay_two(record: Record) -> None:
    data = _bytes(_study()[0])
    _keep(record, data)
    assert _keep(record, data, hospital="other")[0].outcome is Outcome.ADDED
    assert sorted(str(one.patient) for one in record.find_studies()) == ["H/P1", "other/P1"]
    assert [one.patient for one in record.find_instances(patient=P1)] == [P1]
    assert len(record.objects()) == 2
    assert len({one.sha256 for one in record.objects()}) == 1


def test_damage_is_refused_and_the_rest_is_kept(record: Record) -> None:
    good, bad = (_bytes(one) for one in _study(2))
    nobody = _study()[2]
    nobody.PatientID = ""
    kept = _keep(record, good, bad[:-7], _bytes(nobody), b"no dicom")
    assert [one.outcome for one in kept] == [Outcome.ADDED, *[Outcome.UNUSABLE] * 3]
    assert [str(one.problem)[:4] for one in kept[1:]] == ["no 1", "no 2", "no 3"]
    assert len(record.find_instances()) == 1


def test_a_reason_names_no_patient(record: Record) -> None:
    one = _study(1)[0]
    one.PatientID = "4711\t"
    (kept,) = _keep(record, _bytes(one))
    assert kept.outcome is Outcome.UNUSABLE
    assert "Patient ID" in str(kept.problem)
    assert "4711" not in str(kept.problem)


def test_odd_values_keep_no_object_out_and_break_nothing(record: Record) -> None:
    odd, long = _study(2)
    odd.StudyDescription, odd.InstanceNumber = "a\0b", 1
    data = _bytes(odd).replace(b"IS\x02\x001 ", b"IS\x0c\x00" + b"9" * 12)
    long.SeriesInstanceUID = "1." + "2" * 60
    longer = _bytes(long).replace(b"1." + b"2" * 60, b"1." + b"2" * 60 + b"3" * 8).replace(b"UI\x3e\0", b"UI\x46\0")
    kept = _keep(record, data, longer)
    assert [one.outcome for one in kept] == [Outcome.ADDED, Outcome.UNUSABLE]
    assert "more than 64 signs" in str(kept[1].problem)
    (instance,) = record.find_instances()
    assert (instance.study.description, instance.number) == ("ab", None)


def test_what_was_kept_before_there_was_an_index_is_indexed_once(record: Record) -> None:
    first, second, third = _study()
    data = [_bytes(one) for one in (first, second, third)]
    second.InstanceNumber = 99
    altered = _bytes(second)
    with record.importing(source="earlier") as batch:
        batch.add_patient(P1)
        batch.put_objects(
            [*data, altered, b"damaged"],
            media_type="application/dicom",
            studies=[made.STUDY] * 5,
            patients=[P1] * 5,
        )
    assert len(to_index(record)) == 5
    assert index_record(record) == 3
    assert to_index(record) == []
    assert index_record(record) == 0
    assert len(record.find_instances(patient=P1)) == 3
    with record.storage.reading() as connection:
        reasons = sorted(str(reason) for (reason,) in connection.execute(text("SELECT reason FROM dicom_not_indexed")))
    assert len(reasons) == 2
    assert f"UID {second.SOPInstanceUID}" in reasons[1] or f"UID {second.SOPInstanceUID}" in reasons[0]


@pytest.mark.parametrize(
    ("keyword", "form", "values", "found"),
    [
        ("PatientName", Form.LIKE, ("åkes*",), True),
        ("PatientName", Form.ANY_OF, ("ÅKESSON^SØREN",), True),
        ("PatientName", Form.LIKE, ("kes*",), False),
        ("PatientID", Form.ANY_OF, ("P2", "P1"), True),
        ("PatientID", Form.LIKE, ("p?",), False),
        ("PatientID", Form.LIKE, ("P?",), True),
        ("StudyDate", Form.BETWEEN, ("20240229", ""), True),
        ("StudyDate", Form.BETWEEN, ("", "20240228"), False),
        ("StudyTime", Form.BETWEEN, ("10", "1015"), True),
        ("ModalitiesInStudy", Form.ANY_OF, ("CT",), True),
        ("ModalitiesInStudy", Form.ANY_OF, ("MR",), False),
        ("StudyDescription", Form.LIKE, ("*r[a]x",), False),
        ("StudyDescription", Form.LIKE, ("*ax",), True),
        ("AccessionNumber", Form.LIKE, ("%17",), False),
    ],
)
def test_conditions_are_met_as_dicom_says(
    record: Record, keyword: str, form: Form, values: tuple[str, ...], *, found: bool
) -> None:
    _keep(record, *map(_bytes, _study()))
    match = Match(keyword, form, values)
    assert bool(record.find_studies([match])) is found
    assert len(record.find_instances([match])) == (3 if found else 0)


def test_pages_of_a_search_make_up_the_whole(record: Record) -> None:
    _keep(record, *map(_bytes, _study()))
    pages = [record.find_instances(limit=2, offset=offset) for offset in (0, 2)]
    assert [*pages[0], *pages[1]] == record.find_instances()
    assert [len(page) for page in pages] == [2, 1]
