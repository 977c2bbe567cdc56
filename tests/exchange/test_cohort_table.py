"""Tables as cohorts: what a mapping may say, what is refused with the name that was meant, which rows are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fyr.errors import BadInput
from fyr.exchange.tables.cohort_cells import InputColumn
from fyr.exchange.tables.cohort_mapping import read_cohort_mapping
from fyr.exchange.tables.cohort_table import NO_MAPPING, CohortTable, read_cohort_table

MAPPING = """
hospital: {column: inst}
patient: id
decimal: ","
separator: ";"
columns:
  AGE: age
  SIZE: {name: tumour_size_mm, unit: cm}
  ER: {fact: er_positive, words: {Pos: "true", Neg: "false"}, missing: {ND: not done}}
  HER2: her2_status
  ALB: {name: albumin_g_l, unit_column: ALB_UNIT}
always: {screen_detected: "false"}
outcome:
  time: {column: MONTHS, unit: mo}
  event: {column: STATUS, words: {dead: event, alive: none}}
  cause: {column: CAUSE, words: {cancer: event, other: competing, "-": none}}
  title: death of breast cancer
groups:
  er: ER
  age_band: {column: AGE, cuts: [50, 70]}
split: {column: set, train: a, test: b}
"""
TABLE = """inst;id;AGE;SIZE;ER;HER2;ALB;ALB_UNIT;MONTHS;STATUS;CAUSE;set
north;1;49,5;2,2;Pos;3+;40;g/L;24;dead;cancer;a
north;2;50;1;Neg;neg;4;g/dL;36;dead;other;b
south;1;70;NA;ND;equivocal;;g/L;60;alive;-;b
"""


def read(
    folder: Path, table: str = TABLE, mapping: str = MAPPING, *, outcome: Sequence[str] = (), **more: Any
) -> CohortTable:
    (folder / "table.csv").write_text(table, encoding="utf-8")
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    rules = read_cohort_mapping(folder / "mapping.yaml") if mapping else NO_MAPPING
    return read_cohort_table(folder / "table.csv", rules, outcome=outcome, **more)


def test_a_table_becomes_columns(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.patient.tolist() == ["north/1", "north/2", "south/1"]
    assert found.hospital.tolist() == ["north", "north", "south"]
    assert found.columns["age"].tolist() == [49.5, 50, 70]
    assert found.columns["tumour_size_mm"][:2].tolist() == [22, 10]
    assert np.isnan(found.columns["tumour_size_mm"][2])
    assert found.columns["er_positive"][:2].tolist() == [1, 0]
    assert np.isnan(found.columns["er_positive"][2])
    assert found.columns["her2_status"].tolist() == ["positive", "negative", "equivocal"]
    np.testing.assert_array_equal(found.columns["albumin_g_l"], [40, 40, np.nan])
    assert found.columns["screen_detected"].tolist() == [0, 0, 0]
    assert found.code.tolist() == [1, 2, 0]
    assert found.years is not None
    np.testing.assert_allclose(found.years, [2, 3, 5])
    assert found.groups["er"].tolist() == ["Pos", "Neg", ""]
    assert found.groups["age_band"].tolist() == ["<50", "50 to <70", "≥70"]
    assert found.split is not None
    assert found.split.tolist() == ["train", "test", "test"]
    assert (found.row.tolist(), found.title) == ([2, 3, 4], "death of breast cancer")


def test_rows_whose_outcome_is_not_known_are_left_out_and_counted(tmp_path: Path) -> None:
    bad = (
        "north;3;60;1;Pos;neg;40;g/L;-5;dead;cancer;a\n"
        "north;4;60;1;Pos;neg;40;g/L;NA;dead;cancer;a\n"
        "north;5;60;1;Pos;neg;40;g/L;12;dead;NA;a\n"
        "north;6;60;1;Pos;neg;40;g/L;12;alive;cancer;a\n"
        "north;7;60;1;Pos;neg;40;g/L;12;NA;-;a\n"
        "north;8;60;1;Pos;neg;40;g/L;soon;alive;-;a\n"
        "north;;60;1;Pos;neg;40;g/L;12;alive;-;a\n"
    )
    found = read(tmp_path, TABLE + bad)
    assert found.row.tolist() == [2, 3, 4]
    for reason, row in (
        ("a negative follow-up time", 5),
        ("no follow-up time", 6),
        ("the event has no cause", 7),
        ("event and cause contradict each other", 8),
        ("the outcome is not known", 9),
        ("the follow-up time is no number", 10),
        ("no patient id", 11),
    ):
        assert f"1 row left out: {reason} (row {row})" in found.notes


def test_a_cell_that_cannot_be_read_keeps_its_row_for_the_model_to_refuse(tmp_path: Path) -> None:
    bad = "north;9;old;1;Perhaps;neg;40;stone;12;alive;-;a\n"
    found = read(tmp_path, TABLE + bad)
    assert found.columns["age"].tolist() == ["49.5", "50", "70", "old"]
    assert found.columns["er_positive"].tolist() == ["true", "false", "", "Perhaps (no word of the mapping)"]
    assert found.columns["albumin_g_l"].tolist() == ["40", "40", "", "40 stone"]
    numbers = read(tmp_path, TABLE + bad, keep_unread=False)
    np.testing.assert_array_equal(numbers.columns["age"], [49.5, 50, 70, np.nan])
    np.testing.assert_array_equal(numbers.columns["er_positive"], [1, 0, np.nan, np.nan])
    assert any(note.startswith("age cannot be read in 1 row, missing there ('old'") for note in numbers.notes)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (("AGE: age", "Age_: age"), "no column 'Age_'.*did you mean 'AGE'"),
        (("patient: id", "patient: idd"), "no column 'idd'"),
        (("column: MONTHS", "column: months"), "did you mean 'MONTHS'"),
        (("column: inst", "column: institute"), "no column 'institute'"),
        (("column: set", "column: sets"), "did you mean 'set'"),
        (("unit: mo}", "unit: months}"), "did you mean 'mo'"),
        (("unit: mo}", "unit: m}"), "did you mean 'mo'"),
        (
            (", unit: mo}", "}"),
            "nothing says in which unit column 'MONTHS' is; the name looks like months.*--time-unit mo",
        ),
        (("unit: cm", "unit: kg"), "cannot be converted to 'mm'"),
        (("unit: cm", "unit: inch"), r"write \[in_i\]"),
        (("dead: event, alive: none", "dead: event"), r"holds 'alive' \(1\).*words: \{'alive': event\}"),
        (("dead: event", "dead: death"), "must be one of none, event, competing"),
        (("cancer: event", "cancer: competing"), r"none of 3 rows has the event.*\(2 have a competing one\)"),
        (("cuts: [50, 70]", "cuts: [70, 50]"), "must rise"),
        (("cuts: [50, 70]", "cuts: [fifty]"), "'fifty' in 'cuts' is not a number"),
        (("HER2: her2_status", "HER2: age"), "age is mapped twice"),
        (("outcome:", "outcomes:"), "did you mean 'outcome'"),
        (("train: a", "train: c"), "never says 'c'"),
        (("er: ER", "hospital: ER"), "cannot be called 'hospital'"),
        (("er: ER", "er: {column: ER, words: {Pos: yes}}"), "holds 'Neg', which is none of the words"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(changed: tuple[str, str], complaint: str, tmp_path: Path) -> None:
    assert changed[0] in MAPPING
    with pytest.raises(BadInput, match=complaint) as refused:
        read(tmp_path, mapping=MAPPING.replace(*changed))
    assert "\n" not in str(refused.value)


def test_a_name_that_no_model_takes_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    wanted = {"age": InputColumn("age", "number", "a")}
    with pytest.raises(BadInput, match=r"'tumor_size_mm' is neither.*did you mean 'tumour_size_mm'"):
        read(tmp_path, mapping=MAPPING.replace("tumour_size_mm", "tumor_size_mm"), wanted=wanted)
    noted = read(tmp_path, mapping=MAPPING.replace("{name: tumour_size_mm, unit: cm}", "tumor_size_mm"))
    assert "'tumor_size_mm' is no clinical fact and is read as it stands; is it 'tumour_size_mm'?" in noted.notes


PLAIN = "patient,age,grade,time,event,note\n1,50,2,100,1,a\n2,60,3,900,0,b\n2,61,x,800,0,c\n"


def test_a_table_that_speaks_for_itself_needs_no_mapping(tmp_path: Path) -> None:
    wanted = {"age": InputColumn("age", "number", "a"), "grade": InputColumn("grade", "integer", "1")}
    found = read(tmp_path, PLAIN, "", wanted=wanted, outcome=["time", "event"], time_unit="d")
    assert set(found.columns) == {"age", "grade"}
    assert found.patient.tolist() == ["unnamed/1", "unnamed/2", "unnamed/2"]
    assert found.years is not None
    np.testing.assert_allclose(found.years, np.array([100, 900, 800]) / 365.25)
    assert any("more than one row (up to 2)" in note for note in found.notes)
    everything = read(tmp_path, PLAIN, "", outcome=["time", "event"], time_unit="d")
    assert set(everything.columns) == {"age", "grade", "note"}
    there_or_not = read(tmp_path, PLAIN, "", wanted=wanted, outcome=["event"])
    assert there_or_not.years is None
    assert there_or_not.code.tolist() == [1, 0, 0]


def test_a_column_that_only_shares_a_facts_name_is_text(tmp_path: Path) -> None:
    table = PLAIN.replace(",2,100", ",intermediate,100").replace(",3,900", ",high,900").replace(",x,", ",,")
    found = read(tmp_path, table, "", outcome=["time", "event"], time_unit="d")
    assert found.columns["grade"].tolist() == ["intermediate", "high", ""]
    assert "grade is read as text: no cell is integer of that name" in found.notes
    kept = read(tmp_path, PLAIN, "", outcome=["time", "event"], time_unit="d", keep_unread=False)
    assert kept.columns["grade"].tolist()[:2] == [2.0, 3.0], "one cell that cannot be read does not make a column text"


INTERVALS = "id,start,stop,event,age\n1,0,50,1,53\n2,0,6,0,54\n2,6,9,1,54\n3,0,1,0,40\n3,1,16,0,40\n3,16,20,1,40\n"


def test_intervals_of_one_patient_are_no_cohort(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"3 rows go on where the row before ends \(column 'start'\)"):
        read(tmp_path, INTERVALS, "", outcome=["stop", "event"], time_unit="d")
    late_entry = INTERVALS.replace("3,1,16", "3,2,16")
    assert len(read(tmp_path, late_entry, "", outcome=["stop", "event"], time_unit="d").code) == 6


@pytest.mark.parametrize(("no", "yes"), [("0.0", "1.0"), ("False", "True"), ("0", "1."), ("no", "YES")])
def test_an_event_may_be_written_as_programs_write_it(no: str, yes: str, tmp_path: Path) -> None:
    table = PLAIN.replace(",1,a", f",{yes},a").replace(",0,", f",{no},")
    assert read(tmp_path, table, "", outcome=["time", "event"], time_unit="d").code.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("table", "outcome", "unit", "complaint"),
    [
        (PLAIN, ["tme", "event"], "d", "did you mean 'time'"),
        (PLAIN, ["time", "event"], None, "--time-unit d, wk, mo or a"),
        (PLAIN, [], "d", "--outcome TIME,EVENT"),
        (PLAIN, ["event"], "d", "no column of times"),
        (PLAIN, ["a", "b", "c", "d"], None, "names 4 columns"),
        (PLAIN, ["note", "event"], "d", r"no cell of column 'note' is a follow-up time \(the first is 'a'\)"),
        (PLAIN, ["time", "note"], "d", r"holds 'a' \(1\), 'b' \(1\), 'c' \(1\), and nothing says"),
        (PLAIN.replace(",1,a", ",0,a"), ["time", "event"], "d", "none of 3 rows has the event"),
        (PLAIN.replace(",0,", ",1,"), ["event"], None, "every one of 3 rows has the event"),
        (PLAIN.replace(",1,a", ",2,a").replace(",0,", ",1,"), ["time", "event"], "d", "is 1 alive and 2 dead"),
        (
            PLAIN.replace(",1,a", ",2.0,a").replace(",0,", ",1.0,"),
            ["time", "event"],
            "d",
            "is 1 alive and 2 dead",
        ),
        (PLAIN.replace(",age,", ",Age at surgery,").replace(",grade,", ",Grading,"), ["event"], None, "is it grade"),
    ],
)
def test_what_the_table_does_not_say_is_asked_for(
    table: str, outcome: list[str], unit: str | None, complaint: str, tmp_path: Path
) -> None:
    wanted = {"age": InputColumn("age", "number", "a"), "grade": InputColumn("grade", "integer", "1")}
    with pytest.raises(BadInput, match=complaint):
        read(tmp_path, table, "", wanted=wanted, outcome=outcome, time_unit=unit)


def test_groups_may_be_columns_and_must_have_few_values(tmp_path: Path) -> None:
    rows = "".join(f"{number},{40 + number},1,{100 + number},{number % 2},w{number % 3}\n" for number in range(30))
    table = "patient,age,grade,time,event,note\n" + rows
    found = read(tmp_path, table, "", outcome=["event"], by=["hospital", "note"])
    assert set(found.groups) == {"note"}
    with pytest.raises(BadInput, match=r"'age'.*30 different values.*cuts: \[50, 70\]"):
        read(tmp_path, table, "", outcome=["event"], by=["age"])
    with pytest.raises(BadInput, match="did you mean 'note'"):
        read(tmp_path, table, "", outcome=["event"], by=["notes"])


def test_a_doubtful_unit_of_time_is_said(tmp_path: Path) -> None:
    days = read(tmp_path, PLAIN, "", outcome=["time", "event"], time_unit="mo")
    assert any("66.7 years in the middle" in note and "is it in days?" in note for note in days.notes)
    short = read(tmp_path, PLAIN.replace("00,", ","), "", outcome=["time", "event"], time_unit="d")
    assert any("8.0 days in the middle: is the unit right?" in note for note in short.notes)
    named = read(tmp_path, PLAIN.replace(",time,", ",OS_months,"), "", outcome=["OS_months", "event"], time_unit="d")
    assert "column 'OS_months' is read in days, and its name says months" in named.notes


def test_typed_columns_are_read_like_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"patient": [1, 2], "age": [50.0, None], "er_positive": [True, False], "time": [1.0, 2.5], "event": [1, 0]}
    )
    frame.write_parquet(tmp_path / "table.parquet")
    found = read_cohort_table(tmp_path / "table.parquet", NO_MAPPING, outcome=["time", "event"], time_unit="a")
    assert found.patient.tolist() == ["unnamed/1", "unnamed/2"]
    np.testing.assert_array_equal(found.columns["age"], [50, np.nan])
    assert found.columns["er_positive"].tolist() == [1, 0]
    assert found.years is not None
    assert found.years.tolist() == [1, 2.5]


DATES = """id,diagnosed,seen,dead
1,01.02.2020,01.02.2022,1
2,01.02.2020,,0
3,30.02.2020,01.02.2022,0
4,01.02.2022,01.02.2020,0
5,29.02.2020,29.02.2020,0
"""


def test_follow_up_may_be_the_time_between_two_dates(tmp_path: Path) -> None:
    mapping = 'patient: id\noutcome: {time: {column: seen, since: diagnosed, format: "%d.%m.%Y"}, event: dead}\n'
    found = read(tmp_path, DATES, mapping)
    assert found.years is not None
    np.testing.assert_allclose(found.years, [731 / 365.25, 0])
    assert found.row.tolist() == [2, 6]
    for reason, row in (("no date", 3), ("a date that cannot be read", 4), ("a last date before the first", 5)):
        assert f"1 row left out: {reason} (row {row})" in found.notes
    with pytest.raises(BadInput, match=r"no row has a date as 2026-11-22 in both.*the first is '01.02.2022'"):
        read(tmp_path, DATES, mapping.replace(', format: "%d.%m.%Y"', ""))
    iso = read(
        tmp_path, "id,diagnosed,seen,dead\n1,2020-01-01,2020-12-31T10:00:00,1\n", mapping.replace('"%d.%m.%Y"', "iso")
    )
    assert iso.years is not None
    np.testing.assert_allclose(iso.years, [365 / 365.25])
    frame = pl.DataFrame({"id": [1], "diagnosed": ["2020-01-01"], "seen": ["2021-01-01"], "dead": [1]})
    frame.with_columns(pl.col("diagnosed", "seen").str.to_date()).write_parquet(tmp_path / "t.parquet")
    typed = read_cohort_table(tmp_path / "t.parquet", read_cohort_mapping(tmp_path / "mapping.yaml"))
    assert typed.years is not None
    np.testing.assert_allclose(typed.years, [366 / 365.25])


@pytest.mark.parametrize(
    ("time", "complaint"),
    [
        ("{column: seen, since: diagnosd}", "did you mean 'diagnosed'"),
        ("{column: seen, since: diagnosed, unit: d}", "'since' with two columns of dates"),
        ("{column: seen, unit: d, format: iso}", "'format' goes with 'since'"),
        ("{column: seen, since: diagnosed, format: '%Y'}", "no form of a day"),
        ("{column: seen, unit: d}", "or two of dates"),
    ],
)
def test_dates_that_cannot_be_meant_are_refused(time: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=complaint):
        read(tmp_path, DATES, f"patient: id\noutcome: {{time: {time}, event: dead}}\n")


def test_a_mapping_for_the_record_is_told_from_one_of_a_cohort(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a mapping for the record.*'columns' and 'outcome'"):
        read(tmp_path, DATES, "patient: id\ndate: seen\nfacts: {id: age}\n")


@pytest.mark.real
def test_days_that_are_called_months_are_noticed(data_folder: Path) -> None:
    """The cohort of Ravi in the public file of LORIS: its OS_Months reach 2,779."""
    book = data_folder / "diagnose" / "lung_immunotherapy" / "LORIS_AllData.xlsx"
    mapping = read_cohort_mapping_of(book, "Ravi_NSCLC")
    found = read_cohort_table(book, mapping, outcome=["OS_Months", "OS_Event"], time_unit="mo")
    assert any("is it in days?" in note for note in found.notes)


def read_cohort_mapping_of(book: Path, sheet: str) -> Any:
    from dataclasses import replace

    names = pl.read_excel(book, sheet_name=sheet, engine="calamine").columns
    assert {"OS_Months", "OS_Event"} <= set(names)
    return replace(NO_MAPPING, sheet=sheet)


def test_patients_are_held_out_by_lot_whatever_the_order(tmp_path: Path) -> None:
    rows = [f"{number % 200},{number % 2},{1 + number % 5}" for number in range(400)]
    mapping = "patient: id\nhospital: A\noutcome: {event: dead}\nhold_out: {share: 0.3}\n"
    there = read(tmp_path, "\n".join(["id,dead,x", *rows]), mapping)
    back = read(tmp_path, "\n".join(["id,dead,x", *reversed(rows)]), mapping)
    assert there.split is not None
    assert back.split is not None
    lots = dict(zip(there.patient.tolist(), there.split.tolist(), strict=True))
    assert dict(zip(back.patient.tolist(), back.split.tolist(), strict=True)) == lots
    assert [lots[one] for one in there.patient.tolist()] == there.split.tolist()  # one lot for each patient
    held = sum(lot == "test" for lot in lots.values())
    assert 40 <= held <= 80  # 200 patients, three in ten: within three standard deviations of 60


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("hold_out: {share: 30}", "must lie between 0 and 1"),
        ("hold_out: {share: some}", "'some' in 'share' is not a number"),
        ("hold_out: {share: 0.3, seed: 1.5}", "must be a whole number"),
        ("hold_out: {share: 0.3, sed: 1}", "sed"),
        ("hold_out: {share: 0.3}\nsplit: {column: s, train: a, test: b}", "both say who is held out"),
    ],
)
def test_a_lot_that_cannot_be_drawn_is_refused(tmp_path: Path, part: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read(tmp_path, TABLE, f"outcome: {{event: dead}}\n{part}\n")


@pytest.mark.parametrize("page", ["how-to/validate-a-model.md", "reference/cohort-mapping.md"])
def test_the_mappings_of_the_documents_can_be_read(page: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        (tmp_path / "mapping.yaml").write_text(block, encoding="utf-8")
        assert read_cohort_mapping(tmp_path / "mapping.yaml").outcome is not None


def test_the_names_that_training_makes_of_columns_are_found_again(tmp_path: Path) -> None:
    """``ph.ecog`` becomes the input ``ph_ecog``; the table that the model was trained on must fit it as it is."""
    wanted = {name: InputColumn(name, "number", "1") for name in ("ph_ecog", "wt_loss")}
    table = "ph.ecog,Wt Loss,time,event\n1,5,10,1\n2,6,20,0\n"

    found = read(tmp_path, table, "", outcome=["time", "event"], time_unit="d", wanted=wanted)
    assert {name: column.tolist() for name, column in found.columns.items()} == {"ph_ecog": [1, 2], "wt_loss": [5, 6]}
    assert "taken by its name: 'ph.ecog' as ph_ecog, 'Wt Loss' as wt_loss" in found.notes

    mapped = "columns: {Wt Loss: Wt.loss, ph.ecog: ph.ecog}\n"
    found = read(tmp_path, table, mapped, outcome=["time", "event"], time_unit="d", wanted=wanted)
    assert set(found.columns) == {"ph_ecog", "wt_loss"}

    twice = table.replace("Wt Loss", "ph-ecog")
    with pytest.raises(BadInput, match=r"'ph\.ecog' and 'ph-ecog' could both be the input 'ph_ecog'"):
        read(tmp_path, twice, "", outcome=["time", "event"], time_unit="d", wanted=wanted)


def test_another_separator_and_words_to_cut_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one column with ';' in it: write separator"):
        read(tmp_path, "a;time;event\n1;2;1\n", "", outcome=["time", "event"], time_unit="d")
    cut = "groups: {g: {column: kind, cuts: [1]}}\n"
    with pytest.raises(BadInput, match="no cell of column 'kind' is a number to cut"):
        read(tmp_path, "kind,time,event\nx,2,1\ny,3,0\n", cut, outcome=["time", "event"], time_unit="d")
