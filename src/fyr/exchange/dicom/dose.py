"""RT dose (DICOM PS3.3 C.8.8.3): gray on a grid, or a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.geometry import even_step, frame_of_reference, grid_of, orientation, pixel_spacing
from fyr.exchange.dicom.opening import open_file, reading
from fyr.exchange.dicom.pixels import stored_pixels
from fyr.exchange.dicom.values import items, number, numbers, optional_integer, optional_number, text
from fyr.imaging.grid import Grid
from fyr.imaging.volume import DoseGrid, DoseKind, DoseSummation

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["DOSES", "read_dose"]

DOSES: Final = {"1.2.840.10008.5.1.4.1.1.481.2": "an RT Dose"}

_SUMMATION: Final[dict[str, DoseSummation]] = {
    "PLAN": "plan",
    "FRACTION": "fraction",
    "BEAM": "beam",
    "CONTROL_POINT": "control point",
}
_OTHER_SUMMATIONS: Final = {
    "MULTI_PLAN": "the sum of several plans",
    "PLAN_OVERVIEW": "the sum of several plans, planned or given",
    "BRACHY": "that of a brachytherapy application",
    "FRACTION_SESSION": "that of one session of a fraction",
    "BEAM_SESSION": "that of one session of a beam",
    "BRACHY_SESSION": "that of one session of an application",
    "RECORD": "that of a treatment record",
}
_KIND: Final[dict[str, DoseKind]] = {"PHYSICAL": "physical", "EFFECTIVE": "effective"}
_SAME_MM: Final = 0.01
_GREATEST_GY: Final = (1e-9, 1e6)
"""A greatest dose outside of this is no dose, but a scaling that is damaged."""
_UNUSUAL_GY: Final = 5000.0
_THIN_MM: Final = 1.0


def read_dose(path: str | Path, *, thin_plane: bool = False) -> DoseGrid:
    """Read an RT dose.

    Parameters
    ----------
    path : str or Path
    thin_plane : bool
        Take a single plane that says no thickness, as films are, for one of 1 mm; refused otherwise.

    Returns
    -------
    DoseGrid
        Gray, float32, its slices in rising order along their normal; `notes` says what a reader must know.

    Raises
    ------
    BadInput
        If the file is damaged or of another kind, the dose is relative, an error of a dose, negative or without a
        scaling, or its slices are not evenly spaced.
    """
    with reading(path):
        dataset = open_file(Path(path), kinds=DOSES)
        notes: list[str] = []
        kind = _kind(dataset, notes)
        summation = _summation(dataset, notes)
        scaling = _scaling(dataset)
        dose = _dose(_stored(dataset), scaling)
        grid, order = _grid(dataset, dose.shape, notes if thin_plane else None)
        if dose.max() > _UNUSUAL_GY:
            notes.append(f"the greatest dose is {dose.max():,.0f} Gy: look at the dose grid scaling")
        if not dose.any():
            notes.append("every dose in the file is 0")
        if not grid.frame_of_reference:
            notes.append("the dose names no frame of reference: whether it fits structures cannot be checked")
        return DoseGrid(
            grid,
            np.ascontiguousarray(dose[order]),  # compiled code is made for each layout anew
            summation=summation,
            kind=kind,
            plan_uid=_plan(dataset, notes),
            notes=tuple(notes),
        )


def _kind(dataset: Dataset, notes: list[str]) -> DoseKind:
    unit = text(dataset, "DoseUnits")
    if unit != "GY":
        raise BadInput(
            f"the dose is in '{unit}', not in gray",
            where="Dose Units (3004,0002)",
            mend="export the absolute dose; a relative one says nothing without the dose that is 100 %",
        )
    kind = text(dataset, "DoseType", "")
    if not kind:
        notes.append("the dose does not say whether it is physical or effective: taken as physical")
        return "physical"
    if kind not in _KIND:
        raise BadInput(f"'{kind}' is not a dose, but about one", where="Dose Type (3004,0004)", mend="export the dose")
    return _KIND[kind]


def _summation(dataset: Dataset, notes: list[str]) -> DoseSummation:
    said = text(dataset, "DoseSummationType", "")
    if not said:
        notes.append("the dose does not say what it is the sum of: of the plan, one fraction or one beam")
        return "unknown"
    if said in _SUMMATION:
        return _SUMMATION[said]
    if said not in _OTHER_SUMMATIONS:
        raise BadInput(
            f"'{said}' says nothing about what the dose is the sum of",
            where="Dose Summation Type (3004,000A)",
            mend=f"DICOM knows {', '.join([*_SUMMATION, *_OTHER_SUMMATIONS])}",
        )
    notes.append(f"the dose is {_OTHER_SUMMATIONS[said]} ({said})")
    return "unknown"


def _scaling(dataset: Dataset) -> float:
    scaling = number(dataset, "DoseGridScaling")
    if scaling <= 0:
        raise BadInput(
            f"a scaling of {scaling:g} makes no dose",
            where="Dose Grid Scaling (3004,000E)",
            mend="export the dose again from the planning system",
        )
    return scaling


def _stored(dataset: Dataset) -> NDArray[Any]:
    """Return the stored numbers, of which a dose uses every bit (PS3.3 C.8.8.3.4): others must be 0."""
    found = stored_pixels(dataset)
    bits, high = found.dtype.itemsize * 8, optional_integer(dataset, "HighBit")
    stored = optional_integer(dataset, "BitsStored") or bits
    if stored == bits and high in {None, bits - 1}:
        return found
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    if not np.array_equal(found, stored_pixels(dataset)):
        raise BadInput(
            f"the doses use more than the {stored} bits that they are said to have",
            where="Bits Stored (0028,0101)",
            mend="export the dose again from the planning system",
        )
    return found


def _dose(stored: NDArray[Any], scaling: float) -> NDArray[np.float32]:
    lowest, greatest = int(stored.min()), int(stored.max()) * scaling
    if lowest < 0:
        raise BadInput(
            f"a dose is negative ({lowest * scaling:g} Gy)",
            where="Pixel Data (7FE0,0010)",
            mend="export the dose itself, not the difference of two",
        )
    if greatest and not _GREATEST_GY[0] <= greatest <= _GREATEST_GY[1]:
        raise BadInput(
            f"a scaling of {scaling:g} makes the greatest dose {greatest:g} Gy, which cannot be",
            where="Dose Grid Scaling (3004,000E)",
            mend="export the dose again from the planning system",
        )
    dose = np.empty(stored.shape, dtype=np.float32)
    for plane, raw in zip(dose, stored, strict=True):  # 32-bit integers need the digits of float64 until scaled
        np.multiply(raw, scaling, out=plane, casting="same_kind", dtype=np.float64)
    return dose


def _grid(dataset: Dataset, shape: tuple[int, ...], thin: list[str] | None) -> tuple[Grid, slice]:
    """Return the grid, and the order in which the frames lie along their normal.

    Where a plane without a thickness is taken, `thin` is told so.
    """
    frames, rows, columns = shape
    directions = orientation(dataset)
    first = numbers(dataset, "ImagePositionPatient", 3)
    offsets = _offsets(dataset, frames, directions[2], first)
    order = slice(None)
    if frames == 1:
        step = optional_number(dataset, "SliceThickness") or 0.0
        if step <= 0 and thin is not None:
            step = _THIN_MM
            thin.append("the dose is a single plane and says no thickness")
        elif step <= 0:
            raise BadInput(
                "the dose is a single plane and says no thickness",
                where="Slice Thickness (0018,0050)",
                mend="export the dose of the whole volume",
            )
    else:
        if offsets[-1] < offsets[0]:
            order = slice(None, None, -1)
            offsets = offsets[::-1]
        if (np.diff(offsets) <= 0).any():
            raise BadInput("the frames are in no order", where="Grid Frame Offset Vector (3004,000C)")
        step = even_step(offsets, "dose planes")
    start = first + directions[2] * offsets[0]
    grid = grid_of(
        (frames, rows, columns),
        directions,
        pixel_spacing(dataset),
        directions[2] * step,
        start,
        frame_of_reference(dataset),
    )
    return grid, order


def _offsets(
    dataset: Dataset, frames: int, normal: NDArray[np.float64], first: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where each frame lies along the normal, from the image position (PS3.3 C.8.8.3.2).

    A vector that begins with 0 holds distances along the normal. One that begins with the z of the image position
    holds z itself, which the standard allows where rows and columns run along x and y.
    """
    where = "Grid Frame Offset Vector (3004,000C)"
    said = numbers(dataset, "GridFrameOffsetVector", None, optional=True)
    if said is None:
        if frames == 1:
            return np.zeros(1)
        raise BadInput(f"{frames} frames and no word on where they lie", where=where)
    if len(said) != frames:
        raise BadInput(f"{len(said)} offsets for {frames} frames", where=where, mend="take the file again")
    if said[0] == 0:
        return said
    if abs(abs(normal[2]) - 1) > 1e-6 or abs(said[0] - first[2]) > _SAME_MM:
        raise BadInput(
            f"the first offset is {said[0]:g}: neither 0 nor, in axial planes, the z of the position ({first[2]:g})",
            where=where,
            mend="export the dose again from the planning system",
        )
    along: NDArray[np.float64] = (said - first[2]) * np.sign(normal[2])
    return along


def _plan(dataset: Dataset, notes: list[str]) -> str:
    plans = [text(item, "ReferencedSOPInstanceUID", "") for item in items(dataset, "ReferencedRTPlanSequence")]
    if len(plans) > 1:
        notes.append(f"the dose is that of {len(plans)} plans ({', '.join(plans)})")
    return plans[0] if len(plans) == 1 else ""
