"""A silent trial on what a live ward has taken: the same numbers as over the same samples in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from fyr.attention import AlarmEvent, AlarmEventKind
from fyr.cli.evaluate import evaluate
from fyr.cli.evaluate_home import is_home
from fyr.clock import MINUTE_US, from_iso
from fyr.errors import BadInput
from fyr.record import PatientId, Quality, SampleBatch
from fyr.record.record import Record
from fyr.serve.ward_inputs import Admitted, Sampled
from fyr.serve.ward_journal import WardJournal

START_US = from_iso("2026-03-01T00:00:00Z")
PATIENT = PatientId("ward", "1")
VALUES = [96.0] * 60 + [86.0] * 30 + [96.0] * 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose ward took two and a half hours of saturation, in two batches, and told of it once."""
    with Record.open(tmp_path / "home") as record:
        journal = WardJournal(record.journal, "ward/hospital")
        parts = [Sampled(_batch(0, 100)), Sampled(_batch(100, len(VALUES)))]
        journal.append([Admitted(PATIENT, "7A", "1", START_US), *parts])
        detail = {"kind": "physiological", "priority": "high", "title": "t", "signal": "spo2", "value": 86.0}
        told = AlarmEvent(PATIENT, 1, START_US, AlarmEventKind.RAISED, "spo2<88/10min", "n1", "", "", detail)
        journal.append_events(list(enumerate([told])), opened_us=1)
        journal.append_events(list(enumerate([told])), opened_us=2)
    return tmp_path / "home"


def _batch(first: int, end: int) -> SampleBatch:
    count = end - first
    return SampleBatch(
        patients=(PATIENT,),
        patient_index=np.zeros(count, np.int32),
        signals=("spo2",),
        signal_index=np.zeros(count, np.int16),
        time_us=START_US + MINUTE_US * np.arange(first, end, dtype=np.int64),
        value=np.array(VALUES[first:end]),
        quality=np.full(count, Quality.PRESENT, np.uint8),
        period_us=np.array([MINUTE_US], np.int64),
        source="device",
    )


def _document(*arguments: str | Path) -> dict[str, Any]:
    done = CliRunner().invoke(evaluate, [*map(str, arguments), "--json"], catch_exceptions=False, standalone_mode=False)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_what_a_live_ward_took_is_judged_like_a_recording(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    times = pl.Series(START_US + MINUTE_US * np.arange(len(VALUES))).cast(pl.Datetime("us", "UTC"))
    pl.DataFrame({"patient": "ward/1", "signal": "spo2", "time": times, "value": VALUES}).write_parquet(
        folder / "samples.parquet"
    )
    live, recorded = (_document(place, "--silent", "--policy", "fyr-ward") for place in (home, folder))
    assert live["policies"] == recorded["policies"]
    assert live["policies"]["fyr-ward"]["by_rule"] == {"spo2<88/10min": 1}
    assert live["told_live"][str(home)] == {
        "alerts": 1,
        "technical": 0,
        "by_priority": {"high": 1},
        "by_rule": {"spo2<88/10min": 1},
    }


def test_nobody_knows_the_truth_of_a_live_ward(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nobody wrote down what truly happened"):
        _document(home, "--policy", "fyr-ward")
    Record.open(tmp_path / "empty").close()
    assert is_home(tmp_path / "empty")
    with pytest.raises(BadInput, match="no ward of this home has taken a sample yet"):
        _document(tmp_path / "empty", "--silent", "--policy", "fyr-ward")
