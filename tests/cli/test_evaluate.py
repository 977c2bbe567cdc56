"""`fyr watch evaluate` as its user runs it: numbers worked out by hand, and honest exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fyr.cli.main import main

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    returncode: object
    stdout: str
    stderr: str


def _fyr(*arguments: str | Path) -> Done:
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as leaving:
        main(["watch", *map(str, arguments)])
    return Done(leaving.value.code, said.getvalue(), complained.getvalue())


def _document(*arguments: str | Path) -> dict[str, Any]:
    done = _fyr("evaluate", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _refused(done: Done, code: int, says: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def _at(minute: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minute)


def _minutes(patient: str, days: int, fast: range = range(0)) -> pl.DataFrame:
    """A heart rate of 80 every minute, 150 in the fast minutes."""
    count = days * 1440
    rate = [150.0 if minute in fast else 80.0 for minute in range(count)]
    return pl.DataFrame(
        {"patient": patient, "signal": "heart_rate", "time": [_at(minute) for minute in range(count)], "value": rate}
    )


def _write(folder: Path, samples: list[pl.DataFrame], truth: list[tuple[str, str, float, float]] | None) -> Path:
    folder.mkdir()
    pl.concat(samples).write_parquet(folder / "samples.parquet")
    if truth is not None:
        rows = [(patient, event, _at(onset), _at(end)) for patient, event, onset, end in truth]
        pl.DataFrame(rows, schema=["patient", "event", "onset", "end"], orient="row").write_parquet(
            folder / "truth.parquet"
        )
    return folder


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four patients: 1 fast from minute 600 for 100 min, 2 calm for two days, 3 with nothing usable, 4 not recorded."""
    nothing = _minutes("3", 1).with_columns(value=pl.lit(None, pl.Float64))
    truth = [
        ("1", "sepsis", 590.0, 720.0),
        ("1", "bleeding", 1000.0, 1010.0),
        ("3", "sepsis", 10.0, 20.0),
        ("1", "sepsis", 1441.0, 1500.0),
        ("4", "pneumonia", 10.0, 20.0),
    ]
    samples = [_minutes("2", 2), _minutes("1", 1, range(600, 700)), nothing]
    return _write(tmp_path_factory.mktemp("hand") / "ward", samples, truth)


def test_the_numbers_are_those_worked_out_by_hand(by_hand: Path) -> None:
    document = _document(by_hand, "--policy", "haahr2022", "--policy", "thresholds")
    # Heart rate > 130 for 30 min: a sample stands for the minute before it, so minutes 600 to 629 are 30. Heart rate
    # > 110 for 60 min comes at 659, but the other one speaks for it. The raw monitor speaks at once, at 600.
    ward = document["policies"]["haahr2022"]
    assert ward["alerts"] == 1
    assert ward["by_rule"] == {"hr>130/30min": 1}
    # Rates 1 and 0 a day; one alert in three days; patient 3 does not count.
    load = ward["alerts_per_patient_day"]
    assert (load["median"], load["q1"], load["q3"], load["worst_decile"]) == (0.5, 0.25, 0.75, 0.9)
    assert load["mean"] == pytest.approx(1 / 3, rel=1e-5)
    assert (ward["events"], ward["found"], ward["missed"]) == (3, 1, 2)
    assert ward["sensitivity"] == pytest.approx(1 / 3, rel=1e-5)
    assert ward["ppv"] == 1.0
    assert ward["lead_time_min"] == {"median": 91.0, "q1": 91.0, "q3": 91.0}
    assert ward["time_to_alert_min"]["median"] == 39.0
    assert ward["added_delay_s"] == {"median": 29 * 60.0, "p95": 29 * 60.0, "events": 1}
    raw = document["policies"]["thresholds"]
    assert raw["lead_time_min"]["median"] == 120.0
    assert raw["added_delay_s"]["median"] == 0.0
    assert {one["event"] for one in ward["missed_events"]} == {"bleeding", "sepsis"}
    hours = {row["hour"]: row for row in ward["load_by_hour"]}
    assert hours[10]["alerts"] == 1  # minute 629; three monitored hours of that name
    assert hours[10]["alerts_per_patient_hour"] == pytest.approx(1 / 3, rel=1e-5)


