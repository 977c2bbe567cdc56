"""How the points of one frame of reference lie in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["Registration"]


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A map of points from one frame of reference into another.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        ``matrix @ (x, y, z, 1)`` of a point in `source`, mm, is the point in `target`.
    source, target : str
        The DICOM UIDs of the frames of reference.
    kind : str
        ``RIGID``, ``RIGID_SCALE`` or ``AFFINE``.
    uid : str
        The SOP instance.

    Raises
    ------
    BadInput
        If the matrix is no affine map, loses a dimension, or is called rigid and is not.

    Examples
    --------
    >>> Registration([[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "1", "2").apply([[1, 2, 3]]).tolist()
    [[6.0, 2.0, 3.0]]
    """

    matrix: NDArray[np.float64]
    source: str
    target: str
    kind: str = "RIGID"
    uid: str = ""

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or np.abs(matrix[3] - [0, 0, 0, 1]).max() > 1e-6:
            raise BadInput("the matrix is not a finite 4 by 4 one that ends in 0 0 0 1", where="registration")
        turn = matrix[:3, :3]
        if abs(np.linalg.det(turn)) < 1e-6:
            raise BadInput("the matrix puts different points in one place", where="registration")
        if self.kind == "RIGID" and (np.abs(turn @ turn.T - np.eye(3)).max() > 1e-3 or np.linalg.det(turn) < 0):
            raise BadInput("the matrix is called rigid, and stretches or mirrors", where="registration")
        object.__setattr__(self, "matrix", matrix)

    def apply(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Return where points of `source` lie in `target`; shape (n, 3)."""
        points: NDArray[np.float64] = np.asarray(points_mm, dtype=np.float64) @ self.matrix[:3, :3].T
        return points + self.matrix[:3, 3]

    def inverse(self) -> Registration:
        """Return the map the other way round."""
        back: NDArray[np.float64] = np.linalg.inv(self.matrix).astype(np.float64)
        return Registration(back, self.target, self.source, self.kind, self.uid)
