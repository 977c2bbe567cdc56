"""The demonstration's open samples: in the record under a patient who is said to be real, where they were fetched."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.exchange.dicom import made
from tests.serve.house import House

from fyr.exchange.samples import Sample, SampleCache
from fyr.record import PatientId
from fyr.record.record import Record
from fyr.serve.demonstration_plans import keep_open_samples, open_patients

SQUARE = (0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)


class Fetched(SampleCache):
    """A cache in which a small study stands for each sample."""

    def __init__(self, root: Path, *names: str) -> None:
        super().__init__(root)
        self.names = names

    def has(self, sample: Sample) -> bool:
        return sample.name in self.names

    def table(self, sample: Sample) -> Path:
        return self.root / sample.name


@pytest.fixture
def cache(tmp_path: Path) -> Fetched:
    values = np.zeros((3, 3, 4), np.int16)
    folder = made.write_all(made.slices(values), tmp_path / "cache" / "breast-plan")
    dose = made.dose(np.ones((2, 3, 4), np.uint16))
    drawn = made.structures({"Heart": [("CLOSED_PLANAR", SQUARE)]})
    dose.SeriesInstanceUID, drawn.SeriesInstanceUID = "1.2.1", "1.2.2"
    made.write(dose, folder / "rtdose.dcm")
    made.write(drawn, folder / "rtss.dcm")
    (folder / "SOURCE.md").write_text("# a plan\n")
    return Fetched(tmp_path / "cache", "breast-plan")


def test_the_plan_is_in_the_record_under_a_patient_who_is_said_to_be_real(cache: Fetched, tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        record.add_patient(PatientId("demo", "1"), attributes={"simulated": True})
        (who,) = keep_open_samples(record, "demo", cache)
        assert who == PatientId("demo", "P1")
        attributes = record.attributes(who)
        assert attributes["simulated"] is False
        assert attributes["open_sample"] == "breast-plan"
        assert "open sample of a real patient" in attributes["pseudonym"]
        assert len(record.objects(patient=who)) == 5
        assert open_patients(record) == {who}


def test_opened_again_nothing_is_added(cache: Fetched, tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        first = keep_open_samples(record, "demo", cache)
        objects = record.objects(patient=first[0])
        assert keep_open_samples(record, "demo", cache) == first
        assert record.objects(patient=first[0]) == objects


def test_without_samples_there_is_none(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        assert keep_open_samples(record, "demo", SampleCache(tmp_path / "cache")) == []
        assert open_patients(record) == frozenset()


def test_a_sample_that_cannot_be_kept_is_left_out_and_the_rest_goes_on(
    cache: Fetched, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (cache.root / "lung-ct").mkdir()
    (cache.root / "lung-ct" / "ct.dcm").write_bytes(b"\0" * 128 + b"DICM torn")
    cache.names = ("lung-ct", "breast-plan")
    with Record.open(tmp_path / "home") as record, caplog.at_level(logging.WARNING, "fyr.serve"):
        assert keep_open_samples(record, "demo", cache) == [PatientId("demo", "P1")]
    assert "the sample 'lung-ct' is not shown" in caplog.text


def test_the_page_is_told_who_is_real_once_somebody_signed_in(house: House, cache: Fetched) -> None:
    (who,) = keep_open_samples(house.record, "demo", cache)
    house.installation = replace(house.installation, open_patients=open_patients(house.record))
    browser = house.browser()
    assert browser.visit().json()["open_patients"] == []
    assert browser.sign_in("physician").json()["open_patients"] == ["demo/P1"]
    rows = {row["id"]: row["pseudonym"] for row in browser.get("/api/patients").json()["patients"]}
    assert rows[str(who)] == "Breast plan (open sample of a real patient)"
    assert rows["demo/1"] == "Alder"
    page = browser.get(f"/api/patients/{who}").json()
    assert page["patient"]["reason"] == "Boost to the breast, 14 Gy in 7 fractions"