def test_whoever_is_left_out_is_listed(by_hand: Path) -> None:
    document = _document(by_hand, "--policy", "haahr2022")
    assert document["patients_without_usable_signal"] == ["ward/3"]
    reasons = {(one["patient"], one["event"]): one["reason"] for one in document["events_not_judged"]}
    assert reasons[("ward/4", "pneumonia")] == "the patient has no samples"
    assert reasons[("ward/1", "sepsis")].startswith("it began after the recording ended")
    assert len(reasons) == 2
    assert document["data"]["patients"] == 3
    # Nothing but the heart rate was recorded, and that of one of four days not: 3 of 4 signals and a quarter of one.
    lost = document["policies"]["haahr2022"]
    assert lost["not_assessable_by_signal"]["heart_rate"] == pytest.approx(0.25, abs=1e-3)
    assert lost["not_assessable_fraction"] == pytest.approx((3 + 0.25) / 4, abs=1e-3)


def test_the_delay_counts_from_the_raw_monitor_even_where_it_is_not_compared(by_hand: Path) -> None:
    alone = _document(by_hand, "--policy", "haahr2022")
    assert list(alone["policies"]) == ["haahr2022"]
    reference = alone["definitions"]["reference"]
    assert reference.startswith("the first notification of the policy thresholds in the window that lasts")
    said = alone["policies"]["haahr2022"]
    assert said["added_delay_s"]["median"] == said["delay_from_first_s"]["median"] == 29 * 60.0
    assert [of_kind["added_delay_s"]["median"] for of_kind in said["by_event"].values() if of_kind["found"]] == [1740.0]


def test_the_lookback_widens_the_window(tmp_path: Path) -> None:
    folder = _write(tmp_path / "ward", [_minutes("1", 1, range(600, 700))], [("1", "sepsis", 640.0, 720.0)])
    arguments = (folder, "--policy", "haahr2022")
    assert _document(*arguments)["policies"]["haahr2022"]["missed"] == 1
    found = _document(*arguments, "--lookback", "15 min")["policies"]["haahr2022"]
    assert (found["missed"], found["time_to_alert_min"]["median"], found["ppv"]) == (0, -11.0, 1.0)


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_is_known_of_a_patient_bends_the_policy_for_that_patient_alone(tmp_path: Path, is_packed: bool) -> None:
    """A saturation of 86 for half an hour is told of, but not in a patient whose context says COPD."""
    dip = pl.when(pl.int_range(pl.len()).is_between(400, 430)).then(86.0).otherwise(96.0)
    saturation = [_minutes(who, 1).with_columns(signal=pl.lit("spo2"), value=dip) for who in ("1", "2")]
    folder = _write(tmp_path / "ward", saturation, [(who, "pneumonia", 390.0, 500.0) for who in ("1", "2")])
    pl.DataFrame({"patient": ["1", "2"], "copd": [True, False], "age": [70, 71]}).write_parquet(
        folder / "patients.parquet"
    )
    if is_packed:
        assert _fyr("pack", folder, tmp_path / "packed").returncode == 0
        folder = tmp_path / "packed"
    said = _document(folder, "--policy", "fyr-ward", "--policy", "haahr2022")["policies"]
    assert said["fyr-ward"]["by_rule"] == {"spo2<88/10min": 1}
    assert [one["patient"] for one in said["fyr-ward"]["missed_events"]] == ["ward/1"]
    assert said["haahr2022"]["missed"] == 0


def test_limits_of_one_policy_are_left_out_of_a_comparison_and_named(by_hand: Path) -> None:
    plain = _document(by_hand, "--policy", "haahr2022")
    pl.DataFrame({"patient": ["1"], "time": [_at(0)], "person": ["a"], "reason": ["b"]}).write_parquet(
        by_hand / "overrides.parquet"
    )
    done = _fyr("evaluate", by_hand, "--policy", "haahr2022", "--json")
    assert json.loads(done.stdout) == plain
    assert "left out 'overrides.parquet': it is about one policy's rules" in done.stderr


def test_the_same_patients_in_two_folders_are_twice_as_many(by_hand: Path, tmp_path: Path) -> None:
    other = _write(tmp_path / "ward", [_minutes("1", 1)], [])
    document = _document(by_hand, other, "--policy", "haahr2022")
    assert document["data"]["patients"] == 4
    assert document["policies"]["haahr2022"]["alerts"] == 1
    assert document["patients_without_usable_signal"] == ["ward/1.3"]


