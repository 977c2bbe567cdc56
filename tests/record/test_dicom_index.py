"""The index of DICOM objects, on both databases."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from fyr.errors import BadInput
from fyr.record import PatientId, Record
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy
from fyr.record.dicom_query import Form, Match

ANNA = PatientId("demo", "1")


def _instances(study: DicomStudy, count: int) -> list[DicomInstance]:
    series = DicomSeries(study, f"{study.uid}.1", "CT", number=2)
    return [
        DicomInstance(
            series=series,
            uid=f"{series.uid}.{n}",
            sha256=sha256(f"{series.uid}.{n}".encode()).hexdigest(),
            sop_class="1.2.840.10008.5.1.4.1.1.2",
            transfer_syntax="1.2.840.10008.1.2.1",
            number=n,
            size=len(f"{series.uid}.{n}"),
        )
        for n in range(1, count + 1)
    ]


def _put(record: Record, instances: list[DicomInstance]) -> None:
    with record.importing(source="test") as batch:
        batch.add_patient(ANNA)
        batch.put_instances([one.uid.encode() for one in instances], instances)


def test_it_says_whether_there_is_any_image(record: Record) -> None:
    assert not record.has_instances()
    _put(record, _instances(DicomStudy(ANNA, "1.1"), 1))
    assert record.has_instances()


def test_studies_come_newest_first_with_what_they_hold(record: Record) -> None:
    old = DicomStudy(ANNA, "1.1", date="20200101", patient_name="Åse^Ö", referring_physician="X_Y%Z")
    new = DicomStudy(ANNA, "1.2", date="20250101", patient_name="Bo")
    _put(record, _instances(old, 3))
    _put(record, _instances(new, 2))
    assert record.find_studies() == [new, old]
    assert [(one.modalities, one.series, one.instances) for one in record.find_studies()] == [
        (("CT",), 1, 2),
        (("CT",), 1, 3),
    ]
    assert [one.instances for one in record.find_series(patient=ANNA)] == [2, 3]
    assert record.find_instances(limit=2, offset=1) == [_instances(new, 2)[1], _instances(old, 3)[0]]
    assert list(record.read_instances(record.find_instances())) == [
        one.uid.encode() for one in (*_instances(new, 2), *_instances(old, 3))
    ]


@pytest.mark.parametrize(
    ("match", "found"),
    [
        (Match("PatientName", Form.LIKE, ("åse^*",)), ["1.1"]),
        (Match("ReferringPhysicianName", Form.LIKE, ("x?y*",)), ["1.1"]),
        (Match("ReferringPhysicianName", Form.LIKE, ("X_Q*",)), []),
        (Match("StudyDate", Form.BETWEEN, ("20200101", "20241231")), ["1.1"]),
        (Match("ModalitiesInStudy", Form.ANY_OF, ("MR", "CT")), ["1.1"]),
        (Match("PatientID", Form.ANY_OF, ("2",)), []),
        (Match("IssuerOfPatientID", Form.ANY_OF, ("demo",)), ["1.1"]),
    ],
)
def test_conditions(record: Record, match: Match, found: list[str]) -> None:
    study = DicomStudy(ANNA, "1.1", date="20200101", patient_name="Åse^Ö", referring_physician="X_Y%Z")
    _put(record, _instances(study, 1))
    assert [one.uid for one in record.find_studies([match])] == found
    assert [one.study.uid for one in record.find_series([match])] == found
    assert [one.study.uid for one in record.find_instances([match])] == found


@pytest.mark.parametrize(
    "match", [Match("PatientID", Form.ANY_OF, ("8/g 2",)), Match("PatientID", Form.LIKE, ("8/*",))]
)
def test_a_number_with_a_slash_is_found_as_it_is_written(record: Record, match: Match) -> None:
    with record.importing(source="test") as batch:
        who = PatientId.of_number("demo", "8/g 2")
        batch.add_patient(who)
        instances = _instances(DicomStudy(who, "1.1"), 1)
        batch.put_instances([one.uid.encode() for one in instances], instances)
    assert [one.patient.number for one in record.find_studies([match])] == ["8/g 2"]
    assert len(record.find_series(patient=who)) == 1


def test_numbers_and_levels(record: Record) -> None:
    _put(record, _instances(DicomStudy(ANNA, "1.1"), 3))
    assert [one.number for one in record.find_instances([Match("InstanceNumber", Form.ANY_OF, ("3", "1"))])] == [1, 3]
    assert record.find_series([Match("SeriesNumber", Form.ANY_OF, ("no number",))]) == []
    assert record.find_instances([Match("InstanceNumber", Form.ANY_OF, ("9" * 30, "²"))]) == []
    with pytest.raises(BadInput, match="a study is not sought by 'Modality'"):
        record.find_studies([Match("Modality", Form.ANY_OF, ("CT",))])


def test_another_object_under_a_uid_is_left_out_and_said(record: Record) -> None:
    instances = _instances(DicomStudy(ANNA, "1.1"), 2)
    _put(record, instances)
    other = replace(instances[0], sha256=sha256(b"other").hexdigest(), size=5)
    third = replace(instances[0], uid="1.9", sha256=sha256(b"third").hexdigest(), size=5)
    with record.importing(source="test") as batch:
        batch.put_instances([b"other", b"third"], [other, third])
    assert [one.instance for one in batch.refused_instances] == [other]
    assert (batch.added.objects, batch.added.instances) == (1, 1)
    assert {one.sha256 for one in record.objects()} == {one.sha256 for one in (*instances, third)}


def test_reading_is_in_the_trail_once_for_a_study(record: Record) -> None:
    _put(record, _instances(DicomStudy(ANNA, "1.1"), 3))
    list(record.read_instances(record.find_instances()))
    entries = [one for one in record.audit.entries(limit=99, patient=ANNA) if one["action"] == "read images"]
    assert [one["detail"] for one in entries] == [{"study": "1.1", "count": 3}]
