"""What was drawn on a picture: structures as closed contours in planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["Contour", "Structure", "StructureSet"]

_SAME_PLANE_MM = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One closed line, or one point, in patient space.

    Parameters
    ----------
    points_mm : ndarray of float64, shape (points, 3)
        x, y, z (LPS); the last is joined to the first.
    geometric_type : str
        DICOM's (3006,0042): ``CLOSED_PLANAR``, ``POINT``, ``OPEN_PLANAR``, ``OPEN_NONPLANAR``, ``CLOSEDPLANAR_XOR``.
    image_uid : str
        The slice that it was drawn on; empty where nothing was said.

    Raises
    ------
    BadInput
        If a point is not three finite numbers.
    """

    points_mm: NDArray[np.float64]
    geometric_type: str = "CLOSED_PLANAR"
    image_uid: str = ""

    def __post_init__(self) -> None:
        points = np.asarray(self.points_mm, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise BadInput("a contour's points are not x, y and z, each a finite number", where="contour")
        object.__setattr__(self, "points_mm", points)


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A region of interest.

    Parameters
    ----------
    number : int
        Of the set.
    name : str
        As the hospital wrote it.
    contours : tuple of Contour
    kind : str
        DICOM's interpreted type (3006,00A4), such as ``PTV``, ``CTV``, ``GTV``, ``ORGAN``, ``EXTERNAL``; may be empty.
    colour : tuple of int, or None
        Red, green, blue, 0 to 255, as the set has it.
    unreadable : str
        Why its contours could not be read; it then has none, and is refused where they are needed. Empty if they could.
    """

    number: int
    name: str
    contours: tuple[Contour, ...] = ()
    kind: str = ""
    colour: tuple[int, int, int] | None = None
    unreadable: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StructureSet:
    """The structures of one patient, drawn in one frame of reference.

    Parameters
    ----------
    structures : tuple of Structure
    frame_of_reference : str
        The DICOM UID; empty where nothing was said.
    label : str
    uid : str
        The SOP instance.
    image_series_uid : str
        The series that it was drawn on.
    notes : tuple of str
        What a reader must know about how it was read; plain sentences.
    """

    structures: tuple[Structure, ...]
    frame_of_reference: str = ""
    label: str = ""
    uid: str = ""
    image_series_uid: str = ""
    notes: tuple[str, ...] = ()

    def plane_spacing_mm(self) -> float | None:
        """Return the usual distance between transverse planes with contours; None where no structure has two."""
        steps: list[float] = []
        for structure in self.structures:
            heights = [round(float(one.points_mm[0, 2]), 2) for one in structure.contours if len(one.points_mm)]
            steps += [step for step in np.diff(np.unique(heights)).tolist() if step > _SAME_PLANE_MM]
        return float(np.median(steps)) if steps else None

    def structure(self, name: str) -> Structure:
        """Return the structure of a name, upper and lower case alike where that is enough to tell.

        Raises
        ------
        BadInput
            If there is none of that name, or several.
        """
        exact = [one for one in self.structures if one.name == name]
        found = exact or [one for one in self.structures if one.name.casefold() == name.casefold()]
        if len(found) == 1:
            return found[0]
        known = ", ".join(one.name for one in self.structures) or "none"
        what = f"there are {len(found)} structures '{name}'" if found else f"there is no structure '{name}'"
        raise BadInput(what, where=self.label or "structure set", mend=f"there are {known}")
