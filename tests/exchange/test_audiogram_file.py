from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from fyr.errors import BadInput
from fyr.exchange.audiogram_file import read_audiogram
from fyr.record.audiogram import LOINC_CODES, Audiogram, Threshold

EXPECTED = Audiogram(
    (
        Threshold("right", 4000, 55.0),
        Threshold("right", 8000, 110.0, response=False),
        Threshold("left", 4000, 12.5),
    ),
    date(2026, 3, 1),
    "P7",
)
LONG = """ear,frequency_hz,level_db,response,date,patient
right,4000,55,yes,2026-03-01,P7
AD,8000,110,no,2026-03-01,P7
left,4000,12.5,,2026-03-01,P7
left,8000,,,2026-03-01,P7
"""
WIDE = "ear;4000;8000;date;patient\nR;55;110NR;2026-03-01;P7\nL;12,5;;2026-03-01;P7\n"
BY_EAR = {"date": "2026-03-01", "patient": "P7", "right": {"4000": 55, "8000": ">110"}, "left": {"4000": 12.5}}
LISTED = {
    "date": "2026-03-01",
    "patient": "P7",
    "thresholds": [
        {"ear": "right", "frequency_hz": 4000, "level_db": 55},
        {"ear": "right", "frequency_hz": 8000, "level_db": 110, "response": False},
        {"ear": "left", "frequency_hz": 4000, "level_db": 12.5},
        {"ear": "left", "frequency_hz": 8000, "level_db": None},
    ],
}


def observation(ear: str, hz: int, level: float, comparator: str | None = None) -> dict[str, object]:
    quantity = {"value": level, "unit": "dB", "system": "http://unitsofmeasure.org", "code": "dB"}
    return {
        "resource": {
            "resourceType": "Observation",
            "status": "final",
            "subject": {"reference": "P7"},
            "effectiveDateTime": "2026-03-01T10:45:00+01:00",
            "code": {"coding": [{"system": "http://loinc.org", "code": LOINC_CODES[ear, hz]}]},  # type: ignore[index]
            "valueQuantity": {**quantity, **({"comparator": comparator} if comparator else {})},
        }
    }


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [observation("right", 4000, 55), observation("right", 8000, 110, ">"), observation("left", 4000, 12.5)],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long.csv", LONG),
        ("wide.csv", WIDE),
        ("hz.csv", WIDE.replace(";4000;8000;", ";4000 Hz;8000_hz;")),
        ("bom.csv", "\ufeff" + LONG),
        ("ears.json", json.dumps(BY_EAR)),
        ("list.json", json.dumps(LISTED)),
        ("fhir.json", json.dumps(BUNDLE)),
    ],
)
def test_one_audiogram_in_every_form(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_audiogram(path) == EXPECTED


def test_codes_are_those_of_the_pacio_guide() -> None:
    assert (LOINC_CODES["left", 500], LOINC_CODES["right", 1000]) == ("89024-4", "89017-8")
    assert (LOINC_CODES["left", 4000], LOINC_CODES["right", 8000]) == ("89022-8", "89029-3")
    assert len(set(LOINC_CODES.values())) == len(LOINC_CODES)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column 'ear'"),
        ("ear,frequency_hz,level_db\n", "no column 'ear'"),
        ("ear,frequency_hz,level_db\nright,4,55\n", "4 Hz is no frequency"),
        ("ear,frequency_hz,level_db\nright,4000,550\n", "550 dB HL at 4000 Hz cannot be"),
        ("ear,frequency_hz,level_db\nright,4000,NR\n", "'NR' is no level"),
        ("ear,frequency_hz,level_db\nboth,4000,20\n", "'both' is no ear"),
        ("ear,frequency_hz,level_db\nright,4000,20\nR,4000,25\n", "is given twice"),
        ("ear,frequency_hz,level_db,date\nright,4000,20,2026-01-01\nright,8000,20,2026-02-01\n", "2 days"),
        ("ear,frequency_hz,level_db,response\nright,4000,20,perhaps\n", "neither yes nor no"),
        ("ear,frequency_hz,level_db,conduction\nright,4000,20,water\n", "'water' is no conduction"),
        ("ear,frequency_hz,level_db,date\nright,4000,20,1.3.26\n", "no date"),
        ("ear,frequency_hz,level_db\nright,4000,\n", "no threshold"),
        ("ear,remark\nright,deaf\n", "no column 'level_db'"),
        ("ear,4kHz\nright,55\n", "column '4khz' is no frequency"),
        ("ear,4000,response\nright,55,no\n", "a response for a whole row"),
        ("{", "no JSON"),
        ('{"resourceType": "Bundle", "entry": [1]}', "not of FHIR's form"),
        ('{"resourceType": "Bundle", "entry": []}', "no threshold"),
        ("[1, 2]", "no list of thresholds"),
        ('{"right": [1]}', "not levels by frequency"),
        ('{"resourceType": "Patient"}', "FHIR Patient"),
    ],
)
def test_what_is_no_audiogram_is_refused_with_its_place(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=what) as refused:
        read_audiogram(path)
    assert str(path) in refused.value.where


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_audiogram(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not text"):
        read_audiogram(tmp_path / "bytes.csv")
