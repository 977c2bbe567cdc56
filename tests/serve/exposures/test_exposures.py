"""A patient's ledger and a department's levels over the API: the command line's numbers, and nobody else's patients."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import FileDataset
from tests.exchange.dicom.made_reports import ct_event, ct_total, report
from tests.exchange.dicom.test_administered import PET, picture
from tests.serve.house import ANNA, BERT, Browser, House
from tests.serve.made_plan import PRESCRIBED_GY, SMALL, made_plan

from fyr.cli.main import main
from fyr.exchange.dicom.keeping import Given, keep_objects
from fyr.record import PatientId
from fyr.serve.configuration import ExposureSettings
from fyr.serve.permissions import Person
from fyr.serve.viewing import Viewing
from fyr.treat.exposure.department import SetLevel
from fyr.treat.exposure.quantity import QuantityKind

PATH = "/api/patients/demo/1/exposures"
LEVELS = "/api/exposures/reference-levels"


def as_bytes(made: FileDataset) -> bytes:
    kept = BytesIO()
    made.save_as(kept, enforce_file_format=True)
    return kept.getvalue()


def ct(dlp: float, study: str, *, patient: str = "1", day: str = "20260210") -> FileDataset:
    return report(
        ct_total(dlp),
        ct_event(f"1.2.{study}", dlp),
        PatientID=patient,
        StudyInstanceUID=f"1.2.3.{study}",
        StudyDate=day,
        StudyDescription="Chest CT",
        PatientAge="060Y",
        Manufacturer="Maker",
        ContentDate=day,
        ContentTime="120000",
    )


def plan() -> FileDataset:
    made = next(one for _, one in made_plan(SMALL, ANNA.local) if one.Modality == "RTPLAN")
    made.RTPlanDate, made.RTPlanTime = "20260301", "110000"
    return made


def other_report() -> FileDataset:
    made = report(ct_total(5), ct_event("1.2.77", 5), title="DCM:126000", sop="1.2.3.4.77")
    made.PatientID, made.StudyInstanceUID = "1", "1.2.3.77"
    return made


@pytest.fixture
def opened(open_house: Callable[..., House]) -> Iterator[House]:
    house = open_house()
    viewing = Viewing(processes=0)
    house.installation = replace(house.installation, viewing=viewing)
    yield house
    viewing.close()


@pytest.fixture
def made() -> list[FileDataset]:
    """Two CTs, an FDG of two series, a plan, and a report of something else."""
    pet = [
        picture(PET, 350e6, PatientID="1", StudyInstanceUID="1.2.3.5", SeriesInstanceUID=f"1.2.3.5.{n}") for n in (1, 2)
    ]
    return [ct(300, "1"), ct(500, "2", day="20260220"), *pet, plan(), other_report()]


def keep(house: House, made: Sequence[FileDataset]) -> None:
    given = [Given(as_bytes(one), f"{number}.dcm") for number, one in enumerate(made)]
    outcomes = keep_objects(house.record, given, "demo", source="test")
    assert all(one.is_kept for one in outcomes), [one.problem for one in outcomes]


def get(browser: Browser, path: str = PATH, **query: Any) -> Any:
    answer = browser.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_ledger_is_that_of_the_command_line(
    opened: House, made: list[FileDataset], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(opened, made)
    folder = tmp_path / "files"
    folder.mkdir()
    for number, one in enumerate(made):
        one.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    with pytest.raises(SystemExit):
        main(["treat", "exposure", str(folder), "--json"])
    told = json.loads(capsys.readouterr().out)
    shown = get(opened.signed_in("physicist"))
    (ledger,) = told["ledgers"]
    for key in ("entries", "sums"):
        assert _plain(shown["ledger"][key]) == _plain(ledger[key])
    assert shown["ledger"]["statement"] == ledger["statement"]
    mine, theirs = shown["examinations"], told["examinations"]
    assert len(mine) == len(theirs) == 3
    for one in (*mine, *theirs):
        del one["patient"]  # here it is the record's patient
    assert mine == theirs
    assert [one["reason"] for one in shown["refused"]] == [one["reason"] for one in told["refused"]]


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what is empty."""
    return [
        {
            key: _plain(value) if isinstance(value, list) else value
            for key, value in row.items()
            if key not in {"of", "source"} or value
        }
        for row in rows
    ]


def test_kinds_of_exposure_are_never_added(opened: House, made: list[FileDataset]) -> None:
    keep(opened, made)
    shown = get(opened.signed_in("physician"))
    entries = shown["ledger"]["entries"]
    assert [(one["category"], one["modality"]) for one in entries] == [
        ("diagnostic", "ct"),
        ("diagnostic", "ct"),
        ("nuclear medicine", "nuclear medicine"),
        ("therapy", "radiotherapy"),
    ]
    sums = {(one["modality"], one["quantity"]): one["value"] for one in shown["ledger"]["sums"]}
    assert sums == {
        ("ct", "dose_length_product"): 800,
        ("nuclear medicine", "administered_activity"): 350,
    }
    assert entries[3]["quantities"] == [
        {"quantity": "prescribed_dose", "value": PRESCRIBED_GY, "unit": "Gy", "of": "dose reference 1", "source": ""}
    ]
    assert shown["courses"][0]["fractions"] == 30
    (refused,) = shown["refused"]
    assert "DCM:126000" in refused["reason"]
    assert "/" not in refused["object"], "a path of the record stands in it"


def test_whose_the_objects_are_is_what_the_record_says(opened: House) -> None:
    keep(opened, [ct(300, "1"), ct(100, "4", patient="2")])
    assert [one["uid"] for one in get(opened.signed_in("nurse"))["ledger"]["entries"]] == ["1.2.3.1"]
    assert get(opened.signed_in("nurse"))["patient"] == {"id": "demo/1", "pseudonym": "Alder"}


