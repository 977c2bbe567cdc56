"""The patient in a CT picture, without table and air, and how much water they are worth (AAPM Report 220)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.imaging.volume import Volume
from fyr.treat.exposure.size_specific import water_equivalent_diameter_cm

__all__ = ["BodySize", "body_outline", "body_size"]

_TISSUE_HU: Final = -300.0
_CUT_OFF: Final = 0.02


@dataclass(frozen=True, slots=True)
class BodySize:
    """How large a patient is over a scan range.

    Parameters
    ----------
    water_equivalent_cm : ndarray of float64, shape (slices,)
        NaN where a slice shows nothing of the patient.
    effective_cm : ndarray of float64, shape (slices,)
        The diameter of the circle with the outline's area.
    cut_off : ndarray of bool, shape (slices,)
        Where the outline reaches the edge of the picture: part of the patient lies outside.
    """

    water_equivalent_cm: NDArray[np.float64]
    effective_cm: NDArray[np.float64]
    cut_off: NDArray[np.bool_]

    def mean_water_equivalent_cm(self) -> float:
        """Return the mean over the scan range.

        Raises
        ------
        Refused
            If the patient is cut off in a slice: the diameter would be too small.
        """
        if self.cut_off.any():
            raise Refused(
                f"the patient reaches beyond the picture in {int(self.cut_off.sum())} of {len(self.cut_off)} slices, "
                "so that the diameter would be too small",
                mend="give a reconstruction with the full field of view",
            )
        return float(np.nanmean(self.water_equivalent_cm))


def body_outline(hounsfield: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the largest thing above -300 HU of each slice, with what it encloses.

    Parameters
    ----------
    hounsfield : ndarray, shape (slices, rows, columns)

    Returns
    -------
    ndarray of bool, the same shape
    """
    from scipy import ndimage

    outline = np.zeros(hounsfield.shape, dtype=np.bool_)
    for place, one in enumerate(hounsfield):
        parts, count = ndimage.label(one > _TISSUE_HU)
        if count:
            sizes = np.bincount(parts.ravel())
            sizes[0] = 0
            outline[place] = ndimage.binary_fill_holes(parts == sizes.argmax())
    return outline


def body_size(volume: Volume) -> BodySize:
    """Return the size of the patient in each slice of a CT.

    Raises
    ------
    BadInput
        If the picture is not in HU, or shows no patient at all.
    """
    if volume.unit != "[hnsf'U]":
        raise BadInput(f"the picture is in '{volume.unit}', not in Hounsfield units", mend="give a CT")
    values = np.asarray(volume.values, dtype=np.float64)
    outline = body_outline(values)
    seen = outline.sum(axis=(1, 2)) >= 10
    if not seen.any():
        raise BadInput("the picture shows no patient", mend="give the CT of a patient")
    rows_mm, columns_mm = (float(one) for one in volume.grid.spacing_mm[1:])
    water, effective = np.full(len(values), np.nan), np.full(len(values), np.nan)
    water[seen] = water_equivalent_diameter_cm(values[seen], (rows_mm, columns_mm), outline[seen])
    area_cm2 = outline[seen].sum(axis=(1, 2)) * rows_mm * columns_mm / 100.0
    effective[seen] = 2.0 * np.sqrt(area_cm2 / np.pi)
    edge = outline[:, 0].sum(axis=1) + outline[:, -1].sum(axis=1)
    edge = edge + outline[:, :, 0].sum(axis=1) + outline[:, :, -1].sum(axis=1)
    around = 2 * (outline.shape[1] + outline.shape[2])
    return BodySize(water, effective, edge > _CUT_OFF * around)
