from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import highdicom
import pydicom
import pytest

from fyr.errors import BadInput
from fyr.exchange.dicom import write_findings
from fyr.exchange.dicom.write_findings import RESEARCH_USE
from fyr.record import Estimate, Finding, ModelReference, PatientId, Refusal

WHO = PatientId("OUR", "Pä 17")
MODEL = ModelReference("predict-breast-3.1", "3.1.0", "ab" * 32)
TIME = 1_700_000_000_000_000
FINDINGS = [
    Finding(WHO, MODEL, TIME, Estimate("overall_survival_10y", 0.7461, "1", 0.7, 0.8, 0.95), {"age": 64, "grade": 2}),
    Finding(WHO, MODEL, TIME + 1_500_000, Refusal("age 101 is out of range", ("age",)), {"age": 101}),
    Finding(WHO, MODEL, TIME + 2_000_000, Estimate("stage", 4.0, "1", category="IIB")),
    Finding(WHO, replace(MODEL, name="news2"), TIME, Estimate("score", 7.0, "{score}")),
]


def written(tmp_path: Path) -> Path:
    path = tmp_path / "sr.dcm"
    write_findings(WHO, FINDINGS, path, attributes={"sex": "F"})
    return path


def test_another_reader_finds_value_interval_unit_and_model(tmp_path: Path) -> None:
    report = highdicom.sr.srread(written(tmp_path))
    assert isinstance(report, highdicom.sr.ComprehensiveSR)
    groups = report.content.get_image_measurement_groups()
    assert len(groups) == 4
    first = groups[0].get_measurements()
    assert [(one.name.value, one.value, one.unit.value) for one in first] == [
        ("overall_survival_10y", 0.7461, "1"),
        ("overall_survival_10y_low", 0.7, "1"),
        ("overall_survival_10y_high", 0.8, "1"),
    ]
    assert "95 %" in first[1].name.meaning
    assert {one.name.scheme_designator for one in first} == {"99FYR"}
    (score,) = groups[3].get_measurements()
    assert (score.value, score.unit.value, score.unit.scheme_designator) == (7.0, "{score}", "UCUM")
    assert not groups[1].get_measurements()
    (stage,) = groups[2].get_qualitative_evaluations()
    assert (stage.value.value, stage.name.value) == ("IIB", "stage")


def texts(dataset: pydicom.Dataset) -> list[tuple[str, str]]:
    found = []
    for item in dataset.get("ContentSequence", []):
        if item.ValueType == "TEXT":
            found.append((item.ConceptNameCodeSequence[0].CodeMeaning, item.TextValue))
        found += texts(item)
    return found


def test_model_refusal_inputs_and_research_use_are_words_in_it(tmp_path: Path) -> None:
    read = pydicom.dcmread(written(tmp_path))
    said = texts(read)
    assert said.count(("Algorithm Version", "3.1.0")) == 4
    assert ("Algorithm Parameters", f"SHA-256 of the parameters: {MODEL.digest}") in said
    assert ("Comment", "The model refused to answer: age 101 is out of range (inputs: age)") in said
    assert ("Comment", "Inputs: age = 64; grade = 2") in said
    assert said[-1] == ("Comment", RESEARCH_USE)
    assert (read.PatientID, read.IssuerOfPatientID, read.PatientSex, read.PatientName) == ("Pä 17", "OUR", "F", "")
    assert (read.VerificationFlag, read.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    groups = read.ContentSequence[-2].ContentSequence
    assert [one.ObservationDateTime for one in groups[:2]] == ["20231114221320.000000", "20231114221321.500000"]


def test_the_same_findings_are_the_same_report(tmp_path: Path) -> None:
    first = written(tmp_path).read_bytes()
    again = tmp_path / "again.dcm"
    uid = write_findings(WHO, FINDINGS, again, attributes={"sex": "F"})
    assert again.read_bytes() == first
    assert write_findings(WHO, FINDINGS[:2], tmp_path / "less.dcm") != uid


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="dcmtk is not here")
def test_dcmtk_reads_it(tmp_path: Path) -> None:
    done = subprocess.run(["dsrdump", str(written(tmp_path))], capture_output=True, text=True, check=True)
    assert "Comprehensive SR Document" in done.stdout
    assert '="0.7461" (1,UCUM,"no units")' in done.stdout
    assert '(IIB,99FYR,"IIB")' in done.stdout
    assert not [line for line in done.stderr.splitlines() if "ISO_IR 192" not in line]


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no finding"):
        write_findings(WHO, [], tmp_path / "a.dcm")
    with pytest.raises(BadInput, match="another patient's"):
        write_findings(PatientId("OUR", "18"), FINDINGS, tmp_path / "a.dcm")
    with pytest.raises(BadInput, match="--model"):
        write_findings(WHO, FINDINGS * 501, tmp_path / "a.dcm")
    path = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="such a file already"):
        write_findings(WHO, FINDINGS, path)
    assert path.read_bytes() == before
