"""Tables: the same vital signs from every format and form, and one clear error for what would have to be guessed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.clock import HOUR_US, MINUTE_US, from_iso
from fyr.errors import BadInput
from fyr.exchange.recording import Recording, Skipped
from fyr.exchange.recordings import read_recordings
from fyr.exchange.tables import read_mapping, read_table
from fyr.record.identity import PatientId
from fyr.record.observation import Status
from fyr.record.series import Quality, Series

Writer = Callable[..., Path]
MAPPING = """
hospital: north
patient: id
time: {column: when, time_zone: UTC}
columns:
  HR: {code: heart_rate, unit: /min, period_s: 60}
  temp: {code: temperature, unit: "[degF]", missing: {ND: not done}}
"""
TABLE = """id,when,HR,temp,ward
17,2026-01-01 00:00,80,98.6,A
17,2026-01-01 00:01,,ND,A
18,2026-01-01T00:00:30.500,61.5,104,B
17,2026-01-01 00:02:00,82,,A
"""


def local(minute: int) -> datetime:
    """A time as a spreadsheet has it: without a zone."""
    return datetime(2026, 1, 1, 0, minute)  # noqa: DTZ001


def mapping(folder: Path, text: str = MAPPING) -> Path:
    (folder / "mapping.yaml").write_text(text)
    return folder / "mapping.yaml"


def table(folder: Path, text: str = TABLE, name: str = "vitals.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def of(recordings: list[Recording], patient: str, signal: str) -> Series:
    (found,) = [
        series
        for recording in recordings
        if str(recording.patient) == patient
        for series in recording.series
        if series.signal == signal
    ]
    return found


def refused(path: Path, mapping_: Path | None = None, **options: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_table(path, mapping=mapping_, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert caught.value.where
    assert caught.value.mend
    return caught.value


def check(recordings: list[Recording]) -> None:
    """What TABLE says, worked out by hand; 98.6 °F is 37 °C and 104 °F is 40 °C."""
    assert [str(recording.patient) for recording in recordings] == ["north/17", "north/18"]
    start = from_iso("2026-01-01T00:00:00Z")
    heart = of(recordings, "north/17", "heart_rate")
    assert (heart.time_us - start).tolist() == [0, MINUTE_US, 2 * MINUTE_US]
    np.testing.assert_equal(heart.value, [80, np.nan, 82])
    assert heart.quality.tolist() == [Quality.PRESENT, Quality.UNKNOWN, Quality.PRESENT]
    assert (heart.unit, heart.period_us) == ("/min", MINUTE_US)
    temperature = of(recordings, "north/17", "temperature")
    assert temperature.unit == "Cel"
    assert temperature.value[0] == 37.0
    assert temperature.quality.tolist() == [Quality.PRESENT, Quality.NOT_DONE, Quality.UNKNOWN]
    other = of(recordings, "north/18", "temperature")
    assert other.value.tolist() == [40.0]
    assert (other.time_us - start).tolist() == [30_500_000]
    for recording in recordings:
        assert recording.skipped == [Skipped("ward", "the mapping does not mention this column")]


class TestTheSameVitalSigns:
    def test_csv(self, tmp_path: Path) -> None:
        check(read_table(table(tmp_path), mapping=mapping(tmp_path)))

    def test_csv_as_windows_writes_it(self, tmp_path: Path) -> None:
        path = tmp_path / "vitals.csv"
        path.write_bytes(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode())
        check(read_table(path, mapping=mapping(tmp_path)))

    def test_csv_with_semicolons_decimal_commas_and_another_encoding(self, tmp_path: Path) -> None:
        text = TABLE.replace(",", ";").replace("98.6", "98,6").replace("61.5", "61,5").replace("ward", "Stationsgebühr")
        (tmp_path / "vitals.csv").write_bytes(text.encode("cp1252"))
        wanted = MAPPING + "decimal: ','\nseparator: ;\nencoding: cp1252\n"
        recordings = read_table(tmp_path / "vitals.csv", mapping=mapping(tmp_path, wanted))
        assert recordings[0].skipped[0].name == "Stationsgebühr"
        assert of(recordings, "north/18", "heart_rate").value.tolist() == [61.5]
        assert of(recordings, "north/17", "temperature").value[0] == 37.0

    def test_tabs(self, tmp_path: Path) -> None:
        check(read_table(table(tmp_path, TABLE.replace(",", "\t"), "vitals.tsv"), mapping=mapping(tmp_path)))

    def test_quoted_cells_and_blank_lines(self, tmp_path: Path) -> None:
        text = TABLE.replace(",A\n", ',"A, the\nfirst"\n').replace("18,", "\n18,")
        check(read_table(table(tmp_path, text), mapping=mapping(tmp_path)))

    def test_parquet(self, tmp_path: Path) -> None:
        frame = pl.read_csv(table(tmp_path), infer_schema=False).with_columns(
            pl.col("HR").cast(pl.Float32),
            pl.col("id").cast(pl.Int64),
            pl.col("when").map_elements(datetime.fromisoformat, return_dtype=pl.Datetime("us")),
        )
        frame.write_parquet(tmp_path / "vitals.parquet")
        check(read_table(tmp_path / "vitals.parquet", mapping=mapping(tmp_path)))

    def test_spreadsheet(self, tmp_path: Path, write_spreadsheet: Writer) -> None:
        path = write_spreadsheet(
            tmp_path / "vitals.xlsx",
            {
                "Vital signs": [
                    ["id", "when", "HR", "temp", "ward"],
                    [17, local(0), 80, 98.6, "A"],
                    [17, local(1), None, "ND", "A"],
                    [18, "2026-01-01T00:00:30.5", 61.5, 104, "B"],
                    [17, local(2), 82, None, "A"],
                ]
            },
        )  # fmt: skip
        check(read_table(path, mapping=mapping(tmp_path)))

    def test_long_form_with_units_in_the_file(self, tmp_path: Path) -> None:
        path = table(
            tmp_path,
            "pt;site;at;what;result;uom;state\n"
            "17;north;01.01.2026 01:00;Pulse (ECG);80;bpm;final\n"
            "17;north;01.01.2026 01:00;T;98,6;[degF];final\n"
            "17;north;01.01.2026 01:05;T core;37,5;Cel;final\n"
            "17;north;01.01.2026 01:06;Lactate;1,2;mmol/L;final\n"
            "17;north;01.01.2026 01:07;Oxygen;yes;;final\n"
            "17;north;01.01.2026 01:08;Mood;fine;;final\n"
            "17;north;01.01.2026 01:09;T;;Cel;refused\n",
        )
        wanted = mapping(
            tmp_path,
            """
