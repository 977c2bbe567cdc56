"""What tables made by other hands hid: ids written two ways, codes with decimals, scores, hospitals; one line each."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from tests.learn.checks.tables import Columns, alarms, cohort, named, texts

from fyr.learn.checks.finding import in_number


def numbers(columns: Columns, name: str) -> np.ndarray:
    return np.array([float(cell) for cell in columns[name]])


def in_south(columns: Columns) -> np.ndarray:
    return np.array(columns["hospital"]) == "South"


def test_a_code_for_missing_is_said_once_though_it_is_also_impossible() -> None:
    columns = cohort()
    for row in (3, 9, 30):
        columns["age"][row] = "999"
    assert [(one.check, one.row_numbers) for one in alarms(columns)] == [("sentinel", (5, 11, 32))]


def test_a_score_that_one_hospital_computes_with_a_term_ten_times_smaller() -> None:
    columns = cohort()
    age, size, nodes = (numbers(columns, name) for name in ("age", "tumour_size_mm", "positive_nodes"))
    south = in_south(columns)
    columns["risk_index"] = texts((np.where(south, 0.01, 0.1) * age + 0.02 * size + 0.3 * nodes).round(3))
    found = named(alarms(columns), "derived_column")
    assert (found.hospital, found.rows_affected) == ("South", int(south.sum()))
    assert found.columns[0] == "risk_index"
    assert "the part of 'age' is 10 times smaller" in found.evidence
    columns["risk_index"] = texts((0.1 * age + 0.02 * size + 0.3 * nodes).round(3))
    assert alarms(columns) == []


def test_a_measurement_named_for_the_follow_up_is_no_second_time() -> None:
    columns = cohort()
    rng = np.random.default_rng(3)
    dead = np.array(columns["os_status"]) == "dead"
    columns["troponin_followup"] = ["" if one else f"{rng.normal(12, 3):.1f}" for one in dead]
    found = named(alarms(columns), "leakage_by_missing")
    assert (found.severity, found.columns) == ("error", ("troponin_followup", "os_status"))


@pytest.mark.parametrize(
    ("start", "end"), [("indlæggelsesdato", "sidste_kontakt"), ("admission_date", "last_contact_date")]
)
def test_a_last_contact_before_the_admission_is_an_error(start: str, end: str) -> None:
    columns = cohort()
    first = datetime.date(2015, 3, 1)
    days = np.random.default_rng(4).integers(0, 900, len(columns["age"]))
    admitted = [first + datetime.timedelta(int(day)) for day in days]
    stay = (numbers(columns, "os_months") * 30.44).round()
    last = [one + datetime.timedelta(float(length)) for one, length in zip(admitted, stay, strict=True)]
    for row in (6, 70):
        last[row] = admitted[row] - datetime.timedelta(40)
    columns[start] = [f"{one:%d.%m.%Y}" for one in admitted]
    columns[end] = [f"{one:%d.%m.%Y}" for one in last]
    found = [one for one in alarms(columns) if one.check == "date_order"]
    assert [(one.severity, one.columns, one.row_numbers) for one in found] == [("error", (start, end), (8, 72))]


def test_one_date_as_a_spreadsheet_counts_days_in_one_hospital() -> None:
    columns = cohort()
    south = in_south(columns)
    days = np.random.default_rng(5).integers(42_000, 43_000, len(south))
    dates = [datetime.date(1899, 12, 30) + datetime.timedelta(int(day)) for day in days]
    columns["operasjonsdato"] = [
        str(day) if inside else f"{date:%d.%m.%Y}" for day, date, inside in zip(days, dates, south, strict=True)
    ]
    found = named(alarms(columns), "mixed_date_forms")
    assert (found.severity, found.rows_affected) == ("error", int(south.sum()))


def test_ids_that_lost_their_zeros_and_ids_written_in_two_ways() -> None:
    columns = cohort()
    rng = np.random.default_rng(6)
    columns["patient_id"] = [f"{one:06d}" for one in rng.permutation(120_000)[: len(columns["age"])]]
    south = in_south(columns)
    lost = [str(int(one)) if inside else one for one, inside in zip(columns["patient_id"], south, strict=True)]
    short = sum(len(one) < 6 for one in lost)
    found = named(alarms({**columns, "patient_id": lost}), "ids_without_zeros")
    assert (found.severity, found.rows_affected) == ("warning", short)
    ids = [f"IO-{number:03d}" for number in range(100, 100 + len(south))]
    north = np.flatnonzero(np.array(columns["hospital"]) == "North")
    ids[north[4]] = ids[north[1]].lower() + " "
    found = named(alarms({**columns, "patient_id": ids}), "repeated_ids")
    assert found.row_numbers == (int(north[4]) + 2,)
    assert f"row {int(north[1]) + 2}" in found.evidence


def test_a_code_with_decimals_in_one_hospital_is_a_spelling() -> None:
    columns = cohort()
    south = in_south(columns)
    columns["grade"] = [f"{one}.0" if inside else one for one, inside in zip(columns["grade"], south, strict=True)]
    found = alarms(columns)
    assert [(one.check, one.rows_affected) for one in found] == [("category_spellings", int(south.sum()))]
    assert "all of them in South" in found[0].evidence


def test_minutes_and_hours_blame_the_hospital_that_is_the_odd_one() -> None:
    columns = cohort(400)
    minutes = np.random.default_rng(7).normal(185, 50, 400).clip(50).round()
    columns["op_varighed_min"] = texts(np.where(in_south(columns), (minutes / 60).round(1), minutes))
    found = [one for one in alarms(columns) if "op_varighed_min" in one.columns]
    assert [(one.check, one.hospital) for one in found] == [("unit_in_hospital", "South")]


def test_survivors_coded_as_events_in_one_hospital() -> None:
    columns = cohort(600)
    south = in_south(columns)
    turned = {"dead": "alive", "alive": "dead"}
    columns["os_status"] = [
        turned[one] if inside else one for one, inside in zip(columns["os_status"], south, strict=True)
    ]
    assert named(alarms(columns), "turned_event").hospital == "South"


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("1 columns hold one value only", "1 column holds one value only"),
        ("1 of 861 values of systolic pressure are 0", "1 of 861 values of systolic pressure is 0"),
        ("11 rows are equal, 0.1 rows have none", "11 rows are equal, 0.1 rows have none"),
    ],
)
def test_words_agree_with_a_count_of_one(words: str, right: str) -> None:
    assert in_number(words) == right
