"""Rows and cells: ids, duplicates, splits, codes for missing, forms of numbers, dates and categories, moved rows."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.checks.tables import Columns, alarms, cohort, named, table, texts

from fyr.learn.checks import check_table


def with_rows(columns: Columns, rows: list[int]) -> Columns:
    """Return the table with some rows there again at its end."""
    return {name: [*cells, *(cells[row] for row in rows)] for name, cells in columns.items()}


def test_ids_that_count_from_one_in_every_hospital() -> None:
    columns = cohort()
    hospital = np.array(columns["hospital"])
    ids = np.zeros(240, dtype=int)
    for name in np.unique(hospital):
        ids[hospital == name] = np.arange(1, (hospital == name).sum() + 1)
    columns["patient_id"] = ids.astype(str).tolist()
    found = named(alarms(columns), "colliding_ids")
    assert "row numbers from 1" in found.evidence
    assert found.severity == "error"


def test_an_id_there_twice() -> None:
    columns = cohort()
    columns["patient_id"][5] = columns["patient_id"][4]
    columns["hospital"][5] = columns["hospital"][4]
    assert named(alarms(columns), "repeated_ids").row_numbers == (7,)


def test_many_visits_of_each_patient_are_a_note() -> None:
    columns = cohort()
    columns["patient_id"] = [f"P{row // 4}" for row in range(240)]
    del columns["hospital"]
    assert [one.severity for one in check_table(table(columns)) if one.check == "repeated_ids"] == ["note"]


def test_rows_there_twice_under_another_id() -> None:
    columns = with_rows(cohort(), [3, 30])
    columns["patient_id"][-2:] = ["Q1", "Q2"]
    found = named(alarms(columns), "duplicate_rows")
    assert (found.rows_affected, found.row_numbers) == (2, (242, 243))
    assert "but for patient_id" in found.evidence


def test_a_row_there_twice_but_for_one_cell() -> None:
    columns = with_rows(cohort(), [3])
    columns["patient_id"][-1], columns["albumin"][-1] = "Q1", "51.3"
    assert named(alarms(columns), "almost_duplicate_rows").row_numbers == (242,)


def test_equal_rows_of_a_table_of_few_codes_say_nothing() -> None:
    rng = np.random.default_rng(1)
    assert alarms({name: rng.integers(0, 3, 200).astype(str).tolist() for name in "abcd"}) == []


@pytest.mark.parametrize("changed", [False, True])
def test_patients_in_train_and_test(changed: bool) -> None:
    columns = with_rows(cohort(), [3, 30, 33])
    columns["split"] = [*["train"] * 180, *["test"] * 63]
    columns["patient_id"][-3:] = ["Q1", "Q2", "Q3"]
    if changed:
        columns["albumin"][-3:] = ["44.4", "33.3", "30.1"]
    found = named(alarms(columns), "split_overlap")
    assert found.rows_affected == 6


def test_patients_of_another_table() -> None:
    other = cohort(seed=9)
    ours = cohort(seed=8)
    assert alarms(ours, against=table(other)) == []
    for name in ours:
        ours[name][7] = other[name][100]
    ours["patient_id"][7] = "new"
    found = named(alarms(ours, against=table(other)), "shared_patients")
    assert found.row_numbers == (9,)


def test_a_column_under_two_names() -> None:
    columns = cohort()
    columns["alb_2"] = list(columns["albumin"])
    assert named(alarms(columns), "duplicate_columns").columns == ("albumin", "alb_2")


@pytest.mark.parametrize(
    ("column", "code"), [("albumin", "999"), ("tumour_size_mm", "-9"), ("grade", "9"), ("age", "-1")]
)
def test_codes_for_missing(column: str, code: str) -> None:
    columns = cohort()
    for row in (2, 90, 91):
        columns[column][row] = code
    found = [one for one in alarms(columns) if one.check == "sentinel"]
    assert [(one.columns, one.row_numbers) for one in found] == [((column,), (4, 92, 93))]


def test_a_blood_pressure_of_zero_stands_for_missing() -> None:
    rng = np.random.default_rng(1)
    columns = {"sysbp": texts(rng.normal(130, 15, 100).round()), "x": texts(rng.normal(0, 1, 100))}
    columns["sysbp"][4] = "0"
    assert named(alarms(columns), "impossible_zero").row_numbers == (6,)


@pytest.mark.parametrize(
    ("make", "check"),
    [
        (lambda cell: cell.replace(".", ","), "mixed_decimals"),
        (lambda cell: f"{cell} g/L", "units_in_cells"),
        (lambda cell: f"<{cell}", "text_among_numbers"),
        (lambda cell: f"'{cell}", "text_among_numbers"),
        (lambda cell: cell.replace("3", "O"), "text_among_numbers"),
        (lambda _: "hemolysed", "text_among_numbers"),
    ],
)
def test_numbers_written_in_several_ways(make: object, check: str) -> None:
    columns = cohort()
    rows = [row for row, cell in enumerate(columns["albumin"]) if "." in cell and "3" in cell][:4]
    for row in rows:
        columns["albumin"][row] = make(columns["albumin"][row])  # type: ignore[operator]
    found = named(alarms(columns), check)
    assert (found.columns, found.rows_affected) == (("albumin",), 4)


def test_thousands_separated() -> None:
    rng = np.random.default_rng(1)
    columns = {
        "platelet_count": [f"{value:,}" for value in rng.integers(500, 2500, 60)],
        "x": texts(rng.normal(0, 1, 60)),
    }
    assert named(alarms(columns), "thousands_separators").severity == "error"


def test_dates_day_first_and_month_first() -> None:
    columns = cohort()
    days = (np.datetime64("2015-01-01") + np.arange(240) * 3).astype(object)
    columns["inclusion"] = [day.strftime("%d/%m/%Y") for day in days]
    assert alarms(columns) == []
    columns["inclusion"][8] = "03/25/2015"
    assert named(alarms(columns), "mixed_date_order").row_numbers == (10,)


def test_a_placeholder_and_a_day_that_does_not_exist() -> None:
    columns = cohort()
    columns["inclusion"] = (np.datetime64("2015-01-01") + np.arange(240)).astype(str).tolist()
    columns["inclusion"][2], columns["inclusion"][3] = "1900-01-01", "2015-02-30"
    found = alarms(columns)
    assert named(found, "placeholder_dates").row_numbers == (4,)
    assert named(found, "no_dates").row_numbers == (5,)


def test_one_category_in_several_spellings_and_two_codings() -> None:
    columns = cohort()
    columns["er"][0], columns["er"][1] = "Positive", "negative "
    assert named(alarms(columns), "category_spellings").rows_affected == 2
    columns = cohort()
    columns["sex"] = (["M", "F", "male", "F"] * 60)[:240]
    assert named(alarms(columns), "mixed_coding").rows_affected == 60


def test_one_hospital_codes_otherwise() -> None:
    columns = cohort()
    south = np.array(columns["hospital"]) == "South"
    columns["er"] = (np.array([cell == "positive" for cell in columns["er"]]).astype(int) + south).astype(str).tolist()
    found = named(alarms(columns), "coding_by_hospital")
    assert found.columns == ("er",)


def test_letters_read_in_the_wrong_encoding() -> None:
    columns = {**cohort(), "by": ["Tromsø".encode().decode("cp1252") if row % 2 else "Bergen" for row in range(240)]}
    assert named(alarms(columns), "mojibake").columns == ("by",)


def test_rows_moved_by_one_column() -> None:
    columns = cohort()
    names = list(columns)
    cells = [columns[name][20] for name in names]
    for name, cell in zip(names, [cells[0], "", *cells[1:-1]], strict=True):
        columns[name][20] = cell
    assert named(alarms(columns), "shifted_rows").row_numbers == (22,)


def test_a_column_empty_in_one_hospital() -> None:
    columns = cohort()
    east = np.array(columns["hospital"]) == "East"
    columns["grade"] = np.where(east, "NA", columns["grade"]).tolist()
    found = named(alarms(columns), "empty_in_hospital")
    assert (found.hospital, found.columns) == ("East", ("grade",))


def test_patients_measured_again_on_the_other_side_of_a_split() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(50, 10, (200, 6))
    again = values[:5] * rng.normal(1, 0.001, (5, 6))
    columns = {f"x{place}": texts(np.concatenate([values[:, place], again[:, place]])) for place in range(6)}
    columns["split"] = [*["train"] * 150, *["test"] * 50, *["test"] * 5]
    found = named(alarms(columns), "blurred_overlap")
    assert found.row_numbers == (202, 203, 204, 205, 206)
