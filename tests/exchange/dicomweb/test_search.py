"""The parameters of QIDO-RS as conditions (PS3.18 section 8.3.4)."""

from __future__ import annotations

import pytest

from fyr.errors import BadInput
from fyr.exchange.dicomweb.search import MOST, read_search
from fyr.record.dicom_query import Form, Level, Match


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("PatientID", "17", Match("PatientID", Form.ANY_OF, ("17",))),
        ("00100020", "17", Match("PatientID", Form.ANY_OF, ("17",))),
        ("PatientName", "Å*", Match("PatientName", Form.LIKE, ("Å*",))),
        ("StudyDate", "20240101-20240131", Match("StudyDate", Form.BETWEEN, ("20240101", "20240131"))),
        ("StudyDate", "-20240131", Match("StudyDate", Form.BETWEEN, ("", "20240131"))),
        ("StudyDate", "20240131", Match("StudyDate", Form.BETWEEN, ("20240131", "20240131"))),
        ("StudyInstanceUID", "1.2,1.3", Match("StudyInstanceUID", Form.ANY_OF, ("1.2", "1.3"))),
        ("StudyInstanceUID", "1.2\\1.3", Match("StudyInstanceUID", Form.ANY_OF, ("1.2", "1.3"))),
        ("ModalitiesInStudy", "CT,MR", Match("ModalitiesInStudy", Form.ANY_OF, ("CT", "MR"))),
        ("StudyDescription", "a,b", Match("StudyDescription", Form.ANY_OF, ("a,b",))),
    ],
)
def test_conditions(name: str, value: str, match: Match) -> None:
    assert read_search(Level.STUDY, [(name, value)]).matches == (match,)


@pytest.mark.parametrize("value", ["", "*"])
def test_universal_matching_is_no_condition(value: str) -> None:
    assert read_search(Level.STUDY, [("PatientID", value)]).matches == ()


def test_pages_and_fields() -> None:
    asked = read_search(
        Level.SERIES,
        [("limit", "10"), ("offset", "20"), ("includefield", "all"), ("includefield", "00081030,SeriesNumber")],
    )
    assert (asked.limit, asked.offset, asked.include_all) == (10, 20, True)
    assert asked.include == (0x00081030, 0x00200011)
    assert read_search(Level.STUDY, [("limit", "9999999")]).limit == MOST


def test_what_is_not_done_is_said() -> None:
    (warning,) = read_search(Level.STUDY, [("fuzzymatching", "true")]).warnings
    assert "fuzzymatching" in warning


@pytest.mark.parametrize(
    ("level", "name", "value"),
    [
        (Level.STUDY, "NoSuchAttribute", "1"),
        (Level.STUDY, "Modality", "CT"),
        (Level.INSTANCE, "Rows", "512"),
        (Level.STUDY, "StudyDate", "yesterday"),
        (Level.STUDY, "StudyDate", "-"),
        (Level.STUDY, "PatientName", "*a*a*a*a*a*a*a"),
        (Level.STUDY, "PatientID", "1" * 5000),
        (Level.STUDY, "limit", "-1"),
        (Level.STUDY, "offset", "many"),
    ],
)
def test_what_cannot_be_is_refused_by_name(level: Level, name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_search(level, [(name, value)])
    assert "the query" in refused.value.where
