"""A regular grid of voxels placed in patient space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["Grid"]

_RIGHT_ANGLE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the voxels of an array are: its shape, and an affine from index to millimetres.

    Patient space is DICOM's: x to the patient's left, y to the back, z to the head (LPS), in mm, in one frame of
    reference (DICOM PS3.3 C.7.6.2). The index of a voxel is that of the array, ``(k, j, i)``: slice, row, column; a
    whole index is the centre of a voxel.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns.
    affine : ndarray of float64, shape (4, 4)
        ``affine @ (k, j, i, 1) = (x, y, z, 1)``.
    frame_of_reference : str
        The DICOM UID; empty where nothing was said.

    Raises
    ------
    BadInput
        If the shape is empty, or the axes do not stand at right angles.

    Examples
    --------
    >>> grid = Grid.along_axes((2, 3, 4), spacing_mm=(5, 2, 1), first_mm=(-10, 0, 20))
    >>> grid.to_mm([[1, 2, 3]]).tolist()
    [[-7.0, 4.0, 25.0]]
    >>> grid.voxel_mm3
    10.0
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    frame_of_reference: str = ""

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise BadInput(f"a grid of {self.shape} voxels", mend="give slices, rows and columns, each 1 or more")
        affine = np.asarray(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or affine[3].tolist() != [0, 0, 0, 1]:
            raise BadInput("the affine is not a finite 4 by 4 matrix that ends in 0 0 0 1", where="grid")
        object.__setattr__(self, "affine", affine)
        lengths = self.spacing_mm
        if min(lengths) <= 0:
            raise BadInput("two voxels lie in the same place", where="grid")
        axes = affine[:3, :3] / np.asarray(lengths)
        if np.abs(axes.T @ axes - np.eye(3)).max() > _RIGHT_ANGLE:
            raise BadInput(
                "the axes of the grid do not stand at right angles", where="grid", mend="resample the series"
            )

    @classmethod
    def along_axes(
        cls,
        shape: tuple[int, int, int],
        *,
        spacing_mm: tuple[float, float, float],
        first_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
        frame_of_reference: str = "",
    ) -> Grid:
        """Return a grid whose columns run along x, rows along y and slices along z.

        Parameters
        ----------
        shape : tuple of int
            Slices, rows, columns.
        spacing_mm : tuple of float
            Between slices, rows, columns.
        first_mm : tuple of float
            x, y, z of the centre of voxel (0, 0, 0).
        frame_of_reference : str
        """
        affine = np.zeros((4, 4))
        affine[2, 0], affine[1, 1], affine[0, 2] = spacing_mm
        affine[:3, 3] = first_mm
        affine[3, 3] = 1
        return cls(shape, affine, frame_of_reference)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Between slices, rows and columns."""
        k, j, i = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0)).tolist()
        return k, j, i

    @property
    def voxel_mm3(self) -> float:
        """The volume of a voxel."""
        return float(np.prod(self.spacing_mm))

    @property
    def is_along_axes(self) -> bool:
        """Whether columns run along x, rows along y and slices along z, each in either direction."""
        slopes = np.abs(self.affine[:3, :3])[::-1]
        return bool(np.allclose(slopes, np.diag(np.diag(slopes)), atol=_RIGHT_ANGLE * slopes.max()))

    def to_mm(self, index: ArrayLike) -> NDArray[np.float64]:
        """Return the places of indices ``(k, j, i)``, fractions included; shape (n, 3), x y z in mm."""
        places: NDArray[np.float64] = np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]
        return places

    def to_index(self, mm: ArrayLike) -> NDArray[np.float64]:
        """Return the indices ``(k, j, i)``, with fractions, of places x y z in mm; shape (n, 3)."""
        inverse = np.linalg.inv(self.affine[:3, :3])
        indices: NDArray[np.float64] = (np.asarray(mm, dtype=np.float64) - self.affine[:3, 3]) @ inverse.T
        return indices

    def same_as(self, other: Grid, tolerance_mm: float = 0.01) -> bool:
        """Tell whether another grid has its voxels in the same places, in the same frame of reference."""
        corners = np.array([[0, 0, 0], [self.shape[0] - 1, self.shape[1] - 1, self.shape[2] - 1]])
        return (
            self.shape == other.shape
            and self.frame_of_reference == other.frame_of_reference
            and bool(np.abs(self.to_mm(corners) - other.to_mm(corners)).max() <= tolerance_mm)
            and bool(np.abs(self.affine - other.affine).max() <= tolerance_mm)
        )
