"""The demonstration's dose reports are real and said to be, its audiogram is simulated and said to be."""

from __future__ import annotations

from pathlib import Path

from tests.exchange.dicom.made_reports import ct_event, ct_total, report
from tests.serve.test_demonstration_plans import Fetched

from fyr.record import PatientId
from fyr.record.hearing import audiograms_of
from fyr.record.record import Record
from fyr.serve.demonstration_exposures import (
    DOSE_REPORTS,
    NUMBERING,
    keep_dose_reports,
    keep_simulated_hearing,
)
from fyr.serve.demonstration_plans import open_patients


def test_dose_reports_are_in_the_record_and_said_to_be_real(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / DOSE_REPORTS
    folder.mkdir(parents=True)
    for number, patient in enumerate(("A1", "A1", "B/2")):
        made = report(ct_total(30), ct_event(f"1.2.{number}", 30), PatientID=patient)
        made.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    (folder / "broken.dcm").write_bytes(b"no DICOM")
    with Record.open(tmp_path / "home") as record:
        patients = keep_dose_reports(record, Fetched(tmp_path / "cache", DOSE_REPORTS))
        assert [one.number for one in patients] == ["A1", "B/2"]
        assert set(patients) == open_patients(record)
        assert not record.attributes(patients[0])["simulated"]
        assert "open sample" in record.attributes(patients[0])["pseudonym"]
        again = keep_dose_reports(record, Fetched(tmp_path / "cache", DOSE_REPORTS))
        assert again == patients
        assert len(record.find_instances()) == 3


def test_a_report_is_never_another_persons_who_has_the_same_number(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / DOSE_REPORTS
    folder.mkdir(parents=True)
    made = report(ct_total(30), ct_event("1.2.1", 30), PatientID="123456")
    made.save_as(folder / "one.dcm", enforce_file_format=True)
    with Record.open(tmp_path / "home") as record:
        other = PatientId("demo", "123456")
        record.add_patient(other, attributes={"pseudonym": "Breast plan", "open_sample": "breast-plan"})
        (who,) = keep_dose_reports(record, Fetched(tmp_path / "cache", DOSE_REPORTS))
        assert who == PatientId(NUMBERING, "123456")
        assert record.attributes(other)["pseudonym"] == "Breast plan"
        assert {one.patient for one in record.find_instances()} == {who}


def test_nothing_is_shown_that_was_not_fetched(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        assert keep_dose_reports(record, Fetched(tmp_path / "cache")) == []


def test_the_audiograms_are_simulated_and_said_to_be(tmp_path: Path) -> None:
    with Record.open(tmp_path / "home") as record:
        who = keep_simulated_hearing(record, "demo")
        keep_simulated_hearing(record, "demo")
        assert who == PatientId("demo", "hearing-1")
        assert record.attributes(who)["simulated"] is True
        observed = record.observations(who)
        assert {one.source for one in observed} == {"simulated audiogram"}
        found, problems = audiograms_of(observed)
        assert (len(found), problems) == (3, [])
