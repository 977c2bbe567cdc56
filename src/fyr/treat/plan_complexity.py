"""How complex a plan of photon beams is: figures of its openings, leaves and monitor units.

What lies between control points is taken as half of each; each figure of a beam is weighted by monitor units.

- MCS: McNiven et al. 2010, Med Phys 37:505, eq. 1 to 4; MCSv, leaf travel and LTMCS: Masi et al. 2013, Med Phys
  40:071718.
- Edge metric: Younge et al. 2012, Med Phys 39:7160, with C1 = 0 and C2 = 1: leaf sides over area.
- Small aperture score: Crowe et al. 2014, Australas Phys Eng Sci Med 37:475.
- Beam area, irregularity and modulation (PA, PI, PM): Du et al. 2014, Med Phys 41:021716.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.treat.aperture import Apertures, apertures

if TYPE_CHECKING:
    from fyr.imaging.treatment_plan import Beam, TreatmentPlan

__all__ = [
    "BeamComplexity",
    "PlanComplexity",
    "aperture_area_variability",
    "beam_complexity",
    "leaf_sequence_variability",
    "plan_complexity",
]

Floats = NDArray[np.float64]

_SMALL_MM: Final = (5.0, 10.0, 20.0)
_TRAVEL_MM: Final = 1000.0
_MOVED_MM: Final = 1e-6


@dataclass(frozen=True, slots=True)
class BeamComplexity:
    """Figures of one beam.

    Parameters
    ----------
    mcs : float
        Modulation complexity score: 1 for one open rectangle, towards 0 with more modulation.
    mcsv : float
        The same for arcs and sliding leaves, with the means of neighbouring control points.
    leaf_travel_mm : float
        Mean way of the leaves that move and border the opening at some time.
    ltmcs : float
        MCSv weighted by leaf travel; 0 where leaves travel a metre or more.
    edge_metric_per_mm : float
    small_aperture_score : dict of float to float
        By limit in mm: the part of the open leaf pairs that are open less than that.
    mean_area_cm2 : float
        Of the opening (PA).
    irregularity : float
        Perimeter² / (4 π area), 1 for a circle (PI).
    modulation : float
        The part of the area of all openings joined that is closed on average (PM).
    gantry_travel_degrees : float
    """

    mcs: float
    mcsv: float
    leaf_travel_mm: float
    ltmcs: float
    edge_metric_per_mm: float
    small_aperture_score: dict[float, float]
    mean_area_cm2: float
    irregularity: float
    modulation: float
    gantry_travel_degrees: float


@dataclass(frozen=True, slots=True)
class PlanComplexity:
    """Figures of a plan: means of its beams, weighted by their monitor units, and the beams themselves.

    Parameters
    ----------
    mean : BeamComplexity or None
        Leaf and gantry travel are sums; None where no beam could be assessed.
    beams : dict of int to BeamComplexity
        By number.
    meterset : dict of int to float or None
        Monitor units of each beam in a fraction.
    not_assessable : dict of int to str
        Why a beam has no figures.
    """

    mean: BeamComplexity | None
    beams: dict[int, BeamComplexity]
    meterset: dict[int, float | None]
    not_assessable: dict[int, str]

    @property
    def meterset_per_fraction(self) -> float | None:
        """Monitor units of a fraction; None where a beam does not say its own."""
        known = [one for one in self.meterset.values() if one is not None]
        return sum(known) if known and len(known) == len(self.meterset) else None

    def meterset_per_gy(self, fraction_dose_gy: float | None) -> float | None:
        """Return monitor units for each gray of the prescribed dose of a fraction."""
        given = self.meterset_per_fraction
        return given / fraction_dose_gy if given is not None and fraction_dose_gy else None


def leaf_sequence_variability(openings: Apertures) -> Floats:
    """Return how even the leaf ends are at each control point, both banks multiplied (McNiven 2010, eq. 1, 2).

    Returns
    -------
    ndarray of float64, shape (control points,)
        1 where the leaves of each bank stand in line, and where nothing is open.
    """
    score = np.ones(len(openings.meterset))
    for number, is_open in enumerate(openings.is_open):
        both = is_open[:-1] & is_open[1:]
        if not both.any():
            continue
        for bank in openings.leaf_mm[number]:
            greatest = np.ptp(bank[is_open])
            if greatest > _MOVED_MM:
                score[number] *= (greatest - np.abs(np.diff(bank))[both]).sum() / (both.sum() * greatest)
    return score


def aperture_area_variability(openings: Apertures) -> Floats:
    """Return the opening at each control point over that of all control points joined (McNiven 2010, eq. 3).

    Returns
    -------
    ndarray of float64, shape (control points,)
    """
    low, high = _joined(openings)
    joined = (high - low).sum()
    return openings.gap_mm.sum(axis=1) / joined if joined > 0 else np.zeros(len(openings.meterset))


def beam_complexity(beam: Beam) -> BeamComplexity:
    """Return the figures of a beam.

    Raises
    ------
    BadInput
        If it has no multileaf collimator, or never opens while it gives.
    """
    openings = apertures(beam)
    weight, area = openings.weight, openings.area_mm2
    if not (weight * area).any():
        raise BadInput("it never opens while it gives", where=f"beam {beam.number} '{beam.name}'")
    given = np.diff(openings.meterset)
    sequence, variability = leaf_sequence_variability(openings), aperture_area_variability(openings)
    mcsv = float((given * _middle(sequence) * _middle(variability)).sum())
    travel = _leaf_travel(openings)
    sides = _sides(openings)
    opened = area > 0
    ends = 2 * np.where(openings.is_open, openings.width_mm, 0).sum(axis=1)
    shape = np.divide((sides + ends) ** 2, 4 * np.pi * area, out=np.zeros_like(area), where=opened)
    edge = np.divide(sides, area, out=np.zeros_like(area), where=opened)
    low, high = _joined(openings)
    joined = float(((high - low) * openings.width_mm.max(axis=0)).sum())
    while_open = weight * opened
    return BeamComplexity(
        mcs=float((weight * sequence * variability).sum()),
        mcsv=mcsv,
        leaf_travel_mm=travel,
        ltmcs=mcsv * max(0.0, 1 - travel / _TRAVEL_MM),
        edge_metric_per_mm=float((weight * edge).sum()),
        small_aperture_score={limit: _small(openings, limit) for limit in _SMALL_MM},
        mean_area_cm2=float((weight * area).sum()) / 100,
        irregularity=float((while_open * shape).sum() / while_open.sum()),
        modulation=1 - float((weight * area).sum()) / joined,
        gantry_travel_degrees=_gantry_travel(beam),
    )


def plan_complexity(plan: TreatmentPlan) -> PlanComplexity:
    """Return the figures of every beam of a plan that treats, and of the plan.

    Beams without a stated meterset weigh nothing in the plan's means.
    """
    said = {one.beam: one.meterset for group in plan.fraction_groups[:1] for one in group.beams}
    beams: dict[int, BeamComplexity] = {}
    refused: dict[int, str] = {}
    meterset: dict[int, float | None] = {}
    for beam in plan.beams:
        if beam.delivery not in {"", "TREATMENT"} or (said and beam.number not in said):
            continue
        meterset[beam.number] = said.get(beam.number)
        if beam.radiation not in {"", "PHOTON"}:
            refused[beam.number] = f"it is of {beam.radiation.lower()}s"
            continue
        try:
            beams[beam.number] = beam_complexity(beam)
        except BadInput as problem:
            refused[beam.number] = problem.what
    weights = {number: meterset[number] or 0.0 for number in beams}
    return PlanComplexity(_mean(beams, weights), beams, meterset, refused)


def _mean(beams: dict[int, BeamComplexity], weights: dict[int, float]) -> BeamComplexity | None:
    total = sum(weights.values())
    if total <= 0:
        return None

    def mean(name: str) -> float:
        return float(sum(getattr(one, name) * weights[number] for number, one in beams.items())) / total

    return BeamComplexity(
        mcs=mean("mcs"),
        mcsv=mean("mcsv"),
        leaf_travel_mm=sum(one.leaf_travel_mm for one in beams.values()),
        ltmcs=mean("ltmcs"),
        edge_metric_per_mm=mean("edge_metric_per_mm"),
        small_aperture_score={
            limit: sum(one.small_aperture_score[limit] * weights[number] for number, one in beams.items()) / total
            for limit in _SMALL_MM
        },
        mean_area_cm2=mean("mean_area_cm2"),
        irregularity=mean("irregularity"),
        modulation=mean("modulation"),
        gantry_travel_degrees=sum(one.gantry_travel_degrees for one in beams.values()),
    )


def _middle(values: Floats) -> Floats:
    return (values[:-1] + values[1:]) / 2


def _joined(openings: Apertures) -> tuple[Floats, Floats]:
    """Return where the openings of all control points joined begin and end, pair by pair."""
    low = np.where(openings.is_open, openings.low_mm, np.inf).min(axis=0)
    high = np.where(openings.is_open, openings.high_mm, -np.inf).max(axis=0)
    ever = openings.is_open.any(axis=0)
    return np.where(ever, low, 0.0), np.where(ever, high, 0.0)


def _sides(openings: Apertures) -> Floats:
    """Return the length in mm of the opening's border along the leaves, at each control point."""
    low = np.where(openings.is_open, openings.low_mm, 0.0)
    high = np.where(openings.is_open, openings.high_mm, 0.0)
    gap = np.pad(openings.gap_mm, ((0, 0), (1, 1)))
    shared = np.clip(np.minimum(high[:, :-1], high[:, 1:]) - np.maximum(low[:, :-1], low[:, 1:]), 0, None)
    shared = np.where(openings.is_open[:, :-1] & openings.is_open[:, 1:], shared, 0.0)
    sides: Floats = (gap[:, :-1] + gap[:, 1:]).sum(axis=1) - 2 * shared.sum(axis=1)
    return sides


def _small(openings: Apertures, limit_mm: float) -> float:
    opened = openings.is_open.sum(axis=1)
    small = (openings.is_open & (openings.gap_mm < limit_mm)).sum(axis=1)
    part = np.divide(small, opened, out=np.zeros(len(opened)), where=opened > 0)
    return float((openings.weight * part).sum())


def _leaf_travel(openings: Apertures) -> float:
    way = np.abs(np.diff(openings.leaf_mm, axis=0)).sum(axis=0)[:, openings.is_open.any(axis=0)]
    moved = way > _MOVED_MM
    return float(way[moved].mean()) if moved.any() else 0.0


def _gantry_travel(beam: Beam) -> float:
    angles = [one.gantry_degrees for one in beam.control_points if one.gantry_degrees is not None]
    steps = (np.diff(angles) + 180) % 360 - 180 if len(angles) > 1 else np.zeros(0)
    return float(np.abs(steps).sum())
