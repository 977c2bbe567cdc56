"""The outcome: before its baseline, leaking into predictors, turned round, contradicted."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learn.checks.tables import alarms, cohort, named, table, texts

from fyr.learn.checks import check_table


def test_a_time_below_zero() -> None:
    columns = cohort()
    columns["os_months"][11] = "-4"
    found = named(alarms(columns), "negative_time")
    assert (found.rows_affected, found.row_numbers) == (1, (13,))


@pytest.mark.parametrize(
    ("start", "end"),
    [("date_of_diagnosis", "date_of_death"), ("diagnosedato", "dødsdato"), ("diagnosdatum", "sista kontakt")],
)
def test_a_death_or_last_contact_before_the_diagnosis(start: str, end: str) -> None:
    columns = cohort()
    begun = np.datetime64("2012-03-01") + np.arange(240) * 7
    columns[start] = begun.astype(str).tolist()
    columns[end] = (begun + 400).astype(str).tolist()
    assert alarms(columns) == []
    columns[end][3] = "2001-01-01"
    found = named(alarms(columns), "date_order")
    assert (found.columns, found.row_numbers, found.severity) == ((start, end), (5,), "error")


def test_times_that_are_days_by_their_dates_in_some_rows() -> None:
    columns = cohort()
    months = np.array([float(cell) for cell in columns["os_months"]])
    begun = np.datetime64("2012-03-01") + np.arange(240) * 5
    columns["diagnosis date"] = begun.astype(str).tolist()
    columns["last contact"] = (begun + (months * 30.4375).astype(int)).astype(str).tolist()
    for row in range(0, 60, 6):
        columns["os_months"][row] = texts([months[row] * 30.4375])[0]
    found = [one for one in alarms(columns) if one.check == "time_unit"]
    assert any(one.rows_affected == 10 and "days by their dates" in one.evidence for one in found)


def test_a_score_made_of_the_outcome() -> None:
    columns = cohort()
    dead = np.array(columns["os_status"]) == "dead"
    columns["score"] = texts(dead + np.random.default_rng(1).normal(0, 0.1, 240))
    found = named(alarms(columns), "leakage")
    assert found.columns == ("score", "os_status")
    assert found.severity == "error"


def test_a_column_filled_in_for_the_dead_only() -> None:
    columns = cohort()
    dead = np.array(columns["os_status"]) == "dead"
    columns["metastasis_place"] = np.where(dead, "bone", "").tolist()
    assert "metastasis_place" in named(alarms(columns), "leakage_by_missing").columns


def test_a_count_that_follows_from_the_follow_up() -> None:
    columns = cohort()
    months = np.array([float(cell) for cell in columns["os_months"]])
    columns["visits"] = texts((months / 3).round())
    assert named(alarms(columns), "leakage_of_time").columns == ("visits", "os_months")


def test_words_of_death_in_a_remark() -> None:
    columns = cohort()
    columns["remark"] = ["patient avled hjemme" if row % 9 == 0 else "kontroll om 6 mnd" for row in range(240)]
    assert named(alarms(columns), "leakage_in_words").columns == ("remark",)


def test_what_is_known_only_afterwards_is_a_note() -> None:
    columns = {**cohort(), "relapse site": ["bone", "liver", "none"] * 80}
    notes = [one for one in check_table(table(columns)) if one.check == "known_afterwards"]
    assert [one.columns for one in notes] == [("relapse site",)]


def test_survivors_coded_as_events() -> None:
    columns = cohort()
    months = np.array([float(cell) for cell in columns["os_months"]])
    dead = (np.array(columns["os_status"]) == "dead") & (months < 60)
    columns["os_months"] = texts(np.minimum(months, 60))
    columns["os_status"] = np.where(dead, "1", "0").tolist()
    assert alarms(columns) == []
    columns["os_status"] = np.where(dead, "0", "1").tolist()
    found = named(alarms(columns), "turned_event")
    assert found.columns == ("os_status", "os_months")


def test_a_vital_status_that_says_the_opposite() -> None:
    columns = cohort()
    dead = np.array(columns["os_status"]) == "dead"
    columns["vital_status"] = np.where(dead, "deceased", "living").tolist()
    assert alarms(columns) == []
    columns["os_event"] = np.where(dead, "0", "1").tolist()
    del columns["os_status"]
    assert "say the opposite" in named(alarms(columns), "contradicting_status").evidence


def test_more_positive_nodes_than_examined_ones() -> None:
    columns = cohort()
    columns["positive_nodes"][9] = "40"
    assert named(alarms(columns), "impossible_combination").row_numbers == (11,)


def test_roles_are_guessed_and_said_and_a_given_one_goes_before() -> None:
    columns = cohort()
    roles = table(columns).roles
    assert (roles.patient, roles.hospital, roles.times, roles.events) == (
        "patient_id",
        "hospital",
        ("os_months",),
        ("os_status",),
    )
    assert "time: os_months (guessed)" in roles.words()
    given = table({**columns, "end": columns["os_months"]}, given={"time": "end"}).roles
    assert given.times[0] == "end"
    assert given.words()[2] == "time: end, os_months"


def test_a_danish_table_is_read_as_what_it_is() -> None:
    columns = cohort()
    danish = {
        "løbenr": columns["patient_id"],
        "sygehus": columns["hospital"],
        "alder": columns["age"],
        "vægt": columns["weight_kg"],
        "højde": columns["height_cm"],
        "bmi": columns["bmi"],
        "udfald": ["død" if cell == "dead" else "i live" for cell in columns["os_status"]],
        "opfølgning_mdr": columns["os_months"],
    }
    danish = {name: [cell.replace(".", ",") for cell in cells] for name, cells in danish.items()}
    assert alarms(danish) == []
    roles = table(danish).roles
    assert (roles.patient, roles.hospital, roles.times, roles.events) == (
        "løbenr",
        "sygehus",
        ("opfølgning_mdr",),
        ("udfald",),
    )
    danish["vægt"][4] = "132,2" if float(columns["weight_kg"][4]) < 100 else "40"
    assert named(alarms(danish), "derived_column").row_numbers == (6,)
