"""``fyr learn check``: real tables and their natural defects, no false alarm on clean ones, forms and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.learn.checks.tables import Columns, cohort

from fyr.cli.learn_check import check

DIAGNOSE = "diagnose"


def checked(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(check, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stderr == ""
    return json.loads(done.stdout)


def alarms(document: dict[str, Any]) -> set[tuple[str, str | None, str]]:
    """Return check, hospital and first column of every error and warning."""
    return {
        (one["check"], one["hospital"], (one["columns"] or [""])[0])
        for one in document["findings"]
        if one["severity"] != "note"
    }


def written(path: Path, columns: Columns) -> Path:
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join(",".join(cells) for cells in [tuple(columns), *rows]) + "\n")
    return path


@pytest.mark.real
def test_metabrics_index_is_made_of_sizes_ten_times_too_small(data_folder: Path) -> None:
    document = checked(data_folder / DIAGNOSE / "breast_metabric" / "brca_metabric_clinical_data.tsv")
    (found,) = [one for one in document["findings"] if one["check"] == "derived_column"]
    assert found["columns"][:2] == ["Nottingham prognostic index", "Tumor Size"]
    # 1,832 rows match size / 100 to the last figure; one more does within the rounding of the index
    assert found["rows_affected"] == 1833
    assert found["rows_total"] == 2040
    assert {one for one in alarms(document) if one[0] not in ("derived_column", "empty_in_hospital")} == set()


@pytest.mark.real
def test_loris_hospitals_have_constants_days_and_colliding_ids(data_folder: Path) -> None:
    document = checked(data_folder / DIAGNOSE / "lung_immunotherapy" / "LORIS_AllData.xlsx")
    found = alarms(document)
    assert {
        ("colliding_ids", None, "SAMPLE_ID"),
        ("time_unit", "Ravi_NSCLC", "OS_Months"),
        *(
            ("constant_in_hospital", hospital, name)
            for hospital in ("Ravi_NSCLC", "Kato_panCancer")
            for name in ("Albumin", "NLR")
        ),
    } <= found
    assert found - {one for one in found if one[0] in ("colliding_ids", "time_unit", "constant_in_hospital")} == {
        ("empty_in_hospital", None, "CancerType1"),
        ("leakage", None, "OS3yr"),  # whether alive at three years: true
        ("progression_after_end", None, "PFS_Months"),  # row 31 of one sheet; true
    }


@pytest.mark.real
@pytest.mark.parametrize("name", ["rotterdam.csv", "gbsg.csv", "lung_ncctg.csv"])
def test_clean_tables_raise_no_alarm(data_folder: Path, name: str) -> None:
    assert alarms(checked(data_folder / DIAGNOSE / "survival_h5" / name)) == set()


@pytest.mark.real
def test_cholesterol_of_zero_and_a_patient_there_twice_in_the_heart_table(data_folder: Path) -> None:
    document = checked(data_folder / "learn" / "fed_heart_disease" / "processed.va.data")
    assert alarms(document) == {
        ("sentinel", None, "column 5"),
        ("duplicate_rows", None, "column 1"),
        ("header", None, ""),
    }


@pytest.mark.real
def test_tcga_says_the_same_stage_twice(data_folder: Path) -> None:
    document = checked(data_folder / "learn" / "fed_tcga_brca" / "brca.csv")
    assert {one[0] for one in alarms(document)} == {"duplicate_columns"}


def test_text_names_the_guesses_the_rows_and_the_mending(tmp_path: Path) -> None:
    columns = cohort()
    columns["os_months"][3] = "-2"
    done = CliRunner().invoke(check, [str(written(tmp_path / "table.csv", columns))])
    assert done.exit_code == 0
    assert "patient: patient_id (guessed)" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error")]
    assert "negative_time  [os_months]" in line
    assert "(rows 5)" in line
    assert done.stdout.splitlines()[-1].startswith("1 error, 0 warnings")


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("error", 0), ("warning", 3)])
def test_fail_on_makes_a_finding_a_failure(tmp_path: Path, fail_on: str, code: int) -> None:
    columns = {**cohort(), "alb": cohort()["albumin"]}
    path = written(tmp_path / "table.csv", columns)
    assert CliRunner().invoke(check, [str(path), "--fail-on", fail_on]).exit_code == code
    path = written(tmp_path / "clean.csv", cohort())
    assert CliRunner().invoke(check, [str(path), "--fail-on", fail_on]).exit_code == 0


def test_a_mapping_says_what_the_columns_are(tmp_path: Path) -> None:
    columns = cohort()
    columns = {
        {"os_status": "utgang", "os_months": "varighet", "hospital": "kode"}.get(n, n): c for n, c in columns.items()
    }
    columns["score"] = [
        f"{5.0 + row / 1000 if cell == 'dead' else row / 1000:.3f}" for row, cell in enumerate(columns["utgang"])
    ]
    columns["utgang"] = ["A" if cell == "dead" else "B" for cell in columns["utgang"]]
    path = written(tmp_path / "table.csv", columns)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "hospital: {column: kode}\npatient: patient_id\ncolumns: {age: age}\noutcome:\n  time: {column: "
        "varighet, unit: mo}\n"
        "  event: {column: utgang, words: {A: event, B: none}}\n"
    )
    assert alarms(checked(path)) == set()
    document = checked(path, "--cohort", mapping)
    assert alarms(document) == {("leakage", None, "score")}
    assert document["roles"][0]["given"] == ["event", "hospital", "patient", "time"]


def test_patients_of_another_table(tmp_path: Path) -> None:
    ours, other = cohort(seed=1), cohort(seed=2)
    for name in ours:
        ours[name][7] = other[name][100]
    path, against = written(tmp_path / "ours.csv", ours), written(tmp_path / "other.csv", other)
    assert {one[0] for one in alarms(checked(path, "--against", against))} == {"shared_ids", "shared_patients"}


def test_a_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    from fyr.errors import BadInput

    path = written(tmp_path / "table.csv", cohort())
    with pytest.raises(BadInput, match="there is no column 'dod' for the event"):
        CliRunner().invoke(check, [str(path), "--event", "dod"], catch_exceptions=False)
