"""`fyr watch evaluate --sweep --keep`: what is kept, and what is refused before anything is computed."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fyr.cli.main import main
from fyr.record import PatientId
from fyr.record.record import Record
from fyr.serve.comparison_store import ComparisonStore

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def _fyr(*arguments: str | Path) -> tuple[object, str, str]:
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as leaving:
        main(["watch", "evaluate", *map(str, arguments)])
    return leaving.value.code, said.getvalue(), complained.getvalue()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A patient whose heart rate is 150 from minute 600 for 100 minutes, in which there is an event."""
    folder = tmp_path / "ward"
    folder.mkdir()
    times = [MIDNIGHT + timedelta(minutes=minute) for minute in range(1440)]
    values = [150.0 if 600 <= minute < 700 else 80.0 for minute in range(1440)]
    pl.DataFrame({"patient": "1", "signal": "heart_rate", "time": times, "value": values}).write_parquet(
        folder / "samples.parquet"
    )
    truth = {"patient": ["1"], "event": ["sepsis"], "onset": [times[590]], "end": [times[720]]}
    pl.DataFrame(truth).write_parquet(folder / "truth.parquet")
    return folder


def test_a_sweep_is_part_of_the_document(data):
    code, said, _ = _fyr(data, "--policy", "haahr2022", "--sweep", "--json")
    assert code == 0
    sweep = json.loads(said)["sweep"]
    assert sweep["factors"] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert [point["missed"] for point in sweep["policies"]["haahr2022"]] == [0, 0, 0, 0, 1, 1]
    assert "safety rules" in sweep["family"]


def test_a_report_draws_the_sweep(data, tmp_path):
    """A mark for each factor; nothing is drawn where nothing was swept."""
    for name, more in (("swept", ("--sweep",)), ("plain", ())):
        report = tmp_path / f"{name}.html"
        assert _fyr(data, "--policy", "haahr2022", "--report", report, *more)[0] == 0
        page = report.read_text(encoding="utf-8")
        section = page.partition("Quicker and more patient")[2].partition("<h2>")[0]
        assert section.count("<circle") == (6 if more else 0)
        assert ("2 of 1" in section, "1 of 1" in section) == (False, bool(more))


def test_a_kept_comparison_holds_the_same_document_and_what_was_said(data, tmp_path):
    home = tmp_path / "home"
    arguments = (
        data,
        "--policy",
        "haahr2022",
        "--sweep",
        "--keep",
        "march",
        "--title",
        "Ward in March",
        "--home",
        home,
    )
    code, said, complained = _fyr(*arguments, "--json")
    assert code == 0
    assert "kept the comparison 'march'" in complained
    store = ComparisonStore(home)
    assert store.names() == ["march"]
    kept = store.read("march")
    assert kept["document"] == json.loads(said)
    assert (kept["title"], kept["simulated"]) == ("Ward in March", False)
    who = PatientId("ward", "1")
    start_us = round(MIDNIGHT.timestamp() * 1e6)
    rows = store.raised("march", who, start_us, start_us + 86_400_000_000)
    told = {row["factor"]: row["rule"] for row in rows}
    assert set(told) == {0.25, 0.5, 1.0, 2.0}
    samples, observations = store.recording("march", who, 0)
    assert samples.signals == ("heart_rate",)
    assert (len(samples), samples.value.max(), list(observations)) == (1440, 150.0, [])
    with Record.open(home, create=False) as record:
        assert [entry["action"] for entry in record.audit.export()].count("keep comparison") == 1


def test_what_a_folder_says_about_itself_goes_along(data, tmp_path):
    (data / "README.txt").write_text("Simulated patients\n(of a test).\n")
    home = tmp_path / "home"
    assert _fyr(data, "--policy", "haahr2022", "--keep", "march", "--home", home)[0] == 0
    kept = ComparisonStore(home).read("march")
    assert kept["simulated"] is True
    assert kept["note"] == "Simulated patients (of a test)."
    assert kept["factors"] == [1.0]


@pytest.mark.parametrize("name", ["../escape", "", "März", ".hidden", "a" * 65])
def test_a_name_that_is_none_is_refused_before_anything_is_computed(data, tmp_path, name):
    code, said, complained = _fyr(data, "--policy", "haahr2022", "--keep", name, "--home", tmp_path / "home")
    assert (code, said) == (3, "")
    assert complained.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_a_kept_comparison_is_never_overwritten(data, tmp_path):
    home = tmp_path / "home"
    assert _fyr(data, "--policy", "haahr2022", "--keep", "march", "--home", home)[0] == 0
    before = ComparisonStore(home).read("march")
    code, _, complained = _fyr(data, "--policy", "thresholds", "--keep", "march", "--home", home)
    assert code == 3
    assert "kept already" in complained
    assert ComparisonStore(home).read("march") == before
