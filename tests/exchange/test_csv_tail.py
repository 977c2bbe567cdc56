"""Tables that grow: every whole line once or again, never none, whatever happens to the file."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fyr.clock import from_iso
from fyr.errors import BadInput
from fyr.exchange.csv_tail import CsvTail
from fyr.exchange.csv_tail.records import split_records
from fyr.exchange.incoming import Addressee, Incoming, ProblemKind, SourceState, Verdict
from fyr.record import Quality

NOON = from_iso("2026-11-22T12:00:00Z")
HEADER = "time,ward,bed,heart_rate\n"


class Kept:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.batches: list[Incoming] = []
        self.keeps = True

    def take(self, incoming: Incoming) -> list[Verdict]:
        with self.lock:
            if self.keeps:
                self.batches.append(incoming)
            return [Verdict(problem, self.keeps) for problem in incoming.problems]

    def values(self) -> list[float]:
        with self.lock:
            return [float(value) for batch in self.batches for value in batch.samples.value]

    def problems(self):
        with self.lock:
            return [problem for batch in self.batches for problem in batch.problems if problem is not None]


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def following(kept, tmp_path):
    """Follow files in the test's folder; everything is stopped in the end."""
    started = []

    def start(pattern: str = "vitals.csv", **options) -> CsvTail:
        source = CsvTail("poor-man", path=str(tmp_path / pattern), every="20 ms", **options)
        source.start(kept.take)
        started.append(source)
        return source

    yield start
    for source in started:
        source.stop()


