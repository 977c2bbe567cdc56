"""A data folder that carries patients' own limits, which begin and end in the middle of the recording."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fyr.clock import MINUTE_US, from_datetime
from fyr.errors import BadInput
from fyr.exchange.recordings import read_recordings
from fyr.exchange.sample_folder import write_sample_folder
from fyr.record import PatientId, Quality, SampleBatch, Series

PATIENT = PatientId("test", "1")
START = datetime(2026, 1, 1, tzinfo=UTC)


def _minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def _folder(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write an hour and a half of a saturation of 83 %, and limits beside it."""
    value = np.full(90, 83.0)
    time_us = from_datetime(START) + MINUTE_US * np.arange(len(value), dtype=np.int64)
    series = Series(PATIENT, "spo2", "%", time_us, value, np.full(90, Quality.PRESENT, np.uint8), MINUTE_US, "test")
    write_sample_folder(path, samples=[SampleBatch.from_series([series])], truth=[], patients=[{"patient": "test/1"}])
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path / "overrides.parquet")
    return path


OFF = {"patient": "test/1", "time": _minute(2), "person": "dr x", "reason": "COPD", "until": _minute(30)}


def test_rows_that_agree_are_one_override_and_each_is_a_change(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path / "ward",
        [
            {**OFF, "rule": "spo2<85/5min", "silent": True},
            {**OFF, "rule": "spo2<88/10min", "threshold": 80.0},
            {**OFF, "until": None, "rule": "hr>110/60min", "silent": True},
        ],
    )
    (recording,) = read_recordings(folder)
    first, second = recording.limits
    assert first["changes"] == [{"rule": "spo2<85/5min", "silent": True}, {"rule": "spo2<88/10min", "threshold": 80.0}]
    assert (first["time_us"], first["until_us"]) == (from_datetime(_minute(2)), from_datetime(_minute(30)))
    assert (first["person"], first["reason"], first["patient"]) == ("dr x", "COPD", "test/1")
    assert second["until_us"] is None


def test_a_replay_goes_by_the_limits_that_hold_at_each_time(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "ward", [{**OFF, "rule": "spo2<85/5min", "silent": True}])
    done = _replay(folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    raised = [one["raised_at"] for one in document["notifications"] if one["rule"] == "spo2<85/5min"]
    # The ward's rule begins anew after minute 30: five minutes from minute 31 end with the sample of minute 35.
    assert raised == ["2026-01-01T00:35:00Z"]
    assert [(one["time"], one["by"]) for one in document["policy_changes"]] == [
        ("2026-01-01T00:02:00Z", "dr x"),
        ("2026-01-01T00:30:00Z", ""),
    ]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({**OFF, "rule": "spo2<84/5min", "silent": True}, "has no rule"),
        ({**OFF, "rule": "spo2<85/5min"}, "is no change"),
        ({**OFF, "until": _minute(1), "rule": "spo2<85/5min", "silent": True}, "before it begins"),
        ({**OFF, "reason": " ", "rule": "spo2<85/5min", "silent": True}, "needs a reason"),
    ],
)
def test_limits_that_cannot_hold_are_bad_input_in_one_line(tmp_path: Path, row: dict[str, Any], what: str) -> None:
    done = _replay(_folder(tmp_path / "ward", [row]))
    assert done.returncode == 3
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_folder_of_limits_without_authors_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "ward", [{"patient": "test/1", "time": _minute(1), "reason": "x"}])
    with pytest.raises(BadInput, match="no column 'person'"):
        read_recordings(folder)


def _replay(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "watch", "replay", str(folder), "--policy", "haahr2022", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)
