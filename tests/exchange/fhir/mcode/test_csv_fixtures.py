"""CSV rows become the bundles that the mCODE extraction framework expects of them, field by field and with its ids.

The expected bundles and resources lie in the data folder (Apache-2.0, see its SOURCE.md). The framework keeps the rows
they come from inside its tests; here each is written as the CSV file that holds them.

Not equal, and why:

- Three bundles hold the placeholder ``YYYY-MM-DD`` where a date belongs (FHIR has no such date). Fyr refuses a row with
  it; the test below says so, and compares with a real date in the row and in what is expected.
- Fixtures without a CSV row: ``condition-bundle``, ``extended-patient-bundle``, ``patient-bundle`` and
  ``surgical-radiation-procedure-bundle`` are what a FHIR server would send; ``test-bundle`` is a Bundle inside an
  entry; ``run-logs`` are logs.
- ``identifier-array``, ``maximal-coding-object``, ``maximal-identifier``, ``maximal-reference-object`` and
  ``minimal-reference-object`` are parts of resources that no CSV file has.
- ``disease-status-resource``, ``minimal-disease-status-resource``, ``maximal-careplan-resource``: their references have
  a display (a patient's or a disease's name), which no column of the CSV files gives; compared without it.
- ``minimal-medication-resource`` and ``minimal-medication-request`` have no id; Fyr gives each resource one.
- ``research-subject-resource``: its study is a literal reference, the framework's own template no longer makes one.
"""

from __future__ import annotations

import copy
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.fhir.mcode.bundle_rows import BUNDLES, DATE, Row
from tests.exchange.fhir.mcode.resource_rows import PARTS, RESOURCES

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_set import read_csv_set

pytestmark = pytest.mark.real


def _table(rows: list[Row], patient: str) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["mrn", *(name for name in rows[0] if name != "mrn")])
    writer.writeheader()
    writer.writerows({"mrn": patient, **row} for row in rows)
    return text.getvalue()


def _resources(folder: Path, name: str, rows: list[Row], patient: str = "mrn-1") -> list[Any]:
    """Return the entries that the rows make, but for the patient's own where the rows are not of the patient."""
    is_patient = name == "patient-information"
    if not is_patient:
        (folder / "patient-information.csv").write_text(_table([{}], patient))
    (folder / f"{name}.csv").write_text(_table(rows, patient))
    found = read_csv_set(folder, site="EXAMPLE-CLINICAL-SITE-ID", site_system="EXAMPLE-CLINICAL-SITE-SYSTEM")
    for problem in found.refused:
        raise problem
    (bundle,) = found.bundles.values()
    return bundle["entry"] if is_patient else bundle["entry"][1:]


def _dated(content: Any) -> Any:
    """Put a real date where the placeholder stands."""
    return json.loads(json.dumps(content).replace("YYYY-MM-DD", DATE))


@pytest.fixture(scope="module")
def fixtures(data_folder: Path) -> Path:
    return data_folder / "learn" / "mcode_csv_to_fhir"


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_equal_field_by_field(name: str, fixtures: Path, tmp_path: Path) -> None:
    expected = json.loads((fixtures / "extractors" / "fixtures" / f"{name}-bundle.json").read_text())
    file, rows = BUNDLES[name]
    patient = rows[0].get("mrn", "mrn-1")
    assert _resources(tmp_path, file, _dated(rows), patient) == _dated(expected["entry"])


def test_every_bundle_with_rows_is_compared(fixtures: Path) -> None:
    without_rows = {"condition", "extended-patient", "patient", "surgical-radiation-procedure"}
    there = {path.stem.removesuffix("-bundle") for path in (fixtures / "extractors" / "fixtures").glob("*.json")}
    assert there == {*BUNDLES, *without_rows}


@pytest.mark.parametrize("name", [name for name, (_, rows) in BUNDLES.items() if "YYYY-MM-DD" in str(rows)])
def test_a_placeholder_is_no_date(name: str, tmp_path: Path) -> None:
    file, rows = BUNDLES[name]
    with pytest.raises(BadInput, match="YYYY-MM-DD', which is no date"):
        _resources(tmp_path, file, rows)


