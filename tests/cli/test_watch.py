"""`fyr watch` as its user runs it: one document, honest exit codes, no traceback, nothing half-written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

RECORD = "watch/wfdb/s00001/s00001-2896-10-10-00-31n"


def _fyr(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fyr.cli", "watch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.real
def test_replay_prints_one_document_that_equals_the_anchor(data_folder: Path) -> None:
    done = _fyr("replay", data_folder / RECORD, "--policy", "haahr2022", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    document = json.loads(done.stdout)
    expected = json.loads((data_folder / "watch/wfdb/expected_ward16_s00001.json").read_text())
    assert document["onsets"] == expected["onsets"]
    assert document["patient"] == "mimic/s00001"
    assert document["assessable_minutes"] == {"spo2": 1573, "hr": 1889, "rr": 1891, "sbp": 152}
    assert document["samples"] == 4 * expected["minutes"]
    assert document["alerts_per_patient_day"] > 0
    assert {"notifications", "suppressed", "suppressed_by_reason", "not_assessable"} <= document.keys()


@pytest.mark.real
def test_a_folder_joins_a_patients_records_and_leaves_out_what_has_no_vital_signs(data_folder: Path) -> None:
    one = json.loads(_fyr("replay", data_folder / "watch/wfdb/s00001", "--json").stdout)
    assert len(one["sources"]) == 2
    assert one["monitored_days"] == round(1937 / 1440, 4)
    done = _fyr("replay", data_folder / "watch/wfdb", "--json")
    document = json.loads(done.stdout)
    assert [patient["onsets"] for patient in document["patients"]] == [one["onsets"]]
    assert len(document["left_out"]) == 2
    assert done.stderr.count("left out") == 2


@pytest.mark.real
def test_speed_paces_the_replay_and_changes_nothing_else(data_folder: Path) -> None:
    began = time.monotonic()
    paced = json.loads(_fyr("replay", data_folder / RECORD, "--speed", "20000", "--json").stdout)
    assert time.monotonic() - began > 1936 * 60 / 20000
    at_once = json.loads(_fyr("replay", data_folder / RECORD, "--json").stdout)
    assert paced["onsets"] == at_once["onsets"]
    assert paced["notifications"] == at_once["notifications"]


@pytest.mark.real
def test_assumed_inputs_are_named_in_the_answer(data_folder: Path) -> None:
    assumed = ("--assume", "consciousness=A", "--assume", "temperature=37", "--assume", "supplemental_oxygen=air")
    done = _fyr("replay", data_folder / RECORD, "--policy", "news2-continuous", "--json", *assumed)
    document = json.loads(done.stdout)
    assert document["assumed"] == {"consciousness": "A", "temperature": 37.0, "supplemental_oxygen": "air"}
    assert document["onsets"]["news2.single3>=1/1min"] > 0
    without = json.loads(_fyr("replay", data_folder / RECORD, "--policy", "news2-continuous", "--json").stdout)
    assert sum(without["onsets"].values()) == 0


def _refused(done: subprocess.CompletedProcess[str], code: int, says: str) -> None:
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    _refused(_fyr("replay", tmp_path / "none"), 3, "there is no such file")
    _refused(_fyr("policy", "check", "haahr2020"), 3, "did you mean 'haahr2022'")
    _refused(_fyr("policy", "check", tmp_path / "none.yaml"), 3, "no such policy file")


@pytest.mark.real
def test_damaged_records_are_one_line_that_says_both_numbers(data_folder: Path, tmp_path: Path) -> None:
    for name in (f"{RECORD}.hea", "watch/wfdb/s00001/3975656n.dat"):
        shutil.copy(data_folder / name, tmp_path)
    header, data = tmp_path / Path(RECORD + ".hea").name, tmp_path / "3975656n.dat"
    header.chmod(0o644)
    data.chmod(0o644)
    whole, words = data.read_bytes(), header.read_text()
    data.write_bytes(whole[:20_000])
    _refused(_fyr("replay", tmp_path), 3, "38720 bytes, but 3975656n.dat has 20000 bytes")
    data.write_bytes(whole)
    header.write_text(words.replace(" 1936 ", " 9999 "))
    _refused(_fyr("replay", tmp_path), 3, "promises 9999 frames")
    data.unlink()
    header.write_text(words)
    _refused(_fyr("replay", tmp_path), 3, "3975656n.dat")


@pytest.mark.real
@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--speed", "fast"), 2, "--speed"),
        (("--speed", "-1"), 2, "greater than 0"),
        (("--response", "5"), 2, "5 min"),
        (("--assume", "mood"), 2, "INPUT=VALUE"),
        (("--assume", "mood=good"), 3, "'mood'"),
        (("--policy", "none"), 3, "there is no policy 'none'"),
    ],
)
def test_wrong_options_are_one_line(data_folder: Path, options: tuple[str, ...], code: int, says: str) -> None:
    _refused(_fyr("replay", data_folder / RECORD, *options), code, says)


def test_policies_are_listed_and_checked() -> None:
    names = [one["name"] for one in json.loads(_fyr("policy", "list", "--json").stdout)["policies"]]
    assert names == ["fyr-ward", "haahr2022", "news2-continuous", "thresholds", "ward-demonstration"]
    checked = json.loads(_fyr("policy", "check", "haahr2022", "--json").stdout)
    assert len(checked["rules"]) == 16
