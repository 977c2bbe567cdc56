"""Expressions of structures: what binds first, names that look like sums, and what is misread."""

from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest

from fyr.cli.main import main
from fyr.errors import BadInput, UsageError
from fyr.exchange.dicom import read_structure_set
from fyr.treat.structure_expression import Combined, Named, parse_expression

NAMES = ["PTV", "Rectum", "Bladder", "Tumor Bed", "Tumor Bed Block", "PTV-Rectum"]


def written(expression: Combined | Named) -> str:
    """Return an expression with every parenthesis."""
    if isinstance(expression, Named):
        return expression.name
    sign = {"union": "+", "difference": "-", "intersection": "&", "xor": "^"}[expression.operation]
    return f"({written(expression.first)} {sign} {written(expression.second)})"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("PTV", "PTV"),
        ("ptv - rectum", "(PTV - Rectum)"),
        ("PTV - Rectum - Bladder", "((PTV - Rectum) - Bladder)"),
        ("PTV - (Rectum + Bladder)", "(PTV - (Rectum + Bladder))"),
        ("PTV + Rectum & Bladder", "(PTV + (Rectum & Bladder))"),
        ("PTV ^ Bladder", "(PTV ^ Bladder)"),
        ("Tumor Bed Block - Tumor Bed", "(Tumor Bed Block - Tumor Bed)"),
        ("PTV-Rectum", "PTV-Rectum"),
        ("PTV-Bladder", "(PTV - Bladder)"),
        ('"PTV" -"Rectum"', "(PTV - Rectum)"),
    ],
)
def test_what_is_meant(text: str, meant: str) -> None:
    assert written(parse_expression(text, NAMES)) == meant


@pytest.mark.parametrize("text", ["", "PTV -", "(PTV", "PTV)", "- PTV", "PTV Rectum", "PTV & & Rectum"])
def test_what_is_not_understood(text: str) -> None:
    with pytest.raises(UsageError, match="not understood"):
        parse_expression(text, NAMES)


def test_a_structure_that_is_not_there() -> None:
    with pytest.raises(BadInput, match="no structure 'Heart'"):
        parse_expression("PTV - Heart", NAMES)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


@pytest.mark.real
def test_a_new_structure_set_of_a_real_one(
    data_folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    struct = data_folder / "treat" / "rt_dicom" / "dpc_rtss.dcm"
    out = tmp_path / "new.dcm"
    code, said, _ = run(
        capsys, "treat", "structures", "--struct", struct, "--combine", "(Tumor Bed + Scar) - Lt Lung",
        "--margin", "5mm", "--name", "PTV_eval", "--kind", "PTV", "--out", out, "--json",
    )  # fmt: skip
    assert code == 0
    made = json.loads(said)["structure"]
    code, said, _ = run(capsys, "treat", "structures", "--struct", out, "--json")
    volumes = {one["name"]: one["volume_cm3"] for one in json.loads(said)["structures"]}
    assert volumes["PTV_eval"] == pytest.approx(made["volume_cm3"], rel=1e-3)
    assert volumes["PTV_eval"] > volumes["Tumor Bed"]
    assert len(volumes) == 11
    there, source = pydicom.dcmread(out), pydicom.dcmread(struct)
    assert there.PatientID == source.PatientID
    assert there.StudyInstanceUID == source.StudyInstanceUID
    assert there.SOPInstanceUID != source.SOPInstanceUID
    assert read_structure_set(out).frame_of_reference == read_structure_set(struct).frame_of_reference
    assert (
        run(capsys, "treat", "structures", "--struct", struct, "--combine", "Heart", "--name", "x", "--out", out)[0]
        == 3
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--combine", "Brest"], 3, "no structure 'Brest'"),
        (["--combine", "Breast", "--name", "heart"], 2, "already"),
        (["--combine", "Scar", "--margin", "L5 R5", "--name", "x"], 2, "all six"),
        (["--combine", "Scar", "--shell", "3", "--name", "x"], 2, "shell"),
        (["--margin", "5mm"], 2, "which structure"),
        (["--combine", "Areola + Scar", "--name", "x"], 3, "no contours"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    data_folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, message: str
) -> None:
    struct = data_folder / "treat" / "rt_dicom" / "dpc_rtss.dcm"
    left, out, told = run(capsys, "treat", "structures", "--struct", struct, *options)
    assert (left, out) == (code, "")
    assert message in told
    assert len(told.strip().splitlines()) == 1
