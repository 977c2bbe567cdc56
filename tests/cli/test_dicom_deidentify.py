from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.exchange.dicom import made

from fyr.cli.main import main

VALUES = np.arange(60, dtype=np.int16).reshape(3, 4, 5)


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = made.write_all(made.slices(VALUES), tmp_path / "Moeller, Anna")
    made.write(made.plan(), found / "plan.dcm")
    capture = made.slices(VALUES)[0]
    capture.SOPClassUID = capture.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    made.write(capture, found / "capture.dcm")
    (found / "notes.txt").write_text("no DICOM")
    (found / "cut.dcm").write_bytes((found / "plan.dcm").read_bytes()[:900])
    return found


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def test_a_folder_goes_out_and_again_adds_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, key = tmp_path / "out", tmp_path / "key"
    assert run("record", "deidentify", folder, "--out", out, "--key-file", key, "--json") == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert said["new_key"]
    assert "made a new key" in captured.err
    assert (said["written"], said["patients"], len(said["left_out"]), len(said["refused"])) == (4, 1, 1, 1)
    assert said["left_out"][0]["source"].endswith("capture.dcm")
    assert [Path(one["name"]).name for one in said["skipped"]] == ["notes.txt"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    written = sorted(out.rglob("*.dcm"))
    assert [Path(one["output"]) in written for one in said["files"]] == [True] * 4
    assert not any("Moeller" in str(path) for path in out.rglob("*"))
    assert key.read_text().strip() not in json.dumps(said)
    before = {path: path.read_bytes() for path in written}
    written[0].unlink()  # as if the first run had been killed
    assert run("record", "deidentify", folder, "--out", out, "--key-file", key, "--json") == 0
    said = document(capsys)
    assert (said["written"], said["there_already"]) == (1, 3)
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.dcm"))} == before
    assert not list(out.rglob("*.unfinished"))


def test_what_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    base = ("record", "deidentify", folder)
    assert run(*base, "--out", tmp_path / "o", "--key-file", tmp_path / "nowhere" / "key") == 3
    assert "no folder for the key file" in capsys.readouterr().err
    key.write_text("ab" * 32)
    key.chmod(0o644)
    assert run(*base, "--out", tmp_path / "o", "--key-file", key) == 5
    key.chmod(0o600)
    assert run(*base, "--out", folder / "out", "--key-file", key) == 3
    assert "lie in one another" in capsys.readouterr().err
    assert run(*base, "--out", tmp_path / "o", "--key-file", tmp_path / "o" / "key") == 3
    full = tmp_path / "full"
    full.mkdir()
    (full / "something").write_text("else")
    assert run(*base, "--out", full, "--key-file", key) == 3
    assert "holds something else" in capsys.readouterr().err
    assert run(*base, "--out", tmp_path / "o", "--key-file", key) == 0
    assert run(*base, "--out", tmp_path / "o", "--key-file", key, "--dates", "shift") == 3
    assert "another key or other options" in capsys.readouterr().err
    key.write_text("abc")
    assert run(*base, "--out", tmp_path / "o2", "--key-file", key) == 3
    assert "too few" in capsys.readouterr().err
    key.write_bytes(bytes(range(100, 140)))
    assert run(*base, "--out", tmp_path / "o2", "--key-file", key) == 0
    assert run("record", "deidentify", folder / "notes.txt", "--out", tmp_path / "o3", "--key-file", key) == 3


def test_two_files_that_say_they_are_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = made.slices(VALUES)[0]
    folder = made.write_all([one], tmp_path / "in")
    made.write(one, folder / "copy.dcm")
    one.SeriesDescription = "changed"
    made.write(one, folder / "differs.dcm")
    key = tmp_path / "key"
    assert run("record", "deidentify", folder, "--out", tmp_path / "o", "--key-file", key, "--json") == 0
    said = document(capsys)
    assert (said["written"], said["there_already"], len(said["refused"])) == (1, 1, 1)
    assert "differs" in said["refused"][0]["reason"]
