"""`fyr watch rhythm`: one document, one verdict, and one line where there is nothing to read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def fyr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fyr.cli", "watch", "rhythm", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.real
def test_the_false_alarm_of_a103l_is_refuted_with_its_evidence(data_folder):
    answer = fyr(str(data_folder / "watch" / "wfdb" / "a103l"), "--alarm", "asystole", "--at", "5 min", "--json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["verdict"] == "refuted"
    assert document["time"] == "1970-01-01T00:05:00Z"
    assert {one["channel"] for one in document["evidence"]} == {"II", "V", "PLETH"}
    assert document["research_use_only"] is True


@pytest.mark.real
def test_a_record_is_read_as_beats_minutes_episodes_and_pauses(data_folder):
    answer = fyr(str(data_folder / "watch" / "wfdb" / "a103l"), "--json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["rr_irregularity"]["threshold"] == 0.639
    assert len(document["rr_irregularity"]["time"]) == len(document["longest_pause_s"]["value"]) == 6
    assert document["atrial_fibrillation"] == []
    assert document["pauses"] == []
    assert 100 < document["beats"]["median_rate_per_min"] < 150


@pytest.mark.real
def test_a_record_without_a_waveform_is_refused(data_folder):
    answer = fyr(str(data_folder / "watch" / "wfdb" / "s00001" / "s00001-2896-10-09-01-56n"))
    assert answer.returncode == 3
    assert "no ECG lead and no pulse wave" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_option_about_an_alarm_needs_an_alarm(tmp_path):
    answer = fyr(str(tmp_path), "--at", "5 min")
    assert answer.returncode == 2
    assert "--alarm" in answer.stderr