def _without(resource: Any, paths: tuple[str, ...]) -> Any:
    left = copy.deepcopy(resource)
    for path in paths:
        *way, last = path.split(".")
        place = left
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place.pop(last, None)
    return left


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_is_equal_field_by_field(name: str, fixtures: Path, tmp_path: Path) -> None:
    expected = json.loads((fixtures / "templates" / "fixtures" / f"{name}.json").read_text())
    file, rows, patient, which, unsaid = RESOURCES[name]
    made = _resources(tmp_path, file, rows, patient)[which]["resource"]
    assert _without(made, unsaid) == _without(expected, unsaid)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (
            "maximal-patient-resource",
            {
                **BUNDLES["csv-patient"][1][0],
                "mrn": "1234",
                "familyName": "Patient",
                "givenName": "Test",
                "gender": "female",
                "birthsex": "female",
                "dateOfBirth": "2001-02-06",
            },
        ),
        ("patient-resource", {"mrn": "1234"}),
    ],
)
def test_a_patient_is_equal_field_by_field(name: str, row: Row, fixtures: Path, tmp_path: Path) -> None:
    """But for the id, which is the number here, and race and ethnicity, whose codes there are made up."""
    expected = json.loads((fixtures / "templates" / "fixtures" / f"{name}.json").read_text())
    made = _resources(tmp_path, "patient-information", [row], "1234")[0]["resource"]
    assert made.pop("id") == "1234"
    expected.pop("id")
    for patient in (made, expected):
        for extension in patient.get("extension", ())[:2]:
            extension["extension"] = "of a code system"
    assert made == expected


def test_every_resource_is_compared(fixtures: Path) -> None:
    assert {path.stem for path in (fixtures / "templates" / "fixtures").glob("*.json")} == {*RESOURCES, *PARTS}


def test_the_sample_of_a_client_is_read_whole(fixtures: Path) -> None:
    """A resource a row; three categories and the group of a staging, two for a trial, one care plan a patient.

    The sample gives its graded adverse events the ids of the others: two resources of one bundle cannot have one
    address, so the second is refused.
    """
    folder = fixtures / "sample-client-data"
    found = read_csv_set(folder, site="site")
    assert [problem.what for problem in found.refused] == [
        f"the id 'adverseEventId-{number}' is taken by another AdverseEvent of this patient" for number in (1, 2, 3)
    ]
    for number, bundle in found.bundles.items():
        expected = -1  # the graded adverse event
        for file in sorted(folder.glob("*-information.csv")):
            with file.open(encoding="utf-8-sig", newline="") as opened:
                rows = [row for row in csv.DictReader(opened) if row["mrn"] == number]
            if file.stem == "staging-information":
                expected += sum(1 + sum(bool(row[name]) for name in "tnm") for row in rows)
            elif file.stem == "clinical-trial-information":
                expected += 2 * len(rows)
            else:
                expected += min(len(rows), 1) if file.stem.startswith("treatment") else len(rows)
        assert len(bundle["entry"]) == expected
        assert len({one["fullUrl"] for one in bundle["entry"]}) == expected


@pytest.mark.parametrize(
    ("name", "row", "complaint"),
    [
        ("condition-information", {"conditionId": "1"}, "there is no codeSystem"),
        ("staging-information", {"type": "Surgical"}, "write Clinical or Pathologic"),
        ("treatment-plan-change-information", {"changed": "true", "dateOfCarePlan": DATE}, "without a reasonCode"),
        ("ctc-adverse-event-information", {"grade": "9"}, "the grade is '9'"),
        ("encounter-information", {"mrn": "somebody"}, "the patient 'somebody' is not in"),
    ],
)
def test_a_row_that_lacks_something_is_refused(name: str, row: Row, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=complaint):
        _resources(tmp_path, name, [row])