def until(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def rows(*values: object) -> str:
    return "".join(f"2026-11-22T12:00:{index % 60:02d}Z,A,3,{value}\n" for index, value in enumerate(values))


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "vitals.csv"
    path.write_text(HEADER)
    return path


class TestGrowing:
    def test_what_is_there_and_what_is_added(self, table, following, kept):
        append(table, rows(70, 71))
        source = following()
        until(lambda: kept.values() == [70, 71])
        append(table, rows(72))
        until(lambda: kept.values() == [70, 71, 72])
        samples = kept.batches[0].samples
        assert samples.addressees == (Addressee(ward="A", bed="3"),)
        assert samples.time_us.tolist()[:2] == [NOON, NOON + 1_000_000]
        assert source.health().state is SourceState.CONNECTED

    def test_half_a_line_waits(self, table, following, kept):
        following()
        append(table, rows(70) + "2026-11-22T12:00:01Z,A,3,1")
        until(lambda: kept.values() == [70])
        time.sleep(0.1)
        append(table, "23\n")
        until(lambda: kept.values() == [70, 123])
        assert kept.problems() == []

    def test_half_a_header_waits(self, tmp_path, following, kept):
        (tmp_path / "vitals.csv").write_text("time,ward,bed,heart")
        following()
        time.sleep(0.1)
        append(tmp_path / "vitals.csv", "_rate\n" + rows(70))
        until(lambda: kept.values() == [70])
        assert kept.problems() == []

    def test_a_file_that_is_not_there_is_waited_for(self, tmp_path, following, kept):
        source = following()
        until(lambda: source.health().state is SourceState.LOST)
        assert "no such file" in source.health().detail
        (tmp_path / "vitals.csv").write_text(HEADER + rows(70))
        until(lambda: kept.values() == [70])
        until(lambda: source.health().state is SourceState.CONNECTED)

    def test_every_file_of_a_pattern(self, tmp_path, following, kept):
        (tmp_path / "a.csv").write_text(HEADER + rows(70))
        following("*.csv")
        until(lambda: kept.values() == [70])
        (tmp_path / "b.csv").write_text(HEADER + rows(80))
        (tmp_path / "c.txt").write_text(HEADER + rows(90))
        until(lambda: kept.values() == [70, 80])

    def test_a_name_with_the_signs_of_a_pattern(self, tmp_path, following, kept):
        (tmp_path / "ward[1].csv").write_text(HEADER + rows(70))
        following("ward[1].csv")
        until(lambda: kept.values() == [70])


class TestRotation:
    @pytest.mark.parametrize("pattern", ["vitals.csv", "vitals*"])
    def test_a_file_that_is_renamed_is_read_to_its_end_before_the_next(self, pattern, table, following, kept):
        append(table, rows(70))
        following(pattern)
        until(lambda: kept.values() == [70])
        append(table, rows(71))
        table.rename(table.with_name("vitals.csv.1"))
        table.write_text(HEADER + rows(72))
        until(lambda: len(kept.values()) == 3)
        append(table.with_name("vitals.csv.1"), rows(73))
        until(lambda: len(kept.values()) == 4)
        assert sorted(kept.values()) == [70, 71, 72, 73]

    def test_a_file_that_is_cut_and_written_anew(self, table, following, kept):
        append(table, rows(70, 71, 72))
        following()
        until(lambda: len(kept.values()) == 3)
        table.write_text(HEADER + rows(80))
        until(lambda: kept.values() == [70, 71, 72, 80])

    def test_a_file_that_is_written_anew_and_longer(self, table, following, kept):
        append(table, rows(70))
        following()
        until(lambda: kept.values() == [70])
        table.write_text("time,ward,bed,spo2\n" + rows(91, 92, 93, 94))
        until(lambda: kept.values() == [70, 91, 92, 93, 94])
        assert kept.batches[-1].samples.signals[kept.batches[-1].samples.signal_index[0]] == "spo2"

    def test_half_a_line_that_nobody_ends_is_refused(self, table, following, kept):
        following()
        append(table, rows(70) + "2026-11-22T12:00:01Z,A,3,1")
        until(lambda: kept.values() == [70])
        table.unlink()
        until(lambda: len(kept.problems()) == 1)
        assert "ended within this line" in kept.problems()[0].what


class TestPosition:
    def test_a_restart_takes_only_what_is_new(self, table, kept, tmp_path):
        append(table, rows(70, 71))
        for extra, expected in ((rows(), [70, 71]), (rows(72), [70, 71, 72]), (rows(73, 74), [70, 71, 72, 73, 74])):
            append(table, extra)
            source = CsvTail("poor-man", path=str(table), every="20 ms", state_folder=str(tmp_path))
            source.start(kept.take)
            until(lambda expected=expected: kept.values() == expected)
            time.sleep(0.1)
            source.stop()
            assert source.health().state is SourceState.STOPPED
        assert kept.values() == [70, 71, 72, 73, 74]

    def test_a_file_renamed_while_nobody_followed_is_read_to_its_end(self, table, kept, tmp_path):
        options = {"path": str(table), "every": "20 ms", "state_folder": str(tmp_path)}
        append(table, rows(70))
        source = CsvTail("poor-man", **options)
        source.start(kept.take)
        until(lambda: kept.values() == [70])
        time.sleep(0.1)
        source.stop()
        append(table, rows(71))
        table.rename(tmp_path / "old.csv")
        table.write_text(HEADER + rows(72))
        source = CsvTail("poor-man", **options)
        source.start(kept.take)
        until(lambda: kept.values() == [70, 71, 72])
        source.stop()

    def test_a_file_written_anew_while_nobody_followed_is_read_from_its_beginning(self, table, kept, tmp_path):
        options = {"path": str(table), "every": "20 ms", "state_folder": str(tmp_path)}
        append(table, rows(70))
        source = CsvTail("poor-man", **options)
        source.start(kept.take)
        until(lambda: kept.values() == [70])
        time.sleep(0.1)
        source.stop()
        table.write_text(HEADER + rows(80, 81))
        source = CsvTail("poor-man", **options)
        source.start(kept.take)
        until(lambda: kept.values() == [70, 80, 81])
        source.stop()

    def test_a_damaged_state_begins_at_the_beginning(self, table, following, kept, tmp_path):
        append(table, rows(70))
        (tmp_path / "csv-tail-poor-man.json").write_text('{"form": 1, "files": [{"a"')
        following(state_folder=str(tmp_path))
        until(lambda: kept.values() == [70])

    def test_what_is_not_kept_is_read_again(self, table, following, kept):
        kept.keeps = False
        append(table, rows(70, 71))
        source = following()
        until(lambda: source.health().state is SourceState.LOST)
        assert "cannot be kept" in source.health().detail
        kept.keeps = True
        until(lambda: kept.values() == [70, 71])
        until(lambda: source.health().state is SourceState.CONNECTED)

    @pytest.mark.slow
    def test_kills_lose_nothing(self, table, tmp_path):
        """A process that is killed again and again while the file grows has taken every row in the end."""
        taken = tmp_path / "taken"
        program = f"""
import os, sys, time
from fyr.exchange.csv_tail import CsvTail
from fyr.exchange.incoming import Verdict
out = os.open({str(taken)!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def take(incoming):
    os.write(out, b"".join(raw + b"\\n" for raw in incoming.raw))
    os.fsync(out)
    return [Verdict(problem) for problem in incoming.problems]
CsvTail("k", path={str(table)!r}, every="1 ms", state_folder={str(tmp_path)!r}).start(take)
print("up", flush=True)
time.sleep(60)
"""
        written = 0
        for kill in range(6):
            process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
            assert process.stdout is not None
            process.stdout.readline()
            for _ in range(40):
                append(table, f"2026-11-22T12:00:00Z,A,3,{written}\n")
                written += 1
                time.sleep(0.002 * (kill % 3))
            if kill == 5:
                last = f",{written - 1}\n".encode()
                until(lambda last=last: taken.exists() and last in taken.read_bytes())
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        found = [int(line.rsplit(",", 1)[1]) for line in taken.read_text().splitlines()]
        assert set(found) == set(range(written))
        assert len(found) < 3 * written  # it does not begin anew each time


class TestForms:
    def run(self, content: str | bytes, tmp_path, following, kept, count: int, **options) -> list[Incoming]:
        (tmp_path / "vitals.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        following(**options)
        until(lambda: sum(len(batch.raw) for batch in kept.batches) == count)
        return kept.batches

    def found(self, batches) -> dict[str, float]:
        (batch,) = batches
        samples = batch.samples
        return {samples.signals[s]: float(v) for s, v in zip(samples.signal_index, samples.value, strict=True)}

    def test_units_in_the_header(self, tmp_path, following, kept):
        content = "time,patient,temperature [degF],sbp [kPa],temp_room\n2026-11-22T12:00:00Z,17,98.6,15.99864,x\n"
        batches = self.run(content, tmp_path, following, kept, 1, ignore=["temp_room"])
        assert self.found(batches) == {"temperature": 37.0, "systolic_bp": pytest.approx(120.0, rel=1e-15)}
        assert batches[0].samples.addressees == (Addressee("17"),)

    def test_brackets_of_ucum_in_brackets(self, tmp_path, following, kept):
        content = "time,patient,temperature [[degF]],sbp [mm[Hg]]\n2026-11-22T12:00:00Z,17,98.6,120\n"
        assert self.found(self.run(content, tmp_path, following, kept, 1)) == {
            "temperature": 37.0,
            "systolic_bp": 120.0,
        }

    def test_one_value_a_row(self, tmp_path, following, kept):
        content = (
            "time,bed,signal,value,unit\n2026-11-22T12:00:00Z,3,temp,98.6,[degF]\n2026-11-22T12:00:00Z,3,hr,71,\n"
            "2026-11-22T12:00:00Z,3,spo2,,%\n"
        )
        found = self.found(self.run(content, tmp_path, following, kept, 3))
        assert (found["temperature"], found["heart_rate"]) == (37.0, 71.0)
        assert math.isnan(found["spo2"])

    def test_a_danish_table(self, tmp_path, following, kept):
        content = "\ufefftime;bed;temp\r\n22/11/2026 13:00:00;Stue æ;37,4\r\n"
        batches = self.run(
            content, tmp_path, following, kept, 1,
            separator=";", decimal=",", time_format="%d/%m/%Y %H:%M:%S", time_zone="Europe/Copenhagen",
        )  # fmt: skip
        assert batches[0].samples.time_us.tolist() == [NOON]
        assert self.found(batches) == {"temperature": 37.4}
        assert batches[0].samples.addressees[0].bed == "Stue æ"

    def test_another_encoding(self, tmp_path, following, kept):
        content = "time,bed,hr\n2026-11-22T12:00:00Z,Stue æ,71\n".encode("cp1252")
        batches = self.run(content, tmp_path, following, kept, 1, encoding="cp1252")
        assert batches[0].samples.addressees[0].bed == "Stue æ"

    def test_lost_and_never_measured_are_two_things(self, tmp_path, following, kept):
        content = "time,bed,hr,spo2,sbp\n2026-11-22T12:00:00Z,3,,-1,none\n"
        (batch,) = self.run(content, tmp_path, following, kept, 1, unknown=["", "-1"], absent=["none"])
        assert batch.samples.quality.tolist() == [Quality.UNKNOWN, Quality.UNKNOWN]
        assert [batch.samples.signals[index] for index in batch.samples.signal_index] == ["heart_rate", "spo2"]

    def test_a_quoted_line_feed(self, tmp_path, following, kept):
        content = 'time,bed,hr\n2026-11-22T12:00:00Z,"a\nb",71\n2026-11-22T12:00:01Z,"he said ""no""",72\n'
        (batch,) = self.run(content, tmp_path, following, kept, 2)
        assert [one.bed for one in batch.samples.addressees] == ["a\nb", 'he said "no"']

    def test_bad_rows_are_refused_by_their_line_and_the_rest_goes_on(self, tmp_path, following, kept):
        lines = [
            "time,bed,hr",
            "2026-11-22T12:00:00Z,3,70",
            "2026-11-22T12:00:00Z,3,seventy",
            "2026-11-22T12:00:00,3,70",
            "2026-11-22T12:00:00Z,,70",
            "2026-11-22T12:00:00Z,3",
            "",
            '2026-11-22T12:00:00Z,3,"71" or so',
            "2026-11-22T12:00:00Z,3,\x00",
            '2026-11-22T12:00:00Z,3,"71,5"',
            "2026-11-22T12:00:00Z,3,1e999",
            "2026-11-22T12:00:01Z,3,71",
        ]
        (batch,) = self.run("\n".join(lines) + "\n", tmp_path, following, kept, 10)
        assert batch.samples.value.tolist() == [70, 71]
        path = tmp_path / "vitals.csv"
        told = [(one.where, one.kind) for one in batch.problems if one is not None]
        assert told == [
            (f"{path} line 3, column 'hr'", ProblemKind.UNREADABLE),
            (f"{path} line 4, column 'time'", ProblemKind.UNREADABLE),
            (f"{path} line 5", ProblemKind.INCOMPLETE),
            (f"{path} line 6", ProblemKind.UNREADABLE),
            (f"{path} line 8", ProblemKind.UNREADABLE),
            (f"{path} line 9", ProblemKind.UNREADABLE),
            (f"{path} line 10, column 'hr'", ProblemKind.UNREADABLE),
            (f"{path} line 11, column 'hr'", ProblemKind.UNREADABLE),
        ]
        assert any(one is not None and "decimal comma" in one.what for one in batch.problems)

    def test_a_wrong_encoding_is_named(self, tmp_path, following, kept):
        content = HEADER.encode() + "2026-11-22T12:00:00Z,æ,3,70\n".encode("latin-1") + rows(71).encode()
        (batch,) = self.run(content, tmp_path, following, kept, 2)
        assert "0xe6 is not utf-8" in batch.problems[0].what
        assert batch.samples.value.tolist() == [71]

    def test_a_quotation_mark_that_is_never_closed_costs_one_line(self, tmp_path, following, kept):
        content = HEADER + '2026-11-22T12:00:00Z,A,"3,70\n' + rows(*range(40))
        batches = self.run(content, tmp_path, following, kept, 41)
        assert batches[0].problems[0] is not None
        assert kept.values() == list(range(40))

    def test_a_line_without_end_is_refused_when_it_ends(self, tmp_path, following, kept):
        path = tmp_path / "vitals.csv"
        path.write_text(HEADER + "7" * 3_000_000)
        following()
        time.sleep(0.2)
        append(path, "\n" + rows(71))
        until(lambda: kept.values() == [71])
        assert [problem.kind for problem in kept.problems()] == [ProblemKind.TOO_LARGE]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("time;ward;bed;heart_rate", "set separator = ';'"),
        ("time,bed,hart_rate", "heart_rate"),
        ("when,bed,heart_rate", "no column 'time'"),
        ("bed,heart_rate", "no column 'time'"),
        ("time,ward,heart_rate", "'patient' or 'bed'"),
        ("time,bed", "no column of a signal"),
        ("time,bed,hr,heart_rate", "same signal"),
        ("time,bed,hr,hr", "two have the same"),
        ("time,bed,hr [kPa]", "cannot become /min"),
        ("time,bed,signal,value,hr", "one value a row"),
    ],
)
def test_a_header_that_is_not_understood_is_told_once_and_nothing_is_passed_by(header, word, tmp_path, following, kept):
    path = tmp_path / "vitals.csv"
    path.write_text(f"{header}\n" + rows(70))
    source = following()
    until(lambda: source.health().state is SourceState.LOST)
    until(lambda: len(kept.problems()) == 1)
    (problem,) = kept.problems()
    assert word in f"{problem.what}; {problem.mend}"
    assert problem.where == f"{path} line 1"
    append(path, rows(71))
    time.sleep(0.1)
    assert len(kept.problems()) == 1
    path.write_text(HEADER + rows(72))
    until(lambda: kept.values() == [72])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"separator": ",,"}, "separator"),
        ({"separator": ",", "decimal": ","}, "separator"),
        ({"decimal": "'"}, "decimal"),
        ({"encoding": "utf-16"}, "encoding"),
        ({"time_format": "hours"}, "time_format"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"ambiguous": "both"}, "ambiguous"),
        ({"every": "often"}, "every"),
        ({"path": ""}, "path"),
    ],
)
def test_options_are_refused_by_name(options, word):
    with pytest.raises(BadInput, match=word):
        CsvTail("poor-man", **{"path": "vitals.csv", **options})


fields = st.text(st.sampled_from('ab,";\n\r '), max_size=6)


@given(st.lists(st.lists(fields, min_size=2, max_size=4), max_size=12))
def test_records_are_what_the_csv_writer_wrote(table):
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    ends = []
    for row in table:
        writer.writerow(row)
        ends.append(len(out.getvalue()))
    content = out.getvalue().encode()
    records = split_records(content + b"half", b",")
    assert b"".join(records) == content
    if all(sum(cell.count("\n") for cell in row) < 16 for row in table):
        at = 0
        found = [at := at + len(record) for record in records]
        assert found == ends


def test_no_more_files_are_open_afterwards(table, kept):
    before = len(list(Path("/proc/self/fd").iterdir()))
    source = CsvTail("poor-man", path=str(table), every="20 ms")
    source.start(kept.take)
    until(lambda: source.health().state is SourceState.CONNECTED)
    source.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
