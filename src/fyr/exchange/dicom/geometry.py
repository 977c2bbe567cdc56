"""Where a picture's rows and columns lie in the patient (DICOM PS3.3 C.7.6.2.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.values import numbers, text
from fyr.imaging.grid import Grid

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["even_step", "frame_of_reference", "grid_of", "orientation", "pixel_spacing", "refuse_tilt"]

_DIRECTION = 1e-3
"""How far the written directions may be from unit length and from a right angle; DS has few digits."""
_TILT_DEGREES = 0.1
_EVEN_MM = 0.01
"""How far a slice may be from its place in an even row: the digits of the positions, and of resampling in them."""


def frame_of_reference(dataset: Dataset) -> str:
    """Return the UID of the frame of reference, empty where nothing is said."""
    return text(dataset, "FrameOfReferenceUID", "")


def orientation(dataset: Dataset) -> NDArray[np.float64]:
    """Return the directions along a row, along a column, and of their cross product, as rows; shape (3, 3).

    Raises
    ------
    BadInput
        If they are no unit vectors at right angles.
    """
    cosines = numbers(dataset, "ImageOrientationPatient", 6).reshape(2, 3)
    if np.abs(cosines @ cosines.T - np.eye(2)).max() > _DIRECTION:
        raise BadInput(
            f"the directions {cosines.ravel().tolist()} are not at right angles and of length 1",
            where="Image Orientation (Patient) (0020,0037)",
        )
    along_row = cosines[0] / np.linalg.norm(cosines[0])
    normal = np.cross(along_row, cosines[1])
    normal /= np.linalg.norm(normal)
    return np.array([along_row, np.cross(normal, along_row), normal])


def pixel_spacing(dataset: Dataset) -> tuple[float, float]:
    """Return the distance between rows and between columns, mm.

    Raises
    ------
    BadInput
        If one is not positive.
    """
    rows, columns = numbers(dataset, "PixelSpacing", 2).tolist()
    if rows <= 0 or columns <= 0:
        raise BadInput(f"the spacing {rows:g} by {columns:g} mm is not positive", where="Pixel Spacing (0028,0030)")
    return rows, columns


def grid_of(
    shape: tuple[int, int, int],
    directions: NDArray[np.float64],
    spacing_mm: tuple[float, float],
    step_mm: NDArray[np.float64],
    first_mm: NDArray[np.float64],
    frame: str,
) -> Grid:
    """Return the grid of slices.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns.
    directions : ndarray of float64, shape (3, 3)
        As :func:`orientation` returns them.
    spacing_mm : tuple of float
        Between rows, between columns.
    step_mm, first_mm : ndarray of float64, shape (3,)
        From slice to slice; the centre of the first voxel.
    frame : str
    """
    affine = np.eye(4)
    affine[:3, 0] = step_mm
    affine[:3, 1] = directions[1] * spacing_mm[0]
    affine[:3, 2] = directions[0] * spacing_mm[1]
    affine[:3, 3] = first_mm
    return Grid(shape, affine, frame)


def even_step(along_mm: NDArray[np.float64], what: str) -> float:
    """Return the distance between slices whose places along their normal rise evenly.

    Parameters
    ----------
    along_mm : ndarray of float64, shape (slices,)
        In rising order; at least two.
    what : str
        What the slices are called in an error.

    Raises
    ------
    BadInput
        If two lie in one place, slices are missing, or the distances differ; it says where.
    """
    gaps = np.diff(along_mm)
    step = float(np.sort(gaps)[(len(gaps) - 1) // 2])  # one that is there: of two middle ones, the lesser
    if gaps.min() <= _EVEN_MM:
        at = int(gaps.argmin())
        raise BadInput(
            f"two {what} lie in one place, {along_mm[at]:g} mm along their normal", mend="take one of them out"
        )
    mean = float((along_mm[-1] - along_mm[0]) / len(gaps))
    if np.abs(along_mm - (along_mm[0] + mean * np.arange(len(along_mm)))).max() <= _EVEN_MM * max(1.0, mean):
        return mean
    shares = gaps / step
    wide = np.flatnonzero(shares > 1 + _EVEN_MM)
    whole = np.abs(shares - np.round(shares)) <= _EVEN_MM
    if len(wide) and whole.all():
        first = int(wide[0])
        missing = int(np.round(shares - 1).sum())
        raise BadInput(
            f"{missing} of the {what} {'is' if missing == 1 else 'are'} missing: {len(wide)} gap(s), the first between "
            f"{along_mm[first]:g} and {along_mm[first + 1]:g} mm along their normal, where the others are "
            f"{step:g} mm apart",
            mend="bring the whole series",
        )
    odd = int(np.abs(gaps - step).argmax())
    raise BadInput(
        f"the {what} are not evenly spaced: {gaps[odd]:g} mm between {along_mm[odd]:g} and {along_mm[odd + 1]:g} mm "
        f"along their normal, where {step:g} mm is usual",
        mend="resample the series to even slices, or bring those that are missing",
    )


def refuse_tilt(places_mm: NDArray[np.float64], along_mm: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    """Refuse slices that are shifted against each other: the gantry was tilted, or the patient's place corrected.

    Parameters
    ----------
    places_mm : ndarray of float64, shape (slices, 3)
        Of the first pixel of each slice, in the order of `along_mm`.
    along_mm : ndarray of float64, shape (slices,)
        Along the normal.
    normal : ndarray of float64, shape (3,)

    Raises
    ------
    BadInput
        If they are.
    """
    across = (places_mm - places_mm[0]) - np.outer(along_mm - along_mm[0], normal)
    away = np.linalg.norm(across, axis=1)
    degrees = float(np.degrees(np.arctan2(away.max(), along_mm[-1] - along_mm[0])))
    if degrees > _TILT_DEGREES and away.max() > 0.1:
        raise BadInput(
            f"the slices are not stacked along their normal, but {degrees:.2f} degrees off it (a tilted gantry)",
            mend="have the scanner resample the series to an upright stack",
        )
