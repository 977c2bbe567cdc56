"""How well a dose fits its target: coverage, conformity, homogeneity, gradient.

Volumes are those of contours and of isodoses between the voxels, not of voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from fyr.errors import BadInput
from fyr.treat.dvh import Dvh, dose_volume_histogram
from fyr.treat.dvh_kernel import dose_at
from fyr.treat.isodose import isodose_cm3

if TYPE_CHECKING:
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_set import Structure
    from fyr.imaging.volume import DoseGrid

__all__ = ["CITATIONS", "PlanIndices", "dose_beyond", "plan_indices"]

CITATIONS: Final = {
    "coverage_percent": "the part of the target that gets the prescribed dose",
    "conformity_rtog": "prescribed isodose / target: Shaw et al. 1993, Int J Radiat Oncol Biol Phys 27:1231",
    "conformity_paddick": "(target within it)² / (target x prescribed isodose): van 't Riet et al. 1997, Int J Radiat "
    "Oncol Biol Phys 37:731; Paddick 2000, J Neurosurg 93 Suppl 3:219",
    "selectivity": "target within it / prescribed isodose: Lomax and Scheib 2003, Int J Radiat Oncol Biol Phys 55:1409",
    "homogeneity_icru": "(D2% - D98%) / D50%: ICRU Report 83, 2010",
    "homogeneity_rtog": "greatest dose / prescribed dose: Shaw et al. 1993",
    "homogeneity_prescribed": "(D2% - D98%) / prescribed dose: Wu et al. 2003, Int J Radiat Oncol Biol Phys 56:1195",
    "gradient": "half of the prescribed isodose / prescribed isodose, by volume: Paddick and Lippitz 2006, J Neurosurg "
    "105 Suppl:194",
    "r50": "isodose of half the prescription / target, by volume: RTOG 0915",
    "d2cm_percent": "greatest dose 2 cm or more away from the target, of the prescribed: RTOG 0915",
}
_AWAY_MM: Final = 20.0


@dataclass(frozen=True, slots=True)
class PlanIndices:
    """Figures of one target.

    Parameters
    ----------
    target_cm3, isodose_cm3, half_isodose_cm3 : float
        The target, what gets the prescribed dose, what gets half of it.
    coverage_percent, conformity_rtog, conformity_paddick, selectivity : float or None
    homogeneity_icru, homogeneity_rtog, homogeneity_prescribed : float or None
    gradient, r50 : float or None
    d2cm_gy, d2cm_percent : float or None
        None where it was not asked for, or nothing of the dose grid lies that far away.
    notes : tuple of str
        What limits the figures.
    """

    target_cm3: float
    isodose_cm3: float
    half_isodose_cm3: float
    coverage_percent: float
    conformity_rtog: float
    conformity_paddick: float | None
    selectivity: float | None
    homogeneity_icru: float | None
    homogeneity_rtog: float
    homogeneity_prescribed: float
    gradient: float | None
    r50: float
    d2cm_gy: float | None = None
    d2cm_percent: float | None = None
    notes: tuple[str, ...] = ()


def plan_indices(
    target: Structure,
    dose: DoseGrid,
    prescription_gy: float,
    between: Between | None = None,
    *,
    with_distance: bool = True,
) -> PlanIndices:
    """Return the figures of a target.

    Parameters
    ----------
    target : Structure
        In the frame of reference of the dose: it is for the caller to check.
    dose : DoseGrid
    prescription_gy : float
    between : Between, optional
        How the space between contour planes is filled.
    with_distance : bool
        Take the dose 2 cm away too, which takes longest.

    Raises
    ------
    BadInput
        If the prescribed dose is not above 0, or the target cannot be filled.
    """
    if not prescription_gy > 0:
        raise BadInput(f"a prescribed dose of {prescription_gy:g} Gy", mend="give one above 0")
    curve = dose_volume_histogram(target, dose, between)
    whole, half = isodose_cm3(dose, prescription_gy), isodose_cm3(dose, prescription_gy / 2)
    within = float(curve.volume_at(prescription_gy))
    hot, middle, cold = curve.dose_to([part * curve.covered_cm3 for part in (0.02, 0.5, 0.98)]).tolist()
    away = dose_beyond(target, dose, _AWAY_MM, between) if with_distance else None
    return PlanIndices(
        target_cm3=curve.volume_cm3,
        isodose_cm3=whole,
        half_isodose_cm3=half,
        coverage_percent=100 * within / curve.covered_cm3,
        conformity_rtog=whole / curve.volume_cm3,
        conformity_paddick=within**2 / (curve.volume_cm3 * whole) if whole else None,
        selectivity=within / whole if whole else None,
        homogeneity_icru=(hot - cold) / middle if middle else None,
        homogeneity_rtog=curve.max_gy / prescription_gy,
        homogeneity_prescribed=(hot - cold) / prescription_gy,
        gradient=half / whole if whole else None,
        r50=half / curve.volume_cm3,
        d2cm_gy=away,
        d2cm_percent=None if away is None else 100 * away / prescription_gy,
        notes=_notes(curve, dose, prescription_gy, whole),
    )


def dose_beyond(target: Structure, dose: DoseGrid, away_mm: float, between: Between | None = None) -> float | None:
    """Return the greatest dose at a distance from a structure or further; None where the grid does not reach there.

    The dose on the surface that lies that far away is taken too, so that it does not fall between voxels.
    """
    from fyr.imaging.margin import Margin
    from fyr.imaging.masks import occupancy
    from fyr.imaging.plane_stack import Between
    from fyr.imaging.structure_algebra import Resolution, grow

    filled = between or Between()
    grown = grow(target, Margin.even(away_mm), Resolution(2.0, filled))
    inside = occupancy(grown, dose.grid, filled)
    surface = dose_at(dose.dose_gy, dose.grid.to_index(np.concatenate([one.points_mm for one in grown.contours])))
    found = [float(dose.dose_gy[inside == 0].max())] if bool((inside == 0).any()) else []
    if bool(np.isfinite(surface).any()):
        found.append(float(np.nanmax(surface)))
    return max(found, default=None)


def _notes(curve: Dvh, dose: DoseGrid, prescription_gy: float, whole: float) -> tuple[str, ...]:
    notes = list(curve.notes)
    if not curve.is_complete:
        notes.append(f"{curve.outside_cm3:.4g} cm³ of the target lie outside the dose grid")
    if not whole:
        notes.append(f"no volume gets the prescribed {prescription_gy:g} Gy")
    doses = dose.dose_gy
    border = max(
        float(one.max()) for one in (doses[0], doses[-1], doses[:, 0], doses[:, -1], doses[:, :, 0], doses[:, :, -1])
    )
    if border >= prescription_gy / 2:
        notes.append(
            "the isodose of half the prescription reaches the border of the dose grid: gradient and R50 are less"
        )
    return tuple(notes)