hospital: {column: site}
patient: pt
time: {column: at, format: "%d.%m.%Y %H:%M", time_zone: "+01:00"}
separator: ;
decimal: ","
long:
  name: what
  value: result
  unit: uom
  status: state
  status_words: {final: present, refused: not done}
  units: {bpm: /min}
  names:
    Pulse (ECG): heart_rate
    T: temperature
    T core: temperature
    Lactate: {code: "loinc:2524-7"}
    Oxygen: {code: "fyr:supplemental_oxygen", kind: boolean, is_true: [yes], is_false: [no]}
""",
        )
        (recording,) = read_table(path, mapping=wanted)
        temperature = of([recording], "north/17", "temperature")
        np.testing.assert_equal(temperature.value, [37.0, 37.5, np.nan])
        assert temperature.quality.tolist() == [Quality.PRESENT, Quality.PRESENT, Quality.NOT_DONE]
        assert temperature.time_us[0] == from_iso("2026-01-01T00:00:00Z")
        assert of([recording], "north/17", "heart_rate").value.tolist() == [80]
        said = {one.code: (one.value, one.unit, one.status) for one in recording.observations}
        assert said == {
            "loinc:2524-7": (1.2, "mmol/L", Status.PRESENT),
            "fyr:supplemental_oxygen": (True, None, Status.PRESENT),
        }
        assert recording.skipped == [Skipped("Mood", "the mapping does not mention this name (1 rows)")]
        assert any("heart_rate: no period is given" in note for note in recording.notes)

    def test_what_nurses_observe(self, tmp_path: Path) -> None:
        path = table(tmp_path, "id,when,ACVPU,O2\n1,2026-01-01T00:00:00Z,Alert,no\n1,2026-01-01T01:00:00Z,Pain,yes\n")
        wanted = mapping(
            tmp_path,
            "hospital: h\npatient: id\ntime: when\ncolumns:\n"
            "  ACVPU: {code: consciousness, kind: text, words: {Alert: A, Pain: P}}\n"
            "  O2: {code: supplemental_oxygen, kind: boolean, is_true: [yes], is_false: [no]}\n",
        )
        (recording,) = read_table(path, mapping=wanted)
        assert [(one.code, one.value) for one in recording.observations] == [
            ("consciousness", "A"),
            ("consciousness", "P"),
            ("supplemental_oxygen", False),
            ("supplemental_oxygen", True),
        ]
        problem = refused(table(tmp_path, path.read_text().replace("Pain", "Asleep")), wanted)
        assert "'Asleep' is none of the words Alert, Pain" in problem.what
        assert "row 3, column 'ACVPU'" in problem.where
        problem = refused(table(tmp_path, path.read_text().replace("Asleep", "Pain").replace("no", "maybe")), wanted)
        assert "'maybe' is neither true (yes) nor false (no)" in problem.what

    @pytest.mark.real
    def test_a_real_cohort(self, data_folder: Path, tmp_path: Path) -> None:
        """Checked against the Parquet file itself, read by polars."""
        path = data_folder / "watch" / "icu_demo" / "sepsis" / "mimic_demo" / "dyn.parquet"
        wanted = mapping(
            tmp_path,
            "hospital: mimic-demo\npatient: stay_id\nmissing: {'': absent}\n"
            "time: {column: time, format: hours, start: '2020-01-01T00:00:00Z'}\n"
            "columns:\n  hr: {code: heart_rate, unit: /min, period_s: 3600}\n"
            "  temp: {code: 'loinc:8310-5', unit: Cel}\n  lact: {code: 'loinc:2524-7', unit: mmol/L}\n",
        )
        recordings = read_table(path, mapping=wanted)
        frame = pl.read_parquet(path)
        assert len(recordings) == frame["stay_id"].n_unique()
        hr = [series for one in recordings for series in one.series if series.signal == "heart_rate"]
        assert sum(len(series) for series in hr) == frame["hr"].count()
        assert sum(series.value.sum() for series in hr) == pytest.approx(frame["hr"].sum())
        assert sum(len(one.observations) for one in recordings) == frame["lact"].count()
        first = frame.filter(pl.col("stay_id") == int(recordings[0].patient.local), pl.col("hr").is_not_null())
        hours = (hr[0].time_us - from_iso("2020-01-01T00:00:00Z")) // HOUR_US
        assert hours.tolist() == (first["time"].dt.total_seconds() // 3600).to_list()


class TestFyrsOwnForm:
    def frame(self) -> pl.DataFrame:
        start = datetime(2896, 10, 10, tzinfo=UTC)
        return pl.DataFrame(
            {
                "patient": ["demo/1"] * 3 + ["demo/2"],
                "signal": ["heart_rate", "heart_rate", "spo2", "heart_rate"],
                "time": [start, start + timedelta(minutes=1), start, start],
                "value": [70.0, None, 97.0, 80.0],
            },
            schema_overrides={"time": pl.Datetime("us", "UTC")},
        )

    def test_parquet_and_csv_need_no_mapping(self, tmp_path: Path) -> None:
        self.frame().write_parquet(tmp_path / "samples.parquet")
        self.frame().with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(tmp_path / "samples.csv")
        for path in (tmp_path, tmp_path / "samples.parquet", tmp_path / "samples.csv"):
            recordings = read_recordings(path)
            assert [recording.patient for recording in recordings] == [PatientId("demo", "1"), PatientId("demo", "2")]
            heart = of(recordings, "demo/1", "heart_rate")
            np.testing.assert_equal(heart.value, [70, np.nan])
            assert heart.quality.tolist() == [Quality.PRESENT, Quality.UNKNOWN]
            assert heart.time_us[0] == from_iso("2896-10-10T00:00:00Z")
            assert heart.period_us == MINUTE_US

    def test_quality_and_period_may_be_given(self, tmp_path: Path) -> None:
        frame = self.frame().with_columns(
            pl.Series("quality", ["imputed", "not done", "implausible", "present"]), period_s=5.0
        )
        frame.write_parquet(tmp_path / "samples.parquet")
        heart = of(read_recordings(tmp_path), "demo/1", "heart_rate")
        assert heart.quality.tolist() == [Quality.IMPUTED, Quality.NOT_DONE]
        assert heart.period_us == 5_000_000

    def test_a_signal_that_is_not_known_is_refused(self, tmp_path: Path) -> None:
        self.frame().with_columns(signal=pl.lit("hr")).write_parquet(tmp_path / "samples.parquet")
        assert "'hr'" in str(refused(tmp_path / "samples.parquet"))

    def test_a_patient_without_hospital_is_refused_unless_one_is_named(self, tmp_path: Path) -> None:
        self.frame().with_columns(patient=pl.lit("7")).sort("time").write_parquet(tmp_path / "samples.parquet")
        assert "no hospital" in str(refused(tmp_path / "samples.parquet"))
        assert read_recordings(tmp_path, hospital="south")[0].patient == PatientId("south", "7")

    def test_what_was_simulated_is_read_back(self, tmp_path: Path) -> None:
        from fyr.exchange.sample_folder import write_sample_folder
        from fyr.record.observation import Observation
        from fyr.record.sample_batch import SampleBatch

        who = PatientId("demo", "1")
        batch = SampleBatch(
            patients=(who,),
            signals=("spo2",),
            patient_index=np.zeros(2, dtype=np.uint32),
            signal_index=np.zeros(2, dtype=np.uint16),
            time_us=np.array([0, MINUTE_US]),
            value=np.array([97.0, np.nan]),
            quality=np.array([0, 1], dtype=np.uint8),
            period_us=np.array([MINUTE_US]),
        )
        observed = [
            Observation(who, "consciousness", 5, "A", None, Status.PRESENT, "nurse"),
            Observation(who, "supplemental_oxygen", 5, value=True, unit=None, status=Status.PRESENT, source="nurse"),
            Observation(who, "temperature", 6, 36.8, "Cel", Status.PRESENT, "nurse"),
            Observation(who, "temperature", 7, None, "Cel", Status.UNKNOWN, "nurse"),
        ]
        write_sample_folder(
            tmp_path / "ward",
            samples=[batch],
            truth=[],
            patients=[{"patient": "demo/1", "sex": "female", "birth_year": 1950}],
            observations=observed,
        )
        (recording,) = read_recordings(tmp_path / "ward")
        np.testing.assert_equal(recording.series[0].value, [97, np.nan])
        assert [(one.code, one.time_us, one.value, one.unit, one.status) for one in recording.observations] == [
            (one.code, one.time_us, one.value, one.unit, one.status) for one in observed
        ]
        assert recording.attributes == {"sex": "female", "birth_year": 1950}
        assert [skipped.name for skipped in recording.skipped] == ["truth.parquet"]


class TestTimes:
    def one(self, folder: Path, cell: str, time: str) -> int:
        path = table(folder, f'id,when,HR\n1,"{cell}",60\n')
        wanted = f"hospital: h\npatient: id\ntime: {time}\ncolumns:\n  HR: {{code: heart_rate, unit: /min}}\n"
        return int(read_table(path, mapping=mapping(folder, wanted))[0].series[0].time_us[0])

    @pytest.mark.parametrize(
        ("cell", "time", "utc"),
        [
            ("2026-07-01T12:00:00Z", "{column: when}", "2026-07-01T12:00:00Z"),
            ("2896-07-01 12:00:00.25Z", "when", "2896-07-01T12:00:00.250000Z"),
            ("0099-07-01 12:00:00Z", "when", "0099-07-01T12:00:00Z"),
            ("2026-07-01T12:00:00.123456789Z", "when", "2026-07-01T12:00:00.123456Z"),
            ("2026-07-01 12:00+0200", "when", "2026-07-01T10:00:00Z"),
            ("2026-07-01 12:00", "{column: when, time_zone: Europe/Copenhagen}", "2026-07-01T10:00:00Z"),
            ("2026-01-01 12:00", "{column: when, time_zone: Europe/Copenhagen}", "2026-01-01T11:00:00Z"),
            ("2026-01-01 12:00-05:00", "{column: when, time_zone: Europe/Copenhagen}", "2026-01-01T17:00:00Z"),
            # the clock went back at 01:00 UTC on 2026-10-25: 02:30 was at 00:30Z and again at 01:30Z
            (
                "2026-10-25 02:30",
                "{column: when, time_zone: Europe/Copenhagen, ambiguous: earlier}",
                "2026-10-25T00:30:00Z",
            ),
            (
                "2026-10-25 02:30",
                "{column: when, time_zone: Europe/Copenhagen, ambiguous: later}",
                "2026-10-25T01:30:00Z",
            ),
            ("1/7/26 9:05", "{column: when, format: '%d/%m/%y %H:%M', time_zone: UTC}", "2026-07-01T09:05:00Z"),
            ("01.07.2026 09:05 +0200", "{column: when, format: '%d.%m.%Y %H:%M %z'}", "2026-07-01T07:05:00Z"),
            ("1782000000", "{column: when, format: epoch_s}", "2026-06-21T00:00:00Z"),
            ("1782000000123.4", "{column: when, format: epoch_ms}", "2026-06-21T00:00:00.123400Z"),
            ("1.5", "{column: when, format: hours, start: '2026-01-01T00:00:00Z'}", "2026-01-01T01:30:00Z"),
            ("2896-10-10 00:31:25.894", "{column: when, time_zone: UTC}", "2896-10-10T00:31:25.894000Z"),
        ],
    )
    def test_formats_and_zones(self, tmp_path: Path, cell: str, time: str, utc: str) -> None:
        assert self.one(tmp_path, cell, time) == from_iso(utc)

    @pytest.mark.parametrize(
        ("cell", "time", "what"),
        [
            ("2026-07-01 12:00", "when", "has no time zone"),
            ("2026-03-29 02:30", "{column: when, time_zone: Europe/Copenhagen}", "did not happen"),
            ("2026-10-25 02:30", "{column: when, time_zone: Europe/Copenhagen}", "happened twice"),
            ("2026-02-30T12:00:00Z", "when", "not a time that exists"),
            ("2026-02-28T12:00:60Z", "when", "not a time that exists"),
            ("2026-02-28T24:00:00Z", "when", "not a time that exists"),
            ("2026-07-01", "when", "not an ISO 8601 time"),
            ("07/01/2026 12:00", "when", "not an ISO 8601 time"),
            ("1 July", "{column: when, format: '%d/%m/%Y', time_zone: UTC}", "'%d/%m/%Y'"),
            ("soon", "{column: when, format: epoch_s}", "'soon' is not a number"),
            ("1782000000000000", "{column: when, format: epoch_s}", "beyond the years"),
            ("", "when", "there is no time"),
        ],
    )
    def test_what_would_have_to_be_guessed(self, tmp_path: Path, cell: str, time: str, what: str) -> None:
        with pytest.raises(BadInput) as caught:
            self.one(tmp_path, cell, time)
        assert what in caught.value.what
        assert "row 2, column 'when'" in caught.value.where

    def test_a_zone_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="'Europe/Kobenhavn' is not a time zone"):
            self.one(tmp_path, "2026-01-01 00:00", "{column: when, time_zone: Europe/Kobenhavn}")

    def test_a_time_that_goes_backwards_is_refused_with_its_row_unless_sorting_is_asked_for(
        self, tmp_path: Path
    ) -> None:
        path = table(tmp_path, TABLE + "17,2026-01-01 00:01:30,90,99,A\n")
        problem = refused(path, mapping(tmp_path))
        assert "goes backwards, from 2026-01-01T00:02:00Z to 2026-01-01T00:01:30Z" in problem.what
        assert "row 6, column 'when'" in problem.where
        recordings = read_table(path, mapping=mapping(tmp_path, MAPPING + "sort: true\n"))
        np.testing.assert_equal(of(recordings, "north/17", "heart_rate").value, [80, np.nan, 90, 82])

    def test_parquet_types_that_say_too_little(self, tmp_path: Path) -> None:
        for column, what in (
            (pl.Series("when", [local(0).date()]), "Date"),
            (pl.Series("when", [timedelta(hours=1)]), "Duration"),
            (pl.Series("when", [1782000000]), "Int64"),
            (pl.Series("when", [True]), "Boolean"),
        ):
            pl.DataFrame({"id": ["1"], "when": column, "HR": [60.0], "temp": [98.6]}).write_parquet(
                tmp_path / "v.parquet"
            )
            assert what in str(refused(tmp_path / "v.parquet", mapping(tmp_path)))


class TestBadFiles:
    @pytest.mark.parametrize(
        ("old", "new", "where", "what"),
        [
            ("61.5", "61,5", "", "the row has 6 fields"),
            ("61.5", '"61,5"', "row 4, column 'HR'", "decimal comma"),
            ("61.5", '"1.234,5"', "row 4, column 'HR'", "decimal comma"),
            ("61.5", "sixty", "row 4, column 'HR'", "'sixty' is not a number"),
            ("61.5", "NaN", "row 4, column 'HR'", "'NaN' is not a number"),
            ("61.5", "1e999", "row 4, column 'HR'", "not a number"),
            ("61.5", "0x1F", "row 4, column 'HR'", "not a number"),
            ("61.5", "80 bpm", "row 4, column 'HR'", "not a number"),
            ("18,", ",", "row 4, column 'id'", "there is no patient"),
            ("18,", "a/b/c,", "row 4, column 'id'", "b/c"),
            ("18,", "south/18,", "row 4, column 'id'", "another hospital"),
            (",B", "", "row 4", "the row has 4 fields, but the header has 5 columns"),
            (",ward", ",HR", "row 1", "two columns are named 'HR'"),
            (",ward", ",", "row 1", "column 5 has no name"),
            ("HR,", "hr,", "mapping", "the file has no column 'HR'"),
            (",B", ',"B', "row 4", "cannot be read"),
            (",B", ",\x00", "row 4", "binary"),
        ],
    )
    def test_cells_and_rows(self, tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
        assert old in TABLE
        problem = refused(table(tmp_path, TABLE.replace(old, new, 1)), mapping(tmp_path))
        assert what in problem.what
        assert where in problem.where

    def test_a_decimal_point_where_the_mapping_says_comma(self, tmp_path: Path) -> None:
        problem = refused(table(tmp_path), mapping(tmp_path, MAPPING + "decimal: ','\n"))
        assert "decimal point" in problem.what
        assert "column 'HR'" in problem.where or "column 'temp'" in problem.where

    def test_another_encoding_names_the_row(self, tmp_path: Path) -> None:
        (tmp_path / "vitals.csv").write_bytes(TABLE.replace(",B", ",Kühlung").encode("latin-1"))
        problem = refused(tmp_path / "vitals.csv", mapping(tmp_path))
        assert "0xfc" in problem.what
        assert "row 4" in problem.where
        assert "encoding" in problem.mend

    @pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".xlsx"])
    def test_empty_junk_and_absent_files(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"vitals{suffix}"
        assert "no such file" in str(refused(path, mapping(tmp_path)))
        path.write_bytes(b"")
        assert "empty" in str(refused(path, mapping(tmp_path)))
        path.write_bytes(bytes(range(256)) * 8)
        assert str(path) in refused(path, mapping(tmp_path)).where

    def test_a_truncated_parquet_file(self, tmp_path: Path) -> None:
        pl.DataFrame({"id": list(range(1000))}).write_parquet(tmp_path / "v.parquet")
        content = (tmp_path / "v.parquet").read_bytes()
        (tmp_path / "v.parquet").write_bytes(content[: len(content) // 2])
        assert "truncated" in refused(tmp_path / "v.parquet", mapping(tmp_path)).mend

    def test_a_header_and_nothing_else(self, tmp_path: Path) -> None:
        assert "no rows" in str(refused(table(tmp_path, "id,when,HR,temp\n"), mapping(tmp_path)))

    def test_which_of_several_sheets_is_never_guessed(self, tmp_path: Path, write_spreadsheet: Writer) -> None:
        rows = [["id", "when", "HR", "temp"], ["1", "2026-01-01T00:00:00Z", 60, 98.6]]
        path = write_spreadsheet(tmp_path / "v.xlsx", {"Notes": [["hello"]], "Vital signs": rows})
        assert "Vital signs" in str(refused(path, mapping(tmp_path)))
        assert "no sheet 'Vitals'" in str(refused(path, mapping(tmp_path, MAPPING + "sheet: Vitals\n")))
        found = read_table(path, mapping=mapping(tmp_path, MAPPING + "sheet: Vital signs\n"))
        assert of(found, "north/1", "heart_rate").value.tolist() == [60]

    def test_the_rows_of_a_spreadsheet_are_named_as_the_person_sees_them(
        self, tmp_path: Path, write_spreadsheet: Writer
    ) -> None:
        rows = [["id", "when", "HR", "temp"], ["1", "2026-01-01T00:00:00Z", 60, 98.6], [None], ["1", "soon", 61, 99]]
        problem = refused(write_spreadsheet(tmp_path / "v.xlsx", {"one": rows}), mapping(tmp_path))
        assert "row 4, column 'when'" in problem.where

    def test_a_table_without_mapping_says_what_is_needed(self, tmp_path: Path) -> None:
        problem = refused(table(tmp_path))
        assert "--mapping" in problem.mend
        assert "'HR'" in problem.what

    def test_a_unit_in_the_file_that_is_not_one(self, tmp_path: Path) -> None:
        path = table(tmp_path, "id,when,what,value,unit\n1,2026-01-01T00:00:00Z,HR,60,bpm\n")
        text = "hospital: h\npatient: id\ntime: when\nlong: {name: what, value: value, unit: unit, names: {HR: heart_rate}}\n"  # noqa: E501
        problem = refused(path, mapping(tmp_path, text))
        assert "'bpm'" in problem.what
        assert "row 2, column 'unit'" in problem.where
        assert "units" in problem.mend
        other = refused(table(tmp_path, path.read_text().replace("bpm", "Cel")), tmp_path / "mapping.yaml")
        assert "'Cel'" in other.what
        assert "'/min'" in other.what


class TestBadMappings:
    @pytest.mark.parametrize(
        ("old", "new", "what"),
        [
            ("patient: id", "pateint: id", "'patient' is missing"),
            ("patient: id", "patient: id\nsorted: true", "'sorted' is not a key here; did you mean 'sort'?"),
            ("patient: id", "patient: id\nsort: perhaps", "'sort' is 'perhaps'"),
            ("patient: id", "patient: id\npatient: id2", "'patient' is given twice"),
            ("patient: id", "patient: [id]", "'patient' must be plain text"),
            ("patient: id", "patient: id: id", "not YAML"),
            ("patient: id", "patient: id\nseparator: ';;'", "not one character"),
            ("code: heart_rate", "code: hart_rate", "did you mean heart_rate?"),
            ("code: heart_rate", "cod: heart_rate", "'code' is missing"),
            ("unit: /min", "unit: bpm", "'bpm' is not a UCUM unit"),
            ("unit: /min", "unit: Cel", "cannot be converted to '/min'"),
            ("unit: /min", "unit: %", "not YAML"),
            ("unit: /min, period_s: 60", "period_s: 60", "'unit' is missing"),
            ("period_s: 60", "period_s: often", "'often' is not a number of seconds"),
            ("period_s: 60", "kind: text", "is a number, not a text"),
            ("ND: not done", "ND: refused", "gives the meaning 'refused'"),
            ("code: temperature", "code: heart_rate", "cannot be converted"),
            ("time_zone: UTC", "format: american", "'american' is not a time format"),
            ("time_zone: UTC", "format: hours", "'start' goes with"),
            ("time_zone: UTC", "time_zone: Mars/Olympus", "not a time zone"),
            ("columns:", "kolumns:", "give either 'columns'"),
        ],
    )
    def test_typing_errors_are_named(self, tmp_path: Path, old: str, new: str, what: str) -> None:
        assert old in MAPPING
        assert what in str(refused(table(tmp_path), mapping(tmp_path, MAPPING.replace(old, new, 1))))

    def test_two_columns_of_one_meaning(self, tmp_path: Path) -> None:
        text = MAPPING.replace('temp: {code: temperature, unit: "[degF]"', "temp: {code: 'loinc:8867-4', unit: /min")
        assert "several columns are mapped to heart_rate" in str(refused(table(tmp_path), mapping(tmp_path, text)))

    def test_absent_empty_and_binary_mappings(self, tmp_path: Path) -> None:
        path = table(tmp_path)
        assert "cannot be read" in str(refused(path, tmp_path / "nowhere.yaml"))
        assert "empty" in str(refused(path, mapping(tmp_path, "")))
        (tmp_path / "mapping.yaml").write_bytes(b"\xff\xfe\x00")
        assert "UTF-8" in str(refused(path, tmp_path / "mapping.yaml"))

    def test_yaml_words_stay_words(self, tmp_path: Path) -> None:
        wanted = MAPPING.replace("ND: not done", "no: not done, 1: unknown, 2026-01-01: absent")
        rule = read_mapping(mapping(tmp_path, wanted)).columns["temp"]
        assert rule.missing == {"": "unknown", "no": "not done", "1": "unknown", "2026-01-01": "absent"}

    def test_two_hospitals(self, tmp_path: Path) -> None:
        assert "'north' in the mapping and 'south'" in str(
            refused(table(tmp_path), mapping(tmp_path), hospital="south")
        )

    def test_a_mapping_for_what_is_no_table(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="goes with a table"):
            read_recordings(tmp_path, mapping=mapping(tmp_path))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "x y"]),
            st.integers(0, 10**9),
            st.one_of(st.none(), st.floats(-1e9, 1e9)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_format_gives_the_same_numbers(
    write_spreadsheet: Writer, rows: list[tuple[str, int, float | None]]
) -> None:
    """What goes into a table comes out of it, sample by sample, whichever format carried it."""
    rows = sorted(rows, key=lambda row: row[1])
    frame = pl.DataFrame(
        {"id": [row[0] for row in rows], "t": [row[1] for row in rows], "HR": [row[2] for row in rows]},
        schema={"id": pl.String, "t": pl.Int64, "HR": pl.Float64},
    )
    text = (
        "hospital: h\npatient: id\ntime: {column: t, format: epoch_s}\ncolumns:\n  HR: {code: heart_rate, unit: /min}\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.write_parquet(folder / "v.parquet")
        frame.write_csv(folder / "v.csv")
        write_spreadsheet(folder / "v.xlsx", {"one": [frame.columns, *frame.rows()]})
        for suffix in ("parquet", "csv", "xlsx"):
            recordings = read_table(folder / f"v.{suffix}", mapping=mapping(folder, text))
            assert {str(one.patient) for one in recordings} == {f"h/{row[0]}" for row in rows}
            for one in recordings:
                (series,) = one.series
                mine = [row for row in rows if row[0] == one.patient.local]
                assert series.time_us.tolist() == [row[1] * 1_000_000 for row in mine]
                np.testing.assert_equal(series.value, [np.nan if row[2] is None else row[2] for row in mine])
                assert ((series.quality == Quality.PRESENT) == [row[2] is not None for row in mine]).all()


def test_the_documented_mappings_are_mappings(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "table-mapping.md"
    written = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    wide, long = (read_mapping(mapping(tmp_path, text)) for text in written)
    assert wide.columns["Temp"].missing == {"": "unknown", "ND": "not done"}
    assert long.long is not None
    assert long.long.units == {"bpm": "/min"}
