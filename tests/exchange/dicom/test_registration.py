from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from tests.exchange.dicom import made

from fyr.errors import BadInput
from fyr.exchange.dicom import read_registrations

REG = "1.2.840.10008.5.1.4.1.1.66.1"
TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
SHIFT = np.array([[1.0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])


def _registration(*matrices: np.ndarray, own: np.ndarray | None = None, kind: str = "RIGID") -> FileDataset:
    dataset = made.base(REG, "REG")

    def part(frame: str, found: tuple[np.ndarray, ...]) -> object:
        sequence = [
            made.item(
                FrameOfReferenceTransformationMatrixType=kind,
                FrameOfReferenceTransformationMatrix=matrix.ravel().tolist(),
            )
            for matrix in found
        ]
        inner = made.item(MatrixSequence=sequence)
        return made.item(FrameOfReferenceUID=frame, MatrixRegistrationSequence=[inner])

    own = np.eye(4) if own is None else own
    dataset.RegistrationSequence = [part(made.FRAME, (own,)), part("1.2.3", matrices)]
    return dataset


def test_points_move_into_the_frame_of_the_object(tmp_path: Path) -> None:
    (read,) = read_registrations(made.write(_registration(TURN), tmp_path / "reg.dcm"))
    assert (read.source, read.target, read.kind) == ("1.2.3", made.FRAME, "RIGID")
    assert read.apply([[1, 2, 3]]).tolist() == [[8, 21, 33]]
    np.testing.assert_allclose(read.inverse().apply(read.apply([[1, 2, 3]])), [[1, 2, 3]])


def test_several_matrices_are_applied_in_their_order(tmp_path: Path) -> None:
    (read,) = read_registrations(made.write(_registration(TURN, SHIFT), tmp_path / "reg.dcm"))
    assert read.apply([[1, 2, 3]]).tolist() == [[9, 23, 36]]


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (_registration(TURN, own=SHIFT), "moves its own frame of reference"),
        (_registration(np.diag([2.0, 1, 1, 1])), "called rigid, and stretches"),
        (_registration(np.diag([0.0, 1, 1, 1]), kind="AFFINE"), "in one place"),
        (_registration(TURN, kind="BENT"), "no kinds of matrix"),
        (_registration(), "0 matrices"),
    ],
)
def test_what_is_no_registration_is_refused(tmp_path: Path, dataset: FileDataset, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_registrations(made.write(dataset, tmp_path / "reg.dcm"))
