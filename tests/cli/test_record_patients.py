"""``fyr record import`` and ``export`` of patients, as processes: idempotent, resumable, and nothing silently lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fyr.record import Access, Observation, PatientId
from fyr.record.record import Record

MAPPING = """
patient: id
hospital: north
date: day
missing: {"": unknown}
facts:
  size: {fact: tumour_size_mm, unit: mm}
  nodes: positive_nodes
"""
TABLE = "id,day,size,nodes\n1,2020-01-01,22,3\n2,2020-01-02,15,\n3,2020-01-03,15,-1\n"


def fyr(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "record", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "FYR_HOME": str(home), "PYTHONWARNINGS": "default"},
        timeout=120,
        check=False,
    )


def imported(home: Path, *arguments: str | Path) -> dict[str, Any]:
    done = fyr(home, "import", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def observations(home: Path, patient: str) -> set[Observation]:
    with Record.open(home, access=Access("test", "test", "test"), create=False) as record:
        assert record.audit.verify().ok
        return set(record.observations(PatientId.parse(patient)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "patients.csv").write_text(TABLE)
    return tmp_path / "patients.csv"


def test_a_table_comes_in_but_for_its_bad_rows_and_again_changes_nothing(table: Path, tmp_path: Path) -> None:
    home, mapping = tmp_path / "home", tmp_path / "mapping.yaml"
    first = imported(home, table, "--mapping", mapping)
    assert (first["added"], first["refused"]) == ({"patients": 2, "observations": 4}, 1)
    assert "positive_nodes is -1" in first["files"][0]["refused"][0]["reason"]
    again = imported(home, table, "--mapping", mapping)
    assert again["added"] == {"patients": 0, "observations": 0}
    assert again["nothing_new"] is True
    table.write_text(TABLE.replace("-1", "1"))  # mended: only what was refused is added
    assert imported(home, table, "--mapping", mapping)["added"] == {"patients": 1, "observations": 2}


def test_a_person_is_told_what_was_refused(table: Path, tmp_path: Path) -> None:
    done = fyr(tmp_path / "home", "import", table, "--mapping", tmp_path / "mapping.yaml")
    assert done.returncode == 0
    assert "refused:" in done.stdout
    assert "row 4: column 'nodes': positive_nodes is -1, which is not possible" in done.stdout
    assert "added 4 observations and 2 patients" in done.stdout


def test_where_nothing_can_be_read_no_record_is_begun(table: Path, tmp_path: Path) -> None:
    table.write_text("id,day,size,nodes\n1,yesterday,22,3\n2,today,15,\n")
    done = fyr(tmp_path / "home", "import", table, "--mapping", tmp_path / "mapping.yaml")
    assert done.returncode == 3
    assert "'yesterday' is not a date" in done.stderr
    assert "(and 1 more like it)" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_an_import_that_stops_half_way_is_finished_by_the_next(tmp_path: Path) -> None:
    """Parts of 1,000 rows are kept one by one: what came before the stop stays, the rest comes with the next try."""
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    rows = [f"{number},2020-01-01,22,3" for number in range(2500)]
    (tmp_path / "long.csv").write_text("\n".join(["id,day,size,nodes", *rows]) + "\n")
    home = tmp_path / "home"
    stopped = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, fyr.cli.patient_import as i\n"
            "keep, kept = i._keep, []\n"
            "def stop(*a):\n"
            "    keep(*a); kept.append(1)\n"
            "    len(kept) == 2 and os._exit(9)\n"
            "i._keep = stop\n"
            "from pathlib import Path\n"
            f"i.import_patients(Path({str(home)!r}), [Path({str(tmp_path / 'long.csv')!r})],"
            f" Path({str(tmp_path / 'mapping.yaml')!r}), None, json_wanted=True)\n",
        ],
        check=False,
        timeout=120,
    )
    assert stopped.returncode == 9
    rest = imported(home, tmp_path / "long.csv", "--mapping", tmp_path / "mapping.yaml")
    assert rest["added"] == {"patients": 500, "observations": 1000}
    assert rest["read"] == {"patients": 2500, "observations": 5000}


def test_a_bundle_goes_out_and_comes_back_unaltered(table: Path, tmp_path: Path) -> None:
    imported(tmp_path / "home", table, "--mapping", tmp_path / "mapping.yaml")
    done = fyr(tmp_path / "home", "export", "north/2", "--as", "fhir")
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "bundle.json").write_text(done.stdout)
    assert imported(tmp_path / "other", tmp_path / "bundle.json")["added"] == {"patients": 1, "observations": 2}
    assert observations(tmp_path / "other", "north/2") == observations(tmp_path / "home", "north/2")
    again = fyr(tmp_path / "other", "export", "north/2", "--as", "fhir")
    assert again.stdout == done.stdout


def test_an_export_to_a_file_says_what_it_wrote(table: Path, tmp_path: Path) -> None:
    imported(tmp_path / "home", table, "--mapping", tmp_path / "mapping.yaml")
    done = fyr(tmp_path / "home", "export", "north/1", "--as", "fhir", "--output", tmp_path / "out.json", "--json")
    assert json.loads(done.stdout)["resources"] == 3
    assert json.loads((tmp_path / "out.json").read_bytes())["resourceType"] == "Bundle"
    nobody = fyr(tmp_path / "home", "export", "north/99", "--as", "fhir")
    assert (nobody.returncode, len(nobody.stderr.splitlines())) == (3, 1)


def test_lines_of_a_bulk_export_refer_to_patients_of_another_file(tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "x", "value": "17"}], "gender": "female"}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "89247-1"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2020-01-01",
        "valueInteger": 1,
    }
    (tmp_path / "Observation.ndjson").write_text("\n".join([json.dumps(observation), "not json", "", "{}"]))
    (tmp_path / "Patient.ndjson").write_text(json.dumps(patient))
    home = tmp_path / "home"
    done = imported(home, tmp_path / "Observation.ndjson", tmp_path / "Patient.ndjson", "--hospital", "south")
    assert done["added"] == {"patients": 1, "observations": 2}  # the patient's sex is the other
    reasons = [one["reason"].split(" (")[0] for one in done["files"][0]["refused"]]
    assert reasons == ["this is not JSON", "this is no FHIR resource"]
    shown = fyr(home, "timeline", "south/17").stdout
    assert "ecog_performance_status: 1.0" in shown
    of_folder = imported(tmp_path / "other", tmp_path, "--hospital", "south")
    assert of_folder["read"] == done["read"]


def test_recordings_and_patients_are_imported_apart(tmp_path: Path) -> None:
    done = fyr(tmp_path / "home", "import", tmp_path / "a.json", tmp_path / "record")
    assert done.returncode == 2
    assert "one after the other" in done.stderr


@pytest.mark.real
def test_a_set_of_mcode_files_is_imported_and_kept_whole(data_folder: Path, tmp_path: Path) -> None:
    folder = data_folder / "learn" / "mcode_csv_to_fhir" / "sample-client-data"
    done = imported(tmp_path / "home", folder, "--hospital", "sample")
    assert done["added"]["patients"] == 3
    shown = fyr(tmp_path / "home", "timeline", "sample/123").stdout
    assert "clinical_stage_group: IIIC" in shown
    assert "Procedure: Brachytherapy (procedure)" in shown
    exported = json.loads(fyr(tmp_path / "home", "export", "sample/123", "--as", "fhir").stdout)
    kinds = {entry["resource"]["resourceType"] for entry in exported["entry"]}
    assert {"Condition", "Procedure", "MedicationAdministration", "Observation", "AdverseEvent"} <= kinds


def test_the_file_is_kept_unless_it_is_not_wanted(tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Anyperson"}]}
    condition = {
        "resourceType": "Condition",
        "text": {"status": "generated", "div": "<div>Anyperson</div>"},
        "code": {"text": "Something"},
        "subject": {"reference": "Patient/p", "display": "Anyperson"},
        "recordedDate": "2020-01-01",
    }
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient}, {"resource": condition}]}
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    for home, option, files in (("with", "--keep-files", 1), ("without", "--no-keep-files", 0)):
        imported(tmp_path / home, tmp_path / "bundle.json", "--hospital", "h", option)
        (kept,) = observations(tmp_path / home, "h/p")
        assert kept.code == "fhir:Condition"
        assert "Anyperson" not in str(kept.value)
        with Record.open(tmp_path / home, access=Access("test", "test", "test"), create=False) as record:
            assert len(record.objects(PatientId("h", "p"))) == files


@pytest.mark.real
def test_the_bundles_of_a_folder_of_csv_files_are_written_too(tmp_path: Path, data_folder: Path) -> None:
    folder = data_folder / "learn/mcode_csv_to_fhir/sample-client-data"
    bundles = tmp_path / "bundles"
    imported(tmp_path / "home", folder, "--hospital", "north", "--bundles", bundles)
    kinds = {
        entry["resource"]["resourceType"]
        for file in bundles.glob("*.json")
        for entry in json.loads(file.read_bytes())["entry"]
    }
    assert {"Patient", "Condition", "Observation"} <= kinds
    again = fyr(tmp_path / "home", "import", folder, "--hospital", "north", "--bundles", bundles)
    assert again.returncode == 3
    assert "it is there already" in again.stderr