def test_a_folder_without_truth_is_one_line_unless_the_trial_is_silent(tmp_path: Path) -> None:
    folder = _write(tmp_path / "ward", [_minutes("1", 1, range(600, 700))], None)
    _refused(_fyr("evaluate", folder, "--policy", "haahr2022", "--json"), 3, "there is no truth.parquet")
    command = [sys.executable, "-m", "fyr.cli", "watch", "evaluate", str(folder), "--policy", "haahr2022"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    _refused(Done(process.returncode, process.stdout, process.stderr), 3, "use --silent to judge the load alone")
    document = _document(folder, "--policy", "haahr2022", "--silent")
    assert list(document["policies"]) == ["haahr2022", "thresholds"]
    ward = document["policies"]["haahr2022"]
    assert ward["alerts_per_patient_day"]["median"] == 1.0
    assert not {"sensitivity", "ppv", "missed", "lead_time_min"} & ward.keys()
    assert "pareto" not in document


@pytest.mark.real
def test_a_silent_trial_takes_any_recording(data_folder: Path) -> None:
    record = data_folder / "watch/wfdb/s00001/s00001-2896-10-10-00-31n"
    replayed = json.loads(_fyr("replay", record, "--policy", "haahr2022", "--json").stdout)
    document = _document(record, "--policy", "haahr2022", "--silent")
    raised = [one for one in replayed["notifications"] if one["kind"] == "physiological"]
    assert document["policies"]["haahr2022"]["alerts"] == len(raised)


def test_simulated_patients_end_to_end_and_the_page_draws_what_it_says(tmp_path: Path) -> None:
    folder, page = tmp_path / "ward", tmp_path / "out.html"
    _fyr("simulate", folder, "--patients", "8", "--days", "1", "--seed", "4242")
    document = _document(folder, "--policy", "haahr2022", "--report", page)
    ward = document["policies"]["haahr2022"]
    replays = json.loads(_fyr("replay", folder, "--policy", "haahr2022", "--json").stdout)["patients"]
    raised = {
        one["patient"]: [
            datetime.fromisoformat(told["raised_at"])
            for told in one["notifications"]
            if told["kind"] == "physiological"
        ]
        for one in replays
    }
    truth = pl.read_parquet(folder / "truth.parquet").rows()
    found = [any(onset <= time <= end for time in raised[patient]) for patient, _, onset, end in truth]
    inside = [
        any(patient == whose and onset <= time <= end for whose, _, onset, end in truth)
        for patient, times in raised.items()
        for time in times
    ]
    assert ward["alerts"] == len(inside)
    assert ward["alerts_per_patient_day"]["median"] == pytest.approx(np.median([len(t) for t in raised.values()]))
    assert ward["missed"] == len(found) - sum(found)
    assert ward["ppv"] == pytest.approx(sum(inside) / len(inside), rel=1e-5)
    html = page.read_text(encoding="utf-8")
    false = len(inside) - sum(inside)
    assert html.count("<figure>") == ward["missed"] + -(-false // 10)
    for foreign in ("http:", "https:", "<script", "src=", "@import", "url("):
        assert foreign not in html


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    good = _write(tmp_path / "good", [_minutes("1", 1)], [("1", "sepsis", 10, 20)])
    backwards = _write(tmp_path / "backwards", [_minutes("1", 1)], [("1", "sepsis", 20, 10)])
    deaf = _write(tmp_path / "deaf", [_minutes("1", 1).with_columns(value=pl.lit(None, pl.Float64))], [])
    strange = _write(tmp_path / "strange", [_minutes("1", 1).with_columns(signal=pl.lit("mood"))], [])
    nameless = _write(tmp_path / "nameless", [_minutes("1", 1).rename({"value": "number"})], [])
    torn = _write(tmp_path / "torn", [_minutes("1", 1)], [])
    (torn / "truth.parquet").write_bytes(b"PAR1 no")
    policy = ("--policy", "haahr2022", "--json")
    _refused(_fyr("evaluate", tmp_path / "none", *policy), 3, "there is no such folder")
    _refused(_fyr("evaluate", tmp_path, *policy), 3, "there is no samples.parquet")
    _refused(_fyr("evaluate", backwards, *policy), 3, "ends before its onset")
    _refused(_fyr("evaluate", deaf, *policy), 3, "not one of 1 patients has a usable value")
    _refused(_fyr("evaluate", strange, *policy), 3, "only 'mood'")
    _refused(_fyr("evaluate", nameless, *policy), 3, "there is no column 'value'")
    _refused(_fyr("evaluate", torn, *policy), 3, "no readable Parquet file")
    _refused(_fyr("evaluate", good, "--policy", "none"), 3, "there is no policy 'none'")
    _refused(_fyr("evaluate", good, *policy, "--policy", "haahr2022"), 2, "given twice")
    _refused(_fyr("evaluate", good, *policy, "--lookback", "soon"), 2, "--lookback")
    _refused(_fyr("evaluate", good, *policy, "--assume", "mood=1"), 3, "mood")
    _refused(_fyr("evaluate", good, *policy, "--report", tmp_path / "no" / "out.html"), 3, "there is no such folder")
