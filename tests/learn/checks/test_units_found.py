"""Units: off in some rows, in one hospital, in a whole column, against siblings; and nothing on a clean table."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.checks.tables import Columns, alarms, cohort, named, texts


def numbers(columns: Columns, name: str) -> np.ndarray:
    return np.array([float(cell) for cell in columns[name]])


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_said_of_a_clean_cohort(seed: int) -> None:
    assert alarms(cohort(seed=seed)) == []


def test_albumin_in_grams_per_decilitre_in_one_hospital() -> None:
    columns = cohort()
    south = np.array(columns["hospital"]) == "South"
    columns["albumin"] = texts(np.where(south, numbers(columns, "albumin") / 10, numbers(columns, "albumin")))
    found = alarms(columns)
    assert {(one.check, one.hospital, one.columns) for one in found} == {("unit_in_hospital", "South", ("albumin",))}
    assert all(one.rows_affected == south.sum() for one in found)


def test_heights_in_metres_in_three_rows() -> None:
    columns = cohort()
    for row in (4, 50, 51):
        columns["height_cm"][row] = texts([float(columns["height_cm"][row]) / 100])[0]
    found = [one for one in alarms(columns) if "height_cm" in one.columns]
    assert [one.check for one in found] == ["mixed_units"]  # which explains the body mass index of these rows
    assert all(one.rows_affected == 3 and one.row_numbers == (6, 52, 53) for one in found)


def test_weights_in_pounds_against_the_body_mass_index() -> None:
    columns = cohort()
    for row in range(10):
        columns["weight_kg"][row] = texts([float(columns["weight_kg"][row]) * 2.2046])[0]
    found = named(alarms(columns), "derived_column")
    assert found.columns == ("bmi", "weight_kg", "height_cm")
    assert found.rows_affected == 10
    assert "pounds" in found.evidence


def test_a_name_that_says_another_unit_than_the_values() -> None:
    columns = cohort()
    columns["tumour_size_cm"] = columns.pop("tumour_size_mm")
    found = named(alarms(columns), "unit")
    assert found.columns == ("tumour_size_cm",)
    assert "fits mm" in found.evidence


@pytest.mark.parametrize(("column", "unit"), [("højde (m)", "m"), ("Hæmoglobin mmol/L", "mmol/L"), ("Vekt kg", "kg")])
def test_nordic_names_are_known(column: str, unit: str) -> None:
    rng = np.random.default_rng(2)
    values = {"m": rng.normal(1.7, 0.09, 200).round(2), "mmol/L": rng.normal(8.4, 0.9, 200).round(1)}
    right = values.get(unit, rng.normal(74, 13, 200).clip(40).round(1))
    columns = {column: texts(right), "x": texts(rng.normal(5, 1, 200))}
    assert alarms(columns) == []
    columns[column] = texts(right * 100)
    assert {one.columns for one in alarms(columns)} == {(column,)}


def test_sizes_of_one_hospital_in_centimetres() -> None:
    columns = cohort()
    east = np.array(columns["hospital"]) == "East"
    columns["tumour_size_mm"] = texts(
        np.where(east, numbers(columns, "tumour_size_mm") / 10, numbers(columns, "tumour_size_mm"))
    )
    found = [one for one in alarms(columns) if one.columns == ("tumour_size_mm",)]
    assert {one.hospital for one in found} == {"East"}


def test_the_nottingham_index_with_a_size_ten_times_too_small() -> None:
    columns = cohort()
    nodes, grade = numbers(columns, "positive_nodes"), numbers(columns, "grade")
    score = 1.0 + (nodes >= 1) + (nodes >= 4)
    size_cm = numbers(columns, "tumour_size_mm") / 10
    columns["npi"] = texts((0.2 * size_cm + score + grade).round(3))
    assert alarms(columns) == []
    columns["npi"] = texts((0.2 * size_cm / 10 + score + grade).round(3))
    found = named(alarms(columns), "derived_column")
    assert "10 times too small" in found.evidence
    assert found.rows_affected > 0.99 * len(grade)


def test_a_sum_that_does_not_add_up_in_two_rows() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(50, 8, 120).round(1), rng.normal(30, 6, 120).round(1)
    total = (first + second).round(1)
    columns = {"a": texts(first), "b": texts(second), "total": texts(total)}
    assert alarms(columns) == []
    columns["total"][7] = columns["total"][70] = "12.3"
    assert named(alarms(columns), "derived_column").row_numbers == (9, 72)


def test_days_in_one_hospital_where_the_others_have_months() -> None:
    columns = cohort()
    west = np.array(columns["hospital"]) == "West"
    columns["os_months"] = texts(np.where(west, numbers(columns, "os_months") * 30.4375, numbers(columns, "os_months")))
    found = named(alarms(columns), "time_unit")
    assert found.hospital == "West"
    assert "days and months" in found.evidence


def test_days_under_a_name_that_says_months() -> None:
    columns = cohort()
    columns["os_months"] = texts(numbers(columns, "os_months") * 30.4375)
    assert named(alarms(columns), "time_unit").columns == ("os_months",)


def test_a_column_filled_in_with_one_value_in_one_hospital() -> None:
    columns = cohort()
    north = np.array(columns["hospital"]) == "North"
    columns["albumin"] = np.where(north, "38", columns["albumin"]).tolist()
    found = named(alarms(columns), "constant_in_hospital")
    assert (found.hospital, found.columns, found.rows_affected) == ("North", ("albumin",), north.sum())


def test_a_value_filled_in_for_a_third_of_the_patients() -> None:
    columns = cohort()
    columns["bmi"] = [cell if row % 3 else "26.4" for row, cell in enumerate(columns["bmi"])]
    assert named(alarms(columns), "imputed_value").columns == ("bmi",)


def test_counts_of_one_hospital_that_all_end_in_zero() -> None:
    rng = np.random.default_rng(4)
    hospital = np.array(["A", "B", "C"] * 80)
    receptor = rng.poisson(rng.lognormal(3, 1.6, 240))
    columns = {"hospital": hospital.tolist(), "receptor": texts(receptor), "x": texts(rng.normal(0, 1, 240))}
    assert alarms(columns) == []
    columns["receptor"] = texts(np.where(hospital == "B", receptor * 10, receptor))
    found = named(alarms(columns), "unit_in_hospital")
    assert (found.hospital, found.columns) == ("B", ("receptor",))


def test_haemoglobin_of_one_hospital_in_millimoles() -> None:
    rng = np.random.default_rng(4)
    hospital = np.array(["A", "B", "C"] * 80)
    grams = rng.normal(13.2, 1.3, 240).round(1)
    columns = {"hospital": hospital.tolist(), "hgb": texts(np.where(hospital == "C", (grams * 0.6206).round(1), grams))}
    found = named(alarms(columns), "unit_in_hospital")
    assert found.hospital == "C"
    assert "haemoglobin" in found.evidence
