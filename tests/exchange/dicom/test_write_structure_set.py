from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from fyr.errors import BadInput
from fyr.exchange.dicom import read_structure_set, write_structure_set
from fyr.imaging.grid import Grid
from fyr.imaging.masks import occupancy
from fyr.imaging.structure_set import Contour, Structure, StructureSet

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POINTS = np.random.default_rng(5).normal(0, 300, (40, 3))
DRAWN = StructureSet(
    (
        Structure(3, "Lunge links ü", (Contour(POINTS, image_uid="1.2.8"),), "ORGAN", (1, 2, 3)),
        Structure(7, "Iso", (Contour(POINTS[:1], "POINT"),), "MARKER"),
        Structure(9, "Empty"),
    ),
    frame_of_reference="1.2.3",
    label="drawn",
    uid="1.2.4",
    image_series_uid="1.2.5",
)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    assert write_structure_set(DRAWN, path, patient_id="P", study_uid="1.2.6", when=NOW) == "1.2.4"
    read = read_structure_set(path)
    for before, after in zip(DRAWN.structures, read.structures, strict=True):
        assert (before.number, before.name, before.kind, before.colour) == (
            after.number,
            after.name,
            after.kind,
            after.colour,
        )
        for one, other in zip(before.contours, after.contours, strict=True):
            np.testing.assert_allclose(other.points_mm, one.points_mm, atol=5.1e-5)
            assert (other.geometric_type, other.image_uid) == (one.geometric_type, one.image_uid)
    assert (read.frame_of_reference, read.label, read.uid, read.image_series_uid) == (
        "1.2.3",
        "drawn",
        "1.2.4",
        "1.2.5",
    )
    assert str(pydicom.dcmread(path).PatientID) == "P"


def test_nothing_is_overwritten_and_nothing_guessed(tmp_path: Path) -> None:
    (tmp_path / "rs.dcm").write_bytes(b"kept")
    with pytest.raises(BadInput, match="such a file already"):
        write_structure_set(DRAWN, tmp_path / "rs.dcm", patient_id="P", study_uid="1.2.6", when=NOW)
    assert (tmp_path / "rs.dcm").read_bytes() == b"kept"
    with pytest.raises(BadInput, match="no frame of reference"):
        write_structure_set(
            replace(DRAWN, frame_of_reference=""), tmp_path / "b.dcm", patient_id="P", study_uid="1.2.6", when=NOW
        )


def square(half: float, z: float = 0.0, *, turn: int = 1) -> np.ndarray:
    corners = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]])
    return corners[::turn]


def keyhole(outer: float, inner: float, z: float) -> np.ndarray:
    """Return a ring as one line, in and out through one channel (PS3.3 C.8.8.6.3)."""
    first, second = square(outer, z), square(inner, z, turn=-1)
    second = np.roll(second, 1, axis=0)  # begins nearest to where the outer line begins
    return np.concatenate([first, first[:1], second, second[:1]])


@pytest.mark.parametrize("kind", ["nested", "keyhole", "xor"])
def test_rings_hold_the_same_voxels_after_a_round(tmp_path: Path, kind: str) -> None:
    contours = []
    for z in (0.0, 3.0, 6.0, 9.0):
        if kind == "keyhole":
            contours.append(Contour(keyhole(20, 8, z)))
        else:
            name = "CLOSEDPLANAR_XOR" if kind == "xor" else "CLOSED_PLANAR"
            contours += [Contour(square(20, z), name), Contour(square(8, z), name)]
    drawn = replace(DRAWN, structures=(Structure(1, "Ring", tuple(contours)),))
    write_structure_set(drawn, tmp_path / "rs.dcm", patient_id="P", study_uid="1.2.6", when=NOW)
    (read,) = read_structure_set(tmp_path / "rs.dcm").structures
    grid = Grid.along_axes((8, 60, 60), spacing_mm=(3, 1, 1), first_mm=(-29.5, -29.5, -6))
    part = occupancy(read, grid)
    np.testing.assert_allclose(part, occupancy(drawn.structures[0], grid), atol=1e-4)
    assert part[3].sum() == pytest.approx(40**2 - 16**2, rel=1e-3)
    assert part[3, 30, 30] == 0
