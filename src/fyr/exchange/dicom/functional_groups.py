"""Functional groups of multi-frame objects (DICOM PS3.3 C.7.6.16): what holds for all frames, and for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.geometry import orientation, pixel_spacing
from fyr.exchange.dicom.values import items, numbers, optional_number

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["FramePlanes", "FunctionalGroups", "frame_planes"]

_SAME = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class FunctionalGroups:
    """The groups of a multi-frame object.

    Parameters
    ----------
    shared : pydicom.Dataset
    frames : list of pydicom.Dataset
        One for each frame.
    """

    shared: Dataset
    frames: list[Dataset]

    @classmethod
    def of(cls, dataset: Dataset, frames: int) -> FunctionalGroups:
        """Return the groups of an object that has so many frames.

        Raises
        ------
        BadInput
            If there are groups of fewer or more frames.
        """
        from pydicom.dataset import Dataset as Empty

        each, shared = (
            items(dataset, "PerFrameFunctionalGroupsSequence"),
            items(dataset, "SharedFunctionalGroupsSequence"),
        )
        if len(each) != frames or len(shared) > 1:
            raise BadInput(
                f"{frames} frames, and {len(each)} functional groups of frames",
                where="Per-Frame Functional Groups Sequence (5200,9230)",
                mend="take the file again",
            )
        return cls(shared[0] if shared else Empty(), each)

    def group(self, frame: int, keyword: str) -> Dataset | None:
        """Return the item of a group for a frame: the frame's own, else the shared one."""
        for holder in (self.frames[frame], self.shared):
            found = items(holder, keyword)
            if len(found) > 1:
                raise BadInput(f"a functional group has {len(found)} items, not one", where=keyword)
            if found:
                return found[0]
        return None

    def needed(self, frame: int, keyword: str) -> Dataset:
        """Return the item of a group for a frame.

        Raises
        ------
        BadInput
            If there is none.
        """
        found = self.group(frame, keyword)
        if found is None:
            raise BadInput(f"frame {frame + 1} has no such functional group", where=keyword, mend="take the file again")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class FramePlanes:
    """Where the frames of an object lie.

    Parameters
    ----------
    directions : ndarray of float64, shape (3, 3)
        Along a row, along a column, their normal.
    spacing_mm : tuple of float
        Between rows, between columns.
    places_mm : ndarray of float64, shape (frames, 3)
        Of the first pixel of each frame.
    thickness_mm, between_mm : float or None
        Of a slice, and from slice to slice, where that is said.
    """

    directions: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    places_mm: NDArray[np.float64]
    thickness_mm: float | None
    between_mm: float | None


def frame_planes(groups: FunctionalGroups) -> FramePlanes:
    """Return where the frames lie.

    Raises
    ------
    BadInput
        If a frame does not say it, or frames differ in direction or spacing.
    """
    first_measures = groups.needed(0, "PixelMeasuresSequence")
    directions = orientation(groups.needed(0, "PlaneOrientationSequence"))
    spacing = pixel_spacing(first_measures)
    places = np.empty((len(groups.frames), 3))
    for frame in range(len(places)):
        places[frame] = numbers(groups.needed(frame, "PlanePositionSequence"), "ImagePositionPatient", 3)
        if _is_own(groups, frame, "PlaneOrientationSequence") and frame:
            other = orientation(groups.needed(frame, "PlaneOrientationSequence"))
            if np.abs(other - directions).max() > _SAME:
                raise BadInput(
                    f"frame {frame + 1} lies in another direction than the first",
                    where="Image Orientation (Patient) (0020,0037)",
                    mend="export each direction alone",
                )
        if _is_own(groups, frame, "PixelMeasuresSequence") and frame:
            other_spacing = pixel_spacing(groups.needed(frame, "PixelMeasuresSequence"))
            if not np.allclose(other_spacing, spacing, rtol=_SAME, atol=0):
                raise BadInput(
                    f"frame {frame + 1} has pixels of another size than the first", where="Pixel Spacing (0028,0030)"
                )
    between = optional_number(first_measures, "SpacingBetweenSlices")
    return FramePlanes(directions, spacing, places, optional_number(first_measures, "SliceThickness"), between)


def _is_own(groups: FunctionalGroups, frame: int, keyword: str) -> bool:
    return bool(items(groups.frames[frame], keyword))
