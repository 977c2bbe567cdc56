"""``fyr treat shielding`` and ``fyr treat staff``, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import generate_uid
from tests.exchange.dicom.made import AXIAL, CT, base, picture

from fyr.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["treat", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


LEAD = ("shielding", "--beam", "ct 120 kVp", "--material", "lead")


def test_the_worked_barrier(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *LEAD, "--thickness-mm", 1.5, "--json")
    assert code == 0
    assert json.loads(out)["transmission"] == pytest.approx(0.00423, abs=5e-6)


def test_a_room_from_its_examinations(capsys: pytest.CaptureFixture[str]) -> None:
    room = ("--distance-m", 3, "--goal", 0.02, "--occupancy", 1)
    code, out, _ = run(capsys, *LEAD, "--ct-dlp", 82500, "body", "--ct-dlp", 36000, "head", *room, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["kerma_at_1m_mgy_per_week"] == pytest.approx(1.2 * 3e-4 * 82500 + 9e-5 * 36000)
    assert found["transmission"] == pytest.approx(0.02 * 9 / found["kerma_at_1m_mgy_per_week"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--thickness-mm", 1, "--transmission", 0.1), 2),
        (("--kerma-at-1m", 10), 2),
        (("--thickness-mm", 99), 3),
        (("--transmission", 0), 3),
    ],
)
def test_half_a_question_is_refused(capsys: pytest.CaptureFixture[str], words: tuple[object, ...], code: int) -> None:
    ended, out, err = run(capsys, *LEAD, *words)
    assert (ended, out) == (code, "")
    assert err
    assert "Traceback" not in err


def test_workers_beside_their_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "doses.csv"
    table.write_text(
        "person,who,quantity,year,msv\nA,worker,effective dose,2025,12\nA,worker,effective dose,2025,9\n"
        "B,apprentice,effective dose,2025,5\n"
    )
    code, out, _ = run(capsys, "staff", table, "--json")
    assert code == 0
    first, second = json.loads(out)["doses"]
    assert (first["msv"], first["is_above"]) == (21, True)
    assert (second["limit_msv"], second["is_above"]) == (6, False)
    assert "ABOVE THE LIMIT" in run(capsys, "staff", table)[1]


@pytest.mark.parametrize(
    "text",
    [
        "person,who,quantity,year\n",
        "person,who,quantity,year,msv\nA,boss,skin,2025,1\n",
        "person,who,quantity,year,msv\nA,worker,knee,2025,1\n",
        "person,who,quantity,year,msv\nA,worker,skin,2025,much\n",
        "person,who,quantity,year,msv\nA,worker,skin,2025,-1\n",
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    table = tmp_path / "doses.csv"
    table.write_text(text)
    assert run(capsys, "staff", table)[0] == 3


def test_a_body_and_the_dose_estimate_of_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cylinder of water, 30 cm wide: AAPM Report 204 gives 1.23 for the 32 cm phantom."""
    across = (np.arange(200) + 0.5 - 100) * 2.0
    inside = np.hypot(across[:, None], across[None, :]) <= 150
    for number in range(3):
        made = base(CT, "CT", generate_uid())
        picture(made, np.where(inside, 1000, 0).astype(np.int16), spacing=(2.0, 2.0))
        made.ImagePositionPatient, made.ImageOrientationPatient = [0.0, 0.0, 5.0 * number], list(AXIAL)
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1000, "HU"
        made.SliceThickness = 5.0
        made.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    code, out, err = run(capsys, "body-size", tmp_path, "--ctdi", 10, "--phantom", 32, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["water_equivalent_diameter_cm"] == pytest.approx(30.0, rel=3e-3)
    assert found["ssde_mgy"] == pytest.approx(12.3, abs=0.05)
    assert run(capsys, "body-size", tmp_path, "--ctdi", 10)[0] == 2, "an index without its phantom means nothing"
