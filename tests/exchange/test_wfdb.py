"""WFDB records: the real recordings, random ones written by the wfdb package, and damaged ones."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fyr.clock import MINUTE_US, from_datetime
from fyr.errors import BadInput
from fyr.exchange.recording import Recording
from fyr.exchange.wfdb import find_records, read_record
from fyr.exchange.wfdb.names import vocabulary_name
from fyr.record.identity import PatientId
from fyr.record.series import Quality, Series

PLAUSIBLE = {"spo2": (50, 100), "heart_rate": (20, 250), "respiratory_rate": (2, 60), "systolic_bp": (40, 260)}
KEYS = {"spo2": "spo2", "heart_rate": "hr", "respiratory_rate": "rr", "systolic_bp": "sbp"}


def by_signal(recording: Recording) -> dict[str, Series]:
    assert len({series.signal for series in recording.series}) == len(recording.series)
    return {series.signal: series for series in recording.series}


@pytest.fixture
def wfdb_folder(data_folder: Path) -> Path:
    return data_folder / "watch" / "wfdb"


@pytest.fixture
def s00001(wfdb_folder: Path, tmp_path: Path) -> Path:
    """A copy of the real numerics record, to be damaged; returns its header."""
    for name in ("s00001-2896-10-10-00-31n.hea", "3975656n.dat"):
        shutil.copyfile(wfdb_folder / "s00001" / name, tmp_path / name)
    return tmp_path / "s00001-2896-10-10-00-31n.hea"


@pytest.mark.real
class TestRealNumerics:
    def test_valid_counts_are_the_published_ones(self, wfdb_folder: Path) -> None:
        expected = json.loads((wfdb_folder / "expected_ward16_s00001.json").read_text())
        recording = read_record(wfdb_folder / "s00001" / expected["record"])
        found = by_signal(recording)
        for name, (low, high) in PLAUSIBLE.items():
            series = found[name]
            assert len(series) == expected["minutes"] == 1936
            usable = series.value[series.quality == Quality.PRESENT]
            assert int(((usable >= low) & (usable <= high)).sum()) == expected["valid_samples"][KEYS[name]]
        assert len(found) == 10
        assert recording.skipped == []

    def test_patient_times_and_attributes_come_from_the_header(self, wfdb_folder: Path) -> None:
        recording = read_record(wfdb_folder / "s00001" / "s00001-2896-10-10-00-31n.hea")
        assert recording.patient == PatientId("mimic", "s00001")
        assert recording.attributes == {"age": 60.0, "sex": "F"}
        for series in recording.series:
            assert series.time_us[0] == from_datetime(datetime(2896, 10, 10, 0, 31, 25, 894000, tzinfo=UTC))
            assert set(np.diff(series.time_us).tolist()) == {MINUTE_US} == {series.period_us}

    def test_zero_is_a_status_not_a_value(self, wfdb_folder: Path) -> None:
        path = wfdb_folder / "s00001" / "s00001-2896-10-10-00-31n"
        missing, value = (by_signal(read_record(path, zero_is_missing=choice))["spo2"] for choice in (True, False))
        assert (missing.quality == Quality.UNKNOWN).sum() == (value.value == 0).sum() == 363  # 18.8 % of 1936
        assert np.isnan(missing.value[missing.quality == Quality.UNKNOWN]).all()
        assert (value.quality == Quality.PRESENT).all()
        other = read_record(path, hospital="elsewhere")
        assert other.patient == PatientId("elsewhere", "s00001")
        assert (by_signal(other)["spo2"].quality == missing.quality).all()

    def test_between_cuff_readings_nothing_was_measured(self, wfdb_folder: Path) -> None:
        cuff = by_signal(read_record(wfdb_folder / "s00001" / "s00001-2896-10-10-00-31n"))["systolic_bp"]
        assert np.bincount(cuff.quality).tolist() == [152, 0, 1936 - 152]

    def test_checksums_of_the_real_record_hold_and_a_flipped_byte_is_noted(self, s00001: Path) -> None:
        assert not any("damaged" in note for note in read_record(s00001).notes)
        content = bytearray((s00001.parent / "3975656n.dat").read_bytes())
        content[20 * 100] ^= 1  # the heart rate of minute 100
        (s00001.parent / "3975656n.dat").write_bytes(content)
        damaged = [note for note in read_record(s00001).notes if "damaged" in note]
        assert len(damaged) == 1
        assert "HR" in damaged[0]
        assert "RESP" not in damaged[0]

    def test_a_folder_gives_every_record_in_order(self, wfdb_folder: Path) -> None:
        names = [path.name for path in find_records(wfdb_folder)]
        assert names == ["100.hea", "a103l.hea", "s00001-2896-10-09-01-56n.hea", "s00001-2896-10-10-00-31n.hea"]


@pytest.mark.real
class TestRealWaveforms:
    def test_mit_bih_100(self, wfdb_folder: Path) -> None:
        """Its first samples are 995 and 1011 adu, 200 adu/mV about 1024 (header)."""
        recording = read_record(wfdb_folder / "100")
        found = by_signal(recording)
        assert list(found) == ["waveform:MLII", "waveform:V5"]
        assert found["waveform:MLII"].unit == "mV"
        assert found["waveform:MLII"].value[0] == (995 - 1024) / 200
        assert found["waveform:V5"].value[0] == (1011 - 1024) / 200
        assert len(found["waveform:V5"]) == 650_000
        assert found["waveform:V5"].time_us[[0, 360, 649_999]].tolist() == [0, 1_000_000, round(649_999e6 / 360)]
        assert any("no base date" in note for note in recording.notes)
        assert recording.patient == PatientId("wfdb", "100")

    def test_matlab_container_and_normalised_units(self, wfdb_folder: Path) -> None:
        found = by_signal(read_record(wfdb_folder / "a103l.hea"))
        assert {name: (series.unit, len(series), series.period_us) for name, series in found.items()} == {
            "waveform:II": ("mV", 82_500, 4000),
            "waveform:V": ("mV", 82_500, 4000),
            "waveform:PLETH": ("{NU}", 82_500, 4000),
        }


def write(folder: Path, name: str, **changes: object) -> Path:
    """Write a small numerics record by hand: 3 frames of HR and SpO2, format 16."""
    header = {
        "record": f"{name} 2 1 3 10:00:00 01/02/2020",
        "signals": [f"{name}.dat 16 10/bpm 16 0 600 0 0 HR", f"{name}.dat 16 10/% 16 0 970 0 0 SpO2"],
        **changes,
    }
    lines = [str(header["record"]), *header["signals"], ""]  # type: ignore[misc]
    (folder / f"{name}.hea").write_text("\n".join(lines))
    samples = np.array(changes.get("samples", [[600, 970], [0, -32768], [620, 980]]), dtype="<i2")
    (folder / f"{name}.dat").write_bytes(samples.tobytes())
    return folder / f"{name}.hea"


def signal_lines(name: str, *described: tuple[str, str]) -> list[str]:
    return [f"{name}.dat 16 10/{unit} 16 0 0 0 0 {title}" for title, unit in described]


class TestNamesAndUnits:
    @pytest.mark.parametrize(
        ("spelling", "name"),
        [
            *((text, "systolic_bp") for text in ("NBPSys", "NBP SYS", "NBP Sys", "NBP S", "NIBP-sys", "nbp_systolic")),
            *((text, "diastolic_bp") for text in ("NBPDias", "NBP DIA", "NIBP D", "NBP Diastolic")),
            *((text, "mean_bp") for text in ("NBPMean", "NBP MEAN", "NIBP M")),
            *((text, "systolic_abp") for text in ("ABPSys", "ABP SYS", "ART Sys", "ABP Systolic [mmHg]")),
            *((text, "respiratory_rate") for text in ("RESP", "RR", "Resp Rate", "resp", "RESP RATE (/min)")),
            *((text, "spo2") for text in ("SpO2", "%SpO2", "SPO2", "SpO2 [%]")),
            *((text, "heart_rate") for text in ("HR", "hr", "Heart Rate", "HR [bpm]")),
            *((text, "pulse_rate") for text in ("PULSE", "PR", "Pulse Rate")),
            *((text, "temperature") for text in ("Temp", "TEMP", "Temperature")),
            *((text, None) for text in ("CVP", "ABP", "SaO2", "PAP SYS", "T1", "ST1", "", "NBP", "HRV", "SpO2l")),
        ],
    )
    def test_spellings(self, spelling: str, name: str | None) -> None:
        assert vocabulary_name(spelling) == name

    def test_units_are_converted(self, tmp_path: Path) -> None:
        header = write(
            tmp_path,
            "r",
            signals=signal_lines("r", ("Temp", "degF"), ("NBP Sys", "kPa")),
            samples=[[986, 160], [1040, -32768], [-32768, 120]],
        )
        found = by_signal(read_record(header))
        assert found["temperature"].unit == "Cel"
        assert found["temperature"].value[:2].tolist() == pytest.approx([37.0, 40.0])
        assert found["systolic_bp"].value[2] == pytest.approx(12 / 0.1333220)  # UCUM: 1 mm[Hg] is 0.1333220 kPa
        assert found["temperature"].quality.tolist() == [Quality.PRESENT, Quality.PRESENT, Quality.UNKNOWN]
        assert found["systolic_bp"].quality.tolist() == [Quality.PRESENT, Quality.NOT_DONE, Quality.PRESENT]

    def test_degrees_written_with_a_blank(self, tmp_path: Path) -> None:
        header = write(tmp_path, "r", signals=signal_lines("r", ("Temp", "deg C"), ("HR", "bpm")))
        assert by_signal(read_record(header))["temperature"].value[0] == 60.0

    def test_unknown_names_and_units_are_skipped_with_the_reason(self, tmp_path: Path) -> None:
        header = write(tmp_path, "r", signals=signal_lines("r", ("CVP", "mmHg"), ("SpO2", "mmHg")))
        recording = read_record(header)
        assert recording.series == []
        assert [skipped.name for skipped in recording.skipped] == ["CVP", "SpO2"]
        assert "mmHg" in recording.skipped[1].reason
        assert "%" in recording.skipped[1].reason

    def test_a_respiration_waveform_is_not_a_respiratory_rate(self, tmp_path: Path) -> None:
        fast = write(
            tmp_path, "fast", record="fast 2 125 3", signals=signal_lines("fast", ("RESP", "pm"), ("RESP", "Ohm"))
        )
        assert list(by_signal(read_record(fast))) == ["waveform:RESP", "waveform:RESP (2)"]
        slow = write(tmp_path, "slow", signals=signal_lines("slow", ("RESP", "NU"), ("RESP", "mV")))
        recording = read_record(slow)
        assert recording.series == []
        assert len(recording.skipped) == 2

    def test_the_first_of_two_signals_of_one_meaning_is_read_and_the_other_named(self, tmp_path: Path) -> None:
        header = write(tmp_path, "r", signals=signal_lines("r", ("HR", "bpm"), ("HR", "bpm")))
        recording = read_record(header)
        assert by_signal(recording)["heart_rate"].value[0] == 60.0
        assert [skipped.name for skipped in recording.skipped] == ["HR"]
        assert "second" in recording.skipped[0].reason


class TestTimes:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("r 2 1 3 10:00:00 01/02/2020", datetime(2020, 2, 1, 10, tzinfo=UTC)),
            ("r 2 1/125(7) 3 31:25.894 10/10/2896", datetime(2896, 10, 10, 0, 31, 25, 894000, tzinfo=UTC)),
            ("r 2 1 3 7.5 31/12/9999", datetime(9999, 12, 31, 0, 0, 7, 500000, tzinfo=UTC)),
            ("r\t2\t1\t3\t13:5:0\t29/2/2000", datetime(2000, 2, 29, 13, 5, tzinfo=UTC)),
        ],
    )
    def test_base_times(self, tmp_path: Path, line: str, expected: datetime) -> None:
        recording = read_record(write(tmp_path, "r", record=line))
        assert recording.series[0].time_us[0] == from_datetime(expected)

    @pytest.mark.parametrize(("line", "hour"), [("r 2 1 3", 0), ("r 2 1 3 10:00:00", 10)])
    def test_without_a_base_date_the_epoch_stands_in_and_is_noted(self, tmp_path: Path, line: str, hour: int) -> None:
        recording = read_record(write(tmp_path, "r", record=line))
        assert recording.series[0].time_us[0] == hour * 3600 * 1_000_000
        assert any("no base date" in note and "1970-01-01" in note for note in recording.notes)

    def test_one_a_minute_stays_one_a_minute_for_years(self, tmp_path: Path) -> None:
        from fyr.exchange.wfdb.timing import offset_us, offsets_us

        for text in ("0.0166666666667", "0.01666666666666667", "0.016666666667"):
            assert offsets_us(float(text), 1_000_001)[-1] == 1_000_000 * MINUTE_US == offset_us(float(text), 1_000_000)

    def test_several_samples_a_frame(self, tmp_path: Path) -> None:
        header = write(
            tmp_path,
            "r",
            record="r 2 0.5 2 00:00:00 01/01/2020",
            signals=["r.dat 16x2 10/bpm 16 0 0 0 0 HR", "r.dat 16 10/% 16 0 0 0 0 SpO2"],
            samples=[[600, 610, 970], [620, 630, 980]],
        )
        found = by_signal(read_record(header))
        assert found["heart_rate"].value.tolist() == [60, 61, 62, 63]
        assert np.diff(found["heart_rate"].time_us).tolist() == [1_000_000] * 3
        assert found["spo2"].value.tolist() == [97, 98]
        assert np.diff(found["spo2"].time_us).tolist() == [2_000_000]

    def test_a_header_without_length_takes_it_from_the_file_and_says_so(self, tmp_path: Path) -> None:
        recording = read_record(write(tmp_path, "r", record="r 2 1"))
        assert len(recording.series[0]) == 3
        assert any("gives no length" in note for note in recording.notes)

    @pytest.mark.parametrize(
        ("name", "patient", "zero"),
        [
            ("p000020-2183-04-28-17-47n", PatientId("mimic", "p000020"), True),
            ("p000020-2183-04-28-17-47", PatientId("mimic", "p000020"), True),
            ("s00001-2896-10-10-00-31n", PatientId("mimic", "s00001"), True),
            ("3975656n", PatientId("wfdb", "3975656n"), False),
            ("s00001x", PatientId("wfdb", "s00001x"), False),
        ],
    )
    def test_mimic_is_known_by_its_names(self, tmp_path: Path, name: str, patient: PatientId, zero: bool) -> None:
        recording = read_record(write(tmp_path, name))
        assert recording.patient == patient
        assert (by_signal(recording)["heart_rate"].quality[1] == Quality.UNKNOWN) == zero


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # wfdb's writer, not ours, uses it
@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    n=st.integers(1, 200),
    frequency=st.sampled_from([1.0, 0.5, 1 / 60, 125.0, 360.0]),
    format_=st.sampled_from(["16", "24", "32", "212", "80", "516"]),
)
def test_what_wfdb_writes_is_read_back(data: st.DataObject, n: int, frequency: float, format_: str) -> None:
    import wfdb

    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    columns = {"HR": "bpm", "SpO2": "%", "RESP": "bpm", "PLETH": "NU"}
    gain = 1 if format_ == "80" else 10
    digital = rng.integers(-100, 100, size=(n, len(columns)))
    values = digital / gain
    values[rng.random(values.shape) < data.draw(st.floats(0, 1))] = np.nan
    with tempfile.TemporaryDirectory() as folder:
        wfdb.wrsamp(
            "random",
            fs=frequency,
            units=list(columns.values()),
            sig_name=list(columns),
            p_signal=values,
            fmt=[format_] * len(columns),
            adc_gain=[gain] * len(columns),
            baseline=[0] * len(columns),
            base_datetime=datetime(2020, 2, 29, 23, 59, 30, 250000),  # noqa: DTZ001  WFDB knows no zones
            write_dir=folder,
        )
        recording = read_record(Path(folder) / "random")
    found = by_signal(recording)
    names = ["heart_rate", "spo2", "respiratory_rate", "waveform:PLETH"]
    if frequency > 20:
        names = [f"waveform:{name}" for name in columns]
    for index, name in enumerate(names):
        if name not in found:
            assert frequency <= 20
            assert name == "waveform:PLETH"
            continue
        series = found[name]
        np.testing.assert_allclose(series.value, values[:, index], rtol=0, atol=1e-12)
        assert ((series.quality == Quality.PRESENT) == ~np.isnan(values[:, index])).all()
        assert series.time_us[0] == from_datetime(datetime(2020, 2, 29, 23, 59, 30, 250000, tzinfo=UTC))
        exact = np.rint(np.arange(n) * 1e6 / frequency)
        assert np.abs(series.time_us - series.time_us[0] - exact).max() <= 1
    assert not any("damaged" in note for note in recording.notes)


class TestSegments:
    @pytest.fixture
    def segmented(self, tmp_path: Path) -> Path:
        """A variable-layout record: 3 frames, a gap of 60, 3 frames with the second signal only."""
        write(tmp_path, "r_0001", record="r_0001 2 1 3")
        write(
            tmp_path,
            "r_0002",
            record="r_0002 1 1 3",
            signals=["r_0002.dat 16 100/% 16 0 0 0 0 SpO2"],
            samples=[[9100], [9200], [9300]],
        )
        (tmp_path / "r_layout.hea").write_text("r_layout 2 1 0\n~ 0 10/bpm 0 0 0 0 0 HR\n~ 0 10/% 0 0 0 0 0 SpO2\n")
        (tmp_path / "r.hea").write_text(
            "r/4 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0002 3\n# <age>: 71 <sex>: M\n"
        )
        return tmp_path

    def test_segments_are_put_in_their_places(self, segmented: Path) -> None:
        assert [path.name for path in find_records(segmented)] == ["r.hea"]
        recording = read_record(segmented / "r")
        found = by_signal(recording)
        start = from_datetime(datetime(2020, 2, 1, 10, tzinfo=UTC))
        assert ((found["spo2"].time_us - start) / 1e6).tolist() == [0, 1, 2, 63, 64, 65]
        np.testing.assert_equal(found["spo2"].value, [97.0, np.nan, 98.0, 91.0, 92.0, 93.0])
        assert len(found["heart_rate"]) == 3
        assert recording.attributes == {"age": 71.0, "sex": "M"}

    @pytest.mark.parametrize(
        ("master", "what"),
        [
            ("r/4 2 1 67 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0002 3\n", "add up to 66"),
            ("r/4 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0003 3\n", "r_0003.hea"),
            ("r/4 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0001 3\n", "listed twice"),
            ("r/3 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0002 3\n", "promises 3 segments"),
            ("r/4 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 4\n~ 59\nr_0002 3\n", "has 3 frames"),
            ("r/4 2 2 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\nr_0002 3\n", "at 1 Hz"),
            ("r/4 2 1 66 10:00:00 01/02/2020\nr_layout 0\nr_0001 3\n~ 60\n../r_0002 3\n", "segment line"),
        ],
    )
    def test_mixed_up_segments_are_refused(self, segmented: Path, master: str, what: str) -> None:
        (segmented / "r.hea").write_text(master)
        with pytest.raises(BadInput) as caught:
            read_record(segmented / "r")
        assert what in str(caught.value)

    def test_a_segment_that_belongs_elsewhere_is_refused(self, segmented: Path) -> None:
        write(segmented, "r_0001", record="r_0001 2 1 3 11:00:00 01/02/2020")
        with pytest.raises(BadInput, match=r"\+3600\.000 s from its place"):
            read_record(segmented / "r")


class TestDamage:
    def refused(self, path: Path) -> str:
        with pytest.raises(BadInput) as caught:
            read_record(path)
        message = str(caught.value)
        assert "\n" not in message
        assert caught.value.mend
        assert caught.value.where
        return message

    def test_a_truncated_signal_file_states_both_sizes(self, s00001: Path) -> None:
        dat = s00001.parent / "3975656n.dat"
        dat.write_bytes(dat.read_bytes()[:20_000])
        message = self.refused(s00001)
        assert "38720 bytes" in message
        assert "20000 bytes" in message
        assert "1936 frames" in message
        assert "1000 frames" in message

    @pytest.mark.parametrize(("frames", "needed"), [("2936", "58720"), ("936", "18720"), ("99999999999999", "")])
    def test_a_header_that_lies_about_its_length(self, s00001: Path, frames: str, needed: str) -> None:
        s00001.write_text(s00001.read_text().replace(" 1936 ", f" {frames} "))
        message = self.refused(s00001)
        assert f"promises {frames} frames" in message
        assert "38720 bytes (1936 frames)" in message
        assert needed in message

    def test_an_absent_signal_file(self, s00001: Path) -> None:
        (s00001.parent / "3975656n.dat").unlink()
        assert "3975656n.dat, which is not there" in self.refused(s00001)

    def test_an_absent_record_is_not_looked_for_elsewhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import socket

        def no_network(*args: object, **options: object) -> None:
            raise AssertionError("the network was used")

        monkeypatch.setattr(socket.socket, "connect", no_network)
        for name in ("100", "mitdb/100", "s00001"):
            assert "does not exist" in self.refused(tmp_path / name)
        with pytest.raises(BadInput, match="does not exist"):
            read_record("s3://bucket/100")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        assert "no WFDB record" in self.refused(tmp_path)

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"", "is empty"),
            (b"\n# only a comment\n", "is empty"),
            (bytes(range(256)) * 40, "binary"),
            (b"\x00" * 100, "binary"),
            (b"r 0 1 3\n", "no signals"),
            (b"r 2 1 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "promises 2 signals but describes 1"),
            (b"r 1 1 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\nr.dat 16 10/% 16 0 0 0 0 SpO2\n", "promises 1 signals"),
            (b"r 999999999 1 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "promises 999999999 signals"),
            (b"other 1 1 6\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "calls its record 'other'"),
            (b"r one 1 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "line 1 is not a WFDB record line"),
            (b"r 1 fast 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "line 1 is not a WFDB record line"),
            (b"r 1 0 6\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "frequency"),
            (b"r 1 -1 6\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "frequency"),
            (b"r 1 1 6 10:00:00 10/13/2020\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "no moment"),
            (b"r 1 1 6 25:00:00 10/10/2020\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "no moment"),
            (b"r 1 1 6 10:00:00 10-10-2020\nr.dat 16 10/bpm 16 0 0 0 0 HR\n", "line 1"),
            (b"r 1 1 6\nr.dat sixteen 10/bpm 16 0 0 0 0 HR\n", "line 2 is not a WFDB signal line"),
            (b"r 1 1 6\nr.dat 16 ten/bpm 16 0 0 0 0 HR\n", "line 2 is not a WFDB signal line"),
            (b"r 1 1 6\nr.dat 17 10/bpm 16 0 0 0 0 HR\n", "format 17"),
            (b"r 1 1 6\nr.dat 0 10/bpm 16 0 0 0 0 HR\n", "format 0"),
            (b"r 1 1 6\n../r.dat 16 10/bpm 16 0 0 0 0 HR\n", "not in the record's own folder"),
            (b"r 1 1 6\nhttp://host/r.dat 16 10/bpm 16 0 0 0 0 HR\n", "not in the record's own folder"),
            (b"r 2 1 3\nr.dat 16 10/bpm 16 0 0 0 0 HR\nr.dat 212 10/% 16 0 0 0 0 SpO2\n", "several formats"),
            (b"r 1 1 6\nr.dat 516 10/bpm 16 0 0 0 0 HR\n", "cannot be decoded"),
        ],
    )
    def test_headers_that_cannot_be_believed(self, tmp_path: Path, content: bytes, what: str) -> None:
        header = write(tmp_path, "r")
        header.write_bytes(content)
        assert what in self.refused(header)

    def test_a_stray_header_in_a_folder_is_named(self, s00001: Path) -> None:
        (s00001.parent / "stray.hea").write_text("stray 1 1 6\nstray.dat 16 10/bpm 16 0 0 0 0 HR\n")
        assert len(find_records(s00001.parent)) == 2
        assert "stray.dat, which is not there" in self.refused(s00001.parent / "stray")

    @settings(max_examples=150, deadline=None)
    @given(junk=st.binary(max_size=300), keep=st.integers(0, 120))
    def test_junk_never_escapes_as_anything_but_bad_input(self, junk: bytes, keep: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            header = write(Path(folder), "r")
            header.write_bytes(header.read_bytes()[:keep] + junk)
            try:
                recording = read_record(header)
            except BadInput as refused:
                assert "\n" not in str(refused)  # noqa: PT017
            else:
                assert all(len(series) >= 0 for series in recording.series)
