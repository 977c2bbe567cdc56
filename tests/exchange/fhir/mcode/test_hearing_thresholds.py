"""Hearing thresholds in FHIR: read as they are written elsewhere, written so that they are read back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.bundle_reading import Patients, read_resources, resources_of
from fyr.exchange.fhir.mcode.bundle_writing import written_bundle
from fyr.record import Observation, PatientId
from fyr.record.audiogram import Audiogram, Threshold
from fyr.record.hearing import audiograms_of, observations_of

WHO = PatientId("demo", "1")


def observation(code: str, quantity: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The form of the PACIO guide's example: LOINC, and UCUM's dB."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2020-11-06T10:45:00-05:00",
        "valueQuantity": quantity,
        **more,
    }


def db(value: float, **more: str) -> dict[str, Any]:
    return {"value": value, "unit": "dB", "system": "http://unitsofmeasure.org", "code": "dB", **more}


def read(*resources: dict[str, Any]) -> tuple[list[Observation], list[BadInput]]:
    refused: list[BadInput] = []
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}
    found = read_resources(resources_of(bundle, "test", refused), Patients("demo"), "test")
    observed = [one for of in found.patients.values() for one in of.observations]
    return observed, [*refused, *found.refused]


def test_thresholds_become_an_audiogram_and_more_than_the_loudest_is_no_response() -> None:
    observed, refused = read(observation("89024-4", db(45)), observation("89023-6", db(110, comparator=">")))
    assert refused == []
    (one,), _ = audiograms_of(observed)
    assert one.threshold("left", 500) == Threshold("left", 500, 45.0)
    assert one.threshold("right", 4000) == Threshold("right", 4000, 110.0, response=False)
    assert one.measured_on == date(2020, 11, 6)
    assert {item.unit for item in observed} == {"dB{HL}"}


def test_a_panel_with_components_is_read_and_what_was_not_measured_stays_out() -> None:
    part = {"code": {"coding": [{"system": "http://loinc.org", "code": "89016-0"}]}, "valueQuantity": db(20)}
    missing = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "89017-8"}]},
        "dataAbsentReason": {"coding": [{"code": "not-performed"}]},
    }
    panel = observation("89015-2", {}, component=[part, missing])
    del panel["valueQuantity"]
    (one,), _ = audiograms_of(read(panel)[0])
    assert one.thresholds == (Threshold("left", 1000, 20.0),)


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        (db(45, code="dB[SPL]"), "not dB above normal hearing"),
        (db(45, comparator=">="), "'>=' a threshold"),
        (db(45, comparator="<"), "'<' a threshold"),
        (db(400), "400 dB HL"),
        ({"value": "45", "unit": "dB"}, "is not a number"),
    ],
)
def test_what_is_no_threshold_is_refused_with_its_reason(quantity: dict[str, Any], said: str) -> None:
    observed, (refused,) = read(observation("89024-4", quantity))
    assert observed == []
    assert said in refused.what


def test_what_is_written_is_read_back_unaltered() -> None:
    audiogram = Audiogram(
        (
            Threshold("right", 4000, 55.0),
            Threshold("right", 8000, 90.0, response=False),
            Threshold("left", 12500, 70.0),
            Threshold("left", 2000, 30.0, conduction="bone", masked=True),
            Threshold("left", 4000, 65.0, response=False, conduction="bone", masked=True),
        ),
        date(2026, 3, 1),
    )
    observed = observations_of(audiogram, WHO, "after.csv")
    bundle, left = written_bundle(WHO, {}, observed)
    assert left == []
    again, refused = read(*(entry["resource"] for entry in bundle["entry"]))
    assert refused == []
    assert sorted(again, key=lambda one: one.code) == sorted(observed, key=lambda one: one.code)
