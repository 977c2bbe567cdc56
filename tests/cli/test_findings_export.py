from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest

from fyr.cli.main import main
from fyr.record import Access, Estimate, Finding, ModelReference, PatientId, Refusal
from fyr.record.record import Record

WHO = PatientId("OUR", "17")


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def test_findings_of_the_record_become_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, out = tmp_path / "home", tmp_path / "sr.dcm"
    models = [ModelReference(name, "1", "d" * 64) for name in ("a", "b")]
    with Record.open(home, access=Access.of_operating_system_user(purpose="test")) as record:
        with record.importing(source="test") as batch:
            batch.add_patient(WHO, attributes={"sex": "M"})
        record.add_findings(
            [
                Finding(WHO, models[0], 1_000_000, Estimate("score", 2.0, "{score}")),
                Finding(WHO, models[1], 2_000_000, Refusal("no pulse")),
            ]
        )
    base = ("record", "export", "OUR/17", "--as", "dicom-sr", "--home", home)
    assert run(*base) == 2
    assert "--output" in capsys.readouterr().err
    assert run(*base, "--output", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["findings"], said["refusals"], said["models"]) == (2, 1, ["a 1", "b 1"])
    read = pydicom.dcmread(out)
    assert (str(read.SOPInstanceUID), read.PatientID, read.PatientSex) == (said["uid"], "17", "M")
    assert run(*base, "--output", out) == 3
    assert run(*base, "--output", tmp_path / "b.dcm", "--model", "b") == 0
    assert "1 findings of OUR/17 (1 of them refusals)" in capsys.readouterr().out
    assert run(*base, "--output", tmp_path / "c.dcm", "--model", "none") == 3
    assert run("record", "export", "OUR/17", "--as", "fhir", "--model", "b", "--home", home) == 2