def test_a_patient_without_exposures_has_an_empty_ledger(opened: House) -> None:
    shown = get(opened.signed_in("nurse"))
    assert shown["ledger"]["entries"] == shown["ledger"]["sums"] == shown["examinations"] == []
    assert opened.audited("read exposures")[-1]["patient"] == "demo/1"


def test_the_table_has_a_row_for_each_amount_and_runs_nothing(opened: House, made: list[FileDataset]) -> None:
    made[0].StudyDescription = "=Chest CT"
    keep(opened, made)
    answer = opened.signed_in("physicist").get(f"{PATH}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert {"dose_length_product", "administered_activity", "prescribed_dose"} <= {one["quantity"] for one in rows}
    assert rows[0]["what"] == "'=Chest CT"
    assert opened.audited("export exposures")


def test_who_reads_no_patients_reads_no_exposures(opened: House) -> None:
    for path in (PATH, f"{PATH}.csv", LEVELS, f"{LEVELS}.csv", f"{LEVELS}.svg"):
        assert opened.signed_in("administrator").get(path).status_code == 403
        assert opened.browser().get(path).status_code == 401
    assert opened.signed_in("nurse").get("/api/patients/demo/none/exposures").status_code in {400, 404}


class OnlyBert:
    def may_see(self, person: Person, patient: PatientId) -> bool:
        return patient == BERT


def department(house: House) -> None:
    values = [*range(200, 400, 10), 2000]
    keep(house, [ct(value, str(100 + n), patient="1" if n else "2") for n, value in enumerate(values)])


def test_a_departments_levels_and_what_stands_out(opened: House) -> None:
    department(opened)
    levels = (SetLevel("Chest CT", QuantityKind.DLP, 250, "our own"),)
    opened.installation = replace(opened.installation, exposures=ExposureSettings(own_levels=levels))
    shown = get(opened.signed_in("physicist"), LEVELS)
    assert (shown["examinations"], shown["patients"], shown["by"]) == (21, 2, "protocol")
    (one,) = shown["levels"]
    assert (one["protocol"], one["quantity"], one["median"], one["is_enough"]) == (
        "Chest CT",
        "dose_length_product",
        300,
        True,
    )
    assert one["is_median_above"]
    assert one["level"]["value"] == 250
    assert one["standing_out"][0]["value"] == 2000
    assert one["standing_out"][0]["is_outlier"]
    assert one["standing_out"][0]["pseudonym"] == "Alder"
    assert len(one["standing_out"]) == 15
    assert opened.audited("read reference levels")[-1]["detail"]["patients"] == 2


def test_by_region_and_by_day(opened: House) -> None:
    keep(opened, [ct(300, "1"), ct(500, "2", day="20260220")])
    by_region = get(opened.signed_in("physicist"), LEVELS, by="region")
    assert [one["protocol"] for one in by_region["levels"]] == ["Abdomen"]
    later = get(opened.signed_in("physicist"), LEVELS, since="2026-02-15")
    assert [one["examinations"] for one in later["levels"]] == [1]
    assert get(opened.signed_in("physicist"), LEVELS, until="2026-01-01")["levels"] == []
    assert opened.signed_in("physicist").get(LEVELS, params={"by": "mood"}).status_code == 422


def test_patients_whom_one_may_not_see_are_in_no_figure(opened: House) -> None:
    department(opened)
    opened.installation = replace(opened.installation, care=OnlyBert())
    shown = get(opened.signed_in("physicist"), LEVELS)
    assert (shown["examinations"], shown["patients"]) == (1, 1)
    assert opened.signed_in("physicist").get(PATH).status_code == 403
    assert ANNA.local not in json.dumps(shown["levels"][0]["standing_out"])


def test_levels_as_a_table_and_a_drawing(opened: House) -> None:
    department(opened)
    browser = opened.signed_in("physicist")
    (row,) = csv.DictReader(StringIO(browser.get(f"{LEVELS}.csv").text))
    assert (row["protocol"], float(row["median"])) == ("Chest CT", 300)
    drawing = browser.get(f"{LEVELS}.svg")
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert drawing.text.count("<circle") == 21


@pytest.mark.real
def test_real_reports_have_the_command_lines_sums(
    opened: House, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_folder / "treat" / "rdsr"
    files = sorted(folder.glob("*.dcm"))
    keep_objects(opened.record, [Given(one.read_bytes(), one.name) for one in files], "demo", source="test")
    with pytest.raises(SystemExit):
        main(["treat", "exposure", str(folder), "--json"])
    told = json.loads(capsys.readouterr().out)["ledgers"]
    browser = opened.signed_in("physicist")
    # The record knows a patient by hospital and number; the command line tells issuers of numbers apart as well.
    expected: dict[str, dict[tuple[str, ...], float]] = {}
    for ledger in told:
        _add(expected.setdefault(ledger["patient"]["patient_id"], {}), ledger["sums"])
    for number, sums in expected.items():
        who = PatientId.of_number("demo", number)
        shown: dict[tuple[str, ...], float] = {}
        _add(shown, get(browser, f"/api/patients/{who}/exposures")["ledger"]["sums"])
        assert shown == pytest.approx(sums), who
    assert sum(map(len, expected.values())) > 20


def _add(sums: dict[tuple[str, ...], float], rows: list[dict[str, Any]]) -> None:
    for row in rows:
        key = row["category"], row["modality"], row["quantity"], row.get("of", ""), row["unit"]
        sums[key] = sums.get(key, 0.0) + row["value"]
