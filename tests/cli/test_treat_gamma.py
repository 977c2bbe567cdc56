"""``fyr treat gamma`` on DICOM files, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import generate_uid
from tests.exchange.dicom.made import AXIAL, FRAME, RTDOSE, base, picture

from fyr.cli.main import main


def written(path: Path, dose_gy: NDArray[np.float64], *, frame: str = FRAME, summation: str = "PLAN") -> Path:
    made = base(RTDOSE, "RTDOSE")
    made.FrameOfReferenceUID = frame
    picture(made, np.rint(dose_gy / 1e-4).astype(np.uint32), spacing=(2.0, 2.0))
    made.ImagePositionPatient, made.ImageOrientationPatient = [0.0, 0.0, 0.0], list(AXIAL)
    made.GridFrameOffsetVector = [2.5 * number for number in range(len(dose_gy))]
    made.FrameIncrementPointer = 0x3004000C
    made.DoseUnits, made.DoseType, made.DoseSummationType = "GY", "PHYSICAL", summation
    made.DoseGridScaling = 1e-4
    made.save_as(path, enforce_file_format=True)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["treat", "gamma", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_one_document_with_every_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = np.full((4, 5, 6), 2.0)
    flat[0, 0, 0] = 0.1
    reference, evaluated = written(tmp_path / "a.dcm", flat), written(tmp_path / "b.dcm", flat * 1.015)
    plot, values = tmp_path / "out.html", tmp_path / "out.npy"
    code, out, _ = run(capsys, reference, evaluated, "--plot", plot, "--map", values, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["pass_rate_percent"] == 100
    assert document["points"] == 119
    assert document["gamma_max"] == pytest.approx(0.5, abs=1e-4)
    assert document["settings"]["dose_percent"] == 3
    assert document["settings"]["max_gamma"] == 2
    kept = np.load(values)
    assert kept.shape == (4, 5, 6)
    assert np.isnan(kept[0, 0, 0])
    assert kept[2, 2, 2] == pytest.approx(0.5, abs=1e-4)
    page = plot.read_text()
    assert "100.00 %" in page
    assert page.count("data:image/png;base64,") == 3
    code, out, _ = run(capsys, reference, evaluated, "--dose-percent", 1, "--local")
    assert code == 0
    assert "% of 119 points pass: gamma 1 %, 3 mm, local" in out.splitlines()[0]


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flat = np.full((4, 5, 6), 2.0)
    reference = written(tmp_path / "a.dcm", flat)
    elsewhere = written(tmp_path / "b.dcm", flat, frame=generate_uid())
    fraction = written(tmp_path / "c.dcm", flat, summation="FRACTION")
    assert run(capsys, reference, elsewhere, "--json")[0] == 3
    assert run(capsys, reference, elsewhere, "--ignore-frame", "--json")[0] == 0
    code, out, err = run(capsys, reference, fraction, "--json")
    assert (code, out) == (3, "")
    assert "of a plan, the other of a fraction" in err
    assert run(capsys, reference, fraction, "--ignore-summation")[0] == 0
    assert run(capsys, reference, reference, "--distance-mm", 0)[0] == 2
    assert run(capsys, reference, reference, "--map", tmp_path / "out.txt")[0] == 2
    assert run(capsys, reference, tmp_path / "none.dcm")[0] == 3
    assert run(capsys, reference, reference, "--map", tmp_path / "none" / "out.npy")[0] == 6


def test_films_are_compared_though_they_have_no_thickness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = written(tmp_path / "film.dcm", np.full((1, 9, 9), 2.0))
    code, out, _ = run(capsys, film, written(tmp_path / "plan.dcm", np.full((1, 9, 9), 2.03)), "--json")
    document = json.loads(out)
    assert (code, document["points"]) == (0, 81)
    assert document["gamma_max"] == pytest.approx(0.5, abs=1e-3)
    assert sum("says no thickness" in one for one in document["warnings"]) == 2
