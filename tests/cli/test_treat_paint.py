"""``fyr treat paint`` from files to a file, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import UID
from tests.exchange.dicom import made

from fyr.cli.main import main
from fyr.exchange.dicom import read_dose, write_dose
from fyr.imaging.volume import DoseGrid

UPTAKE = np.broadcast_to(np.arange(12), (5, 8, 12)).astype(np.uint16)  # stored; SUV is half of it


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["treat", "paint", *(str(one) for one in arguments)])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def series(folder: Path, modality: str, unit: str = "GML") -> Path:
    found = made.slices(np.zeros((5, 8, 12), dtype=np.int16))
    kind = {"PT": "1.2.840.10008.5.1.4.1.1.128", "MR": "1.2.840.10008.5.1.4.1.1.4"}[modality]
    for plane, one in zip(UPTAKE, found, strict=True):
        one.SOPClassUID = one.file_meta.MediaStorageSOPClassUID = UID(kind)
        one.Modality, one.PixelData = modality, plane.tobytes()
        one.RescaleSlope, one.RescaleIntercept = 0.5, 0
        if modality == "PT":
            one.Units = unit
        else:
            one.RescaleType = "US"
    return made.write_all(found, folder)


@pytest.fixture
def struct(tmp_path: Path) -> Path:
    """Return a target of columns 2 to 9, rows 1 to 4 and slices 1 to 3, on the edges of the voxels."""
    contours = []
    for k in (1, 2, 3):
        left, right, top, bottom, z = -8.5, -0.5, 6.0, 14.0, 100 + 3.0 * k
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        contours.append(("CLOSED_PLANAR", [x for corner in corners for x in (*corner, z)]))
    return made.write(made.structures({"GTV": contours}), tmp_path / "rs.dcm")


def test_a_prescription_is_written_and_held_against_a_dose(
    struct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pet, out = series(tmp_path / "pet", "PT"), tmp_path / "rx.dcm"
    linear = ["--low-gy", 60, "--high-gy", 80, "--window", 1, 5]
    common = ["--pet", pet, "--struct", struct, "--target", "GTV"]
    code, said, err = run(capsys, *common, *linear, "--out", out, "--json")
    assert code == 0, err
    document = json.loads(said)
    assert (document["voxels"], document["unit"]) == (3 * 4 * 8, "g/mL")
    assert document["intensity"] == {"min": 1.0, "mean": 2.75, "max": 4.5}
    prescribed = read_dose(out)
    np.testing.assert_allclose(prescribed.dose_gy[2, 3], [0, 0, *(60 + 2.5 * np.arange(8)), 0, 0], rtol=1e-7)
    assert int((prescribed.dose_gy > 0).sum()) == 96
    scaled = tmp_path / "dose.dcm"
    dose = DoseGrid(prescribed.grid, prescribed.dose_gy * 0.9)
    write_dose(dose, scaled, patient_id="P1", study_uid="1.2", when=datetime(2026, 1, 1, tzinfo=UTC))
    code, said, _ = run(capsys, *common, *linear, "--dose", scaled, "--json")
    quality = json.loads(said)["quality"]
    assert quality["quality_factor"] == pytest.approx(0.1, abs=1e-6)
    assert quality["q_volume_histogram"]["volume_part"][0] == 1
    code, said, _ = run(capsys, *common, *linear, "--dose", scaled)
    assert "QF 10.00 %" in said
    assert "research only" in said
    code, _, err = run(capsys, *common, *linear, "--out", out)
    assert code != 0
    assert "such a file already" in err


def test_diffusion_is_painted_by_bands(struct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adc = series(tmp_path / "adc", "MR")
    common = ["--adc", adc, "--struct", struct, "--target", "GTV"]
    code, said, err = run(capsys, *common, "--bands", "70<2<60<4<53", "--json")
    assert code == 0, err
    document = json.loads(said)
    assert document["rule"] == {"kind": "bands", "limits": [2, 4], "doses_gy": [70, 60, 53]}
    assert document["dose_gy"]["mean"] == pytest.approx((2 * 70 + 4 * 60 + 2 * 53) / 8)
    code, _, err = run(capsys, *common, "--low-gy", 60, "--high-gy", 70)
    assert code != 0
    assert "no linear rule from diffusion" in err


def test_what_does_not_fit_is_refused(struct: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    linear = ["--target", "GTV", "--low-gy", 60, "--high-gy", 80]
    activity = series(tmp_path / "bq", "PT", "BQML")
    code, _, err = run(capsys, "--pet", activity, "--struct", struct, *linear)
    assert code != 0
    assert "not in SUV" in err
    elsewhere = made.structures({"GTV": []}, frame="9.9")
    elsewhere.FrameOfReferenceUID = "9.9"
    other = made.write(elsewhere, tmp_path / "other.dcm")
    code, _, err = run(capsys, "--pet", series(tmp_path / "pet", "PT"), "--struct", other, *linear)
    assert code != 0
    assert "another frame of reference" in err
    code, _, err = run(capsys, "--struct", struct, *linear)
    assert code != 0
    assert "--pet or --adc" in err
    code, _, err = run(capsys, "--pet", tmp_path / "pet", "--struct", struct, "--target", "GTV")
    assert code != 0
    assert "--low-gy and --high-gy" in err
